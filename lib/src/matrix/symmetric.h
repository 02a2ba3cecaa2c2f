/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Symmetric sparse matrices in double precision: what is factorised and solved with. */
#ifndef GAMLP_MATRIX_SYMMETRIC_H
#define GAMLP_MATRIX_SYMMETRIC_H

#include <stdint.h>

#include "gamlp/status.h"

/* Both triangles: row i holds columns idx[ptr[i] .. ptr[i+1]), strictly increasing, the diagonal
 * among them.  n and the number of entries fit 31 bits. */
typedef struct gamlp_symmetric {
    int64_t n, nnz;
    int64_t *ptr; /* n + 1; owned */
    int32_t *idx; /* nnz; owned   */
    double *val;  /* nnz; owned   */
} gamlp_symmetric;

/* Room for nnz entries, ptr all 0.  Ownership passes to the caller: gamlp_symmetric_clear(). */
gamlp_status gamlp_symmetric_init(gamlp_symmetric *a, int64_t n, int64_t nnz);
void gamlp_symmetric_clear(gamlp_symmetric *a);

/* Check the invariants, symmetry of the values (to the bit) and that they are finite:
 * GAMLP_E_DATA names the first entry that is not in order. */
gamlp_status gamlp_symmetric_check(const gamlp_symmetric *a);

#endif
