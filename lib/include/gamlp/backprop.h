/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: solver.  Full-batch back-propagation, the baseline of the ADMM methods: gradient descent
 * with and without momentum, Adagrad (Duchi, Hazan, Singer, JMLR 2011), Adadelta (Zeiler, arXiv
 * 1212.5701), Adam (Kingma, Ba, ICLR 2015) and its decoupled weight decay (Loshchilov, Hutter, ICLR
 * 2019).  Update formulas and defaults are those of PyTorch.
 *
 *   min  R(z_L; y) (their mean, or sum) + (weight_decay/2) sum_l (||W_l||^2 + ||b_l||^2),
 *   z_l = W_l p_l + b_l,  p_{l+1} = f(z_l),  p_1 = X
 *
 * with the losses R of gamlp/loss.h (their mean is over the columns, whatever their weights).  With
 * dropout, each element of p_{l+1} (and of X) is zero with the given probability in an iteration
 * and scaled up otherwise.
 *
 * W_1 is kept as a W_1^0 + B X' where the optimiser is linear in the gradient (no momentum or
 * momentum) and the problem has a Gram matrix: an iteration then costs nothing that grows with n_0.
 */
#ifndef GAMLP_BACKPROP_H
#define GAMLP_BACKPROP_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/method.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gamlp_optimiser {
    GAMLP_OPTIMISER_GD,       /* w <- w - lr g                                                  */
    GAMLP_OPTIMISER_MOMENTUM, /* v <- momentum v + g,  w <- w - lr v                            */
    GAMLP_OPTIMISER_ADAGRAD,  /* s <- s + g^2,  w <- w - lr g / (sqrt(s) + eps)                 */
    GAMLP_OPTIMISER_ADADELTA, /* s <- rho s + (1-rho) g^2,  d = sqrt((e + eps) / (s + eps)) g,
                                 e <- rho e + (1-rho) d^2,  w <- w - lr d                       */
    GAMLP_OPTIMISER_ADAM      /* m <- b1 m + (1-b1) g,  v <- b2 v + (1-b2) g^2,
                                 w <- w - lr/(1-b1^k) m / (sqrt(v/(1-b2^k)) + eps)              */
} gamlp_optimiser;

typedef struct gamlp_backprop_options {
    gamlp_optimiser optimiser;   /* fixed when a net is made                                      */
    double learning_rate;        /* > 0                                                           */
    double momentum;             /* in [0, 1)                                                     */
    double beta1, beta2;         /* of Adam, in [0, 1)                                            */
    double averaging;            /* rho of Adadelta, in [0, 1)                                    */
    double epsilon;              /* > 0                                                           */
    double weight_decay;         /* >= 0                                                          */
    bool decoupled;              /* w <- (1 - lr weight_decay) w instead of weight_decay w in g   */
    bool sum;                    /* the loss is the sum over the columns and not their mean       */
    gamlp_activation activation; /* f; fixed when a net is made */
    gamlp_loss loss;             /* fixed when a net is made                                      */
    double dropout;              /* of the inputs of layers 2..L, in [0, 1)                       */
    double feature_dropout;      /* of X, in [0, 1); fixed (0 or not) when a net is made          */
} gamlp_backprop_options;

/* PyTorch's defaults of an optimiser (for gradient descent, which has none there, learning rates of
 * 0.1), and the check of ranges: GAMLP_E_CONFIG names the option. */
void gamlp_backprop_options_default(gamlp_backprop_options *options, gamlp_optimiser optimiser);
gamlp_status gamlp_backprop_options_check(const gamlp_backprop_options *options);

typedef struct gamlp_backprop gamlp_backprop;

/* A net with random weights and zero biases, the same as gamlp_pdadmm_new() makes of this plan.
 * `problem` is borrowed; ownership of the net passes to the caller: gamlp_backprop_free(). */
gamlp_status gamlp_backprop_new(gamlp_backprop **net, const gamlp_problem *problem,
                                const gamlp_net_plan *plan, const gamlp_backprop_options *options);
void gamlp_backprop_free(gamlp_backprop *net);

/* Take the weights of a model of the same shape; gamlp_backprop_start() next. */
gamlp_status gamlp_backprop_load(gamlp_backprop *net, const gamlp_model *model);

/* Forget moments and the number of iterations; weights stay.  To be called before the first
 * iteration and after growing or new weights. */
gamlp_status gamlp_backprop_start(gamlp_backprop *net);

/* Insert identities before the output layer, as gamlp_pdadmm_grow(); gamlp_backprop_start() next.
 */
gamlp_status gamlp_backprop_grow(gamlp_backprop *net, int64_t layers);

/* Other rates from the next iteration on. */
gamlp_status gamlp_backprop_set(gamlp_backprop *net, const gamlp_backprop_options *options);

/* One forward pass, one backward pass, one update of every parameter.  Allocates nothing.
 * GAMLP_E_NUMERIC names the iteration, and the layer whose forward pass or gradient is not finite.
 */
gamlp_status gamlp_backprop_iterate(gamlp_backprop *net);

typedef struct gamlp_backprop_figures {
    int64_t iteration;
    double risk;     /* R(z_L; y) before the update, the sum over the training columns           */
    double loss;     /* the same, or its mean, as the options say                               */
    double gradient; /* norm of the loss's gradient by all weights and biases, before the update */
} gamlp_backprop_figures;

/* The figures of the last iteration, borrowed. */
const gamlp_backprop_figures *gamlp_backprop_figures_of(const gamlp_backprop *net);

/* Accuracy and mean loss, without dropout, on a watched set; index -1: the training columns. */
gamlp_status gamlp_backprop_score(gamlp_score *score, gamlp_backprop *net, int64_t index);

/* Remember the weights as they are now, and put remembered weights back (gamlp_backprop_start()
 * next).  Neither allocates. */
void gamlp_backprop_keep(gamlp_backprop *net);
gamlp_status gamlp_backprop_restore(gamlp_backprop *net);

/* The weights as a model (W_1 written out).  Ownership of the model passes to the caller. */
gamlp_status gamlp_backprop_export(gamlp_model *model, const gamlp_backprop *net);

/* The mask of dropout: whether element `element` (i + j * rows) of p_layer (layer 1: of X) is kept
 * in iteration `iteration` (from 1) of a net with this seed. */
bool gamlp_dropout_keeps(uint64_t seed, int64_t layer, int64_t iteration, int64_t element,
                         double dropout);

#ifdef __cplusplus
}
#endif
#endif
