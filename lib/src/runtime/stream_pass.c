/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passes over a container. */
#include <string.h>

#include "feature/operator.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"
#include "matrix/gather.h"
#include "runtime/stream_job.h"

enum { CHUNKS = 64, TURNED_NODES = 1 << 14, STREAMS = 8 };

gamlp_status gamlp_stream_degrees(int64_t *entries, gamlp_stream *s) {
    gamlp_rows *rows = NULL;
    gamlp_row_block block;
    gamlp_status status = GAMLP_OK;
    *entries = 0;
    GAMLP_TRY(gamlp_new_raw(&s->degree, s->nodes, sizeof *s->degree, "degrees"));
    GAMLP_TRY(gamlp_rows_new(&rows, s->container, GAMLP_ROWS_GRAPH));
    for (;;) {
        GAMLP_TRY(gamlp_rows_next(&block, rows, s->graph_rows));
        if (block.count == 0) break;
        const int64_t *ptr = block.sparse.ptr;
        for (int64_t i = 0; i < block.count; i++)
            s->degree[block.first + i] = (int32_t)(ptr[i + 1] - ptr[i]);
        if (block.sparse.nnz > *entries) *entries = block.sparse.nnz;
    }
done:
    gamlp_rows_free(rows);
    return status;
}

/* Some nodes' own features into a panel. */
typedef struct loading {
    const gamlp_row_block *block;
    gamlp_real *panel; /* of the first node of the block */
    int64_t first, wide;
    gamlp_normalise rule;
} loading;

static void load_dense(const loading *l, int64_t i) {
    const gamlp_dense *h = &l->block->dense;
    const gamlp_real *from = h->data + i * h->rows;
    gamlp_real *to = l->panel + i * l->wide;
    double divisor = gamlp_feature_divisor(from, h->rows, l->rule);
    if (l->rule == GAMLP_NORMALISE_NONE)
        memcpy(to, from + l->first, (size_t)l->wide * sizeof *to);
    else
        for (int64_t f = 0; f < l->wide; f++) to[f] = (gamlp_real)(from[l->first + f] / divisor);
}

static void load_sparse(const loading *l, int64_t i) {
    const gamlp_csr *h = &l->block->sparse;
    gamlp_real *to = l->panel + i * l->wide;
    double divisor = gamlp_feature_divisor(h->val + h->ptr[i], h->ptr[i + 1] - h->ptr[i], l->rule);
    memset(to, 0, (size_t)l->wide * sizeof *to);
    for (int64_t k = h->ptr[i]; k < h->ptr[i + 1]; k++) {
        int64_t f = h->idx[k] - l->first;
        if (f >= 0 && f < l->wide) to[f] = (gamlp_real)(h->val[k] / divisor);
    }
}

static void load_chunk(void *context, int64_t chunk) {
    const loading *l = context;
    int64_t count = l->block->count, end = count * (chunk + 1) / CHUNKS;
    for (int64_t i = count * chunk / CHUNKS; i < end; i++)
        if (l->block->sparse.rows)
            load_sparse(l, i);
        else
            load_dense(l, i);
}

gamlp_status gamlp_stream_load(gamlp_stream *s, int64_t first, int64_t wide) {
    gamlp_rows *rows = NULL;
    gamlp_row_block block;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_rows_new(&rows, s->container, GAMLP_ROWS_FEATURES));
    for (;;) {
        GAMLP_TRY(gamlp_rows_next(&block, rows, s->feature_rows));
        if (block.count == 0) break;
        loading l = {&block, s->panel[0] + block.first * wide, first, wide, s->options->normalise};
        gamlp_parallel(CHUNKS, load_chunk, &l);
    }
done:
    gamlp_rows_free(rows);
    return status;
}

gamlp_status gamlp_stream_hop(gamlp_stream *s, const gamlp_operator *op, int64_t k, int64_t wide) {
    gamlp_rows *rows = NULL;
    gamlp_row_block block;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_rows_new(&rows, s->container, GAMLP_ROWS_GRAPH));
    for (;;) {
        GAMLP_TRY(gamlp_rows_next(&block, rows, s->graph_rows));
        if (block.count == 0) break;
        gamlp_operator_rows(&s->block, &block.sparse, block.first, s->degree, op);
        const gamlp_gather job = {.y = s->panel[k % 2] + block.first * wide,
                                  .stride = wide,
                                  .s = &s->block,
                                  .x = s->panel[(k - 1) % 2],
                                  .x_stride = wide,
                                  .d = wide};
        gamlp_gather_run(&job);
    }
done:
    gamlp_rows_free(rows);
    return status;
}

/* Element (i, f) between the panel, node by node, and `turned`, feature by feature. */
typedef struct turning {
    const gamlp_real *from;
    gamlp_real *to;
    int64_t count, wide;
    bool back;
} turning;

/* Some features at a time, since each is a stream of its own. */
static void turn_chunk(void *context, int64_t chunk) {
    const turning *t = context;
    int64_t begin = t->count * chunk / CHUNKS, end = t->count * (chunk + 1) / CHUNKS;
    for (int64_t first = 0; first < t->wide; first += STREAMS) {
        int64_t last = first + STREAMS < t->wide ? first + STREAMS : t->wide;
        for (int64_t i = begin; i < end; i++)
            for (int64_t f = first; f < last; f++)
                if (t->back)
                    t->to[i * t->wide + f] = t->from[f * t->count + i];
                else
                    t->to[f * t->count + i] = t->from[i * t->wide + f];
    }
}

static int64_t place_of(const gamlp_stream *s, int64_t row, int64_t node) {
    return s->head + (row * s->nodes + node) * (int64_t)sizeof(gamlp_real);
}

gamlp_status gamlp_stream_put(gamlp_stream *s, const gamlp_real *panel, int64_t row, int64_t wide) {
    for (int64_t first = 0; first < s->nodes; first += TURNED_NODES) {
        int64_t left = s->nodes - first, count = left < TURNED_NODES ? left : TURNED_NODES;
        turning t = {panel + first * wide, s->turned, count, wide, false};
        gamlp_parallel(CHUNKS, turn_chunk, &t);
        for (int64_t f = 0; f < wide; f++) {
            gamlp_status status =
                gamlp_partial_write(&s->file, s->turned + f * count,
                                    (size_t)count * sizeof *s->turned, place_of(s, row + f, first));
            if (status != GAMLP_OK) return status;
        }
    }
    return GAMLP_OK;
}

gamlp_status gamlp_stream_get(gamlp_real *panel, gamlp_stream *s, int64_t row, int64_t wide) {
    for (int64_t first = 0; first < s->nodes; first += TURNED_NODES) {
        int64_t left = s->nodes - first, count = left < TURNED_NODES ? left : TURNED_NODES;
        for (int64_t f = 0; f < wide; f++) {
            gamlp_status status =
                gamlp_partial_read(&s->file, s->turned + f * count,
                                   (size_t)count * sizeof *s->turned, place_of(s, row + f, first));
            if (status != GAMLP_OK) return status;
        }
        turning t = {s->turned, panel + first * wide, count, wide, true};
        gamlp_parallel(CHUNKS, turn_chunk, &t);
    }
    return GAMLP_OK;
}
