/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matrix/crossprod.h"

#include "core/hot.h"
#include "matrix/blas.h"

/* Elements of B' that are laid out at once: 288 kB. */
enum { ROOM = 72000 * sizeof(float) / sizeof(gamlp_real) };

enum {
    WIDEST = 64, /* columns of a strip                        */
    STEP = 16,   /* of which there is a multiple              */
    EACH = 4,    /* of a thread, if they are not to be narrow */
    BATCH = 48,  /* rows of C that are turned at once         */
    TALL = 12    /* of which a product has a multiple         */
};

static int64_t lesser(int64_t a, int64_t b) {
    return a < b ? a : b;
}

int64_t gamlp_crossprod_width(int64_t n, int64_t k, int64_t threads) {
    int64_t most = lesser(ROOM / k, WIDEST) / STEP * STEP;
    if (most == 0) return 0;
    if (threads > 1 && n < EACH * threads * most) return STEP;
    int64_t strips = (n + most - 1) / most;
    return ((n + strips - 1) / strips + STEP - 1) / STEP * STEP;
}

typedef gamlp_real four
    __attribute__((vector_size(4 * sizeof(gamlp_real)), aligned(sizeof(gamlp_real)), may_alias));

/* Four columns of a matrix, 4 x 4, into its rows. */
GAMLP_HOT_PART void turn_four(four row[4], const gamlp_real *column, int64_t ld) {
    four a = *(const four *)column, b = *(const four *)(column + ld);
    four c = *(const four *)(column + 2 * ld), d = *(const four *)(column + 3 * ld);
    four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5),
         cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    row[0] = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    row[1] = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    ab = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    cd = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    row[2] = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    row[3] = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

/* out (cols x rows) <- in' */
GAMLP_HOT static void turn(gamlp_real *out, const gamlp_real *in, int64_t ld, int64_t rows,
                           int64_t cols) {
    int64_t whole_rows = rows / 4 * 4, whole_cols = cols / 4 * 4;
    for (int64_t j = 0; j < whole_cols; j += 4)
        for (int64_t i = 0; i < whole_rows; i += 4) {
            four row[4];
            turn_four(row, in + i + j * ld, ld);
            for (int64_t l = 0; l < 4; l++) *(four *)(out + j + (i + l) * cols) = row[l];
        }
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = i < whole_rows ? whole_cols : 0; j < cols; j++)
            out[j + i * cols] = in[i + j * ld];
}

/* c <- t' + beta c; what c holds is not read where beta is 0. */
GAMLP_HOT static void add_turned(gamlp_real *c, int64_t ldc, const gamlp_real *t, int64_t rows,
                                 int64_t cols, gamlp_real beta) {
    int64_t whole_rows = rows / 4 * 4, whole_cols = cols / 4 * 4;
    for (int64_t j = 0; j < whole_cols; j += 4)
        for (int64_t i = 0; i < whole_rows; i += 4) {
            four row[4];
            turn_four(row, t + j + i * cols, cols);
            for (int64_t l = 0; l < 4; l++) {
                four *to = (four *)(c + i + (j + l) * ldc);
                if (beta != 0) row[l] += beta * *to;
                *to = row[l];
            }
        }
    for (int64_t j = 0; j < cols; j++)
        for (int64_t i = j < whole_cols ? whole_rows : 0; i < rows; i++) {
            gamlp_real *to = c + i + j * ldc;
            *to = beta == 0 ? t[j + i * cols] : t[j + i * cols] + beta * *to;
        }
}

/* The part above the diagonal once more, below it. */
static void mirror(gamlp_real *c, int64_t ldc, const gamlp_real *t, int64_t rows, int64_t cols) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++) c[j + i * ldc] = t[j + i * cols];
}

/* The square of a strip that lies on the diagonal. */
static void mirror_square(gamlp_real *c, int64_t ldc, int64_t size) {
    for (int64_t j = 0; j < size; j++)
        for (int64_t i = 0; i < j; i++) c[j + i * ldc] = c[i + j * ldc];
}

/* Rows of a strip of C', cols x rows. */
static void multiply(gamlp_real *tile, const gamlp_crossprod *p, const gamlp_real *turned,
                     int64_t row, int64_t rows, int64_t cols) {
    int64_t tall = lesser(GAMLP_BLAS_SMALL / (cols * p->k) / TALL * TALL, BATCH);
    for (int64_t done = 0; done < rows; done += tall)
        gamlp_blas_small(tile + done * cols, cols, lesser(tall, rows - done), p->k, p->alpha,
                         turned, p->a + (row + done) * p->lda, p->lda);
}

/* Rows of C, a batch of them, in the strip that begins at column `first`. */
static void fill(const gamlp_crossprod *p, const gamlp_real *turned, int64_t row, int64_t first,
                 int64_t cols) {
    _Alignas(64) gamlp_real tile[BATCH * WIDEST];
    int64_t rows = lesser(BATCH, (p->symmetric ? first + cols : p->m) - row);
    if (rows <= 0) return;
    multiply(tile, p, turned, row, rows, cols);
    add_turned(p->c + row + first * p->ldc, p->ldc, tile, rows, cols, p->beta);
    if (p->symmetric)
        mirror(p->c + first + row * p->ldc, p->ldc, tile, lesser(rows, first - row), cols);
}

/* Strips that are laid out together, so that A passes once. */
static void group(const gamlp_crossprod *p, int64_t begin, int64_t end) {
    _Alignas(64) gamlp_real turned[ROOM];
    for (int64_t first = begin; first < end; first += p->width)
        turn(turned + (first - begin) * p->k, p->b + first * p->ldb, p->ldb, p->k,
             lesser(p->width, end - first));
    for (int64_t row = 0; row < p->m; row += BATCH)
        for (int64_t first = begin; first < end; first += p->width)
            fill(p, turned + (first - begin) * p->k, row, first, lesser(p->width, end - first));
}

void gamlp_crossprod_strips(const gamlp_crossprod *p, int64_t begin, int64_t end) {
    int64_t most = ROOM / p->k / p->width * p->width;
    for (int64_t at = begin; at < end; at += most) group(p, at, lesser(at + most, end));
    for (int64_t at = begin; at < end && p->symmetric; at += p->width)
        mirror_square(p->c + at + at * p->ldc, p->ldc, lesser(p->width, end - at));
}
