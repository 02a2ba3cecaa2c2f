/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/dense.h"

#include <string.h>

#include "gamlp/alloc.h"

gamlp_status gamlp_dense_init(gamlp_dense *a, int64_t rows, int64_t cols) {
    *a = (gamlp_dense){0};
    if (rows < 0 || cols < 0)
        return gamlp_fail(GAMLP_E_USAGE, "a matrix of %lld x %lld", (long long)rows,
                          (long long)cols);
    if (cols > 0 && rows > INT64_MAX / cols)
        return gamlp_fail(GAMLP_E_NOMEM, "a matrix of %lld x %lld is too large", (long long)rows,
                          (long long)cols);
    gamlp_status status = gamlp_new(&a->data, rows * cols, sizeof *a->data, "a dense matrix");
    if (status != GAMLP_OK) return status;
    a->rows = rows;
    a->cols = cols;
    return GAMLP_OK;
}

void gamlp_dense_clear(gamlp_dense *a) {
    if (!a) return;
    if (!a->view) gamlp_free(a->data);
    *a = (gamlp_dense){0};
}

gamlp_status gamlp_dense_copy(gamlp_dense *a, const gamlp_dense *b) {
    gamlp_status status = gamlp_dense_init(a, b->rows, b->cols);
    if (status != GAMLP_OK || !b->data) return status;
    memcpy(a->data, b->data, (size_t)(b->rows * b->cols) * sizeof *b->data);
    return GAMLP_OK;
}

gamlp_status gamlp_dense_columns(gamlp_dense *a, const gamlp_dense *b, const int64_t *index,
                                 int64_t count) {
    gamlp_status status = gamlp_dense_init(a, b->rows, count);
    if (status != GAMLP_OK) return status;
    for (int64_t j = 0; j < count; j++) {
        if (index[j] < 0 || index[j] >= b->cols) {
            gamlp_dense_clear(a);
            return gamlp_fail(GAMLP_E_USAGE, "column %lld of a matrix with %lld columns",
                              (long long)index[j], (long long)b->cols);
        }
        if (b->rows > 0)
            memcpy(a->data + j * a->rows, b->data + index[j] * b->rows,
                   (size_t)b->rows * sizeof *b->data);
    }
    return GAMLP_OK;
}
