/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The augmented Lagrangian and what the convergence theorems say of it
 * (pdADMM-G, Theorems 1 to 3; Lemma 4). */
#include <math.h>
#include <stdio.h>

#include "gamlp/pdadmm.h"

/* Relative rounding of a Lagrangian whose state is stored in gamlp_real. */
static const double slack = sizeof(gamlp_real) == sizeof(double) ? 1e-9 : 1e-5;

/* Pi(p - g/tau) lowers the Lagrangian, but by no known part of dp, and so does the step of W where
 * Omega is not convex. */
static double displacement(const gamlp_layer_figures *f, const gamlp_pdadmm_options *o,
                           const gamlp_regulariser *omega, double columns) {
    double p = o->quantise ? 0 : f->tau * f->dp;
    double q = o->quantise == GAMLP_QUANTISE_PQ ? 0 : (o->rho + o->nu) * f->dq;
    double w = omega && !gamlp_regulariser_is_convex(omega) ? 0 : (f->theta + o->l2) * f->dw;
    return 0.5 * (p + w + o->nu * columns * f->db + o->nu * f->dz + q);
}

/* Lines 4 and 5 less line 6; a quantised step of q lowers the Lagrangian by no known part of dq. */
static double certificate(const gamlp_layer_figures *f, const gamlp_pdadmm_options *o) {
    double q = o->quantise == GAMLP_QUANTISE_PQ ? 0 : 0.5 * (o->rho + o->nu) * f->dq;
    return 0.5 * o->nu * f->dz + q - f->du / o->rho;
}

static void add_layer(gamlp_figures *sum, const gamlp_layer_figures *f,
                      const gamlp_pdadmm_options *o, const gamlp_regulariser *omega,
                      double columns) {
    double objective = f->risk + f->penalty + 0.5 * o->nu * (f->fit + f->activation);
    sum->risk += f->risk;
    sum->objective += objective;
    sum->lagrangian += objective + f->dual + 0.5 * o->rho * f->residual;
    sum->certificate += certificate(f, o);
    sum->displacement += displacement(f, o, omega, columns);
    sum->residual += f->residual;
    sum->dual_residual += f->dq;
    double lemma4 = f->lemma4_scale > 0 ? f->lemma4 / f->lemma4_scale : f->lemma4;
    if (lemma4 > sum->lemma4) sum->lemma4 = lemma4;
}

/* Lines 1 to 4 must not raise the Lagrangian in any layer; 5 and 6 may in one of them. */
static void add_changes(gamlp_figures *sum, const gamlp_layer_figures *f, int64_t layer) {
    for (int i = 0; i < GAMLP_LINES; i++) {
        sum->change[i] += f->change[i];
        if (i > GAMLP_LINE_Z || (sum->worst_layer > 0 && f->change[i] <= sum->worst_change))
            continue;
        sum->worst_layer = layer;
        sum->worst_line = (gamlp_line)i;
        sum->worst_change = f->change[i];
    }
}

void gamlp_figures_sum(gamlp_figures *figures, const gamlp_layer_figures *const *layer,
                       int64_t count, const gamlp_figures *previous,
                       const gamlp_pdadmm_options *options, int64_t columns) {
    gamlp_figures sum = {.iteration = previous->iteration + 1, .descending = true};
    for (int64_t l = 0; l < count; l++) {
        add_layer(&sum, layer[l], options, gamlp_pdadmm_omega(options, l + 1, count),
                  (double)columns);
        add_changes(&sum, layer[l], l + 1);
    }
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

/* Which line it was, as far as that was measured. */
static void blame(char *text, size_t size, const gamlp_figures *f) {
    static const char *const name[] = {"1 (p)", "2 (W)", "3 (b)", "4 (z)", "5 (q)", "6 (u)"};
    double scale = slack * fmax(1, fabs(f->lagrangian)), later = 0;
    for (int i = GAMLP_LINE_Z; i < GAMLP_LINES; i++) later += f->change[i];
    text[0] = 0;
    if (f->worst_change > scale)
        snprintf(text, size, ": line %s of layer %lld raised it by %.3g", name[f->worst_line],
                 (long long)f->worst_layer, f->worst_change);
    else if (later > scale)
        snprintf(text, size, ": lines 4 to 6 (z, q, u) raised it by %.3g, u alone by %.3g", later,
                 f->change[GAMLP_LINE_U]);
}

gamlp_status gamlp_figures_check(const gamlp_figures *f, const gamlp_pdadmm_options *options) {
    char line[128];
    if (options->mode != GAMLP_MODE_THEORY || f->iteration == 0 || f->descending) return GAMLP_OK;
    blame(line, sizeof line, f);
    return gamlp_fail(GAMLP_E_NUMERIC,
                      "iteration %lld: the augmented Lagrangian rose to %.9g, by a part of %.3g, "
                      "against Theorem 1%s",
                      (long long)f->iteration, f->lagrangian, f->rise, line);
}
