/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections of a data set. */
#include <stdio.h>
#include <string.h>

#include "dataset/container.h"
#include "gamlp/alloc.h"

enum { BLOCK = 1 << 12 };

/* Values as float32 when that keeps all of them, else as float64. */
static gamlp_element type_of(const gamlp_real *value, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        double back = (float)value[i];
        if (!(back <= (double)value[i] && back >= (double)value[i])) return GAMLP_ELEMENT_FLOAT64;
    }
    return GAMLP_ELEMENT_FLOAT32;
}

static void append_reals(gamlp_container_writer *w, gamlp_element type, const gamlp_real *value,
                         int64_t count) {
    if (gamlp_element_size(type) == (int64_t)sizeof *value) {
        gamlp_container_append(w, value, count);
        return;
    }
    for (int64_t at = 0; at < count; at += BLOCK) {
        float narrow[BLOCK];
        int64_t n = count - at < BLOCK ? count - at : BLOCK;
        for (int64_t i = 0; i < n; i++) narrow[i] = (float)value[at + i];
        gamlp_container_append(w, narrow, n);
    }
}

static gamlp_status put_reals(gamlp_container_writer *w, const char *name, int64_t cols,
                              const gamlp_real *value, int64_t count) {
    gamlp_element type = type_of(value, count);
    gamlp_status status = gamlp_container_begin(w, name, type, cols);
    if (status != GAMLP_OK) return status;
    append_reals(w, type, value, count);
    gamlp_container_end(w);
    return GAMLP_OK;
}

static bool all_ones(const gamlp_real *value, int64_t count) {
    for (int64_t i = 0; value && i < count; i++)
        if (!(value[i] <= 1 && value[i] >= 1)) return false;
    return true;
}

static gamlp_status put_features(gamlp_container_writer *w, const gamlp_dataset *d) {
    const gamlp_csr *a = &d->sparse;
    gamlp_status status = GAMLP_OK;
    if (a->rows > 0) {
        GAMLP_TRY(gamlp_container_put(w, "features.ptr", GAMLP_ELEMENT_INT64, a->ptr, a->rows + 1));
        GAMLP_TRY(gamlp_container_put(w, "features.idx", GAMLP_ELEMENT_INT32, a->idx, a->nnz));
        if (!all_ones(a->val, a->nnz)) GAMLP_TRY(put_reals(w, "features.val", -1, a->val, a->nnz));
    } else if (d->dense.cols > 0 && d->features > 0) {
        GAMLP_TRY(
            put_reals(w, "features.dense", d->features, d->dense.data, d->features * d->nodes));
    }
done:
    return status;
}

static gamlp_status put_class_names(gamlp_container_writer *w, const gamlp_dataset *d) {
    gamlp_status status = gamlp_container_begin(w, "class.names", GAMLP_ELEMENT_BYTE, -1);
    if (status != GAMLP_OK) return status;
    for (int64_t c = 0; c < d->classes; c++)
        gamlp_container_append(w, d->class_name[c], (int64_t)strlen(d->class_name[c]) + 1);
    gamlp_container_end(w);
    return GAMLP_OK;
}

static gamlp_status put_part(gamlp_container_writer *w, const char *prefix, const char *part,
                             const int64_t *node, int64_t count) {
    char name[GAMLP_CONTAINER_NAME];
    snprintf(name, sizeof name, "split.%s%s", prefix, part);
    gamlp_status status = gamlp_container_begin(w, name, GAMLP_ELEMENT_INT32, -1);
    if (status != GAMLP_OK) return status;
    for (int64_t at = 0; at < count; at += BLOCK) {
        int32_t narrow[BLOCK];
        int64_t n = count - at < BLOCK ? count - at : BLOCK;
        for (int64_t i = 0; i < n; i++) {
            if (node[at + i] > INT32_MAX || (at + i > 0 && node[at + i] <= node[at + i - 1]))
                return gamlp_fail(GAMLP_E_DATA, "%s: %s: node %lld is out of order", w->output.path,
                                  name, (long long)node[at + i]);
            narrow[i] = (int32_t)node[at + i];
        }
        gamlp_container_append(w, narrow, n);
    }
    gamlp_container_end(w);
    return GAMLP_OK;
}

static gamlp_status put_split(gamlp_container_writer *w, const char *prefix,
                              const gamlp_split *split) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(put_part(w, prefix, "train", split->train, split->train_count));
    GAMLP_TRY(put_part(w, prefix, "val", split->val, split->val_count));
    GAMLP_TRY(put_part(w, prefix, "test", split->test, split->test_count));
done:
    return status;
}

static gamlp_status put_splits(gamlp_container_writer *w, const gamlp_dataset *d) {
    gamlp_status status = GAMLP_OK;
    if (d->split.rule[0]) GAMLP_TRY(put_split(w, "", &d->split));
    for (int64_t k = 0; k < d->fixed_count; k++) {
        char prefix[GAMLP_CONTAINER_NAME];
        snprintf(prefix, sizeof prefix, "%lld.", (long long)k);
        GAMLP_TRY(put_split(w, prefix, &d->fixed[k]));
    }
done:
    return status;
}

gamlp_status gamlp_container_put_rest(gamlp_container_writer *writer, const gamlp_dataset *d) {
    const int64_t counts[GAMLP_CONTAINER_COUNTS] = {d->nodes,
                                                    d->graph.edges,
                                                    d->features,
                                                    d->classes,
                                                    d->graph.stored_edges,
                                                    d->graph.self_loops,
                                                    d->graph.duplicate_edges,
                                                    d->missing_rows};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(
        gamlp_container_put(writer, "counts", GAMLP_ELEMENT_INT64, counts, GAMLP_CONTAINER_COUNTS));
    GAMLP_TRY(put_features(writer, d));
    if (d->label && d->classes > 0)
        GAMLP_TRY(gamlp_container_put(writer, "label", GAMLP_ELEMENT_INT32, d->label, d->nodes));
    if (d->time)
        GAMLP_TRY(gamlp_container_put(writer, "time", GAMLP_ELEMENT_INT32, d->time, d->nodes));
    if (d->class_name) GAMLP_TRY(put_class_names(writer, d));
    GAMLP_TRY(put_splits(writer, d));
done:
    return status;
}

gamlp_status gamlp_container_write(const char *path, const gamlp_dataset *dataset) {
    const gamlp_csr *a = &dataset->graph.adjacency;
    const gamlp_csr *arcs = &dataset->graph.arcs;
    gamlp_container_writer w;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_container_create(&w, path));
    GAMLP_TRY(gamlp_container_put(&w, "graph.ptr", GAMLP_ELEMENT_INT64, a->ptr, a->rows + 1));
    GAMLP_TRY(gamlp_container_put(&w, "graph.idx", GAMLP_ELEMENT_INT32, a->idx, a->nnz));
    if (arcs->rows) {
        GAMLP_TRY(
            gamlp_container_put(&w, "arcs.ptr", GAMLP_ELEMENT_INT64, arcs->ptr, arcs->rows + 1));
        GAMLP_TRY(gamlp_container_put(&w, "arcs.idx", GAMLP_ELEMENT_INT32, arcs->idx, arcs->nnz));
    }
    GAMLP_TRY(gamlp_container_put_rest(&w, dataset));
    GAMLP_TRY(gamlp_container_put_passport(&w, dataset));
    GAMLP_TRY(gamlp_container_commit(&w));
done:
    gamlp_container_abandon(&w);
    return status;
}
