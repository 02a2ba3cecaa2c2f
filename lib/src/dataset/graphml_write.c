/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writer of GraphML: the attributes label, class, split, time and x0, x1, ... of each node, and
 * classes and class_names of the graph.  Sparse features have only values that are not the default,
 * 0.  Our own, since igraph would hold graph and attributes in memory once more. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "dataset/beside.h"
#include "dataset/format.h"
#include "dataset/npy.h"
#include "dataset/npz_write.h"
#include "dataset/outputs.h"
#include "gamlp/alloc.h"

typedef struct job {
    const gamlp_dataset *d;
    gamlp_outputs all;
    gamlp_output *out;
    char *stem;
    unsigned char *part; /* of each node: 0 none, 1 train, 2 val, 3 test */
    bool wide;           /* features are beside the graph */
} job;

/* Text as XML 1.0 wants it; what it cannot hold becomes "?". */
static void put_text(gamlp_output *out, const char *text) {
    static const char *const escaped[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
    while (*text) {
        int bytes;
        uint32_t point = gamlp_text_code_point(&bytes, text);
        const char *special = point < 128 ? strchr("&<>\"", (int)point) : NULL;
        if (bytes == 0) bytes = 1, point = 0;
        if (special && point)
            gamlp_output_print(out, "%s", escaped[special - "&<>\""]);
        else if (point < ' ' || point == 0xFFFE || point == 0xFFFF)
            gamlp_output_write(out, point == '\n' || point == '\r' || point == '\t' ? " " : "?", 1);
        else
            gamlp_output_write(out, text, (size_t)bytes);
        text += bytes;
    }
}

static void put_key(job *j, const char *name, const char *of, const char *type,
                    const char *otherwise) {
    gamlp_output_print(j->out, "  <key id=\"%s\" for=\"%s\" attr.name=\"%s\" attr.type=\"%s\">",
                       name, of, name, type);
    if (otherwise) gamlp_output_print(j->out, "<default>%s</default>", otherwise);
    gamlp_output_print(j->out, "</key>\n");
}

static void write_head(job *j) {
    const gamlp_dataset *d = j->d;
    gamlp_output_print(j->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                               "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n");
    put_key(j, "classes", "graph", "int", NULL);
    if (d->class_name) put_key(j, "class_names", "graph", "string", NULL);
    put_key(j, "label", "node", "int", "-1");
    if (d->class_name) put_key(j, "class", "node", "string", NULL);
    if (d->split.train_count) put_key(j, "split", "node", "string", NULL);
    if (d->time) put_key(j, "time", "node", "int", NULL);
    for (int64_t f = 0; f < d->features && !j->wide; f++) {
        char name[32];
        snprintf(name, sizeof name, "x%lld", (long long)f);
        put_key(j, name, "node", "double", "0");
    }
    gamlp_output_print(j->out,
                       "  <graph edgedefault=\"%s\">\n    <data key=\"classes\">%lld</data>\n",
                       d->graph.arcs.rows ? "directed" : "undirected", (long long)d->classes);
    if (!d->class_name) return;
    gamlp_output_print(j->out, "    <data key=\"class_names\">");
    for (int64_t c = 0; c < d->classes; c++) {
        if (c > 0) gamlp_output_write(j->out, "\n", 1);
        put_text(j->out, d->class_name[c]);
    }
    gamlp_output_print(j->out, "</data>\n");
}

static void put_feature(job *j, int64_t feature, gamlp_real value) {
    if (value != 0)
        gamlp_output_print(j->out, "<data key=\"x%lld\">%.*g</data>", (long long)feature,
                           sizeof value == 4 ? 9 : 17, (double)value);
}

static void write_node(job *j, int64_t i) {
    static const char *const part[] = {"", "train", "val", "test"};
    const gamlp_dataset *d = j->d;
    gamlp_output_print(j->out, "    <node id=\"n%lld\">", (long long)i);
    if (d->label[i] != GAMLP_UNLABELLED)
        gamlp_output_print(j->out, "<data key=\"label\">%d</data>", d->label[i]);
    if (d->label[i] != GAMLP_UNLABELLED && d->class_name) {
        gamlp_output_print(j->out, "<data key=\"class\">");
        put_text(j->out, d->class_name[d->label[i]]);
        gamlp_output_print(j->out, "</data>");
    }
    if (j->part[i]) gamlp_output_print(j->out, "<data key=\"split\">%s</data>", part[j->part[i]]);
    if (d->time) gamlp_output_print(j->out, "<data key=\"time\">%d</data>", d->time[i]);
    const gamlp_csr *a = &d->sparse;
    for (int64_t k = a->rows ? a->ptr[i] : 0; a->rows && !j->wide && k < a->ptr[i + 1]; k++)
        put_feature(j, a->idx[k], a->val ? a->val[k] : 1);
    for (int64_t f = 0; !a->rows && !j->wide && f < d->features; f++)
        put_feature(j, f, d->dense.data[f + i * d->features]);
    gamlp_output_print(j->out, "</node>\n");
}

static void write_edges(job *j) {
    const bool directed = j->d->graph.arcs.rows > 0;
    const gamlp_csr *a = directed ? &j->d->graph.arcs : &j->d->graph.adjacency;
    for (int64_t i = 0; i < a->rows; i++)
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++)
            if (directed || a->idx[k] > i)
                gamlp_output_print(j->out, "    <edge source=\"n%lld\" target=\"n%d\"/>\n",
                                   (long long)i, a->idx[k]);
    gamlp_output_print(j->out, "  </graph>\n</graphml>\n");
}

static gamlp_status find_parts(job *j) {
    const gamlp_split *s = &j->d->split;
    gamlp_status status = gamlp_new(&j->part, j->d->nodes, sizeof *j->part, "a split");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < s->train_count; i++) j->part[s->train[i]] = 1;
    for (int64_t i = 0; i < s->val_count; i++) j->part[s->val[i]] = 2;
    for (int64_t i = 0; i < s->test_count; i++) j->part[s->test[i]] = 3;
    return GAMLP_OK;
}

static gamlp_status features_bytes(gamlp_bytes *bytes, const gamlp_dataset *d, const char *path) {
    const int64_t shape[2] = {d->nodes, d->features};
    gamlp_npz_writer w = {0};
    gamlp_status status = GAMLP_OK;
    if (!d->sparse.rows)
        return gamlp_npy_write(bytes, gamlp_npz_real(), shape, 2, d->dense.data,
                               sizeof *d->dense.data);
    GAMLP_TRY(gamlp_npz_put_csr(&w, "", &d->sparse));
    GAMLP_TRY(gamlp_npz_put_format(&w));
    GAMLP_TRY(gamlp_npz_finish(bytes, &w, path));
done:
    gamlp_npz_writer_clear(&w);
    return status;
}

static gamlp_status write_beside(job *j) {
    char *path = NULL;
    gamlp_bytes bytes = {0};
    gamlp_output *out;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_beside_check_way(j->stem, "labels", NULL));
    GAMLP_TRY(gamlp_beside_check_way(j->stem, "split", NULL));
    if (j->wide)
        GAMLP_TRY(
            gamlp_text_format(&path, "%sfeatures.%s", j->stem, j->d->sparse.rows ? "npz" : "npy"));
    GAMLP_TRY(gamlp_beside_check_way(j->stem, "features", path));
    if (!path) goto done;
    GAMLP_TRY(features_bytes(&bytes, j->d, path));
    GAMLP_TRY(gamlp_outputs_open(&out, &j->all, path));
    gamlp_output_write(out, bytes.data, bytes.size);
done:
    gamlp_bytes_clear(&bytes);
    gamlp_free(path);
    return status;
}

gamlp_status gamlp_graphml_write(const char *path, const gamlp_dataset *dataset) {
    static const char *const endings[] = {".graphml", NULL};
    job j = {.d = dataset, .wide = dataset->features > GAMLP_GRAPHML_FEATURES};
    gamlp_status status = GAMLP_OK;
    if (!gamlp_text_ends_with(path, endings[0]))
        return gamlp_fail(GAMLP_E_USAGE, "%s: expected a path that ends in .graphml", path);
    GAMLP_TRY(gamlp_dataset_check_whole(dataset));
    GAMLP_TRY(gamlp_beside_stem(&j.stem, path, endings, '.'));
    GAMLP_TRY(find_parts(&j));
    GAMLP_TRY(gamlp_outputs_open(&j.out, &j.all, path));
    write_head(&j);
    for (int64_t i = 0; i < dataset->nodes; i++) write_node(&j, i);
    write_edges(&j);
    GAMLP_TRY(write_beside(&j));
    GAMLP_TRY(gamlp_outputs_commit(&j.all));
done:
    gamlp_outputs_abandon(&j.all);
    gamlp_free(j.part);
    gamlp_free(j.stem);
    return status;
}
