/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hop kernel Y_:i = sum_j S_ij X_:j.
 *
 * Every element of Y is its own sum over j in index order, so neither the
 * chunks, nor the threads, nor the width of the vector unit change a bit. */
#include <string.h>

#include "core/hot.h"
#include "gamlp/threads.h"
#include "matrix/gather.h"

/* Multiply-adds below which one chunk is faster than waking threads. */
enum { SMALL_WORK = 1 << 15 };

GAMLP_HOT static void gather_rows(const gamlp_gather *job, int64_t begin, int64_t end) {
    const gamlp_csr *s = job->s;
    const gamlp_real *x = job->x;
    const int64_t d = job->d;
    for (int64_t i = begin; i < end; i++) {
        if (job->distance && job->distance[i] > job->reach) continue;
        gamlp_real *restrict y = job->y + i * job->stride;
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

int64_t gamlp_csr_chunk(const gamlp_csr *s, int64_t chunk) {
    int64_t goal = (s->nnz + s->rows) / GAMLP_CSR_CHUNKS * chunk, low = 0, high = s->rows;
    if (chunk == GAMLP_CSR_CHUNKS) return s->rows;
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
    const gamlp_gather *const *job = context;
    gather_rows(*job, gamlp_csr_chunk((*job)->s, chunk), gamlp_csr_chunk((*job)->s, chunk + 1));
}

void gamlp_gather_run(const gamlp_gather *job) {
    const gamlp_csr *s = job->s;
    if (job->d == 0 || s->rows == 0) return;
    if (s->nnz + s->rows < SMALL_WORK / job->d)
        gather_rows(job, 0, s->rows);
    else
        gamlp_parallel(GAMLP_CSR_CHUNKS, gather_chunk, &job);
}

void gamlp_csr_gather(gamlp_dense *y, const gamlp_csr *s, const gamlp_dense *x) {
    const gamlp_gather job = {y->data, x->rows, s, x->data, x->rows, NULL, 0};
    gamlp_gather_run(&job);
}
