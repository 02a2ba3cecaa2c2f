/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The only file that includes LZ4's header. */
#include <limits.h>
#include <lz4.h>

#include "codec/stage.h"

static int limited(int64_t bytes) {
    return bytes > INT_MAX ? INT_MAX : (int)bytes;
}

int64_t gamlp_lz4_pack(uint8_t *out, int64_t room, const uint8_t *in, int64_t size) {
    if (size > LZ4_MAX_INPUT_SIZE) return -1;
    int packed = LZ4_compress_default((const char *)in, (char *)out, (int)size, limited(room));
    return packed > 0 ? packed : -1;
}

bool gamlp_lz4_unpack(uint8_t *out, int64_t size, const uint8_t *in, int64_t packed) {
    if (size > LZ4_MAX_INPUT_SIZE || packed > INT_MAX) return false;
    return LZ4_decompress_safe((const char *)in, (char *)out, (int)packed, (int)size) == size;
}
