/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "gamlp/pdadmm.h"

static double factor_of(const gamlp_pdadmm_options *o, double usual) {
    return o->schedule_factor > 0 ? o->schedule_factor : usual;
}

/* rho and nu keep their ratio. */
static bool raise_both(gamlp_pdadmm_options *o) {
    double rho = fmin(o->rho * factor_of(o, 10), o->rho_max);
    if (o->rho >= o->rho_max) return false;
    o->nu *= rho / o->rho;
    o->rho = rho;
    return true;
}

bool gamlp_stall_step(gamlp_stall *stall, gamlp_pdadmm_options *options, int64_t iteration,
                      double loss) {
    static const double least_fall = 0.001;
    bool fell = iteration == 1 || stall->loss - loss > least_fall;
    stall->loss = loss;
    stall->times = fell || iteration <= 3 ? 0 : stall->times + 1;
    if (stall->times < 2 || !raise_both(options)) return false;
    stall->times = 0;
    return true;
}

static bool is_due(const gamlp_pdadmm_options *o, int64_t iteration, int64_t usual) {
    return iteration % (o->schedule_every > 0 ? o->schedule_every : usual) == 0;
}

static bool balance(gamlp_stall *stall, gamlp_pdadmm_options *o, const gamlp_figures *f) {
    static const double apart = 10, range = 1000;
    double rho = o->rho, factor = factor_of(o, 2);
    if (f->iteration == 1) stall->loss = rho / range; /* the least rho */
    if (!is_due(o, f->iteration, 10)) return false;
    if (f->residual > apart * f->dual_residual)
        rho = fmax(fmin(rho * factor, o->rho_max), rho);
    else if (f->dual_residual > apart * f->residual)
        rho = fmin(fmax(rho / factor, stall->loss), rho);
    bool changed = rho != o->rho;
    o->rho = rho;
    return changed;
}

bool gamlp_schedule_step(gamlp_stall *stall, gamlp_pdadmm_options *options,
                         const gamlp_figures *figures, int64_t columns) {
    switch (options->schedule) {
    case GAMLP_SCHEDULE_FIXED:
        return false;
    case GAMLP_SCHEDULE_STALL:
        return gamlp_stall_step(stall, options, figures->iteration,
                                figures->risk / (double)columns);
    case GAMLP_SCHEDULE_EVERY:
        return is_due(options, figures->iteration, 100) && raise_both(options);
    case GAMLP_SCHEDULE_BALANCE:
        return balance(stall, options, figures);
    }
    return false;
}
