/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _XOPEN_SOURCE 700
/* The layout of graphdml-uiuc-jlu/geom-gcn: a folder with two tables that
 * have a header and tabs, out1_node_feature_label.txt (node, features between
 * commas, class) and out1_graph_edges.txt (arcs: node, node), and ten splits
 * NAME_split_0.6_0.2_{0..9}.npz in it or in ../splits.
 *
 * Features are values, as many for every node, or the indices of those that
 * are 1: this is so where the header has "feature_amount:LARGEST INDEX" (film)
 * or the nodes do not have equally many. */
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/lines.h"
#include "core/text.h"
#include "dataset/format.h"
#include "dataset/gather.h"
#include "dataset/split.h"
#include "gamlp/alloc.h"

#define NODES_NAME "out1_node_feature_label.txt"
#define EDGES_NAME "out1_graph_edges.txt"
#define SPLIT_TEXT "_split_0.6_0.2_"

enum { SPLITS = 10, INDEX_LIMIT = 1 << 24 };

typedef struct cell {
    const char *text;
    size_t size;
} cell;

typedef struct reading {
    gamlp_lines *lines;
    int64_t nodes, width; /* width: values of every node; 0: lists of indices */
    int64_t amount;       /* features that the header promises, or 0          */
    int64_t *row;         /* of each node in the file, or -1                  */
    gamlp_feature_rows rows;
    gamlp_edge_list edges;
} reading;

static void reading_clear(reading *r) {
    gamlp_lines_close(r->lines);
    gamlp_free(r->row);
    gamlp_feature_rows_clear(&r->rows);
    gamlp_edge_list_clear(&r->edges);
}

static gamlp_status open_lines(reading *r, const char *path) {
    gamlp_lines_close(r->lines);
    r->lines = NULL;
    return gamlp_lines_open(&r->lines, path);
}

/* The next line's `count` cells; *more false at the end.  Blank lines do not count. */
static gamlp_status next_cells(bool *more, cell *cells, int count, reading *r) {
    char *text;
    size_t size;
    do {
        gamlp_status status = gamlp_lines_next(&text, &size, r->lines);
        if (status != GAMLP_OK) return status;
        *more = text != NULL;
    } while (text && size == 0);
    for (int i = 0; text && i < count; i++) {
        char *tab = memchr(text, '\t', size);
        if ((tab == NULL) != (i == count - 1)) {
            char sentence[64];
            snprintf(sentence, sizeof sentence, "expected %d cells between tabs", count);
            return gamlp_lines_refuse(r->lines, sentence);
        }
        cells[i] = (cell){text, tab ? (size_t)(tab - text) : size};
        if (tab) size -= (size_t)(tab + 1 - text);
        text = tab ? tab + 1 : text;
    }
    return GAMLP_OK;
}

static gamlp_status refuse_cell(const reading *r, cell c, const char *problem) {
    char sentence[256];
    snprintf(sentence, sizeof sentence, "\"%.*s\" %s", (int)(c.size < 40 ? c.size : 40), c.text,
             problem);
    return gamlp_lines_refuse(r->lines, sentence);
}

static gamlp_status take_int(int64_t *value, const reading *r, cell c, int64_t low, int64_t high) {
    if (gamlp_gather_int(value, c.text, c.size) && *value >= low && *value <= high) return GAMLP_OK;
    char problem[96];
    snprintf(problem, sizeof problem, "is not an integer in %" PRId64 "..%" PRId64, low, high);
    return refuse_cell(r, c, problem);
}

/* The node table. */

static int64_t items_of(cell list) {
    int64_t count = list.size > 0;
    for (size_t i = 0; i < list.size; i++) count += list.text[i] == ',';
    return count;
}

static gamlp_status read_header(reading *r, cell *cells, int count) {
    bool more;
    gamlp_status status = next_cells(&more, cells, count, r);
    if (status != GAMLP_OK) return status;
    if (!more || strncmp(cells[0].text, "node_id", 7) != 0)
        return gamlp_lines_refuse(r->lines, "expected a header that begins with node_id");
    return GAMLP_OK;
}

/* Number of nodes, and what the features are. */
static gamlp_status survey(reading *r, const char *path) {
    static const char promise[] = "feature_amount:";
    cell c[3];
    bool more = true, equal = true;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(open_lines(r, path));
    GAMLP_TRY(read_header(r, c, 3));
    const char *amount = strstr(c[1].text, promise);
    if (amount) {
        amount += strlen(promise);
        cell number = {amount, strspn(amount, "0123456789")};
        GAMLP_TRY(take_int(&r->amount, r, number, 0, INDEX_LIMIT - 1));
        r->amount++;
    }
    for (int64_t first = 0; more; r->nodes += more) {
        GAMLP_TRY(next_cells(&more, c, 3, r));
        if (!more) break;
        int64_t items = items_of(c[1]);
        if (r->nodes == 0) first = items;
        if (items != first) equal = false;
        r->width = first;
    }
    if (!equal || r->amount > 0) r->width = 0;
    if (r->nodes < 1 || r->nodes > INT32_MAX)
        GAMLP_TRY(gamlp_lines_refuse(r->lines, "expected nodes behind the header"));
done:
    return status;
}

static gamlp_status take_features(reading *r, cell list) {
    gamlp_status status = GAMLP_OK;
    const char *at = list.text, *end = list.text + list.size;
    for (int64_t i = 0; list.size > 0 && at <= end; i++) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        cell item = {at, (size_t)((comma ? comma : end) - at)};
        int64_t index = i;
        double value = 1;
        if (r->width == 0)
            GAMLP_TRY(take_int(&index, r, item, 0, INDEX_LIMIT - 1));
        else if (!gamlp_gather_real(&value, item.text, item.size))
            GAMLP_TRY(refuse_cell(r, item, "is not a finite number"));
        GAMLP_TRY(gamlp_feature_rows_put(&r->rows, index, (gamlp_real)value));
        at = item.text + item.size + 1;
    }
    GAMLP_TRY(gamlp_feature_rows_end(&r->rows));
done:
    return status;
}

static gamlp_status take_nodes(gamlp_dataset *d, reading *r) {
    cell c[3];
    bool more = true;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(read_header(r, c, 3));
    for (int64_t i = 0; i < r->nodes; i++) {
        int64_t node, label;
        GAMLP_TRY(next_cells(&more, c, 3, r));
        if (!more) GAMLP_TRY(gamlp_lines_refuse(r->lines, "the file changed while it was read"));
        GAMLP_TRY(take_int(&node, r, c[0], 0, r->nodes - 1));
        GAMLP_TRY(take_int(&label, r, c[2], GAMLP_UNLABELLED, r->nodes - 1));
        if (r->row[node] >= 0) GAMLP_TRY(refuse_cell(r, c[0], "is there twice"));
        r->row[node] = i;
        d->label[node] = (int32_t)label;
        if (label >= d->classes) d->classes = label + 1;
        GAMLP_TRY(take_features(r, c[1]));
    }
    if (d->classes == 0) GAMLP_TRY(gamlp_lines_refuse(r->lines, "no node has a label"));
done:
    return status;
}

static gamlp_status read_nodes(gamlp_dataset *d, reading *r, const char *path) {
    gamlp_csr shuffled = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(survey(r, path));
    GAMLP_TRY(open_lines(r, path));
    GAMLP_TRY(gamlp_new(&d->label, r->nodes, sizeof *d->label, "labels"));
    GAMLP_TRY(gamlp_new_raw(&r->row, r->nodes, sizeof *r->row, "nodes"));
    for (int64_t i = 0; i < r->nodes; i++) r->row[i] = -1;
    GAMLP_TRY(take_nodes(d, r));
    d->nodes = r->nodes;
    d->features = r->width ? r->width : r->rows.csr.cols;
    if (d->features < r->amount) d->features = r->amount;
    if (d->features < 1) GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: no node has features", path));
    gamlp_feature_rows_take(&shuffled, &r->rows, d->features);
    GAMLP_TRY(gamlp_csr_rows(&d->sparse, &shuffled, r->row, r->nodes));
    GAMLP_TRY(gamlp_dataset_add_file(d, path));
done:
    gamlp_csr_clear(&shuffled);
    return status;
}

static gamlp_status read_edges(gamlp_dataset *d, reading *r, const char *path) {
    cell c[2];
    bool more = true;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(open_lines(r, path));
    GAMLP_TRY(read_header(r, c, 2));
    for (;;) {
        int64_t source, target;
        GAMLP_TRY(next_cells(&more, c, 2, r));
        if (!more) break;
        GAMLP_TRY(take_int(&source, r, c[0], 0, d->nodes - 1));
        GAMLP_TRY(take_int(&target, r, c[1], 0, d->nodes - 1));
        GAMLP_TRY(gamlp_edge_list_put(&r->edges, source, target));
    }
    GAMLP_TRY(gamlp_graph_from_arcs(&d->graph, d->nodes, r->edges.count, r->edges.source,
                                    r->edges.target));
    GAMLP_TRY(gamlp_dataset_add_file(d, path));
done:
    return status;
}

/* Splits. */

/* "FOLDER/NAME_split_0.6_0.2_" of the one set that has splits in the folder; NULL: none or several.
 */
static gamlp_status find_inside(char **stem, const char *folder) {
    static const char first[] = SPLIT_TEXT "0.npz";
    *stem = NULL;
    DIR *directory = opendir(folder);
    if (!directory) return GAMLP_OK;
    gamlp_status status = GAMLP_OK;
    const struct dirent *entry;
    int64_t count = 0;
    while (status == GAMLP_OK && (entry = readdir(directory)) != NULL) {
        if (!gamlp_text_ends_with(entry->d_name, first) || count++ > 0) continue;
        int size = (int)strlen(entry->d_name) - (int)strlen("0.npz");
        status = gamlp_text_format(stem, "%s/%.*s", folder, size, entry->d_name);
    }
    closedir(directory);
    if (count > 1) {
        gamlp_free(*stem);
        *stem = NULL;
    }
    return status;
}

/* The same in ../splits by the folder's name. */
static gamlp_status find_beside(char **stem, const char *folder, const char *name) {
    char *path = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_text_format(stem, "%s/../splits/%s" SPLIT_TEXT, folder, name));
    GAMLP_TRY(gamlp_text_format(&path, "%s0.npz", *stem));
    if (!gamlp_file_exists(path)) {
        gamlp_free(*stem);
        *stem = NULL;
    }
done:
    gamlp_free(path);
    return status;
}

static gamlp_status read_splits(gamlp_dataset *d, const char *folder) {
    char *stem = NULL, *path = NULL;
    gamlp_split split = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(find_inside(&stem, folder));
    if (!stem) GAMLP_TRY(find_beside(&stem, folder, d->name));
    for (int64_t k = 0; stem && k < SPLITS; k++) {
        gamlp_free(path);
        GAMLP_TRY(gamlp_text_format(&path, "%s%" PRId64 ".npz", stem, k));
        GAMLP_TRY(gamlp_split_read_npz(&split, path, d->nodes));
        gamlp_split_fixed_rule(&split, k, SPLITS);
        GAMLP_TRY(gamlp_dataset_add_fixed(d, &split));
        GAMLP_TRY(gamlp_dataset_add_file(d, path));
    }
done:
    gamlp_split_clear(&split);
    gamlp_free(stem);
    gamlp_free(path);
    return status;
}

/* Paths. */

static gamlp_status find(char **path, const char *name) {
    char *nodes = NULL, *edges = NULL;
    gamlp_status status = GAMLP_OK;
    *path = NULL;
    if (!gamlp_file_is_directory(name)) return GAMLP_OK;
    GAMLP_TRY(gamlp_text_format(&nodes, "%s/" NODES_NAME, name));
    GAMLP_TRY(gamlp_text_format(&edges, "%s/" EDGES_NAME, name));
    if (gamlp_file_exists(nodes) && gamlp_file_exists(edges)) GAMLP_TRY(gamlp_strdup(path, name));
done:
    gamlp_free(nodes);
    gamlp_free(edges);
    return status;
}

static gamlp_status read_folder(gamlp_dataset *d, const char *folder) {
    *d = (gamlp_dataset){.format = "geom-gcn"};
    reading r = {0};
    char *nodes = NULL, *edges = NULL, whole[PATH_MAX];
    gamlp_status status = GAMLP_OK;
    gamlp_dataset_name_by_path(d, realpath(folder, whole) ? whole : folder, "");
    GAMLP_TRY(gamlp_text_format(&nodes, "%s/" NODES_NAME, folder));
    GAMLP_TRY(gamlp_text_format(&edges, "%s/" EDGES_NAME, folder));
    GAMLP_TRY(read_nodes(d, &r, nodes));
    GAMLP_TRY(read_edges(d, &r, edges));
    GAMLP_TRY(read_splits(d, folder));
done:
    reading_clear(&r);
    gamlp_free(nodes);
    gamlp_free(edges);
    if (status != GAMLP_OK) gamlp_dataset_clear(d);
    return status;
}

const gamlp_format gamlp_format_geomgcn = {
    "geom-gcn", "a folder with " NODES_NAME " and " EDGES_NAME, "/" NODES_NAME, find, read_folder};
