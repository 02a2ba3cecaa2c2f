/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writer of the gnn-benchmark layout.  The split, which that layout lacks, is
 * added as idx_train, idx_val, idx_test. */
#include "core/file.h"
#include "dataset/archive.h"
#include "dataset/npy.h"
#include "gamlp/alloc.h"
#include "gamlp/dataset.h"

enum { ENTRIES = 16 };

typedef struct writer {
    gamlp_archive_entry entry[ENTRIES];
    int64_t count;
} writer;

static gamlp_status add(writer *w, const char *name, const char *type, int64_t rows, int64_t cols,
                        const void *data, size_t item) {
    const int64_t shape[2] = {rows, cols};
    gamlp_archive_entry *entry = &w->entry[w->count];
    entry->name = name;
    gamlp_status status = gamlp_npy_write(&entry->bytes, type, shape, cols < 0 ? 1 : 2, data, item);
    if (status == GAMLP_OK) w->count++;
    return status;
}

static gamlp_status add_vector(writer *w, const char *name, const char *type, int64_t count,
                               const void *data, size_t item) {
    return add(w, name, type, count, -1, data, item);
}

static const char *real_type(void) {
    return sizeof(gamlp_real) == 4 ? "<f4" : "<f8";
}

/* The values of a pattern: ones. */
static gamlp_status add_ones(writer *w, const char *name, int64_t count) {
    float *one;
    gamlp_status status = gamlp_new_raw(&one, count, sizeof *one, "sparse values");
    if (status != GAMLP_OK) return status;
    for (int64_t k = 0; k < count; k++) one[k] = 1;
    status = add_vector(w, name, "<f4", count, one, sizeof *one);
    gamlp_free(one);
    return status;
}

/* Names: data, indices, indptr, shape. */
static gamlp_status add_csr(writer *w, const char *const names[4], const gamlp_csr *a) {
    const int64_t shape[2] = {a->rows, a->cols};
    gamlp_status status = GAMLP_OK;
    if (a->val)
        GAMLP_TRY(add_vector(w, names[0], real_type(), a->nnz, a->val, sizeof *a->val));
    else
        GAMLP_TRY(add_ones(w, names[0], a->nnz));
    GAMLP_TRY(add_vector(w, names[1], "<i4", a->nnz, a->idx, sizeof *a->idx));
    GAMLP_TRY(add_vector(w, names[2], "<i8", a->rows + 1, a->ptr, sizeof *a->ptr));
    GAMLP_TRY(add_vector(w, names[3], "<i8", 2, shape, sizeof shape[0]));
done:
    return status;
}

static gamlp_status add_split(writer *w, const gamlp_split *split) {
    gamlp_status status = GAMLP_OK;
    if (split->train_count == 0) return status;
    GAMLP_TRY(add_vector(w, "idx_train.npy", "<i8", split->train_count, split->train, 8));
    GAMLP_TRY(add_vector(w, "idx_val.npy", "<i8", split->val_count, split->val, 8));
    GAMLP_TRY(add_vector(w, "idx_test.npy", "<i8", split->test_count, split->test, 8));
done:
    return status;
}

static gamlp_status add_all(writer *w, const gamlp_dataset *d) {
    static const char *const adjacency[] = {"adj_data.npy", "adj_indices.npy", "adj_indptr.npy",
                                            "adj_shape.npy"};
    static const char *const features[] = {"attr_data.npy", "attr_indices.npy", "attr_indptr.npy",
                                           "attr_shape.npy"};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(add_csr(w, adjacency, &d->graph.adjacency));
    if (d->sparse.rows)
        GAMLP_TRY(add_csr(w, features, &d->sparse));
    else /* column-major features x nodes is row-major nodes x features */
        GAMLP_TRY(add(w, "attr_matrix.npy", real_type(), d->nodes, d->features, d->dense.data,
                      sizeof *d->dense.data));
    GAMLP_TRY(add_vector(w, "labels.npy", "<i4", d->nodes, d->label, sizeof *d->label));
    GAMLP_TRY(add_split(w, &d->split));
done:
    return status;
}

gamlp_status gamlp_gnnbench_write(const char *path, const gamlp_dataset *dataset) {
    writer w = {0};
    gamlp_bytes bytes = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(add_all(&w, dataset));
    GAMLP_TRY(gamlp_archive_write(&bytes, w.entry, w.count, path));
    GAMLP_TRY(gamlp_file_write(path, bytes.data, bytes.size));
done:
    gamlp_bytes_clear(&bytes);
    for (int64_t i = 0; i < w.count; i++) gamlp_bytes_clear(&w.entry[i].bytes);
    return status;
}
