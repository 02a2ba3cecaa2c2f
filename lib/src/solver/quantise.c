/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pdADMM-G-Q, the quantised method of the paper (section IV): the problem of pdADMM-G with p_l in
 * Delta_l = {delta_1 < ... < delta_m} for l >= 2, whose Lagrangian has the indicator of Delta_l
 * besides.  Only line 1 changes:
 *
 *   p <- Pi(p - g/tau)   where phi(p + d) <= U(p + d; tau),  d = Pi(p - g/tau) - p,
 *
 * which minimises the upper bound U of phi over Delta_l; phi and p's place in Delta_l make the
 * Lagrangian fall with every line.  Departures from the paper:
 *  - phi(p + d) <= U(p + d; tau) is nu ||W d||^2 + rho ||d||^2 <= tau ||d||^2, without
 * cancellation; tau starts at the exact weight Q(g)/||g||^2 of the step that is not quantised and
 * doubles. tau >= rho + nu ||W||_2^2 always serves, and so does d = 0.
 *  - p_l is in Delta_l from the start: Pi of the forward pass.  Else the first Lagrangian is
 *    infinite and nothing is known of the second.
 *  - Delta_l is the layer's own, by default a grid fitted to q_(l-1) of the forward pass. */
#include <float.h>
#include <math.h>

#include "matrix/blas.h"
#include "solver/block.h"
#include "solver/kernels.h"
#include "solver/thin.h"

/* Not less, with so few digits that its multiples up to `most` are stored without rounding. */
static double round_step(double step, int64_t most) {
    int digits = sizeof(gamlp_real) == sizeof(double) ? DBL_MANT_DIG : FLT_MANT_DIG, exponent;
    for (; most > 0; most /= 2) digits--;
    double part = frexp(step, &exponent);
    return ldexp(ceil(ldexp(part, digits)), exponent - digits);
}

/* Zero, which q is often full of, is one of the levels: number k0 of 0, ..., m - 1. */
static gamlp_status fit_levels(gamlp_levels *levels, int64_t count, double low, double high) {
    double k0 = floor((double)(count - 1) * -low / (high - low));
    double step = round_step(high / ((double)(count - 1) - k0), 2 * ((int64_t)k0 + count) + 1);
    gamlp_status status =
        gamlp_levels_uniform(levels, -k0 * step, ((double)(count - 1) - k0) * step, count);
    levels->low = -k0 * step;
    levels->step = step;
    return status;
}

/* Somewhat beyond the range of q on both sides of 0. */
static gamlp_status calibrate(gamlp_levels *levels, int64_t count, const gamlp_dense *q) {
    static const double beyond = 1.5, below = 0.25;
    double most = 0, least = 0;
    for (int64_t i = 0; i < q->rows * q->cols; i++) {
        if ((double)q->data[i] > most) most = (double)q->data[i];
        if ((double)q->data[i] < least) least = (double)q->data[i];
    }
    most = most > 0 ? most : 1;
    return fit_levels(levels, count, fmin(-below * most, beyond * least), beyond * most);
}

gamlp_status gamlp_pd_choose_levels(gamlp_levels *levels, const gamlp_pdadmm_options *options,
                                    const gamlp_dense *q) {
    if (options->level_low != 0 || options->level_high != 0)
        return gamlp_levels_uniform(levels, options->level_low, options->level_high,
                                    options->level_count);
    return calibrate(levels, options->level_count, q);
}

gamlp_status gamlp_pd_start_quantised(gamlp_pdadmm *block, gamlp_pd_layer *layer, gamlp_dense *q) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_pd_choose_levels(&layer->levels, &block->options, q));
    GAMLP_TRY(gamlp_levels_project(&layer->p, &layer->levels, q));
    if (block->options.quantise == GAMLP_QUANTISE_PQ)
        GAMLP_TRY(gamlp_levels_project(q, &layer->levels, q));
    gamlp_pd_couple(block, layer);
done:
    return status;
}

/* ||d||^2 and ||W d||^2 of this tau, W d in layer->lane->image. */
static gamlp_thin_sums try_weight(gamlp_pdadmm *block, gamlp_pd_layer *layer, double tau) {
    gamlp_dense d = gamlp_pd_view(&layer->lane->displacement, layer->in, block->columns);
    gamlp_dense image = gamlp_pd_view(&layer->lane->image, layer->out, block->columns);
    gamlp_thin_sums sums = {0};
    if (gamlp_thin_serves(layer)) return gamlp_thin_trial(layer, 1 / tau);
    sums.own = gamlp_kernel_quantised_step(&d, &layer->levels, &layer->p, (gamlp_real)(1 / tau),
                                           &layer->g);
    if (sums.own == 0) return sums;
    gamlp_blas_multiply(&image, 1, GAMLP_PLAIN, &layer->w, GAMLP_PLAIN, &d, 0);
    sums.image = gamlp_kernel_square(&image);
    return sums;
}

/* The first tau that serves. */
static gamlp_status find_weight(gamlp_pdadmm *block, gamlp_pd_layer *layer, double tau) {
    enum { TRIALS = 256 }; /* beyond them tau leaves the range of double */
    const gamlp_pdadmm_options *o = &block->options;
    gamlp_layer_figures *f = &layer->figures;
    for (f->trials = 1; f->trials <= TRIALS; f->trials++, tau *= 2) {
        gamlp_thin_sums d = try_weight(block, layer, tau);
        f->tau = tau;
        f->dp = d.own;
        if (d.own == 0 || o->nu * d.image + o->rho * d.own <= tau * d.own) return GAMLP_OK;
    }
    return gamlp_fail(GAMLP_E_NUMERIC,
                      "iteration %lld, layer %lld: no proximal weight of p is large enough",
                      (long long)block->iteration + 1, (long long)layer->number);
}

static void move_p(gamlp_pdadmm *block, gamlp_pd_layer *layer, double s) {
    gamlp_dense image = gamlp_pd_view(&layer->lane->image, layer->out, block->columns);
    if (gamlp_thin_serves(layer)) {
        gamlp_thin_take(layer);
        return;
    }
    gamlp_kernel_quantised_move(&layer->p, &layer->levels, (gamlp_real)s, &layer->g);
    gamlp_kernel_step_residual(&layer->m, &layer->r, -1, &image, &layer->b, &layer->z);
}

/* The last two terms of g = nu W'(W p + b - z) + u_(l-1) + rho (p - q_(l-1)) stand in g already. */
gamlp_status gamlp_pd_update_p_quantised(gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    const gamlp_pdadmm_options *o = &block->options;
    gamlp_layer_figures *f = &layer->figures;
    gamlp_status status = GAMLP_OK;
    gamlp_thin_sums g = gamlp_pd_gradient(block, layer);
    f->tau = f->dp = 0;
    f->trials = 0;
    GAMLP_TRY(gamlp_pd_check_finite(block, layer, "p", g.own));
    if (g.own == 0) return GAMLP_OK;
    bool backtracks = o->step == GAMLP_STEP_BACKTRACK;
    GAMLP_TRY(
        find_weight(block, layer, backtracks ? o->step_start : o->rho + o->nu * g.image / g.own));
    if (f->dp == 0) return GAMLP_OK;
    move_p(block, layer, 1 / f->tau);
    status = gamlp_pd_check_finite(block, layer, "p", f->dp);
done:
    return status;
}

const gamlp_levels *gamlp_pdadmm_levels(const gamlp_pdadmm *block, int64_t number) {
    if (!block->options.quantise || number < 2) return NULL;
    if (number <= block->last) return &gamlp_pd_layer_at(block, number)->levels;
    return block->options.quantise == GAMLP_QUANTISE_PQ ? &block->above_levels : NULL;
}
