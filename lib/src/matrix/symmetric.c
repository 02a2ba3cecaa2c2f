/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matrix/symmetric.h"

#include <math.h>
#include <stdbool.h>

#include "gamlp/alloc.h"

gamlp_status gamlp_symmetric_init(gamlp_symmetric *a, int64_t n, int64_t nnz) {
    *a = (gamlp_symmetric){.n = n, .nnz = nnz};
    gamlp_status status = GAMLP_OK;
    if (n < 0 || n >= INT32_MAX || nnz < 0 || nnz >= INT32_MAX) {
        *a = (gamlp_symmetric){0};
        return gamlp_fail(GAMLP_E_USAGE,
                          "a symmetric matrix of %lld rows and %lld entries, expected less than "
                          "2147483647 of both",
                          (long long)n, (long long)nnz);
    }
    GAMLP_TRY(gamlp_new(&a->ptr, n + 1, sizeof *a->ptr, "a symmetric matrix"));
    GAMLP_TRY(gamlp_new(&a->idx, nnz, sizeof *a->idx, "a symmetric matrix"));
    GAMLP_TRY(gamlp_new(&a->val, nnz, sizeof *a->val, "a symmetric matrix"));
done:
    if (status != GAMLP_OK) gamlp_symmetric_clear(a);
    return status;
}

void gamlp_symmetric_clear(gamlp_symmetric *a) {
    if (!a) return;
    gamlp_free(a->ptr);
    gamlp_free(a->idx);
    gamlp_free(a->val);
    *a = (gamlp_symmetric){0};
}

static gamlp_status check_row(const gamlp_symmetric *a, int64_t i) {
    int64_t last = -1;
    bool diagonal = false;
    if (a->ptr[i] < 0 || a->ptr[i + 1] < a->ptr[i] || a->ptr[i + 1] > a->nnz)
        return gamlp_fail(GAMLP_E_DATA, "symmetric matrix, row %lld: entries %lld to %lld of %lld",
                          (long long)i, (long long)a->ptr[i], (long long)a->ptr[i + 1],
                          (long long)a->nnz);
    for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++) {
        if (a->idx[k] <= last || a->idx[k] >= a->n)
            return gamlp_fail(GAMLP_E_DATA,
                              "symmetric matrix, row %lld: column %lld after %lld, expected an "
                              "increasing one below %lld",
                              (long long)i, (long long)a->idx[k], (long long)last, (long long)a->n);
        if (!isfinite(a->val[k]))
            return gamlp_fail(GAMLP_E_DATA, "symmetric matrix, row %lld, column %lld: %g",
                              (long long)i, (long long)a->idx[k], a->val[k]);
        last = a->idx[k];
        diagonal = diagonal || last == i;
    }
    if (!diagonal)
        return gamlp_fail(GAMLP_E_DATA, "symmetric matrix, row %lld has no diagonal entry",
                          (long long)i);
    return GAMLP_OK;
}

/* Entry (i, j) is matched by the next entry of row j, whose columns increase as i does. */
static gamlp_status check_mirror(const gamlp_symmetric *a, int64_t *next) {
    for (int64_t i = 0; i < a->n; i++) next[i] = a->ptr[i];
    for (int64_t i = 0; i < a->n; i++)
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++) {
            int64_t j = a->idx[k], e = next[j]++;
            if (e >= a->ptr[j + 1] || a->idx[e] != i || a->val[e] != a->val[k])
                return gamlp_fail(GAMLP_E_DATA,
                                  "the matrix is not symmetric: entry (%lld, %lld), or one of row "
                                  "%lld before it, is not that of the other triangle",
                                  (long long)i, (long long)j, (long long)j);
        }
    return GAMLP_OK;
}

gamlp_status gamlp_symmetric_check(const gamlp_symmetric *a) {
    int64_t *next = NULL;
    gamlp_status status = GAMLP_OK;
    if (a->n > 0 && (a->ptr[0] != 0 || a->ptr[a->n] != a->nnz))
        return gamlp_fail(GAMLP_E_DATA,
                          "symmetric matrix: pointers %lld to %lld, expected 0 to %lld",
                          (long long)a->ptr[0], (long long)a->ptr[a->n], (long long)a->nnz);
    for (int64_t i = 0; i < a->n; i++) GAMLP_TRY(check_row(a, i));
    GAMLP_TRY(gamlp_new_raw(&next, a->n, sizeof *next, "places"));
    status = check_mirror(a, next);
done:
    gamlp_free(next);
    return status;
}
