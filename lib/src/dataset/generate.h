/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generated data sets by parts: what a graph that is never held whole needs. */
#ifndef GAMLP_DATASET_GENERATE_H
#define GAMLP_DATASET_GENERATE_H

#include "gamlp/dataset.h"
#include "graph/random.h"

/* gamlp_generate_options_check(), and GAMLP_E_NOMEM when labels, features and, if it is held, the
 * graph cannot be in the memory of this host. */
gamlp_status gamlp_generate_check(const gamlp_generate_options *options, bool holds_graph);

/* Graph, features, labels and split as gamlp_dataset_generate(), but neither
 * checked nor with fingerprints. */
gamlp_status gamlp_generate_content(gamlp_dataset *dataset, const gamlp_generate_options *options);

/* Its parts, in this order: counts, labels and split of a fresh data set; then what is added. */
gamlp_status gamlp_generate_labels(gamlp_dataset *dataset, const gamlp_generate_options *options);
gamlp_status gamlp_generate_graph(gamlp_dataset *dataset, const gamlp_generate_options *options);
gamlp_status gamlp_generate_features(gamlp_dataset *dataset, const gamlp_generate_options *options);

/* Whether the edges of this model are a function of their index. */
bool gamlp_generate_streams(const gamlp_generate_options *options);

/* The state of such a list; one of them is used. */
typedef union gamlp_generate_state {
    gamlp_rmat rmat;
    gamlp_pairs pairs;
} gamlp_generate_state;

/* The list of edges whose graph gamlp_dataset_generate() makes.  GAMLP_E_USAGE
 * for a model that does not stream. */
gamlp_status gamlp_generate_edges(gamlp_edges *edges, gamlp_generate_state *state,
                                  const gamlp_generate_options *options);

/* Features by rows: row i is a function of options, i and the label of i. */
typedef struct gamlp_features {
    gamlp_generate_options options;
    double *cumulative; /* words: words per distribution, all and then each class's topic */
    double *mean;       /* Gaussian: dimension of each class                              */
} gamlp_features;

/* Ownership passes to the caller: gamlp_features_clear(). */
gamlp_status gamlp_features_init(gamlp_features *f, const gamlp_generate_options *options);
void gamlp_features_clear(gamlp_features *f);

/* Number of columns. */
int64_t gamlp_features_columns(const gamlp_generate_options *options);

/* Draws for row `node`, and these words, increasing and without repetitions:
 * their number is returned; word[] has room for the draws. */
int64_t gamlp_features_draws(const gamlp_generate_options *options, int64_t node);
int64_t gamlp_features_words(int32_t *word, const gamlp_features *f, int64_t node, int32_t label);

/* The `dimension` values of row `node`. */
void gamlp_features_gaussian(gamlp_real *row, const gamlp_features *f, int64_t node, int32_t label);

#endif
