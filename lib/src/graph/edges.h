/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of edges that is read in passes and never held whole. */
#ifndef GAMLP_GRAPH_EDGES_H
#define GAMLP_GRAPH_EDGES_H

#include <stdint.h>

#include "gamlp/status.h"

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
} gamlp_edges;

#endif
