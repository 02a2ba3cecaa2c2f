/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/graph.h"

#include <math.h>

#include "gamlp/alloc.h"

void gamlp_graph_clear(gamlp_graph *graph) {
    if (!graph) return;
    gamlp_csr_clear(&graph->adjacency);
    *graph = (gamlp_graph){0};
}

static gamlp_status check_edge(int64_t edge, int64_t source, int64_t target, int64_t nodes) {
    if (source >= 0 && source < nodes && target >= 0 && target < nodes) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_DATA, "edge %lld joins %lld and %lld, expected nodes 0 to %lld",
                      (long long)edge, (long long)source, (long long)target, (long long)nodes - 1);
}

/* Both directions of every edge that is not a loop; *used of them. */
static gamlp_status mirror(int64_t *row, int64_t *col, int64_t *used, int64_t nodes, int64_t count,
                           const int64_t *source, const int64_t *target) {
    *used = 0;
    for (int64_t e = 0; e < count; e++) {
        gamlp_status status = check_edge(e, source[e], target[e], nodes);
        if (status != GAMLP_OK) return status;
        if (source[e] == target[e]) continue;
        row[*used] = col[*used + 1] = source[e];
        col[*used] = row[*used + 1] = target[e];
        *used += 2;
    }
    return GAMLP_OK;
}

gamlp_status gamlp_graph_from_edges(gamlp_graph *graph, int64_t nodes, int64_t count,
                                    const int64_t *source, const int64_t *target) {
    *graph = (gamlp_graph){0};
    if (nodes < 0 || nodes > INT32_MAX || count < 0 || count > INT64_MAX / 4)
        return gamlp_fail(GAMLP_E_USAGE,
                          "a graph cannot have %lld nodes and %lld edges: expected 0 to %lld nodes",
                          (long long)nodes, (long long)count, (long long)INT32_MAX);
    int64_t *row = NULL, *col = NULL, used;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&row, 2 * count, sizeof *row, "edges"));
    GAMLP_TRY(gamlp_new_raw(&col, 2 * count, sizeof *col, "edges"));
    GAMLP_TRY(mirror(row, col, &used, nodes, count, source, target));
    GAMLP_TRY(gamlp_csr_from_triplets(&graph->adjacency, nodes, nodes, used, row, col, NULL,
                                      GAMLP_DUPLICATES_ONE));
    gamlp_csr_drop_values(&graph->adjacency);
    graph->nodes = nodes;
    graph->edges = graph->adjacency.nnz / 2;
    graph->stored_edges = count;
    graph->self_loops = count - used / 2;
    graph->duplicate_edges = used / 2 - graph->edges;
done:
    gamlp_free(row);
    gamlp_free(col);
    return status;
}

/* Row i of A + I: the neighbours of i, and i itself in its place. */
static void fill_row(gamlp_csr *a, const gamlp_csr *adjacency, int64_t i) {
    int64_t place = a->ptr[i], k = adjacency->ptr[i], last = adjacency->ptr[i + 1];
    while (k < last && adjacency->idx[k] < i) a->idx[place++] = adjacency->idx[k++];
    a->idx[place++] = (int32_t)i;
    while (k < last) a->idx[place++] = adjacency->idx[k++];
    a->ptr[i + 1] = place;
}

gamlp_status gamlp_graph_normalise(gamlp_csr *a, const gamlp_graph *graph) {
    const gamlp_csr *adjacency = &graph->adjacency;
    gamlp_status status =
        gamlp_csr_init(a, graph->nodes, graph->nodes, adjacency->nnz + graph->nodes);
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < a->rows; i++) fill_row(a, adjacency, i);
    /* The row lengths of A + I are D + I. */
    for (int64_t i = 0; i < a->rows; i++) {
        double degree = (double)(a->ptr[i + 1] - a->ptr[i]);
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++) {
            int64_t j = a->idx[k];
            a->val[k] = (gamlp_real)(1 / sqrt(degree * (double)(a->ptr[j + 1] - a->ptr[j])));
        }
    }
    return GAMLP_OK;
}
