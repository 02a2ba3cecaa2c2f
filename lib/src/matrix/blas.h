/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dense products (adapter of CBLAS).
 *
 * OpenBLAS works with one thread; what is large is cut among our threads.  With AVX-512 it is cut
 * into tiles that depend on the shape alone and are small enough for kernels that do not copy their
 * operands; elsewhere into blocks of columns, in which OpenBLAS rounds an element as in the whole.
 * So the bits do not depend on the number of threads, and it is faster than OpenBLAS's own.
 */
#ifndef GAMLP_MATRIX_BLAS_H
#define GAMLP_MATRIX_BLAS_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/dense.h"

typedef enum gamlp_transpose { GAMLP_PLAIN, GAMLP_TRANSPOSED } gamlp_transpose;

/* Floating-point operations of all dense products, factorisations and solves of this process so
 * far, and what one of them adds. */
double gamlp_blas_operations(void);
void gamlp_blas_count(int64_t operations);

/* Make OpenBLAS use one thread: before anything that it does for another library of ours. */
void gamlp_blas_alone(void);

/* C <- alpha op(A) op(B) + beta C; shapes are the caller's duty. */
void gamlp_blas_multiply(gamlp_dense *c, gamlp_real alpha, gamlp_transpose ta, const gamlp_dense *a,
                         gamlp_transpose tb, const gamlp_dense *b, gamlp_real beta);

/* C <- A'A, symmetric to the bit. */
void gamlp_blas_gram(gamlp_dense *c, const gamlp_dense *a);

/* gamlp_blas_multiply() on a panel: C (m x n), A and B given by pointers and leading dimensions. */
typedef struct gamlp_panel {
    const gamlp_real *data;
    int64_t ld;
    gamlp_transpose transpose;
} gamlp_panel;
void gamlp_blas_panel(gamlp_real *c, int64_t ldc, int64_t m, int64_t n, int64_t k, gamlp_real alpha,
                      gamlp_panel a, gamlp_panel b, gamlp_real beta);

/* The same by the calling thread alone, for a part of gamlp_parallel(). */
void gamlp_blas_part(gamlp_real *c, int64_t ldc, int64_t m, int64_t n, int64_t k, gamlp_real alpha,
                     gamlp_panel a, gamlp_panel b, gamlp_real beta);

/* C <- alpha A B as one product of BLAS, C and A (m x k) without gaps: a tile of those above.  It
 * is small to BLAS up to so many multiplications. */
enum { GAMLP_BLAS_SMALL = 1000000 };
void gamlp_blas_small(gamlp_real *c, int64_t m, int64_t n, int64_t k, gamlp_real alpha,
                      const gamlp_real *a, const gamlp_real *b, int64_t ldb);

/* The lower Cholesky factor of a symmetric positive definite matrix (n x n, column-major) in its
 * place, always in double; false when it is not positive definite. */
bool gamlp_blas_factor(double *a, int64_t n);

/* x <- A^-1 x for `count` columns, with the factor of A. */
void gamlp_blas_solve(double *x, int64_t count, const double *factor, int64_t n);

#endif
