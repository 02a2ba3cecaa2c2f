/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Features of generated nodes.
 *
 * Words: word j of d is drawn with probability proportional to 1 / (j + 20)
 * (Zipf and Mandelbrot); class c has a topic, a tenth of the words, and a node
 * draws each of its words from the topic of its class with probability
 * 1 - feature_noise and from all words otherwise.
 *
 * Gaussian (Deshpande, Sen, Montanari and Mossel, NeurIPS 2018, for two classes
 * +m and -m): row i of class c is x = s m_c + z, with z ~ N(0, I_d) and
 * m_c ~ N(0, I_d / d) once for each class, so that |m_c| is about 1.
 *
 * Only IEEE add, multiply, divide and square root, and keyed random numbers:
 * a seed gives the same bits everywhere. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "dataset/generate.h"
#include "gamlp/alloc.h"
#include "gamlp/rng.h"

/* Streams of GAMLP_RNG_FEATURE; distribution k of words has STREAM_WORD + k. */
enum { STREAM_COUNT = 1, STREAM_SOURCE, STREAM_WORD, STREAM_MEAN = 1 << 30, STREAM_NOISE };

/* Word t of node i is element i * 2^20 + t of the streams; a node has fewer words than that. */
enum { NODE_STRIDE = 1 << 20, SHORT_ROW = 64 };

static const double topic_share = 0.1;
static const double zipf_offset = 20;

/* A class whose topic came out empty keeps all words. */
static void fill_topic(double *cumulative, int64_t words, gamlp_rng rng, double share) {
    double sum = 0;
    for (int64_t j = 0; j < words; j++) {
        if (gamlp_rng_uniform(rng, (uint64_t)j) < share) sum += 1 / ((double)j + zipf_offset);
        cumulative[j] = sum;
    }
    if (sum == 0) fill_topic(cumulative, words, rng, 1);
}

static gamlp_status init_words(gamlp_features *f) {
    const gamlp_generate_options *o = &f->options;
    gamlp_status status = gamlp_new_raw(&f->cumulative, (o->classes + 1) * o->words,
                                        sizeof *f->cumulative, "word frequencies");
    if (status != GAMLP_OK) return status;
    for (int64_t c = 0; c <= o->classes; c++)
        fill_topic(
            f->cumulative + c * o->words, o->words,
            gamlp_rng_key((uint64_t)o->seed, GAMLP_RNG_FEATURE, (uint32_t)(STREAM_WORD + 1 + c)),
            c == 0 ? 1 : topic_share);
    return GAMLP_OK;
}

static gamlp_status init_means(gamlp_features *f) {
    const gamlp_generate_options *o = &f->options;
    gamlp_rng rng = gamlp_rng_key((uint64_t)o->seed, GAMLP_RNG_FEATURE, STREAM_MEAN);
    double scale = o->mean_length / sqrt((double)o->dimension);
    gamlp_status status =
        gamlp_new_raw(&f->mean, o->classes * o->dimension, sizeof *f->mean, "class means");
    if (status != GAMLP_OK) return status;
    for (int64_t k = 0; k < o->classes * o->dimension; k++)
        f->mean[k] = scale * gamlp_rng_normal(rng, (uint64_t)k);
    return GAMLP_OK;
}

gamlp_status gamlp_features_init(gamlp_features *f, const gamlp_generate_options *options) {
    *f = (gamlp_features){.options = *options};
    return options->feature_kind == 1 ? init_means(f) : init_words(f);
}

void gamlp_features_clear(gamlp_features *f) {
    if (!f) return;
    gamlp_free(f->cumulative);
    gamlp_free(f->mean);
    *f = (gamlp_features){0};
}

int64_t gamlp_features_columns(const gamlp_generate_options *options) {
    return options->feature_kind == 1 ? options->dimension : options->words;
}

/* First word whose cumulative weight exceeds u times the total, 0 <= u < 1. */
static int64_t find_word(const gamlp_features *f, int64_t distribution, double u) {
    const double *cumulative = f->cumulative + distribution * f->options.words;
    int64_t low = 0, high = f->options.words - 1;
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

int64_t gamlp_features_draws(const gamlp_generate_options *options, int64_t node) {
    gamlp_rng rng = gamlp_rng_key((uint64_t)options->seed, GAMLP_RNG_FEATURE, STREAM_COUNT);
    int64_t least = (options->words_per_node + 1) / 2;
    uint64_t spread = (uint64_t)(2 * (options->words_per_node - least) + 1);
    return least + (int64_t)gamlp_rng_below(rng, (uint64_t)node, spread);
}

static int32_t draw_word(const gamlp_features *f, uint64_t element, int32_t label) {
    uint64_t seed = (uint64_t)f->options.seed;
    gamlp_rng source = gamlp_rng_key(seed, GAMLP_RNG_FEATURE, STREAM_SOURCE);
    gamlp_rng word = gamlp_rng_key(seed, GAMLP_RNG_FEATURE, STREAM_WORD);
    bool noise = gamlp_rng_uniform(source, element) < f->options.feature_noise;
    return (int32_t)find_word(f, noise ? 0 : label + 1, gamlp_rng_uniform(word, element));
}

static int compare(const void *a, const void *b) {
    const int32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void sort(int32_t *item, int64_t count) {
    if (count > SHORT_ROW) {
        qsort(item, (size_t)count, sizeof *item, compare);
        return;
    }
    for (int64_t i = 1; i < count; i++) {
        int32_t moved = item[i];
        int64_t k = i;
        for (; k > 0 && item[k - 1] > moved; k--) item[k] = item[k - 1];
        item[k] = moved;
    }
}

int64_t gamlp_features_words(int32_t *word, const gamlp_features *f, int64_t node, int32_t label) {
    int64_t count = gamlp_features_draws(&f->options, node), kept = 0;
    for (int64_t t = 1; t <= count; t++)
        word[t - 1] = draw_word(f, (uint64_t)(node * NODE_STRIDE + t), label);
    sort(word, count);
    for (int64_t t = 0; t < count; t++)
        if (kept == 0 || word[t] != word[kept - 1]) word[kept++] = word[t];
    return kept;
}

void gamlp_features_gaussian(gamlp_real *row, const gamlp_features *f, int64_t node,
                             int32_t label) {
    const gamlp_generate_options *o = &f->options;
    const double *mean = f->mean + label * o->dimension;
    gamlp_rng rng = gamlp_rng_key((uint64_t)o->seed, GAMLP_RNG_FEATURE, STREAM_NOISE);
    for (int64_t j = 0; j < o->dimension; j++)
        row[j] = (gamlp_real)(mean[j] + gamlp_rng_normal(rng, (uint64_t)(node * o->dimension + j)));
}
