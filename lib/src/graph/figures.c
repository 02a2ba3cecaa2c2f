/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures of nodes, through igraph where it has them. */
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/graph.h"
#include "gamlp/rng.h"
#include "graph/components.h"
#include "graph/igraph.h"
#include "graph/igraph_session.h"

static void degrees(double *degree, const gamlp_csr *a) {
    for (int64_t i = 0; i < a->rows; i++) degree[i] = (double)(a->ptr[i + 1] - a->ptr[i]);
}

static gamlp_status components(double *fraction, const gamlp_graph *graph) {
    int32_t *first = NULL, *size = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&first, graph->nodes, sizeof *first, "components"));
    GAMLP_TRY(gamlp_new(&size, graph->nodes, sizeof *size, "components"));
    gamlp_graph_components(first, graph);
    for (int64_t i = 0; i < graph->nodes; i++) size[first[i]]++;
    for (int64_t i = 0; i < graph->nodes; i++)
        fraction[i] = (double)size[first[i]] / (double)graph->nodes;
done:
    gamlp_free(first);
    gamlp_free(size);
    return status;
}

static igraph_error_t pagerank(igraph_vector_t *to, const igraph_t *g) {
    igraph_error_t code = igraph_pagerank(g, IGRAPH_PAGERANK_ALGO_PRPACK, to, NULL,
                                          igraph_vss_all(), IGRAPH_UNDIRECTED, 0.85, NULL, NULL);
    if (code == IGRAPH_SUCCESS) igraph_vector_scale(to, igraph_vcount(g));
    return code;
}

static igraph_error_t cores(igraph_vector_t *to, const igraph_t *g) {
    igraph_vector_int_t core;
    igraph_error_t code = igraph_vector_int_init(&core, 0);
    if (code != IGRAPH_SUCCESS) return code;
    code = igraph_coreness(g, &core, IGRAPH_ALL);
    if (code == IGRAPH_SUCCESS) code = igraph_vector_resize(to, igraph_vector_int_size(&core));
    for (igraph_integer_t i = 0; code == IGRAPH_SUCCESS && i < igraph_vector_int_size(&core); i++)
        VECTOR(*to)[i] = (double)VECTOR(core)[i];
    igraph_vector_int_destroy(&core);
    return code;
}

static igraph_error_t triangles(igraph_vector_t *to, const igraph_t *g) {
    return igraph_adjacent_triangles(g, to, igraph_vss_all());
}

static igraph_error_t clustering(igraph_vector_t *to, const igraph_t *g) {
    return igraph_transitivity_local_undirected(g, to, igraph_vss_all(), IGRAPH_TRANSITIVITY_ZERO);
}

/* Add 1 / (distance from `source`) to every other node. */
static igraph_error_t add_source(igraph_vector_t *to, igraph_matrix_t *distance, const igraph_t *g,
                                 igraph_integer_t source) {
    igraph_error_t code =
        igraph_distances(g, distance, igraph_vss_1(source), igraph_vss_all(), IGRAPH_ALL);
    if (code != IGRAPH_SUCCESS) return code;
    for (igraph_integer_t i = 0; i < igraph_vcount(g); i++)
        if (i != source) VECTOR(*to)[i] += 1 / MATRIX(*distance, 0, i); /* 1 / infinity is 0 */
    return IGRAPH_SUCCESS;
}

/* Each node's mean over those of the sample that are not itself. */
static igraph_error_t sampled_harmonic(igraph_vector_t *to, igraph_vector_int_t *drawn,
                                       const igraph_t *g) {
    gamlp_rng rng = gamlp_rng_key(0, GAMLP_RNG_SAMPLE, 0);
    igraph_integer_t n = igraph_vcount(g);
    igraph_matrix_t distance;
    igraph_error_t code = igraph_matrix_init(&distance, 0, 0);
    if (code != IGRAPH_SUCCESS) return code;
    igraph_integer_t left = GAMLP_HARMONIC_SAMPLE;
    /* Selection sampling (Knuth, Algorithm 3.4.2 S): each set of nodes is as probable. */
    for (igraph_integer_t i = 0; i < n && code == IGRAPH_SUCCESS; i++) {
        if (gamlp_rng_uniform(rng, (uint64_t)i) * (double)(n - i) >= (double)left) continue;
        left--;
        VECTOR(*drawn)[i] = 1;
        code = add_source(to, &distance, g, i);
    }
    for (igraph_integer_t i = 0; i < n; i++)
        VECTOR(*to)[i] /= (double)(GAMLP_HARMONIC_SAMPLE - VECTOR(*drawn)[i]);
    igraph_matrix_destroy(&distance);
    return code;
}

static igraph_error_t harmonic(igraph_vector_t *to, const igraph_t *g) {
    igraph_integer_t n = igraph_vcount(g);
    igraph_vector_int_t drawn;
    if (n <= GAMLP_HARMONIC_EXACT)
        return igraph_harmonic_centrality(g, to, igraph_vss_all(), IGRAPH_ALL, NULL, n > 1);
    igraph_error_t code = igraph_vector_resize(to, n);
    if (code != IGRAPH_SUCCESS) return code;
    igraph_vector_null(to);
    code = igraph_vector_int_init(&drawn, n);
    if (code != IGRAPH_SUCCESS) return code;
    code = sampled_harmonic(to, &drawn, g);
    igraph_vector_int_destroy(&drawn);
    return code;
}

typedef igraph_error_t (*rule)(igraph_vector_t *to, const igraph_t *g);

static const rule rules[GAMLP_NODE_FIGURES] = {[GAMLP_NODE_PAGERANK] = pagerank,
                                               [GAMLP_NODE_CORE] = cores,
                                               [GAMLP_NODE_TRIANGLES] = triangles,
                                               [GAMLP_NODE_CLUSTERING] = clustering,
                                               [GAMLP_NODE_HARMONIC] = harmonic};

static igraph_error_t figures_of(double *const figure[GAMLP_NODE_FIGURES], const igraph_t *g) {
    igraph_vector_t value;
    igraph_error_t code = igraph_vector_init(&value, 0);
    if (code != IGRAPH_SUCCESS) return code;
    for (int f = 0; f < GAMLP_NODE_FIGURES && code == IGRAPH_SUCCESS; f++) {
        if (!figure[f] || !rules[f]) continue;
        code = rules[f](&value, g);
        if (code == IGRAPH_SUCCESS)
            memcpy(figure[f], VECTOR(value), (size_t)igraph_vcount(g) * sizeof *figure[f]);
    }
    igraph_vector_destroy(&value);
    return code;
}

gamlp_status gamlp_graph_figures(double *const figure[GAMLP_NODE_FIGURES],
                                 const gamlp_graph *graph) {
    bool needs_igraph = false;
    gamlp_status status = GAMLP_OK;
    if (graph->nodes == 0) return GAMLP_OK;
    if (figure[GAMLP_NODE_DEGREE]) degrees(figure[GAMLP_NODE_DEGREE], &graph->adjacency);
    if (figure[GAMLP_NODE_COMPONENT]) status = components(figure[GAMLP_NODE_COMPONENT], graph);
    for (int f = 0; f < GAMLP_NODE_FIGURES; f++) needs_igraph |= figure[f] && rules[f];
    if (status != GAMLP_OK || !needs_igraph) return status;
    igraph_t copy;
    gamlp_igraph_session old = gamlp_igraph_begin(NULL);
    igraph_error_t code = gamlp_igraph_graph(&copy, &graph->adjacency);
    if (code == IGRAPH_SUCCESS) {
        code = figures_of(figure, &copy);
        igraph_destroy(&copy);
    }
    status = gamlp_igraph_status(code);
    gamlp_igraph_end(old);
    return status;
}
