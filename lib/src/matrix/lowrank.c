/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matrix/lowrank.h"

#include <string.h>

#include "core/hot.h"
#include "core/team.h"
#include "gamlp/alloc.h"

enum {
    LANES = GAMLP_LANES,
    MOST = GAMLP_LOWRANK_MOST,
    WIDE = 16,           /* numbers at a time */
    CHANGES = 32,        /* of a chunk */
    BLOCK = 256,         /* rows of L_C, solved for together */
    ROWS = 32,           /* of them in a chunk */
    SMALL_WORK = 1 << 15 /* multiplications below which threads do not pay */
};

gamlp_status gamlp_lowrank_init(gamlp_lowrank *r, const gamlp_factor *f) {
    const int64_t rows = 2 * MOST;
    gamlp_status status = GAMLP_OK;
    *r = (gamlp_lowrank){0};
    GAMLP_TRY(gamlp_new(&r->change, MOST, sizeof *r->change, "changes of a factor"));
    GAMLP_TRY(gamlp_new_raw(&r->pivot, rows, sizeof *r->pivot, "changes of a factor"));
    GAMLP_TRY(gamlp_new_raw(&r->row, 2 * rows, sizeof *r->row, "changes of a factor"));
    GAMLP_TRY(gamlp_new_raw(&r->path, f->n, sizeof *r->path, "changes of a factor"));
    GAMLP_TRY(gamlp_new(&r->work, 2 * f->n, sizeof *r->work, "changes of a factor"));
    GAMLP_TRY(gamlp_new_raw(&r->turned, 2 * f->n, sizeof *r->turned, "changes of a factor"));
done:
    if (status != GAMLP_OK) gamlp_lowrank_clear(r);
    return status;
}

void gamlp_lowrank_clear(gamlp_lowrank *r) {
    if (!r) return;
    for (int64_t e = 0; e < r->changes; e++) gamlp_free(r->change[e].w);
    gamlp_free(r->change);
    gamlp_free(r->pivot);
    gamlp_free(r->row);
    gamlp_free(r->path);
    gamlp_free(r->work);
    gamlp_free(r->turned);
    *r = (gamlp_lowrank){0};
}

static int64_t runs_of(const int32_t *path, int64_t count) {
    int64_t runs = 0;
    for (int64_t p = 0; p < count; p++) runs += p == 0 || path[p] != path[p - 1] + 1;
    return runs;
}

/* Change `changes`, for a path of `count` pivots. */
static gamlp_status reserve(gamlp_lowrank_change *change, const gamlp_lowrank *r, int64_t count) {
    const int64_t rows = 2 * r->changes, runs = runs_of(r->path, count);
    double *block;
    gamlp_status status = gamlp_new_raw(&block, 2 * count + 2 * rows + 1 + runs, sizeof *block,
                                        "changes of a factor");
    if (status != GAMLP_OK) return status;
    *change = (gamlp_lowrank_change){.w = block};
    change->row[0] = block + 2 * count;
    change->row[1] = change->row[0] + rows;
    change->run = (gamlp_lowrank_run *)(change->row[1] + rows + 1);
    for (int64_t p = 0; p < count; p++) {
        if (p == 0 || r->path[p] != r->path[p - 1] + 1)
            change->run[change->runs++] = (gamlp_lowrank_run){r->path[p], 0};
        change->run[change->runs - 1].count++;
    }
    return GAMLP_OK;
}

/* What a change has in common with the new one, in lanes: products of what is in the same column,
 * and of what is in the other one. */
typedef struct products {
    double same[WIDE], other[WIDE];
} products;

GAMLP_HOT_PART void add_products(products *sum, const double *restrict w, const double *restrict x,
                                 const double *restrict turned, int64_t count) {
    int64_t k = 0;
    for (; k + WIDE <= count; k += WIDE)
#pragma omp simd
        for (int t = 0; t < WIDE; t++) {
            sum->same[t] += w[k + t] * x[k + t];
            sum->other[t] += w[k + t] * turned[k + t];
        }
    for (; k < count; k++) {
        sum->same[k % 2] += w[k] * x[k];
        sum->other[k % 2] += w[k] * turned[k];
    }
}

/* The pivots of both. */
GAMLP_HOT_PART void multiply_change(products *sum, const gamlp_lowrank *r,
                                    const gamlp_lowrank_change *old,
                                    const gamlp_lowrank_change *now) {
    const double *w = old->w;
    for (int64_t a = 0, b = 0; a < old->runs && b < now->runs;) {
        const gamlp_lowrank_run p = old->run[a], q = now->run[b];
        const int64_t first = p.first > q.first ? p.first : q.first;
        const int64_t p_end = (int64_t)p.first + p.count, q_end = (int64_t)q.first + q.count;
        const int64_t end = p_end < q_end ? p_end : q_end;
        if (first < end)
            add_products(sum, w + 2 * (first - p.first), r->work + 2 * first, r->turned + 2 * first,
                         2 * (end - first));
        if (p_end > q_end) {
            b++;
            continue;
        }
        w += 2 * (int64_t)p.count;
        a++;
    }
}

/* The two new rows of C, then of L_C times E. */
typedef struct border_job {
    gamlp_lowrank *r;
    double *first, *second;
    int64_t begin, end; /* rows of L_C in hand */
} border_job;

/* row[2 e + column] <- w_e' D^{-1} w of some changes e, the latter in `work`. */
GAMLP_HOT static void multiply_chunk(void *context, int64_t chunk) {
    const border_job *job = context;
    const gamlp_lowrank *r = job->r;
    const int64_t last = (chunk + 1) * CHANGES < r->changes ? (chunk + 1) * CHANGES : r->changes;
    for (int64_t e = chunk * CHANGES; e < last; e++) {
        products sum = {{0}, {0}};
        multiply_change(&sum, r, &r->change[e], &r->change[r->changes]);
        for (int t = WIDE - 1; t > 1; t--) {
            sum.same[t - 2] += sum.same[t];
            sum.other[t - 2] += sum.other[t];
        }
        job->first[2 * e] = sum.same[0];
        job->first[2 * e + 1] = sum.other[1];
        job->second[2 * e] = sum.other[0];
        job->second[2 * e + 1] = sum.same[1];
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

/* Row `rows` of L_C and its E, from that of C, of which the entries before the diagonal, the last,
 * have been solved for.  Whether E has the sign s. */
GAMLP_HOT_PART bool border(double *restrict to, double *restrict pivot, double *restrict row,
                           int64_t rows, double s) {
    double last = row[rows];
    for (int64_t k = 0; k < rows; k++) {
        to[k] = row[k] / pivot[k];
        last -= to[k] * row[k];
    }
    pivot[rows] = last;
    return s * last > 0;
}

/* Rows of L_C in hand times what has been solved for before them. */
GAMLP_HOT static void solve_chunk(void *context, int64_t chunk) {
    const border_job *job = context;
    const int64_t from = job->begin + chunk * ROWS, next = from + ROWS;
    for (int64_t k = from; k < next && k < job->end; k++) {
        const double *row = job->r->change[k / 2].row[k % 2];
        job->first[k] -= dot(row, job->first, job->begin);
        job->second[k] -= dot(row, job->second, job->begin);
    }
}

/* Both new rows of L_C; each row of it is read once. */
GAMLP_HOT static bool border_pair(border_job *job, double s) {
    gamlp_lowrank *r = job->r;
    const int64_t rows = 2 * r->changes;
    const gamlp_lowrank_change *now = &r->change[r->changes];
    double *first = job->first, *second = job->second;
    for (job->begin = 0; job->begin < rows; job->begin = job->end) {
        job->end = job->begin + BLOCK < rows ? job->begin + BLOCK : rows;
        if (job->begin > 0)
            gamlp_parallel_if(BLOCK * job->begin >= SMALL_WORK,
                              (job->end - job->begin + ROWS - 1) / ROWS, solve_chunk, job);
        for (int64_t k = job->begin; k < job->end; k++) {
            const double *row = r->change[k / 2].row[k % 2] + job->begin;
            first[k] -= dot(row, first + job->begin, k - job->begin);
            second[k] -= dot(row, second + job->begin, k - job->begin);
        }
    }
    if (!border(now->row[0], r->pivot, first, rows, s)) return false;
    second[rows] -= dot(now->row[0], second, rows);
    return border(now->row[1], r->pivot, second, rows + 1, s);
}

/* The columns of W of one more change, on its path; D^{-1} of them stays in `work` and `turned`. */
static void solve_pair(gamlp_lowrank *r, const gamlp_factor *f, int64_t count, double own[3]) {
    double *w = r->change[r->changes].w;
    gamlp_factor_forward_path(f, r->work, r->path, count);
    for (int64_t p = 0; p < count; p++, w += 2) {
        const int64_t i = r->path[p];
        double *x = r->work + 2 * i, *turned = r->turned + 2 * i;
        const double pivot = f->val[f->ptr[i]];
        for (int t = 0; t < 2; t++) {
            w[t] = x[t];
            x[t] /= pivot;
        }
        turned[0] = x[1];
        turned[1] = x[0];
        own[0] += w[0] * x[0];
        own[1] += w[0] * x[1];
        own[2] += w[1] * x[1];
    }
}

gamlp_status gamlp_lowrank_add(gamlp_lowrank *r, const gamlp_factor *f, const int64_t pivot[2],
                               const double u[2], const double v[2], bool add) {
    const int64_t rows = 2 * r->changes;
    const double s = add ? 1 : -1;
    double *first = r->row, *second = r->row + 2 * MOST, own[3] = {0};
    border_job job = {.r = r, .first = first, .second = second};
    if (r->changes == MOST)
        return gamlp_fail(GAMLP_E_USAGE, "a factor with %d changes takes no more", MOST);
    gamlp_lowrank_change *now = &r->change[r->changes];
    const int64_t count = gamlp_factor_path(r->path, f, pivot[0], pivot[1]);
    gamlp_status status = reserve(now, r, count);
    if (status != GAMLP_OK) return status;
    for (int e = 0; e < 2; e++) {
        r->work[2 * pivot[e]] = u[e];
        r->work[2 * pivot[e] + 1] = v[e];
    }
    solve_pair(r, f, count, own);
    gamlp_parallel_if(r->changes * count >= SMALL_WORK, (r->changes + CHANGES - 1) / CHANGES,
                      multiply_chunk, &job);
    first[rows] = s + own[0];
    second[rows] = own[1];
    second[rows + 1] = s + own[2];
    for (int64_t p = 0; p < count; p++)
        memset(r->work + 2 * (int64_t)r->path[p], 0, 2 * sizeof *r->work);
    if (!border_pair(&job, s)) {
        gamlp_free(now->w);
        return gamlp_fail(GAMLP_E_NUMERIC,
                          "the matrix is not positive definite after a change of row %lld",
                          (long long)f->perm[pivot[0]]);
    }
    r->changes++;
    return GAMLP_OK;
}

/* z <- C^{-1} z */
GAMLP_HOT static void solve_small(const gamlp_lowrank *r, double *z) {
    const int64_t rows = 2 * r->changes;
    for (int64_t i = 0; i < rows; i++) {
        const double *row = r->change[i / 2].row[i % 2];
        for (int64_t k = 0; k < i; k++)
            for (int t = 0; t < LANES; t++) z[i * LANES + t] -= row[k] * z[k * LANES + t];
    }
    for (int64_t i = 0; i < rows; i++)
        for (int t = 0; t < LANES; t++) z[i * LANES + t] /= r->pivot[i];
    for (int64_t i = rows - 1; i > 0; i--) {
        const double *row = r->change[i / 2].row[i % 2];
        for (int64_t k = 0; k < i; k++)
            for (int t = 0; t < LANES; t++) z[k * LANES + t] -= row[k] * z[i * LANES + t];
    }
}

/* z <- W' x */
GAMLP_HOT static void gather(const gamlp_lowrank *r, const double *restrict x, double *restrict z) {
    for (int64_t e = 0; e < r->changes; e++) {
        const gamlp_lowrank_change *change = &r->change[e];
        const double *restrict w = change->w;
        double sum[2][LANES] = {{0}};
        for (int64_t a = 0; a < change->runs; a++) {
            const double *restrict from = x + (int64_t)change->run[a].first * LANES;
            for (int64_t p = 0; p < change->run[a].count; p++, w += 2, from += LANES)
                for (int t = 0; t < LANES; t++) {
                    sum[0][t] += w[0] * from[t];
                    sum[1][t] += w[1] * from[t];
                }
        }
        memcpy(z + 2 * e * LANES, sum, sizeof sum);
    }
}

/* x <- x - D^{-1} W z */
GAMLP_HOT static void scatter(const gamlp_factor *f, const gamlp_lowrank *r, double *restrict x,
                              const double *restrict z) {
    for (int64_t e = 0; e < r->changes; e++) {
        const gamlp_lowrank_change *change = &r->change[e];
        const double *restrict w = change->w;
        double b[2][LANES];
        memcpy(b, z + 2 * e * LANES, sizeof b);
        for (int64_t a = 0; a < change->runs; a++) {
            const int64_t first = change->run[a].first, end = first + change->run[a].count;
            for (int64_t i = first; i < end; i++, w += 2) {
                double *restrict to = x + i * LANES;
                const double pivot = f->val[f->ptr[i]];
                const double w0 = w[0] / pivot, w1 = w[1] / pivot;
                for (int t = 0; t < LANES; t++) to[t] -= w0 * b[0][t] + w1 * b[1][t];
            }
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
