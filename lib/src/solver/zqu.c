/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines 4 to 6 of a hidden layer in one pass. */
#include <stdbool.h>

#include "core/hot.h"
#include "solver/kernels.h"
#include "solver/sweep.h"
#include "solver/zstep.h"

/* Line 4 done already: the new z and f of it, when f is not ReLU. */
typedef struct fresh_z {
    gamlp_real z[GAMLP_STRIP], value[GAMLP_STRIP];
} fresh_z;

/* A strip.  With ReLU line 4 minimises (z - a)^2 + (q - f(z))^2 + (z - k)^2 on both sides of 0:
 * with l = min(a + k, 0) the best z <= 0 is l/2 and gains l^2/2 over z = 0; with h = max(a + k + q,
 * 0) the best z >= 0 is h/3 and gains h^2/3.  Of equals z <= 0 is taken. */
__attribute__((always_inline)) static inline void
zqu_strip(const gamlp_sweep_args *k, int64_t e, const gamlp_real *b, int64_t n,
          double (*lane)[GAMLP_LANES], double *sums, bool quantised, const fresh_z *done) {
    gamlp_real dz[GAMLP_STRIP], dq[GAMLP_STRIP], act[GAMLP_STRIP], res[GAMLP_STRIP];
    gamlp_real nu = k->s, rho = k->t, share = 1 / (nu + rho), lemma = 0, q_max = 0;
    gamlp_real *z = k->out + e, *r = k->out2 + e, *q = k->out3 + e, *u = k->out4 + e;
    gamlp_real *g = k->out5 + e;
    const gamlp_real *m = k->a + e, *p = k->c + e;
#pragma omp simd reduction(max : lemma, q_max)
    for (int64_t i = 0; i < n; i++) {
        gamlp_real a = m[i] + b[i], low = a + z[i], high = low + q[i];
        low = low < 0 ? low : 0;
        high = high > 0 ? high : 0;
        bool positive = 2 * (high * high) > 3 * (low * low);
        gamlp_real f = positive ? high * (gamlp_real)(1.0 / 3.0) : 0;
        gamlp_real best = positive ? f : low * (gamlp_real)0.5;
        if (done) {
            f = done->value[i];
            best = done->z[i];
        }
        gamlp_real fresh = (rho * p[i] + u[i] + nu * f) * share;
        if (quantised) fresh = gamlp_grid_nearest(&k->grid, fresh);
        dz[i] = best - z[i];
        r[i] = a - best;
        z[i] = best;
        dq[i] = fresh - q[i];
        act[i] = fresh - f;
        res[i] = p[i] - fresh;
        q[i] = fresh;
        u[i] = u[i] + rho * res[i];
        g[i] = u[i] + rho * res[i];
        gamlp_real off = u[i] - nu * act[i], size = fresh < 0 ? -fresh : fresh;
        off = off < 0 ? -off : off;
        lemma = off > lemma ? off : lemma;
        q_max = size > q_max ? size : q_max;
    }
    gamlp_sweep_add(lane[0], r, r, n);
    gamlp_sweep_add(lane[1], dz, dz, n);
    gamlp_sweep_add(lane[2], act, act, n);
    gamlp_sweep_add(lane[3], res, res, n);
    gamlp_sweep_add(lane[4], u, res, n);
    gamlp_sweep_add(lane[5], dq, dq, n);
    sums[GAMLP_MAXIMA] = lemma > sums[GAMLP_MAXIMA] ? lemma : sums[GAMLP_MAXIMA];
    sums[GAMLP_MAXIMA + 1] = q_max > sums[GAMLP_MAXIMA + 1] ? q_max : sums[GAMLP_MAXIMA + 1];
}

/* Line 4 of a strip for another f than ReLU. */
static const fresh_z *find_z(fresh_z *done, const gamlp_sweep_args *k, int64_t e,
                             const gamlp_real *b, int64_t n) {
    gamlp_real a[GAMLP_STRIP];
    for (int64_t i = 0; i < n; i++) a[i] = k->a[e + i] + b[i];
    gamlp_zstep step = {k->activation, true, a, k->out3 + e, k->out + e};
    gamlp_zstep_strip(done->z, done->value, &step, n);
    return done;
}

__attribute__((always_inline)) static inline void zqu_columns(const gamlp_sweep_args *k,
                                                              int64_t begin, int64_t end,
                                                              double *sums, bool quantised,
                                                              fresh_z *done) {
    double lane[GAMLP_MAXIMA][GAMLP_LANES] = {{0}};
    for (int64_t j = begin; j < end; j++)
        for (int64_t from = 0; from < k->rows; from += GAMLP_STRIP) {
            int64_t n = gamlp_sweep_strip(from, k->rows) - from, e = j * k->rows + from;
            zqu_strip(k, e, k->b + from, n, lane, sums, quantised,
                      done ? find_z(done, k, e, k->b + from, n) : NULL);
        }
    for (int i = 0; i < GAMLP_MAXIMA; i++) sums[i] += gamlp_sweep_fold(lane[i]);
}

GAMLP_HOT static void zqu_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                               double *sums) {
    zqu_columns(k, begin, end, sums, false, NULL);
}

GAMLP_HOT static void zqu_quantised_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                         double *sums) {
    zqu_columns(k, begin, end, sums, true, NULL);
}

GAMLP_HOT static void zqu_other_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                     double *sums) {
    fresh_z done;
    zqu_columns(k, begin, end, sums, false, &done);
}

GAMLP_HOT static void zqu_other_quantised_body(const gamlp_sweep_args *k, int64_t begin,
                                               int64_t end, double *sums) {
    fresh_z done;
    zqu_columns(k, begin, end, sums, true, &done);
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
