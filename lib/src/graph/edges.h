/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of edges that is read in passes and never held whole. */
#ifndef GAMLP_GRAPH_EDGES_H
#define GAMLP_GRAPH_EDGES_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/graph.h"

/* The edges of a graph, in the source's order and direction, with its loops
 * and repetitions.  Every pass over a source gives the same edges. */
typedef struct gamlp_edges {
    int64_t nodes, count; /* edges in a pass, or -1: unknown before its end */
    /* Begin a pass; called before the first next(). */
    gamlp_status (*rewind)(void *context);
    /* The next *got edges, at most `most` (> 0) of them; 0 at the end of the pass.
     * A node outside [0, nodes) is found by the one who reads. */
    gamlp_status (*next)(void *context, int32_t *source, int32_t *target, int64_t most,
                         int64_t *got);
    void *context; /* of the source; not owned */
    bool directed; /* they are arcs from source to target */
} gamlp_edges;

/* The simple undirected graph of an edge list: symmetric, without loops and
 * repetitions, rows increasing; of a directed list with its arcs, unless each goes
 * both ways.  Two passes; beside the row pointers and the arcs there is one
 * array of four bytes for each direction of each listed edge.  Ownership
 * passes to the caller: gamlp_graph_clear(). */
gamlp_status gamlp_edges_graph(gamlp_graph *graph, const gamlp_edges *edges);

/* The same of a list in memory: edge e joins source[step e] and target[step e]. */
gamlp_status gamlp_edges_listed(gamlp_graph *graph, int64_t nodes, int64_t count,
                                const int64_t *source, const int64_t *target, int64_t step,
                                bool directed);

/* Takes the column indices of consecutive rows. */
typedef gamlp_status (*gamlp_edges_sink)(void *context, const int32_t *idx, int64_t count);

/* Bytes the process may have, or 0: half of the listed edges at a time; and those that it has. */
typedef struct gamlp_edges_memory {
    int64_t limit, taken;
} gamlp_edges_memory;

/* Which entries of an adjacency are arcs from their row to their column: bit k % 8 of byte k / 8,
 * and how many.  NULL: the graph has no directions. */
typedef struct gamlp_edges_arcs {
    uint8_t *bit;
    int64_t count;
} gamlp_edges_arcs;

void gamlp_edges_arcs_clear(gamlp_edges_arcs *arcs);

/* The same graph, but its column indices go to `sink`, as many rows at a time as memory has room
 * for, with a pass for each of these ranges: graph->adjacency gets row pointers and sizes, and no
 * indices, graph->arcs nothing.  GAMLP_E_NOMEM, with the least number of bytes, when a single row
 * does not fit.  Ownership passes to the caller: gamlp_edges_arcs_clear(). */
gamlp_status gamlp_edges_stream(gamlp_graph *graph, gamlp_edges_arcs *arcs,
                                const gamlp_edges *edges, gamlp_edges_memory memory,
                                gamlp_edges_sink sink, void *context);

#endif
