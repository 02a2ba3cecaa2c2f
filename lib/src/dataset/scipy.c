/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/scipy.h"

#include <math.h>
#include <string.h>

#include "dataset/pattern.h"
#include "gamlp/alloc.h"

static gamlp_status check_shape(const gamlp_scipy_csr *csr, const char *what) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_array_expect_ints(&csr->indptr, 1, what));
    GAMLP_TRY(gamlp_array_expect_ints(&csr->indices, 1, what));
    GAMLP_TRY(gamlp_array_expect_reals(&csr->data, 1, what));
    if (csr->rows < 1 || csr->cols < 1 || csr->rows > INT32_MAX || csr->cols > INT32_MAX)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: a matrix of %lld x %lld is impossible", what,
                             (long long)csr->rows, (long long)csr->cols));
    if (csr->indptr.count != csr->rows + 1)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: indptr has %lld elements, expected %lld", what,
                             (long long)csr->indptr.count, (long long)(csr->rows + 1)));
    if (csr->indices.count != csr->data.count)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: %lld indices but %lld values", what,
                             (long long)csr->indices.count, (long long)csr->data.count));
done:
    return status;
}

/* 0 = ptr[0] <= ptr[1] <= ... <= number of stored entries. */
static gamlp_status read_ptr(int64_t **ptr, const gamlp_scipy_csr *csr, const char *what) {
    int64_t count = csr->rows + 1, last = 0;
    gamlp_status status = gamlp_new_raw(ptr, count, sizeof **ptr, "row pointers");
    if (status != GAMLP_OK) return status;
    for (int64_t at = 0; at < count; at += GAMLP_ARRAY_BLOCK) {
        int64_t n = count - at < GAMLP_ARRAY_BLOCK ? count - at : GAMLP_ARRAY_BLOCK;
        gamlp_array_ints(&csr->indptr, at, n, *ptr + at);
    }
    for (int64_t i = 0; i < count; i++) {
        int64_t p = (*ptr)[i];
        if (p < last || p > csr->indices.count || (i == 0 && p != 0))
            return gamlp_fail(GAMLP_E_DATA, "%s: indptr element %lld is %lld, expected %lld..%lld",
                              what, (long long)i, (long long)p, (long long)last,
                              (long long)(i == 0 ? 0 : csr->indices.count));
        last = p;
    }
    return GAMLP_OK;
}

/* Row of the entry at position `at`. */
static int64_t row_of(const int64_t *ptr, int64_t rows, int64_t at) {
    int64_t low = 0, high = rows;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (ptr[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static gamlp_status refuse_entry(const gamlp_csr *a, int64_t at, int64_t col, double value,
                                 const char *unit, const char *what) {
    long long row = row_of(a->ptr, a->rows, at);
    if (col < 0 || col >= a->cols)
        return gamlp_fail(GAMLP_E_DATA, "%s: %s %lld: index %lld is outside 0..%lld", what, unit,
                          row, (long long)col, (long long)a->cols - 1);
    return gamlp_fail(GAMLP_E_DATA, "%s: %s %lld, feature %lld: %g is not a finite float", what,
                      unit, row, (long long)col, value);
}

static gamlp_status read_entries(gamlp_csr *a, const gamlp_scipy_csr *csr, const char *unit,
                                 const char *what) {
    int64_t col[GAMLP_ARRAY_BLOCK];
    double value[GAMLP_ARRAY_BLOCK];
    for (int64_t at = 0; at < a->nnz; at += GAMLP_ARRAY_BLOCK) {
        int64_t n = a->nnz - at < GAMLP_ARRAY_BLOCK ? a->nnz - at : GAMLP_ARRAY_BLOCK;
        gamlp_array_ints(&csr->indices, at, n, col);
        gamlp_array_reals(&csr->data, at, n, value);
        for (int64_t i = 0; i < n; i++) {
            if (col[i] < 0 || col[i] >= a->cols || !isfinite((float)value[i]))
                return refuse_entry(a, at + i, col[i], value[i], unit, what);
            a->idx[at + i] = (int32_t)col[i];
            a->val[at + i] = (gamlp_real)value[i];
        }
    }
    return GAMLP_OK;
}

/* The entries as they are stored. */
static gamlp_status read_csr(gamlp_csr *a, const gamlp_scipy_csr *csr, const char *unit,
                             const char *what) {
    *a = (gamlp_csr){0};
    int64_t *ptr = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_shape(csr, what));
    GAMLP_TRY(read_ptr(&ptr, csr, what));
    GAMLP_TRY(gamlp_csr_init(a, csr->rows, csr->cols, ptr[csr->rows]));
    memcpy(a->ptr, ptr, (size_t)(csr->rows + 1) * sizeof *ptr);
    GAMLP_TRY(read_entries(a, csr, unit, what));
done:
    gamlp_free(ptr);
    if (status != GAMLP_OK) gamlp_csr_clear(a);
    return status;
}

typedef struct entry {
    int32_t col;
    gamlp_real value;
} entry;

static void insertion_sort(entry *e, int64_t count) {
    for (int64_t i = 1; i < count; i++) {
        entry x = e[i];
        int64_t j = i;
        for (; j > 0 && e[j - 1].col > x.col; j--) e[j] = e[j - 1];
        e[j] = x;
    }
}

/* Stable radix sort by column, a byte at a time; the result is in e. */
static void radix_sort(entry *e, entry *other, int64_t count, int64_t cols) {
    entry *from = e, *to = other;
    for (int shift = 0; (cols - 1) >> shift; shift += 8) {
        int64_t start[257] = {0};
        for (int64_t i = 0; i < count; i++) start[((from[i].col >> shift) & 255) + 1]++;
        for (int b = 0; b < 256; b++) start[b + 1] += start[b];
        for (int64_t i = 0; i < count; i++) to[start[(from[i].col >> shift) & 255]++] = from[i];
        entry *swap = from;
        from = to;
        to = swap;
    }
    if (from != e) memcpy(e, from, (size_t)count * sizeof *e);
}

static bool increasing(const int32_t *col, int64_t count) {
    for (int64_t i = 1; i < count; i++)
        if (col[i - 1] >= col[i]) return false;
    return true;
}

static void sort_row(gamlp_csr *a, int64_t row, entry *scratch, int64_t room) {
    int64_t from = a->ptr[row], count = a->ptr[row + 1] - from;
    if (count < 2 || increasing(a->idx + from, count)) return;
    for (int64_t i = 0; i < count; i++) scratch[i] = (entry){a->idx[from + i], a->val[from + i]};
    if (count < 32)
        insertion_sort(scratch, count);
    else
        radix_sort(scratch, scratch + room, count, a->cols);
    for (int64_t i = 0; i < count; i++) {
        a->idx[from + i] = scratch[i].col;
        a->val[from + i] = scratch[i].value;
    }
}

/* Sum repeated columns of the sorted row into its place from `to` on, without zeros. */
static int64_t pack_row(gamlp_csr *a, int64_t from, int64_t end, int64_t to) {
    while (from < end) {
        int32_t col = a->idx[from];
        double sum = 0;
        for (; from < end && a->idx[from] == col; from++) sum += a->val[from];
        if ((gamlp_real)sum == 0) continue;
        a->idx[to] = col;
        a->val[to++] = (gamlp_real)sum;
    }
    return to;
}

static gamlp_status tidy(gamlp_csr *a) {
    int64_t longest = 0;
    for (int64_t i = 0; i < a->rows; i++)
        if (a->ptr[i + 1] - a->ptr[i] > longest) longest = a->ptr[i + 1] - a->ptr[i];
    entry *scratch;
    gamlp_status status = gamlp_new_raw(&scratch, 2 * longest, sizeof *scratch, "a sorted row");
    if (status != GAMLP_OK) return status;
    int64_t to = 0;
    for (int64_t i = 0; i < a->rows; i++) {
        int64_t from = a->ptr[i];
        sort_row(a, i, scratch, longest);
        a->ptr[i] = to;
        to = pack_row(a, from, a->ptr[i + 1], to);
    }
    a->ptr[a->rows] = a->nnz = to;
    gamlp_free(scratch);
    return GAMLP_OK;
}

gamlp_status gamlp_scipy_features(gamlp_csr *features, const gamlp_scipy_csr *csr, const char *unit,
                                  const char *what) {
    gamlp_status status = read_csr(features, csr, unit, what);
    if (status == GAMLP_OK) status = tidy(features);
    if (status == GAMLP_OK)
        for (int64_t i = 0; i < features->nnz; i++)
            if (!isfinite((float)features->val[i])) {
                status = refuse_entry(features, i, features->idx[i], features->val[i], unit, what);
                break;
            }
    if (status != GAMLP_OK) gamlp_csr_clear(features);
    return status;
}

gamlp_status gamlp_scipy_graph(gamlp_graph *graph, const gamlp_scipy_csr *csr, const char *what) {
    *graph = (gamlp_graph){0};
    if (csr->rows != csr->cols)
        return gamlp_fail(GAMLP_E_DATA, "%s: the adjacency is %lld x %lld, expected square", what,
                          (long long)csr->rows, (long long)csr->cols);
    gamlp_elements ptr, cols, values;
    gamlp_elements_of(&ptr, &csr->indptr, what);
    gamlp_elements_of(&cols, &csr->indices, what);
    gamlp_elements_of(&values, &csr->data, what);
    return gamlp_pattern_graph(graph, csr->rows, &ptr, &cols, &values, what);
}
