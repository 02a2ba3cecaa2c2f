/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input is a number of nodes in one byte, then an npz, or (not beginning with "PK") its arrays,
 * each behind its length in four bytes, least first. */
#include <string.h>

#include "dataset/split.h"
#include "fuzz.h"
#include "fuzz_folder.h"

static const char *const names[] = {"train_mask.npy",
                                    "val_mask.npy",
                                    "test_mask.npy",
                                    "idx_train.npy",
                                    "idx_val.npy",
                                    "idx_test.npy",
                                    NULL};

static void parse(const void *data, size_t size, int64_t nodes) {
    gamlp_split split;
    if (gamlp_split_parse_npz(&split, data, size, "input", nodes) == GAMLP_OK)
        gamlp_split_clear(&split);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gamlp_bytes bytes;
    if (size < 1) return 0;
    int64_t nodes = *data++;
    size--;
    if (size < 2 || memcmp(data, "PK", 2) == 0) {
        parse(data, size, nodes);
    } else if (fuzz_npz(&bytes, names, &data, &size) == GAMLP_OK) {
        parse(bytes.data, bytes.size, nodes);
        gamlp_bytes_clear(&bytes);
    }
    return 0;
}
