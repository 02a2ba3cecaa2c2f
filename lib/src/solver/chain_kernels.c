/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/chain_kernels.h"

#include <stdbool.h>
#include <string.h>

#include "core/hot.h"
#include "solver/sweep.h"
#include "solver/zstep.h"

GAMLP_HOT static void apply_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                 double *sums) {
    (void)sums;
    for (int64_t j = begin; j < end; j++) {
        gamlp_real *m = k->out + j * k->rows, *r = k->out2 + j * k->rows;
        const gamlp_real *t = k->a + j * k->rows, *z = k->c + j * k->rows;
        if (k->out3) {
            gamlp_real *big_b = k->out3 + j * k->rows;
            for (int64_t i = 0; i < k->rows; i++) big_b[i] = k->t * big_b[i] - k->s * r[i];
        }
#pragma omp simd
        for (int64_t i = 0; i < k->rows; i++) {
            m[i] = k->t * m[i] - k->s * t[i];
            r[i] = m[i] + k->b[i] - z[i];
        }
    }
}

void gamlp_chain_apply(gamlp_dense *m, gamlp_dense *r, gamlp_dense *big_b, gamlp_real keep,
                       gamlp_real s, const gamlp_dense *t, const gamlp_dense *b,
                       const gamlp_dense *z) {
    gamlp_sweep_args args = {.rows = m->rows,
                             .out = m->data,
                             .out2 = r->data,
                             .out3 = big_b ? big_b->data : NULL,
                             .a = t->data,
                             .b = b->data,
                             .c = z->data,
                             .s = s,
                             .t = keep};
    gamlp_sweep(NULL, apply_body, &args, m->cols, m->rows);
}

GAMLP_HOT_PART void relu_strip(gamlp_real *best, gamlp_real *value, const gamlp_real *c,
                               const gamlp_real *a, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) best[i] = gamlp_chain_best_z(&value[i], c[i], a[i]);
}

__attribute__((always_inline)) static inline void z_strip(const gamlp_sweep_args *k, int64_t e,
                                                          const gamlp_real *b, int64_t n,
                                                          double (*lane)[GAMLP_LANES]) {
    gamlp_real c[GAMLP_STRIP], best[GAMLP_STRIP], value[GAMLP_STRIP];
    gamlp_real *z = k->out + e, *r = k->out2 + e;
    const gamlp_real *m = k->a + e, *a = k->c + e;
    gamlp_zstep step = {k->activation, false, c, a, z};
    for (int64_t i = 0; i < n; i++) c[i] = m[i] + b[i];
    if (k->activation->kind == GAMLP_RELU)
        relu_strip(best, value, c, a, n);
    else
        gamlp_zstep_strip(best, value, &step, n);
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        r[i] = c[i] - best[i];
        value[i] = a[i] - value[i];
        c[i] = best[i] - z[i];
        z[i] = best[i];
    }
    gamlp_sweep_add(lane[0], r, r, n);
    gamlp_sweep_add(lane[1], c, c, n);
    gamlp_sweep_add(lane[2], value, value, n);
}

GAMLP_HOT static void z_body(const gamlp_sweep_args *k, int64_t begin, int64_t end, double *sums) {
    double lane[3][GAMLP_LANES] = {{0}}, *total = k->work ? gamlp_sweep_row_sums(k, begin) : NULL;
    for (int64_t e = begin, next; e < end; e = next) {
        gamlp_real b[GAMLP_STRIP];
        next = gamlp_sweep_strip(e, end);
        gamlp_sweep_spread(b, k->b, k->rows, e, next - e);
        z_strip(k, e, b, next - e, lane);
        if (total) gamlp_sweep_add_rows(total, k->rows, e, k->out2 + e, next - e);
    }
    for (int i = 0; i < 3; i++) sums[i] += gamlp_sweep_fold(lane[i]);
}

gamlp_chain_sums gamlp_chain_z(gamlp_dense *z, gamlp_dense *r, double *mean, double *work,
                               const gamlp_activation *f, const gamlp_dense *m,
                               const gamlp_dense *b, const gamlp_dense *a) {
    gamlp_sweep_args args = {.rows = m->rows,
                             .out = z->data,
                             .out2 = r->data,
                             .a = m->data,
                             .b = b->data,
                             .c = a->data,
                             .activation = f,
                             .work = mean ? work : NULL};
    double sums[GAMLP_SUMS];
    if (mean)
        gamlp_sweep_rows(sums, mean, z_body, &args, m->cols);
    else
        gamlp_sweep(sums, z_body, &args, m->rows * m->cols, 1);
    return (gamlp_chain_sums){sums[0], sums[1], sums[2]};
}

GAMLP_HOT static void shift_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                 double *sums) {
    (void)sums;
    for (int64_t j = begin; j < end; j++) {
        gamlp_real *r = k->out + j * k->rows;
        for (int64_t i = 0; i < k->rows; i++) r[i] += k->b[i];
    }
}

void gamlp_chain_shift(gamlp_dense *r, const gamlp_dense *shift) {
    gamlp_sweep_args args = {.rows = r->rows, .out = r->data, .b = shift->data};
    gamlp_sweep(NULL, shift_body, &args, r->cols, r->rows);
}

GAMLP_HOT static void mean_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                double *sums) {
    (void)sums;
    gamlp_sweep_add_rows(gamlp_sweep_row_sums(k, begin), k->rows, begin, k->a + begin, end - begin);
}

void gamlp_chain_mean(double *mean, double *work, const gamlp_dense *r) {
    gamlp_sweep_args args = {.rows = r->rows, .a = r->data, .work = work};
    gamlp_sweep_rows(NULL, mean, mean_body, &args, r->cols);
}

/* f(z) of a strip. */
__attribute__((always_inline)) static inline void
apply_strip(gamlp_real *value, const gamlp_activation *f, const gamlp_real *z, int64_t n) {
    if (f->kind == GAMLP_RELU)
        for (int64_t i = 0; i < n; i++) value[i] = z[i] < 0 ? 0 : z[i];
    else
        for (int64_t i = 0; i < n; i++)
            value[i] = (gamlp_real)gamlp_activation_value(f, (double)z[i]);
}

GAMLP_HOT static void pull_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                double *sums) {
    gamlp_real value[GAMLP_STRIP], *g = k->out;
    for (int64_t from = begin; from < end; from += GAMLP_STRIP) {
        int64_t n = gamlp_sweep_strip(from, end) - from;
        apply_strip(value, k->activation, k->b + from, n);
        for (int64_t i = 0; i < n; i++) g[from + i] += k->s * (k->a[from + i] - value[i]);
    }
    sums[0] += gamlp_sweep_dot(g + begin, g + begin, end - begin);
}

double gamlp_chain_pull(gamlp_dense *g, const gamlp_dense *a, const gamlp_activation *f,
                        const gamlp_dense *z, gamlp_real nu) {
    gamlp_sweep_args args = {.out = g->data, .a = a->data, .b = z->data, .s = nu, .activation = f};
    double sums[GAMLP_SUMS];
    gamlp_sweep(sums, pull_body, &args, gamlp_sweep_elements(g), 1);
    return sums[0];
}

GAMLP_HOT static void step_a_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                  double *sums) {
    gamlp_real value[GAMLP_STRIP], *a = k->out;
    double lane[GAMLP_LANES] = {0};
    for (int64_t from = begin; from < end; from += GAMLP_STRIP) {
        int64_t n = gamlp_sweep_strip(from, end) - from;
        apply_strip(value, k->activation, k->b + from, n);
        for (int64_t i = 0; i < n; i++) {
            a[from + i] -= k->s * k->a[from + i];
            value[i] = a[from + i] - value[i];
        }
        gamlp_sweep_add(lane, value, value, n);
    }
    sums[0] += gamlp_sweep_fold(lane);
}

double gamlp_chain_step_a(gamlp_dense *a, gamlp_real s, const gamlp_dense *g,
                          const gamlp_activation *f, const gamlp_dense *z) {
    gamlp_sweep_args args = {.out = a->data, .a = g->data, .b = z->data, .s = s, .activation = f};
    double sums[GAMLP_SUMS];
    gamlp_sweep(sums, step_a_body, &args, gamlp_sweep_elements(a), 1);
    return sums[0];
}

GAMLP_HOT static void offset_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                  double *sums) {
    (void)sums;
    for (int64_t i = begin; i < end; i++) k->out[i] = k->a[i] + k->s * k->b[i];
}

void gamlp_chain_offset(gamlp_dense *y, const gamlp_dense *x, gamlp_real s, const gamlp_dense *u) {
    gamlp_sweep_args args = {.out = y->data, .a = x->data, .b = u->data, .s = s};
    gamlp_sweep(NULL, offset_body, &args, gamlp_sweep_elements(y), 1);
}

GAMLP_HOT static void dual_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                double *sums) {
    for (int64_t j = begin; j < end; j++) {
        gamlp_real *u = k->out + j * k->rows;
        const gamlp_real *z = k->a + j * k->rows, *m = k->c + j * k->rows;
        for (int64_t i = 0; i < k->rows; i++) {
            gamlp_real d = z[i] - m[i] - k->b[i];
            u[i] += k->s * d;
            sums[0] += (double)d * (double)d;
            sums[1] += (double)u[i] * (double)d;
        }
    }
}

double gamlp_chain_dual(double *dual, gamlp_dense *u, const gamlp_dense *z, const gamlp_dense *m,
                        const gamlp_dense *b, gamlp_real rho) {
    gamlp_sweep_args args = {
        .rows = m->rows, .out = u->data, .a = z->data, .b = b->data, .c = m->data, .s = rho};
    double sums[GAMLP_SUMS];
    gamlp_sweep(sums, dual_body, &args, m->cols, m->rows);
    *dual = sums[1];
    return sums[0];
}
