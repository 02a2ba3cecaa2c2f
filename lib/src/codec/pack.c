/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers of a few bits in bytes.  Eight of them fill as many bytes as a number has bits. */
#include "gamlp/levels.h"

int64_t gamlp_packed_size(int64_t count, int bits) {
    return count / 8 * bits + (count % 8 * bits + 7) / 8;
}

static gamlp_status check_bits(int64_t count, int bits) {
    if (bits < 1 || bits > 16)
        return gamlp_fail(GAMLP_E_USAGE, "numbers of %d bits, expected 1 to 16", bits);
    if (count < 0 || count > INT64_MAX / 16)
        return gamlp_fail(GAMLP_E_USAGE, "%lld packed numbers", (long long)count);
    return GAMLP_OK;
}

gamlp_status gamlp_pack(uint8_t *bytes, const uint16_t *index, int64_t count, int bits) {
    gamlp_status status = check_bits(count, bits);
    if (status != GAMLP_OK) return status;
    uint32_t held = 0, filled = 0, most = 0;
    for (int64_t i = 0; i < count; i++) {
        most |= index[i];
        held |= (uint32_t)index[i] << filled;
        filled += (uint32_t)bits;
        for (; filled >= 8; filled -= 8, held >>= 8) *bytes++ = (uint8_t)held;
    }
    if (filled > 0) *bytes = (uint8_t)held;
    if (most >> bits)
        return gamlp_fail(GAMLP_E_USAGE, "a number to be packed needs more than %d bits", bits);
    return GAMLP_OK;
}

gamlp_status gamlp_unpack(uint16_t *index, int64_t count, int bits, const uint8_t *bytes,
                          int64_t size) {
    gamlp_status status = check_bits(count, bits);
    if (status != GAMLP_OK) return status;
    if (size != gamlp_packed_size(count, bits))
        return gamlp_fail(
            GAMLP_E_DATA, "%lld numbers of %d bits in %lld bytes, expected %lld bytes",
            (long long)count, bits, (long long)size, (long long)gamlp_packed_size(count, bits));
    uint32_t held = 0, filled = 0, mask = ((uint32_t)1 << bits) - 1;
    for (int64_t i = 0; i < count; i++) {
        for (; filled < (uint32_t)bits; filled += 8) held |= (uint32_t)*bytes++ << filled;
        index[i] = (uint16_t)(held & mask);
        held >>= bits;
        filled -= (uint32_t)bits;
    }
    if (held != 0)
        return gamlp_fail(GAMLP_E_DATA, "bits after the last of %lld packed numbers are not 0",
                          (long long)count);
    return GAMLP_OK;
}
