/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scipy's CSR matrices: three arrays and a shape, rows in any order of columns. */
#ifndef GAMLP_DATASET_SCIPY_H
#define GAMLP_DATASET_SCIPY_H

#include "dataset/array.h"
#include "gamlp/csr.h"
#include "gamlp/graph.h"

typedef struct gamlp_scipy_csr {
    int64_t rows, cols;
    gamlp_array indptr, indices, data;
} gamlp_scipy_csr;

/* Features (row = node): columns sorted, repeated ones summed, zeros dropped.
 * GAMLP_E_DATA names row (called `unit`, "node" or "row") and feature of
 * a value that is not finite or an index out of range.
 * Ownership passes to the caller: gamlp_csr_clear(). */
gamlp_status gamlp_scipy_features(gamlp_csr *features, const gamlp_scipy_csr *csr, const char *unit,
                                  const char *what);

/* The simple undirected graph of a square matrix's nonzero entries; unless it is symmetric, they
 * are its arcs as well, from row to column.
 * Ownership passes to the caller: gamlp_graph_clear(). */
gamlp_status gamlp_scipy_graph(gamlp_graph *graph, const gamlp_scipy_csr *csr, const char *what);

#endif
