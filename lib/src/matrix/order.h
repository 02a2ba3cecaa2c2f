/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matrices of renumbered nodes, for locality. */
#ifndef GAMLP_MATRIX_ORDER_H
#define GAMLP_MATRIX_ORDER_H

#include "gamlp/csr.h"

/* a <- P b P' : row i of b becomes row place[i] and its column j place[j].  The entries of a row
 * stay in the order that they have in b, so that sums over them round as those of b: the columns of
 * a row of `a` do not increase.  `place` is a permutation of the rows. */
gamlp_status gamlp_csr_renumber(gamlp_csr *a, const gamlp_csr *b, const int32_t *place);

/* Row i of b becomes row place[i]; columns stay. */
gamlp_status gamlp_csr_renumber_rows(gamlp_csr *a, const gamlp_csr *b, const int32_t *place);

/* Column i of b becomes column place[i]. */
gamlp_status gamlp_dense_renumber(gamlp_dense *a, const gamlp_dense *b, const int32_t *place);

/* place[i] by decreasing length of row i, of equals the lower i first. */
gamlp_status gamlp_order_degree(int32_t *place, const gamlp_csr *a);

/* Reverse Cuthill-McKee (George, 1971) of a symmetric pattern: components one after the other, each
 * from a node far away in it (two breadth-first searches from one of least degree), neighbours by
 * increasing degree, all reversed. */
gamlp_status gamlp_order_rcm(int32_t *place, const gamlp_csr *a);

/* place[i] by increasing group[i] >= 0, of equals the lower i first. */
gamlp_status gamlp_order_groups(int32_t *place, const int32_t *group, int64_t count);

#endif
