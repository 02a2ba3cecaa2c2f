/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input is an npz, or (not beginning with "PK") its arrays, each behind its length in four
 * bytes, least first. */
#include <string.h>

#include "dataset/heterophilous.h"
#include "fuzz.h"
#include "fuzz_folder.h"

static const char *const names[] = {"edges.npy",
                                    "node_features.npy",
                                    "node_labels.npy",
                                    "train_masks.npy",
                                    "val_masks.npy",
                                    "test_masks.npy",
                                    NULL};

static void parse(const void *data, size_t size) {
    gamlp_dataset dataset;
    if (gamlp_heterophilous_parse(&dataset, data, size, "input") == GAMLP_OK) fuzz_finish(&dataset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gamlp_bytes bytes;
    if (size < 2 || memcmp(data, "PK", 2) == 0) {
        parse(data, size);
    } else if (fuzz_npz(&bytes, names, &data, &size) == GAMLP_OK) {
        parse(bytes.data, bytes.size);
        gamlp_bytes_clear(&bytes);
    }
    return 0;
}
