/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hash.h"

#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>
#include <string.h>

_Static_assert(sizeof(crypto_hash_sha256_state) <= GAMLP_HASH_STATE, "hash state too small");

static crypto_hash_sha256_state *state_of(gamlp_hash *hash) {
    return (crypto_hash_sha256_state *)(void *)hash->state;
}

void gamlp_hash_init(gamlp_hash *hash) {
    crypto_hash_sha256_init(state_of(hash));
}

void gamlp_hash_bytes(gamlp_hash *hash, const void *data, size_t size) {
    if (size > 0) crypto_hash_sha256_update(state_of(hash), data, size);
}

void gamlp_hash_int(gamlp_hash *hash, int64_t value) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)((uint64_t)value >> (8 * i));
    gamlp_hash_bytes(hash, bytes, sizeof bytes);
}

void gamlp_hash_text(gamlp_hash *hash, const char *text) {
    size_t size = strlen(text);
    gamlp_hash_int(hash, (int64_t)size);
    gamlp_hash_bytes(hash, text, size);
}

void gamlp_hash_hex(gamlp_hash *hash, char hex[GAMLP_HASH_HEX]) {
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(state_of(hash), digest);
    sodium_bin2hex(hex, GAMLP_HASH_HEX, digest, sizeof digest);
}
