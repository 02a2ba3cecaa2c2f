/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connected components without a copy of the graph, which a library's own representation would be:
 * a graph may be as large as the memory, or lie in a mapped file. */
#ifndef GAMLP_GRAPH_COMPONENTS_H
#define GAMLP_GRAPH_COMPONENTS_H

#include "gamlp/graph.h"

/* first[i] <- the first node of the component of node i. */
void gamlp_graph_components(int32_t *first, const gamlp_graph *graph);

#endif
