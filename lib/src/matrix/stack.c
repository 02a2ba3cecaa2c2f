/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/stack.h"

#include <stdbool.h>
#include <string.h>

#include "core/hot.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"
#include "matrix/blas.h"

static bool is_sparse(const gamlp_block *block) {
    return block->sparse.ptr != NULL;
}

static int64_t block_rows(const gamlp_block *block) {
    return is_sparse(block) ? block->sparse.cols : block->dense.rows;
}

void gamlp_stack_init(gamlp_stack *x, int64_t cols) {
    memset(x, 0, sizeof *x);
    x->cols = cols;
}

void gamlp_stack_clear(gamlp_stack *x) {
    if (!x) return;
    for (int64_t k = 0; k < x->blocks; k++) {
        gamlp_dense_clear(&x->block[k].dense);
        gamlp_csr_clear(&x->block[k].sparse);
    }
    gamlp_stack_init(x, 0);
}

static gamlp_status push(gamlp_stack *x, gamlp_block block, int64_t cols) {
    gamlp_status status = GAMLP_OK;
    if (cols != x->cols)
        status = gamlp_fail(GAMLP_E_USAGE, "a block of %lld columns in a stack of %lld",
                            (long long)cols, (long long)x->cols);
    else if (x->blocks == GAMLP_STACK_BLOCKS)
        status = gamlp_fail(GAMLP_E_USAGE, "more than %d blocks in a stack", GAMLP_STACK_BLOCKS);
    if (status != GAMLP_OK) {
        gamlp_dense_clear(&block.dense);
        gamlp_csr_clear(&block.sparse);
        return status;
    }
    x->block[x->blocks++] = block;
    x->rows += block_rows(&block);
    return GAMLP_OK;
}

gamlp_status gamlp_stack_push_dense(gamlp_stack *x, gamlp_dense *dense) {
    gamlp_block block = {.dense = *dense};
    *dense = (gamlp_dense){0};
    return push(x, block, block.dense.cols);
}

gamlp_status gamlp_stack_push_sparse(gamlp_stack *x, gamlp_csr *sparse) {
    gamlp_block block = {.sparse = *sparse};
    *sparse = (gamlp_csr){0};
    return push(x, block, block.sparse.rows);
}

int64_t gamlp_stack_block_rows(const gamlp_stack *x, int64_t k) {
    return block_rows(&x->block[k]);
}

/* The stored values of a block, whatever its form. */
static gamlp_real *values_of(const gamlp_block *block, int64_t *count) {
    *count = is_sparse(block) ? block->sparse.nnz : block->dense.rows * block->dense.cols;
    return is_sparse(block) ? block->sparse.val : block->dense.data;
}

double gamlp_stack_block_square(const gamlp_stack *x, int64_t k) {
    int64_t count;
    const gamlp_real *value = values_of(&x->block[k], &count);
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += (double)value[i] * (double)value[i];
    return sum;
}

void gamlp_stack_block_scale(gamlp_stack *x, int64_t k, gamlp_real s) {
    int64_t count;
    gamlp_real *value = values_of(&x->block[k], &count);
    for (int64_t i = 0; i < count; i++) value[i] *= s;
}

gamlp_status gamlp_stack_columns(gamlp_stack *a, const gamlp_stack *b, const int64_t *index,
                                 int64_t count) {
    gamlp_stack_init(a, count);
    gamlp_status status = GAMLP_OK;
    for (int64_t k = 0; k < b->blocks; k++) {
        gamlp_block block = {0};
        if (is_sparse(&b->block[k])) {
            GAMLP_TRY(gamlp_csr_rows(&block.sparse, &b->block[k].sparse, index, count));
            GAMLP_TRY(gamlp_stack_push_sparse(a, &block.sparse));
        } else {
            GAMLP_TRY(gamlp_dense_columns(&block.dense, &b->block[k].dense, index, count));
            GAMLP_TRY(gamlp_stack_push_dense(a, &block.dense));
        }
    }
done:
    if (status != GAMLP_OK) gamlp_stack_clear(a);
    return status;
}

/* What the sparse kernels work on; a chunk is some columns, or some rows, of the result. */
enum { CHUNK_COLUMNS = 8, CHUNK_ROWS = 64, GRAM_CHUNKS = 64 };

typedef struct sparse_task {
    gamlp_dense *out;
    const gamlp_csr *a, *b;
    const gamlp_dense *dense;
    const gamlp_real *weight; /* first column of the block in W or G */
    gamlp_real *target;
    gamlp_real alpha;
    int64_t columns;  /* of a chunk of a Gram matrix */
    gamlp_real *wide; /* one expanded node per such chunk */
} sparse_task;

static int64_t chunks_of(int64_t count, int64_t size) {
    return (count + size - 1) / size;
}

static int64_t chunk_end(int64_t chunk, int64_t size, int64_t count) {
    return (chunk + 1) * size < count ? (chunk + 1) * size : count;
}

/* K_ij += <a_i, b_j>: expand node b_j, then a sparse dot with every a_i. */
static void gram_chunk(void *context, int64_t chunk) {
    const sparse_task *t = context;
    gamlp_real *wide = t->wide + chunk * t->b->cols;
    int64_t end = chunk_end(chunk, t->columns, t->b->rows);
    for (int64_t j = chunk * t->columns; j < end; j++) {
        for (int64_t e = t->b->ptr[j]; e < t->b->ptr[j + 1]; e++) wide[t->b->idx[e]] = t->b->val[e];
        for (int64_t i = 0; i < t->a->rows; i++) {
            double sum = 0;
            for (int64_t e = t->a->ptr[i]; e < t->a->ptr[i + 1]; e++)
                sum += (double)t->a->val[e] * wide[t->a->idx[e]];
            t->out->data[i + j * t->out->rows] += (gamlp_real)sum;
        }
        for (int64_t e = t->b->ptr[j]; e < t->b->ptr[j + 1]; e++) wide[t->b->idx[e]] = 0;
    }
}

GAMLP_HOT static void axpy(gamlp_real *y, gamlp_real a, const gamlp_real *x, int64_t n) {
    for (int64_t i = 0; i < n; i++) y[i] += a * x[i];
}

/* Y_:j += sum over the words f of node j of H_fj W_:f. */
static void multiply_chunk(void *context, int64_t chunk) {
    const sparse_task *t = context;
    int64_t end = chunk_end(chunk, CHUNK_COLUMNS, t->a->rows), m = t->out->rows;
    for (int64_t j = chunk * CHUNK_COLUMNS; j < end; j++)
        for (int64_t e = t->a->ptr[j]; e < t->a->ptr[j + 1]; e++)
            axpy(t->out->data + j * m, t->a->val[e], t->weight + t->a->idx[e] * m, m);
}

/* G_:f += alpha sum over the nodes j with word f of B_:j H_fj, for some rows of G. */
static void scatter_chunk(void *context, int64_t chunk) {
    const sparse_task *t = context;
    int64_t m = t->dense->rows, begin = chunk * CHUNK_ROWS;
    int64_t count = chunk_end(chunk, CHUNK_ROWS, m) - begin;
    for (int64_t j = 0; j < t->a->rows; j++)
        for (int64_t e = t->a->ptr[j]; e < t->a->ptr[j + 1]; e++)
            axpy(t->target + t->a->idx[e] * m + begin, t->alpha * t->a->val[e],
                 t->dense->data + j * m + begin, count);
}

/* At most GRAM_CHUNKS chunks, each with an expanded node of its own. */
static gamlp_status gram_sparse(gamlp_dense *k, const gamlp_csr *a, const gamlp_csr *b) {
    int64_t columns = chunks_of(b->rows, GRAM_CHUNKS);
    if (columns < CHUNK_COLUMNS) columns = CHUNK_COLUMNS;
    int64_t chunks = chunks_of(b->rows, columns);
    sparse_task task = {.out = k, .a = a, .b = b, .columns = columns};
    gamlp_status status =
        gamlp_new(&task.wide, chunks * b->cols, sizeof *task.wide, "expanded nodes");
    if (status != GAMLP_OK) return status;
    gamlp_parallel(chunks, gram_chunk, &task);
    gamlp_free(task.wide);
    return GAMLP_OK;
}

static gamlp_status same_structure(const gamlp_stack *a, const gamlp_stack *b) {
    bool same = a->blocks == b->blocks;
    for (int64_t k = 0; same && k < a->blocks; k++)
        same = is_sparse(&a->block[k]) == is_sparse(&b->block[k]) &&
               block_rows(&a->block[k]) == block_rows(&b->block[k]);
    return same ? GAMLP_OK : gamlp_fail(GAMLP_E_USAGE, "two stacks of different blocks");
}

static void set_zero(gamlp_dense *a) {
    if (a->data) memset(a->data, 0, (size_t)(a->rows * a->cols) * sizeof *a->data);
}

gamlp_status gamlp_stack_gram(gamlp_dense *k, const gamlp_stack *a, const gamlp_stack *b) {
    gamlp_status status = same_structure(a, b);
    if (status != GAMLP_OK) return status;
    set_zero(k);
    for (int64_t i = 0; i < a->blocks; i++) {
        if (is_sparse(&a->block[i]))
            GAMLP_TRY(gram_sparse(k, &a->block[i].sparse, &b->block[i].sparse));
        else
            gamlp_blas_multiply(k, 1, GAMLP_TRANSPOSED, &a->block[i].dense, GAMLP_PLAIN,
                                &b->block[i].dense, 1);
    }
done:
    return status;
}

gamlp_status gamlp_stack_multiply_block(gamlp_dense *y, const gamlp_dense *w, const gamlp_stack *x,
                                        int64_t k) {
    const gamlp_block *block = &x->block[k];
    if (w->cols != block_rows(block) || y->rows != w->rows || y->cols != x->cols)
        return gamlp_fail(GAMLP_E_USAGE, "a product of unfitting shapes");
    if (is_sparse(block)) {
        sparse_task task = {.out = y, .a = &block->sparse, .weight = w->data};
        gamlp_parallel(chunks_of(x->cols, CHUNK_COLUMNS), multiply_chunk, &task);
    } else {
        gamlp_blas_multiply(y, 1, GAMLP_PLAIN, w, GAMLP_PLAIN, &block->dense, 1);
    }
    return GAMLP_OK;
}

gamlp_status gamlp_stack_multiply(gamlp_dense *y, const gamlp_dense *w, const gamlp_stack *x) {
    gamlp_status status = GAMLP_OK;
    if (w->cols != x->rows || y->rows != w->rows || y->cols != x->cols)
        return gamlp_fail(GAMLP_E_USAGE, "a product of unfitting shapes");
    gamlp_dense part = {.rows = w->rows, .data = w->data, .view = true};
    set_zero(y);
    for (int64_t k = 0; k < x->blocks; k++) {
        part.cols = block_rows(&x->block[k]);
        GAMLP_TRY(gamlp_stack_multiply_block(y, &part, x, k));
        part.data += part.rows * part.cols;
    }
done:
    return status;
}

static void scale(gamlp_dense *a, gamlp_real beta) {
    if (beta == 0) {
        set_zero(a);
        return;
    }
    for (int64_t i = 0; i < a->rows * a->cols; i++) a->data[i] *= beta;
}

gamlp_status gamlp_stack_multiply_transposed(gamlp_dense *g, gamlp_real alpha, const gamlp_dense *b,
                                             const gamlp_stack *x, gamlp_real beta) {
    if (g->cols != x->rows || g->rows != b->rows || b->cols != x->cols)
        return gamlp_fail(GAMLP_E_USAGE, "a product of unfitting shapes");
    if (beta != 1) scale(g, beta);
    gamlp_real *target = g->data;
    for (int64_t k = 0; k < x->blocks; k++) {
        const gamlp_block *block = &x->block[k];
        if (is_sparse(block)) {
            sparse_task task = {.a = &block->sparse, .dense = b, .target = target, .alpha = alpha};
            gamlp_parallel(chunks_of(b->rows, CHUNK_ROWS), scatter_chunk, &task);
        } else {
            gamlp_blas_panel(target, g->rows, g->rows, block->dense.rows, x->cols, alpha,
                             (gamlp_panel){b->data, b->rows, GAMLP_PLAIN},
                             (gamlp_panel){block->dense.data, block->dense.rows, GAMLP_TRANSPOSED},
                             1);
        }
        target += block_rows(block) * g->rows;
    }
    return GAMLP_OK;
}
