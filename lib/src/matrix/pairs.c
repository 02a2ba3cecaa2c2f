/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matrix/pairs.h"

#include "gamlp/alloc.h"
#include "matrix/pairs_kernel.h"

#ifdef GAMLP_PAIRS
#include <string.h>

#include "gamlp/threads.h"
#include "matrix/blas.h"
#endif

enum {
    GROUP = 1 << 19, /* bytes of the tiles that a strip meets: half a private cache */
    /* With less, sorting costs what is gained. */
    LEAST_ROWS = 4 * STRIP,
    LEAST_COLUMNS = 64,
    LEAST_TERMS = 64
};

/* AMD's processors add and multiply in different units; with AVX-512 the second factor of a sum
 * comes from memory without a step of its own. */
bool gamlp_pairs_has_adders(void) {
#ifdef GAMLP_PAIRS
    return __builtin_cpu_is("amd") && __builtin_cpu_supports("avx512f");
#else
    return false;
#endif
}

gamlp_status gamlp_pairs_init(gamlp_pairs *pairs, int64_t rows, int64_t cols) {
    const int64_t tiles = pieces(cols, TILE), blocks = pieces(rows, BLOCK);
    gamlp_status status = GAMLP_OK;
    *pairs = (gamlp_pairs){0};
    GAMLP_TRY(gamlp_new_raw(&pairs->tile, tiles * TILE * rows, sizeof *pairs->tile,
                            "a factor of a product"));
    GAMLP_TRY(gamlp_new_raw(&pairs->own, tiles * TILE * blocks, sizeof *pairs->own,
                            "a factor of a product"));
    GAMLP_TRY(gamlp_new_raw(&pairs->exponent, tiles * TILE * blocks, sizeof *pairs->exponent,
                            "a factor of a product"));
done:
    if (status != GAMLP_OK) gamlp_pairs_clear(pairs);
    return status;
}

void gamlp_pairs_clear(gamlp_pairs *pairs) {
    gamlp_free(pairs->tile);
    gamlp_free(pairs->own);
    gamlp_free(pairs->exponent);
    *pairs = (gamlp_pairs){0};
}

/* The last strip is worked on as if it were full. */
bool gamlp_pairs_pay(int64_t m, int64_t n, int64_t k) {
    return m >= LEAST_ROWS && 8 * STRIP * pieces(m, STRIP) <= 9 * m && n >= LEAST_COLUMNS &&
           k >= LEAST_TERMS && gamlp_pairs_has_adders();
}

#ifdef GAMLP_PAIRS
typedef struct product {
    gamlp_dense *c;
    const gamlp_pairs *b;
    const gamlp_dense *a, *base;
    gamlp_real beta;
    const gamlp_pairs_end *end;
    int64_t strips, tiles, groups; /* of rows of C; of columns, and of tiles of a chunk */
} product;

/* Four terms of four columns of B, which are ld apart, into their places. */
KERNEL_PART void sort_four(gamlp_real *tile, const gamlp_real *b, int64_t ld) {
    __m128 x0 = _mm_loadu_ps(b), x1 = _mm_loadu_ps(b + ld);
    __m128 x2 = _mm_loadu_ps(b + 2 * ld), x3 = _mm_loadu_ps(b + 3 * ld);
    _MM_TRANSPOSE4_PS(x0, x1, x2, x3);
    _mm_storeu_ps(tile, x0);
    _mm_storeu_ps(tile + TILE, x1);
    _mm_storeu_ps(tile + 2 * TILE, x2);
    _mm_storeu_ps(tile + 3 * TILE, x3);
}

/* The same of the last two columns of a tile. */
KERNEL_PART void sort_two(gamlp_real *tile, const gamlp_real *b, int64_t ld) {
    const __m128 x = _mm_loadu_ps(b), y = _mm_loadu_ps(b + ld);
    const __m128 low = _mm_unpacklo_ps(x, y), high = _mm_unpackhi_ps(x, y);
    _mm_storel_pi((__m64 *)(void *)tile, low);
    _mm_storeh_pi((__m64 *)(void *)(tile + TILE), low);
    _mm_storel_pi((__m64 *)(void *)(tile + 2 * TILE), high);
    _mm_storeh_pi((__m64 *)(void *)(tile + 3 * TILE), high);
}

typedef struct sorting {
    gamlp_pairs *to;
    const gamlp_dense *from;
} sorting;

/* The columns of a tile times 2^e, whole vectors at a time: of those of ten numbers each would wait
 * for the one before. */
KERNEL_PART void scale_tile(gamlp_real *tile, int64_t terms, __m512 e) {
    gamlp_real exponent[2 * VECTOR];
    _mm512_storeu_ps(exponent, e);
    for (int j = TILE; j < 2 * VECTOR; j++) exponent[j] = exponent[j - TILE];
    for (int64_t i = 0; i < terms * TILE; i += VECTOR) {
        const int64_t left = terms * TILE - i;
        const __mmask16 mask = (__mmask16)(left < VECTOR ? (1 << left) - 1 : 0xFFFF);
        const __m512 by = _mm512_loadu_ps(exponent + i % TILE);
        _mm512_mask_storeu_ps(tile + i, mask,
                              _mm512_scalef_ps(_mm512_maskz_loadu_ps(mask, tile + i), by));
    }
}

/* A tile of a block of terms. */
KERNEL static void sort_tile(const sorting *job, int64_t t, int64_t block) {
    const gamlp_dense *b = job->from;
    const int64_t wide = smaller(TILE, b->cols - t * TILE), from = block * BLOCK;
    const int64_t terms = smaller(BLOCK, b->rows - from);
    const int64_t sums = (block * pieces(b->cols, TILE) + t) * TILE;
    const gamlp_real *at = b->data + t * TILE * b->rows + from;
    gamlp_real *tile = job->to->tile + (t * b->rows + from) * TILE;
    const vectors columns = {tile, TILE, terms, (1 << TILE) - 1};
    __m512 square = _mm512_setzero_ps();
    int64_t l = 0;
    if (wide < TILE) memset(tile, 0, (size_t)(terms * TILE) * sizeof *tile);
    for (; wide == TILE && l + 4 <= terms; l += 4) {
        sort_four(tile + l * TILE, at + l, b->rows);
        sort_four(tile + l * TILE + 4, at + 4 * b->rows + l, b->rows);
        sort_two(tile + l * TILE + 8, at + 8 * b->rows + l, b->rows);
    }
    for (; l < terms; l++)
        for (int64_t j = 0; j < wide; j++) tile[l * TILE + j] = at[j * b->rows + l];
    for (l = 0; l < terms; l++)
        square = _mm512_fmadd_ps(get(&columns, l), get(&columns, l), square);
    const __m512 e = exponents(&columns, square);
    scale_tile(tile, terms, inverse(e));
    _mm512_mask_storeu_ps(job->to->own + sums, columns.mask, own_sums(&columns));
    _mm512_mask_storeu_ps(job->to->exponent + sums, columns.mask, e);
}

static void sort_tiles(void *context, int64_t t) {
    const sorting *job = context;
    for (int64_t block = 0; block < pieces(job->from->rows, BLOCK); block++)
        sort_tile(job, t, block);
}

void gamlp_pairs_sort(gamlp_pairs *pairs, const gamlp_dense *b) {
    sorting job = {pairs, b};
    pairs->rows = b->rows;
    pairs->cols = b->cols;
    gamlp_parallel(pieces(b->cols, TILE), sort_tiles, &job);
}

/* Where the elements of C of a tile go, and what is added to them. */
typedef struct place {
    gamlp_real *c;
    const gamlp_real *base; /* or NULL */
    gamlp_real beta;
    int64_t ld, wide;           /* from column to column; columns                        */
    const gamlp_real *own;      /* the sums of -b1 b2 of the columns                     */
    const gamlp_real *exponent; /* of the powers of two by which they have been divided  */
    const gamlp_real *bias;     /* of the rows, or NULL           */
    bool clip;
} place;

KERNEL_PART void put(const strip *s, const place *at, int j, int v, __m512 sum, bool full) {
    const int64_t to = j * at->ld + v * VECTOR;
    const __mmask16 mask = full ? 0xFFFF : s->mask[v];
    sum = _mm512_scalef_ps(sum, _mm512_add_ps(s->exponent[v], _mm512_set1_ps(at->exponent[j])));
    if (at->base)
        sum = _mm512_fmadd_ps(_mm512_set1_ps(at->beta), _mm512_maskz_loadu_ps(mask, at->base + to),
                              sum);
    if (at->bias) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, at->bias + v * VECTOR));
    if (at->clip) sum = _mm512_max_ps(_mm512_setzero_ps(), sum); /* in this order NaN is kept */
    if (full)
        _mm512_storeu_ps(at->c + to, sum);
    else
        _mm512_mask_storeu_ps(at->c + to, mask, sum);
}

/* A strip times a tile of columns. */
KERNEL_PART void multiply_whole(const strip *s, const gamlp_real *b, const place *at, bool full) {
    __m512 low[TILE], high[TILE];
    for (int j = 0; at->base && j < TILE; j++) /* what is added at the end */
        for (int v = 0; v < 2; v++) __builtin_prefetch(at->base + j * at->ld + v * VECTOR, 0, 3);
    sum_tile(low, high, s, b, TILE, at->own);
    UNROLLED for (int j = 0; j < TILE; j++) {
        if (j >= at->wide) continue;
        put(s, at, j, 0, low[j], full);
        put(s, at, j, 1, high[j], full);
    }
}

KERNEL static void multiply_tile(const strip *s, const gamlp_real *b, const place *at) {
    if (s->rows == STRIP)
        multiply_whole(s, b, at, true);
    else
        multiply_whole(s, b, at, false);
}

/* Asks for a part, after tile `done` of `all`, of the strip that the thread is likely to sort next:
 * the columns of A are too far apart to be fetched by themselves. */
static void ask_strip(const strip *s, const product *p, int64_t block, int64_t done, int64_t all) {
    const int64_t m = p->a->rows, next = s->row + STRIP;
    const gamlp_real *from = p->a->data + block * BLOCK * m + next;
    if (next + STRIP > m) return;
    for (int64_t k = s->terms * done / all; k < s->terms * (done + 1) / all; k++)
        for (int64_t r = 0; r <= STRIP; r += VECTOR) __builtin_prefetch(from + k * m + r, 0, 2);
}

/* A strip of rows of C in a group of tiles. */
static void multiply_strip(void *context, int64_t chunk) {
    const product *p = context;
    const int64_t k = p->a->cols, m = p->a->rows, group = chunk / p->strips;
    const int64_t first = p->tiles * group / p->groups, last = p->tiles * (group + 1) / p->groups;
    strip s;
    s.row = chunk % p->strips * STRIP;
    s.rows = smaller(STRIP, m - s.row);
    mask_strip(&s);
    for (int64_t block = 0; block < pieces(k, BLOCK); block++) {
        const gamlp_dense *base = block > 0 ? p->c : p->base;
        const gamlp_pairs_end *end = (block + 1) * BLOCK < k ? NULL : p->end;
        s.terms = smaller(BLOCK, k - block * BLOCK);
        sort_strip(&s, p->a, block);
        for (int64_t t = first; t < last; t++) {
            const int64_t to = t * TILE * m + s.row, sums = (block * p->tiles + t) * TILE;
            const place at = {.c = p->c->data + to,
                              .base = base ? base->data + to : NULL,
                              .beta = block > 0 ? 1 : p->beta,
                              .ld = m,
                              .wide = smaller(TILE, p->b->cols - t * TILE),
                              .own = p->b->own + sums,
                              .exponent = p->b->exponent + sums,
                              .bias = end ? end->bias + s.row : NULL,
                              .clip = end && end->clip};
            multiply_tile(&s, p->b->tile + (t * k + block * BLOCK) * TILE, &at);
            ask_strip(&s, p, block, t - first, last - first);
        }
    }
}

void gamlp_pairs_multiply(gamlp_dense *c, const gamlp_dense *a, const gamlp_pairs *pairs,
                          gamlp_real beta, const gamlp_dense *base, const gamlp_pairs_end *end) {
    product p = {.c = c, .b = pairs, .a = a, .base = base, .beta = beta, .end = end};
    p.strips = pieces(a->rows, STRIP);
    p.tiles = pieces(pairs->cols, TILE);
    const int64_t bytes = p.tiles * TILE * smaller(a->cols, BLOCK) * (int64_t)sizeof *pairs->tile;
    const int64_t least = pieces(bytes, GROUP), threads = gamlp_threads_get();
    p.groups = smaller(p.tiles, least > threads ? least : threads);
    gamlp_blas_count(2 * a->rows * a->cols * pairs->cols);
    gamlp_parallel(p.strips * p.groups, multiply_strip, &p);
}
#else
void gamlp_pairs_sort(gamlp_pairs *pairs, const gamlp_dense *b) {
    (void)pairs; /* never called: pairs do not pay */
    (void)b;
}

void gamlp_pairs_multiply(gamlp_dense *c, const gamlp_dense *a, const gamlp_pairs *pairs,
                          gamlp_real beta, const gamlp_dense *base, const gamlp_pairs_end *end) {
    (void)c; /* nor is this */
    (void)a;
    (void)pairs;
    (void)beta;
    (void)base;
    (void)end;
}
#endif
