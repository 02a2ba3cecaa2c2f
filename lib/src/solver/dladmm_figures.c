/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The augmented Lagrangian of dlADMM and what the paper proves of it: Lemma B.2, grad R(z_L) + u =
 * 0 after every iteration, and with rho > 1 that it does not rise from the first iteration on. */
#include <float.h>
#include <math.h>

#include "solver/dladmm.h"

/* max |grad R(z) + u| of one column. */
static double stationarity(const gamlp_last *last, const gamlp_real *z, const gamlp_real *u,
                           int32_t label) {
    int64_t classes = last->classes;
    bool squared = last->loss.kind == GAMLP_LOSS_SQUARED;
    double most = (double)z[0], sum = 0, worst = 0, smoothing = last->loss.smoothing;
    for (int64_t c = 1; c < classes; c++) most = fmax(most, (double)z[c]);
    for (int64_t c = 0; c < classes; c++) sum += exp((double)z[c] - most);
    for (int64_t c = 0; c < classes; c++) {
        double f = squared ? (double)z[c] : exp((double)z[c] - most) / sum;
        double target = (1 - smoothing) * (c == label) + smoothing / (double)classes;
        worst = fmax(worst, fabs(last->weight[label] * (f - target) + (double)u[c]));
    }
    return worst;
}

/* The largest |grad R(z_L) + u|, and of |z_L|. */
static double lemma_b2(double *largest, const gamlp_dladmm *d) {
    double worst = 0, most = 0;
    for (int64_t j = 0; j < d->z.cols; j++) {
        const gamlp_real *z = d->z.data + j * d->z.rows;
        const gamlp_real *u = d->u.data + j * d->u.rows;
        worst = fmax(worst, stationarity(&d->net->last_solve, z, u, d->net->problem->label[j]));
        for (int64_t c = 0; c < d->z.rows; c++) most = fmax(most, fabs((double)z[c]));
    }
    *largest = most;
    return worst;
}

/* The largest weight of a class, or 1. */
static double heaviest(const gamlp_last *last) {
    double most = 1;
    for (int64_t c = 0; c < last->classes; c++) most = fmax(most, last->weight[c]);
    return most;
}

/* z_L is rounded when it is stored, and rho z_L in u. */
static gamlp_status judge_lemma(const gamlp_dladmm *d, double largest) {
    double eps = sizeof(gamlp_real) == sizeof(double) ? DBL_EPSILON : FLT_EPSILON;
    double solved = d->options.last == GAMLP_LAST_FISTA ? 1e-5 : 1e-8;
    double weight = heaviest(&d->net->last_solve);
    double tolerance = 64 * eps * (weight + d->options.rho) * fmax(1, largest) +
                       solved * fmax(weight, d->options.rho);
    if (d->figures.lemma4 <= tolerance) return GAMLP_OK;
    return gamlp_fail(
        GAMLP_E_NUMERIC, "iteration %lld, layer %lld: grad R(z) + u is %.3g, against Lemma B.2",
        (long long)d->figures.iteration, (long long)d->net->layers, d->figures.lemma4);
}

static gamlp_status judge(const gamlp_dladmm *d, double largest) {
    const gamlp_figures *f = &d->figures;
    if (d->options.mode != GAMLP_MODE_THEORY) return GAMLP_OK;
    char line[128];
    gamlp_chain_blame(line, sizeof line, &d->audit, f->lagrangian);
    if (!f->descending)
        return gamlp_fail(GAMLP_E_NUMERIC,
                          "iteration %lld: the augmented Lagrangian rose to %.9g, by a part of "
                          "%.3g, against Theorem 1%s",
                          (long long)f->iteration, f->lagrangian, f->rise, line);
    return judge_lemma(d, largest);
}

gamlp_status gamlp_dl_sum_figures(gamlp_dladmm *d) {
    const gamlp_pdadmm *net = d->net;
    const gamlp_layer_figures *last = &gamlp_pd_layer_at(net, net->layers)->figures;
    gamlp_figures f = {.displacement = d->moved, .risk = last->risk}, previous = d->figures;
    double largest;
    f.objective = last->risk;
    for (int64_t l = 1; l <= net->layers; l++) {
        const gamlp_layer_figures *g = &gamlp_pd_layer_at(net, l)->figures;
        f.objective += g->penalty;
        if (l < net->layers) f.objective += 0.5 * d->options.nu * (g->fit + g->activation);
    }
    f.lagrangian = f.objective + last->dual + 0.5 * d->options.rho * last->residual;
    f.residual = sqrt(last->residual);
    f.lemma4 = lemma_b2(&largest, d);
    gamlp_chain_judge(&f, &previous, d->comparable);
    d->figures = f;
    d->comparable = true;
    return judge(d, largest);
}
