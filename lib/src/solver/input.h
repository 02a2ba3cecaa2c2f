/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer 1 in the form W_1 = a W_1^0 + B X' (with K = X'X): what it needs of W_1^0 are its products
 * with the training and watched columns. */
#ifndef GAMLP_SOLVER_INPUT_H
#define GAMLP_SOLVER_INPUT_H

#include "gamlp/method.h"
#include "solver/problem.h"

typedef struct gamlp_input {
    double a, kept_a;
    gamlp_dense b, kept_b;                       /* B, n_1 x N; remembered                     */
    gamlp_dense base;                            /* W_1^0 X; empty: W_1^0 = 0                  */
    gamlp_dense base_watched[GAMLP_MAX_WATCHED]; /* W_1^0 X_set                                */
    gamlp_dense given;                           /* W_1^0 when it was not drawn; else empty    */
    gamlp_init init;                             /* how it was drawn                           */
    double init_scale;
    uint64_t seed;
} gamlp_input;

/* base <- W_1^0 X, and watched_i <- W_1^0 X_i for so many watched sets, W_1^0 being drawn as the
 * plan says, a block of features at a time.  Returns ||W_1^0||^2 in *square. */
gamlp_status gamlp_input_products(double *square, gamlp_dense *base, gamlp_dense *base_watched,
                                  int64_t watched, const gamlp_problem *problem,
                                  const gamlp_net_plan *plan);

/* W_1 = 0 (out x n_0). */
gamlp_status gamlp_input_init(gamlp_input *input, const gamlp_problem *problem, int64_t out);
void gamlp_input_clear(gamlp_input *input);

/* W_1 = W_1^0, drawn as the plan says, or a copy of `weight`. */
gamlp_status gamlp_input_draw(gamlp_input *input, const gamlp_problem *problem,
                              const gamlp_net_plan *plan);
gamlp_status gamlp_input_load(gamlp_input *input, const gamlp_problem *problem,
                              const gamlp_dense *weight);

/* out <- W_1 X_set, for a watched set or the training columns (index -1). */
void gamlp_input_product(gamlp_dense *out, const gamlp_input *input, const gamlp_problem *problem,
                         int64_t index);

void gamlp_input_keep(gamlp_input *input);
void gamlp_input_restore(gamlp_input *input);

/* W_1 written out (out x n_0, allocated by the caller). */
gamlp_status gamlp_input_export(gamlp_dense *weight, const gamlp_input *input,
                                const gamlp_problem *problem);

#endif
