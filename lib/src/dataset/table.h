/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of numbers in text: a row a line, cells between commas, semicolons, tabs or spaces,
 * whichever the first line has first; gzip or not. */
#ifndef GAMLP_DATASET_TABLE_H
#define GAMLP_DATASET_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/graph.h"

#define GAMLP_TABLE_MISSING INT64_MIN /* an integer that is not there */

/* What a table must be. */
typedef struct gamlp_table_layout {
    const char *cell; /* what a cell is, for sentences: "a node"                        */
    bool reals;       /* cells are floating-point numbers, finite as float; else
                         integers (also written 12.0)                                   */
    bool bounded;     /* integers are in low..high                                      */
    int64_t low, high;
    int64_t columns; /* 0: as many as the first row has                                */
    int64_t rows;    /* exactly                                                        */
    bool any_rows;   /* instead: any number of rows up to `rows`, at least one         */
    bool header;     /* the first line is not looked at                                */
    bool missing;    /* "nan" and "" are allowed: NaN or GAMLP_TABLE_MISSING           */
} gamlp_table_layout;

/* Row by row; the one that the layout asks for, the other is NULL. */
typedef struct gamlp_table {
    int64_t rows, columns;
    int64_t *ints;
    gamlp_real *reals;
} gamlp_table;

/* GAMLP_E_NOINPUT / _DATA / _IO name path, line, column and what was expected.  The next block of
 * text is inflated while several threads parse this one; the result does not depend on them.
 * Ownership passes to the caller: gamlp_table_clear(). */
gamlp_status gamlp_table_read(gamlp_table *table, const char *path,
                              const gamlp_table_layout *layout);
void gamlp_table_clear(gamlp_table *table);

/* The simple undirected graph of a table of two columns of nodes; directed: with its arcs from the
 * first to the second.  Ownership passes to the caller: gamlp_graph_clear(). */
gamlp_status gamlp_table_graph(gamlp_graph *graph, const gamlp_table *edges, int64_t nodes,
                               bool directed);

#endif
