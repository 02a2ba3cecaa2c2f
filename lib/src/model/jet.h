/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The activations in numbers: the pieces of the piecewise linear ones, value and derivatives of the
 * smooth ones.  Inline, without branches and, but for GELU, with IEEE arithmetic only, so that
 * loops vectorise and their bits are the same everywhere. */
#ifndef GAMLP_MODEL_JET_H
#define GAMLP_MODEL_JET_H

#include <math.h>

#include "core/exp.h"
#include "gamlp/activation.h"

/* f(z) = offset + slope z for low <= z <= high; pieces follow each other.  The piece of a jump that
 * is open at 0 begins at the least positive number worth having. */
typedef struct gamlp_piece {
    double low, high, offset, slope;
} gamlp_piece;
enum { GAMLP_MOST_PIECES = 3 };

/* The pieces of f and their number; 0 when f is smooth. */
int gamlp_activation_pieces(gamlp_piece piece[GAMLP_MOST_PIECES], const gamlp_activation *f);

/* f(z), f'(z), f''(z). */
typedef struct gamlp_jet {
    double value, first, second;
} gamlp_jet;

/* With t = exp(-2|z|): tanh|z| = (1 - t)/(1 + t); near 0, where that cancels, Lambert's continued
 * fraction, whose relative error is below 1e-16 for |z| <= 1/4. */
__attribute__((always_inline)) static inline gamlp_jet gamlp_jet_tanh(double z) {
    double size = z < 0 ? -z : z, t = gamlp_exp_negative(-2 * size), z2 = z * z;
    double far = (1 - t) / (1 + t);
    double near = size * (10395 + z2 * (1260 + z2 * 21)) / (10395 + z2 * (4725 + z2 * (210 + z2)));
    double f = size < 0.25 ? near : far;
    f = z < 0 ? -f : f;
    double first = 4 * t / ((1 + t) * (1 + t));
    gamlp_jet jet = {f, first, -2 * f * first};
    return jet;
}

__attribute__((always_inline)) static inline gamlp_jet gamlp_jet_sigmoid(double z) {
    double t = gamlp_exp_negative(z < 0 ? z : -z), share = 1 / (1 + t);
    double f = z < 0 ? t * share : share, first = t * share * share;
    double tilt = (1 - t) * share; /* |1 - 2 f| */
    gamlp_jet jet = {f, first, z < 0 ? first * tilt : -first * tilt};
    return jet;
}

/* log(1 + t) = 2 artanh(s), s = t/(2 + t) <= 1/3, by its Taylor series. */
__attribute__((always_inline)) static inline gamlp_jet gamlp_jet_softplus(double z) {
    double t = gamlp_exp_negative(z < 0 ? z : -z), share = 1 / (1 + t);
    double s = t / (2 + t), s2 = s * s, sum = 1.0 / 33;
    sum = sum * s2 + 1.0 / 31;
    sum = sum * s2 + 1.0 / 29;
    sum = sum * s2 + 1.0 / 27;
    sum = sum * s2 + 1.0 / 25;
    sum = sum * s2 + 1.0 / 23;
    sum = sum * s2 + 1.0 / 21;
    sum = sum * s2 + 1.0 / 19;
    sum = sum * s2 + 1.0 / 17;
    sum = sum * s2 + 1.0 / 15;
    sum = sum * s2 + 1.0 / 13;
    sum = sum * s2 + 1.0 / 11;
    sum = sum * s2 + 1.0 / 9;
    sum = sum * s2 + 1.0 / 7;
    sum = sum * s2 + 1.0 / 5;
    sum = sum * s2 + 1.0 / 3;
    sum = sum * s2 + 1.0;
    gamlp_jet jet = {(z > 0 ? z : 0) + 2 * s * sum, z < 0 ? t * share : share, t * share * share};
    return jet;
}

__attribute__((always_inline)) static inline gamlp_jet gamlp_jet_gelu(double z) {
    double phi = 0.39894228040143267794 * gamlp_exp_negative(-0.5 * z * z);
    double Phi = 0.5 * erfc(-z * 0.70710678118654752440);
    gamlp_jet jet = {z * Phi, Phi + z * phi, phi * (2 - z * z)};
    return jet;
}

/* That of a smooth kind. */
__attribute__((always_inline)) static inline gamlp_jet gamlp_jet_of(gamlp_activation_kind kind,
                                                                    double z) {
    switch (kind) {
    case GAMLP_SIGMOID:
        return gamlp_jet_sigmoid(z);
    case GAMLP_SOFTPLUS:
        return gamlp_jet_softplus(z);
    case GAMLP_GELU:
        return gamlp_jet_gelu(z);
    default:
        return gamlp_jet_tanh(z);
    }
}

#endif
