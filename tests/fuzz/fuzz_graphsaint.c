/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input is class_map.json, role.json, feats.npy and the arrays of adj_full.npz, each behind its
 * length in four bytes, least first. */
#include "dataset/format.h"
#include "fuzz.h"
#include "fuzz_folder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const files[] = {"class_map.json", "role.json", "feats.npy"};
    static const char *const names[] = {"indptr.npy", "indices.npy", "data.npy",
                                        "shape.npy",  "format.npy",  NULL};
    gamlp_bytes bytes;
    gamlp_dataset dataset;
    for (int i = 0; i < 3; i++) {
        fuzz_piece part = fuzz_part(&data, &size);
        fuzz_write(files[i], part.data, part.size);
    }
    if (fuzz_npz(&bytes, names, &data, &size) != GAMLP_OK) return 0;
    fuzz_write("adj_full.npz", bytes.data, bytes.size);
    gamlp_bytes_clear(&bytes);
    if (gamlp_format_graphsaint.read(&dataset, fuzz_folder()) == GAMLP_OK) fuzz_finish(&dataset);
    return 0;
}
