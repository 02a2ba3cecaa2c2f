/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the figures of all nodes come to. */
#include <stdlib.h>

#include "gamlp/alloc.h"
#include "gamlp/graph.h"

static void sum_triangles(gamlp_graph_summary *s, const gamlp_csr *a, const double *triangles,
                          const double *clustering) {
    double around = 0, pairs = 0, local = 0;
    for (int64_t i = 0; i < a->rows; i++) {
        const double degree = (double)(a->ptr[i + 1] - a->ptr[i]);
        around += triangles[i];
        pairs += degree * (degree - 1) / 2;
        local += clustering[i];
    }
    s->triangles = around / 3;
    s->transitivity = pairs > 0 ? around / pairs : 0;
    s->clustering = local / (double)a->rows;
}

static void sum_cores(gamlp_graph_summary *s, const double *core, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        const int64_t k = (int64_t)core[i];
        if (k > s->core_max) s->core_nodes = 0;
        if (k > s->core_max) s->core_max = k;
        s->core_nodes += k == s->core_max;
        sum += core[i];
    }
    s->core_mean = sum / (double)n;
}

static int falling(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* Sorts `rank`. */
static void sum_ranks(gamlp_graph_summary *s, double *rank, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        if (rank[i] > rank[s->pagerank_node]) s->pagerank_node = i;
    s->pagerank_max = rank[s->pagerank_node];
    qsort(rank, (size_t)n, sizeof *rank, falling);
    int64_t count = 0;
    while (count < n && sum < 0.5 * (double)n) sum += rank[count++];
    s->pagerank_half = (double)count / (double)n;
}

gamlp_status gamlp_graph_summary_of(gamlp_graph_summary *summary, const gamlp_graph *graph) {
    static const gamlp_node_figure wanted[] = {GAMLP_NODE_TRIANGLES, GAMLP_NODE_CLUSTERING,
                                               GAMLP_NODE_CORE, GAMLP_NODE_PAGERANK};
    double *figure[GAMLP_NODE_FIGURES] = {NULL}, *block = NULL;
    const int64_t n = graph->nodes;
    gamlp_status status = GAMLP_OK;
    *summary = (gamlp_graph_summary){0};
    if (n == 0) return GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&block, 4 * n, sizeof *block, "figures of the nodes"));
    for (int k = 0; k < 4; k++) figure[wanted[k]] = block + k * n;
    GAMLP_TRY(gamlp_graph_figures(figure, graph));
    sum_triangles(summary, &graph->adjacency, figure[GAMLP_NODE_TRIANGLES],
                  figure[GAMLP_NODE_CLUSTERING]);
    sum_cores(summary, figure[GAMLP_NODE_CORE], n);
    sum_ranks(summary, figure[GAMLP_NODE_PAGERANK], n);
done:
    gamlp_free(block);
    return status;
}
