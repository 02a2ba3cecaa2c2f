/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Activations of whole matrices. */
#include "model/activate.h"

#include "core/hot.h"
#include "gamlp/threads.h"
#include "model/jet.h"

enum { CHUNK_COLUMNS = 16, CHUNK = 8192 };

GAMLP_HOT static void add_column(gamlp_real *out, const gamlp_real *z, const gamlp_real *bias,
                                 int64_t rows) {
#pragma omp simd
    for (int64_t i = 0; i < rows; i++) out[i] = z[i] + bias[i];
}

/* A NaN stays a NaN: max(z, 0) with the comparison that is false for it. */
GAMLP_HOT static void relu_column(gamlp_real *out, const gamlp_real *z, const gamlp_real *bias,
                                  int64_t rows) {
#pragma omp simd
    for (int64_t i = 0; i < rows; i++) {
        gamlp_real value = z[i] + bias[i];
        out[i] = value < 0 ? 0 : value;
    }
}

/* Up to three pieces, missing ones being repetitions of the last. */
typedef struct pieces {
    gamlp_real end[2], offset[3], slope[3];
} pieces;

static bool pieces_of(pieces *p, const gamlp_activation *f) {
    gamlp_piece piece[GAMLP_MOST_PIECES];
    int count = gamlp_activation_pieces(piece, f);
    for (int i = 0; i < 3 && count > 0; i++) {
        const gamlp_piece *at = &piece[i < count ? i : count - 1];
        p->offset[i] = (gamlp_real)at->offset;
        p->slope[i] = (gamlp_real)at->slope;
        if (i < 2) p->end[i] = (gamlp_real)at->high;
    }
    return count > 0;
}

/* A number that is infinite or none gives none where f is constant: it is not hidden. */
GAMLP_HOT static void piece_values(gamlp_real *out, const pieces *p, const gamlp_real *z,
                                   int64_t n) {
    const pieces c = *p;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        gamlp_real offset = z[i] <= c.end[1] ? c.offset[1] : c.offset[2];
        gamlp_real slope = z[i] <= c.end[1] ? c.slope[1] : c.slope[2];
        offset = z[i] <= c.end[0] ? c.offset[0] : offset;
        slope = z[i] <= c.end[0] ? c.slope[0] : slope;
        out[i] = offset + slope * z[i];
    }
}

GAMLP_HOT static void piece_slopes(gamlp_real *d, const pieces *p, const gamlp_real *z, int64_t n) {
    const pieces c = *p;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        gamlp_real slope = z[i] <= c.end[1] ? c.slope[1] : c.slope[2];
        d[i] *= z[i] <= c.end[0] ? c.slope[0] : slope;
    }
}

GAMLP_HOT static void tanh_values(gamlp_real *out, const gamlp_real *z, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) out[i] = (gamlp_real)gamlp_jet_tanh((double)z[i]).value;
}

GAMLP_HOT static void sigmoid_values(gamlp_real *out, const gamlp_real *z, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) out[i] = (gamlp_real)gamlp_jet_sigmoid((double)z[i]).value;
}

GAMLP_HOT static void softplus_values(gamlp_real *out, const gamlp_real *z, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) out[i] = (gamlp_real)gamlp_jet_softplus((double)z[i]).value;
}

static void gelu_values(gamlp_real *out, const gamlp_real *z, int64_t n) {
    for (int64_t i = 0; i < n; i++) out[i] = (gamlp_real)gamlp_jet_gelu((double)z[i]).value;
}

GAMLP_HOT static void tanh_slopes(gamlp_real *d, const gamlp_real *z, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) d[i] *= (gamlp_real)gamlp_jet_tanh((double)z[i]).first;
}

GAMLP_HOT static void sigmoid_slopes(gamlp_real *d, const gamlp_real *z, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) d[i] *= (gamlp_real)gamlp_jet_sigmoid((double)z[i]).first;
}

GAMLP_HOT static void softplus_slopes(gamlp_real *d, const gamlp_real *z, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) d[i] *= (gamlp_real)gamlp_jet_softplus((double)z[i]).first;
}

static void gelu_slopes(gamlp_real *d, const gamlp_real *z, int64_t n) {
    for (int64_t i = 0; i < n; i++) d[i] *= (gamlp_real)gamlp_jet_gelu((double)z[i]).first;
}

void gamlp_activate_values(gamlp_real *out, const gamlp_activation *f, const gamlp_real *z,
                           int64_t n) {
    pieces p;
    if (pieces_of(&p, f))
        piece_values(out, &p, z, n);
    else if (f->kind == GAMLP_SIGMOID)
        sigmoid_values(out, z, n);
    else if (f->kind == GAMLP_SOFTPLUS)
        softplus_values(out, z, n);
    else
        (f->kind == GAMLP_GELU ? gelu_values : tanh_values)(out, z, n);
}

static void multiply_slopes(gamlp_real *d, const gamlp_activation *f, const gamlp_real *z,
                            int64_t n) {
    pieces p;
    if (pieces_of(&p, f))
        piece_slopes(d, &p, z, n);
    else if (f->kind == GAMLP_SIGMOID)
        sigmoid_slopes(d, z, n);
    else if (f->kind == GAMLP_SOFTPLUS)
        softplus_slopes(d, z, n);
    else
        (f->kind == GAMLP_GELU ? gelu_slopes : tanh_slopes)(d, z, n);
}

typedef struct activate_task {
    gamlp_dense *out;
    const gamlp_real *z, *bias;
    const gamlp_activation *f;
    void (*body)(gamlp_real *, const gamlp_activation *, const gamlp_real *, int64_t);
} activate_task;

static void activate_columns(void *context, int64_t chunk) {
    const activate_task *task = context;
    int64_t rows = task->out->rows, end = (chunk + 1) * CHUNK_COLUMNS;
    if (end > task->out->cols) end = task->out->cols;
    bool relu = task->f && task->f->kind == GAMLP_RELU;
    for (int64_t j = chunk * CHUNK_COLUMNS; j < end; j++) {
        gamlp_real *out = task->out->data + j * rows;
        (relu ? relu_column : add_column)(out, task->z + j * rows, task->bias, rows);
        if (task->f && !relu) gamlp_activate_values(out, task->f, out, rows);
    }
}

void gamlp_activate_from(gamlp_dense *out, const gamlp_dense *z, const gamlp_dense *bias,
                         const gamlp_activation *f) {
    activate_task task = {.out = out, .z = z->data, .bias = bias->data, .f = f};
    const int64_t chunks = (z->cols + CHUNK_COLUMNS - 1) / CHUNK_COLUMNS;
    if (!f && z->rows * z->cols <= CHUNK) /* sooner done than threads are awake */
        for (int64_t chunk = 0; chunk < chunks; chunk++) activate_columns(&task, chunk);
    else
        gamlp_parallel(chunks, activate_columns, &task);
}

void gamlp_activate_bias(gamlp_dense *z, const gamlp_dense *bias, const gamlp_activation *f) {
    gamlp_activate_from(z, z, bias, f);
}

static void activate_chunk(void *context, int64_t chunk) {
    const activate_task *task = context;
    int64_t begin = chunk * CHUNK, end = begin + CHUNK, count = task->out->rows * task->out->cols;
    task->body(task->out->data + begin, task->f, task->z + begin,
               (end < count ? end : count) - begin);
}

static void run(activate_task *task) {
    int64_t count = task->out->rows * task->out->cols;
    gamlp_parallel((count + CHUNK - 1) / CHUNK, activate_chunk, task);
}

void gamlp_activation_apply(gamlp_dense *out, const gamlp_activation *f, const gamlp_dense *z) {
    activate_task task = {.out = out, .z = z->data, .f = f, .body = gamlp_activate_values};
    run(&task);
}

void gamlp_activation_backward(gamlp_dense *d, const gamlp_activation *f, const gamlp_dense *z) {
    activate_task task = {.out = d, .z = z->data, .f = f, .body = multiply_slopes};
    run(&task);
}
