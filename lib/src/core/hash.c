/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _DEFAULT_SOURCE
#include "core/hash.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <sodium/crypto_shorthash.h>
#include <string.h>
#include <unistd.h>

_Static_assert(sizeof(struct sha256_ctx) <= GAMLP_HASH_STATE, "hash state too small");
_Static_assert(crypto_shorthash_KEYBYTES == GAMLP_HASH_KEY, "size of a key");
_Static_assert(crypto_shorthash_BYTES == sizeof(uint64_t), "size of a hash");

static struct sha256_ctx *state_of(gamlp_hash *hash) {
    return (struct sha256_ctx *)(void *)hash->state;
}

void gamlp_hash_init(gamlp_hash *hash) {
    sha256_init(state_of(hash));
}

void gamlp_hash_bytes(gamlp_hash *hash, const void *data, size_t size) {
    if (size > 0) sha256_update(state_of(hash), size, data);
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
    static const char digit[] = "0123456789abcdef";
    unsigned char digest[SHA256_DIGEST_SIZE];
    sha256_digest(state_of(hash), sizeof digest, digest);
    for (int i = 0; i < SHA256_DIGEST_SIZE; i++) {
        hex[2 * i] = digit[digest[i] >> 4];
        hex[2 * i + 1] = digit[digest[i] & 15];
    }
    hex[2 * SHA256_DIGEST_SIZE] = 0;
}

gamlp_status gamlp_hash_key(unsigned char key[GAMLP_HASH_KEY]) {
    if (getentropy(key, GAMLP_HASH_KEY) != 0)
        return gamlp_fail(GAMLP_E_INTERNAL, "no random bytes for a table: %s", strerror(errno));
    return GAMLP_OK;
}

uint64_t gamlp_hash_short(const void *data, size_t size, const unsigned char key[GAMLP_HASH_KEY]) {
    uint64_t hash = 0;
    unsigned char bytes[sizeof hash];
    crypto_shorthash(bytes, data, size, key);
    for (size_t i = 0; i < sizeof hash; i++) hash |= (uint64_t)bytes[i] << (8 * i);
    return hash;
}
