/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matrix/pairs.h"

#include "gamlp/alloc.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(GAMLP_REAL_IS_DOUBLE)
#define GAMLP_PAIRS
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "gamlp/threads.h"
#include "matrix/blas.h"
#endif

enum {
    LINE = 64,          /* bytes of a cache line                                                  */
    VECTOR = 16,        /* numbers of a vector                                                    */
    STRIP = 2 * VECTOR, /* rows of C that are summed at a time                                    */
    TILE = 10,          /* columns of C that are: 20 vectors of sums, and 12 for the factors      */
    BLOCK = 252,        /* terms, a multiple of 3: with so many a strip of A fits the first cache */
    GROUP = 1 << 19,    /* bytes of the tiles that a strip meets: half a private cache            */
    /* With less, sorting costs what is gained. */
    LEAST_ROWS = 4 * STRIP,
    LEAST_COLUMNS = 64,
    LEAST_TERMS = 64,
    OF_ZEROS = -1000 /* their exponent: a finite sum becomes 0, and one that is not stays so */
};

static int64_t pieces(int64_t whole, int64_t piece) {
    return (whole + piece - 1) / piece;
}

/* AMD's processors add and multiply in different units; with AVX-512 the second factor of a sum
 * comes from memory without a step of its own. */
static bool has_adders(void) {
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
           k >= LEAST_TERMS && has_adders();
}

#ifdef GAMLP_PAIRS
#define KERNEL      __attribute__((target("avx512f")))
#define KERNEL_PART static inline __attribute__((always_inline)) KERNEL
#define UNROLLED    _Pragma("GCC unroll 10")

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

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

/* The exponents of lengths, without their fractions. */
KERNEL_PART __m512 halves(__m512 square) {
    const __m512 half = _mm512_mul_ps(_mm512_set1_ps(0.5F), _mm512_getexp_ps(square));
    return _mm512_roundscale_ps(half, _MM_FROUND_TO_NEG_INF);
}

/* Vectors of which the k-th elements are at x + k stride. */
typedef struct vectors {
    gamlp_real *x;
    int64_t stride, terms;
    __mmask16 mask; /* those that there are */
} vectors;

KERNEL_PART __m512 get(const vectors *v, int64_t k) {
    return _mm512_maskz_loadu_ps(v->mask, v->x + k * v->stride);
}

/* The exponents for vectors whose squares may be too large or too small for a number, by way of
 * their largest elements: OF_ZEROS for zeros, 0 for what is not finite. */
KERNEL static __m512 rare_exponents(const vectors *v) {
    const __m512 none = _mm512_setzero_ps(), infinite = _mm512_set1_ps(INFINITY);
    __m512 most = none, square = none;
    __mmask16 zero = 0xFFFF;
    for (int64_t k = 0; k < v->terms; k++) {
        const __m512 x = get(v, k);
        most = _mm512_max_ps(_mm512_abs_ps(x), most);
        zero &= _mm512_cmp_ps_mask(x, none, _CMP_EQ_OQ);
    }
    const __m512 size = _mm512_getexp_ps(most);
    for (int64_t k = 0; k < v->terms; k++) {
        const __m512 x = _mm512_scalef_ps(get(v, k), _mm512_sub_ps(none, size));
        square = _mm512_fmadd_ps(x, x, square);
    }
    const __mmask16 finite = _mm512_cmp_ps_mask(square, infinite, _CMP_LT_OQ);
    const __m512 e = _mm512_maskz_add_ps(finite, halves(square), size);
    return _mm512_mask_blend_ps(zero, e, _mm512_set1_ps((gamlp_real)OF_ZEROS));
}

/* Squares of which neither the root's inverse nor a product with it leaves the numbers. */
KERNEL_PART __mmask16 usual(__m512 square) {
    return _mm512_cmp_ps_mask(square, _mm512_set1_ps(0x1p-80F), _CMP_GT_OQ) &
           _mm512_cmp_ps_mask(square, _mm512_set1_ps(0x1p80F), _CMP_LT_OQ);
}

/* The exponents of the powers of two that vectors of these squares are divided by. */
KERNEL_PART __m512 exponents(const vectors *v, __m512 square) {
    return (usual(square) & v->mask) == v->mask ? _mm512_maskz_mov_ps(v->mask, halves(square))
                                                : rare_exponents(v);
}

/* Those to multiply by. */
KERNEL_PART __m512 inverse(__m512 e) {
    const __mmask16 known = _mm512_cmp_ps_mask(e, _mm512_set1_ps((gamlp_real)OF_ZEROS), _CMP_GT_OQ);
    return _mm512_maskz_sub_ps(known, _mm512_setzero_ps(), e);
}

/* The sums of -x1 x2. */
KERNEL_PART __m512 own_sums(const vectors *v) {
    __m512 sum = _mm512_setzero_ps();
    for (int64_t k = 0; k + 3 <= v->terms; k += 3)
        sum = _mm512_fnmadd_ps(get(v, k), get(v, k + 1), sum);
    return sum;
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

/* A strip of a block of columns of A. */
typedef struct strip {
    gamlp_real a[BLOCK * STRIP] __attribute__((aligned(LINE)));
    __m512 exponent[2], own[2];
    __mmask16 mask[2]; /* the rows there are */
    int64_t row, rows, terms;
} strip;

/* Vectors of a strip as they are, to be divided one by one: x 2^e is then no product. */
KERNEL static void sort_rare(strip *s, const gamlp_real *from, int64_t ld, int v, __m512 square) {
    const vectors rows = {s->a + v * VECTOR, STRIP, s->terms, 0xFFFF};
    for (int64_t k = 0; k < s->terms; k++)
        _mm512_store_ps(rows.x + k * STRIP,
                        _mm512_maskz_loadu_ps(s->mask[v], from + k * ld + v * VECTOR));
    s->exponent[v] = exponents(&rows, square);
    const __m512 by = inverse(s->exponent[v]);
    for (int64_t k = 0; k < s->terms; k++)
        _mm512_store_ps(rows.x + k * STRIP,
                        _mm512_scalef_ps(_mm512_load_ps(rows.x + k * STRIP), by));
    s->own[v] = own_sums(&rows);
}

/* Both vectors of a strip in turn, so that their sums do not wait for each other. */
KERNEL static void sort_strip(strip *s, const product *p, int64_t block) {
    const int64_t ld = p->a->rows;
    const gamlp_real *from = p->a->data + block * BLOCK * ld + s->row;
    __m512 square[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()}, by[2];
    for (int64_t k = 0; k < s->terms; k++)
        for (int v = 0; v < 2; v++) {
            const __m512 x = _mm512_maskz_loadu_ps(s->mask[v], from + k * ld + v * VECTOR);
            square[v] = _mm512_fmadd_ps(x, x, square[v]);
        }
    for (int v = 0; v < 2; v++) /* rows that there are not count as ones */
        square[v] = _mm512_mask_blend_ps(s->mask[v], _mm512_set1_ps(1), square[v]);
    if ((usual(square[0]) & usual(square[1])) != 0xFFFF) {
        for (int v = 0; v < 2; v++) sort_rare(s, from, ld, v, square[v]);
        return;
    }
    for (int v = 0; v < 2; v++) {
        s->exponent[v] = halves(square[v]);
        by[v] = _mm512_scalef_ps(_mm512_set1_ps(1), inverse(s->exponent[v]));
    }
    for (int64_t k = 0; k < s->terms; k++)
        for (int v = 0; v < 2; v++) {
            const __m512 x = _mm512_maskz_loadu_ps(s->mask[v], from + k * ld + v * VECTOR);
            _mm512_store_ps(s->a + k * STRIP + v * VECTOR, _mm512_mul_ps(x, by[v]));
        }
    for (int v = 0; v < 2; v++)
        s->own[v] = own_sums(&(vectors){s->a + v * VECTOR, STRIP, s->terms, 0xFFFF});
}

/* b + x, sum + b x and sum + x y, with b from memory, in this order: compilers load what is used
 * twice first, for which there is no time, and put sums and products into groups. */
KERNEL_PART __m512 plus(const gamlp_real *b, __m512 x) {
    __m512 sum;
    __asm__ volatile("vaddps %1%{1to16%}, %2, %0" : "=v"(sum) : "m"(*b), "v"(x));
    return sum;
}

KERNEL_PART void add_times(__m512 *sum, const gamlp_real *b, __m512 x) {
    __asm__ volatile("vfmadd231ps %1%{1to16%}, %2, %0" : "+v"(*sum) : "m"(*b), "v"(x));
}

KERNEL_PART void add_product(__m512 *sum, __m512 x, __m512 y) {
    __asm__ volatile("vfmadd231ps %1, %2, %0" : "+v"(*sum) : "v"(x), "v"(y));
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
    const gamlp_real *a = s->a;
    __m512 low[TILE], high[TILE];
    int64_t k = 0;
    UNROLLED for (int j = 0; j < TILE; j++) {
        low[j] = _mm512_add_ps(s->own[0], _mm512_set1_ps(at->own[j]));
        high[j] = _mm512_add_ps(s->own[1], _mm512_set1_ps(at->own[j]));
    }
    for (; k + 3 <= s->terms; k += 3, a += 3 * STRIP, b += 3 * TILE) {
        __m512 x[6];
        if (at->base && k < 3 * TILE) /* column k / 3 of what is added at the end */
            for (int v = 0; v < 2; v++)
                __builtin_prefetch(at->base + k / 3 * at->ld + v * VECTOR, 0, 3);
        UNROLLED for (int i = 0; i < 6; i++) x[i] = _mm512_load_ps(a + i * VECTOR);
        UNROLLED for (int j = 0; j < TILE; j++) {
            const __m512 sum = plus(b + j, x[2]), other = plus(b + TILE + j, x[0]);
            add_times(&low[j], b + 2 * TILE + j, x[4]);
            add_product(&low[j], sum, other);
            const __m512 sum2 = plus(b + j, x[3]), other2 = plus(b + TILE + j, x[1]);
            add_times(&high[j], b + 2 * TILE + j, x[5]);
            add_product(&high[j], sum2, other2);
        }
    }
    for (; k < s->terms; k++, a += STRIP, b += TILE) UNROLLED for (int j = 0; j < TILE; j++) {
            add_times(&low[j], b + j, _mm512_load_ps(a));
            add_times(&high[j], b + j, _mm512_load_ps(a + VECTOR));
        }
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
    const uint32_t mask = (uint32_t)((UINT64_C(1) << s.rows) - 1);
    s.mask[0] = (__mmask16)(mask & 0xFFFF);
    s.mask[1] = (__mmask16)(mask >> VECTOR);
    for (int64_t block = 0; block < pieces(k, BLOCK); block++) {
        const gamlp_dense *base = block > 0 ? p->c : p->base;
        const gamlp_pairs_end *end = (block + 1) * BLOCK < k ? NULL : p->end;
        s.terms = smaller(BLOCK, k - block * BLOCK);
        sort_strip(&s, p, block);
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
