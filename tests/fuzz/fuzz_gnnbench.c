/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input is an npz, or (not beginning with "PK") its arrays, each behind
 * its length in four bytes, least first: so that the fuzzer need not find
 * checksums. */
#include <string.h>

#include "dataset/archive.h"
#include "dataset/gnnbench.h"
#include "fuzz.h"

enum { ENTRIES = 13 };

static const char *const names[ENTRIES] = {
    "adj_data.npy",     "adj_indices.npy", "adj_indptr.npy", "adj_shape.npy", "attr_data.npy",
    "attr_indices.npy", "attr_indptr.npy", "attr_shape.npy", "labels.npy",    "class_names.npy",
    "attr_matrix.npy",  "idx_train.npy",   "idx_val.npy"};

static void parse(const void *data, size_t size) {
    gamlp_dataset dataset;
    if (gamlp_gnnbench_parse(&dataset, data, size, "input") != GAMLP_OK) return;
    if (gamlp_dataset_split_random(&dataset, 1, 1, 1, 0) == GAMLP_OK &&
        gamlp_dataset_check(&dataset) == GAMLP_OK)
        gamlp_dataset_fingerprint(&dataset);
    gamlp_dataset_clear(&dataset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static unsigned char copy[1 << 20];
    if (size > sizeof copy) return 0;
    if (size < 2 || memcmp(data, "PK", 2) == 0) {
        parse(data, size);
        return 0;
    }
    memcpy(copy, data, size);
    gamlp_archive_entry entry[ENTRIES];
    int64_t count = 0;
    size_t at = 0;
    for (int i = 0; i < ENTRIES && at < size; i++) {
        size_t length = 0;
        for (int b = 0; b < 4 && at < size; b++) length |= (size_t)copy[at++] << (8 * b);
        if (length > size - at) length = size - at;
        if (length > 0) entry[count++] = (gamlp_archive_entry){names[i], {copy + at, length}};
        at += length;
    }
    gamlp_bytes bytes;
    if (gamlp_archive_write(&bytes, entry, count, "input") != GAMLP_OK) return 0;
    parse(bytes.data, bytes.size);
    gamlp_bytes_clear(&bytes);
    return 0;
}
