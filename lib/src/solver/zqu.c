/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines 4 to 6 of a hidden layer in one pass. */
#include <stdbool.h>

#include "core/hot.h"
#include "solver/kernels.h"
#include "solver/sweep.h"
#include "solver/zstep.h"

/* What is done already of a strip: line 4, the new z and f of it, when f is not ReLU, and line 5,
 * the new q, when it is quantised. */
typedef struct ready {
    gamlp_real z[GAMLP_STRIP], value[GAMLP_STRIP], q[GAMLP_STRIP];
} ready;

enum { GROUPS = 8 }; /* of lanes, whose squares are added as stored */

/* The sums of a chunk. */
typedef struct zqu_lanes {
    double sum[GAMLP_MAXIMA][GAMLP_LANES];
    gamlp_real lemma[GAMLP_LANES], q_max[GAMLP_LANES];
} zqu_lanes;

/* The penalties, and 1/(nu + rho). */
typedef struct zqu_weights {
    gamlp_real nu, rho, share;
} zqu_weights;

/* With ReLU line 4 minimises (z - a)^2 + (q - f(z))^2 + (z - k)^2 on both sides of 0, k being the
 * old z: with l = min(a + k, 0) the best z <= 0 is l/2 and gains l^2/2 over z = 0; with h = max(a +
 * k + q, 0) the best z >= 0 is h/3 and gains h^2/3.  Of equals z <= 0 is taken.  f(z). */
__attribute__((always_inline)) static inline gamlp_real best_z(gamlp_real *best, gamlp_real a,
                                                               gamlp_real z, gamlp_real q) {
    gamlp_real low = a + z, high = low + q;
    low = low < 0 ? low : 0;
    high = high > 0 ? high : 0;
    bool positive = 2 * (high * high) > 3 * (low * low);
    gamlp_real f = positive ? high * (gamlp_real)(1.0 / 3.0) : 0;
    *best = positive ? f : low * (gamlp_real)0.5;
    return f;
}

/* Element e, which is element i of its strip and k of the lanes. */
__attribute__((always_inline)) static inline void
zqu_element(const gamlp_sweep_args *s, int64_t e, const gamlp_real *b, int64_t i, zqu_weights w,
            bool quantised, bool relu, const ready *done, gamlp_real (*sum)[GAMLP_LANES],
            zqu_lanes *lanes, int k) {
    gamlp_real a = s->a[e] + b[i], z = s->out[e], q = s->out3[e], u = s->out4[e], p = s->c[e];
    gamlp_real best, f = best_z(&best, a, z, q);
    if (!relu) {
        f = done->value[i];
        best = done->z[i];
    }
    gamlp_real fresh = quantised ? done->q[i] : (w.rho * p + u + w.nu * f) * w.share;
    gamlp_real dz = best - z, r = a - best, dq = fresh - q, act = fresh - f, res = p - fresh;
    u = u + w.rho * res;
    gamlp_real off = u - w.nu * act, size = fresh < 0 ? -fresh : fresh;
    off = off < 0 ? -off : off;
    s->out[e] = best;
    s->out2[e] = r;
    s->out3[e] = fresh;
    s->out4[e] = u;
    s->out5[e] = u + w.rho * res;
    sum[0][k] += r * r;
    sum[1][k] += dz * dz;
    sum[2][k] += act * act;
    sum[3][k] += res * res;
    sum[4][k] += u * res;
    sum[5][k] += dq * dq;
    lanes->lemma[k] = off > lanes->lemma[k] ? off : lanes->lemma[k];
    lanes->q_max[k] = size > lanes->q_max[k] ? size : lanes->q_max[k];
}

/* n elements from e on.  Each lane adds up to GROUPS squares as stored, whose rounding is that of
 * the data, and then in double. */
__attribute__((always_inline)) static inline void
zqu_strip(const gamlp_sweep_args *args, int64_t e, const gamlp_real *b, int64_t n, zqu_lanes *lanes,
          zqu_weights w, bool quantised, bool relu, const ready *done) {
    enum { LANES = GAMLP_LANES };
    const gamlp_sweep_args s = *args;
    for (int64_t i = 0; i < n;) {
        gamlp_real sum[GAMLP_MAXIMA][LANES] = {{0}};
        int64_t end = i + GROUPS * LANES < n ? i + GROUPS * LANES : n;
        for (; i + LANES <= end; i += LANES)
#pragma omp simd
            for (int k = 0; k < LANES; k++)
                zqu_element(&s, e + i + k, b, i + k, w, quantised, relu, done, sum, lanes, k);
        for (int k = 0; i < end; i++, k++)
            zqu_element(&s, e + i, b, i, w, quantised, relu, done, sum, lanes, k);
        for (int t = 0; t < GAMLP_MAXIMA; t++)
            for (int k = 0; k < LANES; k++) lanes->sum[t][k] += (double)sum[t][k];
    }
}

/* Line 4 of a strip for another f than ReLU. */
static void find_z(ready *done, const gamlp_sweep_args *k, int64_t e, const gamlp_real *b,
                   int64_t n) {
    gamlp_real a[GAMLP_STRIP];
    for (int64_t i = 0; i < n; i++) a[i] = k->a[e + i] + b[i];
    gamlp_zstep step = {k->activation, true, a, k->out3 + e, k->out + e};
    gamlp_zstep_strip(done->z, done->value, &step, n);
}

/* Line 5 of a strip with q in Delta. */
__attribute__((always_inline)) static inline void find_q(ready *done, const gamlp_sweep_args *k,
                                                         int64_t e, const gamlp_real *b, int64_t n,
                                                         zqu_weights w, bool relu) {
    const gamlp_grid grid = k->grid;
    for (int64_t i = 0; i < n; i++) {
        gamlp_real best, f = relu ? best_z(&best, k->a[e + i] + b[i], k->out[e + i], k->out3[e + i])
                                  : done->value[i];
        done->q[i] = (w.rho * k->c[e + i] + k->out4[e + i] + w.nu * f) * w.share;
    }
    gamlp_grid_project(done->q, &grid, n);
}

__attribute__((always_inline)) static inline void zqu_columns(const gamlp_sweep_args *k,
                                                              int64_t begin, int64_t end,
                                                              double *sums, bool quantised,
                                                              bool relu) {
    zqu_lanes lanes = {.sum = {{0}}};
    zqu_weights w = {k->s, k->t, 1 / (k->s + k->t)};
    ready done;
    gamlp_sweep_own(k->out2, begin * k->rows, end * k->rows);
    for (int64_t j = begin; j < end; j++)
        for (int64_t from = 0; from < k->rows; from += GAMLP_STRIP) {
            int64_t n = gamlp_sweep_strip(from, k->rows) - from, e = j * k->rows + from;
            if (!relu) find_z(&done, k, e, k->b + from, n);
            if (quantised) find_q(&done, k, e, k->b + from, n, w, relu);
            zqu_strip(k, e, k->b + from, n, &lanes, w, quantised, relu, &done);
        }
    for (int i = 0; i < GAMLP_MAXIMA; i++) sums[i] += gamlp_sweep_fold(lanes.sum[i]);
    for (int i = 0; i < GAMLP_LANES; i++) {
        double lemma = (double)lanes.lemma[i], q_max = (double)lanes.q_max[i];
        sums[GAMLP_MAXIMA] = lemma > sums[GAMLP_MAXIMA] ? lemma : sums[GAMLP_MAXIMA];
        sums[GAMLP_MAXIMA + 1] = q_max > sums[GAMLP_MAXIMA + 1] ? q_max : sums[GAMLP_MAXIMA + 1];
    }
}

GAMLP_HOT static void zqu_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                               double *sums) {
    zqu_columns(k, begin, end, sums, false, true);
}

GAMLP_HOT static void zqu_quantised_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                         double *sums) {
    zqu_columns(k, begin, end, sums, true, true);
}

GAMLP_HOT static void zqu_other_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                     double *sums) {
    zqu_columns(k, begin, end, sums, false, false);
}

GAMLP_HOT static void zqu_other_quantised_body(const gamlp_sweep_args *k, int64_t begin,
                                               int64_t end, double *sums) {
    zqu_columns(k, begin, end, sums, true, false);
}

gamlp_zqu_sums gamlp_kernel_zqu(gamlp_zqu_state state, const gamlp_activation *f,
                                const gamlp_dense *m, const gamlp_dense *b, const gamlp_dense *p,
                                const gamlp_levels *levels, gamlp_real nu, gamlp_real rho) {
    static const gamlp_sweep_body body[2][2] = {{zqu_body, zqu_quantised_body},
                                                {zqu_other_body, zqu_other_quantised_body}};
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
    gamlp_sweep(sums, body[f->kind != GAMLP_RELU][levels != NULL], &args, m->cols, m->rows);
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
