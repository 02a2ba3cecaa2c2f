/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/sweep.h"

#include "gamlp/threads.h"

enum {
    GRAIN = 4096,    /* fewest elements of a chunk */
    MAX_CHUNKS = 256 /* most chunks of a sweep     */
};

typedef struct sweep {
    gamlp_sweep_body body;
    const gamlp_sweep_args *args;
    int64_t count, grain;
    double sums[MAX_CHUNKS][GAMLP_SUMS];
} sweep;

static void sweep_chunk(void *context, int64_t chunk) {
    sweep *s = context;
    int64_t begin = chunk * s->grain, end = begin + s->grain;
    s->body(s->args, begin, end < s->count ? end : s->count, s->sums[chunk]);
}

/* Units of one element are taken by whole cache lines. */
static int64_t grain_of(int64_t count, int64_t size) {
    int64_t grain = (GRAIN + size - 1) / size;
    int64_t least = (count + MAX_CHUNKS - 1) / MAX_CHUNKS;
    grain = grain > least ? grain : least;
    return size > 1 ? grain : (grain + GAMLP_LANES - 1) / GAMLP_LANES * GAMLP_LANES;
}

static int64_t chunk_count(int64_t count, int64_t grain) {
    return (count + grain - 1) / grain;
}

static void combine(double *sums, const double *part) {
    for (int k = 0; k < GAMLP_MAXIMA; k++) sums[k] += part[k];
    for (int k = GAMLP_MAXIMA; k < GAMLP_SUMS; k++) sums[k] = part[k] > sums[k] ? part[k] : sums[k];
}

static void run(double *sums, gamlp_sweep_body body, const gamlp_sweep_args *args, int64_t count,
                int64_t grain) {
    sweep s;
    s.body = body;
    s.args = args;
    s.count = count;
    s.grain = grain;
    int64_t chunks = chunk_count(count, grain);
    memset(s.sums, 0, (size_t)chunks * sizeof s.sums[0]);
    gamlp_parallel(chunks, sweep_chunk, &s);
    if (!sums) return;
    memset(sums, 0, GAMLP_SUMS * sizeof *sums);
    for (int64_t chunk = 0; chunk < chunks; chunk++) combine(sums, s.sums[chunk]);
}

void gamlp_sweep(double *sums, gamlp_sweep_body body, const gamlp_sweep_args *args, int64_t count,
                 int64_t size) {
    run(sums, body, args, count, grain_of(count, size));
}

/* Each chunk has a sum of each row: it is some columns long. */
static int64_t row_grain(int64_t rows, int64_t cols) {
    enum { COLUMNS = 8 };
    int64_t grain = grain_of(rows * cols, 1), least = COLUMNS * rows;
    return grain > least ? grain : (least + GAMLP_LANES - 1) / GAMLP_LANES * GAMLP_LANES;
}

int64_t gamlp_sweep_row_work(int64_t rows, int64_t cols) {
    return rows * chunk_count(rows * cols, row_grain(rows, cols));
}

void gamlp_sweep_rows(double *sums, double *mean, gamlp_sweep_body body, gamlp_sweep_args *args,
                      int64_t cols) {
    int64_t rows = args->rows, count = rows * cols;
    args->grain = row_grain(rows, cols);
    run(sums, body, args, count, args->grain);
    memcpy(mean, args->work, (size_t)rows * sizeof *mean);
    for (int64_t chunk = 1; chunk < chunk_count(count, args->grain); chunk++)
        for (int64_t i = 0; i < rows; i++) mean[i] += args->work[chunk * rows + i];
    for (int64_t i = 0; i < rows; i++) mean[i] /= (double)cols;
}
