/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The methods for GAMLP_LANES right-hand sides at a time.  Everything here is sequential, so that
 * the bits of a block do not depend on the number of threads that share the blocks. */
#include <math.h>
#include <string.h>

#include "core/hot.h"
#include "feature/diffusion.h"
#include "feature/stop.h"

enum { LANES = GAMLP_LANES };

static int64_t size_of(const gamlp_diffusion *d) {
    return d->matrix.n.n * LANES;
}

/* dot[t] <- x_t ' y_t */
GAMLP_HOT static void dots(double dot[LANES], const double *restrict x, const double *restrict y,
                           int64_t size) {
    double sum[LANES] = {0};
    for (int64_t i = 0; i < size; i += LANES)
        for (int t = 0; t < LANES; t++) sum[t] += x[i + t] * y[i + t];
    memcpy(dot, sum, sizeof sum);
}

/* x += a p, r -= a q */
GAMLP_HOT static void advance(double *restrict x, double *restrict r, const double *restrict p,
                              const double *restrict q, const double a[LANES], int64_t size) {
    for (int64_t i = 0; i < size; i += LANES)
        for (int t = 0; t < LANES; t++) {
            x[i + t] += a[t] * p[i + t];
            r[i + t] -= a[t] * q[i + t];
        }
}

/* p <- z + b p */
GAMLP_HOT static void turn(double *restrict p, const double *restrict z, const double b[LANES],
                           int64_t size) {
    for (int64_t i = 0; i < size; i += LANES)
        for (int t = 0; t < LANES; t++) p[i + t] = z[i + t] + b[t] * p[i + t];
}

/* a <- b / c, 0 where c is no more than rounding. */
static void quotients(double a[LANES], const double b[LANES], const double c[LANES]) {
    for (int t = 0; t < LANES; t++) a[t] = c[t] > 1e-290 ? b[t] / c[t] : 0;
}

static bool all_below(const double square[LANES], const double goal[LANES]) {
    for (int t = 0; t < LANES; t++)
        if (square[t] > goal[t]) return false;
    return true;
}

/* Preconditioned conjugate gradients (Hestenes and Stiefel, 1952; Meijerink and van der Vorst). */
static void run_cg(const gamlp_diffusion *d, double *x, double *work, const gamlp_stop *stop) {
    const gamlp_system *s = &d->matrix;
    const int64_t size = size_of(d);
    double *r = work, *p = r + size, *q = p + size, *z = q + size;
    double goal[LANES], square[LANES], rz[LANES], before[LANES], a[LANES];
    memcpy(r, x, (size_t)size * sizeof *r);
    memset(x, 0, (size_t)size * sizeof *x);
    memset(p, 0, (size_t)size * sizeof *p);
    dots(goal, r, r, size);
    memset(before, 0, sizeof before);
    memcpy(square, goal, sizeof square);
    for (int t = 0; t < LANES; t++) goal[t] *= d->tolerance * d->tolerance;
    for (int64_t step = 0; step < d->steps && !all_below(square, goal); step++) {
        if (gamlp_stop_wanted(stop)) return;
        memcpy(z, r, (size_t)size * sizeof *z);
        gamlp_factor_solve(&d->factor, z);
        dots(rz, r, z, size);
        quotients(a, rz, before);
        turn(p, z, a, size);
        memcpy(before, rz, sizeof before);
        gamlp_system_apply(q, s, 1, -s->c, p);
        dots(square, p, q, size);
        quotients(a, rz, square);
        advance(x, r, p, q, a, size);
        dots(square, r, r, size);
    }
}

/* One step: with K = I - c N, r -= K d, d' = a d + b r, x += d'. */
typedef struct chebyshev_step {
    const gamlp_symmetric *n;
    double c, a, b;
    double *x, *r, *next;
    const double *d;
} chebyshev_step;

GAMLP_HOT static void take_step(const chebyshev_step *s) {
    const gamlp_symmetric *n = s->n;
    for (int64_t i = 0; i < n->n; i++) {
        double sum[LANES] = {0};
        double *restrict x = s->x + i * LANES, *restrict r = s->r + i * LANES;
        double *restrict next = s->next + i * LANES;
        const double *restrict d = s->d + i * LANES;
        for (int64_t k = n->ptr[i]; k < n->ptr[i + 1]; k++) {
            const double *restrict from = s->d + (int64_t)n->idx[k] * LANES, v = n->val[k];
            for (int t = 0; t < LANES; t++) sum[t] += v * from[t];
        }
        for (int t = 0; t < LANES; t++) {
            r[t] -= d[t] - s->c * sum[t];
            next[t] = s->a * d[t] + s->b * r[t];
            x[t] += next[t];
        }
    }
}

/* The spectrum of K lies in 1 +- c bound: |r_k| <= |r_0| / T_k(1 / (c bound)). */
int64_t gamlp_chebyshev_steps(const gamlp_system *s, double tolerance) {
    const double delta = s->c * s->bound;
    if (delta <= 0) return 1;
    return 1 + (int64_t)ceil(acosh(1 / tolerance) / acosh(1 / delta));
}

/* Chebyshev semi-iteration (Golub and Varga, Numer. Math. 3, 1961; Saad, Iterative Methods, 12.1).
 */
static void run_chebyshev(const gamlp_diffusion *d, double *x, double *work,
                          const gamlp_stop *stop) {
    const gamlp_system *s = &d->matrix;
    const int64_t size = size_of(d);
    const double delta = s->c * s->bound;
    double *r = work, *now = r + size, *next = now + size, rho = delta;
    memcpy(r, x, (size_t)size * sizeof *r);
    memcpy(now, x, (size_t)size * sizeof *now);
    for (int64_t k = 1; k < d->steps && delta > 0 && !gamlp_stop_wanted(stop); k++) {
        const double fresh = 1 / (2 / delta - rho);
        take_step(&(chebyshev_step){&s->n, s->c, fresh * rho, 2 * fresh / delta, x, r, next, now});
        double *swap = now;
        now = next;
        next = swap;
        rho = fresh;
    }
}

/* y += c t */
GAMLP_HOT static void add(double *restrict y, double c, const double *restrict t, int64_t size) {
    for (int64_t i = 0; i < size; i++) y[i] += c * t[i];
}

GAMLP_HOT static void combine(double *restrict y, double a, const double *restrict u, double b,
                              const double *restrict v, double c, int64_t size) {
    for (int64_t i = 0; i < size; i++) y[i] = a * u[i] + b * v[i] + c * y[i];
}

/* next <- 2 V now - next, or V now when `first`. */
static void chebyshev_next(const gamlp_diffusion *d, double *next, const double *now, double *w,
                           bool first) {
    const gamlp_system *s = &d->matrix;
    const gamlp_series *c = &d->series;
    const int64_t size = size_of(d);
    const double twice = first ? 1 : 2, less = first ? 0 : -1;
    if (c->shift == 0) {
        gamlp_system_apply(w, s, 0, 1, now);
        combine(next, twice, w, 0, now, less, size);
        return;
    }
    memcpy(w, now, (size_t)size * sizeof *w);
    gamlp_factor_solve(&d->factor, w);
    combine(next, twice * 2 / (1 - c->low), w, -twice * (1 + c->low) / (1 - c->low), now, less,
            size);
}

/* x <- sum_k coefficient_k T_k(V) x */
static void expand(const gamlp_diffusion *d, double *x, double *work, const gamlp_stop *stop) {
    const gamlp_series *c = &d->series;
    const int64_t size = size_of(d);
    double *now = work, *next = now + size, *w = next + size;
    memcpy(now, x, (size_t)size * sizeof *now);
    memset(next, 0, (size_t)size * sizeof *next);
    for (int64_t i = 0; i < size; i++) x[i] *= c->coefficient[0];
    for (int64_t k = 1; k < c->terms && !gamlp_stop_wanted(stop); k++) {
        chebyshev_next(d, next, now, w, k == 1);
        add(x, c->coefficient[k], next, size);
        double *swap = now;
        now = next;
        next = swap;
    }
}

int64_t gamlp_diffusion_vectors(const gamlp_diffusion *d, gamlp_diffusion_method method) {
    if (d->matrix.heat) return 3;
    return method == GAMLP_DIFFUSION_CHOLESKY ? 0 : method == GAMLP_DIFFUSION_CG ? 4 : 3;
}

void gamlp_diffusion_block(const gamlp_diffusion *d, double *x, double *work,
                           const gamlp_stop *stop) {
    if (d->matrix.heat)
        expand(d, x, work, stop);
    else if (d->report.plan.method == GAMLP_DIFFUSION_CHOLESKY)
        gamlp_factor_solve(&d->factor, x);
    else if (d->report.plan.method == GAMLP_DIFFUSION_CG)
        run_cg(d, x, work, stop);
    else
        run_chebyshev(d, x, work, stop);
}
