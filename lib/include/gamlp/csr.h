/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: matrix.  Compressed sparse row matrices.
 *
 * Row i holds columns idx[ptr[i] .. ptr[i+1]), strictly increasing, with
 * values val[...].  A graph is n x n (row = node); sparse features are n x d
 * (row = node), which is also the compressed-column form of the d x n matrix
 * that the mathematics writes.  A pattern has no values (val is NULL): all are
 * one; graphs are patterns, features and operators have values. */
#ifndef GAMLP_CSR_H
#define GAMLP_CSR_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/dense.h"
#include "gamlp/real.h"
#include "gamlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gamlp_csr {
    int64_t rows, cols, nnz;
    int64_t *ptr;    /* rows + 1; owned unless a view   */
    int32_t *idx;    /* nnz; likewise                   */
    gamlp_real *val; /* nnz, or NULL: a pattern         */
    bool view;       /* the arrays belong to another object, and are not to be changed */
} gamlp_csr;

/* Zeroed matrix with room for nnz entries and ptr all 0.  cols must fit 31
 * bits.  Ownership passes to the caller: gamlp_csr_clear(). */
gamlp_status gamlp_csr_init(gamlp_csr *a, int64_t rows, int64_t cols, int64_t nnz);

/* Release and zero; accepts NULL. */
void gamlp_csr_clear(gamlp_csr *a);

/* How gamlp_csr_from_triplets() treats repeated positions. */
typedef enum gamlp_duplicates {
    GAMLP_DUPLICATES_SUM,
    GAMLP_DUPLICATES_LAST,
    GAMLP_DUPLICATES_ONE /* keep one entry of value 1 (an unweighted graph) */
} gamlp_duplicates;

/* Compress `count` triplets in any order (val NULL: all ones).  Indices out
 * of range are GAMLP_E_DATA and name the triplet. */
gamlp_status gamlp_csr_from_triplets(gamlp_csr *a, int64_t rows, int64_t cols, int64_t count,
                                     const int64_t *row, const int64_t *col, const gamlp_real *val,
                                     gamlp_duplicates duplicates);

/* Release the values: a pattern.  Not of a view. */
void gamlp_csr_drop_values(gamlp_csr *a);

/* Check the invariants above and that values are finite: GAMLP_E_DATA. */
gamlp_status gamlp_csr_check(const gamlp_csr *a);

/* a <- b', a <- rows index[0..count) of b, a <- copy of b; a pattern gives a pattern. */
gamlp_status gamlp_csr_transpose(gamlp_csr *a, const gamlp_csr *b);
gamlp_status gamlp_csr_rows(gamlp_csr *a, const gamlp_csr *b, const int64_t *index, int64_t count);
gamlp_status gamlp_csr_copy(gamlp_csr *a, const gamlp_csr *b);

/* Y <- X S' : the columns of X (d x n) combined by the rows of S (m x n), so
 * that Y (d x m, allocated by the caller) has column i = sum_j S_ij X_:j.
 * For a symmetric S this is the hop H -> H A~.  Multi-threaded; the bits do
 * not depend on the number of threads (each column is summed in index order). */
void gamlp_csr_gather(gamlp_dense *y, const gamlp_csr *s, const gamlp_dense *x);

/* Dense d x n form of sparse features (a is n x d). */
gamlp_status gamlp_csr_to_dense(gamlp_dense *x, const gamlp_csr *a);

#ifdef __cplusplus
}
#endif
#endif
