/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input is the table of nodes, a byte 30, the table of edges; then, if anything is left behind
 * another byte 30, the masks of all splits as npy arrays behind their lengths. */
#include <stdio.h>

#include "dataset/format.h"
#include "fuzz.h"
#include "fuzz_folder.h"

enum { SPLITS = 10 };

static void write_splits(const uint8_t *data, size_t size) {
    static const char *const names[] = {"train_mask.npy", "val_mask.npy", "test_mask.npy", NULL};
    gamlp_bytes bytes;
    if (fuzz_npz(&bytes, names, &data, &size) != GAMLP_OK) return;
    for (int k = 0; k < SPLITS; k++) {
        char name[64];
        snprintf(name, sizeof name, "x_split_0.6_0.2_%d.npz", k);
        fuzz_write(name, bytes.data, bytes.size);
    }
    gamlp_bytes_clear(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_piece nodes = fuzz_text(&data, &size), edges = fuzz_text(&data, &size);
    gamlp_dataset dataset;
    fuzz_write("out1_node_feature_label.txt", nodes.data, nodes.size);
    fuzz_write("out1_graph_edges.txt", edges.data, edges.size);
    remove(fuzz_path("x_split_0.6_0.2_0.npz"));
    if (size > 0) write_splits(data, size);
    if (gamlp_format_geomgcn.read(&dataset, fuzz_folder()) == GAMLP_OK) fuzz_finish(&dataset);
    return 0;
}
