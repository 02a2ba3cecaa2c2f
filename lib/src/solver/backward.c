/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/backward.h"

#include <string.h>

#include "core/hot.h"
#include "core/math.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"

enum { GRAIN = 4096, MAX_CHUNKS = 64 };

/* Columns of a chunk. */
static int64_t grain_of(int64_t rows, int64_t cols) {
    int64_t grain = (GRAIN + rows - 1) / rows, least = (cols + MAX_CHUNKS - 1) / MAX_CHUNKS;
    return grain > least ? grain : least;
}

gamlp_status gamlp_row_sums_init(gamlp_row_sums *sums, int64_t rows, int64_t cols) {
    int64_t chunks = cols < MAX_CHUNKS ? cols : MAX_CHUNKS;
    gamlp_status status = GAMLP_OK;
    *sums = (gamlp_row_sums){0};
    GAMLP_TRY(gamlp_new(&sums->work, rows * chunks, sizeof *sums->work, "row sums"));
    GAMLP_TRY(gamlp_new(&sums->risk, chunks, sizeof *sums->risk, "losses of chunks"));
    GAMLP_TRY(gamlp_dense_init(&sums->sum, rows, 1));
done:
    if (status != GAMLP_OK) gamlp_row_sums_clear(sums);
    return status;
}

void gamlp_row_sums_clear(gamlp_row_sums *sums) {
    gamlp_free(sums->work);
    gamlp_free(sums->risk);
    gamlp_dense_clear(&sums->sum);
    *sums = (gamlp_row_sums){0};
}

typedef struct pass {
    gamlp_dense *d;
    const gamlp_dense *z;
    const gamlp_labels *labels;
    double scale;
    int64_t grain;
    double *work, *risk;
} pass;

static double weight_of(const pass *t, int32_t label) {
    return t->labels->weight ? t->labels->weight[label] : 1;
}

/* The target of class c in a column with this label. */
static double target(const pass *t, int64_t c, int32_t label) {
    double smoothing = t->labels->loss->smoothing;
    return (c == label ? 1 - smoothing : 0) + smoothing / (double)t->z->rows;
}

/* e <- exp(z - most); e has room for `count` rounded up to eight, as they are made eight at a
 * time. */
static void exponentials(double *e, const gamlp_real *z, double most, int64_t count) {
    int64_t room = (count + 7) / 8 * 8;
    for (int64_t c = 0; c < count; c++) e[c] = (double)z[c] - most;
    for (int64_t c = count; c < room; c++) e[c] = 0;
    gamlp_math_exps(e, e, room);
}

/* d_:j <- w scale (softmax(z_:j) - t); returns w (log sum exp(z_:j) - <t, z_:j>).  Classes are
 * taken CLASSES at a time: of up to so many each exponential is made once. */
static double cross_entropy(const pass *t, double *total, int64_t j) {
    enum { CLASSES = 64 };
    int64_t classes = t->z->rows;
    int32_t y = t->labels->label[j];
    const gamlp_real *z = t->z->data + j * classes;
    gamlp_real *d = t->d->data + j * classes;
    double e[CLASSES], most = (double)z[0], sum = 0, off = 0, w = weight_of(t, y);
    for (int64_t c = 1; c < classes; c++) most = (double)z[c] > most ? (double)z[c] : most;
    for (int64_t from = 0; from < classes; from += CLASSES) {
        int64_t n = classes - from < CLASSES ? classes - from : CLASSES;
        exponentials(e, z + from, most, n);
        for (int64_t c = 0; c < n; c++) sum += e[c];
    }
    for (int64_t from = 0; from < classes; from += CLASSES) {
        int64_t n = classes - from < CLASSES ? classes - from : CLASSES;
        if (classes > CLASSES) exponentials(e, z + from, most, n);
        for (int64_t c = from; c < from + n; c++) {
            double s = e[c - from] / sum, goal = target(t, c, y);
            off += goal * (most - (double)z[c]);
            d[c] = (gamlp_real)(w * t->scale * (s - goal));
            total[c] += (double)d[c];
        }
    }
    return w * (gamlp_math_log(sum) + off);
}

/* d_:j <- w scale (z_:j - t); returns w ||z_:j - t||^2 / 2. */
static double squared(const pass *t, double *total, int64_t j) {
    int64_t classes = t->z->rows;
    int32_t y = t->labels->label[j];
    const gamlp_real *z = t->z->data + j * classes;
    gamlp_real *d = t->d->data + j * classes;
    double sum = 0, w = weight_of(t, y);
    for (int64_t c = 0; c < classes; c++) {
        double off = (double)z[c] - target(t, c, y);
        sum += off * off;
        d[c] = (gamlp_real)(w * t->scale * off);
        total[c] += (double)d[c];
    }
    return w * sum / 2;
}

static double *total_of(const pass *t, int64_t chunk) {
    double *total = t->work + chunk * t->d->rows;
    memset(total, 0, (size_t)t->d->rows * sizeof *total);
    return total;
}

static void loss_chunk(void *context, int64_t chunk) {
    const pass *t = context;
    int64_t end = (chunk + 1) * t->grain < t->d->cols ? (chunk + 1) * t->grain : t->d->cols;
    double *total = total_of(t, chunk), risk = 0;
    bool is_squared = t->labels->loss->kind == GAMLP_LOSS_SQUARED;
    for (int64_t j = chunk * t->grain; j < end; j++)
        risk += is_squared ? squared(t, total, j) : cross_entropy(t, total, j);
    t->risk[chunk] = risk;
}

GAMLP_HOT static void relu_columns(gamlp_real *d, const gamlp_real *p, double *total,
                                   gamlp_real scale, int64_t rows, int64_t cols) {
    for (int64_t j = 0; j < cols; j++)
#pragma omp simd
        for (int64_t i = 0; i < rows; i++) {
            gamlp_real value = p[i + j * rows] > 0 ? scale * d[i + j * rows] : 0;
            d[i + j * rows] = value;
            total[i] += (double)value;
        }
}

static void relu_chunk(void *context, int64_t chunk) {
    const pass *t = context;
    int64_t rows = t->d->rows, begin = chunk * t->grain;
    int64_t end = begin + t->grain < t->d->cols ? begin + t->grain : t->d->cols;
    relu_columns(t->d->data + begin * rows, t->z->data + begin * rows, total_of(t, chunk),
                 (gamlp_real)t->scale, rows, end - begin);
}

static void sum_chunk(void *context, int64_t chunk) {
    const pass *t = context;
    int64_t rows = t->d->rows, begin = chunk * t->grain;
    int64_t end = begin + t->grain < t->d->cols ? begin + t->grain : t->d->cols;
    double *total = total_of(t, chunk);
    for (int64_t j = begin; j < end; j++)
        for (int64_t i = 0; i < rows; i++) total[i] += (double)t->d->data[i + j * rows];
}

/* Run the chunks; the row sums of all in order; the sum of their losses. */
static double run(gamlp_row_sums *sums, pass *t, gamlp_chunk body, bool losses) {
    int64_t rows = t->d->rows, cols = t->d->cols;
    double risk = 0;
    t->grain = grain_of(rows, cols);
    t->work = sums->work;
    t->risk = sums->risk;
    int64_t chunks = (cols + t->grain - 1) / t->grain;
    gamlp_parallel(chunks, body, t);
    for (int64_t chunk = 1; chunk < chunks; chunk++)
        for (int64_t i = 0; i < rows; i++) sums->work[i] += sums->work[chunk * rows + i];
    for (int64_t i = 0; i < rows; i++) sums->sum.data[i] = (gamlp_real)sums->work[i];
    for (int64_t chunk = 0; losses && chunk < chunks; chunk++) risk += sums->risk[chunk];
    return risk;
}

double gamlp_backward_loss(gamlp_dense *d, gamlp_row_sums *sums, const gamlp_dense *z,
                           const gamlp_labels *labels, double scale) {
    pass t = {.d = d, .z = z, .labels = labels, .scale = scale};
    return run(sums, &t, loss_chunk, true);
}

void gamlp_backward_relu(gamlp_dense *d, gamlp_row_sums *sums, const gamlp_dense *p, double scale) {
    pass t = {.d = d, .z = p, .scale = scale};
    run(sums, &t, relu_chunk, false);
}

void gamlp_backward_sum(gamlp_row_sums *sums, const gamlp_dense *d) {
    gamlp_dense view = *d;
    pass t = {.d = &view};
    run(sums, &t, sum_chunk, false);
}
