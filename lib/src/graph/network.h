/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Graph files that igraph reads: edges, and what is said of each vertex. */
#ifndef GAMLP_GRAPH_NETWORK_H
#define GAMLP_GRAPH_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gamlp/status.h"

/* An attribute: numbers or texts, the other is NULL. */
typedef struct gamlp_attribute {
    char *name;
    double *number; /* NaN where there is none */
    char **text;    /* "" where there is none  */
    char *bytes;    /* what the texts lie in   */
} gamlp_attribute;

typedef struct gamlp_attributes {
    int64_t count;
    gamlp_attribute *item;
} gamlp_attributes;

/* Vertices 0, 1, ... in the order of the file. */
typedef struct gamlp_network {
    int64_t nodes, edges;
    int64_t *source, *target;
    bool directed;          /* edges go from source to target, and these as well: */
    int64_t returns;        /* behind them, edges without direction the other way */
    gamlp_attributes node;  /* a value for each vertex */
    gamlp_attributes whole; /* one value               */
} gamlp_network;

typedef enum gamlp_network_format {
    GAMLP_NETWORK_GRAPHML,
    GAMLP_NETWORK_GML,
    GAMLP_NETWORK_PAJEK
} gamlp_network_format;

/* Parse `size` bytes with a NUL behind them.  GAMLP_E_DATA names `what` and, where igraph does, the
 * line. Ownership passes to the caller: gamlp_network_clear(). */
gamlp_status gamlp_network_parse(gamlp_network *network, gamlp_network_format format,
                                 const void *data, size_t size, const char *what);
void gamlp_network_clear(gamlp_network *network);

/* Of a Pajek text that has sections of arcs and of edges: all of it, or only those of edges, as
 * igraph parses it into arcs, with a NUL behind it; else NULL.  Ownership passes to the caller:
 * gamlp_free(). */
gamlp_status gamlp_pajek_mixed(char **made, size_t *made_size, const char *text, size_t size,
                               bool edges);

/* igraph gives every vertex (edge) a value of every attribute that one of them has, and Pajek's
 * vertices need no line; so a short text can ask for any amount of memory.  GAMLP_E_DATA when that
 * is out of proportion to the text: vertices and edges times their attributes beyond four times its
 * bytes and 2^20, more vertices than its bytes and 2^16. */
gamlp_status gamlp_network_scan(gamlp_network_format format, const char *text, size_t size,
                                const char *what);

/* The attribute of this name, whatever its case, or NULL. */
const gamlp_attribute *gamlp_attributes_find(const gamlp_attributes *attributes, const char *name);

#endif
