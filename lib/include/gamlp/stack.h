/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: matrix.  A tall matrix X = [X_1; X_2; ...] of blocks with the same
 * columns (one per node), each kept sparse or dense as it is.  It is the
 * input of a GA-MLP: X = [H; H A~; ...]. */
#ifndef GAMLP_STACK_H
#define GAMLP_STACK_H

#include "gamlp/csr.h"
#include "gamlp/dense.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GAMLP_STACK_BLOCKS 64

/* One block: dense (d x n) when sparse.rows is 0, else sparse (CSR, n x d). */
typedef struct gamlp_block {
    gamlp_dense dense;
    gamlp_csr sparse;
} gamlp_block;

typedef struct gamlp_stack {
    int64_t rows; /* total feature dimension n_0 */
    int64_t cols; /* nodes                       */
    int64_t blocks;
    gamlp_block block[GAMLP_STACK_BLOCKS];
} gamlp_stack;

/* An empty stack for `cols` nodes. */
void gamlp_stack_init(gamlp_stack *x, int64_t cols);
void gamlp_stack_clear(gamlp_stack *x);

/* Append a block; ownership of its arrays passes to the stack, and the
 * argument is zeroed, also on failure. */
gamlp_status gamlp_stack_push_dense(gamlp_stack *x, gamlp_dense *block);
gamlp_status gamlp_stack_push_sparse(gamlp_stack *x, gamlp_csr *block);

/* Rows of block k (its features), the sum of its squares, and X_k <- s X_k. */
int64_t gamlp_stack_block_rows(const gamlp_stack *x, int64_t k);
double gamlp_stack_block_square(const gamlp_stack *x, int64_t k);
void gamlp_stack_block_scale(gamlp_stack *x, int64_t k, gamlp_real s);

/* a <- columns index[0..count) of b. */
gamlp_status gamlp_stack_columns(gamlp_stack *a, const gamlp_stack *b, const int64_t *index,
                                 int64_t count);

/* K <- A'B, (A.cols x B.cols, allocated by the caller).  A and B have the
 * same block structure. */
gamlp_status gamlp_stack_gram(gamlp_dense *k, const gamlp_stack *a, const gamlp_stack *b);

/* Y <- W X (W: m x X.rows, Y: m x X.cols, allocated by the caller). */
gamlp_status gamlp_stack_multiply(gamlp_dense *y, const gamlp_dense *w, const gamlp_stack *x);

/* Y <- Y + W X_k, W being the columns of block k (m x its rows). */
gamlp_status gamlp_stack_multiply_block(gamlp_dense *y, const gamlp_dense *w, const gamlp_stack *x,
                                        int64_t k);

/* G <- alpha B X' + beta G (B: m x X.cols, G: m x X.rows). */
gamlp_status gamlp_stack_multiply_transposed(gamlp_dense *g, gamlp_real alpha, const gamlp_dense *b,
                                             const gamlp_stack *x, gamlp_real beta);

#ifdef __cplusplus
}
#endif
#endif
