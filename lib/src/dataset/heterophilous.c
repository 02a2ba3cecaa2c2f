/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/heterophilous.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dataset/format.h"
#include "dataset/npz.h"
#include "dataset/split.h"
#include "dataset/table_features.h"
#include "gamlp/alloc.h"
#include "graph/edges.h"

enum { PARTS = 3, SPLIT_LIMIT = 10000 };

static const char *const needed[] = {"edges",     "node_features", "node_labels", "train_masks",
                                     "val_masks", "test_masks",    NULL};

static const char *const mask_name[PARTS] = {"train_masks", "val_masks", "test_masks"};

/* Refuse shapes that do not fit each other before the data is unpacked. */
static gamlp_status check_head(gamlp_array *head, const gamlp_npz *npz, const char *name,
                               int64_t dims, int axis, int64_t extent) {
    char what[512];
    snprintf(what, sizeof what, "%s: %s.npy", npz->what, name);
    gamlp_status status = gamlp_npz_head(head, npz, name);
    if (status == GAMLP_OK) status = gamlp_array_expect_reals(head, dims, what);
    if (status == GAMLP_OK && head->shape[axis] != extent)
        status = gamlp_fail(GAMLP_E_DATA, "%s: extent %d is %" PRId64 ", expected %" PRId64, what,
                            axis, head->shape[axis], extent);
    return status;
}

static gamlp_status check_shapes(gamlp_dataset *d, const gamlp_npz *npz) {
    gamlp_array head;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_npz_head(&head, npz, "node_labels"));
    d->nodes = head.dims == 1 ? head.shape[0] : 0;
    if (d->nodes < 1 || d->nodes > INT32_MAX || !strchr("biu", head.kind))
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                             "%s: node_labels.npy: expected integers of 1 to %d nodes", npz->what,
                             INT32_MAX));
    GAMLP_TRY(check_head(&head, npz, "node_features", 2, 0, d->nodes));
    if (head.shape[1] < 1)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: node_features.npy: no features", npz->what));
    GAMLP_TRY(check_head(&head, npz, "edges", 2, 1, 2));
    for (int p = 0; p < PARTS; p++) GAMLP_TRY(check_head(&head, npz, mask_name[p], 2, 1, d->nodes));
done:
    return status;
}

/* Element k of an array of edges is an end of edge `edge`, the source when `*first`. */
static int64_t edge_of(bool *first, const gamlp_array *array, int64_t k) {
    int64_t count = array->shape[0];
    *first = array->fortran ? k < count : k % 2 == 0;
    return array->fortran ? k % count : k / 2;
}

/* As their loader has it, edges are arcs when the name of the data set says so, e.g.
 * chameleon_filtered_directed. */
static bool is_directed(const gamlp_dataset *d) {
    const char *word = strstr(d->name, "directed");
    return word && (word < d->name + 2 || strncmp(word - 2, "un", 2) != 0);
}

static gamlp_status take_edges(gamlp_dataset *d, const gamlp_array *array, const char *what) {
    int64_t *source = NULL, *target = NULL, block[GAMLP_ARRAY_BLOCK];
    gamlp_status status = gamlp_array_expect_ints(array, 2, what);
    if (status != GAMLP_OK) return status;
    GAMLP_TRY(gamlp_new_raw(&source, array->shape[0], sizeof *source, "edges"));
    GAMLP_TRY(gamlp_new_raw(&target, array->shape[0], sizeof *target, "edges"));
    for (int64_t at = 0; at < array->count; at += GAMLP_ARRAY_BLOCK) {
        int64_t n = array->count - at < GAMLP_ARRAY_BLOCK ? array->count - at : GAMLP_ARRAY_BLOCK;
        gamlp_array_ints(array, at, n, block);
        for (int64_t i = 0; i < n; i++) {
            bool first;
            int64_t edge = edge_of(&first, array, at + i);
            if (block[i] < 0 || block[i] >= d->nodes)
                GAMLP_TRY(gamlp_fail(
                    GAMLP_E_DATA, "%s: edge %" PRId64 ": node %" PRId64 " is outside 0..%" PRId64,
                    what, edge, block[i], d->nodes - 1));
            (first ? source : target)[edge] = block[i];
        }
    }
    GAMLP_TRY(gamlp_edges_listed(&d->graph, d->nodes, array->shape[0], source, target, 1,
                                 is_directed(d)));
done:
    gamlp_free(source);
    gamlp_free(target);
    return status;
}

typedef gamlp_status (*taker)(gamlp_dataset *d, const gamlp_array *array, const char *what);

static gamlp_status take(gamlp_dataset *d, const gamlp_npz *npz, const char *name, taker use) {
    gamlp_array array;
    gamlp_bytes bytes;
    char what[512];
    snprintf(what, sizeof what, "%s: %s.npy", npz->what, name);
    gamlp_status status = gamlp_npz_read(&array, &bytes, npz, name);
    if (status == GAMLP_OK) status = use(d, &array, what);
    gamlp_bytes_clear(&bytes);
    return status;
}

static gamlp_status take_split(gamlp_dataset *d, const gamlp_array mask[PARTS], int64_t k,
                               const gamlp_npz *npz) {
    char what[512];
    gamlp_split split;
    snprintf(what, sizeof what, "%s: split %" PRId64, npz->what, k);
    gamlp_status status = gamlp_split_masks(&split, mask, mask_name, k, d->nodes, what);
    if (status == GAMLP_OK) status = gamlp_split_check(&split, d->nodes, what);
    gamlp_split_fixed_rule(&split, k, mask[0].shape[0]);
    if (status == GAMLP_OK) status = gamlp_dataset_add_fixed(d, &split);
    gamlp_split_clear(&split);
    return status;
}

static gamlp_status read_splits(gamlp_dataset *d, const gamlp_npz *npz) {
    gamlp_array mask[PARTS];
    gamlp_bytes bytes[PARTS] = {0};
    gamlp_status status = GAMLP_OK;
    for (int p = 0; p < PARTS; p++) {
        GAMLP_TRY(gamlp_npz_read(&mask[p], &bytes[p], npz, mask_name[p]));
        if (mask[p].shape[0] != mask[0].shape[0] || mask[p].shape[0] < 1 ||
            mask[p].shape[0] > SPLIT_LIMIT)
            GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                                 "%s: %s.npy has %" PRId64 " splits, expected %" PRId64, npz->what,
                                 mask_name[p], mask[p].shape[0], p ? mask[0].shape[0] : 10));
    }
    for (int64_t k = 0; k < mask[0].shape[0]; k++) GAMLP_TRY(take_split(d, mask, k, npz));
done:
    for (int p = 0; p < PARTS; p++) gamlp_bytes_clear(&bytes[p]);
    return status;
}

static gamlp_status read_npz(gamlp_dataset *d, const gamlp_npz *npz) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_shapes(d, npz));
    GAMLP_TRY(take(d, npz, "node_labels", gamlp_dataset_take_labels));
    GAMLP_TRY(take(d, npz, "edges", take_edges));
    GAMLP_TRY(take(d, npz, "node_features", gamlp_dataset_take_features));
    GAMLP_TRY(read_splits(d, npz));
done:
    return status;
}

gamlp_status gamlp_heterophilous_parse(gamlp_dataset *dataset, const void *data, size_t size,
                                       const char *what) {
    *dataset = (gamlp_dataset){.format = "heterophilous"};
    gamlp_npz npz;
    gamlp_status status = gamlp_npz_open(&npz, data, size, what);
    if (status == GAMLP_OK) status = read_npz(dataset, &npz);
    gamlp_npz_clear(&npz);
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}

static gamlp_status read_file(gamlp_dataset *dataset, const char *path) {
    *dataset = (gamlp_dataset){.format = "heterophilous"};
    gamlp_npz npz;
    gamlp_dataset_name_by_path(dataset, path, ".npz");
    gamlp_status status = gamlp_npz_open_file(&npz, path);
    if (status == GAMLP_OK) status = read_npz(dataset, &npz);
    if (status == GAMLP_OK) status = gamlp_dataset_add_file(dataset, path);
    gamlp_npz_clear(&npz);
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}

static gamlp_status find(char **path, const char *name) {
    bool shows;
    *path = NULL;
    gamlp_status status = gamlp_npz_shows(&shows, name, needed);
    return status == GAMLP_OK && shows ? gamlp_strdup(path, name) : status;
}

const gamlp_format gamlp_format_heterophilous = {
    "heterophilous", "NAME.npz with edges, features, labels and masks", "", find, read_file};
