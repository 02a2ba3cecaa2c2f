/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Citation-like graphs: a contextual degree-corrected block model.
 *
 * Class c of C has a share of the nodes proportional to 1 / (c + 2).  Expected
 * degrees are proportional to w = min(1 / sqrt(u), sqrt(n)), u uniform: a
 * power law of exponent 3, cut off where simple graphs would be.  Word j of d
 * is drawn with probability proportional to 1 / (j + 20) (Zipf and
 * Mandelbrot); class c has a topic, a tenth of the words, and a node draws
 * each of its words from the topic of its class with probability
 * 1 - feature_noise and from all words otherwise.
 *
 * Only IEEE add, multiply, divide and square root, and keyed random numbers:
 * a seed gives the same bits everywhere. */
#include <math.h>
#include <stdbool.h>

#include "gamlp/alloc.h"
#include "gamlp/dataset.h"
#include "gamlp/rng.h"

/* Streams of GAMLP_RNG_GRAPH; the block model counts its own from 0. */
enum { STREAM_LABEL = 1 << 30, STREAM_WEIGHT };
/* Streams of GAMLP_RNG_FEATURE. */
enum { STREAM_TOPIC, STREAM_COUNT, STREAM_SOURCE, STREAM_WORD };

static const double topic_share = 0.1;
static const double zipf_offset = 20;

/* Cumulative distribution of the words: all of them, then each class's topic. */
typedef struct vocabulary {
    int64_t words;
    double *cumulative; /* words per distribution, classes + 1 of them */
} vocabulary;

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

static gamlp_status draw_graph(gamlp_dataset *dataset, const gamlp_generate_options *options) {
    double *weight, largest = sqrt((double)options->nodes);
    gamlp_rng rng = gamlp_rng_key((uint64_t)options->seed, GAMLP_RNG_GRAPH, STREAM_WEIGHT);
    gamlp_status status = gamlp_new_raw(&weight, options->nodes, sizeof *weight, "weights");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < options->nodes; i++) {
        double w = 1 / sqrt(1 - gamlp_rng_uniform(rng, (uint64_t)i));
        weight[i] = w < largest ? w : largest;
    }
    status = gamlp_graph_block_model(&dataset->graph, options->nodes, options->classes,
                                     dataset->label, weight, options->edges, options->homophily,
                                     (uint64_t)options->seed);
    gamlp_free(weight);
    return status;
}

/* A class whose topic came out empty keeps all words. */
static void fill_topic(double *cumulative, int64_t words, gamlp_rng rng, double share) {
    double sum = 0;
    for (int64_t j = 0; j < words; j++) {
        if (gamlp_rng_uniform(rng, (uint64_t)j) < share) sum += 1 / ((double)j + zipf_offset);
        cumulative[j] = sum;
    }
    if (sum == 0) fill_topic(cumulative, words, rng, 1);
}

static gamlp_status vocabulary_init(vocabulary *v, const gamlp_generate_options *options) {
    v->words = options->words;
    gamlp_status status = gamlp_new_raw(&v->cumulative, (options->classes + 1) * options->words,
                                        sizeof *v->cumulative, "word frequencies");
    if (status != GAMLP_OK) return status;
    for (int64_t c = 0; c <= options->classes; c++)
        fill_topic(v->cumulative + c * v->words, v->words,
                   gamlp_rng_key((uint64_t)options->seed, GAMLP_RNG_FEATURE,
                                 (uint32_t)(STREAM_WORD + 1 + c)),
                   c == 0 ? 1 : topic_share);
    return GAMLP_OK;
}

/* First word whose cumulative weight exceeds u times the total, 0 <= u < 1. */
static int64_t find_word(const vocabulary *v, int64_t distribution, double u) {
    const double *cumulative = v->cumulative + distribution * v->words;
    int64_t low = 0, high = v->words - 1;
    double goal = u * cumulative[high];
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (cumulative[middle] > goal)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Word t of node i is element i * 2^20 + t of the streams; a node has fewer words than that. */
enum { NODE_STRIDE = 1 << 20 };

static int64_t count_words(const gamlp_generate_options *options, int64_t node) {
    gamlp_rng rng = gamlp_rng_key((uint64_t)options->seed, GAMLP_RNG_FEATURE, STREAM_COUNT);
    int64_t least = (options->words_per_node + 1) / 2;
    uint64_t spread = (uint64_t)(2 * (options->words_per_node - least) + 1);
    return least + (int64_t)gamlp_rng_below(rng, (uint64_t)node, spread);
}

static int64_t draw_word(const vocabulary *v, const gamlp_generate_options *options,
                         uint64_t element, int64_t class) {
    uint64_t seed = (uint64_t)options->seed;
    gamlp_rng source = gamlp_rng_key(seed, GAMLP_RNG_FEATURE, STREAM_SOURCE);
    gamlp_rng word = gamlp_rng_key(seed, GAMLP_RNG_FEATURE, STREAM_WORD);
    bool noise = gamlp_rng_uniform(source, element) < options->feature_noise;
    return find_word(v, noise ? 0 : class + 1, gamlp_rng_uniform(word, element));
}

static gamlp_status draw_words(gamlp_dataset *dataset, const gamlp_generate_options *options) {
    vocabulary v = {0};
    int64_t *row = NULL, *col = NULL, total = 0, used = 0;
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < options->nodes; i++) total += count_words(options, i);
    GAMLP_TRY(vocabulary_init(&v, options));
    GAMLP_TRY(gamlp_new_raw(&row, total, sizeof *row, "words"));
    GAMLP_TRY(gamlp_new_raw(&col, total, sizeof *col, "words"));
    for (int64_t i = 0; i < options->nodes; i++)
        for (int64_t t = count_words(options, i); t > 0; t--, used++) {
            row[used] = i;
            col[used] = draw_word(&v, options, (uint64_t)(i * NODE_STRIDE + t), dataset->label[i]);
        }
    GAMLP_TRY(gamlp_csr_from_triplets(&dataset->sparse, options->nodes, options->words, used, row,
                                      col, NULL, GAMLP_DUPLICATES_ONE));
done:
    gamlp_free(v.cumulative);
    gamlp_free(row);
    gamlp_free(col);
    return status;
}

gamlp_status gamlp_dataset_generate(gamlp_dataset *dataset, const gamlp_generate_options *options) {
    *dataset = (gamlp_dataset){.name = "generated", .format = "generated"};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_generate_options_check(options));
    dataset->nodes = options->nodes;
    dataset->features = options->words;
    dataset->classes = options->classes;
    GAMLP_TRY(gamlp_new(&dataset->label, options->nodes, sizeof *dataset->label, "labels"));
    GAMLP_TRY(draw_labels(dataset, (uint64_t)options->seed));
    GAMLP_TRY(draw_graph(dataset, options));
    GAMLP_TRY(draw_words(dataset, options));
    GAMLP_TRY(gamlp_dataset_split_random(dataset, options->train_per_class, options->val_count,
                                         options->test_count, (uint64_t)options->seed));
    GAMLP_TRY(gamlp_dataset_check(dataset));
    GAMLP_TRY(gamlp_dataset_fingerprint(dataset));
done:
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}
