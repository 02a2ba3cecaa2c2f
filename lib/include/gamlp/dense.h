/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: matrix.  Dense column-major matrices: element (i, j) is
 * data[i + j * rows]; one node (sample) per column. */
#ifndef GAMLP_DENSE_H
#define GAMLP_DENSE_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/real.h"
#include "gamlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gamlp_dense {
    int64_t rows, cols;
    gamlp_real *data; /* rows * cols, 64-byte aligned; owned unless a view         */
    bool view;        /* the data belong to another object, and are not to be changed */
} gamlp_dense;

/* Zeroed rows x cols matrix.  Ownership passes to the caller: gamlp_dense_clear(). */
gamlp_status gamlp_dense_init(gamlp_dense *a, int64_t rows, int64_t cols);

/* Release the data and zero the struct; accepts NULL. */
void gamlp_dense_clear(gamlp_dense *a);

/* Fresh copy of `b` in `a` (uninitialised before the call). */
gamlp_status gamlp_dense_copy(gamlp_dense *a, const gamlp_dense *b);

/* a <- columns `index[0..count)` of `b`; index out of range is GAMLP_E_USAGE. */
gamlp_status gamlp_dense_columns(gamlp_dense *a, const gamlp_dense *b, const int64_t *index,
                                 int64_t count);

#ifdef __cplusplus
}
#endif
#endif
