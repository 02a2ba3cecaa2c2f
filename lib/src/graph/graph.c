/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/graph.h"

#include <stddef.h>

#include "gamlp/alloc.h"
#include "graph/edges.h"

void gamlp_graph_clear(gamlp_graph *graph) {
    if (!graph) return;
    gamlp_csr_clear(&graph->adjacency);
    gamlp_csr_clear(&graph->arcs);
    *graph = (gamlp_graph){0};
}

/* An edge list in memory. */
typedef struct listed {
    const int64_t *source, *target;
    int64_t step, count, at, nodes;
} listed;

static gamlp_status rewind_list(void *context) {
    listed *l = context;
    l->at = 0;
    return GAMLP_OK;
}

static gamlp_status check_edge(const listed *l, int64_t edge) {
    int64_t source = l->source[l->step * edge], target = l->target[l->step * edge];
    if (source >= 0 && source < l->nodes && target >= 0 && target < l->nodes) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_DATA, "edge %lld joins %lld and %lld, expected nodes 0 to %lld",
                      (long long)edge, (long long)source, (long long)target,
                      (long long)l->nodes - 1);
}

static gamlp_status next_of_list(void *context, int32_t *source, int32_t *target, int64_t most,
                                 int64_t *got) {
    listed *l = context;
    int64_t n = l->count - l->at < most ? l->count - l->at : most;
    for (int64_t i = 0; i < n; i++) {
        gamlp_status status = check_edge(l, l->at + i);
        if (status != GAMLP_OK) return status;
        source[i] = (int32_t)l->source[l->step * (l->at + i)];
        target[i] = (int32_t)l->target[l->step * (l->at + i)];
    }
    l->at += n;
    *got = n;
    return GAMLP_OK;
}

gamlp_status gamlp_edges_listed(gamlp_graph *graph, int64_t nodes, int64_t count,
                                const int64_t *source, const int64_t *target, int64_t step,
                                bool directed) {
    *graph = (gamlp_graph){0};
    if (nodes < 0 || nodes > INT32_MAX || count < 0 || count > INT64_MAX / 4)
        return gamlp_fail(GAMLP_E_USAGE,
                          "a graph cannot have %lld nodes and %lld edges: expected 0 to %lld nodes",
                          (long long)nodes, (long long)count, (long long)INT32_MAX);
    listed list = {source, target, step, count, 0, nodes};
    const gamlp_edges edges = {nodes, count, rewind_list, next_of_list, &list, directed};
    return gamlp_edges_graph(graph, &edges);
}

gamlp_status gamlp_graph_from_edges(gamlp_graph *graph, int64_t nodes, int64_t count,
                                    const int64_t *source, const int64_t *target) {
    return gamlp_edges_listed(graph, nodes, count, source, target, 1, false);
}

gamlp_status gamlp_graph_from_arcs(gamlp_graph *graph, int64_t nodes, int64_t count,
                                   const int64_t *source, const int64_t *target) {
    return gamlp_edges_listed(graph, nodes, count, source, target, 1, true);
}

/* Entry (i, j) is matched by the next entry of row j, whose columns increase as i does. */
static gamlp_status check_symmetry(const gamlp_csr *a, int64_t *next) {
    for (int64_t i = 0; i < a->rows; i++) next[i] = a->ptr[i];
    for (int64_t i = 0; i < a->rows; i++)
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++) {
            int64_t j = a->idx[k];
            if (j == i)
                return gamlp_fail(GAMLP_E_DATA, "graph: node %lld is joined to itself",
                                  (long long)i);
            if (next[j] >= a->ptr[j + 1] || a->idx[next[j]] != i)
                return gamlp_fail(GAMLP_E_DATA,
                                  "graph: the edge of nodes %lld and %lld, or one of node %lld "
                                  "before it, is there in one direction only",
                                  (long long)i, (long long)j, (long long)j);
            next[j]++;
        }
    return GAMLP_OK;
}

gamlp_status gamlp_graph_check(const gamlp_graph *graph) {
    const gamlp_csr *a = &graph->adjacency;
    int64_t *next = NULL;
    gamlp_status status = GAMLP_OK;
    if (a->rows != graph->nodes || a->cols != graph->nodes || a->nnz != 2 * graph->edges)
        return gamlp_fail(GAMLP_E_DATA,
                          "graph: an adjacency of %lld x %lld with %lld entries, expected %lld "
                          "nodes and %lld entries",
                          (long long)a->rows, (long long)a->cols, (long long)a->nnz,
                          (long long)graph->nodes, 2 * (long long)graph->edges);
    GAMLP_TRY(gamlp_csr_check(a));
    GAMLP_TRY(gamlp_new_raw(&next, a->rows, sizeof *next, "places"));
    status = check_symmetry(a, next);
done:
    gamlp_free(next);
    return status;
}
