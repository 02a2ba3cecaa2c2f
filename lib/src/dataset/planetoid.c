/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/planetoid.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "dataset/format.h"
#include "dataset/pickle.h"
#include "dataset/scipy.h"
#include "dataset/split.h"
#include "gamlp/alloc.h"

enum { FILE_LIMIT = 1 << 30, PUBLIC_VAL = 500 };

/* One-hot labels as class numbers. */
typedef struct labels {
    int64_t rows, classes;
    int32_t *label;
} labels;

/* Everything the eight files say, before it is put together. */
typedef struct parts {
    const gamlp_planetoid_files *files;
    gamlp_csr x[3]; /* x, tx, allx */
    labels y[3];    /* y, ty, ally */
    int64_t *test, test_count, test_first, test_last;
} parts;

const char *gamlp_planetoid_ending(int part) {
    static const char *const endings[] = {"x",  "tx",   "allx",  "y",
                                          "ty", "ally", "graph", "test.index"};
    return endings[part];
}

static gamlp_status open_part(gamlp_pickle **pickle, const gamlp_planetoid_files *files, int part) {
    return gamlp_pickle_parse(pickle, files->bytes[part].data, files->bytes[part].size,
                              files->name[part]);
}

static gamlp_status read_features(gamlp_csr *x, const gamlp_planetoid_files *files, int part) {
    gamlp_pickle *pickle = NULL;
    gamlp_scipy_csr csr;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(open_part(&pickle, files, part));
    GAMLP_TRY(gamlp_pickle_csr(&csr, pickle, gamlp_pickle_root(pickle)));
    GAMLP_TRY(gamlp_scipy_features(x, &csr, "row", files->name[part]));
done:
    gamlp_pickle_free(pickle);
    return status;
}

/* Class of each row: where its one nonzero stands; no nonzero, no label. */
static gamlp_status take_labels(labels *y, const gamlp_array *array, const char *what) {
    double value[GAMLP_ARRAY_BLOCK];
    for (int64_t i = 0; i < y->rows; i++) y->label[i] = GAMLP_UNLABELLED;
    for (int64_t at = 0; at < array->count; at += GAMLP_ARRAY_BLOCK) {
        int64_t n = array->count - at < GAMLP_ARRAY_BLOCK ? array->count - at : GAMLP_ARRAY_BLOCK;
        gamlp_array_reals(array, at, n, value);
        for (int64_t i = 0; i < n; i++) {
            if (value[i] == 0) continue;
            int64_t row = array->fortran ? (at + i) % y->rows : (at + i) / y->classes;
            int64_t class_ = array->fortran ? (at + i) / y->rows : (at + i) % y->classes;
            if (value[i] != 1 || y->label[row] != GAMLP_UNLABELLED)
                return gamlp_fail(GAMLP_E_DATA, "%s: row %" PRId64 " is not a one-hot label", what,
                                  row);
            y->label[row] = (int32_t)class_;
        }
    }
    return GAMLP_OK;
}

static gamlp_status read_labels(labels *y, const gamlp_planetoid_files *files, int part) {
    const char *what = files->name[part];
    gamlp_pickle *pickle = NULL;
    gamlp_array array;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(open_part(&pickle, files, part));
    GAMLP_TRY(gamlp_pickle_array(&array, pickle, gamlp_pickle_root(pickle)));
    GAMLP_TRY(gamlp_array_expect_reals(&array, 2, what));
    y->rows = array.shape[0];
    y->classes = array.shape[1];
    if (y->rows < 1 || y->rows > INT32_MAX || y->classes < 1 || y->classes > INT32_MAX)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                             "%s: %" PRId64 " x %" PRId64 " labels, expected at least 1 x 1", what,
                             y->rows, y->classes));
    GAMLP_TRY(gamlp_new_raw(&y->label, y->rows, sizeof *y->label, "labels"));
    GAMLP_TRY(take_labels(y, &array, what));
done:
    gamlp_pickle_free(pickle);
    return status;
}

/* Lines of one number each. */
static gamlp_status take_numbers(int64_t *number, int64_t *count, const gamlp_bytes *bytes,
                                 const char *what) {
    const unsigned char *at = bytes->data, *end = at + bytes->size;
    for (int64_t line = 1; at < end; line++) {
        int64_t value = 0, digits = 0;
        for (; at < end && *at >= '0' && *at <= '9' && digits < 12; at++, digits++)
            value = 10 * value + (*at - '0');
        if (at < end && *at == '\r') at++;
        if (digits == 0 || (at < end && *at != '\n') || value >= INT32_MAX)
            return gamlp_fail(GAMLP_E_DATA, "%s: line %" PRId64 ": expected a node number", what,
                              line);
        number[(*count)++] = value;
        at++;
    }
    return GAMLP_OK;
}

static gamlp_status read_test(parts *p) {
    const gamlp_bytes *bytes = &p->files->bytes[GAMLP_PLANETOID_TEST];
    const char *what = p->files->name[GAMLP_PLANETOID_TEST];
    gamlp_status status =
        gamlp_new_raw(&p->test, (int64_t)(bytes->size / 2 + 1), sizeof *p->test, "test nodes");
    if (status == GAMLP_OK) status = take_numbers(p->test, &p->test_count, bytes, what);
    if (status != GAMLP_OK) return status;
    if (p->test_count == 0) return gamlp_fail(GAMLP_E_DATA, "%s: is empty", what);
    p->test_first = p->test_last = p->test[0];
    for (int64_t i = 0; i < p->test_count; i++) {
        if (p->test[i] < p->test_first) p->test_first = p->test[i];
        if (p->test[i] > p->test_last) p->test_last = p->test[i];
    }
    return GAMLP_OK;
}

static gamlp_status expect_equal(const parts *p, int part, int64_t got, int other, int64_t expected,
                                 const char *unit) {
    if (got == expected) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_DATA, "%s: %" PRId64 " %s, but %s has %" PRId64, p->files->name[part],
                      got, unit, p->files->name[other], expected);
}

static gamlp_status check_sizes(const parts *p) {
    const gamlp_csr *allx = &p->x[GAMLP_PLANETOID_ALLX];
    const labels *ally = &p->y[GAMLP_PLANETOID_ALLX];
    const int test = GAMLP_PLANETOID_TEST;
    gamlp_status status = GAMLP_OK;
    for (int i = 0; i < 3; i++) {
        GAMLP_TRY(expect_equal(p, i, p->x[i].rows, i + 3, p->y[i].rows, "rows"));
        GAMLP_TRY(expect_equal(p, i, p->x[i].cols, GAMLP_PLANETOID_ALLX, allx->cols, "features"));
        GAMLP_TRY(expect_equal(p, i + 3, p->y[i].classes, GAMLP_PLANETOID_ALLY, ally->classes,
                               "classes"));
    }
    GAMLP_TRY(expect_equal(p, test, p->test_count, GAMLP_PLANETOID_TX,
                           p->x[GAMLP_PLANETOID_TX].rows, "lines"));
    if (p->test_first != allx->rows)
        GAMLP_TRY(gamlp_fail(
            GAMLP_E_DATA, "%s: the first test node is %" PRId64 ", but %s ends before %" PRId64,
            p->files->name[test], p->test_first, p->files->name[GAMLP_PLANETOID_ALLX], allx->rows));
    if (p->x[GAMLP_PLANETOID_X].rows >= allx->rows)
        GAMLP_TRY(gamlp_fail(
            GAMLP_E_DATA, "%s: %" PRId64 " rows leave none of the %" PRId64 " of %s for validation",
            p->files->name[GAMLP_PLANETOID_X], p->x[GAMLP_PLANETOID_X].rows, allx->rows,
            p->files->name[GAMLP_PLANETOID_ALLX]));
done:
    return status;
}

/* row[i]: the row of [allx; tx] that is node i, or -1. */
static gamlp_status map_rows(int64_t **row, const parts *p, int64_t nodes) {
    gamlp_status status = gamlp_new_raw(row, nodes, sizeof **row, "test rows");
    if (status != GAMLP_OK) return status;
    int64_t known = p->x[GAMLP_PLANETOID_ALLX].rows;
    for (int64_t i = 0; i < nodes; i++) (*row)[i] = i < known ? i : -1;
    for (int64_t i = 0; i < p->test_count; i++) {
        int64_t *place = &(*row)[p->test[i]];
        if (*place >= 0)
            return gamlp_fail(GAMLP_E_DATA, "%s: line %" PRId64 ": node %" PRId64 " comes twice",
                              p->files->name[GAMLP_PLANETOID_TEST], i + 1, p->test[i]);
        *place = known + i;
    }
    return GAMLP_OK;
}

/* Features and labels of all nodes. */
static gamlp_status place(gamlp_dataset *d, const parts *p, const int64_t *row) {
    const gamlp_csr *allx = &p->x[GAMLP_PLANETOID_ALLX], *tx = &p->x[GAMLP_PLANETOID_TX];
    gamlp_csr *to = &d->sparse;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_csr_init(to, d->nodes, allx->cols, allx->nnz + tx->nnz));
    GAMLP_TRY(gamlp_new_raw(&d->label, d->nodes, sizeof *d->label, "labels"));
    for (int64_t i = 0; i < d->nodes; i++) {
        to->ptr[i + 1] = to->ptr[i];
        d->label[i] = GAMLP_UNLABELLED;
        d->missing_rows += row[i] < 0;
        if (row[i] < 0) continue;
        const gamlp_csr *from = row[i] < allx->rows ? allx : tx;
        const labels *y = &p->y[row[i] < allx->rows ? GAMLP_PLANETOID_ALLX : GAMLP_PLANETOID_TX];
        int64_t r = row[i] < allx->rows ? row[i] : row[i] - allx->rows;
        int64_t count = from->ptr[r + 1] - from->ptr[r];
        memcpy(to->idx + to->ptr[i], from->idx + from->ptr[r], (size_t)count * sizeof *to->idx);
        memcpy(to->val + to->ptr[i], from->val + from->ptr[r], (size_t)count * sizeof *to->val);
        to->ptr[i + 1] += count;
        d->label[i] = y->label[r];
    }
done:
    return status;
}

/* Train: the rows of y; validation: the next 500; test: test.index. */
static gamlp_status split_public(gamlp_dataset *d, const parts *p) {
    gamlp_split *split = &d->split;
    int64_t train = p->y[GAMLP_PLANETOID_X].rows, rest = p->x[GAMLP_PLANETOID_ALLX].rows - train;
    int64_t val = rest < PUBLIC_VAL ? rest : PUBLIC_VAL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&split->train, train, sizeof *split->train, "training nodes"));
    GAMLP_TRY(gamlp_new(&split->val, val, sizeof *split->val, "validation nodes"));
    GAMLP_TRY(gamlp_new(&split->test, p->test_count, sizeof *split->test, "test nodes"));
    for (int64_t i = 0; i < train; i++) split->train[i] = i;
    for (int64_t i = 0; i < val; i++) split->val[i] = train + i;
    memcpy(split->test, p->test, (size_t)p->test_count * sizeof *split->test);
    gamlp_split_sort(split->test, p->test_count);
    split->train_count = train;
    split->val_count = val;
    split->test_count = p->test_count;
    snprintf(split->rule, sizeof split->rule, "public");
done:
    return status;
}

static gamlp_status refuse_graph(const gamlp_pickle *pickle, int64_t node, const char *sentence) {
    return gamlp_fail(GAMLP_E_DATA, "%s: node %" PRId64 ": %s", gamlp_pickle_what(pickle), node,
                      sentence);
}

/* Number of listed neighbours; each key a node once, each value a list. */
static gamlp_status count_edges(int64_t *count, const gamlp_pickle *pickle, int64_t nodes,
                                unsigned char *seen, size_t limit) {
    const gamlp_pickle_value *key;
    gamlp_pickle_walk walk = gamlp_pickle_walk_init(pickle, gamlp_pickle_root(pickle));
    while ((key = gamlp_pickle_walk_step(pickle, &walk)) != NULL) {
        const gamlp_pickle_value *list = gamlp_pickle_walk_step(pickle, &walk);
        int64_t node = key->kind == GAMLP_PICKLE_INT ? key->as.integer : -1;
        if (node < 0 || node >= nodes) return refuse_graph(pickle, node, "does not exist");
        if (seen[node]++) return refuse_graph(pickle, node, "comes twice");
        if (list->kind != GAMLP_PICKLE_LIST)
            return refuse_graph(pickle, node, "expected a list of neighbours");
        *count += gamlp_pickle_length(pickle, list);
        if (*count > (int64_t)limit)
            return refuse_graph(pickle, node, "more neighbours than the file can hold");
    }
    return GAMLP_OK;
}

static gamlp_status take_edges(int64_t *source, int64_t *target, const gamlp_pickle *pickle,
                               int64_t nodes) {
    const gamlp_pickle_value *key, *item;
    gamlp_pickle_walk walk = gamlp_pickle_walk_init(pickle, gamlp_pickle_root(pickle));
    for (int64_t e = 0; (key = gamlp_pickle_walk_step(pickle, &walk)) != NULL;) {
        gamlp_pickle_walk inner =
            gamlp_pickle_walk_init(pickle, gamlp_pickle_walk_step(pickle, &walk));
        while ((item = gamlp_pickle_walk_step(pickle, &inner)) != NULL) {
            if (item->kind != GAMLP_PICKLE_INT || item->as.integer < 0 || item->as.integer >= nodes)
                return refuse_graph(pickle, key->as.integer, "a neighbour does not exist");
            source[e] = key->as.integer;
            target[e++] = item->as.integer;
        }
    }
    return GAMLP_OK;
}

static gamlp_status read_graph(gamlp_graph *graph, const parts *p, int64_t nodes) {
    gamlp_pickle *pickle = NULL;
    unsigned char *seen = NULL;
    int64_t *ends = NULL, count = 0;
    size_t limit = p->files->bytes[GAMLP_PLANETOID_GRAPH].size;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(open_part(&pickle, p->files, GAMLP_PLANETOID_GRAPH));
    const gamlp_pickle_value *root = gamlp_pickle_root(pickle);
    if (root->kind != GAMLP_PICKLE_DICT)
        GAMLP_TRY(
            gamlp_fail(GAMLP_E_DATA, "%s: expected a dict of lists", gamlp_pickle_what(pickle)));
    if (gamlp_pickle_length(pickle, root) / 2 != nodes)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: %" PRId64 " nodes, but %s and %s tell of %" PRId64,
                             gamlp_pickle_what(pickle), gamlp_pickle_length(pickle, root) / 2,
                             p->files->name[GAMLP_PLANETOID_ALLX],
                             p->files->name[GAMLP_PLANETOID_TEST], nodes));
    GAMLP_TRY(gamlp_new(&seen, nodes, sizeof *seen, "nodes"));
    GAMLP_TRY(count_edges(&count, pickle, nodes, seen, limit));
    GAMLP_TRY(gamlp_new_raw(&ends, 2 * count + 1, sizeof *ends, "edges"));
    GAMLP_TRY(take_edges(ends, ends + count, pickle, nodes));
    GAMLP_TRY(gamlp_graph_from_edges(graph, nodes, count, ends, ends + count));
done:
    gamlp_pickle_free(pickle);
    gamlp_free(seen);
    gamlp_free(ends);
    return status;
}

static gamlp_status assemble(gamlp_dataset *d, const parts *p) {
    int64_t *row = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_sizes(p));
    d->nodes = p->test_last + 1;
    d->features = p->x[GAMLP_PLANETOID_ALLX].cols;
    d->classes = p->y[GAMLP_PLANETOID_ALLX].classes;
    GAMLP_TRY(read_graph(&d->graph, p, d->nodes));
    GAMLP_TRY(map_rows(&row, p, d->nodes));
    GAMLP_TRY(place(d, p, row));
    GAMLP_TRY(split_public(d, p));
done:
    gamlp_free(row);
    return status;
}

gamlp_status gamlp_planetoid_parse(gamlp_dataset *dataset, const gamlp_planetoid_files *files) {
    *dataset = (gamlp_dataset){.format = "planetoid"};
    parts p = {.files = files};
    gamlp_status status = GAMLP_OK;
    for (int i = 0; i < 3; i++) {
        GAMLP_TRY(read_features(&p.x[i], files, GAMLP_PLANETOID_X + i));
        GAMLP_TRY(read_labels(&p.y[i], files, GAMLP_PLANETOID_Y + i));
    }
    GAMLP_TRY(read_test(&p));
    GAMLP_TRY(assemble(dataset, &p));
done:
    for (int i = 0; i < 3; i++) {
        gamlp_csr_clear(&p.x[i]);
        gamlp_free(p.y[i].label);
    }
    gamlp_free(p.test);
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}

/* "dir/ind.cora" names "cora". */
static void name_by_prefix(gamlp_dataset *dataset, const char *prefix) {
    const char *slash = strrchr(prefix, '/'), *base = slash ? slash + 1 : prefix;
    if (strncmp(base, "ind.", 4) == 0) base += 4;
    snprintf(dataset->name, sizeof dataset->name, "%.*s", GAMLP_NAME_MAX - 1, base);
}

gamlp_status gamlp_planetoid_read(gamlp_dataset *dataset, const char *prefix) {
    *dataset = (gamlp_dataset){0};
    gamlp_planetoid_files files = {0};
    char *name[GAMLP_PLANETOID_PARTS] = {0};
    gamlp_status status = GAMLP_OK;
    for (int i = 0; i < GAMLP_PLANETOID_PARTS; i++) {
        GAMLP_TRY(gamlp_text_format(&name[i], "%s.%s", prefix, gamlp_planetoid_ending(i)));
        files.name[i] = name[i];
        GAMLP_TRY(gamlp_file_read(&files.bytes[i], name[i], FILE_LIMIT));
    }
    GAMLP_TRY(gamlp_planetoid_parse(dataset, &files));
    name_by_prefix(dataset, prefix);
    for (int i = 0; i < GAMLP_PLANETOID_PARTS; i++)
        GAMLP_TRY(gamlp_dataset_add_file(dataset, name[i]));
done:
    for (int i = 0; i < GAMLP_PLANETOID_PARTS; i++) {
        gamlp_bytes_clear(&files.bytes[i]);
        gamlp_free(name[i]);
    }
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}

/* The one "DIR/ind.NAME" with a .graph in a directory; *prefix NULL: none. */
static gamlp_status find_prefix(char **prefix, const char *folder) {
    *prefix = NULL;
    DIR *directory = opendir(folder);
    if (!directory) return GAMLP_OK;
    gamlp_status status = GAMLP_OK;
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (strncmp(entry->d_name, "ind.", 4) != 0 ||
            !gamlp_text_ends_with(entry->d_name, ".graph"))
            continue;
        if (*prefix)
            GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                                 "%s: holds several data sets: name one, as %s/ind.NAME", folder,
                                 folder));
        GAMLP_TRY(gamlp_text_format(prefix, "%s/%.*s", folder, (int)strlen(entry->d_name) - 6,
                                    entry->d_name));
    }
done:
    closedir(directory);
    return status;
}

/* The prefix of "DIR/ind.NAME.graph" when others of its files are there. */
static gamlp_status find_part(char **prefix, const char *name) {
    static const char *const other[] = {"allx", "test.index"};
    const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
    int size = (int)strlen(name) - (int)strlen(".graph");
    bool all = strncmp(base, "ind.", 4) == 0 && gamlp_text_ends_with(base, ".graph");
    for (int i = 0; i < 2 && all; i++) {
        char *path;
        gamlp_status status = gamlp_text_format(&path, "%.*s.%s", size, name, other[i]);
        if (status != GAMLP_OK) return status;
        all = gamlp_file_exists(path);
        gamlp_free(path);
    }
    return all ? gamlp_text_format(prefix, "%.*s", size, name) : GAMLP_OK;
}

static gamlp_status find(char **path, const char *name) {
    char *graph = NULL;
    *path = NULL;
    gamlp_status status = gamlp_text_format(&graph, "%s.graph", name);
    if (status != GAMLP_OK) return status;
    if (gamlp_file_exists(graph))
        status = gamlp_strdup(path, name);
    else if (gamlp_file_is_directory(name))
        status = find_prefix(path, name);
    else
        status = find_part(path, name);
    gamlp_free(graph);
    return status;
}

const gamlp_format gamlp_format_planetoid = {"planetoid",
                                             "ind.NAME.{x,tx,allx,y,ty,ally,graph,test.index}",
                                             ".graph", find, gamlp_planetoid_read};
