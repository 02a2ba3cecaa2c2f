/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_DATASET_SPLIT_H
#define GAMLP_DATASET_SPLIT_H

#include <stddef.h>

#include "core/file.h"
#include "dataset/npz.h"
#include "dataset/split_spec.h"
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

/* Labelled nodes of class c, increasing: node[start[c] .. start[c+1]); `start` has classes + 2
 * zeroed elements, `node` room for every node. */
void gamlp_split_group(int64_t *start, int64_t *node, const gamlp_dataset *dataset);

/* These leave the split zeroed when they fail.
 *
 * Fill a zeroed split by a spec of kind fraction, stratified or pitfalls, or time.  GAMLP_E_DATA
 * when there are too few nodes.  Ownership passes to the caller: gamlp_split_clear(). */
gamlp_status gamlp_split_draw(gamlp_split *split, const gamlp_dataset *dataset,
                              const gamlp_split_spec *spec);
gamlp_status gamlp_split_by_time(gamlp_split *split, const gamlp_dataset *dataset,
                                 const gamlp_split_spec *spec);

/* Fill a zeroed split from a file, by its ending: .npz (gamlp_split_read_npz()),
 * .json, a folder with train.csv, valid.csv and test.csv, plain or .gz, or else lines `node,part`.
 * GAMLP_E_DATA names file and place of a node that does not exist or is listed twice.
 * Ownership passes to the caller: gamlp_split_clear(). */
gamlp_status gamlp_split_read(gamlp_split *split, const char *path, const gamlp_dataset *dataset);

/* Whether these options ask for the largest component only; GAMLP_E_CONFIG as the parser. */
gamlp_status gamlp_split_wants_component(bool *wants, const gamlp_dataset_options *options);

#endif
