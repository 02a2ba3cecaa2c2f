/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: solver.  Linear models on the same features, the simplest baselines: z = W x + b by
 *
 *   ridge regression      min (1/2) ||Y - W X - b 1'||^2 + (l2/2) ||W||^2,
 *   logistic regression   min R(W X + b 1'; y)           + (l2/2) ||W||^2   (SGC, Wu et al., ICML
 * 2019)
 *
 * with one-hot Y and softmax cross-entropies R; the bias is not penalised.
 *
 * An iteration solves the problem for one l2, and the next one for l2 times a factor: of such a
 * path a run keeps the model that validates best.  Ridge regression is solved by Cholesky factors
 * in the primal (n_0 x n_0) or the dual (N x N), whichever is smaller; logistic regression by
 * Newton's method from the solution before, each step by conjugate gradients.  With N <= n_0 the
 * weights are W = B X' and every product is one with K = X'X. */
#ifndef GAMLP_LINEAR_H
#define GAMLP_LINEAR_H

#include <stdint.h>

#include "gamlp/method.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gamlp_linear_kind { GAMLP_LINEAR_RIDGE, GAMLP_LINEAR_LOGISTIC } gamlp_linear_kind;

typedef struct gamlp_linear_options {
    gamlp_linear_kind kind; /* fixed when a model is made          */
    int64_t layers;         /* 1; a model of more is refused       */
    double l2;              /* of the first iteration, > 0         */
    double l2_factor;       /* of the next one over it, > 0        */
} gamlp_linear_options;

/* l2 = 1 and factor 1; and the check of ranges: GAMLP_E_CONFIG names the option. */
void gamlp_linear_options_default(gamlp_linear_options *options, gamlp_linear_kind kind);
gamlp_status gamlp_linear_options_check(const gamlp_linear_options *options);

typedef struct gamlp_linear gamlp_linear;

/* A model of zero weights.  `problem` is borrowed; ownership of the model passes to the caller:
 * gamlp_linear_free(). */
gamlp_status gamlp_linear_new(gamlp_linear **linear, const gamlp_problem *problem,
                              const gamlp_linear_options *options);
void gamlp_linear_free(gamlp_linear *linear);

/* Begin the path again; weights are where the first solution is looked for. */
gamlp_status gamlp_linear_start(gamlp_linear *linear);

/* Another path, from the next iteration on. */
gamlp_status gamlp_linear_set(gamlp_linear *linear, const gamlp_linear_options *options);

/* Solve for the next l2.  Allocates nothing.  GAMLP_E_NUMERIC when l2 is too small for a factor to
 * exist. */
gamlp_status gamlp_linear_iterate(gamlp_linear *linear);

typedef struct gamlp_linear_figures {
    int64_t iteration;
    double l2;          /* what was solved for                                                  */
    double objective;   /* as above                                                             */
    double risk;        /* R(z; y), of ridge regression, too                                    */
    double gradient;    /* norm of the gradient of the objective by W and b: 0 in the minimum   */
    int64_t newton, cg; /* steps of Newton and of conjugate gradients; 0 for ridge regression   */
} gamlp_linear_figures;

/* The figures of the last iteration, borrowed. */
const gamlp_linear_figures *gamlp_linear_figures_of(const gamlp_linear *linear);

/* Accuracy and mean loss on a watched set; index -1: the training columns. */
gamlp_status gamlp_linear_score(gamlp_score *score, gamlp_linear *linear, int64_t index);

/* Remember the weights as they are now, and put remembered weights back. */
void gamlp_linear_keep(gamlp_linear *linear);
gamlp_status gamlp_linear_restore(gamlp_linear *linear);

/* The weights as a model of one layer.  Ownership of the model passes to the caller. */
gamlp_status gamlp_linear_export(gamlp_model *model, const gamlp_linear *linear);

#ifdef __cplusplus
}
#endif
#endif
