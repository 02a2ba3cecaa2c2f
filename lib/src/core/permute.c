/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/permute.h"

gamlp_permutation gamlp_permutation_of(gamlp_rng rng, uint64_t count) {
    gamlp_permutation p = {.count = count};
    int bits = 0;
    while (bits < 62 && (count - 1) >> bits > 0) bits++;
    p.left = bits / 2;
    p.right = bits - p.left;
    for (int r = 0; r < GAMLP_PERMUTE_ROUNDS; r++) p.key[r] = gamlp_rng_bits(rng, (uint64_t)r);
    return p;
}

/* The finaliser of MurmurHash3. */
static uint64_t mix(uint64_t x) {
    x = (x ^ x >> 33) * UINT64_C(0xFF51AFD7ED558CCD);
    x = (x ^ x >> 33) * UINT64_C(0xC4CEB9FE1A85EC53);
    return x ^ x >> 33;
}

static uint64_t encipher(const gamlp_permutation *p, uint64_t item) {
    uint64_t left_mask = (UINT64_C(1) << p->left) - 1, right_mask = (UINT64_C(1) << p->right) - 1;
    uint64_t left = item >> p->right, right = item & right_mask;
    for (int r = 0; r < GAMLP_PERMUTE_ROUNDS; r += 2) {
        left ^= mix(right ^ p->key[r]) & left_mask;
        right ^= mix(left ^ p->key[r + 1]) & right_mask;
    }
    return left << p->right | right;
}

uint64_t gamlp_permute(const gamlp_permutation *p, uint64_t item) {
    do item = encipher(p, item);
    while (item >= p->count);
    return item;
}
