/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: model.  Activations: the function f of the hidden layers. */
#ifndef GAMLP_ACTIVATION_H
#define GAMLP_ACTIVATION_H

#include <stdbool.h>

#include "gamlp/dense.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The piecewise linear ones first; their subproblems have closed forms. */
typedef enum gamlp_activation_kind {
    GAMLP_RELU,         /* max(z, 0)                                  */
    GAMLP_LEAKY_RELU,   /* z for z > 0, else alpha z                  */
    GAMLP_ABS,          /* |z|                                        */
    GAMLP_HARD_TANH,    /* z clipped to [-1, 1]                       */
    GAMLP_HARD_SIGMOID, /* z/6 + 1/2 clipped to [0, 1]                */
    GAMLP_SIGN,         /* 1 for z > 0, else -1                       */
    GAMLP_STEP,         /* 1 for z > 0, else 0                        */
    GAMLP_IDENTITY,     /* z                                          */
    GAMLP_TANH,         /* tanh z                                     */
    GAMLP_SIGMOID,      /* 1 / (1 + exp(-z))                          */
    GAMLP_SOFTPLUS,     /* log(1 + exp z)                             */
    GAMLP_GELU,         /* z Phi(z), Phi the normal distribution      */
    GAMLP_ACTIVATIONS   /* their number                               */
} gamlp_activation_kind;

/* A zeroed one is ReLU. */
typedef struct gamlp_activation {
    gamlp_activation_kind kind;
    double alpha; /* slope of leaky ReLU for z < 0, in [0, 1); otherwise 0 */
} gamlp_activation;

/* "relu leaky-relu abs ...": the names in the order of the enum, as an option table takes them. */
extern const char gamlp_activation_names[];

/* GAMLP_E_CONFIG when the kind is none, or alpha is outside of [0, 1). */
gamlp_status gamlp_activation_check(const gamlp_activation *f);

/* The name, for leaky ReLU with its slope ("leaky-relu:0.01"), and back; GAMLP_E_CONFIG for a text
 * that is none. */
enum { GAMLP_ACTIVATION_TEXT = 48 };
void gamlp_activation_text(char text[GAMLP_ACTIVATION_TEXT], const gamlp_activation *f);
gamlp_status gamlp_activation_parse(gamlp_activation *f, const char *text);

/* f(z). */
double gamlp_activation_value(const gamlp_activation *f, double z);

/* f'(z); at a kink the derivative from the left, and 0 everywhere for sign and step. */
double gamlp_activation_derivative(const gamlp_activation *f, double z);

/* The least S with |f(x) - f(y)| <= S |x - y|; infinite for sign and step.  (pdADMM, Lemma 1) */
double gamlp_activation_lipschitz(const gamlp_activation *f);

/* Whether f does not decrease and is continuous, as mDLAM asks of it. */
bool gamlp_activation_is_monotone(const gamlp_activation *f);

/* { z : low <= f(z) <= high } = [*z_low, *z_high], either end perhaps infinite, for a monotone f;
 * false when there is no such z.  (mDLAM, section 3.2: the bounds B1 and B2) */
bool gamlp_activation_preimage(double *z_low, double *z_high, const gamlp_activation *f, double low,
                               double high);

/* out <- f(z), element by element; `out` has the shape of z and may be z. */
void gamlp_activation_apply(gamlp_dense *out, const gamlp_activation *f, const gamlp_dense *z);

/* d <- d * f'(z), element by element: a gradient carried back through f. */
void gamlp_activation_backward(gamlp_dense *d, const gamlp_activation *f, const gamlp_dense *z);

#ifdef __cplusplus
}
#endif
#endif
