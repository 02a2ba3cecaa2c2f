/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/alloc.h"
#include "gamlp/graph.h"
#include "graph/components.h"
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

/* The k-th smallest degree, from 0; number[d] nodes have degree d. */
static int64_t kth_degree(const int64_t *number, int64_t k) {
    int64_t degree = 0, seen = number[0];
    while (seen <= k) seen += number[++degree];
    return degree;
}

static gamlp_status find_median(gamlp_graph_structure *structure, const gamlp_csr *adjacency) {
    int64_t *number = NULL, n = adjacency->rows;
    gamlp_status status = gamlp_new(&number, structure->degree_max + 1, sizeof *number, "degrees");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < n; i++) number[adjacency->ptr[i + 1] - adjacency->ptr[i]]++;
    structure->degree_median =
        ((double)kth_degree(number, (n - 1) / 2) + (double)kth_degree(number, n / 2)) / 2;
    gamlp_free(number);
    return GAMLP_OK;
}

/* first[i]: the first node of i's component; size[j]: nodes of the component whose first node is j,
 * else 0. */
static gamlp_status find_components(int32_t **first, int32_t **size, const gamlp_graph *graph) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(first, graph->nodes, sizeof **first, "components"));
    GAMLP_TRY(gamlp_new(size, graph->nodes, sizeof **size, "components"));
    gamlp_graph_components(*first, graph);
    for (int64_t i = 0; i < graph->nodes; i++) (*size)[(*first)[i]]++;
done:
    return status;
}

static gamlp_status count_components(gamlp_graph_structure *structure, const gamlp_graph *graph) {
    int32_t *first = NULL, *size = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(find_components(&first, &size, graph));
    for (int64_t i = 0; i < graph->nodes; i++) {
        structure->components += size[i] > 0;
        if (size[i] > structure->largest_component) structure->largest_component = size[i];
    }
done:
    gamlp_free(first);
    gamlp_free(size);
    return status;
}

gamlp_status gamlp_graph_structure_of(gamlp_graph_structure *structure, const gamlp_graph *graph) {
    *structure = (gamlp_graph_structure){0};
    if (graph->nodes == 0) return GAMLP_OK;
    count_degrees(structure, &graph->adjacency);
    gamlp_status status = find_median(structure, &graph->adjacency);
    if (status != GAMLP_OK) return status;
    return count_components(structure, graph);
}

gamlp_status gamlp_graph_largest_component(int64_t **node, int64_t *count,
                                           const gamlp_graph *graph) {
    int32_t *first = NULL, *size = NULL, largest = 0;
    gamlp_status status = GAMLP_OK;
    *node = NULL;
    *count = 0;
    if (graph->nodes == 0) return GAMLP_OK;
    GAMLP_TRY(find_components(&first, &size, graph));
    for (int32_t i = 1; i < graph->nodes; i++)
        if (size[i] > size[largest]) largest = i;
    GAMLP_TRY(gamlp_new_raw(node, size[largest], sizeof **node, "a component"));
    for (int64_t i = 0; i < graph->nodes; i++)
        if (first[i] == largest) (*node)[(*count)++] = i;
done:
    gamlp_free(first);
    gamlp_free(size);
    return status;
}

gamlp_status gamlp_graph_karate(gamlp_graph *graph) {
    return gamlp_igraph_famous(graph, "Zachary");
}
