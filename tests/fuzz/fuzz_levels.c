/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bits, levels and elements in the first three bytes, then packed numbers: whatever is unpacked and
 * decoded is in the level set, and goes back to the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "gamlp/levels.h"

enum { MOST = 1 << 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint16_t index[MOST], again[MOST];
    static uint8_t bytes[2 * MOST];
    static gamlp_real value[MOST];
    if (size < 4) return 0;
    int bits = data[0] % 18;
    int64_t levels_count = data[1] | data[2] << 8, count = 16 * data[3];
    if (count > MOST) count = MOST;
    if (gamlp_unpack(index, count, bits, data + 4, (int64_t)size - 4) != GAMLP_OK) return 0;
    if (gamlp_pack(bytes, index, count, bits) != GAMLP_OK) abort();
    if (memcmp(bytes, data + 4, size - 4) != 0) abort();
    gamlp_levels levels;
    if (gamlp_levels_uniform(&levels, -1, 3, levels_count) != GAMLP_OK) return 0;
    gamlp_dense x = {count, 1, value, true};
    if (gamlp_levels_decode(&x, &levels, index) != GAMLP_OK) return 0;
    if (gamlp_levels_encode(again, &levels, &x) != GAMLP_OK) abort();
    if (memcmp(again, index, (size_t)count * sizeof *index) != 0) abort();
    return 0;
}
