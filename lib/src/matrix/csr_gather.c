/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hop kernel Y_:i = sum_j S_ij X_:j.
 *
 * Every element of Y is its own sum over j in index order, so neither the
 * chunks, nor the threads, nor the width of the vector unit change a bit. */
#include <string.h>

#include "core/hot.h"
#include "gamlp/csr.h"
#include "gamlp/threads.h"

enum {
    CHUNKS = 64,         /* of one product: enough to balance any number of threads we expect */
    SMALL_WORK = 1 << 15 /* multiply-adds below which one chunk is faster                     */
};

typedef struct gather_job {
    gamlp_dense *y;
    const gamlp_csr *s;
    const gamlp_dense *x;
} gather_job;

GAMLP_HOT static void gather_rows(gamlp_real *y_data, const gamlp_csr *s, const gamlp_real *x,
                                  int64_t d, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        gamlp_real *restrict y = y_data + i * d;
        int64_t k = s->ptr[i], last = s->ptr[i + 1];
        memset(y, 0, (size_t)d * sizeof *y);
        for (; k + 4 <= last; k += 4) {
            const int32_t *j = s->idx + k;
            const gamlp_real *v = s->val + k;
            const gamlp_real *restrict x0 = x + j[0] * d, *restrict x1 = x + j[1] * d;
            const gamlp_real *restrict x2 = x + j[2] * d, *restrict x3 = x + j[3] * d;
            const gamlp_real v0 = v[0], v1 = v[1], v2 = v[2], v3 = v[3];
            for (int64_t f = 0; f < d; f++)
                y[f] = (((y[f] + v0 * x0[f]) + v1 * x1[f]) + v2 * x2[f]) + v3 * x3[f];
        }
        for (; k < last; k++) {
            const gamlp_real *restrict x0 = x + s->idx[k] * d;
            const gamlp_real v0 = s->val[k];
            for (int64_t f = 0; f < d; f++) y[f] += v0 * x0[f];
        }
    }
}

/* First row of a chunk: chunks hold about the same number of rows plus entries. */
static int64_t chunk_start(const gamlp_csr *s, int64_t chunk) {
    int64_t goal = (s->nnz + s->rows) / CHUNKS * chunk, low = 0, high = s->rows;
    if (chunk == CHUNKS) return s->rows;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (s->ptr[middle] + middle < goal)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void gather_chunk(void *context, int64_t chunk) {
    const gather_job *job = context;
    gather_rows(job->y->data, job->s, job->x->data, job->x->rows, chunk_start(job->s, chunk),
                chunk_start(job->s, chunk + 1));
}

void gamlp_csr_gather(gamlp_dense *y, const gamlp_csr *s, const gamlp_dense *x) {
    gather_job job = {y, s, x};
    int64_t d = x->rows;
    if (d == 0 || s->rows == 0) return;
    if ((s->nnz + s->rows) < SMALL_WORK / d)
        gather_rows(y->data, s, x->data, d, 0, s->rows);
    else
        gamlp_parallel(CHUNKS, gather_chunk, &job);
}
