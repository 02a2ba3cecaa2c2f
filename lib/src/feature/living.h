/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A graph that changes, and personalised PageRank on it.
 *
 * With D~ the degrees of A + I, the factor is that of M = D~ - (1 - a)(A + I), and the scalings
 * stay outside:
 *
 *     a (I - (1 - a) S)^{-1} = a D~^{p} M^{-1} D~^{1 - p},   p = 1/2 (sym), 0 (row), 1 (col)
 *
 * An edge ij that comes or goes changes M by +-[[1, -(1 - a)], [-(1 - a), 1]] at rows and columns
 * i, j, whatever it does to the degrees: a positive semidefinite change of rank two with the
 * eigenvectors (1, 1) and (1, -1) and the eigenvalues a and 2 - a. */
#ifndef GAMLP_FEATURE_LIVING_H
#define GAMLP_FEATURE_LIVING_H

#include <stddef.h>

#include "gamlp/feature.h"

typedef struct gamlp_living gamlp_living;

/* Factorise for the term ppr(a), ppr(a, row) or ppr(a, col) of a simple graph: GAMLP_E_CONFIG for
 * any other one.  `adjacency` is copied.  Ownership passes to the caller: gamlp_living_free(). */
gamlp_status gamlp_living_new(gamlp_living **living, const gamlp_csr *adjacency,
                              const gamlp_term *term);
void gamlp_living_free(gamlp_living *living);

int64_t gamlp_living_nodes(const gamlp_living *living);
int64_t gamlp_living_edges(const gamlp_living *living);
int64_t gamlp_living_entries(const gamlp_living *living); /* of the factor */
int64_t gamlp_living_pending(const gamlp_living *living); /* changes it does not have yet */
gamlp_term gamlp_living_term(const gamlp_living *living);

/* Add or remove the edge ij.  The factor stays that of the graph before, and the change is held
 * beside it (matrix/lowrank.h), until there are GAMLP_LOWRANK_MOST of them: then one call folds
 * them in, as gamlp_living_fold(), which is worth its time earlier where all features are wanted
 * anew.  GAMLP_E_DATA when it is there already, or is not there. */
gamlp_status gamlp_living_edge(gamlp_living *living, int64_t i, int64_t j, bool add);

/* Factorise the graph as it is, in an order of its own. */
gamlp_status gamlp_living_fold(gamlp_living *living);

/* The graph as it is now.  Ownership passes to the caller. */
gamlp_status gamlp_living_adjacency(gamlp_csr *adjacency, const gamlp_living *living);

/* Y <- the term's features of all nodes: X and Y are d x n, allocated by the caller.  *residual is
 * |B - K X| / |B| of the rounded result, as gamlp_diffusion_report has it. */
gamlp_status gamlp_living_apply(gamlp_dense *y, double *residual, const gamlp_living *living,
                                const gamlp_dense *x);

/* The same residual of a Y that was made before. */
gamlp_status gamlp_living_residual(double *residual, const gamlp_living *living, gamlp_dense *y,
                                   const gamlp_dense *x);

/* An edge that came or went. */
typedef struct gamlp_living_change {
    int32_t i, j;
    bool add;
} gamlp_living_change;

/* Y, the result for X before these changes (which `living` has), is made the one after them: one
 * solve for each node that they name, and a change of Y of that rank.  Only columns of Y whose
 * numbers change by more than `tolerance` times the root mean square of Y are touched; *touched
 * counts them. */
gamlp_status gamlp_living_refresh(gamlp_dense *y, int64_t *touched, const gamlp_living *living,
                                  const gamlp_dense *x, const gamlp_living_change *change,
                                  int64_t count, double tolerance);

/* A number that is kept in the file: of what was made with this factor last; 0 at first. */
uint64_t gamlp_living_mark(const gamlp_living *living);
void gamlp_living_set_mark(gamlp_living *living, uint64_t mark);

/* Write graph and factor to a file, and read them again (docs/formats.md).  `name` is a text of at
 * most 64 bytes that both have to agree on, the fingerprint of the data. */
gamlp_status gamlp_living_write(const char *path, const gamlp_living *living, const char *name);
gamlp_status gamlp_living_read(gamlp_living **living, const char *path, const char *name);

/* The same from bytes. */
gamlp_status gamlp_living_decode(gamlp_living **living, const unsigned char *bytes, size_t size,
                                 const char *path, const char *name);

#endif
