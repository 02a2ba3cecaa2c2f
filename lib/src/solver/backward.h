/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The elementwise passes of back-propagation, each with the row sums of its result: the gradient of
 * the bias.  Chunks depend on shapes only and are added in order. */
#ifndef GAMLP_SOLVER_BACKWARD_H
#define GAMLP_SOLVER_BACKWARD_H

#include <stdint.h>

#include "gamlp/dense.h"
#include "gamlp/loss.h"

/* Scratch of the passes over matrices of at most `rows` x `cols`. */
typedef struct gamlp_row_sums {
    double *work, *risk; /* row sums and losses of each chunk */
    gamlp_dense sum;     /* rows x 1: the result               */
} gamlp_row_sums;
gamlp_status gamlp_row_sums_init(gamlp_row_sums *sums, int64_t rows, int64_t cols);
void gamlp_row_sums_clear(gamlp_row_sums *sums);

/* What R is about: a label a column, the loss, and a weight a class (NULL: 1). */
typedef struct gamlp_labels {
    const int32_t *label;
    const gamlp_loss *loss;
    const double *weight;
} gamlp_labels;

/* d <- the gradient of scale R(z; y); returns R.  d may be z. */
double gamlp_backward_loss(gamlp_dense *d, gamlp_row_sums *sums, const gamlp_dense *z,
                           const gamlp_labels *labels, double scale);

/* d <- scale d where p > 0, else 0: the derivative of p = f(z), f = ReLU, times the scale of
 * dropout. */
void gamlp_backward_relu(gamlp_dense *d, gamlp_row_sums *sums, const gamlp_dense *p, double scale);

/* Only the row sums. */
void gamlp_backward_sum(gamlp_row_sums *sums, const gamlp_dense *d);

#endif
