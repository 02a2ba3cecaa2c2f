/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/gnnbench.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "dataset/class_names.h"
#include "dataset/format.h"
#include "dataset/npz.h"
#include "dataset/npz_csr.h"
#include "dataset/scipy.h"
#include "dataset/split.h"
#include "dataset/table_features.h"
#include "gamlp/alloc.h"

enum { FILE_LIMIT = INT32_MAX };

static const char *prefix_of(const gamlp_npz *npz, const char *plain, const char *dotted) {
    char name[64];
    snprintf(name, sizeof name, "%sdata", dotted);
    return gamlp_npz_has(npz, name) ? dotted : plain;
}

static gamlp_status read_graph(gamlp_dataset *d, const gamlp_npz *npz) {
    gamlp_npz_csr stored = {0};
    char what[512];
    const char *prefix = prefix_of(npz, "adj_", "adj_matrix.");
    snprintf(what, sizeof what, "%s: %s*", npz->what, prefix);
    gamlp_status status = gamlp_npz_csr_read(&stored, npz, prefix);
    if (status == GAMLP_OK) status = gamlp_scipy_graph(&d->graph, &stored.csr, what);
    if (status == GAMLP_OK) d->nodes = d->graph.nodes;
    gamlp_npz_csr_clear(&stored);
    return status;
}

static gamlp_status read_sparse(gamlp_dataset *d, const gamlp_npz *npz) {
    gamlp_npz_csr stored = {0};
    char what[512];
    const char *prefix = prefix_of(npz, "attr_", "attr_matrix.");
    snprintf(what, sizeof what, "%s: %s*", npz->what, prefix);
    gamlp_status status = gamlp_npz_csr_read(&stored, npz, prefix);
    if (status == GAMLP_OK) status = gamlp_scipy_features(&d->sparse, &stored.csr, "node", what);
    d->features = d->sparse.cols;
    gamlp_npz_csr_clear(&stored);
    return status;
}

static gamlp_status read_dense(gamlp_dataset *d, const gamlp_npz *npz) {
    gamlp_array array;
    gamlp_bytes bytes;
    char what[512];
    snprintf(what, sizeof what, "%s: attr_matrix.npy", npz->what);
    gamlp_status status = gamlp_npz_read(&array, &bytes, npz, "attr_matrix");
    if (status == GAMLP_OK) status = gamlp_array_features(&d->dense, &array, what);
    d->features = d->dense.rows;
    gamlp_bytes_clear(&bytes);
    return status;
}

static gamlp_status read_features(gamlp_dataset *d, const gamlp_npz *npz) {
    gamlp_status status =
        gamlp_npz_has(npz, "attr_matrix") ? read_dense(d, npz) : read_sparse(d, npz);
    if (status != GAMLP_OK) return status;
    int64_t rows = d->sparse.rows ? d->sparse.rows : d->dense.cols;
    if (rows != d->nodes || d->features < 1)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: features of %" PRId64 " nodes x %" PRId64 ", the graph has %" PRId64
                          " nodes",
                          npz->what, rows, d->features, d->nodes);
    return GAMLP_OK;
}

/* Number of class names, or the nodes when there are none: no label can reach it. */
static gamlp_status label_bound(int64_t *bound, bool *named, const gamlp_npz *npz, int64_t nodes) {
    *bound = nodes;
    *named = gamlp_npz_has(npz, "class_names");
    if (!*named) return GAMLP_OK;
    gamlp_array names;
    gamlp_status status = gamlp_npz_head(&names, npz, "class_names");
    *named = status == GAMLP_OK && names.dims == 1 && names.count > 0 && names.count <= nodes;
    if (*named) *bound = names.count;
    return status;
}

static gamlp_status take_labels(gamlp_dataset *d, const gamlp_array *array, int64_t bound,
                                const char *what) {
    int64_t label[GAMLP_ARRAY_BLOCK];
    for (int64_t at = 0; at < d->nodes; at += GAMLP_ARRAY_BLOCK) {
        int64_t n = d->nodes - at < GAMLP_ARRAY_BLOCK ? d->nodes - at : GAMLP_ARRAY_BLOCK;
        gamlp_array_ints(array, at, n, label);
        for (int64_t i = 0; i < n; i++) {
            if (label[i] < GAMLP_UNLABELLED || label[i] >= bound)
                return gamlp_fail(GAMLP_E_DATA,
                                  "%s: labels.npy: node %" PRId64 " has label %" PRId64
                                  ", expected -1..%" PRId64,
                                  what, at + i, label[i], bound - 1);
            d->label[at + i] = (int32_t)label[i];
            if (label[i] >= d->classes) d->classes = label[i] + 1;
        }
    }
    return GAMLP_OK;
}

static gamlp_status read_labels(gamlp_dataset *d, const gamlp_npz *npz) {
    gamlp_array array;
    gamlp_bytes bytes = {0};
    int64_t bound = 0;
    bool named = false;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_npz_ints(&array, &bytes, npz, "labels"));
    if (array.count != d->nodes)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                             "%s: labels.npy has %" PRId64 " elements, the graph %" PRId64 " nodes",
                             npz->what, array.count, d->nodes));
    GAMLP_TRY(label_bound(&bound, &named, npz, d->nodes));
    GAMLP_TRY(gamlp_new(&d->label, d->nodes, sizeof *d->label, "labels"));
    GAMLP_TRY(take_labels(d, &array, bound, npz->what));
    if (named) d->classes = bound;
    if (d->classes < 1)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: labels.npy: no node has a label", npz->what));
done:
    gamlp_bytes_clear(&bytes);
    return status;
}

/* What gamlp_gnnbench_write() adds. */
static gamlp_status read_split(gamlp_dataset *d, const gamlp_npz *npz) {
    if (!gamlp_npz_has(npz, "idx_train")) return GAMLP_OK;
    gamlp_status status = gamlp_split_indices(&d->split, npz, d->nodes);
    snprintf(d->split.rule, sizeof d->split.rule, "stored");
    return status;
}

/* time: what gamlp_gnnbench_write() adds. */
static gamlp_status read_time(gamlp_dataset *d, const gamlp_npz *npz) {
    gamlp_array array;
    gamlp_bytes bytes = {0};
    int64_t value[GAMLP_ARRAY_BLOCK];
    gamlp_status status = GAMLP_OK;
    if (!gamlp_npz_has(npz, "time")) return GAMLP_OK;
    GAMLP_TRY(gamlp_npz_ints(&array, &bytes, npz, "time"));
    if (array.count != d->nodes)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                             "%s: time.npy has %" PRId64 " elements, the graph %" PRId64 " nodes",
                             npz->what, array.count, d->nodes));
    GAMLP_TRY(gamlp_new_raw(&d->time, d->nodes, sizeof *d->time, "times"));
    for (int64_t i = 0; i < d->nodes; i++) {
        if (i % GAMLP_ARRAY_BLOCK == 0)
            gamlp_array_ints(&array, i,
                             d->nodes - i < GAMLP_ARRAY_BLOCK ? d->nodes - i : GAMLP_ARRAY_BLOCK,
                             value);
        int64_t time = value[i % GAMLP_ARRAY_BLOCK];
        if (time < INT32_MIN || time > INT32_MAX)
            GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                                 "%s: time.npy: node %" PRId64 ": %" PRId64 " is out of range",
                                 npz->what, i, time));
        d->time[i] = (int32_t)time;
    }
done:
    gamlp_bytes_clear(&bytes);
    return status;
}

gamlp_status gamlp_gnnbench_parse(gamlp_dataset *dataset, const void *data, size_t size,
                                  const char *what) {
    *dataset = (gamlp_dataset){.format = "gnn-benchmark"};
    gamlp_npz npz = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_npz_open(&npz, data, size, what));
    GAMLP_TRY(read_graph(dataset, &npz));
    GAMLP_TRY(read_features(dataset, &npz));
    GAMLP_TRY(read_labels(dataset, &npz));
    GAMLP_TRY(gamlp_class_names_read(dataset, &npz, "class_names"));
    GAMLP_TRY(read_split(dataset, &npz));
    GAMLP_TRY(read_time(dataset, &npz));
done:
    gamlp_npz_clear(&npz);
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}

/* The file's name without folder and ".npz". */
static void name_by_file(gamlp_dataset *dataset, const char *path) {
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    int size = dot && dot > base ? (int)(dot - base) : (int)strlen(base);
    snprintf(dataset->name, sizeof dataset->name, "%.*s", size, base);
}

gamlp_status gamlp_gnnbench_read(gamlp_dataset *dataset, const char *path) {
    *dataset = (gamlp_dataset){0};
    gamlp_bytes bytes;
    gamlp_status status = gamlp_file_read(&bytes, path, FILE_LIMIT);
    if (status != GAMLP_OK) return status;
    status = gamlp_gnnbench_parse(dataset, bytes.data, bytes.size, path);
    gamlp_bytes_clear(&bytes);
    if (status != GAMLP_OK) return status;
    name_by_file(dataset, path);
    status = gamlp_dataset_add_file(dataset, path);
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}

/* A damaged archive is claimed, too, by the most common format of npz files, whose reader says what
 * is wrong with it. */
static gamlp_status find(char **path, const char *name) {
    static const char *const plain[] = {"adj_data", NULL}, *const dotted[] = {"adj_matrix.data",
                                                                              NULL};
    bool shows = false, opens = false;
    gamlp_status status = GAMLP_OK;
    *path = NULL;
    if (!gamlp_text_ends_with(name, ".npz") || !gamlp_file_exists(name)) return GAMLP_OK;
    GAMLP_TRY(gamlp_npz_shows(&opens, name, plain + 1));
    GAMLP_TRY(gamlp_npz_shows(&shows, name, plain));
    if (!shows) GAMLP_TRY(gamlp_npz_shows(&shows, name, dotted));
    if (shows || !opens) GAMLP_TRY(gamlp_strdup(path, name));
done:
    return status;
}

const gamlp_format gamlp_format_gnnbench = {"gnn-benchmark", "NAME.npz with scipy's CSR arrays", "",
                                            find, gamlp_gnnbench_read};
