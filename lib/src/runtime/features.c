/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/features.h"

#include "gamlp/alloc.h"

/* The figures of graph.h are the structures of feature.h, in that order. */
_Static_assert((int)GAMLP_NODE_FIGURES == (int)GAMLP_STRUCTURES &&
                   (int)GAMLP_NODE_HARMONIC == (int)GAMLP_STRUCTURE_HARMONIC &&
                   (int)GAMLP_NODE_CORE == (int)GAMLP_STRUCTURE_CORE,
               "two lists of figures");

gamlp_status gamlp_run_feature_options(gamlp_feature_options *feature,
                                       const gamlp_train_options *options) {
    gamlp_feature_options_default(feature);
    feature->normalise = (gamlp_normalise)options->normalise;
    feature->bfloat16 = options->storage == 1;
    feature->diffusion = options->diffusion;
    if (options->features[0]) return gamlp_feature_set_parse(&feature->set, options->features);
    return gamlp_feature_set_hops(&feature->set, options->hops);
}

gamlp_status gamlp_feature_source_init(gamlp_feature_source *source, const gamlp_dataset *dataset,
                                       const gamlp_feature_set *set) {
    gamlp_status status = GAMLP_OK;
    *source = (gamlp_feature_source){0};
    source->input.adjacency = &dataset->graph.adjacency;
    if (dataset->graph.arcs.rows) source->input.arcs = &dataset->graph.arcs;
    if (dataset->sparse.rows)
        source->input.sparse = &dataset->sparse;
    else
        source->input.dense = &dataset->dense;
    for (int s = 0; s < GAMLP_STRUCTURES; s++) {
        if (!gamlp_feature_set_needs(set, (gamlp_structure)s)) continue;
        GAMLP_TRY(gamlp_new_raw(&source->figure[s], dataset->nodes, sizeof *source->figure[s],
                                "figures of nodes"));
        source->input.column[s] = source->figure[s];
    }
    GAMLP_TRY(gamlp_graph_figures(source->figure, &dataset->graph));
done:
    if (status != GAMLP_OK) gamlp_feature_source_clear(source);
    return status;
}

gamlp_status gamlp_feature_source_order(gamlp_feature_source *source, const gamlp_dataset *dataset,
                                        gamlp_node_order order) {
    int32_t *group = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&source->place, dataset->nodes, sizeof *source->place, "places"));
    if (order == GAMLP_NODES_COMMUNITY) {
        GAMLP_TRY(gamlp_new_raw(&group, dataset->nodes, sizeof *group, "communities"));
        GAMLP_TRY(gamlp_graph_communities(group, &dataset->graph));
    }
    GAMLP_TRY(gamlp_node_order_make(source->place, &dataset->graph.adjacency, order, group));
    source->input.place = source->place;
done:
    gamlp_free(group);
    return status;
}

void gamlp_feature_source_clear(gamlp_feature_source *source) {
    gamlp_free(source->place);
    for (int s = 0; s < GAMLP_STRUCTURES; s++) gamlp_free(source->figure[s]);
    *source = (gamlp_feature_source){0};
}
