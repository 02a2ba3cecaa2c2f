/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/csr.h"

#include <math.h>
#include <string.h>

#include "core/hot.h"
#include "gamlp/alloc.h"

gamlp_status gamlp_csr_init(gamlp_csr *a, int64_t rows, int64_t cols, int64_t nnz) {
    *a = (gamlp_csr){0};
    if (rows < 0 || cols < 0 || nnz < 0 || cols > INT32_MAX)
        return gamlp_fail(GAMLP_E_USAGE,
                          "a sparse matrix cannot be %lld x %lld with %lld entries: expected "
                          "sizes from 0 and at most %lld columns",
                          (long long)rows, (long long)cols, (long long)nnz, (long long)INT32_MAX);
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&a->ptr, rows + 1, sizeof *a->ptr, "row pointers"));
    GAMLP_TRY(gamlp_new(&a->idx, nnz, sizeof *a->idx, "column indices"));
    GAMLP_TRY(gamlp_new(&a->val, nnz, sizeof *a->val, "sparse values"));
    a->rows = rows;
    a->cols = cols;
    a->nnz = nnz;
done:
    if (status != GAMLP_OK) gamlp_csr_clear(a);
    return status;
}

void gamlp_csr_clear(gamlp_csr *a) {
    if (!a) return;
    if (!a->view) {
        gamlp_free(a->ptr);
        gamlp_free(a->idx);
        gamlp_free(a->val);
    }
    *a = (gamlp_csr){0};
}

void gamlp_csr_drop_values(gamlp_csr *a) {
    gamlp_free(a->val);
    a->val = NULL;
}

/* A matrix to be filled; without values when `like` is a pattern. */
static gamlp_status init_like(gamlp_csr *a, const gamlp_csr *like, int64_t rows, int64_t cols,
                              int64_t nnz) {
    gamlp_status status = gamlp_csr_init(a, rows, cols, nnz);
    if (status == GAMLP_OK && !like->val) gamlp_csr_drop_values(a);
    return status;
}

/* Running sums: counts of rows in ptr[1..rows] become starts. */
static void accumulate(int64_t *ptr, int64_t rows) {
    for (int64_t i = 0; i < rows; i++) ptr[i + 1] += ptr[i];
}

static gamlp_status check_row(const gamlp_csr *a, int64_t row) {
    int64_t previous = -1;
    for (int64_t k = a->ptr[row]; k < a->ptr[row + 1]; k++) {
        if (a->idx[k] <= previous || a->idx[k] >= a->cols)
            return gamlp_fail(GAMLP_E_DATA,
                              "sparse row %lld: column %lld after %lld, expected increasing "
                              "columns below %lld",
                              (long long)row, (long long)a->idx[k], (long long)previous,
                              (long long)a->cols);
        if (a->val && !isfinite(a->val[k]))
            return gamlp_fail(GAMLP_E_DATA,
                              "sparse row %lld, column %lld: %g is not a finite value",
                              (long long)row, (long long)a->idx[k], (double)a->val[k]);
        previous = a->idx[k];
    }
    return GAMLP_OK;
}

/* How often an index does not rise, over all rows as if they were one. */
GAMLP_HOT static int64_t count_falls(const int32_t *idx, int64_t nnz) {
    int64_t falls = 0;
    for (int64_t k = 1; k < nnz; k++) falls += idx[k] <= idx[k - 1];
    return falls;
}

GAMLP_HOT static bool all_below(const int32_t *idx, int64_t nnz, uint32_t cols) {
    uint32_t largest = 0; /* a negative index is large without its sign */
    for (int64_t k = 0; k < nnz; k++)
        largest = (uint32_t)idx[k] > largest ? (uint32_t)idx[k] : largest;
    return nnz == 0 || largest < cols;
}

/* x - x is zero for finite numbers, else a NaN. */
GAMLP_HOT static bool all_finite(const gamlp_real *val, int64_t nnz) {
    int good = 1;
    for (int64_t k = 0; k < nnz; k++) good &= val[k] - val[k] <= 0;
    return good != 0;
}

/* The same as check_row() of every row, but faster: indices fall only where a row begins. */
static bool rows_are_good(const gamlp_csr *a) {
    int64_t falls = 0;
    for (int64_t i = 1; i < a->rows; i++) {
        int64_t k = a->ptr[i];
        if (k > 0 && k < a->ptr[i + 1]) falls += a->idx[k] <= a->idx[k - 1];
    }
    return falls == count_falls(a->idx, a->nnz) && all_below(a->idx, a->nnz, (uint32_t)a->cols) &&
           (!a->val || all_finite(a->val, a->nnz));
}

gamlp_status gamlp_csr_check(const gamlp_csr *a) {
    if (a->rows < 0 || a->cols < 0 || a->nnz < 0 || !a->ptr || (a->nnz && !a->idx))
        return gamlp_fail(GAMLP_E_DATA, "a sparse matrix without its arrays");
    if (a->ptr[0] != 0 || a->ptr[a->rows] != a->nnz)
        return gamlp_fail(GAMLP_E_DATA,
                          "sparse row pointers run from %lld to %lld, expected 0 to %lld",
                          (long long)a->ptr[0], (long long)a->ptr[a->rows], (long long)a->nnz);
    for (int64_t i = 0; i < a->rows; i++)
        if (a->ptr[i + 1] < a->ptr[i] || a->ptr[i + 1] > a->nnz)
            return gamlp_fail(GAMLP_E_DATA, "sparse row %lld: pointer %lld after %lld",
                              (long long)i, (long long)a->ptr[i + 1], (long long)a->ptr[i]);
    if (rows_are_good(a)) return GAMLP_OK;
    for (int64_t i = 0; i < a->rows; i++) {
        gamlp_status status = check_row(a, i);
        if (status != GAMLP_OK) return status;
    }
    return GAMLP_OK;
}

gamlp_status gamlp_csr_transpose(gamlp_csr *a, const gamlp_csr *b) {
    gamlp_status status = init_like(a, b, b->cols, b->rows, b->nnz);
    if (status != GAMLP_OK) return status;
    for (int64_t k = 0; k < b->nnz; k++) a->ptr[b->idx[k] + 1]++;
    accumulate(a->ptr, a->rows);
    for (int64_t i = 0; i < b->rows; i++)
        for (int64_t k = b->ptr[i]; k < b->ptr[i + 1]; k++) {
            int64_t place = a->ptr[b->idx[k]]++;
            a->idx[place] = (int32_t)i;
            if (b->val) a->val[place] = b->val[k];
        }
    memmove(a->ptr + 1, a->ptr, (size_t)a->rows * sizeof *a->ptr);
    a->ptr[0] = 0;
    return GAMLP_OK;
}

gamlp_status gamlp_csr_rows(gamlp_csr *a, const gamlp_csr *b, const int64_t *index, int64_t count) {
    *a = (gamlp_csr){0};
    int64_t nnz = 0;
    for (int64_t i = 0; i < count; i++) {
        if (index[i] < 0 || index[i] >= b->rows)
            return gamlp_fail(GAMLP_E_USAGE, "row index %lld is %lld, expected 0 to %lld",
                              (long long)i, (long long)index[i], (long long)b->rows - 1);
        nnz += b->ptr[index[i] + 1] - b->ptr[index[i]];
    }
    gamlp_status status = init_like(a, b, count, b->cols, nnz);
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < count; i++) {
        int64_t from = b->ptr[index[i]], size = b->ptr[index[i] + 1] - from;
        a->ptr[i + 1] = a->ptr[i] + size;
        if (size == 0) continue;
        memcpy(a->idx + a->ptr[i], b->idx + from, (size_t)size * sizeof *a->idx);
        if (b->val) memcpy(a->val + a->ptr[i], b->val + from, (size_t)size * sizeof *a->val);
    }
    return GAMLP_OK;
}

gamlp_status gamlp_csr_copy(gamlp_csr *a, const gamlp_csr *b) {
    gamlp_status status = init_like(a, b, b->rows, b->cols, b->nnz);
    if (status != GAMLP_OK) return status;
    memcpy(a->ptr, b->ptr, (size_t)(b->rows + 1) * sizeof *a->ptr);
    if (b->nnz == 0) return GAMLP_OK;
    memcpy(a->idx, b->idx, (size_t)b->nnz * sizeof *a->idx);
    if (b->val) memcpy(a->val, b->val, (size_t)b->nnz * sizeof *a->val);
    return GAMLP_OK;
}

gamlp_status gamlp_csr_to_dense(gamlp_dense *x, const gamlp_csr *a) {
    gamlp_status status = gamlp_dense_init(x, a->cols, a->rows);
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < a->rows; i++)
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++)
            x->data[i * x->rows + a->idx[k]] = a->val ? a->val[k] : 1;
    return GAMLP_OK;
}
