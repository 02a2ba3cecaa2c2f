/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MUSAE's data sets as SNAP has them, a folder with
 *
 *   *edges.csv      two columns of nodes under a header
 *   *target.csv     a line a node under a header: its number in column new_id, else id, else the
 *                   first; its class in ml_target, page_type, mature or target, else the last
 *   *features.json  {"0": [12, 55, ...], ...}: the features that a node has
 *
 * Nodes are 0 .. n-1, one for each line of *target.csv in any order.  Texts of classes are sorted.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/json.h"
#include "core/number.h"
#include "core/stream.h"
#include "core/text.h"
#include "dataset/cells.h"
#include "dataset/folder.h"
#include "dataset/format.h"
#include "dataset/names.h"
#include "dataset/table.h"
#include "gamlp/alloc.h"

enum { FEATURE_LIMIT = 1 << 24, FILE_LIMIT = INT32_MAX };

/* The one file of the folder that ends so; *path NULL: none, or several when `need` is false. */
static gamlp_status find_file(char **path, const char *folder, const char *ending, bool need) {
    char **names;
    int64_t count;
    *path = NULL;
    gamlp_status status = gamlp_folder_list(&names, &count, folder, ending);
    if (status != GAMLP_OK) return status;
    if (count == 1)
        status = gamlp_text_format(path, "%s/%s", folder, names[0]);
    else if (need)
        status = gamlp_fail(GAMLP_E_NOINPUT, "%s: %" PRId64 " files *%s, expected one", folder,
                            count, ending);
    gamlp_folder_free(names, count);
    return status;
}

/* Labels. */

typedef struct targets {
    gamlp_lines *lines;
    gamlp_cells cells;
    gamlp_names names;
    int64_t columns, id, label; /* the columns */
    int64_t *node, count, room; /* node of each line, and its label */
    int32_t *number;
} targets;

static void targets_clear(targets *t) {
    gamlp_lines_close(t->lines);
    gamlp_cells_clear(&t->cells);
    gamlp_names_clear(&t->names);
    gamlp_free(t->node);
    gamlp_free(t->number);
}

static gamlp_status read_header(targets *t) {
    static const char *const ids[] = {"new_id", "id", NULL};
    static const char *const labels[] = {"ml_target", "page_type", "mature", "target", NULL};
    bool more;
    gamlp_status status = gamlp_cells_next(&more, &t->cells, t->lines);
    if (status != GAMLP_OK) return status;
    t->columns = t->cells.count;
    if (t->columns < 2) return gamlp_lines_refuse(t->lines, "expected a header with id and target");
    t->id = gamlp_cells_find(&t->cells, ids);
    if (t->id < 0) t->id = 0;
    t->label = gamlp_cells_find(&t->cells, labels);
    if (t->label < 0) t->label = t->columns - 1;
    return t->label == t->id ? gamlp_lines_refuse(t->lines, "no column is a target") : GAMLP_OK;
}

static gamlp_status take_target(targets *t) {
    gamlp_status status = GAMLP_OK;
    int64_t node, index = GAMLP_UNLABELLED;
    if (t->cells.count != t->columns) {
        char problem[96];
        snprintf(problem, sizeof problem, "%" PRId64 " cells, expected %" PRId64, t->cells.count,
                 t->columns);
        return gamlp_lines_refuse(t->lines, problem);
    }
    if (!gamlp_cells_int(&node, &t->cells, t->id) || node < 0 || node >= INT32_MAX)
        return gamlp_lines_refuse(t->lines, "expected the number of a node");
    if (t->count == t->room) {
        int64_t room = t->room ? 2 * t->room : 256;
        GAMLP_TRY(gamlp_grow(&t->node, t->count, room, sizeof *t->node, "nodes"));
        GAMLP_TRY(gamlp_grow(&t->number, t->count, room, sizeof *t->number, "labels"));
        t->room = room;
    }
    const char *text = t->cells.text[t->label];
    if (*text) GAMLP_TRY(gamlp_names_add(&index, &t->names, text, strlen(text)));
    t->node[t->count] = node;
    t->number[t->count++] = (int32_t)index;
done:
    return status;
}

/* Each of 0 .. n-1 has one line. */
static gamlp_status order_targets(gamlp_dataset *d, const targets *t, const char *path) {
    enum { UNSEEN = INT32_MIN };
    gamlp_status status = gamlp_new_raw(&d->label, t->count, sizeof *d->label, "labels");
    if (status != GAMLP_OK) return status;
    d->nodes = t->count;
    for (int64_t i = 0; i < d->nodes; i++) d->label[i] = UNSEEN;
    for (int64_t i = 0; i < d->nodes; i++) {
        int64_t node = t->node[i];
        if (node >= d->nodes || d->label[node] != UNSEEN)
            return gamlp_fail(
                GAMLP_E_DATA,
                "%s: line %" PRId64 ": node %" PRId64 " %s, expected each of 0..%" PRId64 " once",
                path, i + 2, node, node < d->nodes ? "again" : "is too large", d->nodes - 1);
        d->label[node] = t->number[i];
    }
    return GAMLP_OK;
}

static gamlp_status read_targets(gamlp_dataset *d, const char *path) {
    targets t = {0};
    bool more;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_lines_open(&t.lines, path));
    GAMLP_TRY(read_header(&t));
    for (;;) {
        GAMLP_TRY(gamlp_cells_next(&more, &t.cells, t.lines));
        if (!more) break;
        GAMLP_TRY(take_target(&t));
    }
    if (t.count < 1) GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: no nodes", path));
    GAMLP_TRY(order_targets(d, &t, path));
    GAMLP_TRY(gamlp_names_to_classes(d, &t.names, path));
done:
    targets_clear(&t);
    return status;
}

/* Features. */

typedef struct lists {
    gamlp_dataset *d;
    const char *path;
    int64_t entries, *node, *feature; /* NULL: they are counted first */
} lists;

static gamlp_status refuse_list(const lists *l, const char *key, const char *problem) {
    return gamlp_fail(GAMLP_E_DATA, "%s: member \"%.40s\": %s", l->path, key, problem);
}

static gamlp_status visit(void *context, const char *key, const gamlp_json *value) {
    lists *l = context;
    const char *at = key;
    int64_t node, feature, count = gamlp_json_length(value);
    if (!gamlp_number_int(&node, &at) || *at || node < 0 || node >= l->d->nodes)
        return refuse_list(l, key, "expected the number of a node of the target file");
    if (!gamlp_json_is_array(value)) return refuse_list(l, key, "expected a list of features");
    for (int64_t i = 0; i < count; i++) {
        if (!gamlp_json_int(gamlp_json_at(value, i), &feature) || feature < 0 ||
            feature >= FEATURE_LIMIT)
            return refuse_list(l, key, "expected features from 0 to 2^24 - 1");
        if (l->node) {
            l->node[l->entries] = node;
            l->feature[l->entries] = feature;
        }
        if (feature >= l->d->features) l->d->features = feature + 1;
        l->entries++;
    }
    return GAMLP_OK;
}

static gamlp_status take_features(gamlp_dataset *d, const gamlp_json *root, const char *path) {
    lists l = {.d = d, .path = path};
    gamlp_status status = GAMLP_OK;
    if (!gamlp_json_is_object(root))
        GAMLP_TRY(
            gamlp_fail(GAMLP_E_DATA, "%s: expected an object with a list for each node", path));
    GAMLP_TRY(gamlp_json_each(root, visit, &l));
    if (l.entries == 0) GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: no node has a feature", path));
    int64_t entries = l.entries;
    l.entries = 0;
    GAMLP_TRY(gamlp_new_raw(&l.node, entries, sizeof *l.node, "features"));
    GAMLP_TRY(gamlp_new_raw(&l.feature, entries, sizeof *l.feature, "features"));
    GAMLP_TRY(gamlp_json_each(root, visit, &l));
    GAMLP_TRY(gamlp_csr_from_triplets(&d->sparse, d->nodes, d->features, entries, l.node, l.feature,
                                      NULL, GAMLP_DUPLICATES_ONE));
    for (int64_t i = 0; i < d->nodes; i++)
        d->missing_rows += d->sparse.ptr[i] == d->sparse.ptr[i + 1];
done:
    gamlp_free(l.node);
    gamlp_free(l.feature);
    return status;
}

static gamlp_status read_features(gamlp_dataset *d, const char *path) {
    gamlp_bytes bytes;
    gamlp_json *root = NULL;
    gamlp_status status = gamlp_stream_read_all(&bytes, path, FILE_LIMIT);
    if (status != GAMLP_OK) return status;
    GAMLP_TRY(gamlp_json_parse(&root, bytes.data, bytes.size, path));
    gamlp_bytes_clear(&bytes);
    GAMLP_TRY(take_features(d, root, path));
done:
    gamlp_json_free(root);
    gamlp_bytes_clear(&bytes);
    return status;
}

static gamlp_status read_edges(gamlp_dataset *d, const char *path) {
    const gamlp_table_layout layout = {.cell = "a node",
                                       .bounded = true,
                                       .high = d->nodes - 1,
                                       .columns = 2,
                                       .rows = INT64_MAX / 8,
                                       .any_rows = true,
                                       .header = true};
    gamlp_table table;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_table_read(&table, path, &layout));
    GAMLP_TRY(gamlp_table_graph(&d->graph, &table, d->nodes, false));
done:
    gamlp_table_clear(&table);
    return status;
}

gamlp_status gamlp_musae_read(gamlp_dataset *dataset, const char *folder) {
    static const char *const endings[] = {"target.csv", "features.json", "edges.csv"};
    static gamlp_status (*const steps[])(gamlp_dataset *,
                                         const char *) = {read_targets, read_features, read_edges};
    *dataset = (gamlp_dataset){.format = "musae"};
    char *path = NULL;
    gamlp_status status = GAMLP_OK;
    for (int i = 0; i < 3; i++) {
        GAMLP_TRY(find_file(&path, folder, endings[i], true));
        GAMLP_TRY(steps[i](dataset, path));
        GAMLP_TRY(gamlp_dataset_add_file(dataset, path));
        gamlp_free(path);
        path = NULL;
    }
    gamlp_folder_title(dataset, folder);
done:
    gamlp_free(path);
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}

static gamlp_status find(char **path, const char *name) {
    char *features = NULL, *target = NULL;
    *path = NULL;
    gamlp_status status = GAMLP_OK;
    if (!gamlp_file_is_directory(name)) return GAMLP_OK;
    GAMLP_TRY(find_file(&features, name, "features.json", false));
    GAMLP_TRY(find_file(&target, name, "target.csv", false));
    if (features && target) GAMLP_TRY(gamlp_strdup(path, name));
done:
    gamlp_free(features);
    gamlp_free(target);
    return status;
}

const gamlp_format gamlp_format_musae = {"musae",
                                         "a folder with *edges.csv, *features.json and *target.csv",
                                         "", find, gamlp_musae_read};
