/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Features from a nodes x features array, row- or column-major. */
#ifndef GAMLP_DATASET_TABLE_FEATURES_H
#define GAMLP_DATASET_TABLE_FEATURES_H

#include "dataset/elements.h"
#include "gamlp/dataset.h"

/* Dense features x nodes.  GAMLP_E_DATA names node and feature of a value that is no finite float.
 * Ownership passes to the caller: gamlp_dense_clear(). */
gamlp_status gamlp_array_features(gamlp_dense *features, const gamlp_array *array,
                                  const char *what);

/* Features of the data set: sparse when that takes less memory.  The elements are gone through
 * twice. */
gamlp_status gamlp_dataset_take_elements(gamlp_dataset *dataset, gamlp_elements *elements);
gamlp_status gamlp_dataset_take_features(gamlp_dataset *dataset, const gamlp_array *array,
                                         const char *what);

/* Labels from an array with an integer for each of the data set's nodes: -1 (none) or below the
 * number of nodes; classes: the largest + 1.  GAMLP_E_DATA names the node. */
gamlp_status gamlp_dataset_take_labels(gamlp_dataset *dataset, const gamlp_array *array,
                                       const char *what);

#endif
