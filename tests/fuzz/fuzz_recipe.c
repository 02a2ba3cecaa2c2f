/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recipes as text: what is read, not the graph, which may be as large as a recipe says. */
#include "dataset/recipe.h"
#include "fuzz.h"
#include "gamlp/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gamlp_yaml *recipe;
    gamlp_generate_options options;
    int64_t *list, count;
    if (gamlp_yaml_parse(&recipe, data, size, "input") != GAMLP_OK) return 0;
    if (gamlp_recipe_options(&options, recipe, "input") == GAMLP_OK &&
        gamlp_generate_options_check(&options) != GAMLP_OK)
        __builtin_trap();
    if (gamlp_recipe_list(&list, &count, recipe, "input", "label", 1000) == GAMLP_OK)
        gamlp_free(list);
    gamlp_yaml_free(recipe);
    return 0;
}
