/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ridge regression.  With J the projection that takes row means away, Y_c = Y J and X_c = X J:
 *
 *   primal (n_0 < N):   W (X_c X_c' + l2 I) = Y_c X'
 *   dual   (N <= n_0):  W = V X',  V (J K J + l2 I) = Y_c       (then V J = V)
 *
 * and b is the row mean of Y - W X.  The square matrix is made once; each l2 costs one
 * factorisation. */
#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "matrix/blas.h"
#include "solver/kernels.h"
#include "solver/linear_model.h"

enum { PANEL = 128 };

static int64_t order(const gamlp_linear *linear) {
    return linear->gram ? linear->columns : linear->features;
}

/* J K J, from the row means of the symmetric K. */
static void centre_gram(double *square, const gamlp_dense *k, double *mean) {
    int64_t n = k->rows;
    double total = 0;
    for (int64_t j = 0; j < n; j++) {
        mean[j] = 0;
        for (int64_t i = 0; i < n; i++) mean[j] += (double)k->data[i + j * n];
        mean[j] /= (double)n;
        total += mean[j] / (double)n;
    }
    for (int64_t j = 0; j < n; j++)
        for (int64_t i = 0; i < n; i++)
            square[i + j * n] = (double)k->data[i + j * n] - mean[i] - mean[j] + total;
}

/* Rows first, first + 1, ... of X as a dense matrix: E X with rows of the identity E. */
static gamlp_status rows_of(gamlp_dense *rows, gamlp_dense *pick, const gamlp_stack *x,
                            int64_t first) {
    memset(pick->data, 0, (size_t)(pick->rows * pick->cols) * sizeof *pick->data);
    for (int64_t i = 0; i < pick->rows && first + i < x->rows; i++)
        pick->data[i + (first + i) * pick->rows] = 1;
    return gamlp_stack_multiply(rows, pick, x);
}

/* Each row of the panel without its mean. */
static void centre_rows(gamlp_dense *rows) {
    for (int64_t i = 0; i < rows->rows; i++) {
        double mean = 0;
        for (int64_t j = 0; j < rows->cols; j++) mean += (double)rows->data[i + j * rows->rows];
        mean /= (double)rows->cols;
        for (int64_t j = 0; j < rows->cols; j++) rows->data[i + j * rows->rows] -= (gamlp_real)mean;
    }
}

/* X_c X_c' = X_c X', some rows at a time. */
static gamlp_status centre_primal(double *square, const gamlp_stack *x) {
    gamlp_dense rows = {0}, pick = {0}, panel = {0};
    int64_t n = x->rows, height = n < PANEL ? n : PANEL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_dense_init(&rows, height, x->cols));
    GAMLP_TRY(gamlp_dense_init(&pick, height, n));
    GAMLP_TRY(gamlp_dense_init(&panel, height, n));
    for (int64_t first = 0; first < n; first += height) {
        GAMLP_TRY(rows_of(&rows, &pick, x, first));
        centre_rows(&rows);
        GAMLP_TRY(gamlp_stack_multiply_transposed(&panel, 1, &rows, x, 0));
        for (int64_t i = 0; i < height && first + i < n; i++)
            for (int64_t j = 0; j < n; j++)
                square[j + (first + i) * n] = (double)panel.data[i + j * height];
    }
done:
    gamlp_dense_clear(&rows);
    gamlp_dense_clear(&pick);
    gamlp_dense_clear(&panel);
    return status;
}

gamlp_status gamlp_ridge_init(gamlp_linear *linear) {
    int64_t n = order(linear);
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&linear->square, n * n, sizeof(double), "a matrix to be factored"));
    GAMLP_TRY(gamlp_new_raw(&linear->factor, n * n, sizeof(double), "its factor"));
    GAMLP_TRY(gamlp_new_raw(&linear->rhs, n * linear->classes, sizeof(double), "right-hand sides"));
    if (linear->gram)
        centre_gram(linear->square, &linear->problem->gram, linear->factor);
    else
        GAMLP_TRY(centre_primal(linear->square, linear->problem->x));
done:
    return status;
}

/* d <- -(Y - row means): one-hot labels without the share of each class. */
static void centred_labels(gamlp_linear *linear) {
    const int32_t *label = linear->problem->label;
    int64_t classes = linear->classes, n = linear->columns;
    for (int64_t c = 0; c < classes; c++) {
        int64_t count = 0;
        for (int64_t j = 0; j < n; j++) count += label[j] == c;
        gamlp_real share = (gamlp_real)((double)count / (double)n);
        for (int64_t j = 0; j < n; j++)
            linear->d.data[c + j * classes] = share - (label[j] == c ? 1 : 0);
    }
}

/* The transposed right-hand side, n x C: Y_c' in the dual, X Y_c' in the primal. */
static gamlp_status make_rhs(gamlp_linear *linear) {
    int64_t n = order(linear), classes = linear->classes;
    const gamlp_dense *from = &linear->d;
    centred_labels(linear);
    if (!linear->gram) {
        gamlp_status status =
            gamlp_stack_multiply_transposed(&linear->g.w, 1, &linear->d, linear->problem->x, 0);
        if (status != GAMLP_OK) return status;
        from = &linear->g.w;
    }
    for (int64_t c = 0; c < classes; c++)
        for (int64_t i = 0; i < n; i++)
            linear->rhs[i + c * n] = -(double)from->data[c + i * classes];
    return GAMLP_OK;
}

/* b <- row means of Y - W X, d <- W X + b - Y; returns ||d||^2. */
static double settle_bias(gamlp_linear *linear) {
    const int32_t *label = linear->problem->label;
    int64_t classes = linear->classes, n = linear->columns;
    double square = 0;
    for (int64_t c = 0; c < classes; c++) {
        double sum = 0;
        for (int64_t j = 0; j < n; j++)
            sum += (label[j] == c) - (double)linear->at.image.data[c + j * classes];
        linear->at.b.data[c] = (gamlp_real)(sum / (double)n);
    }
    gamlp_affine_apply(&linear->d, &linear->at);
    for (int64_t j = 0; j < n; j++) linear->d.data[label[j] + j * classes] -= 1;
    for (int64_t e = 0; e < classes * n; e++)
        square += (double)linear->d.data[e] * (double)linear->d.data[e];
    return square;
}

gamlp_status gamlp_ridge_solve(gamlp_linear *linear, double l2) {
    int64_t n = order(linear), classes = linear->classes;
    gamlp_linear_figures *f = &linear->figures;
    gamlp_score score;
    gamlp_status status = GAMLP_OK;
    memcpy(linear->factor, linear->square, (size_t)(n * n) * sizeof(double));
    for (int64_t i = 0; i < n; i++) linear->factor[i + i * n] += l2;
    GAMLP_TRY(make_rhs(linear));
    if (!gamlp_blas_factor(linear->factor, n))
        GAMLP_TRY(gamlp_fail(GAMLP_E_NUMERIC,
                             "iteration %lld: l2 = %g is too small: the matrix is not positive "
                             "definite to rounding",
                             (long long)f->iteration + 1, l2));
    gamlp_blas_solve(linear->rhs, classes, linear->factor, n);
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < classes; c++)
            linear->at.w.data[c + i * classes] = (gamlp_real)linear->rhs[i + c * n];
    GAMLP_TRY(gamlp_affine_refresh(&linear->at, linear));
    f->objective = 0.5 * settle_bias(linear);
    f->objective += 0.5 * l2 * gamlp_affine_dot(linear, &linear->at, &linear->at);
    GAMLP_TRY(gamlp_affine_adjoint(&linear->g, linear, &linear->d, l2, &linear->at));
    f->gradient = sqrt(fmax(gamlp_affine_dot(linear, &linear->g, &linear->g), 0) +
                       gamlp_affine_dot_bias(&linear->g, &linear->g));
    GAMLP_TRY(gamlp_linear_score(&score, linear, -1));
    f->risk = score.loss * (double)linear->columns;
done:
    return status;
}
