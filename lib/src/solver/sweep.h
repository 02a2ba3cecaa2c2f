/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How an elementwise pass over memory is cut and summed: the frame of every kernel of the solvers.
 * Work is cut into chunks that depend only on the shape, sums run in double over fixed lanes and
 * are added in chunk order: the bits do not depend on the number of threads. */
#ifndef GAMLP_SOLVER_SWEEP_H
#define GAMLP_SOLVER_SWEEP_H

#include <stdint.h>
#include <string.h>

#include "codec/grid.h"
#include "core/team.h"
#include "gamlp/activation.h"
#include "gamlp/dense.h"

enum {
    GAMLP_LANES = 16,  /* of every sum                                  */
    GAMLP_STRIP = 512, /* elements between conversions to sums          */
    GAMLP_SUMS = 8,    /* figures a kernel gathers: sums first, then    */
    GAMLP_MAXIMA = 6   /* from here on, maxima                          */
};

/* Operands of a kernel. */
typedef struct gamlp_sweep_args {
    int64_t rows; /* length of a column; 1 for kernels over elements */
    gamlp_real *out, *out2, *out3, *out4, *out5;
    const gamlp_real *a, *b, *c, *d, *e;
    gamlp_real s, t;
    gamlp_grid grid;
    const gamlp_activation *activation;
    const void *context; /* what else there is */
    bool proximal;
    int64_t grain;
    double *work;
} gamlp_sweep_args;

/* A kernel over units [begin, end): elements, or whole columns. */
typedef void (*gamlp_sweep_body)(const gamlp_sweep_args *args, int64_t begin, int64_t end,
                                 double *sums);

/* Run over `count` units of `size` elements; sums (GAMLP_SUMS long) may be NULL. */
void gamlp_sweep(double *sums, gamlp_sweep_body body, const gamlp_sweep_args *args, int64_t count,
                 int64_t size);

/* Run a kernel over the elements of `cols` columns that adds up the rows of its chunk, with the two
 * functions below, and take the means of the rows; sums as above.  The work is so many doubles. */
void gamlp_sweep_rows(double *sums, double *mean, gamlp_sweep_body body, gamlp_sweep_args *args,
                      int64_t cols);
int64_t gamlp_sweep_row_work(int64_t rows, int64_t cols);

/* The sums of the rows of the chunk that begins at `chunk`, 0 at first. */
static inline double *gamlp_sweep_row_sums(const gamlp_sweep_args *args, int64_t chunk) {
    double *total = args->work + chunk / args->grain * args->rows;
    memset(total, 0, (size_t)args->rows * sizeof *total);
    return total;
}

/* Add d, which stands for elements [begin, begin + n) of columns with so many rows. */
static inline void gamlp_sweep_add_rows(double *total, int64_t rows, int64_t begin,
                                        const gamlp_real *d, int64_t n) {
    int64_t row = begin % rows;
    for (int64_t done = 0, some; done < n; done += some, row = 0) {
        some = rows - row < n - done ? rows - row : n - done;
        for (int64_t i = 0; i < some; i++) total[row + i] += (double)d[done + i];
    }
}

/* The elements of a column, b, for elements [begin, begin + n) of a matrix whose columns are taken
 * as they lie. */
static inline void gamlp_sweep_spread(gamlp_real *out, const gamlp_real *b, int64_t rows,
                                      int64_t begin, int64_t n) {
    int64_t row = begin % rows;
    for (int64_t done = 0, some; done < n; done += some, row = 0) {
        some = rows - row < n - done ? rows - row : n - done;
        memcpy(out + done, b + row, (size_t)some * sizeof *b);
    }
}

static inline int64_t gamlp_sweep_elements(const gamlp_dense *a) {
    return a->rows * a->cols;
}

static inline double gamlp_sweep_fold(const double *lane) {
    double sum = 0;
    for (int k = 0; k < GAMLP_LANES; k++) sum += lane[k];
    return sum;
}

/* lane_k += sum of the products x_i y_i with i = k mod GAMLP_LANES.  Products are added four at a
 * time as stored, whose rounding is that of the data, and then in double. */
__attribute__((always_inline)) static inline void gamlp_sweep_add(double *lane, const gamlp_real *x,
                                                                  const gamlp_real *y, int64_t n) {
    enum { LANES = GAMLP_LANES };
    double sum[LANES];
    int64_t i = 0;
    memcpy(sum, lane, sizeof sum);
    for (; i + 4 * LANES <= n; i += 4 * LANES)
        for (int k = 0; k < LANES; k++) {
            const gamlp_real *a = x + i + k, *b = y + i + k;
            sum[k] += (double)((a[0] * b[0] + a[LANES] * b[LANES]) +
                               (a[2 * LANES] * b[2 * LANES] + a[3 * LANES] * b[3 * LANES]));
        }
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++) sum[k] += (double)(x[i + k] * y[i + k]);
    memcpy(lane, sum, sizeof sum);
    for (int k = 0; i < n; i++, k++) lane[k] += (double)(x[i] * y[i]);
}

__attribute__((always_inline)) static inline double
gamlp_sweep_dot(const gamlp_real *x, const gamlp_real *y, int64_t n) {
    double lane[GAMLP_LANES] = {0};
    gamlp_sweep_add(lane, x, y, n);
    return gamlp_sweep_fold(lane);
}

/* Take elements [begin, end) of x, which this thread is about to write, back from the caches of
 * threads that read them in a product.  A pass that writes several matrices would wait for each
 * line of x in turn; stores that follow each other wait together. */
static inline void gamlp_sweep_own(gamlp_real *x, int64_t begin, int64_t end) {
    enum { LINE = 64 / sizeof(gamlp_real) };
    volatile gamlp_real *line = x;
    if (!gamlp_threads_together()) return;
    for (int64_t i = begin; i < end; i += LINE) line[i] = line[i];
}

/* Where the strip that starts at `begin` ends. */
static inline int64_t gamlp_sweep_strip(int64_t begin, int64_t end) {
    return begin + GAMLP_STRIP < end ? begin + GAMLP_STRIP : end;
}

#endif
