/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/mdlam_kernels.h"

#include <math.h>

#include "core/hot.h"
#include "solver/sweep.h"

/* f is ReLU: z <= a + epsilon, and z >= a - epsilon where that is positive. */
GAMLP_HOT static void z_relu_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                  double *sums) {
    gamlp_real dz[GAMLP_STRIP], epsilon = k->s;
    double lane[2][GAMLP_LANES] = {{0}};
    for (int64_t j = begin; j < end; j++)
        for (int64_t from = 0; from < k->rows; from += GAMLP_STRIP) {
            int64_t n = gamlp_sweep_strip(from, k->rows) - from, e = j * k->rows + from;
            const gamlp_real *m = k->a + e, *b = k->b + from, *a = k->c + e;
            gamlp_real *z = k->out + e, *r = k->out2 + e;
            for (int64_t i = 0; i < n; i++) {
                gamlp_real c = m[i] + b[i], low = a[i] - epsilon, high = a[i] + epsilon;
                gamlp_real best = c < low && low > 0 ? low : c;
                best = best > high ? high : best;
                dz[i] = best - z[i];
                r[i] = c - best;
                z[i] = best;
            }
            gamlp_sweep_add(lane[0], r, r, n);
            gamlp_sweep_add(lane[1], dz, dz, n);
        }
    for (int i = 0; i < 2; i++) sums[i] += gamlp_sweep_fold(lane[i]);
}

/* Any f that does not decrease.  Rounding may leave no z at all: then the old one stays. */
static void z_body(const gamlp_sweep_args *k, int64_t begin, int64_t end, double *sums) {
    double epsilon = (double)k->s;
    for (int64_t j = begin; j < end; j++)
        for (int64_t i = 0; i < k->rows; i++) {
            int64_t e = j * k->rows + i;
            double a = (double)k->c[e], low, high, c = (double)(k->a[e] + k->b[i]);
            bool some =
                gamlp_activation_preimage(&low, &high, k->activation, a - epsilon, a + epsilon);
            gamlp_real best = some ? (gamlp_real)fmin(fmax(c, low), high) : k->out[e];
            double dz = (double)best - (double)k->out[e];
            k->out2[e] = k->a[e] + k->b[i] - best;
            k->out[e] = best;
            sums[0] += (double)k->out2[e] * (double)k->out2[e];
            sums[1] += dz * dz;
        }
}

gamlp_ml_sums gamlp_ml_z(gamlp_dense *z, gamlp_dense *r, const gamlp_dense *m, const gamlp_dense *b,
                         const gamlp_dense *a, const gamlp_activation *f, gamlp_real epsilon) {
    gamlp_sweep_args args = {.rows = m->rows,
                             .out = z->data,
                             .out2 = r->data,
                             .a = m->data,
                             .b = b->data,
                             .c = a->data,
                             .s = epsilon,
                             .activation = f};
    double sums[GAMLP_SUMS];
    gamlp_sweep(sums, f->kind == GAMLP_RELU ? z_relu_body : z_body, &args, m->cols, m->rows);
    return (gamlp_ml_sums){sums[0], sums[1]};
}

GAMLP_HOT static void extrapolate_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                       double *sums) {
    (void)sums;
    for (int64_t i = begin; i < end; i++) {
        gamlp_real step = k->s * (k->a[i] - k->out[i]);
        k->out[i] = k->a[i] + k->t * step;
        k->out2[i] = step;
    }
}

void gamlp_ml_extrapolate(gamlp_dense *before, gamlp_dense *step, const gamlp_dense *x,
                          gamlp_real omega) {
    gamlp_sweep_args args = {
        .out = before->data, .out2 = step->data, .a = x->data, .s = omega, .t = 1};
    gamlp_sweep(NULL, extrapolate_body, &args, gamlp_sweep_elements(x), 1);
}

void gamlp_ml_pull(gamlp_dense *before, gamlp_dense *step, const gamlp_dense *x, gamlp_real omega) {
    gamlp_sweep_args args = {
        .out = before->data, .out2 = step->data, .a = x->data, .s = omega, .t = 0};
    gamlp_sweep(NULL, extrapolate_body, &args, gamlp_sweep_elements(x), 1);
}

__attribute__((always_inline)) static inline gamlp_real clip(gamlp_real x, gamlp_real f,
                                                             gamlp_real epsilon) {
    gamlp_real low = f - epsilon, high = f + epsilon;
    x = x < low ? low : x;
    return x > high ? high : x;
}

GAMLP_HOT static void trial_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                 double *sums) {
    gamlp_real *d = k->out;
    int64_t clipped = 0;
    for (int64_t i = begin; i < end; i++) {
        gamlp_real x = k->a[i] - k->s * k->b[i], y = clip(x, k->c[i], k->t);
        clipped += x != y;
        d[i] = y - k->a[i];
    }
    sums[0] += gamlp_sweep_dot(d + begin, d + begin, end - begin);
    sums[1] += (double)clipped;
}

double gamlp_ml_trial(double *clipped, gamlp_dense *d, const gamlp_dense *x, gamlp_real s,
                      const gamlp_dense *g, const gamlp_dense *f, gamlp_real epsilon) {
    gamlp_sweep_args args = {
        .out = d->data, .a = x->data, .b = g->data, .c = f->data, .s = s, .t = epsilon};
    double sums[GAMLP_SUMS];
    gamlp_sweep(sums, trial_body, &args, gamlp_sweep_elements(x), 1);
    *clipped = sums[1];
    return sums[0];
}

GAMLP_HOT static void move_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                double *sums) {
    gamlp_real d[GAMLP_STRIP], gap = 0, largest = 0;
    double lane[GAMLP_LANES] = {0};
    for (int64_t from = begin; from < end; from += GAMLP_STRIP) {
        int64_t n = gamlp_sweep_strip(from, end) - from;
        const gamlp_real *g = k->a + from, *f = k->c + from, *before = k->d + from;
        gamlp_real *x = k->out + from;
#pragma omp simd reduction(max : gap, largest)
        for (int64_t i = 0; i < n; i++) {
            x[i] = clip(x[i] - k->s * g[i], f[i], k->t);
            d[i] = x[i] - before[i];
            gamlp_real off = x[i] - f[i], size = f[i] < 0 ? -f[i] : f[i];
            off = off < 0 ? -off : off;
            gap = off > gap ? off : gap;
            largest = size > largest ? size : largest;
        }
        gamlp_sweep_add(lane, d, d, n);
    }
    sums[0] += gamlp_sweep_fold(lane);
    sums[GAMLP_MAXIMA] = fmax(sums[GAMLP_MAXIMA], (double)gap);
    sums[GAMLP_MAXIMA + 1] = fmax(sums[GAMLP_MAXIMA + 1], (double)largest);
}

gamlp_ml_moved gamlp_ml_move(gamlp_dense *x, gamlp_real s, const gamlp_dense *g,
                             const gamlp_dense *f, gamlp_real epsilon, const gamlp_dense *before) {
    gamlp_sweep_args args = {
        .out = x->data, .a = g->data, .c = f->data, .d = before->data, .s = s, .t = epsilon};
    double sums[GAMLP_SUMS];
    gamlp_sweep(sums, move_body, &args, gamlp_sweep_elements(x), 1);
    return (gamlp_ml_moved){sums[0], sums[GAMLP_MAXIMA], sums[GAMLP_MAXIMA + 1]};
}

GAMLP_HOT static void rise_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                double *sums) {
    gamlp_real twice[GAMLP_STRIP], less = k->t - 1;
    double lane[GAMLP_LANES] = {0};
    for (int64_t from = begin; from < end; from += GAMLP_STRIP) {
        int64_t n = gamlp_sweep_strip(from, end) - from;
        const gamlp_real *t = k->a + from, *m = k->b + from, *r = k->c + from;
        gamlp_real *delta = k->out + from;
        if (k->d)
            for (int64_t i = 0; i < n; i++)
                delta[i] = k->t * k->d[from + i] + less * m[i] - k->s * t[i];
        else
            for (int64_t i = 0; i < n; i++) delta[i] = less * m[i] - k->s * t[i];
        for (int64_t i = 0; i < n; i++) twice[i] = 2 * r[i] + delta[i];
        gamlp_sweep_add(lane, delta, twice, n);
    }
    sums[0] += gamlp_sweep_fold(lane);
}

double gamlp_ml_rise(gamlp_dense *delta, const gamlp_dense *pull, gamlp_real keep,
                     const gamlp_dense *m, gamlp_real s, const gamlp_dense *t,
                     const gamlp_dense *r) {
    gamlp_sweep_args args = {.out = delta->data,
                             .a = t->data,
                             .b = m->data,
                             .c = r->data,
                             .d = pull ? pull->data : NULL,
                             .s = s,
                             .t = keep};
    double sums[GAMLP_SUMS];
    gamlp_sweep(sums, rise_body, &args, gamlp_sweep_elements(m), 1);
    return sums[0];
}

GAMLP_HOT static void add_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                               double *sums) {
    (void)sums;
    for (int64_t i = begin; i < end; i++) {
        k->out[i] += k->a[i];
        k->out2[i] += k->a[i];
    }
}

void gamlp_ml_add(gamlp_dense *m, gamlp_dense *r, const gamlp_dense *delta) {
    gamlp_sweep_args args = {.out = m->data, .out2 = r->data, .a = delta->data};
    gamlp_sweep(NULL, add_body, &args, gamlp_sweep_elements(m), 1);
}

GAMLP_HOT static void combine_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                   double *sums) {
    (void)sums;
    for (int64_t i = begin; i < end; i++) k->out[i] = k->t * k->out[i] - k->s * k->a[i];
}

void gamlp_ml_combine(gamlp_dense *y, gamlp_real keep, gamlp_real s, const gamlp_dense *x) {
    gamlp_sweep_args args = {.out = y->data, .a = x->data, .s = s, .t = keep};
    gamlp_sweep(NULL, combine_body, &args, gamlp_sweep_elements(y), 1);
}

GAMLP_HOT static void distance_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                    double *sums) {
    gamlp_real d[GAMLP_STRIP];
    double lane[GAMLP_LANES] = {0};
    for (int64_t from = begin; from < end; from += GAMLP_STRIP) {
        int64_t n = gamlp_sweep_strip(from, end) - from;
        for (int64_t i = 0; i < n; i++) d[i] = k->a[from + i] - k->b[from + i];
        gamlp_sweep_add(lane, d, d, n);
    }
    sums[0] += gamlp_sweep_fold(lane);
}

double gamlp_ml_distance(const gamlp_dense *x, const gamlp_dense *y) {
    gamlp_sweep_args args = {.a = x->data, .b = y->data};
    double sums[GAMLP_SUMS];
    gamlp_sweep(sums, distance_body, &args, gamlp_sweep_elements(x), 1);
    return sums[0];
}

GAMLP_HOT static void cross_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                 double *sums) {
    gamlp_real x[GAMLP_STRIP], y[GAMLP_STRIP];
    double lane[GAMLP_LANES] = {0};
    for (int64_t from = begin; from < end; from += GAMLP_STRIP) {
        int64_t n = gamlp_sweep_strip(from, end) - from;
        for (int64_t i = 0; i < n; i++) {
            int64_t e = from + i;
            x[i] = k->a[e] - k->b[e];
            y[i] = k->s * k->c[e] + (k->d[e] - k->e[e]);
        }
        gamlp_sweep_add(lane, x, y, n);
    }
    sums[0] += gamlp_sweep_fold(lane);
}

double gamlp_ml_cross(const gamlp_dense *x, const gamlp_dense *x_before, gamlp_real s,
                      const gamlp_dense *c, const gamlp_dense *y, const gamlp_dense *y_before) {
    gamlp_sweep_args args = {
        .a = x->data, .b = x_before->data, .c = c->data, .d = y->data, .e = y_before->data, .s = s};
    double sums[GAMLP_SUMS];
    gamlp_sweep(sums, cross_body, &args, gamlp_sweep_elements(x), 1);
    return sums[0];
}
