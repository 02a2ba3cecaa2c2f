/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: solver.  pdADMM-G (Wang et al., "Towards Quantized Model Parallelism for Graph-Augmented
 * MLPs Based on Gradient-Free ADMM Framework", TNNLS 2022, Algorithm 1); without hops it is pdADMM
 * (ICDM 2020).
 *
 *   min  R(z_L; y) + sum_l ( (l2/2) ||W_l||^2 + Omega_l(W_l) )
 *        + (nu/2) ( sum_l ||z_l - W_l p_l - b_l 1'||^2 + sum_{l<L} ||q_l - f(z_l)||^2 )
 *   s.t. p_{l+1} = q_l,  p_1 = X,
 *
 * by alternating minimisation of the augmented Lagrangian with dual variables
 * u_l and penalty rho.  R is the loss (see loss.h), f the activation.
 *
 * With `quantise` it is pdADMM-G-Q (section IV of the same paper): the same problem with
 * p_l in Delta_l for l >= 2, a finite set of levels for each layer.
 *
 * A gamlp_pdadmm holds a contiguous block of layers: all of them in a serial
 * run, a share of them in each process of a pipeline. */
#ifndef GAMLP_PDADMM_H
#define GAMLP_PDADMM_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/exchange.h"
#include "gamlp/levels.h"
#include "gamlp/loss.h"
#include "gamlp/model.h"
#include "gamlp/regulariser.h"
#include "gamlp/stack.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How large a step of p and W is.  Every subproblem is quadratic, so the
 * smallest admissible proximal weight is known in closed form. */
typedef enum gamlp_step_rule {
    GAMLP_STEP_EXACT,    /* tau = Q(g) / ||g||^2, the exact line search                      */
    GAMLP_STEP_BACKTRACK /* the papers': the first of t0, 2 t0, 4 t0, ... that is admissible */
} gamlp_step_rule;

typedef enum gamlp_last_rule { GAMLP_LAST_NEWTON, GAMLP_LAST_FISTA } gamlp_last_rule;

typedef enum gamlp_mode {
    GAMLP_MODE_PAPER, /* any nu, rho and schedule; a broken guarantee is reported         */
    GAMLP_MODE_THEORY /* rho >= 1.025 times the least ratio nu, fixed (4.1 nu for ReLU); a broken
                         guarantee is an error                                             */
} gamlp_mode;

typedef enum gamlp_schedule {
    GAMLP_SCHEDULE_FIXED,
    GAMLP_SCHEDULE_STALL,  /* rho and nu times 10 when the training loss stalls (the authors' code)
                            */
    GAMLP_SCHEDULE_EVERY,  /* rho and nu times 10 every 100 iterations                            */
    GAMLP_SCHEDULE_BALANCE /* rho alone, so that primal and dual residual keep pace               */
} gamlp_schedule;

/* Which variables are taken from finite sets of levels. */
typedef enum gamlp_quantise {
    GAMLP_QUANTISE_NONE, /* pdADMM-G                                                           */
    GAMLP_QUANTISE_P,    /* pdADMM-G-Q: p_l, l >= 2                                             */
    GAMLP_QUANTISE_PQ    /* q_l, too: neither Lemma 4 nor the theorems hold; not in theory mode */
} gamlp_quantise;

/* Layers whose weights the regulariser is about. */
typedef enum gamlp_regularised {
    GAMLP_REGULARISED_ALL,
    GAMLP_REGULARISED_FIRST,
    GAMLP_REGULARISED_HIDDEN, /* all but the last */
    GAMLP_REGULARISED_LAST
} gamlp_regularised;

enum { GAMLP_ANDERSON_MAX = 16 };

typedef struct gamlp_pdadmm_options {
    double nu, rho; /* penalty of the layer equations, of p_{l+1} = q_l; > 0    */
    double l2;      /* weight of ||W||^2 / 2; >= 0                               */
    gamlp_mode mode;
    gamlp_step_rule step;
    double step_start; /* t0 of backtracking                                        */
    gamlp_last_rule last;
    gamlp_schedule schedule;
    double rho_max;                /* cap of the schedule                                       */
    int64_t schedule_every;        /* iterations between changes; 0: 100, of BALANCE 10         */
    double schedule_factor;        /* of a change; 0: 10, of BALANCE 2                          */
    int64_t refresh;               /* iterations between fresh products W p (against drift)     */
    gamlp_quantise quantise;       /* fixed when a block is made                                */
    gamlp_regulariser omega;       /* of the chosen layers, besides l2; its kind is fixed       */
    gamlp_regularised regularised; /* which layers; fixed when a block is made */
    gamlp_loss loss;               /* fixed when a block is made                                */
    gamlp_activation activation;   /* fixed when a block is made                                */
    int64_t level_count;           /* of each Delta_l; read by gamlp_pdadmm_start()             */
    double level_low, level_high;  /* of each Delta_l; both 0: each from the range of its q_l   */
    /* Accelerations that are not of the papers. */
    bool exact;   /* line 2 minimises by W, of layers without Omega; fixed when a block is made */
    double relax; /* over-relaxation of lines 5 and 6, below 2; 0 or 1: none; whole nets only   */
    int64_t
        anderson; /* iterations that extrapolation remembers, at most GAMLP_ANDERSON_MAX; 0: none;
                     whole nets only, not quantised nor regularised; fixed when a net is made */
    bool audit;   /* measure what each line does to the Lagrangian; always in theory mode        */
} gamlp_pdadmm_options;

/* Omega of layer l of L as the options say; NULL where there is none but L2. */
const gamlp_regulariser *gamlp_pdadmm_omega(const gamlp_pdadmm_options *options, int64_t layer,
                                            int64_t layers);

/* The theorems hold for rho > r nu: r = max(4 S^2, (1 + sqrt 17)/2), S the Lipschitz constant of f.
 * Infinite for sign and step.  (pdADMM, Lemma 1) */
double gamlp_pdadmm_least_ratio(const gamlp_activation *f);

/* Defaults, and the check of ranges: GAMLP_E_CONFIG names the option. */
void gamlp_pdadmm_options_default(gamlp_pdadmm_options *options);
gamlp_status gamlp_pdadmm_options_check(const gamlp_pdadmm_options *options);

/* The training columns and what layer 1 needs of them, computed once for all
 * seeds and growth stages.  With N <= n_0 it holds K = X'X, and W_1 stays in
 * { a W_1^0 + B X' }: nothing in the loop grows with n_0.  Further sets of
 * columns (validation, test) can be watched through X' X_set. */
typedef struct gamlp_problem gamlp_problem;

/* `x` and `label` (a class in [0, classes) each; NULL where another process holds the last layer)
 * are borrowed for the lifetime of the problem.  Ownership passes to the caller. */
gamlp_status gamlp_problem_new(gamlp_problem **problem, const gamlp_stack *x, const int32_t *label,
                               int64_t classes);
void gamlp_problem_free(gamlp_problem *problem);

/* Watch the columns of `x` with their labels (borrowed); *index names the set.  Blocks made before
 * do not know it. */
gamlp_status gamlp_problem_watch(int64_t *index, gamlp_problem *problem, const gamlp_stack *x,
                                 const int32_t *label);

/* The same for a process that holds other layers than the first: it knows the numbers of features
 * and columns and no X.  `label` is NULL unless the last layer is there, too. */
gamlp_status gamlp_problem_new_share(gamlp_problem **problem, int64_t features, int64_t columns,
                                     const int32_t *label, int64_t classes);
gamlp_status gamlp_problem_watch_share(int64_t *index, gamlp_problem *problem, int64_t columns,
                                       const int32_t *label);

/* Whether layer 1 works with K = X'X (true) or with X. */
bool gamlp_problem_uses_gram(const gamlp_problem *problem);

/* What a block does next, for whoever follows its progress. */
typedef enum gamlp_phase {
    GAMLP_PHASE_REST,
    GAMLP_PHASE_START,
    GAMLP_PHASE_P,
    GAMLP_PHASE_W,
    GAMLP_PHASE_B,
    GAMLP_PHASE_ZQU,
    GAMLP_PHASE_SCORE,
    GAMLP_PHASE_SEND,
    GAMLP_PHASE_RECEIVE,
    GAMLP_PHASES
} gamlp_phase;

/* Called before each of these steps of a layer; `iteration` is the one underway. */
typedef struct gamlp_observer {
    void (*note)(void *context, gamlp_phase phase, int64_t layer, int64_t iteration);
    void *context;
} gamlp_observer;

/* The net and the share of it this block holds. */
typedef struct gamlp_pdadmm_plan {
    int64_t layers;        /* L of the whole net                                        */
    const int64_t *hidden; /* widths n_1 .. n_{L-1}                                     */
    int64_t first, last;   /* layers of this block, 1-based, inclusive                  */
    gamlp_init init;       /* rule and scale of the random weights                      */
    double init_scale;
    uint64_t seed;
    const gamlp_exchange *exchange; /* NULL when the block is the whole net               */
    bool hold;                      /* room for gamlp_pdadmm_hold()                        */
    gamlp_observer observer;        /* note NULL: nobody                                    */
} gamlp_pdadmm_plan;

typedef struct gamlp_pdadmm gamlp_pdadmm;

/* A block with random weights.  `problem` is borrowed; ownership of the block
 * passes to the caller: gamlp_pdadmm_free(). */
gamlp_status gamlp_pdadmm_new(gamlp_pdadmm **block, const gamlp_problem *problem,
                              const gamlp_pdadmm_plan *plan, const gamlp_pdadmm_options *options);
void gamlp_pdadmm_free(gamlp_pdadmm *block);

/* Take the weights of layers first..last from a model of the whole net's shape (GAMLP_E_DATA when
 * it has another) in place of the random ones.  Call gamlp_pdadmm_start() next. */
gamlp_status gamlp_pdadmm_adopt(gamlp_pdadmm *block, const gamlp_model *model);

/* The same for one layer of the block. */
gamlp_status gamlp_pdadmm_adopt_layer(gamlp_pdadmm *block, int64_t number,
                                      const gamlp_layer *layer);

/* Forward pass: z = W p + b, q = f(z), p_{l+1} = q_l, u = 0; afterwards every
 * residual is zero.  With quantised variables the level sets are chosen on the way and
 * p_{l+1} = Pi(q_l).  To be called before the first iteration and after
 * growing or new weights. */
gamlp_status gamlp_pdadmm_start(gamlp_pdadmm *block);

/* Grow a whole net to `layers` layers: identities are inserted before the
 * output layer, which keeps its weights (all hidden widths must be equal).
 * Call gamlp_pdadmm_start() next. */
gamlp_status gamlp_pdadmm_grow(gamlp_pdadmm *block, int64_t layers);

/* Change the penalties, e.g. at a growth stage. */
gamlp_status gamlp_pdadmm_set(gamlp_pdadmm *block, const gamlp_pdadmm_options *options);

/* One iteration = lines 1-3 (p, W, b), then lines 4-6 (z, q, u) once the p of
 * the layer above has come.  gamlp_pdadmm_iterate() does both. */
gamlp_status gamlp_pdadmm_step_primal(gamlp_pdadmm *block);
gamlp_status gamlp_pdadmm_step_dual(gamlp_pdadmm *block);
gamlp_status gamlp_pdadmm_iterate(gamlp_pdadmm *block);

/* The lines of an iteration. */
typedef enum gamlp_line {
    GAMLP_LINE_P,
    GAMLP_LINE_W,
    GAMLP_LINE_B,
    GAMLP_LINE_Z,
    GAMLP_LINE_Q,
    GAMLP_LINE_U,
    GAMLP_LINES
} gamlp_line;

/* What one layer contributed to the figures of an iteration (all sums in double). */
typedef struct gamlp_layer_figures {
    double risk;       /* R(z_L; y), last layer                                          */
    double penalty;    /* (l2/2) ||W||^2 + Omega(W)                                      */
    double fit;        /* ||z - W p - b||^2                                              */
    double activation; /* ||q - f(z)||^2                                                 */
    double residual;   /* ||p_{l+1} - q_l||^2                                            */
    double dual;       /* <u_l, p_{l+1} - q_l>                                           */
    double tau, theta; /* proximal weights used                                          */
    int64_t trials;    /* of the quantised step of p                                      */
    double dp, dw, db, dz, dq, du; /* squared displacements of this iteration            */
    double lemma4;              /* max |u - nu (q - f(z))|                                        */
    double lemma4_scale;        /* nu max|q|                                                     */
    double change[GAMLP_LINES]; /* of the Lagrangian by each line of this layer, when audited  */
} gamlp_layer_figures;

/* Figures of layer l of this block after the last complete iteration. */
const gamlp_layer_figures *gamlp_pdadmm_layer_figures(const gamlp_pdadmm *block, int64_t layer);

/* The figures of the whole net, summed over the layers in order. */
typedef struct gamlp_figures {
    int64_t iteration;
    double objective;     /* F without constraints: R + penalty + (nu/2)(fit + activation)   */
    double lagrangian;    /* L_rho                                                           */
    double residual;      /* sqrt(sum ||p_{l+1} - q_l||^2)                                   */
    double dual_residual; /* rho sqrt(sum ||q_l - q_l before||^2)                            */
    double risk;
    double lemma4;       /* largest relative violation of u = nu (q - f(z))                 */
    double certificate;  /* (nu/2) sum dz + ((rho+nu)/2) sum dq - (1/rho) sum du: >= 0 proves
                            descent of lines 4-6 whatever rho is (without dq if q is
                            quantised)                                                      */
    double displacement; /* sum (tau/2) dp + ((theta+l2)/2) dw + (nu N/2) db + (nu/2) dz +
                            ((rho+nu)/2) dq: what lines 1 to 5 lower the Lagrangian by,
                            at least; without dp if p is quantised, without dq if q is,
                            without dw where Omega is not convex                            */
    double c_k;          /* the least displacement so far                                   */
    double k_ck;         /* k min_{i <= k} displacement_i, which tends to 0 (o(1/k))        */
    double rise;         /* (L^k - L^{k-1}) / max(1, |L^{k-1}|); > 0: not descending        */
    bool descending;     /* rise within rounding                                            */
    /* When audited, from the second iteration with the same penalties on: what each line did to
     * the Lagrangian in all layers, and the layer and line of p, W, b and z that did most to
     * raise it (or least to lower it). */
    double change[GAMLP_LINES];
    int64_t worst_layer;
    gamlp_line worst_line;
    double worst_change;
} gamlp_figures;

/* Sum `count` layers' figures in order 1..L; `previous` is the last
 * iteration's result (zeroed before the first). */
void gamlp_figures_sum(gamlp_figures *figures, const gamlp_layer_figures *const *layer,
                       int64_t count, const gamlp_figures *previous,
                       const gamlp_pdadmm_options *options, int64_t columns);

/* The penalties changed before this iteration: nothing of it is compared with earlier ones. */
void gamlp_figures_restart(gamlp_figures *figures);

/* GAMLP_E_NUMERIC when theory mode does not allow these figures of a net. */
gamlp_status gamlp_figures_check(const gamlp_figures *figures, const gamlp_pdadmm_options *options);

/* The figures of a block that is a whole net; NULL for a share of one. */
const gamlp_figures *gamlp_pdadmm_figures(const gamlp_pdadmm *block);

/* Accuracy and mean loss of (W, b) on a watched set, by a forward pass.
 * index -1: the training columns.  Each share of a net takes its part, in turn; the score
 * is that of the share with the last layer, and 0 elsewhere. */
gamlp_status gamlp_pdadmm_score(gamlp_score *score, gamlp_pdadmm *block, int64_t index);

/* How many iterations since the net was made ended in an extrapolated point. */
int64_t gamlp_pdadmm_extrapolated(const gamlp_pdadmm *block);

/* The penalties now in force (a schedule changes them). */
const gamlp_pdadmm_options *gamlp_pdadmm_options_now(const gamlp_pdadmm *block);

/* Remember the weights as they are now, and put remembered weights back (the other
 * variables then need gamlp_pdadmm_start()).  Neither allocates. */
void gamlp_pdadmm_keep(gamlp_pdadmm *block);
gamlp_status gamlp_pdadmm_restore(gamlp_pdadmm *block);

/* The same when it is not known yet whether the weights are to be remembered: put them aside, and
 * later remember what was put aside.  A plan with `hold` made room for it. */
gamlp_status gamlp_pdadmm_hold(gamlp_pdadmm *block);
gamlp_status gamlp_pdadmm_keep_held(gamlp_pdadmm *block);

/* What a schedule remembers.  Zero the struct at the start of a stage. */
typedef struct gamlp_stall {
    double loss;
    int64_t times;
} gamlp_stall;

/* The schedule GAMLP_SCHEDULE_STALL: from iteration 4 on, when the training loss failed twice
 * running to fall by more than 0.001, rho and nu grow by the factor, rho up to rho_max.  Judge the
 * mean loss after `iteration` (from 1); true when `options` changed. */
bool gamlp_stall_step(gamlp_stall *stall, gamlp_pdadmm_options *options, int64_t iteration,
                      double loss);

/* The schedule of `options` after the iteration that `figures` tell of; true when they changed.
 * BALANCE: rho times the factor when the primal residual exceeds ten times the dual one, divided by
 * it in the opposite case (He, Yang and Wang, JOTA 106, 2000; u needs no scaling, being that of
 * the Lagrangian), between the rho of the first iteration over 1000 and rho_max. */
bool gamlp_schedule_step(gamlp_stall *stall, gamlp_pdadmm_options *options,
                         const gamlp_figures *figures, int64_t columns);

/* The weights of one layer of a block (W_1 written out) into a layer of that shape. */
gamlp_status gamlp_pdadmm_export_layer(gamlp_layer *layer, const gamlp_pdadmm *block,
                                       int64_t number);

/* The weights of a whole net as a model (W_1 written out).  Ownership of the
 * model passes to the caller. */
gamlp_status gamlp_pdadmm_export(gamlp_model *model, const gamlp_pdadmm *block);

/* Delta_l, from which p_l is taken since the last start; NULL for layer 1 and when nothing is
 * quantised.  When q is, too, a share of a net also knows Delta of the layer above it, from which
 * its last q is taken. */
const gamlp_levels *gamlp_pdadmm_levels(const gamlp_pdadmm *block, int64_t layer);

/* What is kept of a layer outside its process. */
typedef enum gamlp_state_kind {
    GAMLP_STATE_WEIGHTS, /* W (in layer 1 with the Gram matrix a and B) and b                  */
    GAMLP_STATE_ALL      /* besides, all that the next iteration depends on                     */
} gamlp_state_kind;

/* A layer of a block after a complete iteration as bytes (docs/formats.md).  They do not depend on
 * how the net is shared out.  Ownership of the bytes passes to the caller: gamlp_free(). */
gamlp_status gamlp_pdadmm_save(unsigned char **bytes, size_t *size, const gamlp_pdadmm *block,
                               int64_t layer, gamlp_state_kind kind);

/* Put such bytes into layer `layer` of a block of the same data, widths, seed and, if there was
 * one, adopted model; of layer first - 1 a share takes q and u.  After weights comes
 * gamlp_pdadmm_start(), after GAMLP_STATE_ALL of all layers first - 1 .. last comes
 * gamlp_pdadmm_resume().  GAMLP_E_DATA tells what is wrong with the bytes; the layer is then
 * undefined. */
gamlp_status gamlp_pdadmm_load(gamlp_pdadmm *block, int64_t layer, const unsigned char *bytes,
                               size_t size);

/* W of a hidden layer <- identity, b <- 0, as growing inserts it. */
gamlp_status gamlp_pdadmm_set_identity(gamlp_pdadmm *block, int64_t layer);

/* The block stands behind `iteration` complete iterations, with the options now in force.
 * `figures` are those of that iteration, NULL for a share; `comparable`: the penalties have not
 * changed since. */
void gamlp_pdadmm_resume(gamlp_pdadmm *block, int64_t iteration, const gamlp_figures *figures,
                         bool comparable);

/* Whether the figures of the next iteration can be compared with the last ones. */
bool gamlp_pdadmm_comparable(const gamlp_pdadmm *block);

/* Views for tests and transports, borrowed; an empty matrix when there is none. */
typedef struct gamlp_pdadmm_state {
    const gamlp_dense *p, *w, *b, *z, *q, *u, *wp;
} gamlp_pdadmm_state;
gamlp_pdadmm_state gamlp_pdadmm_state_of(const gamlp_pdadmm *block, int64_t layer);

#ifdef __cplusplus
}
#endif
#endif
