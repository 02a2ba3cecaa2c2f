/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: codec.  Level sets: the finite sets Delta = {delta_0 < ... < delta_(m-1)} that quantised
 * variables are taken from, the numbers of their elements, and these numbers packed into bytes.
 *
 * Pi(x), the element nearest to x, is delta_k for the k of
 *   (delta_(k-1) + delta_k) / 2 < x <= (delta_k + delta_(k+1)) / 2,
 * the lower one of two as near; below delta_0 and above delta_(m-1) it is these. */
#ifndef GAMLP_LEVELS_H
#define GAMLP_LEVELS_H

#include <stddef.h>
#include <stdint.h>

#include "gamlp/dense.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GAMLP_LEVELS_MAX = 65536 };

/* A level set.  A uniform one owns no memory and may be copied. */
typedef struct gamlp_levels {
    int64_t count;     /* m, from 2 to GAMLP_LEVELS_MAX                                      */
    double low, step;  /* uniform: delta_k is low + k step, rounded to the storage type      */
    gamlp_real *value; /* a list: its values, owned; NULL for a uniform set                  */
    double *middle;    /* a list: the m - 1 bounds between its values, owned                 */
} gamlp_levels;

/* `count` values from `low` to `high`, equally far apart.  GAMLP_E_CONFIG for another count, a
 * range that is empty or not finite, or steps too small for the storage type. */
gamlp_status gamlp_levels_uniform(gamlp_levels *levels, double low, double high, int64_t count);

/* A list of values, which must be finite and increase as stored; GAMLP_E_CONFIG names the first
 * that is not.  Ownership passes to the caller: gamlp_levels_clear(). */
gamlp_status gamlp_levels_list(gamlp_levels *levels, const double *value, int64_t count);

/* Release the memory of a list and zero the struct; accepts NULL. */
void gamlp_levels_clear(gamlp_levels *levels);

/* delta_k, 0 <= k < m. */
gamlp_real gamlp_levels_value(const gamlp_levels *levels, int64_t k);

/* ceil(log2 m), the bits that the number of an element takes. */
int gamlp_levels_bits(const gamlp_levels *levels);

/* out <- Pi(x), element by element; `out` has the shape of `x` and may be `x`.  GAMLP_E_NUMERIC
 * when an element is not a number (`out` is then undefined). */
gamlp_status gamlp_levels_project(gamlp_dense *out, const gamlp_levels *levels,
                                  const gamlp_dense *x);

/* index[i] <- the k of Pi(x_i) = delta_k, for all rows * cols elements.  Fails as before. */
gamlp_status gamlp_levels_encode(uint16_t *index, const gamlp_levels *levels, const gamlp_dense *x);

/* x_i <- delta_(index[i]), the very values that gamlp_levels_project() gives.  An index of m or
 * more is GAMLP_E_DATA and named. */
gamlp_status gamlp_levels_decode(gamlp_dense *x, const gamlp_levels *levels, const uint16_t *index);

/* Bytes of `count` >= 0 numbers of `bits` bits (1 to 16). */
int64_t gamlp_packed_size(int64_t count, int bits);

/* Number i takes the bits i * bits, ..., (i + 1) * bits - 1 of the bytes, of each byte the least
 * first; bits left over are 0.  `bytes` has room for gamlp_packed_size() bytes.  A number that
 * does not fit is GAMLP_E_USAGE. */
gamlp_status gamlp_pack(uint8_t *bytes, const uint16_t *index, int64_t count, int bits);

/* The reverse.  GAMLP_E_DATA when `size` is not that of `count` numbers or a bit left over is 1. */
gamlp_status gamlp_unpack(uint16_t *index, int64_t count, int bits, const uint8_t *bytes,
                          int64_t size);

#ifdef __cplusplus
}
#endif
#endif
