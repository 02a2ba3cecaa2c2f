/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/rng.h"

#include <Random123/philox.h>

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

double gamlp_rng_normal(gamlp_rng rng, uint64_t index) {
    /* The middle of one of 2^52 cells: never 0 or 1. */
    double p = ((double)(gamlp_rng_bits(rng, index) >> 12) + 0.5) * 0x1p-52;
    return gamlp_math_normal_quantile(p);
}

void gamlp_rng_shuffle(gamlp_rng rng, int64_t *items, int64_t count) {
    for (int64_t i = count - 1; i > 0; i--) {
        int64_t j = (int64_t)gamlp_rng_below(rng, (uint64_t)(count - 1 - i), (uint64_t)i + 1);
        int64_t item = items[i];
        items[i] = items[j];
        items[j] = item;
    }
}
