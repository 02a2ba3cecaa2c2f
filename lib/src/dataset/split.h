/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_DATASET_SPLIT_H
#define GAMLP_DATASET_SPLIT_H

#include <stddef.h>

#include "dataset/npz.h"
#include "gamlp/dataset.h"

/* Release and zero; accepts NULL. */
void gamlp_split_clear(gamlp_split *split);

/* Sort node indices increasingly. */
void gamlp_split_sort(int64_t *node, int64_t count);

/* A split of `nodes` nodes from an npz with masks (train_mask, val_mask, test_mask: an element a
 * node, 0 or 1, as geom-gcn has them) or with node indices in any order (idx_train, idx_val,
 * idx_test: what gamlp_gnnbench_write() writes).  rule is left empty.  GAMLP_E_DATA names the
 * array that is missing or of another length, the node that is out of range or in two parts, and
 * the part that is empty.  Ownership passes to the caller: gamlp_split_clear(). */
gamlp_status gamlp_split_read_npz(gamlp_split *split, const char *path, int64_t nodes);

/* As gamlp_split_read_npz() from memory; `what` names the bytes in sentences. */
gamlp_status gamlp_split_parse_npz(gamlp_split *split, const void *data, size_t size,
                                   const char *what, int64_t nodes);

/* Likewise of node indices in an open npz, whose arrays may overlap and be empty. */
gamlp_status gamlp_split_indices(gamlp_split *split, const gamlp_npz *npz, int64_t nodes);

/* Row `row` of three arrays of masks, rows x nodes (or one row, without that extent); `name` has
 * their names.  The parts may be empty, but do not overlap. */
gamlp_status gamlp_split_masks(gamlp_split *split, const gamlp_array mask[3],
                               const char *const name[3], int64_t row, int64_t nodes,
                               const char *what);

/* No part is empty and no node in two of them: GAMLP_E_DATA. */
gamlp_status gamlp_split_check(const gamlp_split *split, int64_t nodes, const char *what);

/* rule = "fixed:K/N": split K, counted from 0, of N that a source has. */
void gamlp_split_fixed_rule(gamlp_split *split, int64_t k, int64_t n);

#endif
