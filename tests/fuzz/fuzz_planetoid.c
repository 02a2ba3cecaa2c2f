/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input is the eight parts, each behind its length in four bytes, least first. */
#include <string.h>

#include "dataset/planetoid.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gamlp_planetoid_files files = {0};
    static unsigned char copy[1 << 20];
    if (size > sizeof copy) return 0;
    if (size > 0) memcpy(copy, data, size);
    size_t at = 0;
    for (int i = 0; i < GAMLP_PLANETOID_PARTS; i++) {
        size_t length = 0;
        for (int b = 0; b < 4 && at < size; b++) length |= (size_t)copy[at++] << (8 * b);
        if (length > size - at) length = size - at;
        files.bytes[i] = (gamlp_bytes){copy + at, length};
        files.name[i] = gamlp_planetoid_ending(i);
        at += length;
    }
    gamlp_dataset dataset;
    if (gamlp_planetoid_parse(&dataset, &files) != GAMLP_OK) return 0;
    if (gamlp_dataset_check(&dataset) == GAMLP_OK) gamlp_dataset_fingerprint(&dataset);
    gamlp_dataset_clear(&dataset);
    return 0;
}
