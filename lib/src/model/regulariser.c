/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proximal operators.  With v = t W/(t + l2), the step for Omega + (l2/2) ||.||^2 with weight t is
 * the step for Omega from v with weight t + l2. */
#include "gamlp/regulariser.h"

#include <math.h>
#include <string.h>

#include "core/hot.h"
#include "gamlp/threads.h"
#include "model/prox.h"

enum { COLUMNS = 64, MAX_CHUNKS = 256 };

const char gamlp_regulariser_names[] = "none l1 group non-negative box max-norm orthogonal top-k";

gamlp_status gamlp_regulariser_check(const gamlp_regulariser *omega) {
    const gamlp_regulariser *o = omega;
    if ((int)o->kind < 0 || o->kind >= GAMLP_OMEGAS)
        return gamlp_fail(GAMLP_E_CONFIG, "regulariser number %d, expected 0 to %d", (int)o->kind,
                          GAMLP_OMEGAS - 1);
    bool weighs = o->kind == GAMLP_OMEGA_L1 || o->kind == GAMLP_OMEGA_GROUP;
    if (weighs && !(isfinite(o->weight) && o->weight >= 0))
        return gamlp_fail(GAMLP_E_CONFIG, "omega is %g, expected a number of at least 0",
                          o->weight);
    if (o->kind == GAMLP_OMEGA_BOX && !(isfinite(o->low) && isfinite(o->high) && o->low <= o->high))
        return gamlp_fail(GAMLP_E_CONFIG, "a box from %g to %g is empty", o->low, o->high);
    if (o->kind == GAMLP_OMEGA_MAX_NORM && !(isfinite(o->bound) && o->bound > 0))
        return gamlp_fail(GAMLP_E_CONFIG, "the bound of max-norm is %g, expected more than 0",
                          o->bound);
    if (o->kind == GAMLP_OMEGA_TOP_K && !(o->share > 0 && o->share <= 1))
        return gamlp_fail(GAMLP_E_CONFIG,
                          "the share of top-k is %g, expected more than 0 and at most 1", o->share);
    return GAMLP_OK;
}

bool gamlp_regulariser_is_constraint(const gamlp_regulariser *omega) {
    return omega->kind >= GAMLP_OMEGA_NON_NEGATIVE;
}

bool gamlp_regulariser_is_convex(const gamlp_regulariser *omega) {
    return omega->kind != GAMLP_OMEGA_ORTHOGONAL && omega->kind != GAMLP_OMEGA_TOP_K;
}

/* Work on columns in chunks that depend only on the shape. */
typedef struct column_task {
    const gamlp_regulariser *omega;
    gamlp_dense *w;
    const gamlp_real *read;
    gamlp_real keep;  /* t/(t + l2)              */
    double threshold; /* weight/(t + l2)         */
    int64_t rows, cols, grain;
    double sums[MAX_CHUNKS];
} column_task;

static int64_t cut(column_task *task, int64_t rows, int64_t cols) {
    task->rows = rows;
    task->cols = cols;
    task->grain = (cols + MAX_CHUNKS - 1) / MAX_CHUNKS;
    if (task->grain < COLUMNS) task->grain = COLUMNS;
    return (cols + task->grain - 1) / task->grain;
}

static int64_t end_of(const column_task *task, int64_t chunk) {
    int64_t end = (chunk + 1) * task->grain;
    return end < task->cols ? end : task->cols;
}

GAMLP_HOT static void scale(gamlp_real *x, gamlp_real keep, int64_t n) {
    for (int64_t i = 0; i < n; i++) x[i] *= keep;
}

GAMLP_HOT static void shrink(gamlp_real *x, gamlp_real keep, gamlp_real by, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        gamlp_real v = keep * x[i], size = v < 0 ? -v : v, left = size - by;
        left = left < 0 ? 0 : left;
        x[i] = v < 0 ? -left : left;
    }
}

GAMLP_HOT static void clip(gamlp_real *x, gamlp_real keep, gamlp_real low, gamlp_real high,
                           int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        gamlp_real v = keep * x[i];
        v = v < low ? low : v;
        x[i] = v > high ? high : v;
    }
}

static double length(const gamlp_real *x, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

static void shrink_column(gamlp_real *x, const column_task *task) {
    double size = (double)task->keep * length(x, task->rows);
    double left = size <= task->threshold ? 0 : 1 - task->threshold / size;
    if (left == 0)
        memset(x, 0, (size_t)task->rows * sizeof *x);
    else
        scale(x, (gamlp_real)((double)task->keep * left), task->rows);
}

static void prox_chunk(void *context, int64_t chunk) {
    const column_task *task = context;
    int64_t begin = chunk * task->grain, end = end_of(task, chunk), n = (end - begin) * task->rows;
    gamlp_real *x = task->w->data + begin * task->rows;
    switch (task->omega->kind) {
    case GAMLP_OMEGA_L1:
        shrink(x, task->keep, (gamlp_real)task->threshold, n);
        break;
    case GAMLP_OMEGA_GROUP:
        for (int64_t j = begin; j < end; j++, x += task->rows) shrink_column(x, task);
        break;
    case GAMLP_OMEGA_NON_NEGATIVE:
        clip(x, task->keep, 0, (gamlp_real)INFINITY, n);
        break;
    case GAMLP_OMEGA_BOX:
        clip(x, task->keep, (gamlp_real)task->omega->low, (gamlp_real)task->omega->high, n);
        break;
    default:
        scale(x, task->keep, n);
        break;
    }
}

static void value_chunk(void *context, int64_t chunk) {
    column_task *task = context;
    double sum = 0;
    for (int64_t j = chunk * task->grain; j < end_of(task, chunk); j++) {
        const gamlp_real *x = task->read + j * task->rows;
        if (task->omega->kind == GAMLP_OMEGA_GROUP)
            sum += length(x, task->rows);
        else
            for (int64_t i = 0; i < task->rows; i++) sum += fabs((double)x[i]);
    }
    task->sums[chunk] = sum;
}

double gamlp_regulariser_value(const gamlp_regulariser *omega, const gamlp_dense *w) {
    if (omega->kind == GAMLP_OMEGA_NONE || gamlp_regulariser_is_constraint(omega)) return 0;
    column_task task = {.omega = omega, .read = w->data};
    int64_t chunks = cut(&task, w->rows, w->cols);
    gamlp_parallel(chunks, value_chunk, &task);
    double sum = 0;
    for (int64_t i = 0; i < chunks; i++) sum += task.sums[i];
    return omega->weight * sum;
}

/* Each row is shortened to the bound. */
static void shorten_rows(gamlp_dense *w, double bound, double *square) {
    memset(square, 0, (size_t)w->rows * sizeof *square);
    for (int64_t j = 0; j < w->cols; j++)
        for (int64_t i = 0; i < w->rows; i++) {
            double x = w->data[i + j * w->rows];
            square[i] += x * x;
        }
    for (int64_t i = 0; i < w->rows; i++)
        square[i] = square[i] > bound * bound ? bound / sqrt(square[i]) : 1;
    for (int64_t j = 0; j < w->cols; j++)
        for (int64_t i = 0; i < w->rows; i++) w->data[i + j * w->rows] *= (gamlp_real)square[i];
}

int64_t gamlp_regulariser_work(const gamlp_regulariser *omega, int64_t rows, int64_t cols) {
    if (omega->kind == GAMLP_OMEGA_MAX_NORM) return rows;
    return omega->kind == GAMLP_OMEGA_ORTHOGONAL ? gamlp_prox_polar_work(rows, cols) : 0;
}

void gamlp_regulariser_prox(gamlp_dense *w, const gamlp_regulariser *omega, double l2, double t,
                            double *work) {
    column_task task = {.omega = omega,
                        .w = w,
                        .keep = (gamlp_real)(t / (t + l2)),
                        .threshold = omega->weight / (t + l2)};
    int64_t chunks = cut(&task, w->rows, w->cols);
    gamlp_parallel(chunks, prox_chunk, &task);
    if (omega->kind == GAMLP_OMEGA_MAX_NORM) shorten_rows(w, omega->bound, work);
    if (omega->kind == GAMLP_OMEGA_ORTHOGONAL) gamlp_prox_polar(w, work);
    if (omega->kind == GAMLP_OMEGA_TOP_K) gamlp_prox_top(w, omega->share);
}
