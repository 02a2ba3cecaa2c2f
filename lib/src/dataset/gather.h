/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Edges and sparse features that come one by one, from text. */
#ifndef GAMLP_DATASET_GATHER_H
#define GAMLP_DATASET_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gamlp/csr.h"
#include "gamlp/graph.h"

/* A list of edges; zeroed: empty.  gamlp_edge_list_clear(). */
typedef struct gamlp_edge_list {
    int64_t count, room;
    int64_t *source, *target;
} gamlp_edge_list;

void gamlp_edge_list_clear(gamlp_edge_list *list);
gamlp_status gamlp_edge_list_put(gamlp_edge_list *list, int64_t source, int64_t target);

/* Rows of sparse features; zeroed: none.  gamlp_feature_rows_clear(). */
typedef struct gamlp_feature_rows {
    gamlp_csr csr; /* rows and nnz of the rows that have ended; cols: largest column + 1 */
    int64_t row_room, entry_room, used;
} gamlp_feature_rows;

void gamlp_feature_rows_clear(gamlp_feature_rows *rows);

/* An entry of the present row; zeros are left out.  `col` is at least 0 and below 2^31 - 1. */
gamlp_status gamlp_feature_rows_put(gamlp_feature_rows *rows, int64_t col, gamlp_real value);

/* The present row is complete: its columns are put in order; of a repeated one the first counts. */
gamlp_status gamlp_feature_rows_end(gamlp_feature_rows *rows);

/* The rows as a matrix of `cols` columns, none less than there are.  Ownership passes to the
 * caller: gamlp_csr_clear(). */
void gamlp_feature_rows_take(gamlp_csr *csr, gamlp_feature_rows *rows, int64_t cols);

/* A number of `size` bytes, behind which stands a character that is no part of it: finite as float,
 * or false. */
bool gamlp_gather_real(double *value, const char *text, size_t size);

/* Likewise an integer of at most 18 digits. */
bool gamlp_gather_int(int64_t *value, const char *text, size_t size);

#endif
