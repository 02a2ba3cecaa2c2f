/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matrix/blas.h"

#include <cblas.h>
#include <f77blas.h>
#include <stdatomic.h>

#include "gamlp/blas.h"
#include "gamlp/threads.h"

#if defined(GAMLP_REAL_IS_DOUBLE)
#define GEMM cblas_dgemm
#else
#define GEMM cblas_sgemm
#endif

const char *gamlp_blas_name(void) {
    return openblas_get_config();
}

void gamlp_blas_alone(void) {
    if (openblas_get_num_threads() != 1) openblas_set_num_threads(1);
}

static atomic_int_fast64_t counted;

double gamlp_blas_operations(void) {
    return (double)atomic_load_explicit(&counted, memory_order_relaxed);
}

void gamlp_blas_count(int64_t operations) {
    atomic_fetch_add_explicit(&counted, operations, memory_order_relaxed);
}

/* C, cut into blocks of `height` rows and `width` columns; `down` of them above each other. */
typedef struct product {
    gamlp_real *c;
    int64_t ldc, m, n, k, height, width, down;
    gamlp_panel a, b;
    gamlp_real alpha, beta;
} product;

static CBLAS_TRANSPOSE transpose_of(gamlp_panel panel) {
    return panel.transpose == GAMLP_TRANSPOSED ? CblasTrans : CblasNoTrans;
}

static int64_t lesser(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static void multiply_block(void *context, int64_t chunk) {
    const product *p = context;
    int64_t i = chunk % p->down * p->height, j = chunk / p->down * p->width;
    int64_t m = lesser(p->height, p->m - i), n = lesser(p->width, p->n - j);
    const gamlp_real *a = p->a.data + (p->a.transpose == GAMLP_TRANSPOSED ? i * p->a.ld : i);
    const gamlp_real *b = p->b.data + (p->b.transpose == GAMLP_TRANSPOSED ? j : j * p->b.ld);
    GEMM(CblasColMajor, transpose_of(p->a), transpose_of(p->b), (blasint)m, (blasint)n,
         (blasint)p->k, p->alpha, a, (blasint)p->a.ld, b, (blasint)p->b.ld, p->beta,
         p->c + i + j * p->ldc, (blasint)p->ldc);
}

/* Length of the parts when `length` is cut into `count`, a multiple of what a kernel does at once.
 */
static int64_t part(int64_t length, int64_t count, int64_t multiple) {
    int64_t each = (length + count - 1) / count;
    return (each + multiple - 1) / multiple * multiple;
}

/* At most one block for a thread: columns first, which share what BLAS packs of A.  A product is
 * small to BLAS up to 10^6 multiplications, and then it takes other kernels; blocks are small only
 * where the whole product is. */
static void cut(product *p) {
    enum { SMALL = 1000000, WORTH = 200000, LEAST_WIDTH = 32, LEAST_HEIGHT = 64 };
    int64_t work = p->m * p->n * p->k, least = work > SMALL ? SMALL + SMALL / 4 : WORTH;
    int64_t blocks = lesser(gamlp_threads_get(), work / least);
    int64_t across = lesser(blocks, p->n / LEAST_WIDTH), down;
    if (across < 1) across = 1;
    down = lesser(blocks / across, p->m / LEAST_HEIGHT);
    if (down < 1) down = 1;
    p->width = part(p->n, across, 4);
    p->height = part(p->m, down, 16);
    p->down = (p->m + p->height - 1) / p->height;
}

void gamlp_blas_panel(gamlp_real *c, int64_t ldc, int64_t m, int64_t n, int64_t k, gamlp_real alpha,
                      gamlp_panel a, gamlp_panel b, gamlp_real beta) {
    product p = {c, ldc, m, n, k, .a = a, .b = b, .alpha = alpha, .beta = beta};
    if (m == 0 || n == 0) return;
    gamlp_blas_count(2 * m * n * k);
    gamlp_blas_alone();
    cut(&p);
    gamlp_parallel(p.down * ((n + p.width - 1) / p.width), multiply_block, &p);
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
    gamlp_blas_alone();
    BLASFUNC(dpotrf)(&lower, &order, a, &order, &info);
    return info == 0;
}

typedef struct solve {
    double *x;
    const double *factor;
    int64_t n, count;
} solve;

enum { SIDES = 32 }; /* right-hand sides of a block */

static void solve_block(void *context, int64_t chunk) {
    const solve *s = context;
    blasint n = (blasint)s->n, count = (blasint)lesser(SIDES, s->count - chunk * SIDES);
    double *x = s->x + chunk * SIDES * s->n;
    cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, n, count, 1,
                s->factor, n, x, n);
    cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, n, count, 1,
                s->factor, n, x, n);
}

void gamlp_blas_solve(double *x, int64_t count, const double *factor, int64_t n) {
    solve s = {x, factor, n, count};
    if (n == 0 || count == 0) return;
    gamlp_blas_count(2 * n * n * count);
    gamlp_blas_alone();
    gamlp_parallel((count + SIDES - 1) / SIDES, solve_block, &s);
}
