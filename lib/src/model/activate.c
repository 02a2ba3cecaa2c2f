/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/activate.h"

#include "core/hot.h"
#include "gamlp/threads.h"

enum { CHUNK_COLUMNS = 16 };

typedef struct activate_task {
    gamlp_dense *z;
    const gamlp_real *bias;
    bool relu;
} activate_task;

GAMLP_HOT static void add_column(gamlp_real *z, const gamlp_real *bias, int64_t rows) {
    for (int64_t i = 0; i < rows; i++) z[i] += bias[i];
}

/* A NaN stays a NaN: max(z, 0) with the comparison that is false for it. */
GAMLP_HOT static void relu_column(gamlp_real *z, const gamlp_real *bias, int64_t rows) {
    for (int64_t i = 0; i < rows; i++) {
        gamlp_real value = z[i] + bias[i];
        z[i] = value < 0 ? 0 : value;
    }
}

static void activate_chunk(void *context, int64_t chunk) {
    const activate_task *task = context;
    int64_t rows = task->z->rows, end = (chunk + 1) * CHUNK_COLUMNS;
    if (end > task->z->cols) end = task->z->cols;
    for (int64_t j = chunk * CHUNK_COLUMNS; j < end; j++)
        (task->relu ? relu_column : add_column)(task->z->data + j * rows, task->bias, rows);
}

void gamlp_activate_bias(gamlp_dense *z, const gamlp_dense *bias, bool relu) {
    activate_task task = {z, bias->data, relu};
    gamlp_parallel((z->cols + CHUNK_COLUMNS - 1) / CHUNK_COLUMNS, activate_chunk, &task);
}
