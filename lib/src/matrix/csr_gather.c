/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hop kernel Y_:i = sum_j S_ij X_:j.
 *
 * Every element of Y is its own sum over j in index order, so neither the
 * chunks, nor the threads, nor the width of the vector unit change a bit. */
#include <stdbool.h>
#include <string.h>

#include "core/hot.h"
#include "gamlp/threads.h"
#include "matrix/gather.h"

enum {
    SMALL_WORK = 1 << 15, /* multiply-adds below which one chunk is faster than waking threads  */
    LINE = 64,            /* bytes of a cache line, and of the widest vectors                   */
    LANES = LINE / (int)sizeof(gamlp_real),
    WIDE = 8,          /* vectors of a strip of features whose sums stay in registers           */
    PRIVATE = 1 << 19, /* bytes of columns that are found in a private cache without being asked
                          for: about half of one                                                */
    NEAR = 32,         /* cache lines that have been asked into the first-level cache and not yet
                          been added, and                                                       */
    FAR = 256          /* those that have been asked into the second: as they come from a shared
                          cache in no order, this hides their way                               */
};

/* LANES numbers; where the processor has narrower vectors the compiler takes several. */
typedef gamlp_real lanes __attribute__((vector_size(LINE)));

/* The column of an entry `lines` cache lines after entry k, or of the last one. */
#define LATER(lines, count)                                                                        \
    (x + s->idx[k + (lines) / (count) < end ? k + (lines) / (count) : end - 1] * step + f)

/* The strip of `count` <= WIDE vectors of row i that begins at feature f: y <- sum_j v_j x_j. */
#define GATHER_STRIP(count)                                                                        \
    do {                                                                                           \
        lanes sum[count];                                                                          \
        for (int q = 0; q < (count); q++) sum[q] = (lanes){0};                                     \
        for (int64_t k = s->ptr[i]; k < s->ptr[i + 1]; k++) {                                      \
            const gamlp_real *from = x + s->idx[k] * step + f;                                     \
            if (ask) {                                                                             \
                const gamlp_real *near = LATER(NEAR, (count) + 1), *far = LATER(FAR, (count) + 1); \
                for (int q = 0; q < (count); q++) __builtin_prefetch(near + q * LANES, 0, 3);      \
                for (int q = 0; q < (count); q++) __builtin_prefetch(far + q * LANES, 0, 2);       \
            }                                                                                      \
            for (int q = 0; q < (count); q++) {                                                    \
                lanes value;                                                                       \
                memcpy(&value, from + q * LANES, sizeof value);                                    \
                sum[q] += s->val[k] * value;                                                       \
            }                                                                                      \
        }                                                                                          \
        memcpy(y + f, sum, sizeof sum);                                                            \
        f += (count)*LANES;                                                                        \
    } while (0)

GAMLP_HOT static void gather_rows(const gamlp_gather *job, int64_t begin, int64_t last_row) {
    const gamlp_csr *s = job->s;
    const gamlp_real *x = job->x;
    const int64_t d = job->d, step = job->x_stride, end = s->nnz;
    const bool ask = s->cols * step * (int64_t)sizeof *x > PRIVATE;
    for (int64_t i = begin; i < last_row; i++) {
        if (job->distance && job->distance[i] > job->reach) continue;
        gamlp_real *restrict y = job->y + i * job->stride;
        int64_t f = 0;
        while (f + WIDE * LANES <= d) GATHER_STRIP(WIDE);
        if (f + 4 * LANES <= d) GATHER_STRIP(4);
        if (f + 2 * LANES <= d) GATHER_STRIP(2);
        if (f + LANES <= d) GATHER_STRIP(1);
        if (f == d) continue;
        memset(y + f, 0, (size_t)(d - f) * sizeof *y);
        for (int64_t k = s->ptr[i]; k < s->ptr[i + 1]; k++) {
            const gamlp_real *from = x + s->idx[k] * step;
            for (int64_t g = f; g < d; g++) y[g] += s->val[k] * from[g];
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
    const gamlp_gather job = {y->data, x->rows, s, x->data, x->rows, x->rows, NULL, 0};
    gamlp_gather_run(&job);
}
