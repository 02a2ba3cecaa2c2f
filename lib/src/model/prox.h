/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Projections on the sets that are not convex. */
#ifndef GAMLP_MODEL_PROX_H
#define GAMLP_MODEL_PROX_H

#include "gamlp/dense.h"

/* W <- the matrix with orthonormal columns (rows, where there are more columns than rows) next to
 * it, U V' of its singular value decomposition.  `work` is so many doubles. */
void gamlp_prox_polar(gamlp_dense *w, double *work);
int64_t gamlp_prox_polar_work(int64_t rows, int64_t cols);

/* All but the ceil(share x elements) largest elements, at least one, become 0. */
void gamlp_prox_top(gamlp_dense *w, double share);

#endif
