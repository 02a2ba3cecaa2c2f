/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The augmented Lagrangian and what the convergence theorems say of it
 * (pdADMM-G, Theorems 1 to 3; Lemma 4). */
#include <math.h>

#include "gamlp/pdadmm.h"

/* Relative rounding of a Lagrangian whose state is stored in gamlp_real. */
static const double slack = sizeof(gamlp_real) == sizeof(double) ? 1e-9 : 1e-5;

static double displacement(const gamlp_layer_figures *f, const gamlp_pdadmm_options *o,
                           double columns) {
    /* Pi(p - g/tau) lowers the Lagrangian, but by no known part of dp. */
    double p = o->quantise ? 0 : f->tau * f->dp;
    double q = o->quantise == GAMLP_QUANTISE_PQ ? 0 : (o->rho + o->nu) * f->dq;
    return 0.5 * (p + (f->theta + o->l2) * f->dw + o->nu * columns * f->db + o->nu * f->dz + q);
}

/* Lines 4 and 5 less line 6; a quantised step of q lowers the Lagrangian by no known part of dq. */
static double certificate(const gamlp_layer_figures *f, const gamlp_pdadmm_options *o) {
    double q = o->quantise == GAMLP_QUANTISE_PQ ? 0 : 0.5 * (o->rho + o->nu) * f->dq;
    return 0.5 * o->nu * f->dz + q - f->du / o->rho;
}

static void add_layer(gamlp_figures *sum, const gamlp_layer_figures *f,
                      const gamlp_pdadmm_options *o, double columns) {
    double objective = f->risk + f->penalty + 0.5 * o->nu * (f->fit + f->activation);
    sum->risk += f->risk;
    sum->objective += objective;
    sum->lagrangian += objective + f->dual + 0.5 * o->rho * f->residual;
    sum->certificate += certificate(f, o);
    sum->displacement += displacement(f, o, columns);
    sum->residual += f->residual;
    sum->dual_residual += f->dq;
    double lemma4 = f->lemma4_scale > 0 ? f->lemma4 / f->lemma4_scale : f->lemma4;
    if (lemma4 > sum->lemma4) sum->lemma4 = lemma4;
}

void gamlp_figures_sum(gamlp_figures *figures, const gamlp_layer_figures *const *layer,
                       int64_t count, const gamlp_figures *previous,
                       const gamlp_pdadmm_options *options, int64_t columns) {
    gamlp_figures sum = {.iteration = previous->iteration + 1, .descending = true};
    for (int64_t l = 0; l < count; l++) add_layer(&sum, layer[l], options, (double)columns);
    sum.residual = sqrt(sum.residual);
    sum.dual_residual = options->rho * sqrt(sum.dual_residual);
    sum.c_k = sum.displacement;
    if (previous->iteration > 0) {
        sum.c_k = previous->c_k < sum.c_k ? previous->c_k : sum.c_k;
        double scale = fmax(1, fabs(previous->lagrangian));
        sum.rise = (sum.lagrangian - previous->lagrangian) / scale;
        sum.descending = sum.rise <= slack;
    }
    sum.k_ck = (double)sum.iteration * sum.c_k;
    *figures = sum;
}

/* Another Lagrangian, another displacement. */
void gamlp_figures_restart(gamlp_figures *figures) {
    figures->rise = 0;
    figures->descending = true;
    figures->c_k = figures->displacement;
    figures->k_ck = (double)figures->iteration * figures->c_k;
}

gamlp_status gamlp_figures_check(const gamlp_figures *f, const gamlp_pdadmm_options *options) {
    if (options->mode != GAMLP_MODE_THEORY || f->iteration == 0 || f->descending) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_NUMERIC,
                      "iteration %lld: the augmented Lagrangian rose to %.9g, by a part of %.3g, "
                      "against Theorem 1",
                      (long long)f->iteration, f->lagrangian, f->rise);
}
