/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The k-th largest size of an element is found digit by digit: without its sign, the bits of a
 * number are an integer that grows with its size. */
#include <math.h>
#include <string.h>

#include "model/prox.h"

enum { DIGIT = 8, BUCKETS = 1 << DIGIT, BITS = 8 * (int)sizeof(gamlp_real) };

#if defined(GAMLP_REAL_IS_DOUBLE)
typedef uint64_t bits_t;
#else
typedef uint32_t bits_t;
#endif

static bits_t size_bits(gamlp_real x) {
    bits_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits & (~(bits_t)0 >> 1);
}

/* The k-th largest of the sizes (from 1), and how many of those equal to it are among the k. */
static bits_t kth_largest(const gamlp_dense *w, int64_t k, int64_t *equals) {
    int64_t n = w->rows * w->cols;
    bits_t prefix = 0;
    for (int shift = BITS - DIGIT; shift >= 0; shift -= DIGIT) {
        int64_t count[BUCKETS] = {0};
        bits_t above = shift == BITS - DIGIT ? 0 : ~(bits_t)0 << (shift + DIGIT);
        for (int64_t i = 0; i < n; i++) {
            bits_t bits = size_bits(w->data[i]);
            if ((bits & above) == prefix) count[bits >> shift & (BUCKETS - 1)]++;
        }
        int digit = BUCKETS - 1;
        for (; count[digit] < k; digit--) k -= count[digit];
        prefix |= (bits_t)digit << shift;
    }
    *equals = k;
    return prefix;
}

void gamlp_prox_top(gamlp_dense *w, double share) {
    int64_t n = w->rows * w->cols, k = (int64_t)ceil(share * (double)n), equals;
    if (k < 1) k = 1;
    if (k >= n) return;
    bits_t least = kth_largest(w, k, &equals);
    for (int64_t i = 0; i < n; i++) {
        bits_t bits = size_bits(w->data[i]);
        if (bits < least || (bits == least && equals-- <= 0)) w->data[i] = 0;
    }
}
