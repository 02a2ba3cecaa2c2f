/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 (nettle, which uses the instructions of the processor for it), and SipHash for tables
 * (libsodium). */
#ifndef GAMLP_CORE_HASH_H
#define GAMLP_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "gamlp/status.h"

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

enum { GAMLP_HASH_KEY = 16 };

/* A key that nobody who wrote our input can know. */
gamlp_status gamlp_hash_key(unsigned char key[GAMLP_HASH_KEY]);

/* SipHash-2-4: without the key, no input can be made whose texts fall on one place of a table. */
uint64_t gamlp_hash_short(const void *data, size_t size, const unsigned char key[GAMLP_HASH_KEY]);

#endif
