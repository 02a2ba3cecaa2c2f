/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 (nettle, which uses the instructions of the processor for it). */
#ifndef GAMLP_CORE_HASH_H
#define GAMLP_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { GAMLP_HASH_STATE = 128, GAMLP_HASH_HEX = 65 };

/* Running hash; a plain value. */
typedef struct gamlp_hash {
    _Alignas(16) unsigned char state[GAMLP_HASH_STATE];
} gamlp_hash;

void gamlp_hash_init(gamlp_hash *hash);
void gamlp_hash_bytes(gamlp_hash *hash, const void *data, size_t size);
/* Integers and texts in a portable form: 8 bytes little-endian; length then bytes. */
void gamlp_hash_int(gamlp_hash *hash, int64_t value);
void gamlp_hash_text(gamlp_hash *hash, const char *text);
/* Lower-case hexadecimal digest with a NUL. */
void gamlp_hash_hex(gamlp_hash *hash, char hex[GAMLP_HASH_HEX]);

#endif
