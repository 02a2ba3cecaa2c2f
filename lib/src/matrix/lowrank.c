/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matrix/lowrank.h"

#include <string.h>

#include "core/hot.h"
#include "gamlp/alloc.h"

enum { LANES = GAMLP_LANES, MOST = GAMLP_LOWRANK_MOST };

gamlp_status gamlp_lowrank_init(gamlp_lowrank *r, const gamlp_factor *f) {
    const int64_t rows = 2 * MOST;
    gamlp_status status = GAMLP_OK;
    *r = (gamlp_lowrank){0};
    GAMLP_TRY(gamlp_new(&r->work, 2 * f->n, sizeof *r->work, "changes of a factor"));
    GAMLP_TRY(gamlp_new_raw(&r->row, 2 * rows, sizeof *r->row, "changes of a factor"));
done:
    if (status != GAMLP_OK) gamlp_lowrank_clear(r);
    return status;
}

void gamlp_lowrank_clear(gamlp_lowrank *r) {
    if (!r) return;
    gamlp_free(r->path);
    gamlp_free(r->w);
    gamlp_free(r->c);
    gamlp_free(r->work);
    gamlp_free(r->row);
    *r = (gamlp_lowrank){0};
}

/* Room for a path of `count` pivots, and for two more rows of C. */
static gamlp_status reserve(gamlp_lowrank *r, int64_t count) {
    const int64_t used = r->start[r->changes], room = used + used / 2 + count;
    const int64_t rows = 2 * r->changes, size = 2 * rows + 32;
    gamlp_status status = GAMLP_OK;
    if (used + count > r->room) {
        GAMLP_TRY(gamlp_grow(&r->path, used, room, sizeof *r->path, "changes of a factor"));
        GAMLP_TRY(gamlp_grow(&r->w, 2 * used, 2 * room, sizeof *r->w, "changes of a factor"));
        r->room = room;
    }
    if (rows + 2 > r->rows) {
        GAMLP_TRY(gamlp_grow(&r->c, rows * (rows + 1) / 2, size * (size + 1) / 2, sizeof *r->c,
                             "changes of a factor"));
        r->rows = size;
    }
done:
    return status;
}

/* row[2 e + column] of both new rows of C for all changes before: w_e' D^{-1} w, the latter in
 * `work`. */
GAMLP_HOT static void multiply(double *restrict first, double *restrict second,
                               const gamlp_lowrank *r) {
    for (int64_t e = 0; e < r->changes; e++) {
        double a = 0, b = 0, c = 0, d = 0;
        for (int64_t p = r->start[e]; p < r->start[e + 1]; p++) {
            const double *x = r->work + 2 * (int64_t)r->path[p], *w = r->w + 2 * p;
            a += w[0] * x[0];
            b += w[1] * x[0];
            c += w[0] * x[1];
            d += w[1] * x[1];
        }
        first[2 * e] = a;
        first[2 * e + 1] = b;
        second[2 * e] = c;
        second[2 * e + 1] = d;
    }
}

GAMLP_HOT_PART double dot(const double *restrict a, const double *restrict b, int64_t count) {
    double sum[8] = {0};
    int64_t k = 0;
    for (; k + 8 <= count; k += 8)
        for (int t = 0; t < 8; t++) sum[t] += a[k + t] * b[k + t];
    for (; k < count; k++) sum[0] += a[k] * b[k];
    return ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
}

/* Row `rows` of L_C from that of C, whose last entry is the diagonal.  Whether E has the sign s. */
GAMLP_HOT static bool border(gamlp_lowrank *r, double *restrict row, int64_t rows, double s) {
    for (int64_t k = 0; k < rows; k++) row[k] -= dot(r->c + k * (k + 1) / 2, row, k);
    double *to = r->c + rows * (rows + 1) / 2, pivot = row[rows];
    for (int64_t k = 0; k < rows; k++) {
        to[k] = row[k] / r->c[k * (k + 1) / 2 + k];
        pivot -= to[k] * row[k];
    }
    to[rows] = pivot;
    return s * pivot > 0;
}

/* The columns of W of one more change, on its path; D^{-1} of them stays in `work`. */
static void solve_pair(gamlp_lowrank *r, const gamlp_factor *f, int64_t count, double own[3]) {
    const int64_t start = r->start[r->changes];
    const int32_t *path = r->path + start;
    gamlp_factor_forward_path(f, r->work, path, count);
    for (int64_t p = 0; p < count; p++) {
        double *x = r->work + 2 * (int64_t)path[p], *w = r->w + 2 * (start + p);
        const double pivot = f->val[f->ptr[path[p]]];
        for (int t = 0; t < 2; t++) {
            w[t] = x[t];
            x[t] /= pivot;
        }
        own[0] += w[0] * x[0];
        own[1] += w[0] * x[1];
        own[2] += w[1] * x[1];
    }
}

gamlp_status gamlp_lowrank_add(gamlp_lowrank *r, const gamlp_factor *f, const int64_t pivot[2],
                               const double u[2], const double v[2], bool add) {
    const int64_t rows = 2 * r->changes, start = r->start[r->changes];
    const double s = add ? 1 : -1;
    double *first = r->row, *second = r->row + (rows + 1), own[3] = {0};
    if (r->changes == MOST)
        return gamlp_fail(GAMLP_E_USAGE, "a factor with %d changes takes no more", MOST);
    const int64_t count = gamlp_factor_path(NULL, f, pivot[0], pivot[1]);
    gamlp_status status = reserve(r, count);
    if (status != GAMLP_OK) return status;
    gamlp_factor_path(r->path + start, f, pivot[0], pivot[1]);
    for (int e = 0; e < 2; e++) {
        r->work[2 * pivot[e]] = u[e];
        r->work[2 * pivot[e] + 1] = v[e];
    }
    solve_pair(r, f, count, own);
    multiply(first, second, r);
    first[rows] = s + own[0];
    second[rows] = own[1];
    second[rows + 1] = s + own[2];
    for (int64_t p = start; p < start + count; p++)
        memset(r->work + 2 * (int64_t)r->path[p], 0, 2 * sizeof *r->work);
    if (!border(r, first, rows, s) || !border(r, second, rows + 1, s))
        return gamlp_fail(GAMLP_E_NUMERIC,
                          "the matrix is not positive definite after a change of row %lld",
                          (long long)f->perm[pivot[0]]);
    r->start[++r->changes] = start + count;
    return GAMLP_OK;
}

/* z <- C^{-1} z */
GAMLP_HOT static void solve_small(const gamlp_lowrank *r, double *z) {
    const int64_t rows = 2 * r->changes;
    for (int64_t i = 0; i < rows; i++) {
        const double *row = r->c + i * (i + 1) / 2;
        for (int64_t k = 0; k < i; k++)
            for (int t = 0; t < LANES; t++) z[i * LANES + t] -= row[k] * z[k * LANES + t];
    }
    for (int64_t i = 0; i < rows; i++) {
        const double pivot = r->c[i * (i + 1) / 2 + i];
        for (int t = 0; t < LANES; t++) z[i * LANES + t] /= pivot;
    }
    for (int64_t i = rows - 1; i > 0; i--) {
        const double *row = r->c + i * (i + 1) / 2;
        for (int64_t k = 0; k < i; k++)
            for (int t = 0; t < LANES; t++) z[k * LANES + t] -= row[k] * z[i * LANES + t];
    }
}

/* z <- W' x */
GAMLP_HOT static void gather(const gamlp_lowrank *r, const double *restrict x, double *restrict z) {
    for (int64_t e = 0; e < r->changes; e++) {
        double sum[2][LANES] = {{0}};
        for (int64_t p = r->start[e]; p < r->start[e + 1]; p++) {
            const double *restrict from = x + (int64_t)r->path[p] * LANES;
            const double w0 = r->w[2 * p], w1 = r->w[2 * p + 1];
            for (int t = 0; t < LANES; t++) {
                sum[0][t] += w0 * from[t];
                sum[1][t] += w1 * from[t];
            }
        }
        memcpy(z + 2 * e * LANES, sum, sizeof sum);
    }
}

/* x <- x - D^{-1} W z */
GAMLP_HOT static void scatter(const gamlp_factor *f, const gamlp_lowrank *r, double *restrict x,
                              const double *restrict z) {
    for (int64_t e = 0; e < r->changes; e++) {
        double b[2][LANES];
        memcpy(b, z + 2 * e * LANES, sizeof b);
        for (int64_t p = r->start[e]; p < r->start[e + 1]; p++) {
            double *restrict to = x + (int64_t)r->path[p] * LANES;
            const double pivot = f->val[f->ptr[r->path[p]]];
            const double w0 = r->w[2 * p] / pivot, w1 = r->w[2 * p + 1] / pivot;
            for (int t = 0; t < LANES; t++) to[t] -= w0 * b[0][t] + w1 * b[1][t];
        }
    }
}

void gamlp_lowrank_solve(const gamlp_factor *f, const gamlp_lowrank *r, double *x, double *work) {
    gamlp_factor_forward(f, x);
    if (r->changes > 0) {
        gather(r, x, work);
        solve_small(r, work);
        scatter(f, r, x, work);
    }
    gamlp_factor_backward(f, x);
}
