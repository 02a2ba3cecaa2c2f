/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compression of triplets in linear time: two stable counting sorts, by
 * column and then by row, leave repeated positions side by side and in the
 * order they were listed in. */
#include "gamlp/alloc.h"
#include "gamlp/csr.h"

static gamlp_status check_range(int64_t rows, int64_t cols, int64_t count, const int64_t *row,
                                const int64_t *col) {
    for (int64_t k = 0; k < count; k++)
        if (row[k] < 0 || row[k] >= rows || col[k] < 0 || col[k] >= cols)
            return gamlp_fail(GAMLP_E_DATA,
                              "triplet %lld: position (%lld, %lld) is outside a %lld x %lld matrix",
                              (long long)k, (long long)row[k], (long long)col[k], (long long)rows,
                              (long long)cols);
    return GAMLP_OK;
}

/* sorted <- the positions in `order` (NULL: 0, 1, ...) by increasing key, stably. */
static gamlp_status sort_by_key(int64_t *sorted, const int64_t *order, const int64_t *key,
                                int64_t count, int64_t keys) {
    int64_t *start;
    gamlp_status status = gamlp_new(&start, keys + 1, sizeof *start, "a counting sort");
    if (status != GAMLP_OK) return status;
    for (int64_t k = 0; k < count; k++) start[key[k] + 1]++;
    for (int64_t i = 0; i < keys; i++) start[i + 1] += start[i];
    for (int64_t k = 0; k < count; k++) {
        int64_t position = order ? order[k] : k;
        sorted[start[key[position]]++] = position;
    }
    gamlp_free(start);
    return GAMLP_OK;
}

static gamlp_real merged(gamlp_real old, gamlp_real fresh, gamlp_duplicates duplicates) {
    if (duplicates == GAMLP_DUPLICATES_SUM) return old + fresh;
    return duplicates == GAMLP_DUPLICATES_LAST ? fresh : 1;
}

static void compress(gamlp_csr *a, int64_t count, const int64_t *order, const int64_t *row,
                     const int64_t *col, const gamlp_real *val, gamlp_duplicates duplicates) {
    int64_t used = 0, last_row = -1, last_col = -1;
    for (int64_t k = 0; k < count; k++) {
        int64_t t = order[k];
        gamlp_real value = val && duplicates != GAMLP_DUPLICATES_ONE ? val[t] : 1;
        if (row[t] == last_row && col[t] == last_col) {
            a->val[used - 1] = merged(a->val[used - 1], value, duplicates);
            continue;
        }
        last_row = row[t];
        last_col = col[t];
        a->idx[used] = (int32_t)last_col;
        a->val[used++] = value;
        a->ptr[last_row + 1]++;
    }
    for (int64_t i = 0; i < a->rows; i++) a->ptr[i + 1] += a->ptr[i];
    a->nnz = used;
}

gamlp_status gamlp_csr_from_triplets(gamlp_csr *a, int64_t rows, int64_t cols, int64_t count,
                                     const int64_t *row, const int64_t *col, const gamlp_real *val,
                                     gamlp_duplicates duplicates) {
    int64_t *by_col = NULL, *by_row = NULL;
    gamlp_status status = gamlp_csr_init(a, rows, cols, count);
    if (status != GAMLP_OK) return status;
    GAMLP_TRY(check_range(rows, cols, count, row, col));
    GAMLP_TRY(gamlp_new_raw(&by_col, count, sizeof *by_col, "sorted triplets"));
    GAMLP_TRY(gamlp_new_raw(&by_row, count, sizeof *by_row, "sorted triplets"));
    GAMLP_TRY(sort_by_key(by_col, NULL, col, count, cols));
    GAMLP_TRY(sort_by_key(by_row, by_col, row, count, rows));
    compress(a, count, by_row, row, col, val, duplicates);
done:
    gamlp_free(by_col);
    gamlp_free(by_row);
    if (status != GAMLP_OK) gamlp_csr_clear(a);
    return status;
}
