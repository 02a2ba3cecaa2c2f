/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sparse factors P A P' = L D L' and solves with them.
 *
 * A factor is a plain value, whoever made it: CHOLMOD (matrix/cholesky.h), an incomplete
 * factorisation or a file.  Right-hand sides are taken sixteen at a time, the sixteen values of a
 * pivot beside each other, so that one reading of L serves all of them and every lane is summed in
 * the same order whatever the width of the vector unit. */
#ifndef GAMLP_MATRIX_FACTOR_H
#define GAMLP_MATRIX_FACTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/status.h"
#include "matrix/symmetric.h"

enum { GAMLP_LANES = 16 };

/* Column j of L has count[j] >= 1 entries from ptr[j] on: first D_jj at row j, then those below the
 * unit diagonal of L, rows increasing. */
typedef struct gamlp_factor {
    int64_t n;
    int64_t room;   /* of idx and val               */
    int32_t *perm;  /* row of A that is pivot k     */
    int32_t *ptr;   /* n                            */
    int32_t *count; /* n                            */
    int32_t *idx;
    double *val;
    bool nested; /* each column's rows but the first are among those of its parent's column, as in
                    every complete factor: columns can be taken several at a time */
    bool view;   /* the arrays belong to another object */
} gamlp_factor;

/* Room for `room` entries.  Ownership passes to the caller: gamlp_factor_clear(). */
gamlp_status gamlp_factor_init(gamlp_factor *f, int64_t n, int64_t room);
void gamlp_factor_clear(gamlp_factor *f);

/* Entries of L, and bytes of the arrays. */
int64_t gamlp_factor_entries(const gamlp_factor *f);
int64_t gamlp_factor_bytes(const gamlp_factor *f);

/* Check that the arrays are a factor of a positive definite matrix: `perm` a permutation, rows
 * increasing below n, each column's rows but the first among those of its parent's column, finite
 * values, D > 0.  GAMLP_E_DATA names the column. */
gamlp_status gamlp_factor_check(const gamlp_factor *f);

/* x <- (L D L')^{-1} x in place, in the order of the pivots: x[k * GAMLP_LANES + lane], 64-byte
 * aligned.  Pivots where all lanes are zero cost nothing in the forward half: sparse right-hand
 * sides pay for what they reach. */
void gamlp_factor_solve(const gamlp_factor *f, double *x);

/* Its two halves: x <- D^{-1} L^{-1} x, and x <- L'^{-1} x. */
void gamlp_factor_forward(const gamlp_factor *f, double *x);
void gamlp_factor_backward(const gamlp_factor *f, double *x);

/* The pivots that L^{-1} reaches from the pivots a and b: the union of their paths to the root,
 * increasing; path[] has room for all.  Of a nested factor.  Returns their number. */
int64_t gamlp_factor_path(int32_t *path, const gamlp_factor *f, int64_t a, int64_t b);

/* x <- L^{-1} x for two columns, x[2 k] and x[2 k + 1], that are zero but on such a path. */
void gamlp_factor_forward_path(const gamlp_factor *f, double *x, const int32_t *path,
                               int64_t count);

/* The incomplete factor without fill of A, IC(0), in A's own order (Meijerink and van der Vorst,
 * Math. Comp. 31, 1977; exists for M-matrices).  GAMLP_E_NUMERIC when a pivot is not positive. */
gamlp_status gamlp_factor_incomplete(gamlp_factor *f, const gamlp_symmetric *a);

#endif
