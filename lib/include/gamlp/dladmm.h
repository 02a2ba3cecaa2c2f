/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: solver.  dlADMM (Wang, Yu, Chen and Zhao, "ADMM for Efficient Deep Learning with Global
 * Convergence", KDD 2019, Algorithm 1).
 *
 *   min  R(z_L; y) + sum_l ( (l2/2) ||W_l||^2 + Omega_l(W_l) )
 *        + (nu/2) sum_{l<L} ( ||z_l - W_l a_{l-1} - b_l 1'||^2 + ||a_l - f(z_l)||^2 )
 *   s.t. z_L = W_L a_{L-1} + b_L 1',  a_0 = X,
 *
 * with one dual variable u (n_L x N) and its penalty rho.  R is the loss (gamlp/loss.h), f the
 * activation.  An iteration goes back from the output to the input and forward again, one
 * layer after another:
 *
 *   l = L..1: a_l (l < L), z_l, b_l, W_l      l = 1..L: W_l, b_l, z_l, a_l (l < L)
 *   u <- u + rho (z_L - W_L a_{L-1} - b_L)
 *
 * No matrix is inverted, unless `exact` is set: a step costs products of n_l n_{l-1} N. */
#ifndef GAMLP_DLADMM_H
#define GAMLP_DLADMM_H

#include <stdint.h>

#include "gamlp/pdadmm.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gamlp_dladmm_options {
    double nu, rho;  /* penalty of hidden layers' equations, of the last one's; > 0 */
    double l2;       /* weight of ||W||^2 / 2; >= 0                                  */
    gamlp_mode mode; /* theory: rho > 2 H, H the Lipschitz constant of grad R, 1/2 by default */
    gamlp_step_rule step;
    double step_start; /* first proximal weight of backtracking                        */
    gamlp_last_rule last;
    int64_t refresh;         /* iterations between fresh products W a (against drift)        */
    gamlp_schedule schedule; /* of nu and rho, as for pdADMM; not balance           */
    double rho_max;
    int64_t schedule_every;
    double schedule_factor;
    gamlp_regulariser omega;       /* of the chosen layers, besides l2; its kind is fixed */
    gamlp_regularised regularised; /* which layers; fixed when a net is made              */
    gamlp_activation activation;   /* fixed when a net is made                        */
    gamlp_loss loss;               /* fixed when a net is made                        */
    bool audit; /* measure what each step does to what must not rise; always in theory mode   */
    bool exact; /* not of the paper: W of layers without Omega is minimised; fixed as well     */
} gamlp_dladmm_options;

/* Defaults, and the check of ranges: GAMLP_E_CONFIG names the option. */
void gamlp_dladmm_options_default(gamlp_dladmm_options *options);
gamlp_status gamlp_dladmm_options_check(const gamlp_dladmm_options *options);

typedef struct gamlp_dladmm gamlp_dladmm;

/* A net with random weights; the plan is that of a whole net.  `problem` is borrowed; ownership of
 * the net passes to the caller: gamlp_dladmm_free(). */
gamlp_status gamlp_dladmm_new(gamlp_dladmm **net, const gamlp_problem *problem,
                              const gamlp_pdadmm_plan *plan, const gamlp_dladmm_options *options);
void gamlp_dladmm_free(gamlp_dladmm *net);

/* Forward pass: z = W a + b, a = f(z), u = 0.  To be called before the first iteration and after
 * growing or new weights. */
gamlp_status gamlp_dladmm_start(gamlp_dladmm *net);

/* As gamlp_pdadmm_grow(). */
gamlp_status gamlp_dladmm_grow(gamlp_dladmm *net, int64_t layers);

/* Change the penalties. */
gamlp_status gamlp_dladmm_set(gamlp_dladmm *net, const gamlp_dladmm_options *options);

/* One iteration.  What is not finite is GAMLP_E_NUMERIC and names layer and step. */
gamlp_status gamlp_dladmm_iterate(gamlp_dladmm *net);

/* Let the schedule judge the last iteration and change the penalties. */
gamlp_status gamlp_dladmm_adapt(gamlp_dladmm *net);

/* The figures of the last iteration.  Of gamlp_figures, `objective` is what is minimised,
 * `lagrangian` adds <u, r> + (rho/2) ||r||^2 with r = z_L - W_L a_{L-1} - b_L, `residual` is ||r||,
 * `lemma4` is Lemma B.2, the largest |grad R(z_L) + u|, `displacement` is the sum of all squared
 * displacements of both sweeps, `c_k` its least value so far; `rise` is 0 in the first iteration,
 * before which Lemma B.2 does not hold; `certificate` is 0. */
const gamlp_figures *gamlp_dladmm_figures(const gamlp_dladmm *net);

/* Accuracy and mean loss of (W, b) on a watched set; index -1: the training columns. */
gamlp_status gamlp_dladmm_score(gamlp_score *score, gamlp_dladmm *net, int64_t index);

/* The penalties now in force. */
const gamlp_dladmm_options *gamlp_dladmm_options_now(const gamlp_dladmm *net);

/* Take the weights of a model of the same shape; gamlp_dladmm_start() must follow. */
gamlp_status gamlp_dladmm_adopt(gamlp_dladmm *net, const gamlp_model *model);

/* Remember the weights, and put remembered weights back; neither allocates. */
void gamlp_dladmm_keep(gamlp_dladmm *net);
gamlp_status gamlp_dladmm_restore(gamlp_dladmm *net);

/* The weights as a model.  Ownership of the model passes to the caller. */
gamlp_status gamlp_dladmm_export(gamlp_model *model, const gamlp_dladmm *net);

/* Views for tests, borrowed; an empty matrix when there is none.  p is the layer's input a_{l-1},
 * u is of the last layer. */
gamlp_pdadmm_state gamlp_dladmm_state_of(const gamlp_dladmm *net, int64_t layer);

#ifdef __cplusplus
}
#endif
#endif
