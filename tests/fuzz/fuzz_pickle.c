/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/pickle.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gamlp_pickle *pickle;
    if (gamlp_pickle_parse(&pickle, data, size, "input") != GAMLP_OK) return 0;
    const gamlp_pickle_value *root = gamlp_pickle_root(pickle), *item;
    gamlp_scipy_csr csr;
    gamlp_csr features;
    if (gamlp_pickle_csr(&csr, pickle, root) == GAMLP_OK &&
        gamlp_scipy_features(&features, &csr, "row", "input") == GAMLP_OK)
        gamlp_csr_clear(&features);
    gamlp_array array;
    double value[GAMLP_ARRAY_BLOCK];
    if (gamlp_pickle_array(&array, pickle, root) == GAMLP_OK &&
        gamlp_array_expect_reals(&array, array.dims, "input") == GAMLP_OK)
        gamlp_array_reals(&array, 0, array.count < GAMLP_ARRAY_BLOCK ? array.count : 1, value);
    gamlp_pickle_walk walk = gamlp_pickle_walk_init(pickle, root);
    while ((item = gamlp_pickle_walk_step(pickle, &walk)) != NULL)
        gamlp_pickle_at(pickle, item, gamlp_pickle_length(pickle, item) - 1);
    gamlp_pickle_free(pickle);
    return 0;
}
