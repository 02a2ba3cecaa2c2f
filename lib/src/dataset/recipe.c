/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/recipe.h"

#include <stdbool.h>
#include <string.h>

#include "gamlp/alloc.h"

static gamlp_status refuse_key(const gamlp_yaml *recipe, gamlp_yaml_node value, const char *name,
                               const char *key) {
    const char *nearest = gamlp_option_nearest(gamlp_generate_table, key);
    return gamlp_fail(GAMLP_E_CONFIG, "%s: line %lld: unknown option %s%s%s", name,
                      (long long)gamlp_yaml_line(recipe, value), key,
                      nearest ? ", the nearest is " : "", nearest ? nearest : "");
}

/* Values of the keys that a recipe need not have. */
static const gamlp_generate_options optional = {.homophily = 0.5,
                                                .feature_noise = 0.5,
                                                .words = 100,
                                                .words_per_node = 10,
                                                .train_per_class = 20,
                                                .dimension = 64,
                                                .mean_length = 1,
                                                .quadrant = {0.57, 0.19, 0.19}};

static bool is_needed(const char *key) {
    static const char *const needed[] = {"nodes", "classes", "edges", "val", "test"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (strcmp(key, needed[i]) == 0) return true;
    return false;
}

gamlp_status gamlp_recipe_options(gamlp_generate_options *options, const gamlp_yaml *recipe,
                                  const char *name) {
    gamlp_yaml_node mapping = gamlp_yaml_find(recipe, gamlp_yaml_root(recipe), "generate");
    *options = optional;
    for (int64_t i = 0; i < gamlp_yaml_pairs(recipe, mapping); i++) {
        const char *key = gamlp_yaml_key(recipe, mapping, i);
        if (!gamlp_option_find(gamlp_generate_table, key))
            return refuse_key(recipe, gamlp_yaml_value(recipe, mapping, i), name, key);
    }
    for (const gamlp_option *row = gamlp_generate_table; row->name; row++) {
        const char *text = gamlp_yaml_text(recipe, gamlp_yaml_find(recipe, mapping, row->name));
        if (!text && !is_needed(row->name)) continue;
        if (!text)
            return gamlp_fail(GAMLP_E_CONFIG, "%s: generate: expected a value of %s", name,
                              row->name);
        gamlp_status status = gamlp_option_set(options, row, text);
        if (status != GAMLP_OK) return status;
    }
    return gamlp_generate_options_check(options);
}

gamlp_status gamlp_recipe_list(int64_t **list, int64_t *count, const gamlp_yaml *recipe,
                               const char *name, const char *key, int64_t most) {
    const gamlp_option row = {.name = key, .type = GAMLP_OPTION_INT, .max = (double)most};
    gamlp_yaml_node sequence = gamlp_yaml_find(recipe, gamlp_yaml_root(recipe), key);
    *count = gamlp_yaml_items(recipe, sequence);
    *list = NULL;
    if (*count == 0)
        return gamlp_fail(GAMLP_E_CONFIG, "%s: %s: expected a list of numbers", name, key);
    gamlp_status status = gamlp_new_raw(list, *count, sizeof **list, key);
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < *count; i++) {
        gamlp_yaml_node node = gamlp_yaml_item(recipe, sequence, i);
        const char *text = gamlp_yaml_text(recipe, node);
        GAMLP_TRY(gamlp_option_set(&(*list)[i], &row, text ? text : ""));
    }
done:
    if (status != GAMLP_OK) {
        gamlp_free(*list);
        *list = NULL;
        *count = 0;
    }
    return status;
}
