/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of generated graphs. */
#include <stddef.h>
#include <string.h>

#include "core/text.h"
#include "dataset/recipe.h"

#define AT(field) offsetof(gamlp_generate_options, field)

const gamlp_option gamlp_generate_table[] = {
    {"model", GAMLP_OPTION_CHOICE, AT(model), 0, GAMLP_MODEL_ER, "csbm rmat ba er", "MODEL",
     "stochastic blocks, R-MAT, Barabasi-Albert or Erdos-Renyi", "Graph"},
    {"nodes", GAMLP_OPTION_INT, AT(nodes), 1, 2147483647, NULL, "N", "number of nodes", "Graph"},
    {"classes", GAMLP_OPTION_INT, AT(classes), 1, 1e6, NULL, "C", "number of classes", "Graph"},
    {"edges", GAMLP_OPTION_INT, AT(edges), 0, 1e12, NULL, "N", "number of undirected edges",
     "Graph"},
    {"homophily", GAMLP_OPTION_REAL, AT(homophily), 0, 1, NULL, "X",
     "csbm: fraction of the edges that join nodes of one class", "Graph"},
    {"degrees", GAMLP_OPTION_CHOICE, AT(degrees), 0, 1, "power uniform", "LAW",
     "csbm: expected degrees, a power law or all the same", "Graph"},
    {"rmat-a", GAMLP_OPTION_REAL, AT(quadrant[0]), 0, 1, NULL, "X",
     "rmat: probability of the upper left quadrant", "Graph"},
    {"rmat-b", GAMLP_OPTION_REAL, AT(quadrant[1]), 0, 1, NULL, "X",
     "rmat: probability of the upper right quadrant", "Graph"},
    {"rmat-c", GAMLP_OPTION_REAL, AT(quadrant[2]), 0, 1, NULL, "X",
     "rmat: probability of the lower left quadrant; what remains of 1 is the lower right", "Graph"},
    {"feature-kind", GAMLP_OPTION_CHOICE, AT(feature_kind), 0, 1, "words gaussian", "KIND",
     "binary words, or dense normal deviates around a mean of the class", "Features"},
    {"words", GAMLP_OPTION_INT, AT(words), 1, 2147483647, NULL, "N",
     "words: number of binary features", "Features"},
    {"words-per-node", GAMLP_OPTION_INT, AT(words_per_node), 1, 500000, NULL, "N",
     "words: drawn for a node, on average", "Features"},
    {"feature-noise", GAMLP_OPTION_REAL, AT(feature_noise), 0, 1, NULL, "X",
     "words: fraction of them that does not depend on the class", "Features"},
    {"dimension", GAMLP_OPTION_INT, AT(dimension), 0, 1e6, NULL, "N",
     "gaussian: number of features", "Features"},
    {"signal", GAMLP_OPTION_REAL, AT(mean_length), 0, 1e6, NULL, "X",
     "gaussian: length of the means, the noise having standard deviation 1", "Features"},
    {"train", GAMLP_OPTION_INT, AT(train_count), 0, 2147483647, NULL, "N",
     "training nodes; 0: train-per-class decides", "Split"},
    {"train-per-class", GAMLP_OPTION_INT, AT(train_per_class), 1, 1e9, NULL, "N",
     "training nodes of each class", "Split"},
    {"val", GAMLP_OPTION_INT, AT(val_count), 1, 1e9, NULL, "N", "validation nodes", "Split"},
    {"test", GAMLP_OPTION_INT, AT(test_count), 1, 1e9, NULL, "N", "test nodes", "Split"},
    {"seed", GAMLP_OPTION_INT, AT(seed), 0, 1e15, NULL, "N", "seed of graph, features and split",
     "Split"},
    {NULL, GAMLP_OPTION_INT, 0, 0, 0, NULL, NULL, NULL, NULL}};

static gamlp_status check_quadrants(const gamlp_generate_options *o) {
    double sum = o->quadrant[0] + o->quadrant[1] + o->quadrant[2];
    if (sum <= 1 + 1e-9) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CONFIG, "rmat-a, rmat-b and rmat-c sum to %g, more than 1", sum);
}

static gamlp_status check_row(const gamlp_generate_options *options, const gamlp_option *row) {
    const char *field = (const char *)options + row->offset;
    int choice;
    int64_t whole;
    double value;
    memcpy(&choice, field, sizeof choice);
    memcpy(&whole, field, sizeof whole);
    memcpy(&value, field, sizeof value);
    if (row->type == GAMLP_OPTION_INT) value = (double)whole;
    if (row->type == GAMLP_OPTION_CHOICE) value = choice;
    if (value >= row->min && value <= row->max) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CONFIG, "%s: %.15g is not between %.15g and %.15g", row->name, value,
                      row->min, row->max);
}

gamlp_status gamlp_generate_options_check(const gamlp_generate_options *options) {
    for (const gamlp_option *row = gamlp_generate_table; row->name; row++) {
        gamlp_status status = check_row(options, row);
        if (status != GAMLP_OK) return status;
    }
    if (options->classes > options->nodes)
        return gamlp_fail(GAMLP_E_CONFIG, "classes: %lld of them among %lld nodes",
                          (long long)options->classes, (long long)options->nodes);
    if (options->feature_kind == 0 && options->words_per_node > options->words)
        return gamlp_fail(GAMLP_E_CONFIG, "words-per-node: %lld of %lld words",
                          (long long)options->words_per_node, (long long)options->words);
    if (options->feature_kind == 1 && options->dimension < 1)
        return gamlp_fail(GAMLP_E_CONFIG, "dimension: %lld Gaussian features, expected at least 1",
                          (long long)options->dimension);
    return check_quadrants(options);
}

static const char *known_name(const void *context, int64_t index) {
    (void)context;
    return gamlp_dataset_known_name(index);
}

gamlp_status gamlp_generate_options_recipe(gamlp_generate_options *options, const char *name) {
    gamlp_yaml *recipe;
    const char *text = gamlp_dataset_manifest(name);
    if (!text) {
        const char *nearest = gamlp_text_nearest(known_name, NULL, name);
        return gamlp_fail(GAMLP_E_USAGE, "unknown recipe \"%s\"%s%s", name,
                          nearest ? ": nearest is " : "", nearest ? nearest : "");
    }
    gamlp_status status = gamlp_yaml_parse(&recipe, text, strlen(text), name);
    if (status != GAMLP_OK) return status;
    const char *kind =
        gamlp_yaml_text(recipe, gamlp_yaml_find(recipe, gamlp_yaml_root(recipe), "kind"));
    if (!kind || strcmp(kind, "generate") != 0)
        status = gamlp_fail(GAMLP_E_USAGE, "%s is not a recipe of a generated graph", name);
    else
        status = gamlp_recipe_options(options, recipe, name);
    gamlp_yaml_free(recipe);
    return status;
}

gamlp_status gamlp_generate_options_default(gamlp_generate_options *options) {
    return gamlp_generate_options_recipe(options, "citation-sim");
}
