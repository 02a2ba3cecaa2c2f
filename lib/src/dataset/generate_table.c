/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of generated graphs. */
#include <stddef.h>
#include <string.h>

#include "dataset/recipe.h"

#define AT(field) offsetof(gamlp_generate_options, field)

const gamlp_option gamlp_generate_table[] = {
    {"nodes", GAMLP_OPTION_INT, AT(nodes), 1, 2147483647, NULL, "N", "number of nodes", "Graph"},
    {"classes", GAMLP_OPTION_INT, AT(classes), 1, 1e6, NULL, "C", "number of classes", "Graph"},
    {"edges", GAMLP_OPTION_INT, AT(edges), 0, 1e12, NULL, "N", "number of undirected edges",
     "Graph"},
    {"homophily", GAMLP_OPTION_REAL, AT(homophily), 0, 1, NULL, "X",
     "fraction of the edges that join nodes of one class", "Graph"},
    {"words", GAMLP_OPTION_INT, AT(words), 1, 2147483647, NULL, "N", "number of binary features",
     "Features"},
    {"words-per-node", GAMLP_OPTION_INT, AT(words_per_node), 1, 500000, NULL, "N",
     "words drawn for a node, on average", "Features"},
    {"feature-noise", GAMLP_OPTION_REAL, AT(feature_noise), 0, 1, NULL, "X",
     "fraction of the words that do not depend on the class", "Features"},
    {"train-per-class", GAMLP_OPTION_INT, AT(train_per_class), 1, 1e9, NULL, "N",
     "training nodes of each class", "Split"},
    {"val", GAMLP_OPTION_INT, AT(val_count), 1, 1e9, NULL, "N", "validation nodes", "Split"},
    {"test", GAMLP_OPTION_INT, AT(test_count), 1, 1e9, NULL, "N", "test nodes", "Split"},
    {"seed", GAMLP_OPTION_INT, AT(seed), 0, 1e15, NULL, "N", "seed of graph, features and split",
     "Split"},
    {NULL, GAMLP_OPTION_INT, 0, 0, 0, NULL, NULL, NULL, NULL}};

static gamlp_status check_row(const gamlp_generate_options *options, const gamlp_option *row) {
    const char *field = (const char *)options + row->offset;
    int64_t whole;
    double value;
    memcpy(&whole, field, sizeof whole);
    memcpy(&value, field, sizeof value);
    if (row->type == GAMLP_OPTION_INT) value = (double)whole;
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
    if (options->words_per_node > options->words)
        return gamlp_fail(GAMLP_E_CONFIG, "words-per-node: %lld of %lld words",
                          (long long)options->words_per_node, (long long)options->words);
    return GAMLP_OK;
}

gamlp_status gamlp_generate_options_default(gamlp_generate_options *options) {
    static const char name[] = "citation-sim";
    gamlp_yaml *recipe;
    const char *text = gamlp_dataset_manifest(name);
    if (!text) return gamlp_fail(GAMLP_E_INTERNAL, "the recipe of %s is not embedded", name);
    gamlp_status status = gamlp_yaml_parse(&recipe, text, strlen(text), name);
    if (status != GAMLP_OK) return status;
    status = gamlp_recipe_options(options, recipe, name);
    gamlp_yaml_free(recipe);
    return status;
}
