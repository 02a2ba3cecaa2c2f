/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a block of layers, shared by the files of the pdADMM solver. */
#ifndef GAMLP_SOLVER_BLOCK_H
#define GAMLP_SOLVER_BLOCK_H

#include "gamlp/pdadmm.h"
#include "matrix/pairs_net.h"
#include "solver/accelerate.h"
#include "solver/kernels.h"
#include "solver/last.h"
#include "solver/problem.h"

/* Layers that one thread works on while others work on theirs, and its scratch, of the largest
 * shape among them. */
typedef struct gamlp_pd_lane {
    int64_t first, last;
    gamlp_dense gradient_w, image, cross;
    gamlp_dense displacement;            /* of the shape of p, when quantised, of layers not thin */
    gamlp_dense omega_fresh, omega_move; /* of the shape of W, when regularised  */
    double *omega_work;                  /* of the proximal operator             */
    double *mean, *row_work;
    gamlp_status status; /* of the lines it has run */
    char failure[GAMLP_ERROR_TEXT];
} gamlp_pd_lane;

/* Variables of layer l; n_l x N unless said otherwise. */
typedef struct gamlp_pd_layer {
    int64_t number;             /* l, from 1                                              */
    int64_t in, out;            /* n_{l-1}, n_l                                           */
    gamlp_dense p;              /* input, n_{l-1} x N; l >= 2                             */
    gamlp_dense w;              /* n_l x n_{l-1}; not for layer 1 with a Gram matrix      */
    gamlp_dense b;              /* n_l x 1                                                */
    gamlp_dense z;              /* pre-activation                                         */
    gamlp_dense next;           /* a p that is tried; in thin layers with levels          */
    gamlp_dense q, u;           /* output and dual variable; l < L                        */
    gamlp_dense m;              /* W p, carried along                                     */
    gamlp_dense r;              /* W p + b - z                                            */
    gamlp_dense g;              /* gradient of p; between iterations u_{l-1} + rho (p - q_{l-1})  */
    gamlp_dense kept_w, kept_b; /* remembered weights                           */
    gamlp_dense held_w, held_b; /* weights put aside; with `hold` only           */
    gamlp_levels levels;        /* Delta_l of p, when it is quantised; l >= 2   */
    double weight_square;       /* ||W||^2, carried along where the step of W goes through p'p */
    int64_t explicit_left;      /* iterations before the step of W tries p'p again */
    double keep;                /* what the step leaves of W and m: 1 - s l2, or 1 */
    double s;                   /* step that m still lacks (its image is in scratch) */
    gamlp_pd_lane *lane;        /* that works on it */
    gamlp_layer_figures figures;
    double audit_fit, audit_link, audit_rest; /* of the Lagrangian before the line in hand */
} gamlp_pd_layer;

/* Layer 1 with K = X'X: W_1 = a W_1^0 + B X'. */
typedef struct gamlp_pd_input {
    double a, kept_a, held_a;
    double base_square, kept_square, held_square; /* ||W_1^0||^2; ||W_1||^2 remembered, put aside */
    gamlp_dense b, kept_b, held_b;                /* B, n_1 x N; remembered, put aside */
    gamlp_dense first;                            /* W_1^0, when it is a model's */
    gamlp_dense base;                             /* W_1^0 X                       */
    gamlp_dense base_watched[GAMLP_MAX_WATCHED];  /* W_1^0 X_set                   */
    gamlp_pairs sorted[GAMLP_MAX_WATCHED];        /* X'X_set, where it is scored by pairs */
    gamlp_pairs_net net[GAMLP_MAX_WATCHED];       /* the same with W_1^0 X_set, where both layers of
                                                     a net are scored at once             */
} gamlp_pd_input;

struct gamlp_pdadmm {
    const gamlp_problem *problem;
    gamlp_pdadmm_options options;
    gamlp_exchange exchange;
    gamlp_observer observer;
    int64_t layers, first, last, columns, iteration;
    int64_t hidden; /* width of layers that growing inserts; 0: hidden widths differ */
    gamlp_init init;
    double init_scale;
    uint64_t seed;
    gamlp_pd_layer *layer; /* first..last */
    gamlp_pd_input input;
    gamlp_last last_solve;
    gamlp_dense below_q, below_u; /* q_{first-1}, u_{first-1}, kept in step with the neighbour */
    gamlp_dense above_p;          /* p_{last+1} as received                                     */
    double below_rho;             /* rho of the last complete iteration                        */
    gamlp_levels above_levels;    /* Delta_(last+1), when q is quantised                         */
    gamlp_dense spare;            /* g of the layer above `last`, which nobody reads           */
    gamlp_pd_lane *lane;          /* of all layers, in their order                             */
    int64_t lanes;
    gamlp_pd_anderson anderson;
    gamlp_pd_exact exact;                    /* with options.exact             */
    const gamlp_layer_figures **figure_list; /* of the layers of a whole net */
    int64_t watched;                         /* sets that may be scored       */
    bool kept;                               /* weights have been remembered  */
    bool hold, held;                         /* weights may be put aside; they have been */
    bool followed;          /* q and u of the layer below are those of this iteration already */
    int64_t evaluations;    /* forward passes so far */
    gamlp_dense forward[2]; /* scratch of the forward pass */
    gamlp_pairs pairs;      /* scratch of its products     */
    gamlp_figures figures;
    bool sequential; /* no q and u: a_l of the sequential methods is p_(l+1)         */
    bool comparable; /* the last figures were made with the same penalties */
    bool steady;     /* so were those of the layers, also in a share       */
};

/* As gamlp_pdadmm_new(), for a sequential method: a whole net whose layers have no q and u. */
gamlp_status gamlp_pd_new_sequential(gamlp_pdadmm **block, const gamlp_problem *problem,
                                     const gamlp_pdadmm_plan *plan,
                                     const gamlp_pdadmm_options *options);

/* Tell the observer. */
void gamlp_pd_note(const gamlp_pdadmm *block, gamlp_phase phase, int64_t layer);

/* What was sent of the block, p of the first layer or q of the last, may change from now on, or
 * with `keep` false go. */
gamlp_status gamlp_pd_reclaim(const gamlp_pdadmm *block, gamlp_tensor kind, bool keep);

/* Layer l of the block. */
gamlp_pd_layer *gamlp_pd_layer_at(const gamlp_pdadmm *block, int64_t number);

/* Whether layer l is layer 1 in Gram form, W_1 = a W_1^0 + B X'. */
bool gamlp_pd_is_gram(const gamlp_pdadmm *block, const gamlp_pd_layer *layer);

/* Whether the step of W goes through p'p: always in layer 1 in Gram form, elsewhere when the
 * products with it, n_{l-1} N^2 + n_l N^2, are cheaper than the one they replace, n_l n_{l-1} N. */
bool gamlp_pd_steps_by_gram(const gamlp_pdadmm *block, const gamlp_pd_layer *layer);

/* The products of W_1^0 with the training and watched columns; a = 1, B = 0. */
gamlp_status gamlp_pd_set_input(gamlp_pdadmm *block, gamlp_pd_layer *layer,
                                const gamlp_dense *weight);

/* Score the weights as they are and make the next iteration, one of two threads each, where that
 * can be: the weights that are scored are put aside first, as gamlp_pdadmm_hold() does.  Returned:
 * the status of the iteration.  The bits are those of a score, then an iteration. */
bool gamlp_pd_can_overlap(const gamlp_pdadmm *block, int64_t index);
gamlp_status gamlp_pd_overlap(gamlp_score *score, gamlp_pdadmm *block, int64_t index);

/* q of the layer below this block after its last iteration, unless it came already, and our copy of
 * its u (line 6).  It comes before everything that the neighbour sends later. */
gamlp_status gamlp_pd_follow_below(gamlp_pdadmm *block);

/* Divide the layers among the threads there are, where that occupies them, and make the scratch. */
gamlp_status gamlp_pd_lanes_init(gamlp_pdadmm *block);
void gamlp_pd_lanes_clear(gamlp_pdadmm *block);

/* Run lines of the algorithm for every layer, in each lane one after the other; the failure of the
 * lowest layer that failed. */
typedef gamlp_status (*gamlp_pd_lines)(gamlp_pdadmm *block, gamlp_pd_layer *layer);
gamlp_status gamlp_pd_each_layer(gamlp_pdadmm *block, gamlp_pd_lines lines);

/* Buffers of a layer; scratch for all layers. */
gamlp_status gamlp_pd_layer_init(gamlp_pd_layer *layer, const gamlp_pdadmm *block, int64_t number,
                                 int64_t in, int64_t out);
void gamlp_pd_layer_clear(gamlp_pd_layer *layer);
gamlp_status gamlp_pd_scratch_init(gamlp_pdadmm *block);
void gamlp_pd_scratch_clear(gamlp_pdadmm *block);

/* out <- a W_1^0 X_set + B X'X_set, for a watched set or the training columns (index -1). */
void gamlp_pd_gram_product(gamlp_dense *out, const gamlp_pdadmm *block, int64_t index);

/* m <- W p and ||W||^2 from scratch. */
gamlp_status gamlp_pd_refresh(const gamlp_pdadmm *block, gamlp_pd_layer *layer);

/* The lines of Algorithm 1 for one layer. */
gamlp_status gamlp_pd_update_p(gamlp_pdadmm *block, gamlp_pd_layer *layer);
gamlp_status gamlp_pd_update_w(gamlp_pdadmm *block, gamlp_pd_layer *layer);
gamlp_status gamlp_pd_update_b(gamlp_pdadmm *block, gamlp_pd_layer *layer);
gamlp_status gamlp_pd_update_zqu(gamlp_pdadmm *block, gamlp_pd_layer *layer);

/* Line 2 of layer 1 in Gram form from the sums of gamlp_kernel_input(), without what it changes in
 * M and B. */
gamlp_status gamlp_pd_step_input(gamlp_pdadmm *block, gamlp_pd_layer *layer,
                                 const gamlp_input_sums *sums);

/* Line 2 for explicit weights from G, ||G||^2 and G p. */
gamlp_status gamlp_pd_step_explicit(gamlp_pdadmm *block, gamlp_pd_layer *layer,
                                    const gamlp_dense *g, double gg, const gamlp_dense *image);

/* g <- alpha r p' and out <- W p, with X in the place of p in layer 1. */
gamlp_status gamlp_pd_outer_input(gamlp_dense *g, double alpha, const gamlp_pdadmm *block,
                                  const gamlp_pd_layer *layer);
gamlp_status gamlp_pd_apply_input(gamlp_dense *out, const gamlp_dense *w, const gamlp_pdadmm *block,
                                  const gamlp_pd_layer *layer);

/* Omega of layer l; NULL where there is none but L2. */
const gamlp_regulariser *gamlp_pd_omega(const gamlp_pdadmm *block, int64_t layer);

/* Line 2 with it. */
gamlp_status gamlp_pd_update_w_omega(gamlp_pdadmm *block, gamlp_pd_layer *layer,
                                     const gamlp_regulariser *omega);

/* Weights into the sets that they are constrained to, as the first iteration finds them. */
void gamlp_pd_obey(gamlp_pdadmm *block);

/* Delta_l from the options and q_{l-1} of the forward pass. */
gamlp_status gamlp_pd_choose_levels(gamlp_levels *levels, const gamlp_pdadmm_options *options,
                                    const gamlp_dense *q);

/* Delta_l, p_l <- Pi(q_{l-1}) and where its gradient begins, u_{l-1} being 0; with q quantised,
 * too, q_{l-1} <- p_l. */
gamlp_status gamlp_pd_start_quantised(gamlp_pdadmm *block, gamlp_pd_layer *layer, gamlp_dense *q);

/* Line 1 for p in Delta_l. */
gamlp_status gamlp_pd_update_p_quantised(gamlp_pdadmm *block, gamlp_pd_layer *layer);

/* The proximal weight for the curvature q = Q(g) / ||g||^2 along the gradient. */
double gamlp_pd_weight(const gamlp_pdadmm_options *options, double curvature);

/* ||W p + b - z||^2 as the variables are stored. */
double gamlp_pd_fit(const gamlp_pd_layer *layer);

/* Measure what the lines of a layer do to the Lagrangian, into figures.change: before line 1, after
 * line 1, after line 3, before line 4 and after line 6.  They do nothing unless it is asked for. */
void gamlp_pd_audit_begin(const gamlp_pdadmm *block, gamlp_pd_layer *layer);
void gamlp_pd_audit_p(const gamlp_pdadmm *block, gamlp_pd_layer *layer);
void gamlp_pd_audit_wb(const gamlp_pdadmm *block, gamlp_pd_layer *layer);
void gamlp_pd_audit_dual(const gamlp_pdadmm *block, gamlp_pd_layer *layer);
void gamlp_pd_audit_zqu(const gamlp_pdadmm *block, gamlp_pd_layer *layer);

/* A matrix of this shape in a scratch buffer. */
gamlp_dense gamlp_pd_view(const gamlp_dense *scratch, int64_t rows, int64_t cols);

/* GAMLP_E_NUMERIC when `value`, from the update of `what`, is not finite. */
gamlp_status gamlp_pd_check_finite(const gamlp_pdadmm *block, const gamlp_pd_layer *layer,
                                   const char *what, double value);

/* g <- u_{l-1} + rho (p - q_{l-1}) with the penalties now in force. */
void gamlp_pd_couple(gamlp_pdadmm *block, gamlp_pd_layer *layer);

#endif
