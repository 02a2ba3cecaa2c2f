/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The four files, as folder.h says. */
#include "dataset/format.h"
#include "folder.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                        "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", NULL};
    const char *folder = fuzz_folder(names);
    for (int i = 0; names[i]; i++) fuzz_put(names[i], fuzz_part(&data, &size));
    gamlp_dataset d;
    if (gamlp_idx_read(&d, folder) != GAMLP_OK) return 0;
    if (gamlp_dataset_check(&d) == GAMLP_OK) gamlp_dataset_fingerprint(&d);
    gamlp_dataset_clear(&d);
    return 0;
}
