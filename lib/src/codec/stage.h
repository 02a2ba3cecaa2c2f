/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lossless compression of a block of bytes (adapters of Zstandard and LZ4). */
#ifndef GAMLP_CODEC_STAGE_H
#define GAMLP_CODEC_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/status.h"

/* Working memory of one end, taken when it is first used; zeroed before. */
typedef struct gamlp_zstd {
    void *pack, *unpack;
} gamlp_zstd;

/* `out` has room for `room` bytes.  The bytes written, or -1: they do not fit, or there is no
 * memory. */
int64_t gamlp_zstd_pack(uint8_t *out, int64_t room, gamlp_zstd *work, const uint8_t *in,
                        int64_t size);
int64_t gamlp_lz4_pack(uint8_t *out, int64_t room, const uint8_t *in, int64_t size);

/* Exactly `size` bytes from `packed` ones; false: they are not that. */
bool gamlp_zstd_unpack(uint8_t *out, int64_t size, gamlp_zstd *work, const uint8_t *in,
                       int64_t packed);
bool gamlp_lz4_unpack(uint8_t *out, int64_t size, const uint8_t *in, int64_t packed);

/* Release the working memory and zero the struct; accepts NULL. */
void gamlp_zstd_clear(gamlp_zstd *work);

#endif
