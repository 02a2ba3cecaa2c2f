/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The feature set of a run: from its options, and what it needs of a data set. */
#ifndef GAMLP_RUNTIME_FEATURES_H
#define GAMLP_RUNTIME_FEATURES_H

#include "gamlp/feature.h"
#include "gamlp/train.h"

/* The set that `features` names, else that of `hops`; how features are normalised, and stored
 * between hops. */
gamlp_status gamlp_run_feature_options(gamlp_feature_options *feature,
                                       const gamlp_train_options *options);

/* Graph, features and the figures of the nodes that a set needs; views of the data set. */
typedef struct gamlp_feature_source {
    gamlp_feature_input input;
    double *figure[GAMLP_STRUCTURES]; /* owned */
    int32_t *place;                   /* owned, or NULL */
} gamlp_feature_source;

gamlp_status gamlp_feature_source_init(gamlp_feature_source *source, const gamlp_dataset *dataset,
                                       const gamlp_feature_set *set);
/* Let the nodes lie in this order; communities are found for it. */
gamlp_status gamlp_feature_source_order(gamlp_feature_source *source, const gamlp_dataset *dataset,
                                        gamlp_node_order order);
void gamlp_feature_source_clear(gamlp_feature_source *source);

#endif
