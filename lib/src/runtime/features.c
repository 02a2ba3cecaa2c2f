/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/features.h"

#include "gamlp/alloc.h"

gamlp_status gamlp_run_feature_options(gamlp_feature_options *feature,
                                       const gamlp_train_options *options) {
    gamlp_feature_options_default(feature);
    feature->normalise = (gamlp_normalise)options->normalise;
    if (options->features[0]) return gamlp_feature_set_parse(&feature->set, options->features);
    return gamlp_feature_set_hops(&feature->set, options->hops);
}

gamlp_status gamlp_feature_source_init(gamlp_feature_source *source, const gamlp_dataset *dataset,
                                       const gamlp_feature_set *set) {
    *source = (gamlp_feature_source){0};
    source->input.adjacency = &dataset->graph.adjacency;
    if (dataset->sparse.rows)
        source->input.sparse = &dataset->sparse;
    else
        source->input.dense = &dataset->dense;
    for (int s = 0; s < GAMLP_STRUCTURES; s++)
        if (gamlp_feature_set_needs(set, (gamlp_structure)s))
            return gamlp_fail(GAMLP_E_CONFIG, "features: this version has no figures of nodes");
    return GAMLP_OK;
}

void gamlp_feature_source_clear(gamlp_feature_source *source) {
    for (int s = 0; s < GAMLP_STRUCTURES; s++) gamlp_free(source->figure[s]);
    *source = (gamlp_feature_source){0};
}
