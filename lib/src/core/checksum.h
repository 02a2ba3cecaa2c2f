/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XXH3-64 (xxHash): finds accidents, not forgeries. */
#ifndef GAMLP_CORE_CHECKSUM_H
#define GAMLP_CORE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

enum { GAMLP_CHECKSUM_STATE = 640 };

/* Running checksum; a plain value. */
typedef struct gamlp_checksum {
    _Alignas(64) unsigned char state[GAMLP_CHECKSUM_STATE];
} gamlp_checksum;

void gamlp_checksum_init(gamlp_checksum *checksum);
void gamlp_checksum_bytes(gamlp_checksum *checksum, const void *data, size_t size);
uint64_t gamlp_checksum_value(const gamlp_checksum *checksum);

/* Of `size` bytes at once. */
uint64_t gamlp_checksum_of(const void *data, size_t size);

#endif
