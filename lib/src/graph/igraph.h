/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the library asks of igraph; its headers are included by igraph_session.h only.
 *
 * igraph's error handler (abort), warning handler (print) and default random
 * generator are replaced for the time of a call and put back; calls are
 * serialised, since igraph's state is global in the usual build. */
#ifndef GAMLP_GRAPH_IGRAPH_H
#define GAMLP_GRAPH_IGRAPH_H

#include <stdint.h>

#include "core/permute.h"
#include "gamlp/graph.h"
#include "gamlp/rng.h"

/* Number of connected components, and nodes of the largest one. */
gamlp_status gamlp_igraph_components(int64_t *components, int64_t *largest,
                                     const gamlp_graph *graph);

/* One of igraph's named graphs, e.g. "Zachary". */
gamlp_status gamlp_igraph_famous(gamlp_graph *graph, const char *name);

/* Preferential attachment (igraph's Barabasi-Albert game by partial sum trees): node i arrives with
 * m_i edges to different nodes before it, each with probability proportional to its degree; the
 * m_i differ by one at most (node i < m brings i) and sum to `edges`, which is at most
 * nodes (nodes - 1) / 2.  The i-th to arrive gets the number permute(order, i). */
gamlp_status gamlp_igraph_attach(gamlp_graph *graph, int64_t nodes, int64_t edges, gamlp_rng rng,
                                 const gamlp_permutation *order);

#endif
