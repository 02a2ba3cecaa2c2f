/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A dense product as an iteration does it, cut among our threads, or by OpenBLAS's own threads. */
#ifndef GAMLP_TESTS_BENCH_MULTIPLY_H
#define GAMLP_TESTS_BENCH_MULTIPLY_H

#include <cblas.h>
#include <stdbool.h>

#include "matrix/blas.h"

#if defined(GAMLP_REAL_IS_DOUBLE)
#define BENCH_GEMM cblas_dgemm
#else
#define BENCH_GEMM cblas_sgemm
#endif

static bool bench_by_blas;

/* The products that follow are OpenBLAS's with so many threads; 0: ours. */
static void bench_multiply_by(long threads) {
    bench_by_blas = threads > 0;
    if (bench_by_blas) openblas_set_num_threads((int)threads);
}

/* C <- op(A) op(B) */
static void bench_multiply(gamlp_dense *c, gamlp_transpose ta, const gamlp_dense *a,
                           gamlp_transpose tb, const gamlp_dense *b) {
    int k = (int)(ta == GAMLP_TRANSPOSED ? a->rows : a->cols);
    if (!bench_by_blas)
        gamlp_blas_multiply(c, 1, ta, a, tb, b, 0);
    else
        BENCH_GEMM(CblasColMajor, ta == GAMLP_TRANSPOSED ? CblasTrans : CblasNoTrans,
                   tb == GAMLP_TRANSPOSED ? CblasTrans : CblasNoTrans, (int)c->rows, (int)c->cols,
                   k, 1, a->data, (int)a->rows, b->data, (int)b->rows, 0, c->data, (int)c->rows);
}

#endif
