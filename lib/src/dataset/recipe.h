/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Embedded graphs: built from a recipe in graphs/, a YAML text in the library. */
#ifndef GAMLP_DATASET_RECIPE_H
#define GAMLP_DATASET_RECIPE_H

#include "core/yaml.h"
#include "gamlp/dataset.h"

/* Options from the mapping `generate` of a recipe, keys of gamlp_generate_table; nodes, classes,
 * edges, val and test are needed.  GAMLP_E_CONFIG names the key. */
gamlp_status gamlp_recipe_options(gamlp_generate_options *options, const gamlp_yaml *recipe,
                                  const char *name);

/* The list of integers under `key`, each in [0, most], in *list.  Ownership
 * passes to the caller: gamlp_free(). */
gamlp_status gamlp_recipe_list(int64_t **list, int64_t *count, const gamlp_yaml *recipe,
                               const char *name, const char *key, int64_t most);

#endif
