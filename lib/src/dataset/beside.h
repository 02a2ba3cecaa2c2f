/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Labels, features and a split in files beside a graph:
 *
 *   STEMlabels.{npy,csv,csv.gz,mtx}       an integer (-1: none) or a text a node
 *   STEMclasses.txt                       the name of a class a line
 *   STEMfeatures.{npz,npy,csv,csv.gz,mtx} scipy's CSR arrays, or a row a node
 *   STEMsplit.npz                         masks or node indices, see dataset/split.h
 *
 * where STEM is the graph's path without ending and with "." (graphs that igraph reads) or "_"
 * (Matrix Market) behind it.  Of several the first in this order counts. */
#ifndef GAMLP_DATASET_BESIDE_H
#define GAMLP_DATASET_BESIDE_H

#include <stdbool.h>

#include "gamlp/dataset.h"

/* The graph of the data set has been read.  *found: whether there is such a file. */
gamlp_status gamlp_beside_labels(bool *found, gamlp_dataset *dataset, const char *stem);
gamlp_status gamlp_beside_features(bool *found, gamlp_dataset *dataset, const char *stem);
gamlp_status gamlp_beside_split(bool *found, gamlp_dataset *dataset, const char *stem);

/* The path of the file that counts, or NULL.  `kind` is "labels", "classes", "features" or "split".
 * Ownership passes to the caller: gamlp_free(). */
gamlp_status gamlp_beside_find(char **path, const char *stem, const char *kind);

/* Labels that are numbers, a node each: -1 (none, as is NaN) or below the number of nodes. */
gamlp_status gamlp_beside_numbers(gamlp_dataset *dataset, const double *number, const char *what);

/* Every node its own feature. */
gamlp_status gamlp_beside_identity(gamlp_dataset *dataset);

/* `path` without the first of `endings` (ends with NULL) that it has, and with `mark` behind it.
 * Ownership passes to the caller: gamlp_free(). */
gamlp_status gamlp_beside_stem(char **stem, const char *path, const char *const *endings,
                               char mark);

/* Name the data set by the stem. */
void gamlp_beside_name(gamlp_dataset *dataset, const char *stem);

/* Whether `written` is, or NULL: no file is, what a reader will find of this kind; GAMLP_E_CREATE
 * names another one that it would take. */
gamlp_status gamlp_beside_check_way(const char *stem, const char *kind, const char *written);

#endif
