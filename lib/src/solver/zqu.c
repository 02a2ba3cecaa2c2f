/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines 4 to 6 of a hidden layer in one pass. */
#include <math.h>
#include <stdbool.h>

#include "core/hot.h"
#include "solver/kernels.h"
#include "solver/sweep.h"
#include "solver/zstep.h"

/* The new z, f of it and the new q of a strip.  One loop finds each: in a single one few elements
 * would be in hand at once, as each of them goes through long chains of operations. */
typedef struct fresh {
    gamlp_real z[GAMLP_STRIP], value[GAMLP_STRIP], q[GAMLP_STRIP];
} fresh;

enum { GROUPS = 8 }; /* of lanes, whose squares are added as stored */

/* The sums of a chunk. */
typedef struct zqu_lanes {
    double sum[GAMLP_MAXIMA][GAMLP_LANES];
    gamlp_real most[2][GAMLP_LANES]; /* of Lemma 4, and of q */
} zqu_lanes;

/* The penalties, and 1/(nu + rho). */
typedef struct zqu_weights {
    gamlp_real nu, rho, share;
} zqu_weights;

/* Line 5 without Delta. */
GAMLP_HOT_PART gamlp_real best_q(zqu_weights w, gamlp_real p, gamlp_real u, gamlp_real f) {
    return (w.rho * p + u + w.nu * f) * w.share;
}

/* Lines 4 and 5, still without Delta.  With ReLU line 4 minimises (z - a)^2 + (q - f(z))^2 + (z -
 * k)^2 on both sides of 0, k being the old z: with l = min(a + k, 0) the best z <= 0 is l/2 and
 * gains l^2/2 over z = 0; with h = max(a + k + q, 0) the best z >= 0 is h/3 and gains h^2/3.  Of
 * equals z <= 0 is taken.  (Compilers that do not know `zero` make a minimum with it one
 * instruction.) */
GAMLP_HOT_PART void find_relu(fresh *out, const gamlp_sweep_args *k, int64_t e, const gamlp_real *b,
                              int64_t n, zqu_weights w) {
    const gamlp_real *m = k->a + e, *z = k->out + e, *q = k->out3 + e;
    const gamlp_real *p = k->c + e, *u = k->out4 + e;
    volatile gamlp_real nothing = 0;
    gamlp_real zero = nothing;
    for (int64_t i = 0; i < n; i++) {
        gamlp_real low = m[i] + b[i] + z[i], high = low + q[i];
        low = low < zero ? low : zero;
        high = high > zero ? high : zero;
        bool positive = 2 * (high * high) > 3 * (low * low);
        gamlp_real third = high * (gamlp_real)(1.0 / 3.0), half = low * (gamlp_real)0.5;
        gamlp_real f = positive ? third : 0;
        out->z[i] = positive ? third : half;
        out->value[i] = f;
        out->q[i] = best_q(w, p[i], u[i], f);
    }
}

/* The same for another f. */
static void find_other(fresh *out, const gamlp_sweep_args *k, int64_t e, const gamlp_real *b,
                       int64_t n, zqu_weights w) {
    gamlp_real a[GAMLP_STRIP];
    for (int64_t i = 0; i < n; i++) a[i] = k->a[e + i] + b[i];
    gamlp_zstep step = {k->activation, true, a, k->out3 + e, k->out + e};
    gamlp_zstep_strip(out->z, out->value, &step, n);
    for (int64_t i = 0; i < n; i++)
        out->q[i] = best_q(w, k->c[e + i], k->out4[e + i], out->value[i]);
}

GAMLP_HOT_PART gamlp_real magnitude(gamlp_real x) {
    return (gamlp_real)fabs((double)x);
}

/* Line 6, and what is stored and summed of element e, number k of the lanes. */
GAMLP_HOT_PART void zqu_element(const gamlp_sweep_args *s, int64_t e, gamlp_real b, gamlp_real best,
                                gamlp_real f, gamlp_real q, zqu_weights w,
                                gamlp_real (*sum)[GAMLP_LANES], gamlp_real (*most)[GAMLP_LANES],
                                int k) {
    gamlp_real dz = best - s->out[e], r = s->a[e] + b - best, dq = q - s->out3[e];
    gamlp_real act = q - f, res = s->c[e] - q, u = s->out4[e] + w.rho * res;
    gamlp_real off = magnitude(u - w.nu * act), size = magnitude(q);
    s->out[e] = best;
    s->out2[e] = r;
    s->out3[e] = q;
    s->out4[e] = u;
    s->out5[e] = u + w.rho * res;
    sum[0][k] += r * r;
    sum[1][k] += dz * dz;
    sum[2][k] += act * act;
    sum[3][k] += res * res;
    sum[4][k] += u * res;
    sum[5][k] += dq * dq;
    most[0][k] = off > most[0][k] ? off : most[0][k];
    most[1][k] = size > most[1][k] ? size : most[1][k];
}

/* n elements from e on, at most GROUPS of each lane, whose squares are added as stored, with the
 * rounding of the data, and then in double. */
GAMLP_HOT_PART void zqu_group(const gamlp_sweep_args *args, int64_t e, const gamlp_real *b,
                              int64_t n, zqu_lanes *lanes, zqu_weights w, const gamlp_real *z,
                              const gamlp_real *f, const gamlp_real *q) {
    enum { LANES = GAMLP_LANES };
    const gamlp_sweep_args s = *args;
    gamlp_real sum[GAMLP_MAXIMA][LANES], most[2][LANES];
    for (int t = 0; t < GAMLP_MAXIMA; t++)
        for (int k = 0; k < LANES; k++) sum[t][k] = 0;
    for (int t = 0; t < 2; t++)
        for (int k = 0; k < LANES; k++) most[t][k] = 0;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
#pragma omp simd
        for (int k = 0; k < LANES; k++)
            zqu_element(&s, e + i + k, b[i + k], z[i + k], f[i + k], q[i + k], w, sum, most, k);
    for (int k = 0; i < n; i++, k++)
        zqu_element(&s, e + i, b[i], z[i], f[i], q[i], w, sum, most, k);
    for (int t = 0; t < GAMLP_MAXIMA; t++)
        for (int k = 0; k < LANES; k++) lanes->sum[t][k] += (double)sum[t][k];
    for (int t = 0; t < 2; t++)
        for (int k = 0; k < LANES; k++)
            lanes->most[t][k] = most[t][k] > lanes->most[t][k] ? most[t][k] : lanes->most[t][k];
}

/* Elements are taken as they lie, whole cache lines at a time, whatever their columns. */
GAMLP_HOT_PART void zqu_range(const gamlp_sweep_args *k, int64_t begin, int64_t end, double *sums,
                              bool quantised) {
    zqu_lanes lanes = {.sum = {{0}}};
    zqu_weights w = {k->s, k->t, 1 / (k->s + k->t)};
    _Alignas(64) gamlp_real bias[GAMLP_STRIP];
    _Alignas(64) fresh now;
    gamlp_sweep_own(k->out2, begin, end);
    for (int64_t e = begin, next; e < end; e = next) {
        next = gamlp_sweep_strip(e, end);
        gamlp_sweep_spread(bias, k->b, k->rows, e, next - e);
        if (k->activation->kind == GAMLP_RELU)
            find_relu(&now, k, e, bias, next - e, w);
        else
            find_other(&now, k, e, bias, next - e, w);
        if (quantised) gamlp_grid_project(now.q, &k->grid, next - e);
        for (int64_t i = 0; i < next - e; i += GROUPS * GAMLP_LANES) {
            int64_t left = next - e - i;
            zqu_group(k, e + i, bias + i, left < GROUPS * GAMLP_LANES ? left : GROUPS * GAMLP_LANES,
                      &lanes, w, now.z + i, now.value + i, now.q + i);
        }
    }
    for (int i = 0; i < GAMLP_MAXIMA; i++) sums[i] += gamlp_sweep_fold(lanes.sum[i]);
    for (int t = 0; t < 2; t++)
        for (int i = 0; i < GAMLP_LANES; i++)
            sums[GAMLP_MAXIMA + t] = fmax(sums[GAMLP_MAXIMA + t], (double)lanes.most[t][i]);
}

GAMLP_HOT static void zqu_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                               double *sums) {
    zqu_range(k, begin, end, sums, false);
}

GAMLP_HOT static void zqu_quantised_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                         double *sums) {
    zqu_range(k, begin, end, sums, true);
}

gamlp_zqu_sums gamlp_kernel_zqu(gamlp_zqu_state state, const gamlp_activation *f,
                                const gamlp_dense *m, const gamlp_dense *b, const gamlp_dense *p,
                                const gamlp_levels *levels, gamlp_real nu, gamlp_real rho) {
    gamlp_sweep_args args = {.rows = m->rows,
                             .out = state.z->data,
                             .out2 = state.r->data,
                             .out3 = state.q->data,
                             .out4 = state.u->data,
                             .out5 = state.g->data,
                             .a = m->data,
                             .b = b->data,
                             .c = p->data,
                             .s = nu,
                             .t = rho,
                             .activation = f};
    double sums[GAMLP_SUMS];
    if (levels) args.grid = gamlp_grid_of(levels);
    gamlp_sweep(sums, levels ? zqu_quantised_body : zqu_body, &args, m->rows * m->cols, 1);
    return (gamlp_zqu_sums){.fit = sums[0],
                            .dz = sums[1],
                            .activation = sums[2],
                            .residual = sums[3],
                            .dual = sums[4],
                            .dq = sums[5],
                            .du = (double)rho * (double)rho * sums[3],
                            .lemma4 = sums[GAMLP_MAXIMA],
                            .q_max = sums[GAMLP_MAXIMA + 1]};
}
