/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The augmented Lagrangian of dlADMM and what the paper proves of it: Lemma B.2, grad R(z_L) + u =
 * 0 after every iteration, and with rho > 1 that it does not rise from the first iteration on. */
#include <float.h>
#include <math.h>

#include "core/math.h"
#include "solver/dladmm.h"

/* max |grad R(z) + u| over some columns, of which `work` has exp(z - most) (cross-entropy). */
static double stationarity(const gamlp_last *last, const gamlp_real *z, const gamlp_real *u,
                           const int32_t *label, const double *work, int64_t cols) {
    int64_t classes = last->classes;
    bool squared = last->loss.kind == GAMLP_LOSS_SQUARED;
    double worst = 0, smoothing = last->loss.smoothing, spread = smoothing / (double)classes;
    for (int64_t j = 0; j < cols; j++, z += classes, u += classes, work += classes) {
        double sum = 0;
        for (int64_t c = 0; c < classes; c++) sum += work[c];
        for (int64_t c = 0; c < classes; c++) {
            double f = squared ? (double)z[c] : work[c] / sum;
            double target = (c == label[j] ? 1 - smoothing : 0) + spread;
            double off = fabs(last->weight[label[j]] * (f - target) + (double)u[c]);
            worst = off > worst ? off : worst;
        }
    }
    return worst;
}

/* work <- z - the largest of its column; the largest |z|. */
static double lower(double *work, const gamlp_real *z, int64_t classes, int64_t cols) {
    double largest = 0;
    for (int64_t j = 0; j < cols; j++, z += classes, work += classes) {
        double most = (double)z[0], least = (double)z[0];
        for (int64_t c = 1; c < classes; c++) {
            most = (double)z[c] > most ? (double)z[c] : most;
            least = (double)z[c] < least ? (double)z[c] : least;
        }
        for (int64_t c = 0; c < classes; c++) work[c] = (double)z[c] - most;
        largest = most > largest ? most : largest;
        largest = -least > largest ? -least : largest;
    }
    return largest;
}

/* The largest |grad R(z_L) + u|, and of |z_L|. */
static double lemma_b2(double *largest, const gamlp_dladmm *d) {
    const gamlp_last *last = &d->net->last_solve;
    int64_t classes = d->z.rows;
    double worst = 0;
    *largest = 0;
    for (int64_t j = 0; j < d->z.cols; j += GAMLP_DL_COLUMNS) {
        int64_t left = d->z.cols - j, cols = left < GAMLP_DL_COLUMNS ? left : GAMLP_DL_COLUMNS;
        const gamlp_real *z = d->z.data + j * classes;
        *largest = fmax(*largest, lower(d->work, z, classes, cols));
        gamlp_math_exps(d->work, d->work, cols * classes);
        worst = fmax(worst, stationarity(last, z, d->u.data + j * classes,
                                         d->net->problem->label + j, d->work, cols));
    }
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
