/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Colour refinement (Weisfeiler and Leman, 1968): a node's next colour is its colour and the
 * multiset of its neighbours' colours.  A colour is a hash of 128 bits, and a multiset of them is
 * hashed by its sum, so that nothing depends on the order of the nodes. */
#ifndef GAMLP_GRAPH_REFINE_H
#define GAMLP_GRAPH_REFINE_H

#include "core/hash.h"
#include "gamlp/graph.h"

enum { GAMLP_REFINE_ROUNDS = 32 };

typedef struct gamlp_colour {
    uint64_t low, high;
} gamlp_colour;

/* A hash of two colours in this order. */
gamlp_colour gamlp_colour_join(gamlp_colour a, gamlp_colour b);

/* *sum += colour, word by word. */
static inline void gamlp_colour_add(gamlp_colour *sum, gamlp_colour colour) {
    sum->low += colour.low;
    sum->high += colour.high;
}

/* Refine colour[0..nodes) until the number of different colours stays the same, at most
 * GAMLP_REFINE_ROUNDS times.  Multi-threaded; `scratch` has room for as many. */
void gamlp_graph_refine(gamlp_colour *colour, gamlp_colour *scratch, const gamlp_graph *graph);

/* Add the multiset of colours to a running hash: the number of different ones and, in increasing
 * order, each with how often it occurs.  `scratch` has room for as many. */
void gamlp_colours_hash(gamlp_hash *hash, const gamlp_colour *colour, gamlp_colour *scratch,
                        int64_t count);

#endif
