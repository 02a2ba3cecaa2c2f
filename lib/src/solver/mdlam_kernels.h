/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The elementwise passes that mDLAM has of its own. */
#ifndef GAMLP_SOLVER_MDLAM_KERNELS_H
#define GAMLP_SOLVER_MDLAM_KERNELS_H

#include "gamlp/activation.h"
#include "gamlp/dense.h"

typedef struct gamlp_ml_sums {
    double fit; /* ||m + b - z||^2 */
    double dz;  /* ||z - old z||^2 */
} gamlp_ml_sums;

/* z <- m + b 1' clipped to { z : |f(z) - a| <= epsilon }, r <- m + b 1' - z. */
gamlp_ml_sums gamlp_ml_z(gamlp_dense *z, gamlp_dense *r, const gamlp_dense *m, const gamlp_dense *b,
                         const gamlp_dense *a, const gamlp_activation *f, gamlp_real epsilon);

/* before <- x + omega (x - before), step <- omega (x - before). */
void gamlp_ml_extrapolate(gamlp_dense *before, gamlp_dense *step, const gamlp_dense *x,
                          gamlp_real omega);

/* step <- omega (x - before), before <- x. */
void gamlp_ml_pull(gamlp_dense *before, gamlp_dense *step, const gamlp_dense *x, gamlp_real omega);

/* d <- clip(x - s g, f - epsilon, f + epsilon) - x; returns ||d||^2, and in *clipped how many
 * elements the bounds held. */
double gamlp_ml_trial(double *clipped, gamlp_dense *d, const gamlp_dense *x, gamlp_real s,
                      const gamlp_dense *g, const gamlp_dense *f, gamlp_real epsilon);

/* x <- clip(x - s g, f - epsilon, f + epsilon). */
typedef struct gamlp_ml_moved {
    double square;  /* ||x - before||^2          */
    double gap;     /* max |x - f|               */
    double largest; /* max |f|, to whose rounding the bounds hold */
} gamlp_ml_moved;
gamlp_ml_moved gamlp_ml_move(gamlp_dense *x, gamlp_real s, const gamlp_dense *g,
                             const gamlp_dense *f, gamlp_real epsilon, const gamlp_dense *before);

/* What a step adds to W a: delta <- keep pull + (keep - 1) m - s t, pull = NULL for 0 and else
 * perhaps delta itself.  Returns ||r + delta||^2 - ||r||^2, summed as <delta, 2 r + delta>. */
double gamlp_ml_rise(gamlp_dense *delta, const gamlp_dense *pull, gamlp_real keep,
                     const gamlp_dense *m, gamlp_real s, const gamlp_dense *t,
                     const gamlp_dense *r);

/* m <- m + delta, r <- r + delta. */
void gamlp_ml_add(gamlp_dense *m, gamlp_dense *r, const gamlp_dense *delta);

/* y <- keep y - s x */
void gamlp_ml_combine(gamlp_dense *y, gamlp_real keep, gamlp_real s, const gamlp_dense *x);

/* ||x - y||^2 */
double gamlp_ml_distance(const gamlp_dense *x, const gamlp_dense *y);

/* sum (x - x') (s c + (y - y')) */
double gamlp_ml_cross(const gamlp_dense *x, const gamlp_dense *x_before, gamlp_real s,
                      const gamlp_dense *c, const gamlp_dense *y, const gamlp_dense *y_before);

#endif
