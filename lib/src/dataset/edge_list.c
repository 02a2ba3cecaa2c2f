/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A text of edges, two node numbers a line: "0 17".  Lines that are empty or begin with # or % are
 * passed over; but they are arcs when such a line before them says so, as the lists of SNAP do
 * ("# Directed graph ...") and those of KONECT ("% asym ...").  Labels, features and a split may
 * lie in files beside it. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/file.h"
#include "core/lines.h"
#include "core/text.h"
#include "dataset/beside.h"
#include "dataset/format.h"
#include "gamlp/alloc.h"

typedef struct edge_text {
    char *path;
    gamlp_lines *lines; /* of the pass, or NULL */
    bool told;          /* whether they are arcs: a comment said so, or there was an edge */
    bool directed;
} edge_text;

static void close_text(void *context) {
    edge_text *t = context;
    if (!t) return;
    gamlp_lines_close(t->lines);
    gamlp_free(t->path);
    gamlp_free(t);
}

static gamlp_status rewind_text(void *context) {
    edge_text *t = context;
    gamlp_lines_close(t->lines);
    t->lines = NULL;
    return gamlp_lines_open(&t->lines, t->path);
}

/* A number at *text, and *text behind it and the spaces that follow; false: there is none. */
static bool take_number(int64_t *number, const char **text) {
    const char *c = *text;
    int64_t n = 0;
    if (*c < '0' || *c > '9') return false;
    for (; *c >= '0' && *c <= '9'; c++) {
        n = 10 * n + (*c - '0');
        if (n >= INT32_MAX) return false;
    }
    if (*c != 0 && *c != ' ' && *c != '\t') return false;
    while (*c == ' ' || *c == '\t') c++;
    *number = n;
    *text = c;
    return true;
}

/* What a comment says of the edges behind it, if it begins with such a word. */
static void hear(edge_text *t, const char *comment) {
    static const struct {
        const char *word;
        bool directed;
    } known[] = {
        {"directed", true}, {"undirected", false}, {"asym", true}, {"sym", false}, {"bip", false}};
    while (*comment == '#' || *comment == '%' || *comment == ' ' || *comment == '\t') comment++;
    size_t size = 0;
    while (isalnum((unsigned char)comment[size])) size++;
    for (size_t i = 0; i < sizeof known / sizeof known[0] && !t->told; i++) {
        if (strlen(known[i].word) != size || strncasecmp(comment, known[i].word, size) != 0)
            continue;
        t->told = true;
        t->directed = known[i].directed;
    }
}

/* The edge of the next line that has one; *found: false at the end. */
static gamlp_status next_edge(bool *found, int64_t *source, int64_t *target, edge_text *t) {
    char *line;
    size_t size;
    const char *text;
    *found = false;
    do {
        gamlp_status status = gamlp_lines_next(&line, &size, t->lines);
        if (status != GAMLP_OK || !line) return status;
        text = line;
        while (*text == ' ' || *text == '\t') text++;
        if (*text && !t->told) hear(t, text);
    } while (*text == 0 || *text == '#' || *text == '%');
    if (!take_number(source, &text) || !take_number(target, &text) || *text != 0)
        return gamlp_lines_refuse(t->lines, "expected two node numbers from 0 to 2147483646");
    *found = t->told = true;
    return GAMLP_OK;
}

static gamlp_status next_edges(void *context, int32_t *source, int32_t *target, int64_t most,
                               int64_t *got) {
    int64_t s = 0, t = 0;
    bool found = true;
    for (*got = 0; *got < most; (*got)++) {
        gamlp_status status = next_edge(&found, &s, &t, context);
        if (status != GAMLP_OK) return status;
        if (!found) break;
        source[*got] = (int32_t)s;
        target[*got] = (int32_t)t;
    }
    return GAMLP_OK;
}

/* Number of edges and largest node, in a pass of its own; nodes > 0: none may reach it. */
static gamlp_status measure(int64_t *count, int64_t *largest, edge_text *t, int64_t nodes) {
    int64_t source = 0, target = 0;
    bool found = true;
    gamlp_status status = GAMLP_OK;
    *count = 0;
    *largest = -1;
    GAMLP_TRY(rewind_text(t));
    for (;;) {
        GAMLP_TRY(next_edge(&found, &source, &target, t));
        if (!found) break;
        if (source > *largest) *largest = source;
        if (target > *largest) *largest = target;
        if (nodes > 0 && *largest >= nodes)
            GAMLP_TRY(
                gamlp_lines_refuse(t->lines, "a node number is not below the number of nodes"));
        (*count)++;
    }
done:
    return status;
}

/* A few lines must not ask for the memory of 10^9 nodes. */
static gamlp_status check_largest(int64_t largest, int64_t count, const char *path) {
    enum { FEW = 1 << 24, PER_EDGE = 64 };
    if (largest < FEW || largest / PER_EDGE <= count) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_DATA,
                      "%s: node %" PRId64 " in a list of %" PRId64
                      " edges: the number of nodes must be given if there are so many",
                      path, largest, count);
}

/* The file's name without folder and endings. */
static void name_by_file(gamlp_dataset *dataset, const char *path) {
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    snprintf(dataset->name, sizeof dataset->name, "%.*s",
             (int)(*base == '.' ? strlen(base) : strcspn(base, ".")), base);
}

/* A graph with labels and without features gets the identity, as in other graph files. */
static gamlp_status take_beside(gamlp_dataset *d, const char *path) {
    static const char *const endings[] = {".edges", ".edges.gz", NULL};
    char *stem = NULL;
    bool labels = false, features = false, split = false;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_beside_stem(&stem, path, endings, '.'));
    GAMLP_TRY(gamlp_beside_labels(&labels, d, stem));
    GAMLP_TRY(gamlp_beside_features(&features, d, stem));
    if (labels && !features) GAMLP_TRY(gamlp_beside_identity(d));
    GAMLP_TRY(gamlp_beside_split(&split, d, stem));
done:
    gamlp_free(stem);
    return status;
}

static gamlp_status stream(gamlp_source *stream, const char *path, int64_t nodes) {
    edge_text *t = NULL;
    int64_t count = 0, largest = 0;
    gamlp_status status = GAMLP_OK;
    *stream = (gamlp_source){.rest = {.format = "edges"}, .close = close_text};
    GAMLP_TRY(gamlp_new(&t, 1, sizeof *t, "a list of edges"));
    stream->edges.context = t;
    GAMLP_TRY(gamlp_strdup(&t->path, path));
    GAMLP_TRY(measure(&count, &largest, t, nodes));
    if (nodes == 0) GAMLP_TRY(check_largest(largest, count, path));
    if (nodes == 0) nodes = largest + 1;
    if (nodes == 0) GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: no line has an edge", path));
    stream->edges = (gamlp_edges){nodes, count, rewind_text, next_edges, t, t->directed};
    stream->rest.nodes = nodes;
    name_by_file(&stream->rest, path);
    GAMLP_TRY(gamlp_dataset_add_file(&stream->rest, path));
    GAMLP_TRY(take_beside(&stream->rest, path));
done:
    if (status != GAMLP_OK) gamlp_source_close(stream);
    return status;
}

static gamlp_status no_labels(gamlp_dataset *d) {
    gamlp_status status = gamlp_new_raw(&d->label, d->nodes, sizeof *d->label, "labels");
    for (int64_t i = 0; i < d->nodes && status == GAMLP_OK; i++) d->label[i] = GAMLP_UNLABELLED;
    return status;
}

static gamlp_status read(gamlp_dataset *dataset, const char *path) {
    gamlp_source s;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(stream(&s, path, 0));
    GAMLP_TRY(gamlp_edges_graph(&s.rest.graph, &s.edges));
    if (!s.rest.label) GAMLP_TRY(no_labels(&s.rest));
    *dataset = s.rest;
    s.rest = (gamlp_dataset){0};
done:
    gamlp_source_close(&s);
    return status;
}

static gamlp_status find(char **path, const char *name) {
    *path = NULL;
    bool ours = gamlp_text_ends_with(name, ".edges") || gamlp_text_ends_with(name, ".edges.gz");
    return ours && gamlp_file_exists(name) ? gamlp_strdup(path, name) : GAMLP_OK;
}

const gamlp_format gamlp_format_edges = {
    "edges", "two node numbers a line, with labels and features in files beside it", "", find, read,
    stream};
