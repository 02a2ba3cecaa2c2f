/* SPDX-License-Identifier: GPL-2.0-or-later */
/* npz files being made, array by array. */
#ifndef GAMLP_DATASET_NPZ_WRITE_H
#define GAMLP_DATASET_NPZ_WRITE_H

#include "core/file.h"
#include "dataset/archive.h"
#include "gamlp/dataset.h"

enum { GAMLP_NPZ_ENTRIES = 16 };

/* Zeroed: no array.  gamlp_npz_writer_clear() releases it. */
typedef struct gamlp_npz_writer {
    gamlp_archive_entry entry[GAMLP_NPZ_ENTRIES];
    char name[GAMLP_NPZ_ENTRIES][32];
    int64_t count;
} gamlp_npz_writer;

/* An array of `rows` elements (cols < 0; both: a single one) or rows x cols, of `item` bytes each;
 * `type` as "<f4"; `name` without ".npy". */
gamlp_status gamlp_npz_put(gamlp_npz_writer *w, const char *name, const char *type, int64_t rows,
                           int64_t cols, const void *data, size_t item);

/* PREFIXdata, PREFIXindices, PREFIXindptr and PREFIXshape; a pattern gets ones. */
gamlp_status gamlp_npz_put_csr(gamlp_npz_writer *w, const char *prefix, const gamlp_csr *a);

/* format: "csr", by which scipy.sparse.load_npz() knows what the arrays are. */
gamlp_status gamlp_npz_put_format(gamlp_npz_writer *w);

/* The names of the classes as texts, class_names; where there are none but no node has the last
 * class, which the labels then do not show, "0", "1", ...; else nothing. */
gamlp_status gamlp_npz_put_classes(gamlp_npz_writer *w, const gamlp_dataset *dataset);

/* Whether the labels show how many classes there are. */
bool gamlp_dataset_labels_show(const gamlp_dataset *dataset);

/* idx_train, idx_val and idx_test, unless the split is empty. */
gamlp_status gamlp_npz_put_split(gamlp_npz_writer *w, const gamlp_split *split);

/* numpy's name for gamlp_real. */
const char *gamlp_npz_real(void);

/* The archive.  Ownership passes to the caller: gamlp_bytes_clear(). */
gamlp_status gamlp_npz_finish(gamlp_bytes *bytes, const gamlp_npz_writer *w, const char *what);
void gamlp_npz_writer_clear(gamlp_npz_writer *w);

#endif
