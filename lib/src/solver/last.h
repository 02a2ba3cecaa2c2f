/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Line 4 for the last layer: z_L <- argmin R(z; y) + (beta/2) ||z - c||^2 with
 * c = W_L p_L + b_L, column by column.  With the weight w of its class a column's problem is
 * w (r(z; t) + (beta/w)/2 ||z - c||^2). */
#ifndef GAMLP_SOLVER_LAST_H
#define GAMLP_SOLVER_LAST_H

#include <stdint.h>

#include "gamlp/dense.h"
#include "gamlp/loss.h"

typedef struct gamlp_last_sums {
    double risk; /* R(z)            */
    double fit;  /* ||z - c||^2     */
    double dz;   /* ||z - old z||^2 */
} gamlp_last_sums;

/* Scratch of a solve, sized once. */
typedef struct gamlp_last {
    int64_t classes, columns;
    double *work; /* per group of columns */
    double *sums; /* risk, fit, dz of each group */
    gamlp_loss loss;
    double *weight; /* of each class */
} gamlp_last;

/* The labels of all columns say how classes are balanced. */
gamlp_status gamlp_last_init(gamlp_last *last, int64_t classes, int64_t columns,
                             const gamlp_loss *loss, const int32_t *label);
void gamlp_last_clear(gamlp_last *last);

/* Squared loss has a closed form, which both functions take.
 *
 * Damped Newton on each column, by Sherman-Morrison, until the gradient is at rounding; z is the
 * start and the result (never worse), r <- c - z. */
gamlp_last_sums gamlp_last_newton(gamlp_dense *z, gamlp_dense *r, const gamlp_last *last,
                                  const gamlp_dense *m, const gamlp_dense *b, const int32_t *label,
                                  double beta);

/* FISTA with step 1/H = 2, the papers' choice. */
gamlp_last_sums gamlp_last_fista(gamlp_dense *z, gamlp_dense *r, const gamlp_last *last,
                                 const gamlp_dense *m, const gamlp_dense *b, const int32_t *label,
                                 double beta);

#endif
