/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What products by pairs (pairs.h) and nets by them (pairs_net.h) have in common: strips of one
 * factor, tiles of the other, and their sums. */
#ifndef GAMLP_MATRIX_PAIRS_KERNEL_H
#define GAMLP_MATRIX_PAIRS_KERNEL_H

#include "matrix/pairs.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(GAMLP_REAL_IS_DOUBLE)
#define GAMLP_PAIRS
#include <immintrin.h>
#include <math.h>
#endif

enum {
    LINE = 64,          /* bytes of a cache line                                                  */
    VECTOR = 16,        /* numbers of a vector                                                    */
    STRIP = 2 * VECTOR, /* rows of C that are summed at a time                                    */
    TILE = 10,          /* columns of C that are: 20 vectors of sums, and 12 for the factors      */
    BLOCK = 252,        /* terms, a multiple of 3: with so many a strip of A fits the first cache */
    OF_ZEROS = -1000    /* their exponent: a finite sum becomes 0, and one that is not stays so */
};

/* Whether sums and products are done side by side. */
bool gamlp_pairs_has_adders(void);

static inline int64_t pieces(int64_t whole, int64_t piece) {
    return (whole + piece - 1) / piece;
}

static inline int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

#ifdef GAMLP_PAIRS
#define KERNEL      __attribute__((target("avx512f")))
#define KERNEL_PART static inline __attribute__((always_inline)) KERNEL
#define UNROLLED    _Pragma("GCC unroll 10")

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
KERNEL static inline __m512 rare_exponents(const vectors *v) {
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

/* The exponents of the powers of two that vectors of these squares are divided by, each by itself:
 * its neighbours are not the same everywhere. */
KERNEL_PART __m512 exponents(const vectors *v, __m512 square) {
    const __mmask16 known = usual(square) & v->mask;
    const __m512 e = _mm512_maskz_mov_ps(v->mask, halves(square));
    return known == v->mask ? e : _mm512_mask_blend_ps(known, rare_exponents(v), e);
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

/* A strip of a block of columns of A. */
typedef struct strip {
    gamlp_real a[BLOCK * STRIP] __attribute__((aligned(LINE)));
    __m512 exponent[2], own[2];
    __mmask16 mask[2]; /* the rows there are */
    int64_t row, rows, terms;
} strip;

/* The masks of a strip of s->rows rows. */
static inline void mask_strip(strip *s) {
    const uint32_t mask = (uint32_t)((UINT64_C(1) << s->rows) - 1);
    s->mask[0] = (__mmask16)(mask & 0xFFFF);
    s->mask[1] = (__mmask16)(mask >> VECTOR);
}

/* Vectors whose squares may be too large or too small, where they are stored: divided one by one,
 * since x 2^e is then no product.  Returned: their exponents. */
KERNEL static inline __m512 divide_rare(const vectors *v, __m512 square) {
    const __m512 e = exponents(v, square), by = inverse(e);
    for (int64_t k = 0; k < v->terms; k++)
        _mm512_mask_storeu_ps(v->x + k * v->stride, v->mask, _mm512_scalef_ps(get(v, k), by));
    return e;
}

KERNEL static inline void sort_rare(strip *s, const gamlp_real *from, int64_t ld, int v,
                                    __m512 square) {
    const vectors rows = {s->a + v * VECTOR, STRIP, s->terms, 0xFFFF};
    for (int64_t k = 0; k < s->terms; k++)
        _mm512_store_ps(rows.x + k * STRIP,
                        _mm512_maskz_loadu_ps(s->mask[v], from + k * ld + v * VECTOR));
    s->exponent[v] = divide_rare(&rows, square);
    s->own[v] = own_sums(&rows);
}

/* Both vectors of a strip in turn, so that their sums do not wait for each other. */
KERNEL static inline void sort_strip(strip *s, const gamlp_dense *a, int64_t block) {
    const int64_t ld = a->rows;
    const gamlp_real *from = a->data + block * BLOCK * ld + s->row;
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

/* The sums of a strip times a tile whose terms are `stride` apart. */
KERNEL_PART void sum_tile(__m512 low[TILE], __m512 high[TILE], const strip *s, const gamlp_real *b,
                          int64_t stride, const gamlp_real *own) {
    const gamlp_real *a = s->a;
    int64_t k = 0;
    UNROLLED for (int j = 0; j < TILE; j++) {
        low[j] = _mm512_add_ps(s->own[0], _mm512_set1_ps(own[j]));
        high[j] = _mm512_add_ps(s->own[1], _mm512_set1_ps(own[j]));
    }
    for (; k + 3 <= s->terms; k += 3, a += 3 * STRIP, b += 3 * stride) {
        __m512 x[6];
        UNROLLED for (int i = 0; i < 6; i++) x[i] = _mm512_load_ps(a + i * VECTOR);
        UNROLLED for (int j = 0; j < TILE; j++) {
            const __m512 sum = plus(b + j, x[2]), other = plus(b + stride + j, x[0]);
            add_times(&low[j], b + 2 * stride + j, x[4]);
            add_product(&low[j], sum, other);
            const __m512 sum2 = plus(b + j, x[3]), other2 = plus(b + stride + j, x[1]);
            add_times(&high[j], b + 2 * stride + j, x[5]);
            add_product(&high[j], sum2, other2);
        }
    }
    for (; k < s->terms; k++, a += STRIP, b += stride) UNROLLED for (int j = 0; j < TILE; j++) {
            add_times(&low[j], b + j, _mm512_load_ps(a));
            add_times(&high[j], b + j, _mm512_load_ps(a + VECTOR));
        }
}

#endif
#endif
