/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: model.  Regularisers Omega of the weights of a layer, besides (l2/2) ||W||^2, by their
 * proximal operators; with L1, l2 makes the elastic net. */
#ifndef GAMLP_REGULARISER_H
#define GAMLP_REGULARISER_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/dense.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gamlp_regulariser_kind {
    GAMLP_OMEGA_NONE,         /* 0                                                           */
    GAMLP_OMEGA_L1,           /* weight sum |W_ij|                                           */
    GAMLP_OMEGA_GROUP,        /* weight sum_j ||W_:j||: a column, hence an input, goes whole */
    GAMLP_OMEGA_NON_NEGATIVE, /* W_ij >= 0                                                   */
    GAMLP_OMEGA_BOX,          /* low <= W_ij <= high                                         */
    GAMLP_OMEGA_MAX_NORM,     /* ||W_i:|| <= bound for each row, hence each neuron           */
    GAMLP_OMEGA_ORTHOGONAL,   /* W'W = I, or W W' = I where W has more columns than rows     */
    GAMLP_OMEGA_TOP_K,        /* all but ceil(share x elements), at least one, are 0         */
    GAMLP_OMEGAS              /* their number                                                */
} gamlp_regulariser_kind;

/* A zeroed one is none. */
typedef struct gamlp_regulariser {
    gamlp_regulariser_kind kind;
    double weight;    /* of L1 and group lasso; >= 0     */
    double low, high; /* of a box; low <= high           */
    double bound;     /* of max-norm; > 0                */
    double share;     /* of top-k; in (0, 1]             */
} gamlp_regulariser;

/* "none l1 group ...": the names in the order of the enum, as an option table takes them. */
extern const char gamlp_regulariser_names[];

/* GAMLP_E_CONFIG names what is out of range. */
gamlp_status gamlp_regulariser_check(const gamlp_regulariser *omega);

/* Omega(W) where W obeys the constraint, as after a step: 0 for those that are constraints. */
double gamlp_regulariser_value(const gamlp_regulariser *omega, const gamlp_dense *w);

/* Whether Omega is a set that W is taken from; whether it is convex (all but orthogonal and top-k).
 */
bool gamlp_regulariser_is_constraint(const gamlp_regulariser *omega);
bool gamlp_regulariser_is_convex(const gamlp_regulariser *omega);

/* W <- argmin_X Omega(X) + (l2/2) ||X||^2 + (t/2) ||X - W||^2, t > 0, in place.  `work` is
 * gamlp_regulariser_work() doubles (NULL when that is 0).  Of equal minimisers of top-k the one
 * with the earlier elements; a number that is none stays.  (dlADMM, section 2.2; mDLAM,
 * section 3.2) */
void gamlp_regulariser_prox(gamlp_dense *w, const gamlp_regulariser *omega, double l2, double t,
                            double *work);
int64_t gamlp_regulariser_work(const gamlp_regulariser *omega, int64_t rows, int64_t cols);

#ifdef __cplusplus
}
#endif
#endif
