/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/gnnbench.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gamlp_dataset dataset;
    if (gamlp_gnnbench_parse(&dataset, data, size, "input") != GAMLP_OK) return 0;
    if (gamlp_dataset_split_random(&dataset, 1, 1, 1, 0) == GAMLP_OK &&
        gamlp_dataset_check(&dataset) == GAMLP_OK)
        gamlp_dataset_fingerprint(&dataset);
    gamlp_dataset_clear(&dataset);
    return 0;
}
