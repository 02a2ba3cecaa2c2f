/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The polar factor by the iteration of Newton and Schulz, X <- X (3 I - X'X)/2, which moves every
 * singular value in (0, sqrt 3) to 1 and leaves singular vectors as they are (Higham, Functions of
 * Matrices, section 8.3).  X starts as W over a bound of its largest singular value; a value of 0
 * stays 0, and of W = 0 nothing is made. */
#include <math.h>
#include <string.h>

#include "matrix/blas.h"
#include "model/prox.h"

enum { MOST = 100 };

/* In units of double for two matrices of gamlp_real: the smaller Gram matrix, and a copy. */
int64_t gamlp_prox_polar_work(int64_t rows, int64_t cols) {
    int64_t least = rows < cols ? rows : cols, reals = least * least + rows * cols;
    return (reals * (int64_t)sizeof(gamlp_real) + (int64_t)sizeof(double) - 1) /
           (int64_t)sizeof(double);
}

/* ||W||_2^2 <= ||W'W||_inf. */
static double bound(const gamlp_dense *gram) {
    double most = 0;
    for (int64_t j = 0; j < gram->cols; j++) {
        double sum = 0;
        for (int64_t i = 0; i < gram->rows; i++)
            sum += fabs((double)gram->data[i + j * gram->rows]);
        most = sum > most ? sum : most;
    }
    return most;
}

/* Gram <- (3 I - Gram)/2; returns the largest |I - Gram|. */
static double correction(gamlp_dense *gram) {
    double worst = 0;
    for (int64_t j = 0; j < gram->cols; j++)
        for (int64_t i = 0; i < gram->rows; i++) {
            gamlp_real *g = &gram->data[i + j * gram->rows];
            double off = fabs((double)*g - (i == j));
            worst = off > worst ? off : worst;
            *g = (gamlp_real)(((i == j ? 3 : 0) - (double)*g) / 2);
        }
    return worst;
}

void gamlp_prox_polar(gamlp_dense *w, double *work) {
    /* Each round squares the distance: the one after is as near as the numbers allow. */
    static const double near = sizeof(gamlp_real) == sizeof(double) ? 1e-8 : 1e-4;
    bool tall = w->rows >= w->cols;
    int64_t least = tall ? w->cols : w->rows, n = w->rows * w->cols;
    gamlp_dense gram = {least, least, (gamlp_real *)work, true};
    gamlp_dense copy = {w->rows, w->cols, gram.data + least * least, true};
    gamlp_transpose left = tall ? GAMLP_TRANSPOSED : GAMLP_PLAIN;
    gamlp_transpose right = tall ? GAMLP_PLAIN : GAMLP_TRANSPOSED;
    for (int round = 0; round <= MOST; round++) {
        gamlp_blas_multiply(&gram, 1, left, w, right, w, 0);
        if (round == 0) {
            double size = sqrt(bound(&gram));
            if (!(size > 0 && isfinite(size))) return;
            for (int64_t i = 0; i < n; i++) w->data[i] = (gamlp_real)((double)w->data[i] / size);
            continue;
        }
        double distance = correction(&gram);
        memcpy(copy.data, w->data, (size_t)n * sizeof *w->data);
        if (tall)
            gamlp_blas_multiply(w, 1, GAMLP_PLAIN, &copy, GAMLP_PLAIN, &gram, 0);
        else
            gamlp_blas_multiply(w, 1, GAMLP_PLAIN, &gram, GAMLP_PLAIN, &copy, 0);
        if (!(distance > near)) return;
    }
}
