/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: model.  Losses of training: R(Z; y) = sum_j w_(y_j) r(z_j; t_j), where the target t of a
 * column is the one-hot vector of its label y or, smoothed by s, (1 - s) of it and s/C on every
 * class; w_c are the weights of the classes. */
#ifndef GAMLP_LOSS_H
#define GAMLP_LOSS_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gamlp_loss_kind {
    GAMLP_LOSS_CROSS_ENTROPY, /* r(z; t) = log sum exp(z) - <t, z> */
    GAMLP_LOSS_SQUARED        /* r(z; t) = ||z - t||^2 / 2         */
} gamlp_loss_kind;

enum { GAMLP_LOSS_CLASSES = 64 };

/* A zeroed one is plain cross-entropy. */
typedef struct gamlp_loss {
    gamlp_loss_kind kind;
    double smoothing; /* s, in [0, 1)                                                  */
    bool balanced;    /* w_c = N/(C n_c), n_c of the N columns being of class c; 1 for n_c = 0 */
    int64_t count;    /* weights in the list, one a class; 0: no list                  */
    double weight[GAMLP_LOSS_CLASSES]; /* > 0 */
} gamlp_loss;

/* The weights of "none", "balanced" or a list "1,2,0.5"; GAMLP_E_CONFIG for another text. */
gamlp_status gamlp_loss_weights(gamlp_loss *loss, const char *text);

/* Ranges; GAMLP_E_CONFIG names what is wrong. */
gamlp_status gamlp_loss_check(const gamlp_loss *loss);

/* The Lipschitz constant H of grad R: half the largest weight, of squared loss the largest weight;
 * infinite for balanced weights, which only the labels tell. */
double gamlp_loss_lipschitz(const gamlp_loss *loss);

/* Whether both are the same loss. */
bool gamlp_loss_equal(const gamlp_loss *a, const gamlp_loss *b);

/* w_0, ..., w_(classes - 1) for these labels (negative ones do not count); GAMLP_E_CONFIG when the
 * list is of another length. */
gamlp_status gamlp_loss_class_weights(double *weight, const gamlp_loss *loss, const int32_t *label,
                                      int64_t columns, int64_t classes);

#ifdef __cplusplus
}
#endif
#endif
