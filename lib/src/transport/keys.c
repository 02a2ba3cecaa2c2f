/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transport/keys.h"

#include <string.h>

#include "gamlp/alloc.h"

/* Z85 of RFC 32/Z85 (ZeroMQ). */
bool gamlp_key_check(const char *text) {
    static const char digit[] = "0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
    size_t size = strnlen(text, GAMLP_KEY);
    return size == GAMLP_KEY - 1 && strspn(text, digit) == size;
}

gamlp_status gamlp_keyring_add(gamlp_keyring *ring, const char *public_key) {
    enum { MOST = 1 << 16 };
    if (!gamlp_key_check(public_key))
        return gamlp_fail(GAMLP_E_CONFIG, "a public key has other than 40 characters of Z85");
    if (gamlp_keyring_has(ring, public_key)) return GAMLP_OK;
    if (ring->count == MOST) return gamlp_fail(GAMLP_E_CONFIG, "more than %d public keys", MOST);
    gamlp_status status =
        gamlp_grow(&ring->key, ring->count, ring->count + 1, sizeof *ring->key, "public keys");
    if (status == GAMLP_OK) memcpy(ring->key[ring->count++], public_key, GAMLP_KEY);
    return status;
}

bool gamlp_keyring_has(const gamlp_keyring *ring, const char *public_key) {
    bool found = false;
    if (!gamlp_key_check(public_key)) return false;
    for (int64_t i = 0; i < ring->count; i++) {
        unsigned differs = 0;
        for (int c = 0; c < GAMLP_KEY; c++) differs |= (unsigned)(ring->key[i][c] ^ public_key[c]);
        found |= differs == 0;
    }
    return found;
}

void gamlp_keyring_clear(gamlp_keyring *ring) {
    if (!ring) return;
    gamlp_free(ring->key);
    *ring = (gamlp_keyring){0};
}
