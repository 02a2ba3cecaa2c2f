/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The symmetric matrix behind an operator, and a diffusion as a function of it. */
#ifndef GAMLP_FEATURE_SYSTEM_H
#define GAMLP_FEATURE_SYSTEM_H

#include "gamlp/feature.h"
#include "matrix/symmetric.h"

/* F = gain * left G(N) right, where `left` and `right` are diagonal and
 *
 *     ppr, katz   G = (I - c N)^{-1}
 *     heat        G = exp(-t (I - N))
 *
 * The spectrum of N lies in [-bound, bound]; bound is 1 for normalised operators, and of others
 * that of Collatz and Wielandt, max_i (N v)_i / v_i for a positive v. */
typedef struct gamlp_system {
    gamlp_symmetric n;    /* N, every diagonal entry stored */
    double *left, *right; /* NULL: the identity             */
    bool heat;
    double c, t, gain, bound;
} gamlp_system;

/* GAMLP_E_CONFIG when the term cannot be computed: an operator that is not symmetric, heat of an
 * unnormalised one, or a katz that does not exist.  Ownership passes to the caller:
 * gamlp_system_clear(). */
gamlp_status gamlp_system_init(gamlp_system *s, const gamlp_csr *adjacency, const gamlp_term *term);
void gamlp_system_clear(gamlp_system *s);

/* Number the nodes anew: node perm[k] becomes k. */
gamlp_status gamlp_system_permute(gamlp_system *s, const int32_t *perm);

/* a I + b N.  Ownership passes to the caller. */
gamlp_status gamlp_system_shifted(gamlp_symmetric *k, const gamlp_system *s, double a, double b);

/* Y <- a X + b N X for GAMLP_LANES columns, x[i * GAMLP_LANES + lane]. */
void gamlp_system_apply(double *restrict y, const gamlp_system *s, double a, double b,
                        const double *restrict x);

/* The least eigenvalue of I - c N is at least this. */
double gamlp_system_gap(const gamlp_system *s);

#endif
