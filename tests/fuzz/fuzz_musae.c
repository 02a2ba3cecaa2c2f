/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The three files, as folder.h says. */
#include "dataset/format.h"
#include "folder.h"
#include "fuzz.h"
#include "gamlp/threads.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"target.csv", "features.json", "edges.csv", NULL};
    const char *folder = fuzz_folder(names);
    gamlp_threads_set(1);
    for (int i = 0; names[i]; i++) fuzz_put(names[i], fuzz_part(&data, &size));
    gamlp_dataset d;
    if (gamlp_musae_read(&d, folder) != GAMLP_OK) return 0;
    if (gamlp_dataset_split_random(&d, 1, 1, 1, 0) == GAMLP_OK &&
        gamlp_dataset_check(&d) == GAMLP_OK)
        gamlp_dataset_fingerprint(&d);
    gamlp_dataset_clear(&d);
    return 0;
}
