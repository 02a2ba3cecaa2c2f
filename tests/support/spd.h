/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small symmetric positive definite matrices, and dense solves with them. */
#ifndef GAMLP_TEST_SPD_H
#define GAMLP_TEST_SPD_H

#include "matrix/symmetric.h"

/* (D + 1) - c (A + I) of a random graph: `edges` draws of pairs, equal ones taken once. */
gamlp_status spd_random(gamlp_symmetric *a, int64_t n, int64_t edges, double c, uint64_t seed);

/* x <- A^{-1} b by Gaussian elimination with pivoting, n^3. */
void spd_solve(double *x, const gamlp_symmetric *a, const double *b);

/* b <- A x */
void spd_multiply(double *b, const gamlp_symmetric *a, const double *x);

#endif
