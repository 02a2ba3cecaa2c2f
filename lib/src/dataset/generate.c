/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generated graphs with labels, features and a split.
 *
 * Class c of C has a share of the nodes proportional to 1 / (c + 2).  Of model
 * csbm expected degrees are proportional to w = 1, or to w = min(1 / sqrt(u),
 * sqrt(n)), u uniform: a power law of exponent 3, cut off where simple graphs
 * would be.  The other models know no classes: labels are independent of their
 * edges, and only the features tell them. */
#include "dataset/generate.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "dataset/split.h"
#include "gamlp/alloc.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"

/* Streams of GAMLP_RNG_GRAPH; the block model counts its own from 0, random.c has further ones. */
enum { STREAM_LABEL = 1 << 30, STREAM_WEIGHT };

enum { CHUNK = 256 }; /* rows that a thread takes at once */

gamlp_status gamlp_generate_check(const gamlp_generate_options *o, bool holds_graph) {
    double there = (double)gamlp_memory_of_host(), nodes = (double)o->nodes;
    double row = sizeof(int32_t), edges = 0; /* of labels, then of features and of the graph */
    gamlp_status status = gamlp_generate_options_check(o);
    if (status != GAMLP_OK) return status;
    if (o->feature_kind == 1)
        row += (double)o->dimension * sizeof(gamlp_real);
    else
        row += (double)o->words_per_node * (sizeof(int32_t) + sizeof(gamlp_real)) +
               2 * sizeof(int64_t);
    if (holds_graph) {
        row += sizeof(int64_t);
        edges = (double)o->edges * 2 * sizeof(int32_t);
    }
    if (there == 0 || nodes * row + edges <= there) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_NOMEM,
                      "%" PRId64 " nodes and %" PRId64 " edges need at least %.0f MiB of memory, "
                      "and this host has %.0f",
                      o->nodes, o->edges, ceil((nodes * row + edges) / 0x1p20),
                      floor(there / 0x1p20));
}

/* Sorted labels by rounding cumulative shares, then shuffled. */
static gamlp_status draw_labels(gamlp_dataset *dataset, uint64_t seed) {
    int64_t *order, n = dataset->nodes;
    double total = 0, before = 0;
    gamlp_status status = gamlp_new_raw(&order, n, sizeof *order, "labels");
    if (status != GAMLP_OK) return status;
    for (int64_t c = 0; c < dataset->classes; c++) total += 1 / (double)(c + 2);
    for (int64_t c = 0, i = 0; c < dataset->classes; c++) {
        before += 1 / (double)(c + 2);
        int64_t end = (int64_t)((double)n * (before / total) + 0.5);
        while (i < end) order[i++] = c;
    }
    gamlp_rng_shuffle(gamlp_rng_key(seed, GAMLP_RNG_GRAPH, STREAM_LABEL), order, n);
    for (int64_t i = 0; i < n; i++) dataset->label[i] = (int32_t)order[i];
    gamlp_free(order);
    return GAMLP_OK;
}

/* The first nodes of a shuffled order train, the next ones are tested, then validated. */
static gamlp_status split_all(gamlp_dataset *dataset, const gamlp_generate_options *o) {
    gamlp_split *split = &dataset->split;
    int64_t *order = NULL, n = dataset->nodes, wanted[] = {o->train_count, o->test_count};
    gamlp_status status = GAMLP_OK;
    if (o->train_count > n - o->val_count - o->test_count)
        return gamlp_fail(GAMLP_E_DATA,
                          "%" PRId64 " nodes are too few for %" PRId64 " to train, %" PRId64
                          " to validate and %" PRId64 " to test",
                          n, o->train_count, o->val_count, o->test_count);
    GAMLP_TRY(gamlp_new_raw(&order, n, sizeof *order, "nodes"));
    GAMLP_TRY(gamlp_new_raw(&split->train, wanted[0], sizeof *order, "training nodes"));
    GAMLP_TRY(gamlp_new_raw(&split->test, wanted[1], sizeof *order, "test nodes"));
    GAMLP_TRY(gamlp_new_raw(&split->val, o->val_count, sizeof *order, "validation nodes"));
    for (int64_t i = 0; i < n; i++) order[i] = i;
    gamlp_rng_shuffle(gamlp_rng_key((uint64_t)o->seed, GAMLP_RNG_SPLIT, UINT32_MAX), order, n);
    memcpy(split->train, order, (size_t)wanted[0] * sizeof *order);
    memcpy(split->test, order + wanted[0], (size_t)wanted[1] * sizeof *order);
    memcpy(split->val, order + wanted[0] + wanted[1], (size_t)o->val_count * sizeof *order);
    gamlp_split_sort(split->train, split->train_count = wanted[0]);
    gamlp_split_sort(split->test, split->test_count = wanted[1]);
    gamlp_split_sort(split->val, split->val_count = o->val_count);
    snprintf(split->rule, sizeof split->rule,
             "generated:%" PRId64 "+%" PRId64 "+%" PRId64 "@%" PRId64, o->train_count, o->val_count,
             o->test_count, o->seed);
done:
    gamlp_free(order);
    return status;
}

gamlp_status gamlp_generate_labels(gamlp_dataset *dataset, const gamlp_generate_options *options) {
    gamlp_status status = GAMLP_OK;
    *dataset = (gamlp_dataset){.name = "generated", .format = "generated"};
    GAMLP_TRY(gamlp_generate_options_check(options));
    dataset->nodes = options->nodes;
    dataset->features = gamlp_features_columns(options);
    dataset->classes = options->classes;
    GAMLP_TRY(gamlp_new(&dataset->label, options->nodes, sizeof *dataset->label, "labels"));
    GAMLP_TRY(draw_labels(dataset, (uint64_t)options->seed));
    if (options->train_count > 0)
        GAMLP_TRY(split_all(dataset, options));
    else
        GAMLP_TRY(gamlp_dataset_split_random(dataset, options->train_per_class, options->val_count,
                                             options->test_count, (uint64_t)options->seed));
done:
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}

static gamlp_status draw_blocks(gamlp_dataset *dataset, const gamlp_generate_options *options) {
    double *weight, largest = sqrt((double)options->nodes);
    gamlp_rng rng = gamlp_rng_key((uint64_t)options->seed, GAMLP_RNG_GRAPH, STREAM_WEIGHT);
    gamlp_status status = gamlp_new_raw(&weight, options->nodes, sizeof *weight, "weights");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < options->nodes; i++) {
        double w = 1 / sqrt(1 - gamlp_rng_uniform(rng, (uint64_t)i));
        weight[i] = options->degrees == 1 ? 1 : w < largest ? w : largest;
    }
    status = gamlp_graph_block_model(&dataset->graph, options->nodes, options->classes,
                                     dataset->label, weight, options->edges, options->homophily,
                                     (uint64_t)options->seed);
    gamlp_free(weight);
    return status;
}

bool gamlp_generate_streams(const gamlp_generate_options *options) {
    return options->model == GAMLP_MODEL_RMAT || options->model == GAMLP_MODEL_ER;
}

gamlp_status gamlp_generate_edges(gamlp_edges *edges, gamlp_generate_state *state,
                                  const gamlp_generate_options *options) {
    uint64_t seed = (uint64_t)options->seed;
    if (options->model == GAMLP_MODEL_RMAT)
        return gamlp_rmat_edges(edges, &state->rmat, options->nodes, options->edges,
                                options->quadrant, seed);
    if (options->model == GAMLP_MODEL_ER)
        return gamlp_pairs_edges(edges, &state->pairs, options->nodes, options->edges, seed);
    return gamlp_fail(GAMLP_E_USAGE, "the edges of this model are not independent of each other");
}

gamlp_status gamlp_generate_graph(gamlp_dataset *dataset, const gamlp_generate_options *options) {
    gamlp_edges edges;
    gamlp_generate_state state;
    if (options->model == GAMLP_MODEL_CSBM) return draw_blocks(dataset, options);
    if (options->model == GAMLP_MODEL_BA)
        return gamlp_graph_attach(&dataset->graph, options->nodes, options->edges,
                                  (uint64_t)options->seed);
    gamlp_status status = gamlp_generate_edges(&edges, &state, options);
    return status == GAMLP_OK ? gamlp_edges_graph(&dataset->graph, &edges) : status;
}

/* All rows, by chunks. */
typedef struct table {
    const gamlp_features *features;
    const gamlp_dataset *dataset;
    int64_t *start; /* words: where the draws of each row begin; nodes + 1 */
} table;

static int64_t chunk_end(const table *t, int64_t chunk) {
    int64_t end = (chunk + 1) * CHUNK;
    return end < t->dataset->nodes ? end : t->dataset->nodes;
}

static void words_chunk(void *context, int64_t chunk) {
    const table *t = context;
    const gamlp_csr *a = &t->dataset->sparse;
    for (int64_t i = chunk * CHUNK; i < chunk_end(t, chunk); i++)
        a->ptr[i + 1] =
            gamlp_features_words(a->idx + t->start[i], t->features, i, t->dataset->label[i]);
}

static void gaussian_chunk(void *context, int64_t chunk) {
    const table *t = context;
    const gamlp_dense *h = &t->dataset->dense;
    for (int64_t i = chunk * CHUNK; i < chunk_end(t, chunk); i++)
        gamlp_features_gaussian(h->data + i * h->rows, t->features, i, t->dataset->label[i]);
}

/* ptr[i + 1] holds the length of row i, which begins at start[i]. */
static void join_rows(gamlp_csr *a, const int64_t *start) {
    for (int64_t i = 0; i < a->rows; i++) {
        int64_t length = a->ptr[i + 1];
        memmove(a->idx + a->ptr[i], a->idx + start[i], (size_t)length * sizeof *a->idx);
        a->ptr[i + 1] = a->ptr[i] + length;
    }
    a->nnz = a->ptr[a->rows];
    for (int64_t k = 0; k < a->nnz; k++) a->val[k] = 1;
}

static gamlp_status draw_words(gamlp_dataset *dataset, const gamlp_features *features) {
    table t = {features, dataset, NULL};
    int64_t n = dataset->nodes;
    gamlp_status status = gamlp_new(&t.start, n + 1, sizeof *t.start, "words");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < n; i++)
        t.start[i + 1] = t.start[i] + gamlp_features_draws(&features->options, i);
    GAMLP_TRY(gamlp_csr_init(&dataset->sparse, n, dataset->features, t.start[n]));
    gamlp_parallel((n + CHUNK - 1) / CHUNK, words_chunk, &t);
    join_rows(&dataset->sparse, t.start);
done:
    gamlp_free(t.start);
    return status;
}

gamlp_status gamlp_generate_features(gamlp_dataset *dataset,
                                     const gamlp_generate_options *options) {
    gamlp_features features = {0};
    table t = {&features, dataset, NULL};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_features_init(&features, options));
    if (options->feature_kind == 1) {
        GAMLP_TRY(gamlp_dense_init(&dataset->dense, options->dimension, options->nodes));
        gamlp_parallel((options->nodes + CHUNK - 1) / CHUNK, gaussian_chunk, &t);
    } else {
        GAMLP_TRY(draw_words(dataset, &features));
    }
done:
    gamlp_features_clear(&features);
    return status;
}

gamlp_status gamlp_generate_content(gamlp_dataset *dataset, const gamlp_generate_options *options) {
    gamlp_status status = GAMLP_OK;
    *dataset = (gamlp_dataset){0};
    GAMLP_TRY(gamlp_generate_check(options, true));
    GAMLP_TRY(gamlp_generate_labels(dataset, options));
    GAMLP_TRY(gamlp_generate_graph(dataset, options));
    GAMLP_TRY(gamlp_generate_features(dataset, options));
done:
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}

gamlp_status gamlp_dataset_generate(gamlp_dataset *dataset, const gamlp_generate_options *options) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_generate_content(dataset, options));
    GAMLP_TRY(gamlp_dataset_check(dataset));
    GAMLP_TRY(gamlp_dataset_fingerprint(dataset));
done:
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}
