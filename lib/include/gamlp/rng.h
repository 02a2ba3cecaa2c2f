/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: core.  Counter-based random numbers (Philox4x32-10, Salmon et al.,
 * SC 2011, through Random123).
 *
 * A number depends only on (seed, purpose, stream, index), never on how many
 * were drawn before, nor on threads or processes.  Conversions use only IEEE
 * add, multiply, divide and square root, so they give the same bits on every
 * platform. */
#ifndef GAMLP_RNG_H
#define GAMLP_RNG_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the numbers are for; two purposes never share a number. */
typedef enum gamlp_rng_purpose {
    GAMLP_RNG_WEIGHT = 1,
    GAMLP_RNG_SPLIT = 2,
    GAMLP_RNG_GRAPH = 3,
    GAMLP_RNG_FEATURE = 4,
    GAMLP_RNG_TEST = 5,
    GAMLP_RNG_SAMPLE = 6,
    GAMLP_RNG_DROPOUT = 7
} gamlp_rng_purpose;

/* A keyed generator; a plain value, copy it freely. */
typedef struct gamlp_rng {
    uint64_t seed;
    uint32_t purpose;
    uint32_t stream; /* a layer, a class, ... */
} gamlp_rng;

/* The generator of one seed, purpose and stream. */
gamlp_rng gamlp_rng_key(uint64_t seed, gamlp_rng_purpose purpose, uint32_t stream);

/* 64 random bits of element `index`. */
uint64_t gamlp_rng_bits(gamlp_rng rng, uint64_t index);

/* The same of `count` elements from `first` on, several at a time. */
void gamlp_rng_fill(uint64_t *bits, gamlp_rng rng, uint64_t first, int64_t count);

/* Uniform in [0, 1) with 53 bits. */
double gamlp_rng_uniform(gamlp_rng rng, uint64_t index);

/* Uniform integer in [0, bound), bound > 0 (multiply-shift on 64 bits; bias below 2^-32 for
 * bounds below 2^32). */
uint64_t gamlp_rng_below(gamlp_rng rng, uint64_t index, uint64_t bound);

/* Standard normal deviate (inverse distribution function, Wichura's AS 241). */
double gamlp_rng_normal(gamlp_rng rng, uint64_t index);

/* The same of `count` elements from `first` on, several at a time. */
void gamlp_rng_normals(double *z, gamlp_rng rng, uint64_t first, int64_t count);

/* Shuffle `items` in place (Fisher-Yates, driven by element 0, 1, ... of rng). */
void gamlp_rng_shuffle(gamlp_rng rng, int64_t *items, int64_t count);

#ifdef __cplusplus
}
#endif
#endif
