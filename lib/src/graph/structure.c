/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/graph.h"
#include "graph/igraph.h"

static void count_degrees(gamlp_graph_structure *structure, const gamlp_csr *adjacency) {
    structure->degree_min = adjacency->ptr[1] - adjacency->ptr[0];
    for (int64_t i = 0; i < adjacency->rows; i++) {
        int64_t degree = adjacency->ptr[i + 1] - adjacency->ptr[i];
        if (degree == 0) structure->isolated++;
        if (degree < structure->degree_min) structure->degree_min = degree;
        if (degree > structure->degree_max) structure->degree_max = degree;
    }
    structure->degree_mean = (double)adjacency->nnz / (double)adjacency->rows;
}

gamlp_status gamlp_graph_structure_of(gamlp_graph_structure *structure, const gamlp_graph *graph) {
    *structure = (gamlp_graph_structure){0};
    if (graph->nodes == 0) return GAMLP_OK;
    count_degrees(structure, &graph->adjacency);
    return gamlp_igraph_components(&structure->components, &structure->largest_component, graph);
}

gamlp_status gamlp_graph_karate(gamlp_graph *graph) {
    return gamlp_igraph_famous(graph, "Zachary");
}
