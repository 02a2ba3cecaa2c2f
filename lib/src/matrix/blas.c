/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matrix/blas.h"

#include <cblas.h>
#include <f77blas.h>
#include <stdatomic.h>
#include <string.h>

#include "core/team.h"
#include "gamlp/blas.h"
#include "gamlp/threads.h"
#include "matrix/crossprod.h"

#if defined(GAMLP_REAL_IS_DOUBLE)
#define GEMM cblas_dgemm
#else
#define GEMM cblas_sgemm
#endif

const char *gamlp_blas_name(void) {
    return openblas_get_config();
}

/* With OpenMP its number of threads is that of the task that calls, which what is set in a parallel
 * region does not outlive. */
void gamlp_blas_alone(void) {
    if (gamlp_threads_alone() && openblas_get_num_threads() == 1) return;
    openblas_set_num_threads(1);
}

static atomic_int_fast64_t counted;

double gamlp_blas_operations(void) {
    return (double)atomic_load_explicit(&counted, memory_order_relaxed);
}

void gamlp_blas_count(int64_t operations) {
    atomic_fetch_add_explicit(&counted, operations, memory_order_relaxed);
}

/* C, in `tiles` of `width` columns, of which the last takes what is left, and these in tiles of
 * `height` rows. */
typedef struct product {
    gamlp_real *c;
    int64_t ldc, m, n, k, height, width, tiles, blocks;
    gamlp_panel a, b;
    gamlp_real alpha, beta;
    bool turned, symmetric; /* by gamlp_crossprod_strips() */
} product;

enum {
    SMALL = GAMLP_BLAS_SMALL,
    LARGE = 1200 /* elements of A'B, if OpenBLAS is to take it for small */
};

static CBLAS_TRANSPOSE transpose_of(gamlp_panel panel) {
    return panel.transpose == GAMLP_TRANSPOSED ? CblasTrans : CblasNoTrans;
}

static int64_t lesser(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* The first column of a tile; of tile `tiles`, the end. */
static int64_t column_of(const product *p, int64_t tile) {
    return tile < p->tiles ? tile * p->width : p->n;
}

static void multiply_tile(const product *p, int64_t row, int64_t tile) {
    int64_t column = column_of(p, tile), cols = column_of(p, tile + 1) - column;
    int64_t rows = lesser(p->height, p->m - row);
    const gamlp_real *a = p->a.data + (p->a.transpose == GAMLP_TRANSPOSED ? row * p->a.ld : row);
    const gamlp_real *b =
        p->b.data + (p->b.transpose == GAMLP_TRANSPOSED ? column : column * p->b.ld);
    GEMM(CblasColMajor, transpose_of(p->a), transpose_of(p->b), (blasint)rows, (blasint)cols,
         (blasint)p->k, p->alpha, a, (blasint)p->a.ld, b, (blasint)p->b.ld, p->beta,
         p->c + row + column * p->ldc, (blasint)p->ldc);
}

void gamlp_blas_small(gamlp_real *c, int64_t m, int64_t n, int64_t k, gamlp_real alpha,
                      const gamlp_real *a, const gamlp_real *b, int64_t ldb) {
    GEMM(CblasColMajor, CblasNoTrans, CblasNoTrans, (blasint)m, (blasint)n, (blasint)k, alpha, a,
         (blasint)m, b, (blasint)ldb, 0, c, (blasint)m);
}

static void multiply_turned(const product *p, int64_t first, int64_t end) {
    gamlp_crossprod cross = {.c = p->c,
                             .a = p->a.data,
                             .b = p->b.data,
                             .ldc = p->ldc,
                             .lda = p->a.ld,
                             .ldb = p->b.ld,
                             .m = p->m,
                             .n = p->n,
                             .k = p->k,
                             .width = p->width,
                             .alpha = p->alpha,
                             .beta = p->beta,
                             .symmetric = p->symmetric};
    gamlp_crossprod_strips(&cross, column_of(p, first), column_of(p, end));
}

/* The columns of a thread.  Those of a few tiles stay in its cache while the rows pass. */
static void multiply_block(void *context, int64_t block) {
    enum { TOGETHER = 3 };
    const product *p = context;
    int64_t end = (block + 1) * p->tiles / p->blocks;
    gamlp_blas_alone();
    if (p->turned) {
        multiply_turned(p, block * p->tiles / p->blocks, end);
        return;
    }
    for (int64_t first = block * p->tiles / p->blocks; first < end; first += TOGETHER)
        for (int64_t row = 0; row < p->m; row += p->height)
            for (int64_t tile = first; tile < lesser(first + TOGETHER, end); tile++)
                multiply_tile(p, row, tile);
}

static bool same(const char *a, const char *b) {
    return strcmp(a, b) == 0;
}

/* Whether OpenBLAS has kernels for small products, which do not copy their operands first: those
 * of AVX-512, from which it takes others only where A is transposed, C is large or k is small. */
static bool has_small_kernels(void) {
    const char *core = openblas_get_corename();
    return same(core, "SkylakeX") || same(core, "Cooperlake") || same(core, "SapphireRapids");
}

/* In tiles of so many columns, among so many threads. */
static void share(product *p, int64_t width, int64_t threads) {
    p->width = width;
    p->tiles = (p->n + width - 1) / width;
    p->blocks = lesser(threads, p->tiles);
}

/* A'B in strips. */
static bool turn(product *p, int64_t threads) {
    int64_t width = gamlp_crossprod_width(p->n, p->k, threads);
    if (width == 0) return false;
    p->turned = true;
    share(p, width, threads);
    return true;
}

static bool is_crossprod(const product *p) {
    return p->a.transpose == GAMLP_TRANSPOSED && p->b.transpose == GAMLP_PLAIN;
}

/* A large product in small ones, where that is faster. */
static bool tile(product *p, int64_t threads) {
    enum { STEP = 12, WIDEST = 144, TALL = 64, SHORT = 32 };
    bool transposed = is_crossprod(p);
    if (p->m * p->n * p->k <= SMALL || !has_small_kernels()) return false;
    if (transposed && p->k < SHORT) return false;
    if (transposed && p->m >= TALL) return turn(p, threads);
    p->height = lesser(p->m, TALL);
    int64_t most = lesser(SMALL / (p->height * p->k), transposed ? LARGE / p->height : WIDEST);
    most = lesser(most, WIDEST) / STEP * STEP;
    if (most == 0) return false;
    int64_t tiles = (p->n + most - 1) / most;
    tiles += tiles > 1 ? tiles % 2 : 0;
    share(p, ((p->n + tiles - 1) / tiles + STEP - 1) / STEP * STEP, threads);
    return true;
}

static void whole(product *p) {
    p->height = p->m;
    p->width = p->n;
    p->tiles = p->blocks = 1;
}

/* At most one tile for a thread, with all rows.  Widths are a multiple of what kernels do at once,
 * so that an element is among the same ones as in the whole product.  OpenBLAS may take other
 * kernels for small products: tiles are small only where the whole is. */
static void cut(product *p) {
    enum { WORTH = 200000, TOGETHER = 24 };
    if (tile(p, gamlp_threads_here())) return;
    int64_t work = p->m * p->n * p->k, least = work > SMALL ? 5 * SMALL / 2 : WORTH;
    int64_t tiles = lesser(gamlp_threads_here(), lesser(work / least, p->n / TOGETHER));
    whole(p);
    if (tiles < 2) return;
    p->width = ((p->n + tiles - 1) / tiles + TOGETHER - 1) / TOGETHER * TOGETHER;
    p->tiles = p->blocks = (p->n + p->width / 2) / p->width;
    least = lesser(p->width, p->n - (p->tiles - 1) * p->width);
    if (is_crossprod(p) && p->m * p->n > LARGE && p->m * least <= LARGE) whole(p);
}

void gamlp_blas_panel(gamlp_real *c, int64_t ldc, int64_t m, int64_t n, int64_t k, gamlp_real alpha,
                      gamlp_panel a, gamlp_panel b, gamlp_real beta) {
    product p = {c, ldc, m, n, k, .a = a, .b = b, .alpha = alpha, .beta = beta};
    if (m == 0 || n == 0) return;
    gamlp_blas_count(2 * m * n * k);
    cut(&p);
    gamlp_parallel(p.blocks, multiply_block, &p);
}

void gamlp_blas_gram(gamlp_dense *c, const gamlp_dense *a) {
    gamlp_panel left = {a->data, a->rows, GAMLP_TRANSPOSED},
                right = {a->data, a->rows, GAMLP_PLAIN};
    int64_t n = a->cols, k = a->rows;
    product p = {c->data, n, n, n, k, .a = left, .b = right, .alpha = 1, .symmetric = true};
    if (n == 0) return;
    cut(&p);
    gamlp_blas_count(p.turned ? n * (n + 1) * k : 2 * n * n * k);
    gamlp_parallel(p.blocks, multiply_block, &p);
    for (int64_t i = 0; i < n && !p.turned; i++)
        for (int64_t j = 0; j < i; j++) c->data[i + j * n] = c->data[j + i * n];
}

void gamlp_blas_part(gamlp_real *c, int64_t ldc, int64_t m, int64_t n, int64_t k, gamlp_real alpha,
                     gamlp_panel a, gamlp_panel b, gamlp_real beta) {
    product p = {c, ldc, m, n, k, .a = a, .b = b, .alpha = alpha, .beta = beta};
    if (m == 0 || n == 0) return;
    gamlp_blas_count(2 * m * n * k);
    if (!tile(&p, 1)) whole(&p);
    multiply_block(&p, 0);
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
    gamlp_blas_alone();
    cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, n, count, 1,
                s->factor, n, x, n);
    cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, n, count, 1,
                s->factor, n, x, n);
}

void gamlp_blas_solve(double *x, int64_t count, const double *factor, int64_t n) {
    solve s = {x, factor, n, count};
    if (n == 0 || count == 0) return;
    gamlp_blas_count(2 * n * n * count);
    gamlp_parallel((count + SIDES - 1) / SIDES, solve_block, &s);
}
