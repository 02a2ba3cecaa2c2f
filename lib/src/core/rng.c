/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/rng.h"

#include <Random123/philox.h>
#include <string.h>

#include "core/hot.h"
#include "core/math.h"

__extension__ typedef unsigned __int128 wide;

gamlp_rng gamlp_rng_key(uint64_t seed, gamlp_rng_purpose purpose, uint32_t stream) {
    return (gamlp_rng){seed, (uint32_t)purpose, stream};
}

uint64_t gamlp_rng_bits(gamlp_rng rng, uint64_t index) {
    philox4x32_key_t key = {{(uint32_t)rng.seed, (uint32_t)(rng.seed >> 32)}};
    philox4x32_ctr_t counter = {
        {(uint32_t)index, (uint32_t)(index >> 32), rng.purpose, rng.stream}};
    philox4x32_ctr_t random = philox4x32(counter, key);
    return (uint64_t)random.v[1] << 32 | random.v[0];
}

double gamlp_rng_uniform(gamlp_rng rng, uint64_t index) {
    return (double)(gamlp_rng_bits(rng, index) >> 11) * 0x1p-53;
}

uint64_t gamlp_rng_below(gamlp_rng rng, uint64_t index, uint64_t bound) {
    return (uint64_t)(((wide)gamlp_rng_bits(rng, index) * bound) >> 64);
}

/* The middle of one of 2^52 cells: never 0 or 1. */
static double middle_of_cell(uint64_t bits) {
    return ((double)(int64_t)(bits >> 12) + 0.5) * 0x1p-52;
}

double gamlp_rng_normal(gamlp_rng rng, uint64_t index) {
    return gamlp_math_normal_quantile(middle_of_cell(gamlp_rng_bits(rng, index)));
}

/* As gamlp_rng_bits() of `count` indices from `first` on: the ten rounds written out, words of 32
 * bits in lanes of 64, so that they are done for several indices at a time. */
GAMLP_HOT static void fill_bits(uint64_t *bits, gamlp_rng rng, uint64_t first, int64_t count) {
    const uint64_t word = 0xffffffff;
    for (int64_t k = 0; k < count; k++) {
        uint64_t index = first + (uint64_t)k;
        uint64_t a = index & word, b = index >> 32, c = rng.purpose, d = rng.stream;
        uint32_t key0 = (uint32_t)rng.seed, key1 = (uint32_t)(rng.seed >> 32);
        for (int round = 0; round < 10; round++) {
            uint64_t x = PHILOX_M4x32_0 * a, y = PHILOX_M4x32_1 * c;
            a = (y >> 32) ^ b ^ key0;
            b = y & word;
            c = (x >> 32) ^ d ^ key1;
            d = x & word;
            key0 += PHILOX_W32_0;
            key1 += PHILOX_W32_1;
        }
        bits[k] = b << 32 | a;
    }
}

/* The middle of one of 2^52 cells: never 0 or 1.  The low bits of 2^52 + n hold n. */
GAMLP_HOT static void middles_of_cells(double *p, const uint64_t *bits, int64_t count) {
#pragma omp simd
    for (int64_t k = 0; k < count; k++) {
        uint64_t cell = bits[k] >> 12 | 0x4330000000000000;
        double value;
        memcpy(&value, &cell, sizeof value);
        p[k] = ((value - 0x1p52) + 0.5) * 0x1p-52;
    }
}

void gamlp_rng_fill(uint64_t *bits, gamlp_rng rng, uint64_t first, int64_t count) {
    fill_bits(bits, rng, first, count);
}

void gamlp_rng_normals(double *z, gamlp_rng rng, uint64_t first, int64_t count) {
    enum { BLOCK = 256 };
    uint64_t bits[BLOCK];
    for (int64_t done = 0; done < count; done += BLOCK) {
        int64_t n = count - done < BLOCK ? count - done : BLOCK;
        fill_bits(bits, rng, first + (uint64_t)done, n);
        middles_of_cells(z + done, bits, n);
        gamlp_math_normal_quantiles(z + done, z + done, n);
    }
}

void gamlp_rng_shuffle(gamlp_rng rng, int64_t *items, int64_t count) {
    enum { BLOCK = 256 };
    uint64_t bits[BLOCK];
    for (int64_t done = 0; done < count - 1; done += BLOCK) {
        int64_t n = count - 1 - done < BLOCK ? count - 1 - done : BLOCK;
        fill_bits(bits, rng, (uint64_t)done, n);
        for (int64_t k = 0; k < n; k++) {
            int64_t i = count - 1 - done - k;
            int64_t j = (int64_t)(uint64_t)(((wide)bits[k] * ((uint64_t)i + 1)) >> 64);
            int64_t item = items[i];
            items[i] = items[j];
            items[j] = item;
        }
    }
}
