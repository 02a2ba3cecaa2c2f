/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/kernels.h"

#include <stdbool.h>
#include <string.h>

#include "core/hot.h"
#include "solver/sweep.h"

GAMLP_HOT static void dot_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                               double *sums) {
    sums[0] += gamlp_sweep_dot(k->a + begin, k->b + begin, end - begin);
}

double gamlp_kernel_dot(const gamlp_dense *x, const gamlp_dense *y) {
    gamlp_sweep_args args = {.a = x->data, .b = y->data};
    double sums[GAMLP_SUMS];
    gamlp_sweep(sums, dot_body, &args, gamlp_sweep_elements(x), 1);
    return sums[0];
}

double gamlp_kernel_square(const gamlp_dense *x) {
    return gamlp_kernel_dot(x, x);
}

GAMLP_HOT static void residual_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                    double *sums) {
    (void)sums;
    for (int64_t j = begin; j < end; j++) {
        const gamlp_real *m = k->a + j * k->rows, *z = k->c + j * k->rows;
        gamlp_real *r = k->out + j * k->rows;
        for (int64_t i = 0; i < k->rows; i++) r[i] = m[i] + k->b[i] - z[i];
    }
}

void gamlp_kernel_residual(gamlp_dense *r, const gamlp_dense *m, const gamlp_dense *b,
                           const gamlp_dense *z) {
    gamlp_sweep_args args = {
        .rows = r->rows, .out = r->data, .a = m->data, .b = b->data, .c = z->data};
    gamlp_sweep(NULL, residual_body, &args, r->cols, r->rows);
}

GAMLP_HOT static void couple_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                  double *sums) {
    (void)sums;
    for (int64_t i = begin; i < end; i++) k->out[i] = k->a[i] + k->s * (k->b[i] - k->c[i]);
}

void gamlp_kernel_couple(gamlp_dense *g, const gamlp_dense *u, const gamlp_dense *p,
                         const gamlp_dense *q, gamlp_real rho) {
    gamlp_sweep_args args = {.out = g->data, .a = u->data, .b = p->data, .c = q->data, .s = rho};
    gamlp_sweep(NULL, couple_body, &args, gamlp_sweep_elements(g), 1);
}

GAMLP_HOT static void step_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                double *sums) {
    gamlp_real *y = k->out;
    for (int64_t i = begin; i < end; i++) y[i] -= k->s * k->a[i];
    sums[0] += gamlp_sweep_dot(y + begin, y + begin, end - begin);
}

double gamlp_kernel_step(gamlp_dense *y, gamlp_real s, const gamlp_dense *x) {
    gamlp_sweep_args args = {.out = y->data, .a = x->data, .s = s};
    double sums[GAMLP_SUMS];
    gamlp_sweep(sums, step_body, &args, gamlp_sweep_elements(y), 1);
    return sums[0];
}

GAMLP_HOT static void step_residual_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                         double *sums) {
    (void)sums;
    for (int64_t j = begin; j < end; j++) {
        gamlp_real *m = k->out + j * k->rows, *r = k->out2 + j * k->rows;
        const gamlp_real *t = k->a + j * k->rows, *z = k->c + j * k->rows;
        for (int64_t i = 0; i < k->rows; i++) {
            m[i] -= k->s * t[i];
            r[i] = m[i] + k->b[i] - z[i];
        }
    }
}

void gamlp_kernel_step_residual(gamlp_dense *m, gamlp_dense *r, gamlp_real s, const gamlp_dense *t,
                                const gamlp_dense *b, const gamlp_dense *z) {
    gamlp_sweep_args args = {.rows = m->rows,
                             .out = m->data,
                             .out2 = r->data,
                             .a = t->data,
                             .b = b->data,
                             .c = z->data,
                             .s = s};
    gamlp_sweep(NULL, step_residual_body, &args, m->cols, m->rows);
}

GAMLP_HOT static void w_gradient_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                      double *sums) {
    gamlp_real *g = k->out;
    if (k->s != 0)
        for (int64_t i = begin; i < end; i++) g[i] += k->s * k->a[i];
    sums[0] += gamlp_sweep_dot(g + begin, g + begin, end - begin);
}

double gamlp_kernel_w_gradient(gamlp_dense *g, gamlp_real l2, const gamlp_dense *w) {
    gamlp_sweep_args args = {.out = g->data, .a = w->data, .s = l2};
    double sums[GAMLP_SUMS];
    gamlp_sweep(sums, w_gradient_body, &args, gamlp_sweep_elements(g), 1);
    return sums[0];
}

GAMLP_HOT static void step_bias_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                     double *sums) {
    double *total = gamlp_sweep_row_sums(k, begin);
    (void)sums;
    for (int64_t from = begin, to; from < end; from = to) {
        gamlp_real d[GAMLP_STRIP], *m = k->out + from;
        const gamlp_real *t = k->a + from, *z = k->c + from;
        to = gamlp_sweep_strip(from, end);
        for (int64_t i = 0; i < to - from; i++) {
            m[i] = k->t * m[i] - k->s * t[i];
            d[i] = z[i] - m[i];
        }
        gamlp_sweep_add_rows(total, k->rows, from, d, to - from);
    }
}

void gamlp_kernel_step_bias(gamlp_dense *m, double *mean, double *work, gamlp_real keep,
                            gamlp_real s, const gamlp_dense *t, const gamlp_dense *z) {
    gamlp_sweep_args args = {.rows = m->rows,
                             .out = m->data,
                             .a = t->data,
                             .c = z->data,
                             .s = s,
                             .t = keep,
                             .work = work};
    gamlp_sweep_rows(NULL, mean, step_bias_body, &args, m->cols);
}

GAMLP_HOT_PART void displace(gamlp_real *next, gamlp_real *d, const gamlp_sweep_args *k, int64_t e,
                             int64_t n, bool exact) {
    const gamlp_real *p = k->a + e, *g = k->b + e;
    const gamlp_grid grid = k->grid;
    int32_t level;
    for (int64_t i = 0; i < n; i++) {
        gamlp_real x = gamlp_grid_find(&level, &grid, p[i] - k->s * g[i], exact);
        next[i] = x;
        d[i] = x - p[i];
    }
}

/* In strips, which stay in the first cache. */
GAMLP_HOT double gamlp_kernel_displace(gamlp_real *next, gamlp_real *d, const gamlp_sweep_args *k,
                                       int64_t e, int64_t n) {
    double lane[GAMLP_LANES] = {0};
    for (int64_t from = 0, to; from < n; from = to) {
        gamlp_real unused[GAMLP_STRIP], *kept = next ? next + from : unused;
        to = gamlp_sweep_strip(from, n);
        if (k->grid.exact)
            displace(kept, d + from, k, e + from, to - from, true);
        else
            displace(kept, d + from, k, e + from, to - from, false);
        gamlp_sweep_add(lane, d + from, d + from, to - from);
    }
    return gamlp_sweep_fold(lane);
}

static void quantised_step_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                double *sums) {
    sums[0] += gamlp_kernel_displace(NULL, k->out + begin, k, begin, end - begin);
}

double gamlp_kernel_quantised_step(gamlp_dense *d, const gamlp_levels *levels, const gamlp_dense *p,
                                   gamlp_real s, const gamlp_dense *g) {
    gamlp_sweep_args args = {
        .out = d->data, .a = p->data, .b = g->data, .s = s, .grid = gamlp_grid_of(levels)};
    double sums[GAMLP_SUMS];
    gamlp_sweep(sums, quantised_step_body, &args, gamlp_sweep_elements(p), 1);
    return sums[0];
}

GAMLP_HOT static void quantised_move_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                          double *sums) {
    (void)sums;
    gamlp_real *p = k->out;
    for (int64_t from = begin, to; from < end; from = to) {
        to = gamlp_sweep_strip(from, end);
        for (int64_t i = from; i < to; i++) p[i] -= k->s * k->b[i];
        gamlp_grid_project(p + from, &k->grid, to - from);
    }
}

void gamlp_kernel_quantised_move(gamlp_dense *p, const gamlp_levels *levels, gamlp_real s,
                                 const gamlp_dense *g) {
    gamlp_sweep_args args = {.out = p->data, .b = g->data, .s = s, .grid = gamlp_grid_of(levels)};
    gamlp_sweep(NULL, quantised_move_body, &args, gamlp_sweep_elements(p), 1);
}

GAMLP_HOT static void u_body(const gamlp_sweep_args *k, int64_t begin, int64_t end, double *sums) {
    (void)sums;
    gamlp_real *u = k->out;
    for (int64_t i = begin; i < end; i++) {
        gamlp_real residual = k->a[i] - k->b[i];
        u[i] = u[i] + k->t * residual;
    }
}

void gamlp_kernel_u(gamlp_dense *u, const gamlp_dense *p, const gamlp_dense *q, gamlp_real rho) {
    gamlp_sweep_args args = {.out = u->data, .a = p->data, .b = q->data, .t = rho};
    gamlp_sweep(NULL, u_body, &args, gamlp_sweep_elements(u), 1);
}

GAMLP_HOT static void gram_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                double *sums) {
    gamlp_real image[GAMLP_STRIP];
    double lane[3][GAMLP_LANES] = {{0}};
    for (int64_t from = begin; from < end; from += GAMLP_STRIP) {
        int64_t n = gamlp_sweep_strip(from, end) - from;
        const gamlp_real *t = k->a + from, *r = k->b + from, *m = k->c + from;
        for (int64_t i = 0; i < n; i++) image[i] = k->s * t[i] + k->t * m[i];
        gamlp_sweep_add(lane[0], t, r, n);
        gamlp_sweep_add(lane[1], r, m, n);
        gamlp_sweep_add(lane[2], image, image, n);
    }
    for (int i = 0; i < 3; i++) sums[i] += gamlp_sweep_fold(lane[i]);
}

gamlp_gram_sums gamlp_kernel_gram(const gamlp_dense *t, const gamlp_dense *r, const gamlp_dense *m,
                                  gamlp_real nu, gamlp_real l2) {
    gamlp_sweep_args args = {.a = t->data, .b = r->data, .c = m->data, .s = nu, .t = l2};
    double sums[GAMLP_SUMS];
    gamlp_sweep(sums, gram_body, &args, gamlp_sweep_elements(t), 1);
    return (gamlp_gram_sums){sums[0], sums[1], sums[2]};
}

GAMLP_HOT_PART void input_element(const gamlp_sweep_args *k, int64_t i,
                                  gamlp_real (*sum)[GAMLP_LANES], int l) {
    gamlp_input_terms(sum, l, k->s, k->t, k->a[i], k->b[i], k->c[i], k->d[i], k->e[i]);
}

/* Eight products of a lane are added as stored, in registers, and then in double. */
GAMLP_HOT static void input_body(const gamlp_sweep_args *args, int64_t begin, int64_t end,
                                 double *sums) {
    enum { LANES = GAMLP_LANES, COUNT = 6 };
    double lane[COUNT][LANES] = {{0}};
    const gamlp_sweep_args k = *args;
    for (int64_t i = begin; i < end;) {
        gamlp_real sum[COUNT][LANES] = {{0}};
        int64_t stop = i + 8 * LANES < end ? i + 8 * LANES : end;
        for (; i + LANES <= stop; i += LANES)
#pragma omp simd
            for (int l = 0; l < LANES; l++) input_element(&k, i + l, sum, l);
        for (int l = 0; i < stop; i++, l++) input_element(&k, i, sum, l);
        for (int t = 0; t < COUNT; t++)
            for (int l = 0; l < LANES; l++) lane[t][l] += (double)sum[t][l];
    }
    for (int t = 0; t < COUNT; t++) sums[t] += gamlp_sweep_fold(lane[t]);
}

gamlp_input_sums gamlp_kernel_input(const gamlp_dense *t, const gamlp_dense *r,
                                    const gamlp_dense *m, const gamlp_dense *b,
                                    const gamlp_dense *base, gamlp_real nu, gamlp_real l2) {
    gamlp_sweep_args args = {
        .a = t->data, .b = r->data, .c = m->data, .d = b->data, .e = base->data, .s = nu, .t = l2};
    double sums[GAMLP_SUMS];
    gamlp_sweep(sums, input_body, &args, gamlp_sweep_elements(t), 1);
    return gamlp_input_sums_of(sums);
}

GAMLP_HOT static void gram_step_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                     double *sums) {
    double *total = gamlp_sweep_row_sums(k, begin);
    (void)sums;
    gamlp_sweep_own(k->out2, begin, end);
    for (int64_t from = begin, to; from < end; from = to) {
        gamlp_real d[GAMLP_STRIP], *m = k->out + from, *b = k->out2 + from;
        const gamlp_real *t = k->a + from, *r = k->b + from, *z = k->c + from;
        to = gamlp_sweep_strip(from, end);
        for (int64_t i = 0; i < to - from; i++) {
            b[i] = k->t * b[i] - k->s * r[i];
            m[i] = k->t * m[i] - k->s * t[i];
            d[i] = z[i] - m[i];
        }
        gamlp_sweep_add_rows(total, k->rows, from, d, to - from);
    }
}

void gamlp_kernel_gram_step(gamlp_dense *m, gamlp_dense *b, double *mean, double *work,
                            gamlp_real keep, gamlp_real s, const gamlp_dense *t,
                            const gamlp_dense *r, const gamlp_dense *z) {
    gamlp_sweep_args args = {.rows = m->rows,
                             .out = m->data,
                             .out2 = b->data,
                             .a = t->data,
                             .b = r->data,
                             .c = z->data,
                             .s = s,
                             .t = keep,
                             .work = work};
    gamlp_sweep_rows(NULL, mean, gram_step_body, &args, m->cols);
}

GAMLP_HOT static void scale_copy_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                      double *sums) {
    (void)sums;
    for (int64_t i = begin; i < end; i++) k->out[i] = k->s * k->a[i];
}

void gamlp_kernel_scale_copy(gamlp_dense *y, gamlp_real s, const gamlp_dense *x) {
    gamlp_sweep_args args = {.out = y->data, .a = x->data, .s = s};
    gamlp_sweep(NULL, scale_copy_body, &args, gamlp_sweep_elements(x), 1);
}
