/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The only file that includes ISA-L's header of cyclic redundancy checks. */
#include "core/crc.h"

#include <isa-l/crc.h>
#include <string.h>

/* ISA-L counts in int and leaves both inversions to its caller. */
uint32_t gamlp_crc32c(uint32_t crc, const void *data, size_t size) {
    enum { PIECE = 1 << 30 };
    unsigned char *at = (unsigned char *)(uintptr_t)data;
    crc = ~crc;
    for (; size > PIECE; size -= PIECE, at += PIECE) crc = crc32_iscsi(at, PIECE, crc);
    if (size > 0) crc = crc32_iscsi(at, (int)size, crc);
    return ~crc;
}

/* Piece by piece: what was read for the sum is copied from the first cache.  Up to 2 KiB GCC makes
 * memcpy() a string instruction, which need not read what it overwrites: both together then cost no
 * more than a copy of all at once; larger pieces half as much again. */
uint32_t gamlp_crc32c_copy(void *to, uint32_t crc, const void *data, size_t size) {
    enum { PIECE = 1 << 11 };
    unsigned char *out = to;
    const unsigned char *at = data;
    for (size_t part; size > 0; size -= part, at += part, out += part) {
        part = size < PIECE ? size : PIECE;
        crc = gamlp_crc32c(crc, at, part);
        memcpy(out, at, part);
    }
    return crc;
}
