/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/source.h"

#include <string.h>

#include "core/hot.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"
#include "matrix/blas.h"
#include "solver/dropout.h"

enum {
    STRIP = 512,       /* rows of a gradient made at a time                         */
    FEATURES = 16,     /* fewest features of a chunk                                */
    MAX_CHUNKS = 256,  /* of a sweep over features                                  */
    SPARSE_PART = 8,   /* a block is sparse with at most one entry in so many       */
    TILE = 1 << 17,    /* elements of a gradient that stay in the caches            */
    LEAST_COLUMNS = 16 /* of a tile, so that the products pay                       */
};

static bool is_sparse(const gamlp_block *block) {
    return block->sparse.ptr != NULL;
}

static gamlp_dense view_dense(const gamlp_dense *a) {
    return (gamlp_dense){a->rows, a->cols, a->data, true};
}

static gamlp_csr view_csr(const gamlp_csr *a) {
    gamlp_csr view = *a;
    view.view = true;
    return view;
}

static int64_t count_entries(const gamlp_dense *a) {
    int64_t count = 0;
    for (int64_t i = 0; i < a->rows * a->cols; i++) count += a->data[i] != 0;
    return count;
}

/* The entries of a d x n matrix as CSR, n x d. */
static gamlp_status compress(gamlp_csr *a, const gamlp_dense *x, int64_t entries) {
    gamlp_status status = gamlp_csr_init(a, x->cols, x->rows, entries);
    if (status != GAMLP_OK) return status;
    int64_t e = 0;
    for (int64_t j = 0; j < x->cols; j++) {
        for (int64_t f = 0; f < x->rows; f++) {
            gamlp_real value = x->data[f + j * x->rows];
            if (value == 0) continue;
            a->idx[e] = (int32_t)f;
            a->val[e++] = value;
        }
        a->ptr[j + 1] = e;
    }
    return GAMLP_OK;
}

/* A block as it is (a copy when its values will change), or compressed. */
static gamlp_status add_block(gamlp_source *source, const gamlp_block *given, bool copy) {
    const gamlp_dense *dense = &given->dense;
    gamlp_csr sparse = {0};
    gamlp_dense same = {0};
    gamlp_status status = GAMLP_OK;
    if (is_sparse(given)) {
        if (copy)
            GAMLP_TRY(gamlp_csr_copy(&sparse, &given->sparse));
        else
            sparse = view_csr(&given->sparse);
        return gamlp_stack_push_sparse(&source->x, &sparse);
    }
    int64_t entries = dense->rows <= INT32_MAX ? count_entries(dense) : INT64_MAX;
    if (!copy && entries <= dense->rows * dense->cols / SPARSE_PART) {
        GAMLP_TRY(compress(&sparse, dense, entries));
        return gamlp_stack_push_sparse(&source->x, &sparse);
    }
    if (copy)
        GAMLP_TRY(gamlp_dense_copy(&same, dense));
    else
        same = view_dense(dense);
    return gamlp_stack_push_dense(&source->x, &same);
done:
    return status;
}

/* Where the entries of the transposed matrix stand in `a`. */
static gamlp_status order_of(int64_t **order, const gamlp_csr *a, const gamlp_csr *transposed) {
    int64_t *next = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(order, a->nnz, sizeof **order, "an order of entries"));
    GAMLP_TRY(gamlp_new_raw(&next, transposed->rows, sizeof *next, "an order of entries"));
    memcpy(next, transposed->ptr, (size_t)transposed->rows * sizeof *next);
    for (int64_t e = 0; e < a->nnz; e++) (*order)[next[a->idx[e]]++] = e;
done:
    gamlp_free(next);
    return status;
}

static gamlp_status transpose_block(gamlp_source *source, int64_t k, bool dropout) {
    const gamlp_csr *sparse = &source->x.block[k].sparse;
    gamlp_status status = gamlp_csr_transpose(&source->feature[k], sparse);
    if (status != GAMLP_OK || !dropout) return status;
    return order_of(&source->order[k], sparse, &source->feature[k]);
}

int64_t gamlp_tile_size(int64_t out, int64_t in) {
    int64_t columns = TILE / out > LEAST_COLUMNS ? TILE / out : LEAST_COLUMNS;
    return out * (columns < in ? columns : in);
}

gamlp_status gamlp_source_init(gamlp_source *source, const gamlp_stack *given, int64_t out,
                               bool dropout) {
    gamlp_status status = GAMLP_OK;
    int64_t widest = 1;
    *source = (gamlp_source){.given = given};
    gamlp_stack_init(&source->x, given->cols);
    GAMLP_TRY(gamlp_new(&source->feature, given->blocks, sizeof *source->feature,
                        "transposed blocks of features"));
    GAMLP_TRY(gamlp_new(&source->sums, MAX_CHUNKS, sizeof *source->sums, "sums of chunks"));
    for (int64_t k = 0; k < given->blocks; k++) {
        GAMLP_TRY(add_block(source, &given->block[k], dropout));
        if (is_sparse(&source->x.block[k]))
            GAMLP_TRY(transpose_block(source, k, dropout));
        else if (source->x.block[k].dense.rows > widest)
            widest = source->x.block[k].dense.rows;
    }
    GAMLP_TRY(gamlp_dense_init(&source->tile, gamlp_tile_size(out, widest), 1));
done:
    if (status != GAMLP_OK) gamlp_source_clear(source);
    return status;
}

void gamlp_source_clear(gamlp_source *source) {
    for (int64_t k = 0; k < source->x.blocks; k++) {
        if (source->feature) gamlp_csr_clear(&source->feature[k]);
        gamlp_free(source->order[k]);
    }
    gamlp_free(source->feature);
    gamlp_free(source->sums);
    gamlp_dense_clear(&source->tile);
    gamlp_stack_clear(&source->x);
    *source = (gamlp_source){0};
}

gamlp_status gamlp_source_multiply(gamlp_dense *z, const gamlp_dense *w,
                                   const gamlp_source *source) {
    return gamlp_stack_multiply(z, w, &source->x);
}

/* Gradients of the columns of W that belong to some features of a sparse block:
 * G_:f = sum over the nodes j with feature f of H_fj D_:j. */
typedef struct feature_task {
    gamlp_parameter *w;
    const gamlp_update *update;
    const gamlp_dense *d;
    const gamlp_csr *feature;
    int64_t first, grain; /* column of W of feature 0; features of a chunk */
    double *sums;
} feature_task;

GAMLP_HOT static void axpy(gamlp_real *y, gamlp_real a, const gamlp_real *x, int64_t n) {
    for (int64_t i = 0; i < n; i++) y[i] += a * x[i];
}

static double update_feature(const feature_task *t, int64_t f) {
    const gamlp_csr *x = t->feature;
    int64_t rows = t->d->rows;
    gamlp_real g[STRIP];
    double sum = 0;
    for (int64_t from = 0; from < rows; from += STRIP) {
        int64_t count = rows - from < STRIP ? rows - from : STRIP;
        memset(g, 0, (size_t)count * sizeof *g);
        for (int64_t e = x->ptr[f]; e < x->ptr[f + 1]; e++)
            axpy(g, x->val[e], t->d->data + x->idx[e] * rows + from, count);
        sum += gamlp_update_range(t->w, t->update, (t->first + f) * rows + from, g, count);
    }
    return sum;
}

static void feature_chunk(void *context, int64_t chunk) {
    const feature_task *t = context;
    int64_t end = (chunk + 1) * t->grain;
    double sum = 0;
    if (end > t->feature->rows) end = t->feature->rows;
    for (int64_t f = chunk * t->grain; f < end; f++) sum += update_feature(t, f);
    t->sums[chunk] = sum;
}

static double update_sparse(feature_task *t) {
    int64_t features = t->feature->rows, least = (features + MAX_CHUNKS - 1) / MAX_CHUNKS;
    double sum = 0;
    t->grain = least > FEATURES ? least : FEATURES;
    int64_t chunks = (features + t->grain - 1) / t->grain;
    gamlp_parallel(chunks, feature_chunk, t);
    for (int64_t chunk = 0; chunk < chunks; chunk++) sum += t->sums[chunk];
    return sum;
}

/* G = D p' for columns first, first + 1, ... of W, a tile at a time. */
static double update_dense(gamlp_parameter *w, const gamlp_update *update, const gamlp_dense *d,
                           const gamlp_dense *p, int64_t first, const gamlp_dense *tile) {
    int64_t out = d->rows, width = tile->rows * tile->cols / out;
    double sum = 0;
    for (int64_t from = 0; from < p->rows; from += width) {
        int64_t count = p->rows - from < width ? p->rows - from : width;
        gamlp_blas_panel(tile->data, out, out, count, d->cols, 1,
                         (gamlp_panel){d->data, out, GAMLP_PLAIN},
                         (gamlp_panel){p->data + from, p->rows, GAMLP_TRANSPOSED}, 0);
        sum += gamlp_update_all(w, update, (first + from) * out, tile->data, count * out);
    }
    return sum;
}

double gamlp_dense_update(gamlp_parameter *w, const gamlp_update *update, const gamlp_dense *d,
                          const gamlp_dense *p, const gamlp_dense *tile) {
    return update_dense(w, update, d, p, 0, tile);
}

double gamlp_source_update(gamlp_parameter *w, const gamlp_update *update, const gamlp_dense *d,
                           const gamlp_source *source) {
    feature_task task = {.w = w, .update = update, .d = d, .sums = source->sums};
    double sum = 0;
    for (int64_t k = 0; k < source->x.blocks; k++) {
        const gamlp_block *block = &source->x.block[k];
        if (is_sparse(block)) {
            task.feature = &source->feature[k];
            sum += update_sparse(&task);
        } else {
            sum += update_dense(w, update, d, &block->dense, task.first, &source->tile);
        }
        task.first += gamlp_stack_block_rows(&source->x, k);
    }
    return sum;
}

static void drop_block(gamlp_source *source, int64_t k, const gamlp_mask *mask, int64_t first) {
    const gamlp_block *given = &source->given->block[k];
    gamlp_block *block = &source->x.block[k];
    int64_t stride = source->x.rows;
    if (!is_sparse(block)) {
        gamlp_mask_dense(&block->dense, &given->dense, mask, first, stride);
        return;
    }
    gamlp_mask_sparse(&block->sparse, &given->sparse, mask, first, stride);
    for (int64_t e = 0; e < block->sparse.nnz; e++)
        source->feature[k].val[e] = block->sparse.val[source->order[k][e]];
}

void gamlp_source_drop(gamlp_source *source, uint64_t seed, int64_t iteration, double dropout) {
    gamlp_mask mask = gamlp_mask_of(seed, 1, iteration, dropout);
    int64_t first = 0;
    for (int64_t k = 0; k < source->x.blocks; k++) {
        drop_block(source, k, &mask, first);
        first += gamlp_stack_block_rows(&source->x, k);
    }
}
