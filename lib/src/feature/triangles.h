/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The triangles of edges. */
#ifndef GAMLP_FEATURE_TRIANGLES_H
#define GAMLP_FEATURE_TRIANGLES_H

#include "gamlp/csr.h"

/* count[k] <- |N(i) intersected with N(j)| for entry k = (i, j) of a symmetric pattern without
 * self-loops: O(edges sqrt(edges) log) at worst, in parallel. */
void gamlp_triangles_of_edges(gamlp_real *count, const gamlp_csr *adjacency);

#endif
