/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A random order of 0 .. count - 1 that is computed and not stored: a Feistel
 * network of 8 rounds on the least number of bits that holds count - 1 (Luby
 * and Rackoff, SIAM J. Comput. 17, 1988), repeated while the result is too
 * large (Black and Rogaway, CT-RSA 2002): less than 2 times on average. */
#ifndef GAMLP_CORE_PERMUTE_H
#define GAMLP_CORE_PERMUTE_H

#include <stdint.h>

#include "gamlp/rng.h"

enum { GAMLP_PERMUTE_ROUNDS = 8 };

/* A plain value, copy it freely. */
typedef struct gamlp_permutation {
    uint64_t count, key[GAMLP_PERMUTE_ROUNDS];
    int left, right; /* bits of the two halves */
} gamlp_permutation;

/* The permutation of `rng`; 0 < count <= 2^62. */
gamlp_permutation gamlp_permutation_of(gamlp_rng rng, uint64_t count);

/* The place of `item` < count. */
uint64_t gamlp_permute(const gamlp_permutation *p, uint64_t item);

#endif
