/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: solver.  mDLAM (Wang, Li and Zhao, "Accelerated Gradient-free Neural Network Training by
 * Multi-convex Alternating Optimization", Neurocomputing 487, 2022, Algorithm 2).
 *
 *   min  F = R(z_L; y) + sum_l ( (l2/2) ||W_l||^2 + Omega_l(W_l) ) + (rho/2) sum_l ||z_l - W_l
 * a_{l-1} - b_l 1'||^2 s.t. f(z_l) - epsilon <= a_l <= f(z_l) + epsilon  (l < L),  a_0 = X,
 *
 * for an f that does not decrease, without dual variables.  An iteration goes from the input to the
 * output, W_l, b_l, z_l, a_l.  W and a start from points extrapolated with Nesterov's weights
 * omega; where that does not lower F, the step is repeated from the point itself.  So F,
 * constraints included, never rises while epsilon stays. */
#ifndef GAMLP_MDLAM_H
#define GAMLP_MDLAM_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/pdadmm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* epsilon is halved before each iteration down to epsilon_min: */
typedef enum gamlp_shrink {
    GAMLP_SHRINK_SAFE, /* when a, projected into the narrower bounds, does not raise F       */
    GAMLP_SHRINK_PAPER /* always, a being projected: F may rise where one stage meets the next */
} gamlp_shrink;

typedef struct gamlp_mdlam_options {
    double rho;     /* penalty of the layer equations; > 0                            */
    double l2;      /* weight of ||W||^2 / 2; >= 0                                    */
    double epsilon; /* where the tolerance begins; read by gamlp_mdlam_start()        */
    double epsilon_min;
    gamlp_shrink shrink;
    bool momentum;   /* false: omega = 0, which is DLAM without extrapolation          */
    gamlp_mode mode; /* theory: epsilon_min = epsilon                                  */
    gamlp_step_rule step;
    double step_start; /* first proximal weight of backtracking                        */
    gamlp_last_rule last;
    int64_t refresh;         /* iterations between fresh products W a (against drift)        */
    gamlp_regulariser omega; /* of the chosen layers, besides l2; its kind is fixed */
    gamlp_regularised regularised; /* which layers; fixed when a net is made              */
    gamlp_activation activation;   /* fixed when a net is made                        */
    gamlp_loss loss;               /* fixed when a net is made                        */
    bool audit; /* measure what each step does to what must not rise; always in theory mode   */
} gamlp_mdlam_options;

/* Defaults, and the check of ranges: GAMLP_E_CONFIG names the option. */
void gamlp_mdlam_options_default(gamlp_mdlam_options *options);
gamlp_status gamlp_mdlam_options_check(const gamlp_mdlam_options *options);

typedef struct gamlp_mdlam gamlp_mdlam;

/* A net with random weights; the plan is that of a whole net.  `problem` is borrowed; ownership of
 * the net passes to the caller: gamlp_mdlam_free(). */
gamlp_status gamlp_mdlam_new(gamlp_mdlam **net, const gamlp_problem *problem,
                             const gamlp_pdadmm_plan *plan, const gamlp_mdlam_options *options);
void gamlp_mdlam_free(gamlp_mdlam *net);

/* Forward pass: z = W a + b, a = f(z); epsilon and omega begin anew.  To be called before the first
 * iteration and after growing or new weights. */
gamlp_status gamlp_mdlam_start(gamlp_mdlam *net);

/* As gamlp_pdadmm_grow(). */
gamlp_status gamlp_mdlam_grow(gamlp_mdlam *net, int64_t layers);

/* Change the penalties; the tolerance now in force stays. */
gamlp_status gamlp_mdlam_set(gamlp_mdlam *net, const gamlp_mdlam_options *options);

/* One iteration.  What is not finite is GAMLP_E_NUMERIC and names layer and step. */
gamlp_status gamlp_mdlam_iterate(gamlp_mdlam *net);

/* The figures of the last iteration.  Of gamlp_figures, `objective` and `lagrangian` are F,
 * `residual` is (sum_l ||z_l - W_l a_{l-1} - b_l||^2)^(1/2), `displacement` the sum of all squared
 * displacements, `c_k` its least value so far; `rise` is 0 in the first iteration and where epsilon
 * shrank by GAMLP_SHRINK_PAPER; `lemma4` and `certificate` are 0. */
const gamlp_figures *gamlp_mdlam_figures(const gamlp_mdlam *net);

/* The stage the last iteration was in. */
typedef struct gamlp_mdlam_stage {
    double epsilon; /* tolerance                                              */
    double omega;   /* weight of the extrapolation                            */
    double gap;     /* max |a_l - f(z_l)|, at most epsilon                    */
    int64_t redone; /* steps that were repeated from the point itself         */
} gamlp_mdlam_stage;
gamlp_mdlam_stage gamlp_mdlam_stage_of(const gamlp_mdlam *net);

/* Accuracy and mean loss of (W, b) on a watched set; index -1: the training columns. */
gamlp_status gamlp_mdlam_score(gamlp_score *score, gamlp_mdlam *net, int64_t index);

/* The options now in force. */
const gamlp_mdlam_options *gamlp_mdlam_options_now(const gamlp_mdlam *net);

/* Take the weights of a model of the same shape; gamlp_mdlam_start() must follow. */
gamlp_status gamlp_mdlam_adopt(gamlp_mdlam *net, const gamlp_model *model);

/* Remember the weights, and put remembered weights back; neither allocates. */
void gamlp_mdlam_keep(gamlp_mdlam *net);
gamlp_status gamlp_mdlam_restore(gamlp_mdlam *net);

/* The weights as a model.  Ownership of the model passes to the caller. */
gamlp_status gamlp_mdlam_export(gamlp_model *model, const gamlp_mdlam *net);

/* Views for tests, borrowed; an empty matrix when there is none.  p is the layer's input a_{l-1}.
 */
gamlp_pdadmm_state gamlp_mdlam_state_of(const gamlp_mdlam *net, int64_t layer);

#ifdef __cplusplus
}
#endif
#endif
