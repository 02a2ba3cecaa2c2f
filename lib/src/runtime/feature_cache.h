/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Features of a data set, kept in a directory: one file KEY.npy for each term but x, nodes x rows,
 * where KEY is a hash of everything that its numbers depend on. */
#ifndef GAMLP_RUNTIME_FEATURE_CACHE_H
#define GAMLP_RUNTIME_FEATURE_CACHE_H

#include "gamlp/dataset.h"
#include "gamlp/feature.h"

/* As gamlp_feature_make() of a data set.  With a directory (made when it is lacking; "" or NULL:
 * none) terms that are there are read; others are made for all nodes and written first.  A file of
 * another shape or type than its key promises is GAMLP_E_DATA. */
gamlp_status gamlp_cached_features(gamlp_stack *x, const gamlp_dataset *dataset,
                                   const gamlp_feature_options *feature, const int64_t *index,
                                   int64_t count, const char *directory);

/* All rows of all blocks as .npy, nodes x rows; *bytes (may be NULL): of the file. */
gamlp_status gamlp_stack_write_npy(int64_t *bytes, const char *path, const gamlp_stack *x);

/* to[0 .. x->rows) <- column `node` of all blocks. */
void gamlp_stack_fill(gamlp_real *to, const gamlp_stack *x, int64_t node);

#endif
