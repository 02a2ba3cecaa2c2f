/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream of matrices as bytes, and back to the very same bits.
 *
 * A matrix whose elements are all of a level set goes as their numbers, any other as it is stored.
 * Iterates converge: with a lossless stage a matrix goes as its difference to the one before, in
 * planes of bytes, compressed; most of these are zero.  Both ends keep the matrix before.
 * docs/protocol.md has the form of the bytes. */
#ifndef GAMLP_CODEC_CODER_H
#define GAMLP_CODEC_CODER_H

#include <stdint.h>

#include "gamlp/dense.h"
#include "gamlp/levels.h"

typedef enum gamlp_stage {
    GAMLP_STAGE_NONE,
    GAMLP_STAGE_ZSTD,
    GAMLP_STAGE_LZ4,
    GAMLP_STAGE_AUTO /* what was the smallest lately; none if that saves next to nothing */
} gamlp_stage;

/* One direction of one kind of matrix.  Each end of the stream has one. */
typedef struct gamlp_coder gamlp_coder;

/* For matrices of up to rows x cols elements.  All memory is taken here, but for Zstandard's own.
 * Ownership passes to the caller. */
gamlp_status gamlp_coder_new(gamlp_coder **coder, int64_t rows, int64_t cols, gamlp_stage stage);
void gamlp_coder_free(gamlp_coder *coder);

/* The most bytes that a matrix takes. */
int64_t gamlp_coder_bound(const gamlp_coder *coder);

/* Forget the matrix before: the next one goes by itself.  At both ends, at a new generation. */
void gamlp_coder_reset(gamlp_coder *coder);

/* *size bytes for `a`.  With uniform `levels` (may be NULL) an `a` of levels only goes as their
 * numbers.  GAMLP_E_USAGE for a matrix that is larger than the coder. */
gamlp_status gamlp_coder_encode(uint8_t *bytes, int64_t *size, gamlp_coder *coder,
                                const gamlp_dense *a, const gamlp_levels *levels);

/* The head of an `a` that goes as it is stored, because nothing else was asked for: *size bytes,
 * after which its elements follow, or 0: gamlp_coder_encode() is due.  Once they are on their way,
 * gamlp_coder_accept() does the rest. */
gamlp_status gamlp_coder_head(uint8_t *bytes, int64_t *size, const gamlp_coder *coder,
                              const gamlp_dense *a, const gamlp_levels *levels);

/* Fill `a`, whose shape must be that which was sent.  GAMLP_E_DATA names what is wrong; `a` and the
 * coder are then undefined until a reset. */
gamlp_status gamlp_coder_decode(gamlp_dense *a, gamlp_coder *coder, const uint8_t *bytes,
                                int64_t size);

/* For bytes that do not lie in one place: of a matrix of `size` bytes, of which the first 36 or all
 * are given, *offset is where its elements begin if they go as they are stored, else 0.  Once they
 * are in `a`, gamlp_coder_accept() does the rest. */
gamlp_status gamlp_coder_look(int64_t *offset, const gamlp_coder *coder, const gamlp_dense *a,
                              const uint8_t *bytes, int64_t size);
void gamlp_coder_accept(gamlp_coder *coder, const gamlp_dense *a);

#endif
