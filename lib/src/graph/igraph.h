/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Adapter of igraph, the only file of the library that includes it.
 *
 * igraph's error handler (abort), warning handler (print) and default random
 * generator are replaced for the time of a call and put back; calls are
 * serialised, since igraph's state is global in the usual build. */
#ifndef GAMLP_GRAPH_IGRAPH_H
#define GAMLP_GRAPH_IGRAPH_H

#include <stdint.h>

#include "gamlp/graph.h"
#include "gamlp/rng.h"

/* Number of connected components, and nodes of the largest one. */
gamlp_status gamlp_igraph_components(int64_t *components, int64_t *largest,
                                     const gamlp_graph *graph);

/* The connected component of each node, numbered from 0 in the order of their first nodes, and the
 * number of the largest one, of equals the first. */
gamlp_status gamlp_igraph_membership(int64_t *component, int64_t *largest,
                                     const gamlp_graph *graph);

/* One of igraph's named graphs, e.g. "Zachary". */
gamlp_status gamlp_igraph_famous(gamlp_graph *graph, const char *name);

/* `count` independent pairs of nodes, both ends with probability proportional
 * to weight[0..nodes): igraph's static fitness game with loops and multiple
 * edges allowed, driven by `rng`.  An end is below `nodes`; the order of the
 * two ends is igraph's. */
gamlp_status gamlp_igraph_pairs(int64_t *source, int64_t *target, int64_t count, int64_t nodes,
                                const double *weight, gamlp_rng rng);

#endif
