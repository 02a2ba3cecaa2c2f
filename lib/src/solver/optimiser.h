/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The update of parameters by their gradient, one pass over memory. */
#ifndef GAMLP_SOLVER_OPTIMISER_H
#define GAMLP_SOLVER_OPTIMISER_H

#include "gamlp/backprop.h"

/* A parameter and its moments: none for gradient descent; first for momentum (v), Adadelta (e) and
 * Adam (m); second for Adagrad, Adadelta (s) and Adam (v). */
typedef struct gamlp_parameter {
    gamlp_dense w, first, second, kept;
} gamlp_parameter;

gamlp_status gamlp_parameter_init(gamlp_parameter *p, gamlp_optimiser optimiser, int64_t rows,
                                  int64_t cols);
void gamlp_parameter_clear(gamlp_parameter *p);
void gamlp_parameter_forget(gamlp_parameter *p); /* the moments */
void gamlp_parameter_keep(gamlp_parameter *p);
void gamlp_parameter_restore(gamlp_parameter *p);

/* The constants of one iteration. */
typedef struct gamlp_update {
    gamlp_optimiser optimiser;
    gamlp_real rate;           /* lr; of Adam lr / (1 - beta1^k)                  */
    gamlp_real first, fresh;   /* momentum or beta1 or rho; 1 - it                */
    gamlp_real second, fresh2; /* beta2, 1 - beta2                                */
    gamlp_real correction;     /* sqrt(1 - beta2^k)                               */
    gamlp_real epsilon;
    gamlp_real decay;  /* added to the gradient, times w                  */
    gamlp_real shrink; /* 1 - lr weight_decay when that is decoupled; or 1 */
} gamlp_update;

/* The update of iteration k (from 1). */
gamlp_update gamlp_update_of(const gamlp_backprop_options *options, int64_t k);

/* Elements [begin, begin + count) of a parameter, whose gradients are g[0..count).  Returns the sum
 * of g^2. */
double gamlp_update_range(gamlp_parameter *p, const gamlp_update *update, int64_t begin,
                          const gamlp_real *g, int64_t count);

/* The same with all threads. */
double gamlp_update_all(gamlp_parameter *p, const gamlp_update *update, int64_t begin,
                        const gamlp_real *g, int64_t count);

/* Two parameters of one shape and their gradients, in one pass; returns <g, g2>. */
double gamlp_update_pair(gamlp_parameter *p, gamlp_parameter *p2, const gamlp_update *update,
                         const gamlp_dense *g, const gamlp_dense *g2);

/* One number with its momentum, in double: gradient descent with or without momentum only. */
void gamlp_update_number(double *w, double *momentum, const gamlp_update *update, double g);

#endif
