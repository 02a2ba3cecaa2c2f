/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operators of a graph that passes by in blocks of rows. */
#ifndef GAMLP_FEATURE_OPERATOR_H
#define GAMLP_FEATURE_OPERATOR_H

#include "gamlp/feature.h"

/* Whether the operator can be had from degrees alone: no triangles, no arcs. */
bool gamlp_operator_is_local(const gamlp_operator *op);

/* Rows first, first + 1, ... of S, to the bit as gamlp_operator_make(), for rows of the adjacency
 * (`degree` of all nodes).  The arrays of s have room for rows->rows + 1, and for rows->nnz +
 * rows->rows entries.  In parallel. */
void gamlp_operator_rows(gamlp_csr *s, const gamlp_csr *rows, int64_t first, const int32_t *degree,
                         const gamlp_operator *op);

/* What each number of a node's own features is divided by: 1, their sum or their length; 1, too,
 * where that is zero. */
double gamlp_feature_divisor(const gamlp_real *value, int64_t count, gamlp_normalise rule);

#endif
