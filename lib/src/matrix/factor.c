/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matrix/factor.h"

#include <math.h>
#include <string.h>

#include "core/hot.h"
#include "gamlp/alloc.h"

enum { LANES = GAMLP_LANES, WIDE = 4 /* columns that are taken at a time */ };

gamlp_status gamlp_factor_init(gamlp_factor *f, int64_t n, int64_t room) {
    *f = (gamlp_factor){.n = n, .room = room};
    gamlp_status status = GAMLP_OK;
    if (n < 0 || n >= INT32_MAX || room < 0 || room >= INT32_MAX) {
        *f = (gamlp_factor){0};
        return gamlp_fail(
            GAMLP_E_USAGE,
            "a factor of %lld rows and %lld entries, expected less than 2147483647 of "
            "both",
            (long long)n, (long long)room);
    }
    GAMLP_TRY(gamlp_new(&f->perm, n, sizeof *f->perm, "a factor"));
    GAMLP_TRY(gamlp_new(&f->ptr, n, sizeof *f->ptr, "a factor"));
    GAMLP_TRY(gamlp_new(&f->count, n, sizeof *f->count, "a factor"));
    GAMLP_TRY(gamlp_new_raw(&f->idx, room, sizeof *f->idx, "a factor"));
    GAMLP_TRY(gamlp_new_raw(&f->val, room, sizeof *f->val, "a factor"));
done:
    if (status != GAMLP_OK) gamlp_factor_clear(f);
    return status;
}

void gamlp_factor_clear(gamlp_factor *f) {
    if (!f) return;
    if (!f->view) {
        gamlp_free(f->perm);
        gamlp_free(f->ptr);
        gamlp_free(f->count);
        gamlp_free(f->idx);
        gamlp_free(f->val);
    }
    *f = (gamlp_factor){0};
}

int64_t gamlp_factor_entries(const gamlp_factor *f) {
    int64_t sum = 0;
    for (int64_t j = 0; j < f->n; j++) sum += f->count[j];
    return sum;
}

int64_t gamlp_factor_bytes(const gamlp_factor *f) {
    return f->n * 3 * (int64_t)sizeof(int32_t) +
           f->room * (int64_t)(sizeof(int32_t) + sizeof(double));
}

static gamlp_status check_column(const gamlp_factor *f, int64_t j) {
    const int64_t ptr = f->ptr[j], count = f->count[j];
    if (ptr < 0 || count < 1 || ptr + count > f->room)
        return gamlp_fail(GAMLP_E_DATA, "factor, column %lld: %lld entries from %lld on, of %lld",
                          (long long)j, (long long)count, (long long)ptr, (long long)f->room);
    if (f->idx[ptr] != j || !(f->val[ptr] > 0))
        return gamlp_fail(GAMLP_E_DATA, "factor, column %lld begins with row %lld and pivot %g",
                          (long long)j, (long long)f->idx[ptr], f->val[ptr]);
    for (int64_t k = ptr; k < ptr + count; k++) {
        if (k > ptr && (f->idx[k] <= f->idx[k - 1] || f->idx[k] >= f->n))
            return gamlp_fail(GAMLP_E_DATA, "factor, column %lld: row %lld after %lld",
                              (long long)j, (long long)f->idx[k], (long long)f->idx[k - 1]);
        if (!isfinite(f->val[k]))
            return gamlp_fail(GAMLP_E_DATA, "factor, column %lld, row %lld: %g", (long long)j,
                              (long long)f->idx[k], f->val[k]);
    }
    return GAMLP_OK;
}

/* What the blocks of columns below rely on: the pattern of a column without its first two rows is
 * contained in that of its parent, the column of its second row. */
static gamlp_status check_parent(const gamlp_factor *f, int64_t j) {
    if (f->count[j] < 2) return GAMLP_OK;
    int64_t parent = f->idx[f->ptr[j] + 1], e = f->ptr[parent] + 1;
    const int64_t last = f->ptr[parent] + f->count[parent];
    for (int64_t k = f->ptr[j] + 2; k < f->ptr[j] + f->count[j]; k++) {
        while (e < last && f->idx[e] < f->idx[k]) e++;
        if (e == last || f->idx[e] != f->idx[k])
            return gamlp_fail(GAMLP_E_DATA, "factor, column %lld: row %lld is not in column %lld",
                              (long long)j, (long long)f->idx[k], (long long)parent);
    }
    return GAMLP_OK;
}

gamlp_status gamlp_factor_check(const gamlp_factor *f) {
    bool *seen = NULL;
    gamlp_status status = gamlp_new(&seen, f->n, sizeof *seen, "a permutation");
    if (status != GAMLP_OK) return status;
    for (int64_t j = 0; j < f->n; j++) {
        int32_t i = f->perm[j];
        if (i < 0 || i >= f->n || seen[i])
            GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                                 "factor: pivot %lld is row %lld, out of range or twice",
                                 (long long)j, (long long)i));
        seen[i] = true;
        GAMLP_TRY(check_column(f, j));
    }
    for (int64_t j = 0; f->nested && j < f->n; j++) GAMLP_TRY(check_parent(f, j));
done:
    gamlp_free(seen);
    return status;
}

/* Columns j, j + 1, ... (at most WIDE, `step` 1) or j, j - 1, ... whose patterns are nested with
 * none missing: a piece of a supernode. */
static int64_t block_from(const gamlp_factor *f, int64_t j) {
    int64_t w = 1;
    while (f->nested && w < WIDE && j + w < f->n && f->count[j + w - 1] == f->count[j + w] + 1 &&
           f->idx[f->ptr[j + w - 1] + 1] == j + w)
        w++;
    return w;
}

static int64_t block_to(const gamlp_factor *f, int64_t j) {
    int64_t w = 1;
    while (f->nested && w < WIDE && j - w >= 0 && f->count[j - w] == f->count[j - w + 1] + 1 &&
           f->idx[f->ptr[j - w] + 1] == j - w + 1)
        w++;
    return w;
}

GAMLP_HOT_PART bool all_zero(const double *x, int64_t count) {
    for (int64_t k = 0; k < count; k++)
        if (x[k] != 0) return false;
    return true;
}

GAMLP_HOT_PART void subtract(double *restrict y, double l, const double *restrict x) {
#pragma omp simd
    for (int t = 0; t < LANES; t++) y[t] -= l * x[t];
}

/* y_i -= sum_c L_ic x_c over a whole block of columns, for the rows below it. */
GAMLP_HOT_PART void forward_four(const gamlp_factor *f, double *restrict x, int64_t j) {
    const int64_t tail = f->count[j + 3] - 1;
    const int32_t *idx = f->idx + f->ptr[j + 3] + 1;
    const double *l0 = f->val + f->ptr[j] + 4, *l1 = f->val + f->ptr[j + 1] + 3;
    const double *l2 = f->val + f->ptr[j + 2] + 2, *l3 = f->val + f->ptr[j + 3] + 1;
    double b[WIDE][LANES];
    memcpy(b, x + j * LANES, sizeof b);
    for (int64_t k = 0; k < tail; k++) {
        double *restrict y = x + (int64_t)idx[k] * LANES;
        const double a0 = l0[k], a1 = l1[k], a2 = l2[k], a3 = l3[k];
#pragma omp simd
        for (int t = 0; t < LANES; t++)
            y[t] = (((y[t] - a0 * b[0][t]) - a1 * b[1][t]) - a2 * b[2][t]) - a3 * b[3][t];
    }
}

GAMLP_HOT_PART void forward_one(const gamlp_factor *f, double *x, int64_t j, int64_t skip) {
    double b[LANES];
#pragma omp simd
    for (int t = 0; t < LANES; t++) b[t] = x[j * LANES + t];
    for (int64_t k = f->ptr[j] + skip; k < f->ptr[j] + f->count[j]; k++)
        subtract(x + (int64_t)f->idx[k] * LANES, f->val[k], b);
}

/* L y = x. */
GAMLP_HOT static void forward(const gamlp_factor *f, double *x) {
    for (int64_t j = 0, w; j < f->n; j += w) {
        w = block_from(f, j);
        if (all_zero(x + j * LANES, w * LANES)) continue;
        if (w < WIDE) {
            for (int64_t c = 0; c < w; c++) forward_one(f, x, j + c, 1);
            continue;
        }
        for (int64_t c = 0; c < w; c++)
            for (int64_t r = c + 1; r < w; r++)
                subtract(x + (j + r) * LANES, f->val[f->ptr[j + c] + r - c], x + (j + c) * LANES);
        forward_four(f, x, j);
    }
}

/* b_c -= sum_i L_ic x_i over the rows below a whole block of columns. */
GAMLP_HOT_PART void backward_four(const gamlp_factor *f, const double *restrict x, int64_t j,
                                  double b[WIDE][LANES]) {
    const int64_t tail = f->count[j + 3] - 1;
    const int32_t *idx = f->idx + f->ptr[j + 3] + 1;
    const double *l0 = f->val + f->ptr[j] + 4, *l1 = f->val + f->ptr[j + 1] + 3;
    const double *l2 = f->val + f->ptr[j + 2] + 2, *l3 = f->val + f->ptr[j + 3] + 1;
    for (int64_t k = 0; k < tail; k++) {
        const double *restrict y = x + (int64_t)idx[k] * LANES;
        const double a0 = l0[k], a1 = l1[k], a2 = l2[k], a3 = l3[k];
#pragma omp simd
        for (int t = 0; t < LANES; t++) {
            b[0][t] -= a0 * y[t];
            b[1][t] -= a1 * y[t];
            b[2][t] -= a2 * y[t];
            b[3][t] -= a3 * y[t];
        }
    }
}

GAMLP_HOT_PART void backward_one(const gamlp_factor *f, double *x, int64_t j) {
    double b[LANES];
#pragma omp simd
    for (int t = 0; t < LANES; t++) b[t] = x[j * LANES + t];
    for (int64_t k = f->ptr[j] + 1; k < f->ptr[j] + f->count[j]; k++)
        subtract(b, f->val[k], x + (int64_t)f->idx[k] * LANES);
#pragma omp simd
    for (int t = 0; t < LANES; t++) x[j * LANES + t] = b[t];
}

/* L' x = y, where y was divided by D. */
GAMLP_HOT static void backward(const gamlp_factor *f, double *x) {
    for (int64_t end = f->n, w; end > 0; end -= w) {
        w = block_to(f, end - 1);
        const int64_t j = end - w;
        if (w < WIDE) {
            for (int64_t c = w - 1; c >= 0; c--) backward_one(f, x, j + c);
            continue;
        }
        double b[WIDE][LANES];
        memcpy(b, x + j * LANES, sizeof b);
        backward_four(f, x, j, b);
        for (int64_t c = w - 1; c >= 0; c--) {
            for (int64_t r = w - 1; r > c; r--)
                subtract(b[c], f->val[f->ptr[j + c] + r - c], x + (j + r) * LANES);
#pragma omp simd
            for (int t = 0; t < LANES; t++) x[(j + c) * LANES + t] = b[c][t];
        }
    }
}

GAMLP_HOT static void divide(const gamlp_factor *f, double *x) {
    for (int64_t j = 0; j < f->n; j++) {
        const double d = f->val[f->ptr[j]];
#pragma omp simd
        for (int t = 0; t < LANES; t++) x[j * LANES + t] /= d;
    }
}

void gamlp_factor_forward(const gamlp_factor *f, double *x) {
    forward(f, x);
    divide(f, x);
}

void gamlp_factor_backward(const gamlp_factor *f, double *x) {
    backward(f, x);
}

void gamlp_factor_solve(const gamlp_factor *f, double *x) {
    gamlp_factor_forward(f, x);
    gamlp_factor_backward(f, x);
}

static int64_t parent_of(const gamlp_factor *f, int64_t k) {
    return f->count[k] > 1 ? f->idx[f->ptr[k] + 1] : f->n;
}

int64_t gamlp_factor_path(int32_t *path, const gamlp_factor *f, int64_t a, int64_t b) {
    int64_t count = 0;
    while (a < f->n || b < f->n) {
        const int64_t k = a < b ? a : b;
        path[count++] = (int32_t)k;
        if (a == k) a = parent_of(f, k);
        if (b == k) b = parent_of(f, k);
    }
    return count;
}

/* Columns j to j + 3 of a block, two right-hand sides. */
GAMLP_HOT_PART void forward_pair_four(const gamlp_factor *f, double *restrict x, int64_t j) {
    const int64_t tail = f->count[j + 3] - 1;
    const int32_t *idx = f->idx + f->ptr[j + 3] + 1;
    const double *l0 = f->val + f->ptr[j] + 4, *l1 = f->val + f->ptr[j + 1] + 3;
    const double *l2 = f->val + f->ptr[j + 2] + 2, *l3 = f->val + f->ptr[j + 3] + 1;
    double b[2 * WIDE];
    for (int64_t c = 0; c < WIDE; c++)
        for (int64_t r = c + 1; r < WIDE; r++)
            for (int t = 0; t < 2; t++)
                x[2 * (j + r) + t] -= f->val[f->ptr[j + c] + r - c] * x[2 * (j + c) + t];
    memcpy(b, x + 2 * j, sizeof b);
    for (int64_t k = 0; k < tail; k++) {
        double *restrict y = x + 2 * (int64_t)idx[k];
#pragma omp simd
        for (int t = 0; t < 2; t++)
            y[t] -= (l0[k] * b[t] + l1[k] * b[2 + t]) + (l2[k] * b[4 + t] + l3[k] * b[6 + t]);
    }
}

GAMLP_HOT void gamlp_factor_forward_path(const gamlp_factor *f, double *x, const int32_t *path,
                                         int64_t count) {
    for (int64_t p = 0; p < count;) {
        const int64_t j = path[p], end = f->ptr[j] + f->count[j];
        if (block_from(f, j) == WIDE) {
            forward_pair_four(f, x, j);
            p += WIDE;
            continue;
        }
        const double b0 = x[2 * j], b1 = x[2 * j + 1];
        for (int64_t k = f->ptr[j] + 1; k < end; k++) {
            x[2 * (int64_t)f->idx[k]] -= f->val[k] * b0;
            x[2 * (int64_t)f->idx[k] + 1] -= f->val[k] * b1;
        }
        p++;
    }
}
