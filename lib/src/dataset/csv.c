/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plain classification data: a node a line, numbers and a class between commas (semicolons, tabs);
 * no edges.
 *
 * The first line names the columns when one of its cells is no number (of a last one that alone is
 * none, only when it is a word for labels).  Instead it may count rows and features and name the
 * classes, as in scikit-learn's files: 150,4,setosa,versicolor,virginica.  The label is the column
 * named label, target, class, y or digit in any case, else the last; its texts become classes in
 * sorted order, numbers by value, and an empty one is a node without label. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "dataset/cells.h"
#include "dataset/folder.h"
#include "dataset/format.h"
#include "dataset/names.h"
#include "dataset/pack.h"
#include "gamlp/alloc.h"

enum { FIRST_CELLS = 1 << 12 };

static const char *const label_words[] = {"label", "target", "class", "y", "digit", NULL};

typedef struct reading {
    gamlp_dataset *d;
    gamlp_lines *lines;
    gamlp_cells cells;
    gamlp_names names;
    bool counted;  /* the first line counts rows and names classes */
    int64_t rows;  /* that it counts                               */
    int64_t label; /* the column; -1: the last one                 */
    int64_t room;  /* nodes that there is memory for               */
    gamlp_real *features;
} reading;

/* "150,4,setosa,versicolor,virginica": what follows the counts cannot be features. */
static bool is_counted(const gamlp_cells *c, int64_t *rows, int64_t *features) {
    double number;
    if (c->count < 4 || !gamlp_cells_int(rows, c, 0) || !gamlp_cells_int(features, c, 1))
        return false;
    for (int64_t i = 2; i < c->count; i++)
        if (gamlp_cells_real(&number, c, i)) return false;
    return *rows > 0 && *features > 0 && *features < INT32_MAX;
}

static bool is_header(const gamlp_cells *c) {
    double number;
    for (int64_t i = 0; i + 1 < c->count; i++)
        if (!gamlp_cells_real(&number, c, i)) return true;
    return gamlp_cells_find(c, label_words) >= 0;
}

/* Look at the first line; *data: it is a node already. */
static gamlp_status read_first(reading *r, bool *data) {
    gamlp_status status = gamlp_cells_next(data, &r->cells, r->lines);
    if (status != GAMLP_OK || !*data) return status;
    r->label = -1;
    r->counted = is_counted(&r->cells, &r->rows, &r->d->features);
    if (r->counted) {
        for (int64_t i = 2; i < r->cells.count && status == GAMLP_OK; i++) {
            const char *text = r->cells.text[i];
            int64_t index;
            status = gamlp_names_add(&index, &r->names, text, strlen(text));
            if (status == GAMLP_OK && index != i - 2)
                status = gamlp_lines_refuse(r->lines, "a class is named twice");
        }
        *data = false;
    } else {
        r->d->features = r->cells.count - 1;
        if (is_header(&r->cells)) {
            r->label = gamlp_cells_find(&r->cells, label_words);
            *data = false;
        }
    }
    return status;
}

static gamlp_status refuse_cell(const reading *r, int64_t column, const char *expected) {
    char problem[160];
    snprintf(problem, sizeof problem, "column %" PRId64 ": \"%.40s\", expected %s", column + 1,
             r->cells.text[column], expected);
    return gamlp_lines_refuse(r->lines, problem);
}

static gamlp_status make_room(reading *r) {
    int64_t nodes = r->d->nodes, f = r->d->features;
    int64_t room = r->room ? 2 * r->room : 1 + FIRST_CELLS / f;
    if (nodes < r->room) return GAMLP_OK;
    if (nodes >= INT32_MAX) return gamlp_lines_refuse(r->lines, "more than 2^31 - 1 rows");
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_grow(&r->features, nodes * f, room * f, sizeof *r->features, "features"));
    GAMLP_TRY(gamlp_grow(&r->d->label, nodes, room, sizeof *r->d->label, "labels"));
    r->room = room;
done:
    return status;
}

static gamlp_status take_label(reading *r, int32_t *label, int64_t column) {
    const char *text = r->cells.text[column];
    int64_t index = GAMLP_UNLABELLED;
    if (r->counted && *text) {
        if (!gamlp_cells_int(&index, &r->cells, column) || index < 0 || index >= r->names.count)
            return refuse_cell(r, column, "the number of a class of the first line");
    } else if (*text) {
        gamlp_status status = gamlp_names_add(&index, &r->names, text, strlen(text));
        if (status != GAMLP_OK) return status;
    }
    *label = (int32_t)index;
    return GAMLP_OK;
}

static gamlp_status take_node(reading *r) {
    int64_t features = r->d->features, label = r->label < 0 ? features : r->label;
    if (r->cells.count != features + 1) {
        char problem[96];
        snprintf(problem, sizeof problem, "%" PRId64 " cells, expected %" PRId64, r->cells.count,
                 features + 1);
        return gamlp_lines_refuse(r->lines, problem);
    }
    gamlp_status status = make_room(r);
    if (status != GAMLP_OK) return status;
    gamlp_real *to = r->features + r->d->nodes * features;
    for (int64_t j = 0; j <= features; j++) {
        double value;
        if (j == label) continue;
        if (!gamlp_cells_real(&value, &r->cells, j) || !isfinite((float)value))
            return refuse_cell(r, j, "a finite number");
        *to++ = (gamlp_real)value;
    }
    status = take_label(r, &r->d->label[r->d->nodes], label);
    if (status == GAMLP_OK) r->d->nodes++;
    return status;
}

/* The classes of the first line keep its order. */
static gamlp_status name_classes(reading *r, const char *path) {
    gamlp_dataset *d = r->d;
    if (!r->counted) return gamlp_names_to_classes(d, &r->names, path);
    gamlp_status status = GAMLP_OK;
    if (d->nodes != r->rows)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                             "%s: line 1 tells of %" PRId64 " rows, but %" PRId64 " follow", path,
                             r->rows, d->nodes));
    GAMLP_TRY(gamlp_new(&d->class_name, r->names.count, sizeof *d->class_name, "classes"));
    d->classes = r->names.count;
    for (int64_t i = 0; i < d->classes; i++)
        GAMLP_TRY(gamlp_strdup(&d->class_name[i], gamlp_names_text(&r->names, i)));
done:
    return status;
}

static gamlp_status read_nodes(reading *r, const char *path) {
    bool more, first;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(read_first(r, &first));
    if (r->cells.count < 2)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: expected lines of features and a class", path));
    if (first) GAMLP_TRY(take_node(r));
    for (;;) {
        GAMLP_TRY(gamlp_cells_next(&more, &r->cells, r->lines));
        if (!more) break;
        GAMLP_TRY(take_node(r));
    }
    if (r->d->nodes < 1) GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: no rows behind line 1", path));
    GAMLP_TRY(name_classes(r, path));
done:
    return status;
}

gamlp_status gamlp_csv_read(gamlp_dataset *dataset, const char *path) {
    *dataset = (gamlp_dataset){.format = "csv"};
    reading r = {.d = dataset};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_lines_open(&r.lines, path));
    GAMLP_TRY(read_nodes(&r, path));
    dataset->dense =
        (gamlp_dense){.rows = dataset->features, .cols = dataset->nodes, .data = r.features};
    r.features = NULL;
    GAMLP_TRY(gamlp_pack_features(dataset));
    GAMLP_TRY(gamlp_graph_from_edges(&dataset->graph, dataset->nodes, 0, NULL, NULL));
    GAMLP_TRY(gamlp_dataset_add_file(dataset, path));
    gamlp_folder_title(dataset, path);
done:
    gamlp_lines_close(r.lines);
    gamlp_cells_clear(&r.cells);
    gamlp_names_clear(&r.names);
    gamlp_free(r.features);
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}

static gamlp_status find(char **path, const char *name) {
    static const char *const endings[] = {".csv", ".csv.gz", ".tsv", ".tsv.gz"};
    *path = NULL;
    if (!gamlp_file_exists(name) || gamlp_file_is_directory(name)) return GAMLP_OK;
    for (int i = 0; i < 4; i++)
        if (gamlp_text_ends_with(name, endings[i])) return gamlp_strdup(path, name);
    return GAMLP_OK;
}

const gamlp_format gamlp_format_csv = {
    "csv", "NAME.csv or NAME.csv.gz with features and a label column, no edges", "", find,
    gamlp_csv_read};
