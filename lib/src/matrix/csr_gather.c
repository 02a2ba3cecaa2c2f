/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hop kernel Y_:i = sum_j S_ij X_:j.
 *
 * Every element of Y is its own sum over j in index order, so neither the
 * chunks, nor the threads, nor the width of the vector unit change a bit. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/hot.h"
#include "core/past.h"
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

typedef uint16_t packed_lanes __attribute__((vector_size(2 * LANES)));
typedef uint32_t bits_lanes __attribute__((vector_size(4 * LANES)));
typedef float single_lanes __attribute__((vector_size(4 * LANES)));

GAMLP_HOT_PART void load(lanes *value, const unsigned char *from, bool packed) {
    packed_lanes half;
    single_lanes single;
    if (!packed) {
        memcpy(value, from, sizeof *value);
        return;
    }
    memcpy(&half, from, sizeof half);
    const bits_lanes bits = __builtin_convertvector(half, bits_lanes) << 16;
    memcpy(&single, &bits, sizeof single);
    *value = __builtin_convertvector(single, lanes);
}

/* Element g of a column, of either kind. */
GAMLP_HOT_PART gamlp_real element(const unsigned char *column, int64_t g, bool packed) {
    gamlp_real value;
    uint16_t half;
    if (!packed) {
        memcpy(&value, column + g * (int64_t)sizeof value, sizeof value);
        return value;
    }
    memcpy(&half, column + g * (int64_t)sizeof half, sizeof half);
    return gamlp_bfloat16_value(half);
}

/* sum <- sum_j v_j x_j over the entries [k, stop), for `count` vectors of the columns at `at`; with
 * `ask` the columns of later entries are asked for. */
#define ADD_ENTRIES(count, ask)                                                                    \
    do {                                                                                           \
        for (; k < stop; k++) {                                                                    \
            const unsigned char *from = at + idx[k] * step;                                        \
            if (ask) {                                                                             \
                const int64_t lines = ((count) * (int)item * LANES + LINE - 1) / LINE;             \
                const unsigned char *near = at + idx[k + NEAR / (lines + 1)] * step;               \
                const unsigned char *far = at + idx[k + FAR / (lines + 1)] * step;                 \
                for (int q = 0; q < lines; q++) __builtin_prefetch(near + q * LINE, 0, 3);         \
                for (int q = 0; q < lines; q++) __builtin_prefetch(far + q * LINE, 0, 2);          \
            }                                                                                      \
            for (int q = 0; q < (count); q++) {                                                    \
                lanes value;                                                                       \
                load(&value, from + q * LANES * item, packed);                                     \
                sum[q] += val[k] * value;                                                          \
            }                                                                                      \
        }                                                                                          \
    } while (0)

/* The strip of `count` <= WIDE vectors of row i that begins at feature f: y <- sum_j v_j x_j. */
#define GATHER_STRIP(count)                                                                        \
    do {                                                                                           \
        const unsigned char *at = x + f * item;                                                    \
        int64_t k = s->ptr[i];                                                                     \
        lanes sum[count];                                                                          \
        for (int q = 0; q < (count); q++) sum[q] = (lanes){0};                                     \
        if (ask)                                                                                   \
            ADD_ENTRIES(count, true);                                                              \
        else                                                                                       \
            ADD_ENTRIES(count, false);                                                             \
        for (int q = 0; q < (count); q++) {                                                        \
            if (y) memcpy(y + f + q * LANES, &sum[q], sizeof sum[q]);                              \
            if (past) gamlp_past_store(past + f + q * LANES, &sum[q], LINE);                       \
        }                                                                                          \
        f += (count)*LANES;                                                                        \
    } while (0)

GAMLP_HOT_PART void gather_kind(const gamlp_gather *job, int64_t begin, int64_t last_row,
                                bool packed) {
    const gamlp_csr *s = job->s;
    const unsigned char *x =
        packed ? (const unsigned char *)job->packed : (const unsigned char *)job->x;
    const int64_t item = packed ? (int64_t)sizeof *job->packed : (int64_t)sizeof *job->x;
    const int32_t *idx = s->idx;
    const gamlp_real *val = s->val;
    const int64_t d = job->d, step = job->x_stride * item;
    const bool leaves = s->cols * step > PRIVATE;
    for (int64_t i = begin; i < last_row; i++) {
        if (job->distance && job->distance[i] > job->reach) continue;
        gamlp_real *y = job->y ? job->y + i * job->stride : NULL;
        gamlp_real *past = job->past ? job->past + i * job->past_stride : NULL;
        const int64_t stop = s->ptr[i + 1];
        const bool ask = leaves && stop + FAR <= s->nnz;
        int64_t f = 0;
        while (f + WIDE * LANES <= d) GATHER_STRIP(WIDE);
        if (f + 4 * LANES <= d) GATHER_STRIP(4);
        if (f + 2 * LANES <= d) GATHER_STRIP(2);
        if (f + LANES <= d) GATHER_STRIP(1);
        if (f == d) continue;
        memset(y + f, 0, (size_t)(d - f) * sizeof *y);
        for (int64_t k = s->ptr[i]; k < stop; k++) {
            const unsigned char *from = x + idx[k] * step;
            for (int64_t g = f; g < d; g++) y[g] += val[k] * element(from, g, packed);
        }
    }
}

GAMLP_HOT static void gather_real(const gamlp_gather *job, int64_t begin, int64_t last_row) {
    gather_kind(job, begin, last_row, false);
}

GAMLP_HOT static void gather_packed(const gamlp_gather *job, int64_t begin, int64_t last_row) {
    gather_kind(job, begin, last_row, true);
}

static void gather_rows(const gamlp_gather *job, int64_t begin, int64_t last_row) {
    if (job->x)
        gather_real(job, begin, last_row);
    else
        gather_packed(job, begin, last_row);
    if (job->past) gamlp_past_end();
}

bool gamlp_gather_streams(const gamlp_real *past, int64_t stride, int64_t d) {
    return (uintptr_t)past % LINE == 0 && stride % LANES == 0 && d % LANES == 0;
}

gamlp_real gamlp_bfloat16_value(uint16_t packed) {
    const uint32_t bits = (uint32_t)packed << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

GAMLP_HOT void gamlp_bfloat16_pack(uint16_t *restrict to, const gamlp_real *restrict from,
                                   int64_t count) {
    for (int64_t k = 0; k < count; k++) {
        const float value = (float)from[k];
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        to[k] = (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
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
    const gamlp_gather job = {
        .y = y->data, .stride = x->rows, .s = s, .x = x->data, .x_stride = x->rows, .d = x->rows};
    gamlp_gather_run(&job);
}
