/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/planes.h"

#include <string.h>

#if defined(GAMLP_REAL_IS_DOUBLE)
typedef uint64_t word;
#else
typedef uint32_t word;
#endif

_Static_assert(sizeof(word) == sizeof(gamlp_real), "bits of a stored number");

/* 0, -1, 1, -2, ... modulo 2^bits as 0, 1, 2, 3, ... */
static uint32_t fold(uint32_t difference, uint32_t mask) {
    difference &= mask;
    bool negative = difference > mask >> 1;
    return negative ? 2 * (mask - difference) + 1 : 2 * difference;
}

static uint32_t unfold(uint32_t folded, uint32_t mask) {
    return (folded & 1 ? mask - folded / 2 : folded / 2) & mask;
}

void gamlp_planes_of_index(uint8_t *plane, const uint16_t *index, const uint16_t *before,
                           int64_t count, int bits) {
    uint32_t mask = ((uint32_t)1 << bits) - 1;
    uint8_t *high = bits > 8 ? plane + count : NULL;
    for (int64_t i = 0; i < count; i++) {
        uint32_t value = before ? fold((uint32_t)index[i] - before[i], mask) : index[i];
        plane[i] = (uint8_t)value;
        if (high) high[i] = (uint8_t)(value >> 8);
    }
}

bool gamlp_planes_to_index(uint16_t *index, const uint16_t *before, const uint8_t *plane,
                           int64_t count, int bits) {
    uint32_t mask = ((uint32_t)1 << bits) - 1, all = 0;
    const uint8_t *high = bits > 8 ? plane + count : NULL;
    for (int64_t i = 0; i < count; i++) {
        uint32_t value = plane[i] | (high ? (uint32_t)high[i] << 8 : 0);
        all |= value;
        index[i] = (uint16_t)(before ? (unfold(value, mask) + before[i]) & mask : value);
    }
    return (all & ~mask) == 0;
}

static word bits_of(const gamlp_real *x) {
    word bits;
    memcpy(&bits, x, sizeof bits);
    return bits;
}

void gamlp_planes_of_real(uint8_t *plane, const gamlp_real *x, const gamlp_real *before,
                          int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        word bits = bits_of(&x[i]);
        if (before) bits ^= bits_of(&before[i]);
        for (int k = 0; k < (int)sizeof bits; k++) plane[k * count + i] = (uint8_t)(bits >> 8 * k);
    }
}

void gamlp_planes_to_real(gamlp_real *x, const gamlp_real *before, const uint8_t *plane,
                          int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        word bits = 0;
        for (int k = 0; k < (int)sizeof bits; k++) bits |= (word)plane[k * count + i] << 8 * k;
        if (before) bits ^= bits_of(&before[i]);
        memcpy(&x[i], &bits, sizeof bits);
    }
}
