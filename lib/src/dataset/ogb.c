/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/ogb.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "dataset/folder.h"
#include "dataset/format.h"
#include "dataset/split.h"
#include "dataset/table.h"
#include "gamlp/alloc.h"

/* A table of the folder, which is remembered as read. */
static gamlp_status read_table(gamlp_table *table, gamlp_dataset *d, const char *folder,
                               const char *name, const gamlp_table_layout *layout) {
    char *path;
    *table = (gamlp_table){0};
    gamlp_status status = gamlp_folder_need(&path, folder, name);
    if (status == GAMLP_OK) status = gamlp_table_read(table, path, layout);
    if (status == GAMLP_OK) status = gamlp_dataset_add_file(d, path);
    if (status != GAMLP_OK) gamlp_table_clear(table);
    gamlp_free(path);
    return status;
}

/* The one number of num-node-list or num-edge-list. */
static gamlp_status read_count(int64_t *count, gamlp_dataset *d, const char *raw, const char *name,
                               int64_t high) {
    const gamlp_table_layout layout = {.cell = "the count of one graph",
                                       .bounded = true,
                                       .low = 0,
                                       .high = high,
                                       .columns = 1,
                                       .rows = 1};
    gamlp_table table;
    gamlp_status status = read_table(&table, d, raw, name, &layout);
    if (status == GAMLP_OK) *count = table.ints[0];
    gamlp_table_clear(&table);
    return status;
}

static gamlp_status read_features(gamlp_dataset *d, const char *raw) {
    const gamlp_table_layout layout = {.cell = "a feature", .reals = true, .rows = d->nodes};
    gamlp_table table;
    gamlp_status status = read_table(&table, d, raw, "node-feat.csv", &layout);
    if (status != GAMLP_OK) return status;
    d->features = table.columns;
    d->dense = (gamlp_dense){.rows = table.columns, .cols = table.rows, .data = table.reals};
    return GAMLP_OK;
}

/* Classes are 0 .. the largest label; there are at most as many as nodes. */
static gamlp_status read_labels(gamlp_dataset *d, const char *raw) {
    const gamlp_table_layout layout = {.cell = "a class",
                                       .bounded = true,
                                       .low = 0,
                                       .high = d->nodes - 1,
                                       .columns = 1,
                                       .rows = d->nodes,
                                       .missing = true};
    gamlp_table table;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(read_table(&table, d, raw, "node-label.csv", &layout));
    GAMLP_TRY(gamlp_new_raw(&d->label, d->nodes, sizeof *d->label, "labels"));
    for (int64_t i = 0; i < d->nodes; i++) {
        bool missing = table.ints[i] == GAMLP_TABLE_MISSING;
        d->label[i] = missing ? GAMLP_UNLABELLED : (int32_t)table.ints[i];
        if (d->label[i] >= d->classes) d->classes = (int64_t)d->label[i] + 1;
    }
done:
    gamlp_table_clear(&table);
    return status;
}

static gamlp_status read_years(gamlp_dataset *d, const char *raw) {
    const gamlp_table_layout layout = {.cell = "a year",
                                       .bounded = true,
                                       .low = INT32_MIN,
                                       .high = INT32_MAX,
                                       .columns = 1,
                                       .rows = d->nodes};
    gamlp_table table = {0};
    bool found;
    gamlp_status status = gamlp_folder_has(&found, raw, "node_year.csv");
    if (status != GAMLP_OK || !found) return status;
    GAMLP_TRY(read_table(&table, d, raw, "node_year.csv", &layout));
    GAMLP_TRY(gamlp_new_raw(&d->time, d->nodes, sizeof *d->time, "years"));
    for (int64_t i = 0; i < d->nodes; i++) d->time[i] = (int32_t)table.ints[i];
done:
    gamlp_table_clear(&table);
    return status;
}

bool gamlp_ogb_is_directed(const gamlp_dataset *dataset) {
    static const char *const undirected[] = {"products", "ogbn_products", "ogbn-products"};
    for (size_t i = 0; i < sizeof undirected / sizeof undirected[0]; i++)
        if (strcmp(dataset->name, undirected[i]) == 0) return false;
    return true;
}

static gamlp_status read_edges(gamlp_dataset *d, const char *raw) {
    gamlp_table_layout layout = {.cell = "a node",
                                 .bounded = true,
                                 .low = 0,
                                 .high = d->nodes - 1,
                                 .columns = 2,
                                 .rows = INT64_MAX / 8,
                                 .any_rows = true};
    gamlp_table table = {0};
    bool counted;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_folder_has(&counted, raw, "num-edge-list.csv"));
    if (counted) {
        GAMLP_TRY(read_count(&layout.rows, d, raw, "num-edge-list.csv", layout.rows));
        layout.any_rows = false;
    }
    if (layout.rows > 0) GAMLP_TRY(read_table(&table, d, raw, "edge.csv", &layout));
    GAMLP_TRY(gamlp_table_graph(&d->graph, &table, d->nodes, gamlp_ogb_is_directed(d)));
done:
    gamlp_table_clear(&table);
    return status;
}

static gamlp_status read_part(int64_t **node, int64_t *count, gamlp_dataset *d, const char *folder,
                              const char *name) {
    const gamlp_table_layout layout = {.cell = "a node",
                                       .bounded = true,
                                       .low = 0,
                                       .high = d->nodes - 1,
                                       .columns = 1,
                                       .rows = d->nodes,
                                       .any_rows = true};
    gamlp_table table;
    gamlp_status status = read_table(&table, d, folder, name, &layout);
    if (status != GAMLP_OK) return status;
    *node = table.ints;
    *count = table.rows;
    gamlp_split_sort(*node, *count);
    return GAMLP_OK;
}

static gamlp_status read_split(gamlp_dataset *d, const char *splits, const char *type) {
    gamlp_split split = {0};
    char *folder = NULL;
    gamlp_status status = GAMLP_OK;
    snprintf(split.rule, sizeof split.rule, "public");
    GAMLP_TRY(gamlp_text_format(&folder, "%s/%s", splits, type));
    GAMLP_TRY(read_part(&split.train, &split.train_count, d, folder, "train.csv"));
    GAMLP_TRY(read_part(&split.val, &split.val_count, d, folder, "valid.csv"));
    GAMLP_TRY(read_part(&split.test, &split.test_count, d, folder, "test.csv"));
    GAMLP_TRY(gamlp_dataset_add_fixed(d, &split));
done:
    gamlp_split_clear(&split);
    gamlp_free(folder);
    return status;
}

/* Every folder of split/ is a split, numbered in the order of their names; one alone is the split
 * of the data set. */
static gamlp_status read_splits(gamlp_dataset *d, const char *top) {
    char *splits = NULL, **type = NULL, *folder = NULL;
    int64_t count = 0;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_text_format(&splits, "%s/split", top));
    GAMLP_TRY(gamlp_folder_list(&type, &count, splits, ""));
    for (int64_t i = 0; i < count; i++) {
        GAMLP_TRY(gamlp_text_format(&folder, "%s/%s", splits, type[i]));
        if (gamlp_file_is_directory(folder)) GAMLP_TRY(read_split(d, splits, type[i]));
        gamlp_free(folder);
        folder = NULL;
    }
    for (int64_t k = 0; d->fixed_count > 1 && k < d->fixed_count; k++)
        gamlp_split_fixed_rule(&d->fixed[k], k, d->fixed_count);
    if (d->fixed_count == 1) {
        d->split = d->fixed[0];
        gamlp_free(d->fixed);
        d->fixed = NULL;
        d->fixed_count = 0;
    }
done:
    gamlp_folder_free(type, count);
    gamlp_free(splits);
    gamlp_free(folder);
    return status;
}

static gamlp_status read_text(gamlp_dataset *d, const char *raw) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(read_count(&d->nodes, d, raw, "num-node-list.csv", INT32_MAX));
    if (d->nodes < 1) GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: the graph has no nodes", raw));
    GAMLP_TRY(read_labels(d, raw));
    GAMLP_TRY(read_years(d, raw));
    GAMLP_TRY(read_features(d, raw));
    GAMLP_TRY(read_edges(d, raw));
done:
    return status;
}

/* The folders of the raw files and above it, whichever of them `path` is. */
static gamlp_status find_folders(char **raw, char **top, const char *path) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_text_format(raw, "%s/raw", path));
    bool inside = !gamlp_file_is_directory(*raw);
    GAMLP_TRY(gamlp_text_format(top, inside ? "%s/.." : "%s", path));
    if (inside) {
        gamlp_free(*raw);
        GAMLP_TRY(gamlp_strdup(raw, path));
    }
done:
    return status;
}

/* The last folder of the path that is not "raw". */
static void name_by(gamlp_dataset *d, const char *path) {
    gamlp_folder_title(d, path);
    size_t size = strlen(path);
    while (size > 0 && path[size - 1] == '/') size--;
    if (strcmp(d->name, "raw") != 0 || size < 5) return;
    char above[4096];
    snprintf(above, sizeof above, "%.*s", (int)(size - 4), path);
    gamlp_folder_title(d, above);
}

gamlp_status gamlp_ogb_read(gamlp_dataset *dataset, const char *path) {
    *dataset = (gamlp_dataset){.format = "ogb"};
    char *raw = NULL, *top = NULL;
    gamlp_status status = GAMLP_OK;
    bool binary;
    name_by(dataset, path);
    GAMLP_TRY(find_folders(&raw, &top, path));
    GAMLP_TRY(gamlp_folder_has(&binary, raw, "data.npz"));
    if (binary)
        GAMLP_TRY(gamlp_ogb_read_binary(dataset, raw));
    else
        GAMLP_TRY(read_text(dataset, raw));
    if (dataset->classes < 1) GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: no node has a label", raw));
    GAMLP_TRY(read_splits(dataset, top));
done:
    gamlp_free(raw);
    gamlp_free(top);
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}

static gamlp_status find(char **path, const char *name) {
    *path = NULL;
    char *raw = NULL, *top = NULL;
    bool text, data, label;
    gamlp_status status = GAMLP_OK;
    if (!gamlp_file_is_directory(name)) return GAMLP_OK;
    GAMLP_TRY(find_folders(&raw, &top, name));
    GAMLP_TRY(gamlp_folder_has(&text, raw, "num-node-list.csv"));
    GAMLP_TRY(gamlp_folder_has(&data, raw, "data.npz"));
    GAMLP_TRY(gamlp_folder_has(&label, raw, "node-label.npz"));
    if (text || (data && label)) GAMLP_TRY(gamlp_strdup(path, name));
done:
    gamlp_free(raw);
    gamlp_free(top);
    return status;
}

const gamlp_format gamlp_format_ogb = {
    "ogb", "a folder with raw/edge.csv.gz (or raw/data.npz) and split/", "", find, gamlp_ogb_read};
