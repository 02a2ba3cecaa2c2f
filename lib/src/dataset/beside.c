/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/beside.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/lines.h"
#include "core/number.h"
#include "core/text.h"
#include "dataset/format.h"
#include "dataset/mtx.h"
#include "dataset/names.h"
#include "dataset/npy.h"
#include "dataset/npz_csr.h"
#include "dataset/split.h"
#include "dataset/table.h"
#include "dataset/table_features.h"
#include "gamlp/alloc.h"

enum { FILE_LIMIT = INT32_MAX };

static const struct {
    const char *kind, *ending[6];
} places[] = {
    {"labels", {"npy", "csv", "csv.gz", "mtx"}},
    {"classes", {"txt"}},
    {"features", {"npz", "npy", "csv", "csv.gz", "mtx"}},
    {"split", {"npz"}},
};

static const char *const *endings_of(const char *kind) {
    size_t k = 0;
    while (strcmp(places[k].kind, kind) != 0) k++;
    return places[k].ending;
}

gamlp_status gamlp_beside_find(char **path, const char *stem, const char *kind) {
    *path = NULL;
    for (const char *const *ending = endings_of(kind); *ending; ending++) {
        gamlp_status status = gamlp_text_format(path, "%s%s.%s", stem, kind, *ending);
        if (status != GAMLP_OK || gamlp_file_exists(*path)) return status;
        gamlp_free(*path);
        *path = NULL;
    }
    return GAMLP_OK;
}

gamlp_status gamlp_beside_check_way(const char *stem, const char *kind, const char *written) {
    gamlp_status status = GAMLP_OK;
    bool reached = false;
    for (const char *const *ending = endings_of(kind); *ending && !reached; ending++) {
        char *path = NULL;
        status = gamlp_text_format(&path, "%s%s.%s", stem, kind, *ending);
        if (status != GAMLP_OK) return status;
        reached = written && strcmp(path, written) == 0;
        if (!reached && gamlp_file_exists(path))
            status = gamlp_fail(GAMLP_E_CREATE,
                                "%s: is in the way: it would be read as %s of what is written",
                                path, kind);
        gamlp_free(path);
        if (status != GAMLP_OK) return status;
    }
    return status;
}

gamlp_status gamlp_beside_stem(char **stem, const char *path, const char *const *endings,
                               char mark) {
    size_t size = strlen(path);
    for (int64_t i = 0; endings[i]; i++)
        if (gamlp_text_ends_with(path, endings[i])) {
            size -= strlen(endings[i]);
            break;
        }
    return gamlp_text_format(stem, "%.*s%c", (int)size, path, mark);
}

void gamlp_beside_name(gamlp_dataset *dataset, const char *stem) {
    const char *slash = strrchr(stem, '/'), *name = slash ? slash + 1 : stem;
    snprintf(dataset->name, sizeof dataset->name, "%.*s", (int)strlen(name) - 1, name);
}

/* Labels. */

gamlp_status gamlp_beside_numbers(gamlp_dataset *d, const double *number, const char *what) {
    gamlp_status status = gamlp_new_raw(&d->label, d->nodes, sizeof *d->label, "labels");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < d->nodes; i++) {
        double x = isnan(number[i]) ? GAMLP_UNLABELLED : number[i];
        if (x != floor(x) || x < GAMLP_UNLABELLED || x >= (double)d->nodes)
            return gamlp_fail(GAMLP_E_DATA,
                              "%s: node %" PRId64
                              " has label %g, expected an integer in -1..%" PRId64,
                              what, i, x, d->nodes - 1);
        d->label[i] = (int32_t)x;
        if (d->label[i] >= d->classes) d->classes = d->label[i] + 1;
    }
    if (d->classes < 1) return gamlp_fail(GAMLP_E_DATA, "%s: no node has a label", what);
    return GAMLP_OK;
}

static gamlp_status check_count(const gamlp_dataset *d, int64_t count, const char *what) {
    if (count == d->nodes) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_DATA, "%s: has %" PRId64 " elements, the graph %" PRId64 " nodes",
                      what, count, d->nodes);
}

static gamlp_status labels_npy(gamlp_dataset *d, const char *path) {
    gamlp_bytes bytes = {0};
    gamlp_array array;
    double *number = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_file_read(&bytes, path, FILE_LIMIT));
    GAMLP_TRY(gamlp_npy_parse(&array, bytes.data, bytes.size, path));
    GAMLP_TRY(gamlp_array_expect_ints(&array, 1, path));
    GAMLP_TRY(check_count(d, array.count, path));
    GAMLP_TRY(gamlp_new_raw(&number, d->nodes, sizeof *number, "labels"));
    for (int64_t at = 0; at < d->nodes; at += GAMLP_ARRAY_BLOCK) {
        int64_t n = d->nodes - at < GAMLP_ARRAY_BLOCK ? d->nodes - at : GAMLP_ARRAY_BLOCK;
        gamlp_array_reals(&array, at, n, number + at);
    }
    GAMLP_TRY(gamlp_beside_numbers(d, number, path));
done:
    gamlp_free(number);
    gamlp_bytes_clear(&bytes);
    return status;
}

static gamlp_status labels_mtx(gamlp_dataset *d, const char *path) {
    gamlp_mtx mtx;
    gamlp_status status = gamlp_mtx_load(&mtx, path);
    if (status != GAMLP_OK) return status;
    if (!mtx.dense || (mtx.rows != 1 && mtx.cols != 1))
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: expected an array of one row or column", path));
    GAMLP_TRY(check_count(d, mtx.count, path));
    GAMLP_TRY(gamlp_beside_numbers(d, mtx.val, path));
done:
    gamlp_mtx_clear(&mtx);
    return status;
}

/* Texts a line; a first line "label" or the like is a heading. */
static bool is_heading(const char *text) {
    static const char *const heading[] = {"label", "labels", "class", "target", "y"};
    for (size_t i = 0; i < sizeof heading / sizeof heading[0]; i++)
        if (strcasecmp(text, heading[i]) == 0) return true;
    return false;
}

static gamlp_status put_label(gamlp_dataset *d, int64_t node, gamlp_names *names, const char *text,
                              size_t size) {
    int64_t index = GAMLP_UNLABELLED;
    gamlp_status status = size > 0 ? gamlp_names_add(&index, names, text, size) : GAMLP_OK;
    if (status == GAMLP_OK) d->label[node] = (int32_t)index;
    return status;
}

/* When every text is an integer from -1 on, the labels are these numbers. */
static gamlp_status number_labels(bool *numbers, gamlp_dataset *d, const gamlp_names *names,
                                  const char *path) {
    double *number = NULL;
    gamlp_status status = gamlp_new_raw(&number, d->nodes, sizeof *number, "labels");
    *numbers = status == GAMLP_OK && names->count > 0;
    for (int64_t i = 0; i < d->nodes && *numbers; i++) {
        const char *text = gamlp_names_text(names, d->label[i]);
        int64_t value = GAMLP_UNLABELLED;
        *numbers = !text || (gamlp_number_int(&value, &text) && *text == 0 && value >= -1);
        number[i] = (double)value;
    }
    if (*numbers) {
        gamlp_free(d->label);
        d->label = NULL;
        status = gamlp_beside_numbers(d, number, path);
    }
    gamlp_free(number);
    return status;
}

static gamlp_status labels_csv(gamlp_dataset *d, const char *path) {
    gamlp_lines *lines = NULL;
    gamlp_names names = {0};
    char *text;
    size_t size;
    int64_t count = 0;
    bool numbers = false;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_lines_open(&lines, path));
    GAMLP_TRY(gamlp_new_raw(&d->label, d->nodes, sizeof *d->label, "labels"));
    for (;;) {
        GAMLP_TRY(gamlp_lines_next(&text, &size, lines));
        if (!text) break;
        if (gamlp_lines_number(lines) == 1 && is_heading(text)) continue;
        if (count == d->nodes)
            GAMLP_TRY(gamlp_lines_refuse(lines, "more labels than the graph has nodes"));
        GAMLP_TRY(put_label(d, count++, &names, text, size));
    }
    GAMLP_TRY(check_count(d, count, path));
    GAMLP_TRY(number_labels(&numbers, d, &names, path));
    if (!numbers) GAMLP_TRY(gamlp_names_to_classes(d, &names, path));
done:
    gamlp_names_clear(&names);
    gamlp_lines_close(lines);
    return status;
}

/* Names of classes, which are at least as many as the labels need. */
static gamlp_status read_classes(gamlp_dataset *d, const char *path) {
    gamlp_lines *lines = NULL;
    char **name = NULL, *text;
    int64_t count = 0;
    size_t size;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_lines_open(&lines, path));
    for (;;) {
        GAMLP_TRY(gamlp_lines_next(&text, &size, lines));
        if (!text) break;
        if (count == d->nodes) GAMLP_TRY(gamlp_lines_refuse(lines, "more classes than nodes"));
        if (gamlp_text_bad_byte(text) >= 0) GAMLP_TRY(gamlp_lines_refuse(lines, "expected UTF-8"));
        GAMLP_TRY(gamlp_grow(&name, count, count + 1, sizeof *name, "names of classes"));
        GAMLP_TRY(gamlp_strdup(&name[count++], text));
    }
    if (count < d->classes)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: %" PRId64 " names for %" PRId64 " classes", path,
                             count, d->classes));
    d->classes = count;
    d->class_name = name;
    name = NULL;
done:
    for (int64_t i = 0; name && i < count; i++) gamlp_free(name[i]);
    gamlp_free(name);
    gamlp_lines_close(lines);
    return status;
}

gamlp_status gamlp_beside_labels(bool *found, gamlp_dataset *dataset, const char *stem) {
    char *path = NULL, *classes = NULL;
    gamlp_status status = GAMLP_OK;
    *found = false;
    GAMLP_TRY(gamlp_beside_find(&path, stem, "labels"));
    if (!path) goto done;
    *found = true;
    if (gamlp_text_ends_with(path, ".npy"))
        GAMLP_TRY(labels_npy(dataset, path));
    else if (gamlp_text_ends_with(path, ".mtx"))
        GAMLP_TRY(labels_mtx(dataset, path));
    else
        GAMLP_TRY(labels_csv(dataset, path));
    GAMLP_TRY(gamlp_dataset_add_file(dataset, path));
    GAMLP_TRY(gamlp_beside_find(&classes, stem, "classes"));
    if (!classes || dataset->class_name) goto done;
    GAMLP_TRY(read_classes(dataset, classes));
    GAMLP_TRY(gamlp_dataset_add_file(dataset, classes));
done:
    gamlp_free(path);
    gamlp_free(classes);
    return status;
}

/* Features. */

gamlp_status gamlp_beside_identity(gamlp_dataset *d) {
    gamlp_status status = gamlp_csr_init(&d->sparse, d->nodes, d->nodes, d->nodes);
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < d->nodes; i++) {
        d->sparse.idx[i] = (int32_t)i;
        d->sparse.val[i] = 1;
        d->sparse.ptr[i + 1] = i + 1;
    }
    d->features = d->nodes;
    return GAMLP_OK;
}

/* scipy also stores columns and triplets; the array "format" tells, where there is one. */
static gamlp_status check_csr(const gamlp_npz *npz) {
    gamlp_array array;
    gamlp_bytes bytes = {0};
    if (!gamlp_npz_has(npz, "format")) return GAMLP_OK;
    gamlp_status status = gamlp_npz_read(&array, &bytes, npz, "format");
    if (status != GAMLP_OK) return status;
    int64_t step = array.kind == 'U' ? 4 : 1;
    bool csr =
        (array.kind == 'U' || array.kind == 'S') && array.count == 1 && array.item_size == 3 * step;
    for (int64_t i = 0; i < 3 * step && csr; i++)
        csr = array.data[i] == (i % step ? 0 : (unsigned char)"csr"[i / step]);
    gamlp_bytes_clear(&bytes);
    return csr ? GAMLP_OK : gamlp_fail(GAMLP_E_DATA, "%s: format.npy: expected csr", npz->what);
}

static gamlp_status features_npz(gamlp_dataset *d, const char *path) {
    gamlp_bytes bytes = {0};
    gamlp_npz npz = {0};
    gamlp_npz_csr csr = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_file_read(&bytes, path, FILE_LIMIT));
    GAMLP_TRY(gamlp_npz_open(&npz, bytes.data, bytes.size, path));
    GAMLP_TRY(check_csr(&npz));
    GAMLP_TRY(gamlp_npz_csr_read(&csr, &npz, ""));
    GAMLP_TRY(gamlp_scipy_features(&d->sparse, &csr.csr, "node", path));
    d->features = d->sparse.cols;
done:
    gamlp_npz_csr_clear(&csr);
    gamlp_npz_clear(&npz);
    gamlp_bytes_clear(&bytes);
    return status;
}

static gamlp_status features_npy(gamlp_dataset *d, const char *path) {
    gamlp_bytes bytes = {0};
    gamlp_array array;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_file_read(&bytes, path, FILE_LIMIT));
    GAMLP_TRY(gamlp_npy_parse(&array, bytes.data, bytes.size, path));
    GAMLP_TRY(gamlp_array_features(&d->dense, &array, path));
    d->features = d->dense.rows;
done:
    gamlp_bytes_clear(&bytes);
    return status;
}

/* Whether the first line of a table begins with anything but a number. */
static gamlp_status has_heading(bool *heading, const char *path) {
    gamlp_lines *lines = NULL;
    char *text;
    const char *at;
    size_t size;
    double value;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_lines_open(&lines, path));
    GAMLP_TRY(gamlp_lines_next(&text, &size, lines));
    at = text;
    *heading = text && !gamlp_number_real(&value, &at);
done:
    gamlp_lines_close(lines);
    return status;
}

static gamlp_status features_csv(gamlp_dataset *d, const char *path) {
    gamlp_table_layout layout = {.cell = "a feature", .reals = true, .rows = d->nodes};
    gamlp_table table = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(has_heading(&layout.header, path));
    GAMLP_TRY(gamlp_table_read(&table, path, &layout));
    GAMLP_TRY(gamlp_dense_init(&d->dense, table.columns, table.rows));
    memcpy(d->dense.data, table.reals,
           (size_t)table.columns * (size_t)table.rows * sizeof *table.reals);
    d->features = table.columns;
done:
    gamlp_table_clear(&table);
    return status;
}

gamlp_status gamlp_beside_features(bool *found, gamlp_dataset *dataset, const char *stem) {
    char *path = NULL;
    gamlp_status status = GAMLP_OK;
    *found = false;
    GAMLP_TRY(gamlp_beside_find(&path, stem, "features"));
    if (!path) goto done;
    *found = true;
    if (gamlp_text_ends_with(path, ".npz"))
        GAMLP_TRY(features_npz(dataset, path));
    else if (gamlp_text_ends_with(path, ".npy"))
        GAMLP_TRY(features_npy(dataset, path));
    else if (gamlp_text_ends_with(path, ".mtx"))
        GAMLP_TRY(gamlp_mtx_features(dataset, path));
    else
        GAMLP_TRY(features_csv(dataset, path));
    int64_t rows = dataset->sparse.rows ? dataset->sparse.rows : dataset->dense.cols;
    if (rows != dataset->nodes || dataset->features < 1)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                             "%s: features of %" PRId64 " nodes x %" PRId64
                             ", the graph has %" PRId64 " nodes",
                             path, rows, dataset->features, dataset->nodes));
    GAMLP_TRY(gamlp_dataset_add_file(dataset, path));
done:
    gamlp_free(path);
    return status;
}

gamlp_status gamlp_beside_split(bool *found, gamlp_dataset *dataset, const char *stem) {
    char *path = NULL;
    gamlp_status status = GAMLP_OK;
    *found = false;
    GAMLP_TRY(gamlp_beside_find(&path, stem, "split"));
    if (!path) goto done;
    *found = true;
    GAMLP_TRY(gamlp_split_read_npz(&dataset->split, path, dataset->nodes));
    snprintf(dataset->split.rule, sizeof dataset->split.rule, "stored");
    GAMLP_TRY(gamlp_dataset_add_file(dataset, path));
done:
    gamlp_free(path);
    return status;
}
