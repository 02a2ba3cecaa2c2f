/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/embedded.h"

#include <stdio.h>
#include <string.h>

#include "dataset/generate.h"
#include "dataset/recipe.h"
#include "gamlp/alloc.h"

/* Every node its own feature. */
static gamlp_status one_hot(gamlp_csr *features, int64_t nodes) {
    gamlp_status status = gamlp_csr_init(features, nodes, nodes, nodes);
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < nodes; i++) {
        features->idx[i] = (int32_t)i;
        features->val[i] = 1;
        features->ptr[i + 1] = i + 1;
    }
    return GAMLP_OK;
}

static gamlp_status read_labels(gamlp_dataset *dataset, const gamlp_yaml *recipe,
                                const char *name) {
    int64_t *list = NULL, count;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_recipe_list(&list, &count, recipe, name, "label", INT32_MAX - 1));
    if (count != dataset->nodes)
        GAMLP_TRY(gamlp_fail(GAMLP_E_CONFIG, "%s: %lld labels for %lld nodes", name,
                             (long long)count, (long long)dataset->nodes));
    GAMLP_TRY(gamlp_new(&dataset->label, count, sizeof *dataset->label, "labels"));
    for (int64_t i = 0; i < count; i++) {
        dataset->label[i] = (int32_t)list[i];
        if (list[i] >= dataset->classes) dataset->classes = list[i] + 1;
    }
done:
    gamlp_free(list);
    return status;
}

static gamlp_status read_split(gamlp_dataset *dataset, const gamlp_yaml *recipe, const char *name) {
    gamlp_split *split = &dataset->split;
    int64_t last = dataset->nodes - 1;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_recipe_list(&split->train, &split->train_count, recipe, name, "train", last));
    GAMLP_TRY(gamlp_recipe_list(&split->val, &split->val_count, recipe, name, "val", last));
    GAMLP_TRY(gamlp_recipe_list(&split->test, &split->test_count, recipe, name, "test", last));
    snprintf(split->rule, sizeof split->rule, "public");
done:
    return status;
}

static gamlp_status build_karate(gamlp_dataset *dataset, const gamlp_yaml *recipe,
                                 const char *name) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_graph_karate(&dataset->graph));
    dataset->nodes = dataset->features = dataset->graph.nodes;
    GAMLP_TRY(one_hot(&dataset->sparse, dataset->nodes));
    GAMLP_TRY(read_labels(dataset, recipe, name));
    GAMLP_TRY(read_split(dataset, recipe, name));
done:
    return status;
}

static gamlp_status build_generated(gamlp_dataset *dataset, const gamlp_yaml *recipe,
                                    const char *name) {
    gamlp_generate_options options;
    gamlp_status status = gamlp_recipe_options(&options, recipe, name);
    return status == GAMLP_OK ? gamlp_generate_content(dataset, &options) : status;
}

gamlp_status gamlp_embedded_open(gamlp_dataset *dataset, const char *name,
                                 const gamlp_yaml *recipe) {
    *dataset = (gamlp_dataset){0};
    const char *kind =
        gamlp_yaml_text(recipe, gamlp_yaml_find(recipe, gamlp_yaml_root(recipe), "kind"));
    gamlp_status status = GAMLP_OK;
    if (kind && strcmp(kind, "karate") == 0)
        GAMLP_TRY(build_karate(dataset, recipe, name));
    else if (kind && strcmp(kind, "generate") == 0)
        GAMLP_TRY(build_generated(dataset, recipe, name));
    else
        GAMLP_TRY(gamlp_fail(GAMLP_E_CONFIG, "%s: kind is %s, expected karate or generate", name,
                             kind ? kind : "missing"));
    snprintf(dataset->name, sizeof dataset->name, "%s", name);
    snprintf(dataset->format, sizeof dataset->format, "embedded");
done:
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}
