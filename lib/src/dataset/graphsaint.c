/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _XOPEN_SOURCE 700
/* The layout of GraphSAINT (Flickr, Reddit): a folder with adj_full.npz (as
 * scipy.sparse.save_npz() writes CSR matrices), feats.npy (nodes x features),
 * class_map.json ({"NODE": CLASS}) and role.json (lists tr, va, te).  Arrays
 * are read piece by piece: Reddit's would take gigabytes as they are. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"
#include "dataset/format.h"
#include "dataset/gather.h"
#include "dataset/pattern.h"
#include "dataset/split.h"
#include "dataset/table_features.h"
#include "gamlp/alloc.h"

enum { ADJACENCY, FEATURES, CLASSES, ROLES, FILES, JSON_LIMIT = 1 << 30 };

static const char *const file_name[FILES] = {"adj_full.npz", "feats.npy", "class_map.json",
                                             "role.json"};

typedef struct paths {
    char *path[FILES];
} paths;

static void paths_clear(paths *p) {
    for (int i = 0; i < FILES; i++) gamlp_free(p->path[i]);
}

static gamlp_status paths_init(paths *p, const char *folder) {
    *p = (paths){0};
    gamlp_status status = GAMLP_OK;
    for (int i = 0; i < FILES && status == GAMLP_OK; i++)
        status = gamlp_text_format(&p->path[i], "%s/%s", folder, file_name[i]);
    return status;
}

/* adj_full.npz */

/* The array `format`, where there is one, holds "csr". */
static gamlp_status check_format(const gamlp_npz *npz) {
    gamlp_array array;
    gamlp_bytes bytes;
    if (!gamlp_npz_has(npz, "format")) return GAMLP_OK;
    gamlp_status status = gamlp_npz_read(&array, &bytes, npz, "format");
    if (status != GAMLP_OK) return status;
    char text[4] = {0};
    int64_t step = array.kind == 'U' ? 4 : 1;
    int64_t at = array.kind == 'U' && array.swapped ? 3 : 0;
    bool texts = (array.kind == 'S' || array.kind == 'U') && array.count == 1;
    for (int64_t i = 0; texts && i < 3 && i * step + at < array.item_size; i++)
        text[i] = (char)array.data[i * step + at];
    if (strcmp(text, "csr") != 0 || array.item_size != 3 * step)
        status =
            gamlp_fail(GAMLP_E_DATA, "%s: format.npy: a matrix that is not \"csr\"", npz->what);
    gamlp_bytes_clear(&bytes);
    return status;
}

static gamlp_status read_shape(int64_t *nodes, const gamlp_npz *npz) {
    gamlp_array array;
    gamlp_bytes bytes = {0};
    int64_t extent[2] = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_npz_ints(&array, &bytes, npz, "shape"));
    if (array.count == 2) gamlp_array_ints(&array, 0, 2, extent);
    if (array.count != 2 || extent[0] != extent[1])
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: shape.npy: expected those of a square matrix",
                             npz->what));
    *nodes = extent[0];
done:
    gamlp_bytes_clear(&bytes);
    return status;
}

static gamlp_status read_graph(gamlp_dataset *d, const char *path) {
    static const char *const name[] = {"indptr", "indices", "data"};
    gamlp_npz npz;
    gamlp_elements *parts = NULL;
    gamlp_status status = gamlp_npz_open_file(&npz, path);
    if (status != GAMLP_OK) return status;
    GAMLP_TRY(check_format(&npz));
    GAMLP_TRY(read_shape(&d->nodes, &npz));
    GAMLP_TRY(gamlp_new(&parts, 3, sizeof *parts, "a matrix"));
    for (int i = 0; i < 3; i++) GAMLP_TRY(gamlp_elements_of_npz(&parts[i], &npz, name[i], path));
    GAMLP_TRY(gamlp_pattern_graph(&d->graph, d->nodes, &parts[0], &parts[1], &parts[2], path));
    GAMLP_TRY(gamlp_dataset_add_file(d, path));
done:
    for (int i = 0; parts && i < 3; i++) gamlp_elements_clear(&parts[i]);
    gamlp_free(parts);
    gamlp_npz_clear(&npz);
    return status;
}

static gamlp_status read_features(gamlp_dataset *d, const char *path) {
    gamlp_elements *e;
    gamlp_status status = gamlp_new(&e, 1, sizeof *e, "features");
    if (status != GAMLP_OK) return status;
    GAMLP_TRY(gamlp_elements_of_file(e, path));
    if (e->array.dims != 2 || e->array.shape[0] != d->nodes || e->array.shape[1] < 1)
        GAMLP_TRY(gamlp_fail(
            GAMLP_E_DATA,
            "%s: an array of %" PRId64 " x %" PRId64 ", expected %" PRId64 " nodes x features",
            path, e->array.shape[0], e->array.dims > 1 ? e->array.shape[1] : 0, d->nodes));
    GAMLP_TRY(gamlp_dataset_take_elements(d, e));
    GAMLP_TRY(gamlp_dataset_add_file(d, path));
done:
    gamlp_elements_clear(e);
    gamlp_free(e);
    return status;
}

/* class_map.json and role.json */

static gamlp_status read_json(gamlp_json **json, const char *path) {
    gamlp_bytes bytes;
    *json = NULL;
    gamlp_status status = gamlp_file_read(&bytes, path, JSON_LIMIT);
    if (status != GAMLP_OK) return status;
    status = gamlp_json_parse(json, bytes.data, bytes.size, path);
    gamlp_bytes_clear(&bytes);
    return status;
}

typedef struct labelling {
    gamlp_dataset *dataset;
    const char *path;
} labelling;

static gamlp_status take_label(void *context, const char *key, const gamlp_json *value) {
    const labelling *l = context;
    gamlp_dataset *d = l->dataset;
    int64_t node, label;
    if (!gamlp_gather_int(&node, key, strlen(key)) || node < 0 || node >= d->nodes)
        return gamlp_fail(GAMLP_E_DATA, "%s: \"%.40s\" is not a node in 0..%" PRId64, l->path, key,
                          d->nodes - 1);
    if (!gamlp_json_int(value, &label)) {
        if (gamlp_json_at(value, 0))
            return gamlp_fail(GAMLP_E_DATA,
                              "%s: node %" PRId64 " has a list of classes: several classes for a "
                              "node are not supported",
                              l->path, node);
        return gamlp_fail(GAMLP_E_DATA, "%s: node %" PRId64 ": the class is not an integer",
                          l->path, node);
    }
    if (label < 0 || label >= d->nodes)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: node %" PRId64 " has class %" PRId64 ", expected 0..%" PRId64,
                          l->path, node, label, d->nodes - 1);
    if (d->label[node] != GAMLP_UNLABELLED)
        return gamlp_fail(GAMLP_E_DATA, "%s: node %" PRId64 " is there twice", l->path, node);
    d->label[node] = (int32_t)label;
    if (label >= d->classes) d->classes = label + 1;
    return GAMLP_OK;
}

static gamlp_status read_labels(gamlp_dataset *d, const char *path) {
    gamlp_json *json = NULL;
    labelling l = {d, path};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(read_json(&json, path));
    GAMLP_TRY(gamlp_new_raw(&d->label, d->nodes, sizeof *d->label, "labels"));
    for (int64_t i = 0; i < d->nodes; i++) d->label[i] = GAMLP_UNLABELLED;
    GAMLP_TRY(gamlp_json_each(json, take_label, &l));
    if (d->classes < 1)
        GAMLP_TRY(
            gamlp_fail(GAMLP_E_DATA, "%s: expected an object with a class for each node", path));
    GAMLP_TRY(gamlp_dataset_add_file(d, path));
done:
    gamlp_json_free(json);
    return status;
}

static gamlp_status take_part(int64_t **node, int64_t *count, const gamlp_json *roles,
                              const char *key, int64_t nodes, const char *path) {
    const gamlp_json *list = gamlp_json_get(roles, key);
    int64_t length = gamlp_json_length(list);
    if (length < 1 || length > nodes)
        return gamlp_fail(GAMLP_E_DATA, "%s: \"%s\": expected a list of 1 to %" PRId64 " nodes",
                          path, key, nodes);
    gamlp_status status = gamlp_new_raw(node, length, sizeof **node, "a split");
    for (int64_t i = 0; status == GAMLP_OK && i < length; i++)
        if (!gamlp_json_int(gamlp_json_at(list, i), &(*node)[i]))
            status = gamlp_fail(GAMLP_E_DATA, "%s: \"%s\": element %" PRId64 " is not an integer",
                                path, key, i);
    if (status != GAMLP_OK) return status;
    *count = length;
    gamlp_split_sort(*node, length);
    return GAMLP_OK;
}

static gamlp_status read_roles(gamlp_dataset *d, const char *path) {
    gamlp_json *json = NULL;
    gamlp_split *s = &d->split;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(read_json(&json, path));
    GAMLP_TRY(take_part(&s->train, &s->train_count, json, "tr", d->nodes, path));
    GAMLP_TRY(take_part(&s->val, &s->val_count, json, "va", d->nodes, path));
    GAMLP_TRY(take_part(&s->test, &s->test_count, json, "te", d->nodes, path));
    GAMLP_TRY(gamlp_split_check(s, d->nodes, path));
    snprintf(s->rule, sizeof s->rule, "public");
    GAMLP_TRY(gamlp_dataset_add_file(d, path));
done:
    gamlp_json_free(json);
    return status;
}

/* Paths. */

static gamlp_status find(char **path, const char *name) {
    paths p;
    *path = NULL;
    if (!gamlp_file_is_directory(name)) return GAMLP_OK;
    gamlp_status status = paths_init(&p, name);
    bool all = status == GAMLP_OK;
    for (int i = 0; all && i < FILES; i++) all = gamlp_file_exists(p.path[i]);
    paths_clear(&p);
    return all ? gamlp_strdup(path, name) : status;
}

static gamlp_status read_folder(gamlp_dataset *d, const char *folder) {
    *d = (gamlp_dataset){.format = "graphsaint"};
    paths p;
    char whole[PATH_MAX];
    gamlp_status status = GAMLP_OK;
    gamlp_dataset_name_by_path(d, realpath(folder, whole) ? whole : folder, "");
    GAMLP_TRY(paths_init(&p, folder));
    GAMLP_TRY(read_graph(d, p.path[ADJACENCY]));
    GAMLP_TRY(read_features(d, p.path[FEATURES]));
    GAMLP_TRY(read_labels(d, p.path[CLASSES]));
    GAMLP_TRY(read_roles(d, p.path[ROLES]));
done:
    paths_clear(&p);
    if (status != GAMLP_OK) gamlp_dataset_clear(d);
    return status;
}

const gamlp_format gamlp_format_graphsaint = {
    "graphsaint", "a folder with adj_full.npz, feats.npy, class_map.json and role.json",
    "/adj_full.npz", find, read_folder};
