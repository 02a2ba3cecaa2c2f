/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matrix/blas.h"

#include <cblas.h>
#include <f77blas.h>
#include <stdatomic.h>

#include "gamlp/blas.h"

#if defined(GAMLP_REAL_IS_DOUBLE)
#define GEMM cblas_dgemm
#else
#define GEMM cblas_sgemm
#endif

void gamlp_blas_threads_set(int64_t threads) {
    openblas_set_num_threads((int)threads);
}

int64_t gamlp_blas_threads_get(void) {
    return openblas_get_num_threads();
}

const char *gamlp_blas_name(void) {
    return openblas_get_config();
}

bool gamlp_blas_shares_threads(void) {
    return openblas_get_parallel() == OPENBLAS_OPENMP;
}

static atomic_int_fast64_t counted;

double gamlp_blas_operations(void) {
    return (double)atomic_load_explicit(&counted, memory_order_relaxed);
}

void gamlp_blas_count(int64_t operations) {
    atomic_fetch_add_explicit(&counted, operations, memory_order_relaxed);
}

void gamlp_blas_panel(gamlp_real *c, int64_t ldc, int64_t m, int64_t n, int64_t k, gamlp_real alpha,
                      gamlp_panel a, gamlp_panel b, gamlp_real beta) {
    if (m == 0 || n == 0) return;
    gamlp_blas_count(2 * m * n * k);
    GEMM(CblasColMajor, a.transpose == GAMLP_TRANSPOSED ? CblasTrans : CblasNoTrans,
         b.transpose == GAMLP_TRANSPOSED ? CblasTrans : CblasNoTrans, (blasint)m, (blasint)n,
         (blasint)k, alpha, a.data, (blasint)a.ld, b.data, (blasint)b.ld, beta, c, (blasint)ldc);
}

void gamlp_blas_multiply(gamlp_dense *c, gamlp_real alpha, gamlp_transpose ta, const gamlp_dense *a,
                         gamlp_transpose tb, const gamlp_dense *b, gamlp_real beta) {
    int64_t k = ta == GAMLP_TRANSPOSED ? a->rows : a->cols;
    gamlp_blas_panel(c->data, c->rows, c->rows, c->cols, k, alpha,
                     (gamlp_panel){a->data, a->rows, ta}, (gamlp_panel){b->data, b->rows, tb},
                     beta);
}

bool gamlp_blas_factor(double *a, int64_t n) {
    char lower = 'L';
    blasint order = (blasint)n, info = 0;
    if (n == 0) return true;
    gamlp_blas_count(n * n * n / 3);
    BLASFUNC(dpotrf)(&lower, &order, a, &order, &info);
    return info == 0;
}

void gamlp_blas_solve(double *x, int64_t count, const double *factor, int64_t n) {
    if (n == 0 || count == 0) return;
    gamlp_blas_count(2 * n * n * count);
    cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, (blasint)n,
                (blasint)count, 1, factor, (blasint)n, x, (blasint)n);
    cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, (blasint)n,
                (blasint)count, 1, factor, (blasint)n, x, (blasint)n);
}
