/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random graphs whose edge e is a function of the seed and e alone: lists of
 * edges that are read in passes, by several threads, and never held. */
#ifndef GAMLP_GRAPH_RANDOM_H
#define GAMLP_GRAPH_RANDOM_H

#include "core/permute.h"
#include "gamlp/rng.h"
#include "graph/edges.h"

/* R-MAT (Chakrabarti, Zhan and Faloutsos, SDM 2004): the adjacency matrix is
 * halved in both directions `scale` = ceil(log2(nodes)) times, and each time
 * the quadrant is upper left, upper right, lower left or lower right with
 * probability a, b, c, 1 - a - b - c.  A loop, or a place outside the nodes,
 * is drawn again, up to 64 times; then both ends are taken modulo nodes.
 * Probabilities are rounded to multiples of 2^-16.  The numbers of the nodes
 * are permuted.  Edges may repeat. */
typedef struct gamlp_rmat {
    int64_t nodes, edges, at;
    uint64_t seed;
    int scale;
    uint32_t below[3]; /* 2^16 a, 2^16 (a + b), 2^16 (a + b + c) */
    gamlp_permutation order;
} gamlp_rmat;

/* Erdos-Renyi G(n, m): `edges` of the n (n - 1) / 2 pairs, different ones, by a
 * random permutation of all pairs. */
typedef struct gamlp_pairs {
    int64_t nodes, edges, at;
    gamlp_permutation order;
} gamlp_pairs;

/* Make *edges a list that reads *state, which is filled and must outlive it.
 * GAMLP_E_USAGE: nodes outside 1 .. 2^31 - 1, a negative number of edges or (G(n, m)) more than
 * there are pairs, probabilities that are none. */
gamlp_status gamlp_rmat_edges(gamlp_edges *edges, gamlp_rmat *state, int64_t nodes, int64_t count,
                              const double quadrant[3], uint64_t seed);
gamlp_status gamlp_pairs_edges(gamlp_edges *edges, gamlp_pairs *state, int64_t nodes, int64_t count,
                               uint64_t seed);

/* Ends of edge e before the nodes are permuted. */
void gamlp_rmat_place(int64_t *row, int64_t *col, const gamlp_rmat *r, int64_t e);

/* The e-th of all pairs i < j, ordered by j, then i. */
void gamlp_pairs_unrank(int64_t *i, int64_t *j, uint64_t e);

/* Preferential attachment: gamlp_igraph_attach() with the numbers of the nodes
 * permuted.  GAMLP_E_USAGE when there is no place for so many edges. */
gamlp_status gamlp_graph_attach(gamlp_graph *graph, int64_t nodes, int64_t edges, uint64_t seed);

#endif
