/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hop kernel for the feature module: strided output, and rows that need
 * not be computed. */
#ifndef GAMLP_MATRIX_GATHER_H
#define GAMLP_MATRIX_GATHER_H

#include <stdbool.h>

#include "gamlp/csr.h"

/* Y_:i <- sum_j S_ij X_:j for columns of d elements, column i at y + i * stride and column j at
 * x + j * x_stride, or where x is NULL at packed + j * x_stride, in bfloat16.  Rows with
 * distance[i] > reach are left alone; distance NULL: all rows are computed.
 * Where `past` is not NULL, column i goes to past + i * past_stride as well, past the caches, or
 * with y NULL there alone: see gamlp_gather_streams(). */
typedef struct gamlp_gather {
    gamlp_real *y;
    int64_t stride;
    const gamlp_csr *s;
    const gamlp_real *x;
    const uint16_t *packed;
    int64_t x_stride, d;
    const int32_t *distance;
    int32_t reach;
    gamlp_real *past;
    int64_t past_stride;
} gamlp_gather;

/* Whether columns of `d` elements, `stride` apart, can be written past the caches: whole cache
 * lines. */
bool gamlp_gather_streams(const gamlp_real *past, int64_t stride, int64_t d);

void gamlp_gather_run(const gamlp_gather *job);

/* The nearest bfloat16 (the upper half of a float32), ties to even: within a factor of 1 +- 2^-8
 * for numbers in the range of float32 that do not round to infinity or below its normal ones. */
void gamlp_bfloat16_pack(uint16_t *to, const gamlp_real *from, int64_t count);
gamlp_real gamlp_bfloat16_value(uint16_t packed);

/* First row of a chunk of rows that hold about the same number of rows plus
 * entries, for 0 <= chunk <= GAMLP_CSR_CHUNKS: the same for any number of threads. */
enum { GAMLP_CSR_CHUNKS = 64 };
int64_t gamlp_csr_chunk(const gamlp_csr *s, int64_t chunk);

#endif
