/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `gamlp features`. */
#include "gamlp/features.h"

#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "dataset/container.h"
#include "dataset/fingerprint.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"
#include "runtime/feature_cache.h"
#include "runtime/feature_rows.h"
#include "runtime/features.h"
#include "runtime/features_living.h"
#include "runtime/run.h"
#include "runtime/stream.h"

#define AT(field) offsetof(gamlp_features_options, field)

const gamlp_option gamlp_features_table[] = {
    GAMLP_FEATURE_ROWS,
    {"order", GAMLP_OPTION_CHOICE, AT(order), 0, 0, "none degree rcm community", "RULE",
     "order of the nodes in memory while powers are made: as they are, by degree, reverse "
     "Cuthill-McKee, or by communities; changes speed and no bit of the result",
     "Run"},
    {"threads", GAMLP_OPTION_INT, AT(threads), 0, 4096, NULL, "N",
     "threads (0: all processors); the bits are always the same", "Run"},
    {"factor", GAMLP_OPTION_STRING, AT(factor), 0, 0, NULL, "FILE",
     "keep the sparse factor and the graph of the one term ppr(A), ppr(A, row) or ppr(A, col) in "
     "this file, or take them from it when it is there",
     "Living graph"},
    {"update", GAMLP_OPTION_STRING, AT(update), 0, 0, NULL, "EDGES",
     "first bring in these changes, lines +,I,J and -,I,J, by updating the factor; it is written "
     "anew",
     "Living graph"},
    {"out", GAMLP_OPTION_STRING, AT(out), 0, 0, NULL, "FILE",
     "the file to write (needed): a matrix nodes x features in .npy, or a data set in .gamlp",
     "Run"},
    {"stream", GAMLP_OPTION_STRING, AT(stream), 0, 0, NULL, "BYTES",
     "work out of core in this much memory, e.g. 2G: DATASET is the path of a container, the file "
     ".npy in Fortran order; when interrupted, the same command goes on",
     "Out of core"},
    {"checkpoint", GAMLP_OPTION_REAL, AT(checkpoint), 0, 1e9, NULL, "SECONDS",
     "time between two records of what is done, from which an interrupted command goes on",
     "Out of core"},
    {NULL, GAMLP_OPTION_INT, 0, 0, 0, NULL, NULL, NULL, NULL},
};

void gamlp_features_options_default(gamlp_features_options *options) {
    *options =
        (gamlp_features_options){.hops = 4, .checkpoint = 5, .normalise = GAMLP_NORMALISE_L2};
    gamlp_diffusion_options_default(&options->diffusion);
}

static gamlp_status read_set(gamlp_feature_options *feature,
                             const gamlp_features_options *options) {
    gamlp_train_options trained = {.hops = options->hops,
                                   .normalise = options->normalise,
                                   .storage = options->storage,
                                   .diffusion = options->diffusion};
    memcpy(trained.features, options->features, sizeof trained.features);
    return gamlp_run_feature_options(feature, &trained);
}

static gamlp_status check_stream(const gamlp_features_options *options) {
    int64_t bytes;
    if (!options->stream[0]) return GAMLP_OK;
    if (!gamlp_text_ends_with(options->out, ".npy"))
        return gamlp_fail(GAMLP_E_USAGE,
                          "features: %s: with --stream expected a name that ends in "
                          ".npy",
                          options->out);
    if (options->storage)
        return gamlp_fail(GAMLP_E_CONFIG, "features: --storage bfloat16 does not work out of core");
    if (options->factor[0] || options->cache[0])
        return gamlp_fail(GAMLP_E_CONFIG, "features: --%s does not work out of core",
                          options->factor[0] ? "factor" : "cache");
    return gamlp_option_bytes(&bytes, "stream", options->stream);
}

gamlp_status gamlp_features_options_check(const gamlp_features_options *options) {
    gamlp_feature_options feature;
    const char *out = options->out;
    if (!out[0]) return gamlp_fail(GAMLP_E_USAGE, "features: missing: --out FILE");
    if (!gamlp_text_ends_with(out, ".npy") && !gamlp_text_ends_with(out, ".gamlp"))
        return gamlp_fail(GAMLP_E_USAGE,
                          "features: %s: expected a name that ends in .npy or .gamlp", out);
    if (options->factor[0] && !gamlp_text_ends_with(out, ".npy"))
        return gamlp_fail(GAMLP_E_USAGE,
                          "features: %s: the features of a graph that changes go into .npy", out);
    if (options->update[0] && !options->factor[0])
        return gamlp_fail(GAMLP_E_USAGE, "features: --update changes a graph that --factor keeps");
    gamlp_status status = check_stream(options);
    return status == GAMLP_OK ? read_set(&feature, options) : status;
}

/* What features are made from is not to be lost to them. */
static gamlp_status check_source(const char *out, const char *file) {
    if (strcmp(out, file) != 0 && !gamlp_file_is_same(out, file)) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CREATE,
                      "%s: features would replace a file that they are made from, expected "
                      "another name",
                      out);
}

/* The data set with X for its features; sparse when X is one sparse block. */
static gamlp_status write_container(int64_t *bytes, const char *path, gamlp_dataset *d,
                                    gamlp_stack *x) {
    gamlp_dataset made = *d;
    gamlp_dense dense = {0};
    gamlp_status status = GAMLP_OK;
    made.features = x->rows;
    made.sparse = x->blocks == 1 ? x->block[0].sparse : (gamlp_csr){0};
    if (!made.sparse.rows) {
        GAMLP_TRY(gamlp_dense_init(&dense, x->rows, x->cols));
        for (int64_t i = 0; i < x->cols; i++) gamlp_stack_fill(dense.data + i * x->rows, x, i);
    }
    made.dense = dense;
    made.container = NULL;
    GAMLP_TRY(gamlp_dataset_fingerprint(&made));
    GAMLP_TRY(gamlp_container_write(path, &made));
    *bytes = gamlp_file_size(path);
done:
    gamlp_dense_clear(&dense);
    return status;
}

static void describe(gamlp_features_report *r, const gamlp_dataset *d,
                     const gamlp_feature_set *set) {
    snprintf(r->dataset, sizeof r->dataset, "%s", d->name);
    snprintf(r->fingerprint, sizeof r->fingerprint, "%s", d->fingerprint);
    r->nodes = d->nodes;
    r->edges = d->graph.edges;
    r->features = d->features;
    r->rows = gamlp_feature_set_rows(set, d->features);
    r->terms = set->count;
    for (int64_t t = 0; t < set->count; t++) {
        gamlp_feature_set one = {1, {set->term[t]}};
        gamlp_feature_set_text(r->term[t].text, sizeof r->term[t].text, &one);
        r->term[t].rows = gamlp_feature_set_rows(&one, d->features);
    }
}

/* X of all nodes: from the cache, or in an order of the nodes. */
static gamlp_status make_nodes(gamlp_stack *x, const gamlp_dataset *d,
                               const gamlp_feature_options *feature,
                               const gamlp_features_options *options, const int64_t *node) {
    gamlp_feature_source source = {0};
    gamlp_node_order order = (gamlp_node_order)options->order;
    gamlp_status status = GAMLP_OK;
    if (options->cache[0])
        return gamlp_cached_features(x, d, feature, node, d->nodes, options->cache);
    GAMLP_TRY(gamlp_feature_source_init(&source, d, &feature->set));
    if (order != GAMLP_NODES_NONE) GAMLP_TRY(gamlp_feature_source_order(&source, d, order));
    GAMLP_TRY(gamlp_feature_make(x, &source.input, node, d->nodes, feature));
done:
    gamlp_feature_source_clear(&source);
    return status;
}

static gamlp_status make_all(gamlp_stack *x, gamlp_features_report *report, const gamlp_dataset *d,
                             const gamlp_feature_options *feature,
                             const gamlp_features_options *options) {
    gamlp_feature_options told = *feature;
    gamlp_diffusion_report *diffusion = NULL;
    int64_t *node = NULL;
    gamlp_status status = GAMLP_OK;
    double start = gamlp_clock();
    GAMLP_TRY(gamlp_new_raw(&node, d->nodes, sizeof *node, "node numbers"));
    for (int64_t i = 0; i < d->nodes; i++) node[i] = i;
    GAMLP_TRY(gamlp_new(&diffusion, feature->set.count, sizeof *diffusion, "reports"));
    told.report = diffusion;
    GAMLP_TRY(make_nodes(x, d, &told, options, node));
    for (int64_t t = 0; t < told.set.count; t++) report->term[t].diffusion = diffusion[t];
    report->feature_seconds = gamlp_clock() - start;
done:
    gamlp_free(node);
    gamlp_free(diffusion);
    return status;
}

static gamlp_status make_and_write(gamlp_features_report *report, const char *dataset,
                                   const gamlp_dataset_options *source,
                                   const gamlp_features_options *options) {
    gamlp_dataset_options stored = *source;
    gamlp_feature_options feature;
    gamlp_dataset d = {0};
    gamlp_stack x = {0};
    gamlp_status status = GAMLP_OK;
    double start = gamlp_clock();
    stored.as_stored = true;
    GAMLP_TRY(read_set(&feature, options));
    GAMLP_TRY(check_source(options->out, options->factor));
    GAMLP_TRY(check_source(options->out, options->update));
    GAMLP_TRY(gamlp_dataset_open(&d, dataset, &stored));
    report->load_seconds = gamlp_clock() - start;
    for (int64_t i = 0; i < d.file_count; i++) GAMLP_TRY(check_source(options->out, d.file[i]));
    if (d.features == 0)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: its nodes have no features", d.name));
    describe(report, &d, &feature.set);
    if (options->factor[0])
        GAMLP_TRY(gamlp_features_living(&x, report, &d, &feature, options));
    else
        GAMLP_TRY(make_all(&x, report, &d, &feature, options));
    GAMLP_TRY(check_source(options->out, options->factor)); /* it is there now */
    start = gamlp_clock();
    if (gamlp_text_ends_with(options->out, ".npy"))
        GAMLP_TRY(gamlp_stack_write_npy(&report->bytes, options->out, &x));
    else
        GAMLP_TRY(write_container(&report->bytes, options->out, &d, &x));
    report->write_seconds = gamlp_clock() - start;
done:
    gamlp_stack_clear(&x);
    gamlp_dataset_clear(&d);
    return status;
}

/* As make_and_write(), of a container that is not opened as a data set. */
static gamlp_status stream(gamlp_features_report *report, const char *path,
                           const gamlp_features_options *options) {
    gamlp_feature_options feature;
    gamlp_container *container = NULL;
    gamlp_dataset d = {0};
    int64_t memory;
    gamlp_status status = GAMLP_OK;
    double start = gamlp_clock();
    GAMLP_TRY(gamlp_option_bytes(&memory, "stream", options->stream));
    GAMLP_TRY(read_set(&feature, options));
    GAMLP_TRY(check_source(options->out, path));
    GAMLP_TRY(gamlp_container_open(&container, path));
    GAMLP_TRY(gamlp_container_identity(d.name, d.fingerprint, container));
    d.nodes = gamlp_container_counts_of(container)->nodes;
    d.graph.edges = gamlp_container_counts_of(container)->edges;
    d.features = gamlp_container_counts_of(container)->features;
    describe(report, &d, &feature.set);
    status = gamlp_stream_features(report, options->out, container, &feature, memory,
                                   options->checkpoint);
    report->feature_seconds = gamlp_clock() - start;
done:
    gamlp_container_free(container);
    return status;
}

gamlp_status gamlp_features_write(gamlp_features_report *report, const char *dataset,
                                  const gamlp_dataset_options *source,
                                  const gamlp_features_options *options) {
    *report = (gamlp_features_report){0};
    int64_t threads = gamlp_threads_get();
    gamlp_status status = gamlp_features_options_check(options);
    if (status != GAMLP_OK) return status;
    gamlp_threads_set(options->threads > 0 ? options->threads : gamlp_threads_available());
    if (options->stream[0])
        status = stream(report, dataset, options);
    else
        status = make_and_write(report, dataset, source, options);
    gamlp_threads_set(threads);
    return status;
}

static gamlp_json *cost_json(const gamlp_diffusion_cost *cost) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_bool(object, "possible", cost->possible);
    if (!cost->possible) gamlp_json_set_text(object, "why", cost->why);
    if (!cost->possible) return object;
    gamlp_json_set_real(object, "seconds", cost->seconds);
    gamlp_json_set_real(object, "bytes", cost->bytes);
    gamlp_json_set_real(object, "steps", cost->steps);
    gamlp_json_set_bool(object, "by_nodes", cost->by_nodes);
    return object;
}

static gamlp_json *diffusion_json(const gamlp_diffusion_report *report) {
    gamlp_json *object = gamlp_json_object(), *predicted = gamlp_json_object();
    gamlp_json_set_text(object, "method", gamlp_diffusion_method_name((int)report->plan.method));
    gamlp_json_set_real(object, "residual", report->residual);
    gamlp_json_set_real(object, "error", report->error);
    gamlp_json_set_real(object, "fill", report->plan.fill);
    gamlp_json_set_real(object, "flops", report->plan.flops);
    for (int m = 1; m < GAMLP_DIFFUSION_METHODS; m++)
        gamlp_json_set(predicted, gamlp_diffusion_method_name(m), cost_json(&report->plan.cost[m]));
    gamlp_json_set(object, "predicted", predicted);
    return object;
}

gamlp_status gamlp_features_json(char **text, const gamlp_features_report *report) {
    gamlp_json *object = gamlp_json_object(), *terms = gamlp_json_array();
    gamlp_json_set_text(object, "dataset", report->dataset);
    gamlp_json_set_text(object, "fingerprint", report->fingerprint);
    gamlp_json_set_int(object, "nodes", report->nodes);
    gamlp_json_set_int(object, "edges", report->edges);
    gamlp_json_set_int(object, "features", report->features);
    gamlp_json_set_int(object, "rows", report->rows);
    gamlp_json_set_int(object, "bytes", report->bytes);
    if (report->width > 0) gamlp_json_set_int(object, "panel", report->width);
    for (int64_t t = 0; t < report->terms; t++) {
        gamlp_json *term = gamlp_json_object();
        gamlp_json_set_text(term, "term", report->term[t].text);
        gamlp_json_set_int(term, "rows", report->term[t].rows);
        if (report->term[t].diffusion.plan.method != GAMLP_DIFFUSION_AUTO)
            gamlp_json_set(term, "diffusion", diffusion_json(&report->term[t].diffusion));
        gamlp_json_append(terms, term);
    }
    gamlp_json_set(object, "terms", terms);
    if (report->touched > 0) {
        gamlp_json_set_int(object, "updates", report->updates);
        gamlp_json_set_int(object, "touched", report->touched);
    }
    gamlp_json_set_real(object, "load_seconds", report->load_seconds);
    gamlp_json_set_real(object, "feature_seconds", report->feature_seconds);
    gamlp_json_set_real(object, "write_seconds", report->write_seconds);
    gamlp_status status = gamlp_json_dump(text, object, true);
    gamlp_json_free(object);
    return status;
}
