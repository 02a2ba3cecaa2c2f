/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matrices of neurons by columns that are stored in slabs of rows, each slab column after column.
 * In a slab a thread goes through several steps, small products included, while it is in caches; no
 * two threads write the same cache line.  Slabs depend only on the shape and their sums are added
 * in order: the bits do not depend on the number of threads. */
#ifndef GAMLP_SOLVER_SLABS_H
#define GAMLP_SOLVER_SLABS_H

#include "core/hot.h"
#include "solver/sweep.h"

enum {
    GAMLP_SLAB_ROWS = 128,    /* at most                                                    */
    GAMLP_SLAB_COLUMNS = 320, /* at most: products of more are faster when cut by columns    */
    GAMLP_SLAB_SIZE = (GAMLP_SLAB_ROWS + GAMLP_LANES) * GAMLP_SLAB_COLUMNS,
    GAMLP_SLAB_MAXIMA = 14, /* of the figures of a pass: sums first, from here maxima */
    GAMLP_SLAB_FIGURES = 16
};

/* A slab that lives within a pass. */
typedef struct gamlp_slab_room {
    _Alignas(64) gamlp_real data[GAMLP_SLAB_SIZE];
} gamlp_slab_room;

/* Memory of passes; an image has `out` rows. */
typedef struct gamlp_slabs {
    int64_t rows, cols, out, height, count;
    double *figures;
    gamlp_real *images;
} gamlp_slabs;

/* Rows [from, from + rows); element (i, j) of the slab is number at + i + j * ld of a matrix.
 * `whole` is the next multiple of GAMLP_LANES; rows up to it are 0. */
typedef struct gamlp_slab {
    int64_t from, rows, whole, ld, at, cols;
} gamlp_slab;

gamlp_status gamlp_slabs_init(gamlp_slabs *slabs, int64_t rows, int64_t cols, int64_t out);
void gamlp_slabs_clear(gamlp_slabs *slabs);

/* Whether the images of the slabs are no larger than a matrix, and columns few enough for products
 * of slabs. */
bool gamlp_slabs_serve(int64_t rows, int64_t cols, int64_t out);

/* `count` matrices of zeros in slabs, in one block that gamlp_free() takes; how many elements one
 * has. */
gamlp_status gamlp_slabs_matrices(gamlp_real **block, gamlp_real **const *matrix, int64_t count,
                                  const gamlp_slabs *slabs);
int64_t gamlp_slabs_size(const gamlp_slabs *slabs);

void gamlp_slabs_pack(gamlp_real *x, const gamlp_slabs *slabs, const gamlp_dense *dense);
void gamlp_slabs_unpack(gamlp_dense *dense, const gamlp_slabs *slabs, const gamlp_real *x);

/* What is done to a slab; `image` is its part of an image. */
typedef void (*gamlp_slab_body)(const void *context, const gamlp_slab *slab, double *figures,
                                gamlp_real *image);

/* One pass.  figures is GAMLP_SLAB_FIGURES long; `image` may be NULL. */
void gamlp_slabs_run(double *figures, gamlp_dense *image, gamlp_slabs *slabs, gamlp_slab_body body,
                     const void *context);

/* The terms of element e, in row i of the matrix, number k of the lanes; and what it does to the
 * element. */
typedef void (*gamlp_slab_element)(const void *context, int64_t e, int64_t i,
                                   gamlp_real (*sum)[GAMLP_LANES], int k);

/* n elements of one column of a slab from e on, the first of which is in row i; n is a multiple of
 * GAMLP_LANES.  `count` terms of up to eight elements of a lane are added as stored, whose rounding
 * is that of the data, and then in double. */
GAMLP_HOT_PART void gamlp_slab_column(const void *context, int64_t e, int64_t i, int64_t n,
                                      double (*lane)[GAMLP_LANES], int count,
                                      gamlp_slab_element element) {
    enum { LANES = GAMLP_LANES };
    gamlp_real sum[GAMLP_SLAB_FIGURES][LANES];
    for (int t = 0; t < count; t++)
        for (int k = 0; k < LANES; k++) sum[t][k] = 0;
    for (int64_t at = 0; at < n; at += LANES) {
        GAMLP_SIMD
        for (int k = 0; k < LANES; k++) element(context, e + at + k, i + at + k, sum, k);
    }
    for (int t = 0; t < count; t++)
        for (int k = 0; k < LANES; k++) lane[t][k] += (double)sum[t][k];
}

/* The same for any n. */
GAMLP_HOT_PART void gamlp_slab_rows(const void *context, int64_t e, int64_t i, int64_t n,
                                    double (*lane)[GAMLP_LANES], int count,
                                    gamlp_slab_element element) {
    int64_t whole = n / GAMLP_LANES * GAMLP_LANES;
    gamlp_real sum[GAMLP_SLAB_FIGURES][GAMLP_LANES] = {{0}};
    gamlp_slab_column(context, e, i, whole, lane, count, element);
    for (int64_t at = whole; at < n; at++) element(context, e + at, i + at, sum, (int)(at - whole));
    for (int t = 0; t < count; t++)
        for (int k = 0; k < GAMLP_LANES; k++) lane[t][k] += (double)sum[t][k];
}

/* Columns [begin, end) of a slab with the rows of 0, which add nothing. */
GAMLP_HOT_PART void gamlp_slab_columns(const void *context, const gamlp_slab *slab, int64_t begin,
                                       int64_t end, double (*lane)[GAMLP_LANES], int count,
                                       gamlp_slab_element element) {
    for (int64_t j = begin; j < end; j++)
        gamlp_slab_column(context, slab->at + j * slab->ld, slab->from, slab->whole, lane, count,
                          element);
}

GAMLP_HOT_PART void gamlp_slab_each(const void *context, const gamlp_slab *slab, double *figures,
                                    int count, gamlp_slab_element element) {
    double lane[GAMLP_SLAB_FIGURES][GAMLP_LANES] = {{0}};
    gamlp_slab_columns(context, slab, 0, slab->cols, lane, count, element);
    for (int t = 0; t < count; t++) figures[t] += gamlp_sweep_fold(lane[t]);
}

/* Sums over columns: elements add to `part`, that of the slab's rows, up to eight columns as stored
 * and then in double. */
typedef struct gamlp_slab_totals {
    gamlp_real part[GAMLP_SLAB_ROWS];
    double total[GAMLP_SLAB_ROWS];
} gamlp_slab_totals;

GAMLP_HOT_PART void gamlp_slab_add_totals(gamlp_slab_totals *totals, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        totals->total[i] += (double)totals->part[i];
        totals->part[i] = 0;
    }
}

/* As gamlp_slab_each() with such sums. */
GAMLP_HOT_PART void gamlp_slab_each_row(const void *context, const gamlp_slab *slab,
                                        gamlp_slab_totals *totals, double *figures, int count,
                                        gamlp_slab_element element) {
    double lane[GAMLP_SLAB_FIGURES][GAMLP_LANES] = {{0}};
    for (int64_t j = 0; j < slab->cols; j += 8) {
        int64_t end = j + 8 < slab->cols ? j + 8 : slab->cols;
        gamlp_slab_columns(context, slab, j, end, lane, count, element);
        gamlp_slab_add_totals(totals, slab->whole);
    }
    for (int t = 0; t < count; t++) figures[t] += gamlp_sweep_fold(lane[t]);
}

#endif
