/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of neighbours that grow and shrink. */
#ifndef GAMLP_FEATURE_LIVING_GRAPH_H
#define GAMLP_FEATURE_LIVING_GRAPH_H

#include "gamlp/csr.h"

/* Node i has the neighbours idx[start[i] .. start[i] + count[i]), increasing, and room for more up
 * to room[i].  A list that has outgrown its room moves to the end of idx. */
typedef struct gamlp_living_graph {
    int64_t nodes, edges;
    int64_t used, size; /* of idx */
    int64_t *start;
    int32_t *count, *room, *idx;
} gamlp_living_graph;

/* A copy of a symmetric pattern without loops.  Ownership passes to the caller:
 * gamlp_living_graph_clear(). */
gamlp_status gamlp_living_graph_init(gamlp_living_graph *g, const gamlp_csr *adjacency);
void gamlp_living_graph_clear(gamlp_living_graph *g);

/* Whether ij is an edge. */
bool gamlp_living_graph_has(const gamlp_living_graph *g, int64_t i, int64_t j);

/* Room for one more neighbour of i: after that gamlp_living_graph_set() cannot fail. */
gamlp_status gamlp_living_graph_reserve(gamlp_living_graph *g, int64_t i);

/* Add or remove the edge ij, which is not, or is there. */
void gamlp_living_graph_set(gamlp_living_graph *g, int64_t i, int64_t j, bool add);

#endif
