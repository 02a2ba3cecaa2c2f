/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "core/text.h"
#include "dataset/format.h"
#include "dataset/npz.h"
#include "dataset/ogb.h"
#include "dataset/table_features.h"
#include "gamlp/alloc.h"
#include "graph/edges.h"

/* An archive of the folder with the bytes that it lives in. */
typedef struct source {
    gamlp_bytes bytes;
    gamlp_npz npz;
    char *path;
} source;

static void source_clear(source *s) {
    gamlp_npz_clear(&s->npz);
    gamlp_bytes_clear(&s->bytes);
    gamlp_free(s->path);
}

static gamlp_status source_open(source *s, gamlp_dataset *d, const char *raw, const char *name) {
    *s = (source){0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_text_format(&s->path, "%s/%s", raw, name));
    GAMLP_TRY(gamlp_file_read(&s->bytes, s->path, INT64_MAX));
    GAMLP_TRY(gamlp_npz_open(&s->npz, s->bytes.data, s->bytes.size, s->path));
    GAMLP_TRY(gamlp_dataset_add_file(d, s->path));
done:
    return status;
}

/* The single element of num_nodes_list or num_edges_list. */
static gamlp_status read_count(int64_t *count, const source *s, const char *name, int64_t high) {
    gamlp_array array;
    gamlp_bytes bytes = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_npz_read(&array, &bytes, &s->npz, name));
    GAMLP_TRY(gamlp_array_expect_ints(&array, array.dims, s->path));
    if (array.count != 1)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: %s.npy: %" PRId64 " graphs, expected one", s->path,
                             name, array.count));
    gamlp_array_ints(&array, 0, 1, count);
    if (*count < 0 || *count > high)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: %s.npy: %" PRId64 " is not in 0..%" PRId64, s->path,
                             name, *count, high));
done:
    gamlp_bytes_clear(&bytes);
    return status;
}

/* An array of one number for each node: (nodes) or (nodes, 1). */
static gamlp_status open_column(gamlp_array *array, gamlp_bytes *bytes, const source *s,
                                const char *name, int64_t nodes) {
    gamlp_status status = gamlp_npz_read(array, bytes, &s->npz, name);
    if (status == GAMLP_OK) status = gamlp_array_expect_reals(array, array->dims, s->path);
    if (status != GAMLP_OK) return status;
    if (array->dims < 1 || array->shape[0] != nodes || array->count != nodes)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: %s.npy: %" PRId64 " numbers, expected one for each of %" PRId64
                          " nodes",
                          s->path, name, array->count, nodes);
    return GAMLP_OK;
}

/* (*column)[i]: an integer in low..high, or GAMLP_UNLABELLED for NaN when `may_miss`.  Memory is
 * taken for it when there are numbers for so many nodes. */
static gamlp_status read_column(int32_t **column, const source *s, const char *name, int64_t nodes,
                                double low, double high, bool may_miss) {
    gamlp_array array;
    gamlp_bytes bytes = {0};
    double value[GAMLP_ARRAY_BLOCK];
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(open_column(&array, &bytes, s, name, nodes));
    GAMLP_TRY(gamlp_new_raw(column, nodes, sizeof **column, name));
    for (int64_t i = 0; i < nodes; i++) {
        int64_t k = i % GAMLP_ARRAY_BLOCK, left = nodes - i;
        if (k == 0)
            gamlp_array_reals(&array, i, left < GAMLP_ARRAY_BLOCK ? left : GAMLP_ARRAY_BLOCK,
                              value);
        if (isnan(value[k]) && may_miss) {
            (*column)[i] = GAMLP_UNLABELLED;
        } else if (value[k] >= low && value[k] <= high && value[k] == floor(value[k])) {
            (*column)[i] = (int32_t)value[k];
        } else {
            GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                                 "%s: %s.npy: node %" PRId64 " has %g, expected an integer in "
                                 "%.0f..%.0f",
                                 s->path, name, i, value[k], low, high));
        }
    }
done:
    gamlp_bytes_clear(&bytes);
    return status;
}

static gamlp_status read_labels(gamlp_dataset *d, const char *raw) {
    source s;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(source_open(&s, d, raw, "node-label.npz"));
    GAMLP_TRY(read_column(&d->label, &s, "node_label", d->nodes, 0, (double)(d->nodes - 1), true));
    for (int64_t i = 0; i < d->nodes; i++)
        if (d->label[i] >= d->classes) d->classes = (int64_t)d->label[i] + 1;
done:
    source_clear(&s);
    return status;
}

static gamlp_status read_years(gamlp_dataset *d, const source *s) {
    if (!gamlp_npz_has(&s->npz, "node_year")) return GAMLP_OK;
    return read_column(&d->time, s, "node_year", d->nodes, INT32_MIN, INT32_MAX, false);
}

static gamlp_status read_features(gamlp_dataset *d, const source *s) {
    gamlp_array array;
    gamlp_bytes bytes = {0};
    char what[512];
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_npz_read(&array, &bytes, &s->npz, "node_feat"));
    if (array.dims != 2 || array.shape[0] != d->nodes || array.shape[1] < 1)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                             "%s: node_feat.npy: %" PRId64
                             " rows, expected one for each of %" PRId64 " nodes",
                             s->path, array.dims > 0 ? array.shape[0] : 0, d->nodes));
    snprintf(what, sizeof what, "%s: node_feat.npy", s->path);
    GAMLP_TRY(gamlp_array_features(&d->dense, &array, what));
    d->features = array.shape[1];
done:
    gamlp_bytes_clear(&bytes);
    return status;
}

/* edge_index: sources in the first row, targets in the second. */
static gamlp_status read_edges(gamlp_dataset *d, const source *s) {
    gamlp_array array;
    gamlp_bytes bytes = {0};
    int64_t *ends = NULL, count;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(read_count(&count, s, "num_edges_list", INT64_MAX / 8));
    GAMLP_TRY(gamlp_npz_read(&array, &bytes, &s->npz, "edge_index"));
    GAMLP_TRY(gamlp_array_expect_ints(&array, 2, s->path));
    if (array.shape[0] != 2 || array.shape[1] != count)
        GAMLP_TRY(gamlp_fail(
            GAMLP_E_DATA, "%s: edge_index.npy is %" PRId64 " x %" PRId64 ", expected 2 x %" PRId64,
            s->path, array.shape[0], array.shape[1], count));
    GAMLP_TRY(gamlp_new_raw(&ends, 2 * count, sizeof *ends, "edges"));
    for (int64_t at = 0; at < 2 * count; at += GAMLP_ARRAY_BLOCK) {
        int64_t n = 2 * count - at < GAMLP_ARRAY_BLOCK ? 2 * count - at : GAMLP_ARRAY_BLOCK;
        int64_t value[GAMLP_ARRAY_BLOCK];
        gamlp_array_ints(&array, at, n, value);
        for (int64_t i = 0; i < n; i++)
            ends[array.fortran ? (at + i) / 2 + (at + i) % 2 * count : at + i] = value[i];
    }
    gamlp_bytes_clear(&bytes);
    const int64_t *targets = ends ? ends + count : NULL;
    GAMLP_TRY(
        gamlp_edges_listed(&d->graph, d->nodes, count, ends, targets, 1, gamlp_ogb_is_directed(d)));
done:
    gamlp_free(ends);
    gamlp_bytes_clear(&bytes);
    return status;
}

gamlp_status gamlp_ogb_read_binary(gamlp_dataset *dataset, const char *raw) {
    source s;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(source_open(&s, dataset, raw, "data.npz"));
    GAMLP_TRY(read_count(&dataset->nodes, &s, "num_nodes_list", INT32_MAX));
    if (dataset->nodes < 1)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: the graph has no nodes", s.path));
    GAMLP_TRY(read_labels(dataset, raw));
    GAMLP_TRY(read_years(dataset, &s));
    GAMLP_TRY(read_features(dataset, &s));
    GAMLP_TRY(read_edges(dataset, &s));
done:
    source_clear(&s);
    return status;
}
