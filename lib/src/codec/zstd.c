/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The only file that includes Zstandard's header. */
#include <zstd.h>

#include "codec/stage.h"

/* Level 1 is within a few per cent of level 3 on differences of indices, at half the time. */
enum { LEVEL = 1 };

int64_t gamlp_zstd_pack(uint8_t *out, int64_t room, gamlp_zstd *work, const uint8_t *in,
                        int64_t size) {
    if (!work->pack) work->pack = ZSTD_createCCtx();
    if (!work->pack) return -1;
    size_t packed = ZSTD_compressCCtx(work->pack, out, (size_t)room, in, (size_t)size, LEVEL);
    return ZSTD_isError(packed) ? -1 : (int64_t)packed;
}

bool gamlp_zstd_unpack(uint8_t *out, int64_t size, gamlp_zstd *work, const uint8_t *in,
                       int64_t packed) {
    if (!work->unpack) work->unpack = ZSTD_createDCtx();
    if (!work->unpack) return false;
    size_t got = ZSTD_decompressDCtx(work->unpack, out, (size_t)size, in, (size_t)packed);
    return !ZSTD_isError(got) && got == (size_t)size;
}

void gamlp_zstd_clear(gamlp_zstd *work) {
    if (!work) return;
    ZSTD_freeCCtx(work->pack);
    ZSTD_freeDCtx(work->unpack);
    *work = (gamlp_zstd){0};
}
