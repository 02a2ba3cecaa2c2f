/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hop kernel for the feature module: strided output, and rows that need
 * not be computed. */
#ifndef GAMLP_MATRIX_GATHER_H
#define GAMLP_MATRIX_GATHER_H

#include <stdbool.h>

#include "gamlp/csr.h"

/* A matrix whose entries lie tile by tile.  Its rows are cut into blocks; a block has the entries
 * of the first `width` columns first, row by row, then those of the next columns.  For each tile
 * the columns of X that it needs stay in a private cache, and every row adds on to what it has: in
 * the order of before, so that no bit changes. */
typedef struct gamlp_tiles {
    int64_t blocks, tiles; /* of rows; of columns                                          */
    int64_t threads;       /* blocks are a multiple of it                                  */
    int64_t *first;        /* blocks + 1: rows; owned                                      */
    uint16_t *count;       /* entries of the rows of block 0 in tile 0, in tile 1, ...: rows
                              x tiles; owned                                               */
    bool *tiled;           /* blocks: those of few entries stay as they are; owned         */
} gamlp_tiles;

/* Columns of `bytes` bytes that a tile has, if it pays to put `s` into tiles; 0: if not. */
int64_t gamlp_tiles_width(const gamlp_csr *s, int64_t bytes);

/* Tiles of `width` <= 65535 columns, to be cleared.  The entries of `s`, in rows of increasing
 * columns, are put into their order: from then on `s` is good for gamlp_gather_run() with these
 * tiles alone.  How many blocks there are depends on the number of threads. */
gamlp_status gamlp_tiles_init(gamlp_tiles *tiles, gamlp_csr *s, int64_t width);
void gamlp_tiles_clear(gamlp_tiles *tiles);

/* Y_:i <- sum_j S_ij X_:j for columns of d elements, column i at y + i * stride and column j at
 * x + j * x_stride, or where x is NULL at packed + j * x_stride, in bfloat16.  Rows with
 * distance[i] > reach are left alone; distance NULL: all rows are computed.
 * Where `past` is not NULL, column i goes to past + i * past_stride as well, past the caches, or
 * with y NULL there alone: see gamlp_gather_streams(), which with `far` holds for y, too: y is then
 * written past the caches as well, as it is read when they hold other things.  Where `half` is not
 * NULL, it goes to half + i * half_stride in bfloat16 as well.  With `tiles`, those of s, `past` is
 * NULL.  With `roomy` what follows the elements of a column of x may be read, up to a whole vector
 * of 64 bytes: the last elements are then summed at once. */
typedef struct gamlp_gather {
    gamlp_real *y;
    int64_t stride;
    const gamlp_csr *s;
    const gamlp_tiles *tiles;
    const gamlp_real *x;
    const uint16_t *packed;
    int64_t x_stride, d;
    const int32_t *distance;
    int32_t reach;
    gamlp_real *past;
    int64_t past_stride;
    bool far, roomy;
    uint16_t *half;
    int64_t half_stride;
} gamlp_gather;

/* Whether columns of `d` elements, `stride` apart, can be written past the caches: whole cache
 * lines. */
bool gamlp_gather_streams(const gamlp_real *past, int64_t stride, int64_t d);

void gamlp_gather_run(const gamlp_gather *job);

/* A column of `count` numbers in bfloat16 (the upper half of a float32), each the nearest one, ties
 * to even: within a factor of 1 +- 2^-8 for numbers in the range of float32 that do not round to
 * infinity or below its normal ones.  As long as there are 2 L numbers, L to a cache line of
 * `from`, they become L words of 32 bits: number q the lower half of word q, number L + q its upper
 * half. */
void gamlp_bfloat16_pack(uint16_t *to, const gamlp_real *from, int64_t count);
gamlp_real gamlp_bfloat16_value(uint16_t packed);

/* First row of one of `parts` parts that hold about the same number of rows plus entries, for
 * 0 <= part <= parts; of a chunk, which is the same for any number of threads. */
enum { GAMLP_CSR_CHUNKS = 64 };
int64_t gamlp_csr_part(const gamlp_csr *s, int64_t part, int64_t parts);
int64_t gamlp_csr_chunk(const gamlp_csr *s, int64_t chunk);

#endif
