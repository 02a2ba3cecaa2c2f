/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The graph of a square matrix in compressed rows that is read in passes and
 * takes little more memory than the graph itself. */
#ifndef GAMLP_DATASET_PATTERN_H
#define GAMLP_DATASET_PATTERN_H

#include "dataset/elements.h"
#include "gamlp/graph.h"

/* The simple undirected graph of the nonzero entries of a nodes x nodes matrix.  ptr: nodes + 1
 * integers, cols and values equally many.  GAMLP_E_DATA names the row (node) of an index out of
 * range or a value that is not finite.  Ownership passes to the caller: gamlp_graph_clear(). */
gamlp_status gamlp_pattern_graph(gamlp_graph *graph, int64_t nodes, gamlp_elements *ptr,
                                 gamlp_elements *cols, gamlp_elements *values, const char *what);

#endif
