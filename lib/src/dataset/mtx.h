/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matrix Market files (Boisvert, Pozo, Remington 1996), also gzip-compressed. */
#ifndef GAMLP_DATASET_MTX_H
#define GAMLP_DATASET_MTX_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/dataset.h"

typedef struct gamlp_mtx {
    int64_t rows, cols, count;
    bool dense;         /* "array": rows x cols values, column by column; else "coordinate" */
    bool general;       /* else an entry (i, j) stands for (j, i), too, and i >= j          */
    int64_t *row, *col; /* from 0; NULL when dense                                          */
    double *val;        /* NULL: a pattern                                                  */
} gamlp_mtx;

/* GAMLP_E_DATA names path, line and what was expected; nothing is taken for a size that the text
 * cannot hold.  Ownership passes to the caller: gamlp_mtx_clear(). */
gamlp_status gamlp_mtx_load(gamlp_mtx *mtx, const char *path);
void gamlp_mtx_clear(gamlp_mtx *mtx);

/* The matrix as features (row = node), sparse or dense as it is. */
gamlp_status gamlp_mtx_features(gamlp_dataset *dataset, const char *path);

#endif
