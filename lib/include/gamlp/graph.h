/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: graph.  Adjacency, normalisation, structure and random graphs.
 * The only module that uses igraph. */
#ifndef GAMLP_GRAPH_H
#define GAMLP_GRAPH_H

#include <stdint.h>

#include "gamlp/csr.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A simple undirected graph: a symmetric pattern without self-loops. */
typedef struct gamlp_graph {
    int64_t nodes;
    int64_t edges;           /* undirected: each counted once              */
    int64_t stored_edges;    /* as listed in the source                    */
    int64_t self_loops;      /* dropped from the source                    */
    int64_t duplicate_edges; /* dropped: repeated, or the other direction  */
    gamlp_csr adjacency;     /* nodes x nodes, 2 * edges entries           */
    gamlp_csr arcs;          /* row i: where arcs of i go, without loops, of a source that has
                                directions; else empty: rows is 0          */
} gamlp_graph;

/* Build from an edge list in any order and direction.  Node out of range:
 * GAMLP_E_DATA names the edge.  Ownership passes to the caller:
 * gamlp_graph_clear(). */
gamlp_status gamlp_graph_from_edges(gamlp_graph *graph, int64_t nodes, int64_t count,
                                    const int64_t *source, const int64_t *target);
/* The same, and keep the arcs from source to target, unless each is there both ways. */
gamlp_status gamlp_graph_from_arcs(gamlp_graph *graph, int64_t nodes, int64_t count,
                                   const int64_t *source, const int64_t *target);
void gamlp_graph_clear(gamlp_graph *graph);

/* Check that the adjacency is a symmetric pattern without self-loops of the size that is said:
 * GAMLP_E_DATA names the first entry that is not in order. */
gamlp_status gamlp_graph_check(const gamlp_graph *graph);

/* Structure: degrees and connected components; takes 8 bytes a node. */
typedef struct gamlp_graph_structure {
    int64_t components;        /* connected components              */
    int64_t largest_component; /* its number of nodes               */
    int64_t isolated;          /* nodes of degree 0                 */
    int64_t degree_min, degree_max;
    double degree_mean, degree_median; /* median of an even number: mean of the middle two */
} gamlp_graph_structure;
gamlp_status gamlp_graph_structure_of(gamlp_graph_structure *structure, const gamlp_graph *graph);

#define GAMLP_GRAPH_HASH 65 /* 64 hexadecimal digits and a NUL */

/* A hash of the graph up to the order of its nodes, by colour refinement: every node begins with
 * its degree as its colour; in each round a node's colour becomes a hash of its own and of the
 * multiset of its neighbours', until the number of colours stays the same, at most 32 times; the
 * hash is SHA-256 over the numbers of nodes and edges and the multiset of colours.  Isomorphic
 * graphs have equal hashes.  Different hashes: the graphs are not isomorphic.  Equal hashes: colour
 * refinement of 32 rounds cannot tell them apart, as it cannot two regular graphs of equal size and
 * degree; nearly every other pair it can (Babai, Erdos and Selkow, 1980).  The same on every
 * machine, with any number of threads; takes 32 bytes a node.  GAMLP_E_NOMEM only. */
gamlp_status gamlp_graph_hash(char hash[GAMLP_GRAPH_HASH], const gamlp_graph *graph);
/* The nodes of the largest connected component, increasing; of equally large ones, of that with the
 * least node.  Ownership passes to the caller: gamlp_free(). */
gamlp_status gamlp_graph_largest_component(int64_t **node, int64_t *count,
                                           const gamlp_graph *graph);

/* Figures of a node. */
typedef enum gamlp_node_figure {
    GAMLP_NODE_DEGREE,
    GAMLP_NODE_PAGERANK,   /* times the number of nodes; damping 0.85             */
    GAMLP_NODE_CORE,       /* largest k of a k-core that has it                    */
    GAMLP_NODE_TRIANGLES,  /* it is in                                             */
    GAMLP_NODE_CLUSTERING, /* triangles over pairs of neighbours; 0 without a pair */
    GAMLP_NODE_HARMONIC,   /* mean of 1 / distance over the other nodes            */
    GAMLP_NODE_COMPONENT,  /* fraction of the nodes that are in its component      */
    GAMLP_NODE_FIGURES
} gamlp_node_figure;

/* The mean of 1 / distance is over all other nodes up to this many, then over a sample of them (the
 * same for every graph of that size); a node that is not reached adds 0. */
#define GAMLP_HARMONIC_EXACT  4096
#define GAMLP_HARMONIC_SAMPLE 512

/* figure[f][i] <- figure f of node i, for every f whose figure[f] is not NULL (`nodes` numbers
 * each).  All but the first and the last by igraph. */
gamlp_status gamlp_graph_figures(double *const figure[GAMLP_NODE_FIGURES],
                                 const gamlp_graph *graph);

/* What some of them come to over all nodes. */
typedef struct gamlp_graph_summary {
    double triangles;
    double transitivity; /* pairs of neighbours that are joined, over all such pairs: 0 without */
    double clustering;   /* mean of GAMLP_NODE_CLUSTERING                                       */
    int64_t core_max, core_nodes; /* the largest k with a k-core, and its nodes                 */
    double core_mean;
    int64_t pagerank_node; /* the first node of the largest PageRank */
    double pagerank_max;   /* as GAMLP_NODE_PAGERANK: the mean is 1  */
    double pagerank_half;  /* least fraction of the nodes that have half of all PageRank */
} gamlp_graph_summary;
gamlp_status gamlp_graph_summary_of(gamlp_graph_summary *summary, const gamlp_graph *graph);

/* group[i] in [0, number of groups): communities of high modularity by the Leiden algorithm (Traag,
 * Waltman and van Eck, Scientific Reports 9, 2019; two iterations of igraph's), the same for the
 * same graph. */
gamlp_status gamlp_graph_communities(int32_t *group, const gamlp_graph *graph);

/* Zachary's karate club (34 nodes, 78 edges), from igraph. */
gamlp_status gamlp_graph_karate(gamlp_graph *graph);

/* A degree-corrected stochastic block model with planted classes.
 * label[i] in [0, classes) and weight[i] > 0 (expected-degree weights) are
 * given; exactly `edges` distinct edges are drawn, of which the fraction
 * `homophily` (rounded to an edge) joins equal labels.  Drawn through igraph
 * with this toolkit's generator plugged in: same seed, same bits everywhere.
 * GAMLP_E_USAGE when the classes have no place for so many. */
gamlp_status gamlp_graph_block_model(gamlp_graph *graph, int64_t nodes, int64_t classes,
                                     const int32_t *label, const double *weight, int64_t edges,
                                     double homophily, uint64_t seed);

#ifdef __cplusplus
}
#endif
#endif
