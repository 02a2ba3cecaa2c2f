/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exp(-t (I - N)) as a sum of Chebyshev polynomials T_k. */
#ifndef GAMLP_FEATURE_SERIES_H
#define GAMLP_FEATURE_SERIES_H

#include <stdint.h>

#include "gamlp/status.h"

enum { GAMLP_SERIES_MOST = 512 };

/* sum_{k < terms} coefficient[k] T_k(V), where V is N itself (shift 0), or, with the resolvent
 * U = (I + shift (I - N))^{-1}, whose spectrum lies in [low, 1], V = (2 U - (1 + low)) / (1 - low).
 * The error is at most `error` in the spectral norm: the sum of the coefficients left out. */
typedef struct gamlp_series {
    double shift, low, error;
    int64_t terms;
    double coefficient[GAMLP_SERIES_MOST];
} gamlp_series;

/* The shortest expansion in N with an error of at most `tolerance`.  The coefficients are
 * e^{-t} I_k(t), twice that for k > 0.  terms == 0: none of that many terms. */
void gamlp_series_polynomial(gamlp_series *series, double t, double tolerance);

/* The same in a resolvent, of whose shifts the best one is searched: rational approximation with
 * one repeated pole (Norsett, BIT 14, 1974; Andersson, J. Approx. Theory 32, 1981). */
void gamlp_series_rational(gamlp_series *series, double t, double tolerance);

#endif
