/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the sections of a container to a data set: views of what lies in the file as it is needed,
 * copies of labels and splits.  Right checksums do not make the content right: it is checked. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"
#include "dataset/container.h"
#include "dataset/format.h"
#include "dataset/split.h"
#include "gamlp/alloc.h"

/* A view's pointers are not const, but nothing is written through them. */
static void *unconst(const void *data) {
    union {
        const void *from;
        void *to;
    } cast = {data};
    return cast.to;
}

static gamlp_status bad(const gamlp_container *c, const char *section, const char *problem) {
    return gamlp_fail(GAMLP_E_DATA, "%s: section %s: %s", c->path, section, problem);
}

static gamlp_status missing(const gamlp_container *c, const char *section) {
    return gamlp_fail(GAMLP_E_DATA, "%s: no section %s", c->path, section);
}

static gamlp_status check_matrix(const gamlp_container *c, const char *part, const gamlp_csr *a) {
    gamlp_status status = gamlp_csr_check(a);
    if (status == GAMLP_OK) return status;
    char sentence[256];
    snprintf(sentence, sizeof sentence, "%s", gamlp_error_text());
    return gamlp_fail(status, "%s: sections %s.*: %s", c->path, part, sentence);
}

/* How many of `count` increasing columns are below `row`; by halves, without a branch. */
static int64_t count_below(const int32_t *idx, int64_t count, int32_t row) {
    int64_t below = 0;
    while (count > 1) {
        int64_t half = count / 2;
        below += idx[below + half - 1] < row ? half : 0;
        count -= half;
    }
    return below + (count == 1 && idx[below] < row);
}

/* Entries above and on the diagonal. */
static void count_sides(int64_t *above, int64_t *on, const gamlp_csr *a) {
    for (int64_t i = 0; i < a->rows; i++) {
        const int32_t *idx = a->idx + a->ptr[i];
        int64_t count = a->ptr[i + 1] - a->ptr[i];
        int64_t below = count_below(idx, count, (int32_t)i);
        bool loop = below < count && idx[below] == i;
        *on += loop;
        *above += count - below - loop;
    }
}

/* Both directions of every edge: as many entries on one side of the diagonal as on the other, and
 * none on it. */
static gamlp_status check_graph(const gamlp_container *c, const gamlp_csr *a) {
    int64_t above = 0, on = 0;
    gamlp_status status = check_matrix(c, "graph", a);
    if (status != GAMLP_OK) return status;
    count_sides(&above, &on, a);
    if (on > 0) return bad(c, "graph.idx", "a node is its own neighbour");
    if (2 * above != a->nnz) return bad(c, "graph.idx", "an edge lacks its other direction");
    return GAMLP_OK;
}

/* Arcs are edges, and there is one for each edge (counted, not searched). */
static gamlp_status check_arcs(const gamlp_container *c, const gamlp_csr *arcs,
                               const gamlp_csr *a) {
    gamlp_status status = check_matrix(c, "arcs", arcs);
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < a->rows; i++) {
        int64_t k = a->ptr[i];
        for (int64_t e = arcs->ptr[i]; e < arcs->ptr[i + 1]; e++, k++) {
            while (k < a->ptr[i + 1] && a->idx[k] < arcs->idx[e]) k++;
            if (k == a->ptr[i + 1] || a->idx[k] != arcs->idx[e])
                return bad(c, "arcs.idx", "an arc is no edge of the graph");
        }
    }
    if (2 * arcs->nnz < a->nnz) return bad(c, "arcs.idx", "there are more edges than arcs");
    return GAMLP_OK;
}

/* Of a graph that has directions. */
static gamlp_status read_arcs(gamlp_dataset *d, gamlp_container *c) {
    const int64_t nodes = c->counts.nodes;
    const void *ptr = NULL, *idx = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_container_array(&ptr, c, "arcs.ptr", GAMLP_ELEMENT_INT64, nodes + 1));
    const gamlp_section *section = gamlp_container_find(c, "arcs.idx");
    if (!ptr && section) GAMLP_TRY(missing(c, "arcs.ptr"));
    if (!ptr) goto done;
    GAMLP_TRY(section ? gamlp_container_array(&idx, c, "arcs.idx", GAMLP_ELEMENT_INT32, -1)
                      : missing(c, "arcs.idx"));
    const gamlp_csr arcs = {.rows = nodes,
                            .cols = nodes,
                            .nnz = section->count,
                            .ptr = unconst(ptr),
                            .idx = unconst(idx),
                            .view = true};
    GAMLP_TRY(check_arcs(c, &arcs, &d->graph.adjacency));
    d->graph.arcs = arcs;
done:
    return status;
}

static gamlp_status read_graph(gamlp_dataset *d, gamlp_container *c) {
    const gamlp_container_counts *n = &c->counts;
    const void *ptr = NULL, *idx = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_container_array(&ptr, c, "graph.ptr", GAMLP_ELEMENT_INT64, n->nodes + 1));
    GAMLP_TRY(gamlp_container_array(&idx, c, "graph.idx", GAMLP_ELEMENT_INT32, 2 * n->edges));
    d->graph = (gamlp_graph){.nodes = n->nodes,
                             .edges = n->edges,
                             .stored_edges = n->stored_edges,
                             .self_loops = n->self_loops,
                             .duplicate_edges = n->duplicate_edges,
                             .adjacency = {.rows = n->nodes,
                                           .cols = n->nodes,
                                           .nnz = 2 * n->edges,
                                           .ptr = unconst(ptr),
                                           .idx = unconst(idx),
                                           .view = true}};
    GAMLP_TRY(check_graph(c, &d->graph.adjacency));
    GAMLP_TRY(read_arcs(d, c));
done:
    return status;
}

/* Elements of a section of float32 or float64 as they are, or converted. */
static gamlp_status real_array(const gamlp_real **value, gamlp_container *c, const char *name,
                               int64_t count) {
    const void *data;
    *value = NULL;
    gamlp_status status = gamlp_container_array(&data, c, name, 0, count);
    if (status != GAMLP_OK || !data) return status;
    gamlp_element type = gamlp_container_find(c, name)->type;
    if (type != GAMLP_ELEMENT_FLOAT32 && type != GAMLP_ELEMENT_FLOAT64)
        return bad(c, name, "expected elements of type float32 or float64");
    if (gamlp_element_size(type) == (int64_t)sizeof **value) {
        *value = data;
        return GAMLP_OK;
    }
    status = gamlp_new_raw(&c->converted, count + 1, sizeof *c->converted, "feature values");
    if (status != GAMLP_OK) return status;
    const float *narrow = data;
    const double *wide = data;
    for (int64_t i = 0; i < count; i++)
        c->converted[i] =
            type == GAMLP_ELEMENT_FLOAT32 ? (gamlp_real)narrow[i] : (gamlp_real)wide[i];
    *value = c->converted;
    return GAMLP_OK;
}

/* The values of features that are all one are not stored. */
static gamlp_status ones(const gamlp_real **value, gamlp_container *c, int64_t count) {
    gamlp_status status =
        gamlp_new_raw(&c->converted, count + 1, sizeof *c->converted, "feature values");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < count; i++) c->converted[i] = 1;
    *value = c->converted;
    return GAMLP_OK;
}

static gamlp_status read_sparse(gamlp_dataset *d, gamlp_container *c) {
    const void *ptr = NULL, *idx = NULL;
    const gamlp_real *val = NULL;
    int64_t nodes = c->counts.nodes, count = c->counts.feature_entries;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_container_array(&ptr, c, "features.ptr", GAMLP_ELEMENT_INT64, nodes + 1));
    GAMLP_TRY(gamlp_container_array(&idx, c, "features.idx", GAMLP_ELEMENT_INT32, count));
    if (!ptr) GAMLP_TRY(missing(c, "features.ptr"));
    GAMLP_TRY(real_array(&val, c, "features.val", count));
    if (!val) GAMLP_TRY(ones(&val, c, count));
    d->sparse = (gamlp_csr){.rows = nodes,
                            .cols = c->counts.features,
                            .nnz = count,
                            .ptr = unconst(ptr),
                            .idx = unconst(idx),
                            .val = unconst(val),
                            .view = true};
    GAMLP_TRY(check_matrix(c, "features", &d->sparse));
done:
    return status;
}

static gamlp_status read_dense(gamlp_dataset *d, gamlp_container *c) {
    const gamlp_real *data = NULL;
    const gamlp_section *s = gamlp_container_find(c, "features.dense");
    gamlp_status status = real_array(&data, c, "features.dense", s->count);
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < s->count; i++)
        if (!isfinite((float)data[i]))
            return gamlp_fail(GAMLP_E_DATA,
                              "%s: section features.dense: node %" PRId64 ", feature %" PRId64
                              ": not a finite number",
                              c->path, i / c->counts.features, i % c->counts.features);
    d->dense = (gamlp_dense){c->counts.features, c->counts.nodes, unconst(data), true};
    return GAMLP_OK;
}

static gamlp_status read_features(gamlp_dataset *d, gamlp_container *c) {
    if (c->counts.feature_entries >= 0) return read_sparse(d, c);
    if (gamlp_container_find(c, "features.dense")) return read_dense(d, c);
    return c->counts.features == 0 ? GAMLP_OK : missing(c, "features.idx or features.dense");
}

static gamlp_status copy_ints(int32_t **copy, gamlp_container *c, const char *name) {
    const void *data;
    int64_t nodes = c->counts.nodes;
    gamlp_status status = gamlp_container_array(&data, c, name, GAMLP_ELEMENT_INT32, nodes);
    if (status != GAMLP_OK || !data) return status;
    status = gamlp_new_raw(copy, nodes, sizeof **copy, name);
    if (status == GAMLP_OK) memcpy(*copy, data, (size_t)nodes * sizeof **copy);
    return status;
}

static gamlp_status read_labels(gamlp_dataset *d, gamlp_container *c) {
    gamlp_status status = copy_ints(&d->label, c, "label");
    if (status == GAMLP_OK && !d->label) {
        status = gamlp_new_raw(&d->label, d->nodes, sizeof *d->label, "labels");
        for (int64_t i = 0; status == GAMLP_OK && i < d->nodes; i++) d->label[i] = GAMLP_UNLABELLED;
    }
    for (int64_t i = 0; status == GAMLP_OK && i < d->nodes; i++)
        if (d->label[i] < GAMLP_UNLABELLED || d->label[i] >= d->classes)
            status = gamlp_fail(GAMLP_E_DATA,
                                "%s: section label: node %" PRId64 " has label %" PRId32
                                ", expected -1 to %" PRId64,
                                c->path, i, d->label[i], d->classes - 1);
    return status;
}

static gamlp_status read_class_names(gamlp_dataset *d, gamlp_container *c) {
    const void *data;
    gamlp_status status = gamlp_container_array(&data, c, "class.names", GAMLP_ELEMENT_BYTE, -1);
    if (status != GAMLP_OK || !data) return status;
    const char *text = data, *end = text + gamlp_container_find(c, "class.names")->bytes;
    GAMLP_TRY(gamlp_new(&d->class_name, d->classes, sizeof *d->class_name, "class names"));
    for (int64_t i = 0; i < d->classes; i++) {
        const char *stop = text < end ? memchr(text, 0, (size_t)(end - text)) : NULL;
        if (!stop) GAMLP_TRY(bad(c, "class.names", "fewer names than classes"));
        if (gamlp_text_bad_byte(text) >= 0) GAMLP_TRY(bad(c, "class.names", "not UTF-8"));
        GAMLP_TRY(gamlp_strdup(&d->class_name[i], text));
        text = stop + 1;
    }
    if (text < end) status = bad(c, "class.names", "more names than classes");
done:
    return status;
}

static gamlp_status read_part(int64_t **node, int64_t *count, gamlp_container *c,
                              const char *prefix, const char *part) {
    char name[GAMLP_CONTAINER_NAME];
    const void *data;
    snprintf(name, sizeof name, "split.%s%s", prefix, part);
    gamlp_status status = gamlp_container_array(&data, c, name, GAMLP_ELEMENT_INT32, -1);
    if (status != GAMLP_OK) return status;
    if (!data) return missing(c, name);
    int64_t n = gamlp_container_find(c, name)->count;
    if (n > c->counts.nodes) return bad(c, name, "more nodes than there are");
    status = gamlp_new_raw(node, n, sizeof **node, "a split");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < n; i++) {
        int32_t value = ((const int32_t *)data)[i];
        (*node)[i] = value;
        if (value < 0 || value >= c->counts.nodes || (i > 0 && value <= (*node)[i - 1]))
            return bad(c, name, "nodes out of order or out of range");
    }
    *count = n;
    return GAMLP_OK;
}

/* `passport`: what it says of this split, for the rule; NULL is possible. */
static gamlp_status read_split(gamlp_split *split, gamlp_container *c, const char *prefix,
                               const gamlp_json *passport) {
    const char *rule = passport ? gamlp_json_get_text(passport, "rule") : NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(read_part(&split->train, &split->train_count, c, prefix, "train"));
    GAMLP_TRY(read_part(&split->val, &split->val_count, c, prefix, "val"));
    GAMLP_TRY(read_part(&split->test, &split->test_count, c, prefix, "test"));
    snprintf(split->rule, sizeof split->rule, "%s", rule && *rule ? rule : "stored");
done:
    return status;
}

static gamlp_status read_splits(gamlp_dataset *d, gamlp_container *c, const gamlp_json *passport) {
    const gamlp_json *rules = gamlp_json_get(passport, "fixed_splits");
    gamlp_split split = {0};
    gamlp_status status = GAMLP_OK;
    if (c->counts.split) GAMLP_TRY(read_split(&d->split, c, "", gamlp_json_get(passport, "split")));
    for (int64_t k = 0; k < c->counts.splits; k++) {
        char prefix[GAMLP_CONTAINER_NAME];
        snprintf(prefix, sizeof prefix, "%" PRId64 ".", k);
        GAMLP_TRY(
            read_split(&split, c, prefix,
                       rules && k < gamlp_json_length(rules) ? gamlp_json_at(rules, k) : NULL));
        GAMLP_TRY(gamlp_dataset_add_fixed(d, &split));
    }
done:
    gamlp_split_clear(&split);
    return status;
}

static bool is_fingerprint(const char *text) {
    return text && strspn(text, "0123456789abcdef") == GAMLP_HASH_TEXT - 1 &&
           strlen(text) == GAMLP_HASH_TEXT - 1;
}

static gamlp_status parse_passport(gamlp_json **passport, gamlp_container *c) {
    const void *data;
    char what[512];
    *passport = NULL;
    gamlp_status status = gamlp_container_array(&data, c, "passport", GAMLP_ELEMENT_BYTE, -1);
    if (status != GAMLP_OK) return status;
    if (!data) return missing(c, "passport");
    snprintf(what, sizeof what, "%s: section passport", c->path);
    return gamlp_json_parse(passport, data, (size_t)gamlp_container_find(c, "passport")->bytes,
                            what);
}

static gamlp_status take_identity(char name[GAMLP_NAME_MAX], char fingerprint[GAMLP_HASH_TEXT],
                                  const gamlp_container *c, const gamlp_json *passport) {
    const char *text = gamlp_json_get_text(passport, "name");
    const char *digits = gamlp_json_get_text(passport, "fingerprint");
    if (!text || !is_fingerprint(digits))
        return bad(c, "passport", "expected members name and fingerprint (64 digits)");
    snprintf(name, GAMLP_NAME_MAX, "%s", text);
    snprintf(fingerprint, GAMLP_HASH_TEXT, "%s", digits);
    return GAMLP_OK;
}

gamlp_status gamlp_container_identity(char name[GAMLP_NAME_MAX], char fingerprint[GAMLP_HASH_TEXT],
                                      gamlp_container *container) {
    gamlp_json *passport;
    gamlp_status status = parse_passport(&passport, container);
    if (status == GAMLP_OK) status = take_identity(name, fingerprint, container, passport);
    gamlp_json_free(passport);
    return status;
}

/* What files of earlier versions lack: edges that were left out, and the part of the graph. */
static gamlp_status take_origin(gamlp_dataset *d, const gamlp_container *c,
                                const gamlp_json *passport) {
    const char *component = gamlp_json_get_text(passport, "component");
    if (component && strcmp(component, "largest") != 0)
        return bad(c, "passport", "component: expected largest");
    if (component) d->component = GAMLP_COMPONENT_LARGEST;
    if (gamlp_json_get_int(passport, "skipped_edges", &d->skipped_edges) && d->skipped_edges < 0)
        return bad(c, "passport", "skipped_edges: expected 0 or more");
    return GAMLP_OK;
}

static gamlp_status read_passport(gamlp_dataset *d, gamlp_container *c) {
    gamlp_json *passport = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(parse_passport(&passport, c));
    GAMLP_TRY(take_identity(d->name, d->fingerprint, c, passport));
    GAMLP_TRY(take_origin(d, c, passport));
    GAMLP_TRY(read_splits(d, c, passport));
done:
    gamlp_json_free(passport);
    return status;
}

gamlp_status gamlp_container_dataset(gamlp_dataset *dataset, gamlp_container *container) {
    const gamlp_container_counts *n = &container->counts;
    gamlp_status status = GAMLP_OK;
    *dataset = (gamlp_dataset){.format = "gamlp",
                               .nodes = n->nodes,
                               .features = n->features,
                               .classes = n->classes,
                               .missing_rows = n->missing_rows,
                               .container = container};
    GAMLP_TRY(read_graph(dataset, container));
    GAMLP_TRY(read_features(dataset, container));
    GAMLP_TRY(read_labels(dataset, container));
    GAMLP_TRY(copy_ints(&dataset->time, container, "time"));
    GAMLP_TRY(read_class_names(dataset, container));
    GAMLP_TRY(read_passport(dataset, container));
done:
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}

static gamlp_status read(gamlp_dataset *dataset, const char *path) {
    gamlp_container *container;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_container_open(&container, path));
    GAMLP_TRY(gamlp_container_dataset(dataset, container));
    GAMLP_TRY(gamlp_dataset_add_file(dataset, path));
done:
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}

/* A file that begins as a container does, or that is called one. */
static gamlp_status find(char **path, const char *name) {
    *path = NULL;
    bool ours = gamlp_text_ends_with(name, ".gamlp") && gamlp_file_exists(name) &&
                !gamlp_file_is_directory(name);
    if (!ours) ours = gamlp_file_begins(name, GAMLP_CONTAINER_MAGIC);
    return ours ? gamlp_strdup(path, name) : GAMLP_OK;
}

const gamlp_format gamlp_format_container = {"gamlp", "NAME.gamlp, the container of this toolkit",
                                             "", find, read};
