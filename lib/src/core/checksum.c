/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The only file that includes xxHash's header. */
#define XXH_STATIC_LINKING_ONLY /* the size of a state */
#include "core/checksum.h"

#include <xxhash.h>

_Static_assert(sizeof(XXH3_state_t) <= GAMLP_CHECKSUM_STATE, "checksum state too small");

void gamlp_checksum_init(gamlp_checksum *checksum) {
    XXH3_64bits_reset((XXH3_state_t *)(void *)checksum->state);
}

void gamlp_checksum_bytes(gamlp_checksum *checksum, const void *data, size_t size) {
    if (size > 0) XXH3_64bits_update((XXH3_state_t *)(void *)checksum->state, data, size);
}

uint64_t gamlp_checksum_value(const gamlp_checksum *checksum) {
    return XXH3_64bits_digest((const XXH3_state_t *)(const void *)checksum->state);
}

uint64_t gamlp_checksum_of(const void *data, size_t size) {
    return XXH3_64bits(size > 0 ? data : "", size);
}
