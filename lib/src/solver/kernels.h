/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The elementwise passes of an iteration, each one sweep over memory that
 * also gathers the sums the figures need.  Work is cut into chunks that
 * depend only on the shape, sums run in double over fixed lanes and are added
 * in chunk order: the bits do not depend on the number of threads. */
#ifndef GAMLP_SOLVER_KERNELS_H
#define GAMLP_SOLVER_KERNELS_H

#include <stdint.h>

#include "core/hot.h"
#include "gamlp/activation.h"
#include "gamlp/levels.h"
#include "solver/sweep.h"

/* sum x_i^2 */
double gamlp_kernel_square(const gamlp_dense *x);
/* sum x_i y_i */
double gamlp_kernel_dot(const gamlp_dense *x, const gamlp_dense *y);

/* r <- m + b 1' - z */
void gamlp_kernel_residual(gamlp_dense *r, const gamlp_dense *m, const gamlp_dense *b,
                           const gamlp_dense *z);

/* g <- u + rho (p - q), the part of line 1's gradient that joins two layers. */
void gamlp_kernel_couple(gamlp_dense *g, const gamlp_dense *u, const gamlp_dense *p,
                         const gamlp_dense *q, gamlp_real rho);

/* y <- y - s x; returns ||y||^2 after. */
double gamlp_kernel_step(gamlp_dense *y, gamlp_real s, const gamlp_dense *x);

/* m <- m - s t and r <- m + b 1' - z.  (line 1, carried to W p) */
void gamlp_kernel_step_residual(gamlp_dense *m, gamlp_dense *r, gamlp_real s, const gamlp_dense *t,
                                const gamlp_dense *b, const gamlp_dense *z);

/* g <- g + l2 w; returns ||g||^2.  (line 2, gradient with the regulariser) */
double gamlp_kernel_w_gradient(gamlp_dense *g, gamlp_real l2, const gamlp_dense *w);

/* m <- keep m - s t and *mean = row means of z - m: the new bias.  `mean` is m->rows long, `work`
 * gamlp_sweep_row_work() doubles.  (lines 2 and 3) */
void gamlp_kernel_step_bias(gamlp_dense *m, double *mean, double *work, gamlp_real keep,
                            gamlp_real s, const gamlp_dense *t, const gamlp_dense *z);

/* Lines 4 to 6 of a hidden layer, p = p_{l+1}, a = m + b, k = old z:
 *   z <- argmin (z - a)^2 + (q - f(z))^2 + (z - k)^2,   r <- a - z
 *   q <- (rho p + u + nu f(z)) / (rho + nu),   u <- u + rho (p - q)
 * and g <- u + rho (p - q), where the next gradient of p starts.  With `levels` (uniform, or NULL)
 * the new q is the nearest of them. */
typedef struct gamlp_zqu_state {
    gamlp_dense *z, *r, *q, *u, *g;
} gamlp_zqu_state;
typedef struct gamlp_zqu_sums {
    double fit; /* ||z - a||^2 */
    double dz;  /* ||z - k||^2 */
    double activation, residual, dual, dq, du;
    double lemma4, q_max;
} gamlp_zqu_sums;
gamlp_zqu_sums gamlp_kernel_zqu(gamlp_zqu_state state, const gamlp_activation *f,
                                const gamlp_dense *m, const gamlp_dense *b, const gamlp_dense *p,
                                const gamlp_levels *levels, gamlp_real nu, gamlp_real rho);

/* Within a pass, for n elements from e on: next <- Pi(p - s g) and d <- next - p, with p, g, s and
 * Pi the a, b, s and grid of k; next may be NULL.  Returns ||d||^2. */
double gamlp_kernel_displace(gamlp_real *next, gamlp_real *d, const gamlp_sweep_args *k, int64_t e,
                             int64_t n);

/* d <- Pi(p - s g) - p for uniform levels; returns ||d||^2. */
double gamlp_kernel_quantised_step(gamlp_dense *d, const gamlp_levels *levels, const gamlp_dense *p,
                                   gamlp_real s, const gamlp_dense *g);

/* p <- Pi(p - s g), the same levels. */
void gamlp_kernel_quantised_move(gamlp_dense *p, const gamlp_levels *levels, gamlp_real s,
                                 const gamlp_dense *g);

/* Line 6 alone, as the layer above repeats it: u <- u + rho (p - q). */
void gamlp_kernel_u(gamlp_dense *u, const gamlp_dense *p, const gamlp_dense *q, gamlp_real rho);

/* Layer 1 with K = X'X and T = r K: what the length of its step needs. */
typedef struct gamlp_gram_sums {
    double tr;    /* <T, r>            */
    double rm;    /* <r, M>            */
    double image; /* ||nu T + l2 M||^2 */
} gamlp_gram_sums;
gamlp_gram_sums gamlp_kernel_gram(const gamlp_dense *t, const gamlp_dense *r, const gamlp_dense *m,
                                  gamlp_real nu, gamlp_real l2);

/* The sums of layer 1 with L2, which stay accurate near a stationary point: E = nu r + l2 B, D = nu
 * T + l2 M.
 */
typedef struct gamlp_input_sums {
    double ed, e_base, rm; /* <E, D>, <E, base>, <r, M>  */
    double b_base, bm;     /* <B, base>, <B, M>          */
    double image;          /* ||D||^2                    */
} gamlp_input_sums;

/* One element of them, which is number l of the lanes. */
GAMLP_HOT_PART void gamlp_input_terms(gamlp_real (*sum)[GAMLP_LANES], int l, gamlp_real nu,
                                      gamlp_real l2, gamlp_real t, gamlp_real r, gamlp_real m,
                                      gamlp_real b, gamlp_real base) {
    gamlp_real e = nu * r + l2 * b, d = nu * t + l2 * m;
    sum[0][l] += e * d;
    sum[1][l] += e * base;
    sum[2][l] += r * m;
    sum[3][l] += b * base;
    sum[4][l] += b * m;
    sum[5][l] += d * d;
}
static inline gamlp_input_sums gamlp_input_sums_of(const double *sums) {
    return (gamlp_input_sums){sums[0], sums[1], sums[2], sums[3], sums[4], sums[5]};
}
gamlp_input_sums gamlp_kernel_input(const gamlp_dense *t, const gamlp_dense *r,
                                    const gamlp_dense *m, const gamlp_dense *b,
                                    const gamlp_dense *base, gamlp_real nu, gamlp_real l2);

/* Layer 1's step: M <- keep M - s T, B <- keep B - s r; row means of z - M as above. */
void gamlp_kernel_gram_step(gamlp_dense *m, gamlp_dense *b, double *mean, double *work,
                            gamlp_real keep, gamlp_real s, const gamlp_dense *t,
                            const gamlp_dense *r, const gamlp_dense *z);

/* y <- s x */
void gamlp_kernel_scale_copy(gamlp_dense *y, gamlp_real s, const gamlp_dense *x);

#endif
