/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/npy.h"
#include "dataset/scipy.h"
#include "dataset/table_features.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gamlp_array array;
    if (gamlp_npy_parse(&array, data, size, "input") != GAMLP_OK) return 0;
    gamlp_dense dense;
    if (gamlp_array_features(&dense, &array, "input") == GAMLP_OK) gamlp_dense_clear(&dense);
    if (gamlp_array_expect_ints(&array, array.dims, "input") != GAMLP_OK) return 0;
    int64_t value[GAMLP_ARRAY_BLOCK];
    for (int64_t at = 0; at + GAMLP_ARRAY_BLOCK <= array.count; at += GAMLP_ARRAY_BLOCK)
        gamlp_array_ints(&array, at, GAMLP_ARRAY_BLOCK, value);
    return 0;
}
