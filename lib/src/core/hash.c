/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hash.h"

#include <nettle/sha2.h>
#include <string.h>

_Static_assert(sizeof(struct sha256_ctx) <= GAMLP_HASH_STATE, "hash state too small");

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
