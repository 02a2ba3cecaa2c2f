/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dense products in single precision by sums of pairs (S. Winograd, A new algorithm for inner
 * product, IEEE Trans. Comput. C-17, 1968):
 *
 *     a1 b1 + a2 b2 = (a1 + b2) (a2 + b1) - a1 a2 - b1 b2,
 *
 * whose last two terms belong to a row of A and to a column of B.  Of every three terms of an inner
 * product two are taken so and one is multiplied out: as many plain sums as fused products.  A
 * processor with adders of their own (AMD's with AVX-512) does the sums beside the products, and an
 * inner product in two thirds of the time that its products alone would take.
 *
 * Sums of a and b keep what both have only if these are of one size: rows of A and columns of B are
 * divided by powers of two until their lengths are (R. P. Brent, Numer. Math. 16, 1970).  An
 * element then is about as precise as that of a product in single precision, and not finite where
 * such a one would not be.  It is its own sum in a fixed order, so the bits do not depend on the
 * number of threads.
 */
#ifndef GAMLP_MATRIX_PAIRS_H
#define GAMLP_MATRIX_PAIRS_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/dense.h"
#include "gamlp/status.h"

/* Whether C = A B (m x n, of k terms) is faster by pairs: it is large enough, in single precision,
 * and the processor gains by it. */
bool gamlp_pairs_pay(int64_t m, int64_t n, int64_t k);

/* A right factor, sorted for the kernel, or room for one. */
typedef struct gamlp_pairs {
    gamlp_real *tile;     /* columns of B in tiles, the k-th elements of a tile beside each other */
    gamlp_real *own;      /* the sums of -b1 b2 of a column, for each block of k                  */
    gamlp_real *exponent; /* of the power of two by which it has been divided                     */
    int64_t rows, cols;   /* of B                                                                 */
} gamlp_pairs;

/* Room for right factors of up to so many rows and columns. */
gamlp_status gamlp_pairs_init(gamlp_pairs *pairs, int64_t rows, int64_t cols);
void gamlp_pairs_clear(gamlp_pairs *pairs);

/* Sort B, which is not looked at again. */
void gamlp_pairs_sort(gamlp_pairs *pairs, const gamlp_dense *b);

/* What else is done to C: C <- C + bias 1', one number a row, and then max(C, 0), NaN staying. */
typedef struct gamlp_pairs_end {
    const gamlp_real *bias;
    bool clip;
} gamlp_pairs_end;

/* C <- A B + beta base, where larger products pay, and what `end` says unless it is NULL; base may
 * be C, or NULL: C <- A B. */
void gamlp_pairs_multiply(gamlp_dense *c, const gamlp_dense *a, const gamlp_pairs *pairs,
                          gamlp_real beta, const gamlp_dense *base, const gamlp_pairs_end *end);

#endif
