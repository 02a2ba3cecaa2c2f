/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first byte: 'B' for the binary form, whose arrays follow, else the text files; then the three
 * files of a split; all as folder.h says. */
#include "dataset/archive.h"
#include "dataset/format.h"
#include "folder.h"
#include "fuzz.h"
#include "gamlp/threads.h"

enum { ARRAYS = 5, TEXTS = 6, FIRST_TEXT = 3 };

static const char *const names[] = {"raw/",
                                    "split/",
                                    "split/time/",
                                    "raw/num-node-list.csv",
                                    "raw/num-edge-list.csv",
                                    "raw/edge.csv",
                                    "raw/node-feat.csv",
                                    "raw/node-label.csv",
                                    "raw/node_year.csv",
                                    "split/time/train.csv",
                                    "split/time/valid.csv",
                                    "split/time/test.csv",
                                    "raw/data.npz",
                                    "raw/node-label.npz",
                                    NULL};

static void put_archive(const char *name, const char *const *entries, int count,
                        const uint8_t **data, size_t *size) {
    gamlp_archive_entry entry[ARRAYS];
    gamlp_bytes bytes = {0};
    int64_t used = 0;
    for (int i = 0; i < count; i++) {
        gamlp_bytes part = fuzz_part(data, size);
        if (part.size > 0) entry[used++] = (gamlp_archive_entry){entries[i], part};
    }
    if (count > 0 && gamlp_archive_write(&bytes, entry, used, name) != GAMLP_OK) bytes.size = 0;
    fuzz_put(name, bytes);
    gamlp_bytes_clear(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const arrays[ARRAYS] = {"edge_index.npy", "node_feat.npy",
                                               "num_nodes_list.npy", "num_edges_list.npy",
                                               "node_year.npy"};
    static const char *const labels[] = {"node_label.npy"};
    const char *folder = fuzz_folder(names);
    if (size == 0) return 0;
    gamlp_threads_set(1);
    bool binary = *data++ == 'B';
    size--;
    put_archive("raw/data.npz", arrays, binary ? ARRAYS : 0, &data, &size);
    put_archive("raw/node-label.npz", labels, binary ? 1 : 0, &data, &size);
    for (int i = 0; i < TEXTS + 3; i++)
        if (!binary || i >= TEXTS) fuzz_put(names[FIRST_TEXT + i], fuzz_part(&data, &size));
    gamlp_dataset d;
    if (gamlp_ogb_read(&d, folder) != GAMLP_OK) return 0;
    if (gamlp_dataset_check(&d) == GAMLP_OK) gamlp_dataset_fingerprint(&d);
    gamlp_dataset_clear(&d);
    return 0;
}
