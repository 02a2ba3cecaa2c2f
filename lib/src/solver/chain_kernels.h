/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The elementwise passes of the methods that go from layer to layer, dlADMM and mDLAM. */
#ifndef GAMLP_SOLVER_CHAIN_KERNELS_H
#define GAMLP_SOLVER_CHAIN_KERNELS_H

#include "core/hot.h"
#include "gamlp/activation.h"
#include "gamlp/dense.h"

/* The step of W carried to M = W a: m <- keep m - s t, r <- m + b 1' - z; in layer 1 with the Gram
 * matrix also big_b <- keep big_b - s r with the old r (else NULL). */
void gamlp_chain_apply(gamlp_dense *m, gamlp_dense *r, gamlp_dense *big_b, gamlp_real keep,
                       gamlp_real s, const gamlp_dense *t, const gamlp_dense *b,
                       const gamlp_dense *z);

typedef struct gamlp_chain_sums {
    double fit;        /* ||m + b - z||^2          */
    double dz;         /* ||z - old z||^2          */
    double activation; /* ||a - f(z)||^2           */
} gamlp_chain_sums;

/* argmin (z - c)^2 + (a - f(z))^2 and f of it for ReLU, on both sides of 0: l = min(c, 0) is the
 * best z <= 0 and gains l^2 over z = 0, h/2 with h = max(c + a, 0) the best z >= 0 and gains h^2/2.
 * Of equals z <= 0 is taken. */
GAMLP_HOT_PART gamlp_real gamlp_chain_best_z(gamlp_real *value, gamlp_real c, gamlp_real a) {
    gamlp_real low = c < 0 ? c : 0, high = c + a;
    high = high > 0 ? high : 0;
    bool positive = high * high > 2 * (low * low);
    *value = positive ? high * (gamlp_real)0.5 : 0;
    return positive ? *value : low;
}

/* z <- argmin (z - m - b)^2 + (a - f(z))^2 and r <- m + b 1' - z.  With `mean` (m->rows long, else
 * NULL) the row means of r, for which `work` is gamlp_sweep_row_work() doubles. */
gamlp_chain_sums gamlp_chain_z(gamlp_dense *z, gamlp_dense *r, double *mean, double *work,
                               const gamlp_activation *f, const gamlp_dense *m,
                               const gamlp_dense *b, const gamlp_dense *a);

/* r <- r + shift 1' */
void gamlp_chain_shift(gamlp_dense *r, const gamlp_dense *shift);

/* Row means of r. */
void gamlp_chain_mean(double *mean, double *work, const gamlp_dense *r);

/* g <- g + nu (a - f(z)); returns ||g||^2. */
double gamlp_chain_pull(gamlp_dense *g, const gamlp_dense *a, const gamlp_activation *f,
                        const gamlp_dense *z, gamlp_real nu);

/* a <- a - s g; returns ||a - f(z)||^2. */
double gamlp_chain_step_a(gamlp_dense *a, gamlp_real s, const gamlp_dense *g,
                          const gamlp_activation *f, const gamlp_dense *z);

/* y <- x + s u */
void gamlp_chain_offset(gamlp_dense *y, const gamlp_dense *x, gamlp_real s, const gamlp_dense *u);

/* The dual step u <- u + rho d with d = z - m - b 1'; *dual = <u, d>, and the result is ||d||^2. */
double gamlp_chain_dual(double *dual, gamlp_dense *u, const gamlp_dense *z, const gamlp_dense *m,
                        const gamlp_dense *b, gamlp_real rho);

#endif
