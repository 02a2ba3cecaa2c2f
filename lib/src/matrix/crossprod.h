/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Products with A', where the kernels of BLAS for small products are at their fastest: C' = B'A in
 * strips, of which B' is laid out once, in the cache, and C' comes out in tiles. */
#ifndef GAMLP_MATRIX_CROSSPROD_H
#define GAMLP_MATRIX_CROSSPROD_H

#include <stdint.h>

#include "gamlp/dense.h"

/* C <- alpha A'B + beta C.  A is k x m, B is k x n.  With `symmetric` A is B and beta 0, and half
 * of C is the mirror of the other. */
typedef struct gamlp_crossprod {
    gamlp_real *c;
    const gamlp_real *a, *b;
    int64_t ldc, lda, ldb, m, n, k, width; /* of a strip */
    gamlp_real alpha, beta;
    bool symmetric;
} gamlp_crossprod;

/* The columns of a strip, a multiple of what kernels do at once, so that bits do not depend on it;
 * 0 where this is not the way to multiply. */
int64_t gamlp_crossprod_width(int64_t n, int64_t k, int64_t threads);

/* Columns [begin, end) of C, whole strips. */
void gamlp_crossprod_strips(const gamlp_crossprod *p, int64_t begin, int64_t end);

#endif
