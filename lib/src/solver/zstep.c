/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the minimum of h(z) = (z - a)^2 + (q - f(z))^2 + kappa (z - k)^2 is.
 *
 * Piecewise linear f: on a piece h is a parabola with its least value at
 *   (a + kappa k + s (q - o)) / (1 + kappa + s^2),  f(z) = o + s z,
 * clipped to the piece; the best piece wins, of equals the left one.
 *
 * Smooth f: with c = (a + kappa k)/(1 + kappa), h = (1 + kappa)(z - c)^2 + (q - f)^2 + const, so
 *   |z - c| <= delta/sqrt(1 + kappa),  delta = |q - f(c)|,
 * and, where f does not decrease, z >= c just when q >= f(c), and |z - c| <= delta/(1 + kappa) as
 * f' <= 1.  Where (q - f) f'' <= 1 + kappa in between, h is convex and Newton's method, held in a
 * bracket, finds its minimum; elsewhere h is sampled first and each of its valleys is searched. */
#include "solver/zstep.h"

#include <math.h>

#include "core/hot.h"
#include "model/activate.h"
#include "model/jet.h"
#include "solver/sweep.h"

enum { ROUNDS = 80, SAMPLES = 64 };

/* A last Newton step so short leaves an error of about its square. */
static const double last_step = sizeof(gamlp_real) == sizeof(double) ? 1e-9 : 1e-5;

GAMLP_HOT static void piece_strip(gamlp_real *z, gamlp_real *value, const gamlp_zstep *step,
                                  const gamlp_piece *piece, int count, int64_t n) {
    gamlp_real best[GAMLP_STRIP], kappa = step->proximal ? 1 : 0;
    const gamlp_real *a = step->a, *q = step->q, *k = step->k;
    gamlp_real at[GAMLP_STRIP];
    for (int p = 0; p < count; p++) {
        gamlp_real offset = (gamlp_real)piece[p].offset, slope = (gamlp_real)piece[p].slope;
        gamlp_real low = (gamlp_real)piece[p].low, high = (gamlp_real)piece[p].high;
        gamlp_real share = 1 / (1 + kappa + slope * slope);
        bool first = p == 0;
#pragma omp simd
        for (int64_t i = 0; i < n; i++) {
            gamlp_real x = (a[i] + kappa * k[i] + slope * (q[i] - offset)) * share;
            x = x < low ? low : x;
            x = x > high ? high : x;
            gamlp_real f = slope == 0 ? offset : offset + slope * x;
            gamlp_real h = (x - a[i]) * (x - a[i]) + (q[i] - f) * (q[i] - f) +
                           kappa * ((x - k[i]) * (x - k[i]));
            bool better = first || h < best[i];
            best[i] = better ? h : best[i];
            at[i] = better ? x : at[i];
            value[i] = better ? f : value[i];
        }
    }
    memcpy(z, at, (size_t)n * sizeof *z);
}

/* What is known of a smooth f: the largest f'' and -f'', and f'' is nothing beyond `bend`. */
typedef struct shape {
    double up, down, bend;
} shape;

static shape shape_of(gamlp_activation_kind kind) {
    switch (kind) {
    case GAMLP_SIGMOID:
        return (shape){0.09622504486493764, 0.09622504486493764, 20};
    case GAMLP_SOFTPLUS:
        return (shape){0.25, 0, 20};
    case GAMLP_GELU:
        return (shape){0.7978845608028654, 0.1079819330263761, 7};
    default:
        return (shape){0.7698003589195010, 0.7698003589195010, 10};
    }
}

/* One element in double. */
typedef struct element {
    gamlp_activation_kind kind;
    double a, q, k, kappa;
} element;

__attribute__((always_inline)) static inline double objective(const element *e, double z) {
    double f = gamlp_jet_of(e->kind, z).value, d = e->q - f, move = z - e->a, old = z - e->k;
    return move * move + d * d + e->kappa * old * old;
}

/* The interval that holds the minimum; whether h is known to be convex there. */
__attribute__((always_inline)) static inline bool bracket(double *low, double *high,
                                                          const element *e, shape s) {
    double weight = 1 + e->kappa, c = (e->a + e->kappa * e->k) / weight;
    double gap = e->q - gamlp_jet_of(e->kind, c).value, size = gap < 0 ? -gap : gap;
    if (e->kind == GAMLP_GELU) {
        double radius = size * (e->kappa > 0 ? 0.70710678118654752440 : 1);
        *low = c - radius;
        *high = c + radius;
        return (size + 1.13 * radius) * s.up <= weight;
    }
    *low = gap < 0 ? c + gap / weight : c;
    *high = gap < 0 ? c : c + gap / weight;
    return size * (gap < 0 ? s.down : s.up) <= weight;
}

/* One step of Newton's method for h'/2 = (z - a) + kappa (z - k) - (q - f) f', which is negative
 * left of the minimum; halving where it leaves the bracket or is not half as long as the step
 * before. */
__attribute__((always_inline)) static inline double
advance(double *low, double *high, double *length, const element *e, double z) {
    gamlp_jet f = gamlp_jet_of(e->kind, z);
    double g = (z - e->a) + e->kappa * (z - e->k) - (e->q - f.value) * f.first;
    double slope = 1 + e->kappa + f.first * f.first - (e->q - f.value) * f.second;
    double next = z - g / slope, newton = next < z ? z - next : next - z;
    *high = g > 0 ? z : *high;
    *low = g > 0 ? *low : z;
    bool good = slope > 0 && next >= *low && next <= *high && newton <= 0.5 * *length;
    next = good ? next : 0.5 * (*low + *high);
    *length = next < z ? z - next : next - z;
    return next;
}

static double search(const element *e, double low, double high, double z) {
    double length = 2 * (high - low);
    for (int round = 0; round < ROUNDS; round++) {
        z = advance(&low, &high, &length, e, z);
        if (!(length > last_step * (1 + fabs(z)))) break;
    }
    return z;
}

/* The deepest of the valleys that samples between low and high show. */
static double search_valleys(const element *e, double low, double high, shape s) {
    double x[SAMPLES + 2], h[SAMPLES + 2], best = e->k, least = objective(e, e->k);
    double from = fmax(low, -s.bend), to = fmin(high, s.bend);
    int count = 0;
    x[count++] = low;
    for (int i = 0; i < SAMPLES && from < to; i++)
        x[count++] = from + (to - from) * (i + 0.5) / SAMPLES;
    x[count++] = high;
    for (int i = 0; i < count; i++) h[i] = objective(e, x[i]);
    for (int i = 0; i < count; i++) {
        double left = x[i > 0 ? i - 1 : i], right = x[i + 1 < count ? i + 1 : i];
        if ((i > 0 && h[i - 1] < h[i]) || (i + 1 < count && h[i + 1] < h[i])) continue;
        double z = search(e, left, right, x[i]), value = objective(e, z);
        if (value < least) best = z;
        if (value < least) least = value;
    }
    return best;
}

/* The new z as it is stored; the old one where rounding would make it worse. */
__attribute__((always_inline)) static inline gamlp_real settle(const element *e, double z) {
    gamlp_real stored = (gamlp_real)z;
    return objective(e, (double)stored) <= objective(e, e->k) ? stored : (gamlp_real)e->k;
}

/* Elements that are not convex are done one by one.  A number that is none stays so. */
__attribute__((always_inline)) static inline void
smooth_strip(gamlp_real *z, const gamlp_zstep *step, int64_t n, gamlp_activation_kind kind) {
    double low[GAMLP_STRIP], high[GAMLP_STRIP], at[GAMLP_STRIP], length[GAMLP_STRIP], most = 1;
    bool convex[GAMLP_STRIP];
    const gamlp_real *a = step->a, *q = step->q, *k = step->k;
    double kappa = step->proximal ? 1 : 0;
    shape s = shape_of(kind);
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        element e = {kind, (double)a[i], (double)q[i], (double)k[i], kappa};
        convex[i] = bracket(&low[i], &high[i], &e, s);
        double start = e.k < low[i] ? low[i] : e.k;
        at[i] = start > high[i] ? high[i] : start;
        length[i] = 2 * (high[i] - low[i]);
    }
    for (int round = 0; round < ROUNDS && most > 0; round++) {
        most = 0;
#pragma omp simd reduction(max : most)
        for (int64_t i = 0; i < n; i++) {
            element e = {kind, (double)a[i], (double)q[i], (double)k[i], kappa};
            double next = advance(&low[i], &high[i], &length[i], &e, at[i]);
            double left = length[i] - last_step * (next < 0 ? 1 - next : 1 + next);
            left = convex[i] ? left : 0;
            at[i] = next;
            most = left > most ? left : most;
        }
    }
    for (int64_t i = 0; i < n; i++) {
        element e = {kind, (double)a[i], (double)q[i], (double)k[i], kappa};
        if (convex[i] || !isfinite(e.a + e.q + e.k)) continue;
        bracket(&low[i], &high[i], &e, s);
        at[i] = search_valleys(&e, low[i], high[i], s);
    }
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        element e = {kind, (double)a[i], (double)q[i], (double)k[i], kappa};
        z[i] = at[i] == at[i] ? settle(&e, at[i]) : (gamlp_real)at[i];
    }
}

GAMLP_HOT static void tanh_strip(gamlp_real *z, const gamlp_zstep *step, int64_t n) {
    smooth_strip(z, step, n, GAMLP_TANH);
}

GAMLP_HOT static void sigmoid_strip(gamlp_real *z, const gamlp_zstep *step, int64_t n) {
    smooth_strip(z, step, n, GAMLP_SIGMOID);
}

GAMLP_HOT static void softplus_strip(gamlp_real *z, const gamlp_zstep *step, int64_t n) {
    smooth_strip(z, step, n, GAMLP_SOFTPLUS);
}

static void gelu_strip(gamlp_real *z, const gamlp_zstep *step, int64_t n) {
    smooth_strip(z, step, n, GAMLP_GELU);
}

void gamlp_zstep_strip(gamlp_real *z, gamlp_real *value, const gamlp_zstep *step, int64_t n) {
    gamlp_piece piece[GAMLP_MOST_PIECES];
    int count = gamlp_activation_pieces(piece, step->f);
    if (count > 0) {
        piece_strip(z, value, step, piece, count, n);
        return;
    }
    if (step->f->kind == GAMLP_SIGMOID)
        sigmoid_strip(z, step, n);
    else if (step->f->kind == GAMLP_SOFTPLUS)
        softplus_strip(z, step, n);
    else
        (step->f->kind == GAMLP_GELU ? gelu_strip : tanh_strip)(z, step, n);
    gamlp_activate_values(value, step->f, z, n);
}

static void run_body(const gamlp_sweep_args *args, int64_t begin, int64_t end, double *sums) {
    (void)sums;
    for (int64_t e = begin, next; e < end; e = next) {
        gamlp_real a[GAMLP_STRIP] = {0}, value[GAMLP_STRIP], *z = args->out + e;
        next = gamlp_sweep_strip(e, end);
        if (args->b) gamlp_sweep_spread(a, args->b, args->rows, e, next - e);
        for (int64_t i = 0; i < next - e; i++) a[i] += args->a[e + i];
        gamlp_zstep step = {args->activation, args->proximal, a, args->c + e, z};
        gamlp_zstep_strip(z, value, &step, next - e);
    }
}

void gamlp_zstep_run(gamlp_dense *z, const gamlp_activation *f, bool proximal, const gamlp_dense *m,
                     const gamlp_dense *b, const gamlp_dense *q) {
    gamlp_sweep_args args = {.rows = z->rows,
                             .out = z->data,
                             .a = m->data,
                             .b = b ? b->data : NULL,
                             .c = q->data,
                             .activation = f,
                             .proximal = proximal};
    gamlp_sweep(NULL, run_body, &args, z->rows * z->cols, 1);
}
