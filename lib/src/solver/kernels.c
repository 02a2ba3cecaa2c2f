/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/kernels.h"

#include <stdbool.h>
#include <string.h>

#include "codec/grid.h"
#include "core/hot.h"
#include "gamlp/threads.h"

enum {
    LANES = 16,       /* of every sum                                  */
    STRIP = 512,      /* elements between conversions to sums          */
    GRAIN = 4096,     /* fewest elements of a chunk                    */
    MAX_CHUNKS = 256, /* most chunks of a sweep                        */
    SUMS = 8,         /* figures a kernel gathers: sums first, then    */
    MAXIMA = 6        /* from here on, maxima                          */
};

typedef struct kernel_args {
    int64_t rows; /* length of a column; 1 for kernels over elements */
    gamlp_real *out, *out2, *out3, *out4, *out5;
    const gamlp_real *a, *b, *c, *d, *e;
    gamlp_real s, t;
    gamlp_grid grid;
    int64_t grain;
    double *work;
} kernel_args;

/* A kernel over units [begin, end): elements, or whole columns. */
typedef void (*kernel)(const kernel_args *args, int64_t begin, int64_t end, double *sums);

typedef struct sweep {
    kernel body;
    const kernel_args *args;
    int64_t count, grain;
    double sums[MAX_CHUNKS][SUMS];
} sweep;

static void sweep_chunk(void *context, int64_t chunk) {
    sweep *s = context;
    int64_t begin = chunk * s->grain, end = begin + s->grain;
    s->body(s->args, begin, end < s->count ? end : s->count, s->sums[chunk]);
}

static int64_t grain_of(int64_t count, int64_t size) {
    int64_t grain = (GRAIN + size - 1) / size;
    int64_t least = (count + MAX_CHUNKS - 1) / MAX_CHUNKS;
    return grain > least ? grain : least;
}

static int64_t chunk_count(int64_t count, int64_t grain) {
    return (count + grain - 1) / grain;
}

static void combine(double *sums, const double *part) {
    for (int k = 0; k < MAXIMA; k++) sums[k] += part[k];
    for (int k = MAXIMA; k < SUMS; k++) sums[k] = part[k] > sums[k] ? part[k] : sums[k];
}

/* Run over `count` units of `size` elements; sums (SUMS long) may be NULL. */
static void run(double *sums, kernel body, const kernel_args *args, int64_t count, int64_t size) {
    sweep s;
    s.body = body;
    s.args = args;
    s.count = count;
    s.grain = grain_of(count, size);
    int64_t chunks = chunk_count(count, s.grain);
    memset(s.sums, 0, (size_t)chunks * sizeof s.sums[0]);
    gamlp_parallel(chunks, sweep_chunk, &s);
    if (!sums) return;
    memset(sums, 0, SUMS * sizeof *sums);
    for (int64_t chunk = 0; chunk < chunks; chunk++) combine(sums, s.sums[chunk]);
}

static int64_t elements(const gamlp_dense *a) {
    return a->rows * a->cols;
}

static inline double fold(const double *lane) {
    double sum = 0;
    for (int k = 0; k < LANES; k++) sum += lane[k];
    return sum;
}

/* lane_k += sum of the products x_i y_i with i = k mod LANES.  Products are added four at a time as
 * stored, whose rounding is that of the data, and then in double. */
__attribute__((always_inline)) static inline void add_products(double *lane, const gamlp_real *x,
                                                               const gamlp_real *y, int64_t n) {
    double sum[LANES];
    int64_t i = 0;
    memcpy(sum, lane, sizeof sum);
    for (; i + 4 * LANES <= n; i += 4 * LANES)
        for (int k = 0; k < LANES; k++) {
            const gamlp_real *a = x + i + k, *b = y + i + k;
            sum[k] += (double)((a[0] * b[0] + a[LANES] * b[LANES]) +
                               (a[2 * LANES] * b[2 * LANES] + a[3 * LANES] * b[3 * LANES]));
        }
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++) sum[k] += (double)(x[i + k] * y[i + k]);
    memcpy(lane, sum, sizeof sum);
    for (int k = 0; i < n; i++, k++) lane[k] += (double)(x[i] * y[i]);
}

__attribute__((always_inline)) static inline double dot(const gamlp_real *x, const gamlp_real *y,
                                                        int64_t n) {
    double lane[LANES] = {0};
    add_products(lane, x, y, n);
    return fold(lane);
}

static inline int64_t strip_end(int64_t begin, int64_t end) {
    return begin + STRIP < end ? begin + STRIP : end;
}

GAMLP_HOT static void dot_body(const kernel_args *k, int64_t begin, int64_t end, double *sums) {
    sums[0] += dot(k->a + begin, k->b + begin, end - begin);
}

double gamlp_kernel_dot(const gamlp_dense *x, const gamlp_dense *y) {
    kernel_args args = {.a = x->data, .b = y->data};
    double sums[SUMS];
    run(sums, dot_body, &args, elements(x), 1);
    return sums[0];
}

double gamlp_kernel_square(const gamlp_dense *x) {
    return gamlp_kernel_dot(x, x);
}

GAMLP_HOT static void residual_body(const kernel_args *k, int64_t begin, int64_t end,
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
    kernel_args args = {.rows = r->rows, .out = r->data, .a = m->data, .b = b->data, .c = z->data};
    run(NULL, residual_body, &args, r->cols, r->rows);
}

GAMLP_HOT static void couple_body(const kernel_args *k, int64_t begin, int64_t end, double *sums) {
    (void)sums;
    for (int64_t i = begin; i < end; i++) k->out[i] = k->a[i] + k->s * (k->b[i] - k->c[i]);
}

void gamlp_kernel_couple(gamlp_dense *g, const gamlp_dense *u, const gamlp_dense *p,
                         const gamlp_dense *q, gamlp_real rho) {
    kernel_args args = {.out = g->data, .a = u->data, .b = p->data, .c = q->data, .s = rho};
    run(NULL, couple_body, &args, elements(g), 1);
}

GAMLP_HOT static void step_body(const kernel_args *k, int64_t begin, int64_t end, double *sums) {
    gamlp_real *y = k->out;
    for (int64_t i = begin; i < end; i++) y[i] -= k->s * k->a[i];
    sums[0] += dot(y + begin, y + begin, end - begin);
}

double gamlp_kernel_step(gamlp_dense *y, gamlp_real s, const gamlp_dense *x) {
    kernel_args args = {.out = y->data, .a = x->data, .s = s};
    double sums[SUMS];
    run(sums, step_body, &args, elements(y), 1);
    return sums[0];
}

GAMLP_HOT static void step_residual_body(const kernel_args *k, int64_t begin, int64_t end,
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
    kernel_args args = {.rows = m->rows,
                        .out = m->data,
                        .out2 = r->data,
                        .a = t->data,
                        .b = b->data,
                        .c = z->data,
                        .s = s};
    run(NULL, step_residual_body, &args, m->cols, m->rows);
}

GAMLP_HOT static void w_gradient_body(const kernel_args *k, int64_t begin, int64_t end,
                                      double *sums) {
    gamlp_real *g = k->out;
    if (k->s != 0)
        for (int64_t i = begin; i < end; i++) g[i] += k->s * k->a[i];
    sums[0] += dot(g + begin, g + begin, end - begin);
}

double gamlp_kernel_w_gradient(gamlp_dense *g, gamlp_real l2, const gamlp_dense *w) {
    kernel_args args = {.out = g->data, .a = w->data, .s = l2};
    double sums[SUMS];
    run(sums, w_gradient_body, &args, elements(g), 1);
    return sums[0];
}

int64_t gamlp_kernel_row_work(int64_t rows, int64_t cols) {
    return rows * chunk_count(cols, grain_of(cols, rows));
}

/* Row sums of a chunk go to its own row of `work`. */
GAMLP_HOT static void step_bias_body(const kernel_args *k, int64_t begin, int64_t end,
                                     double *sums) {
    double *total = k->work + begin / k->grain * k->rows;
    memset(total, 0, (size_t)k->rows * sizeof *total);
    (void)sums;
    for (int64_t j = begin; j < end; j++) {
        gamlp_real *m = k->out + j * k->rows;
        const gamlp_real *t = k->a + j * k->rows, *z = k->c + j * k->rows;
#pragma omp simd
        for (int64_t i = 0; i < k->rows; i++) {
            m[i] = k->t * m[i] - k->s * t[i];
            total[i] += (double)(z[i] - m[i]);
        }
    }
}

/* Run a kernel whose chunks leave row sums in args->work, and take the means. */
static void run_rows(double *mean, kernel body, kernel_args *args, int64_t cols) {
    int64_t rows = args->rows;
    args->grain = grain_of(cols, rows);
    run(NULL, body, args, cols, rows);
    memcpy(mean, args->work, (size_t)rows * sizeof *mean);
    for (int64_t chunk = 1; chunk < chunk_count(cols, args->grain); chunk++)
        for (int64_t i = 0; i < rows; i++) mean[i] += args->work[chunk * rows + i];
    for (int64_t i = 0; i < rows; i++) mean[i] /= (double)cols;
}

void gamlp_kernel_step_bias(gamlp_dense *m, double *mean, double *work, gamlp_real keep,
                            gamlp_real s, const gamlp_dense *t, const gamlp_dense *z) {
    kernel_args args = {.rows = m->rows,
                        .out = m->data,
                        .a = t->data,
                        .c = z->data,
                        .s = s,
                        .t = keep,
                        .work = work};
    run_rows(mean, step_bias_body, &args, m->cols);
}

/* Lines 4 to 6 on a strip.  Line 4 minimises (z - a)^2 + (q - f(z))^2 + (z - k)^2 on both sides of
 * 0: with l = min(a + k, 0) the best z <= 0 is l/2 and gains l^2/2 over z = 0; with
 * h = max(a + k + q, 0) the best z >= 0 is h/3 and gains h^2/3.  Of equals z <= 0 is taken. */
__attribute__((always_inline)) static inline void zqu_strip(const kernel_args *k, int64_t e,
                                                            const gamlp_real *b, int64_t n,
                                                            double (*lane)[LANES], double *sums,
                                                            bool quantised) {
    gamlp_real dz[STRIP], dq[STRIP], act[STRIP], res[STRIP];
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
    add_products(lane[0], r, r, n);
    add_products(lane[1], dz, dz, n);
    add_products(lane[2], act, act, n);
    add_products(lane[3], res, res, n);
    add_products(lane[4], u, res, n);
    add_products(lane[5], dq, dq, n);
    sums[MAXIMA] = lemma > sums[MAXIMA] ? lemma : sums[MAXIMA];
    sums[MAXIMA + 1] = q_max > sums[MAXIMA + 1] ? q_max : sums[MAXIMA + 1];
}

GAMLP_HOT static void zqu_body(const kernel_args *k, int64_t begin, int64_t end, double *sums) {
    double lane[MAXIMA][LANES] = {{0}};
    for (int64_t j = begin; j < end; j++)
        for (int64_t from = 0; from < k->rows; from += STRIP)
            zqu_strip(k, j * k->rows + from, k->b + from, strip_end(from, k->rows) - from, lane,
                      sums, false);
    for (int i = 0; i < MAXIMA; i++) sums[i] += fold(lane[i]);
}

GAMLP_HOT static void zqu_quantised_body(const kernel_args *k, int64_t begin, int64_t end,
                                         double *sums) {
    double lane[MAXIMA][LANES] = {{0}};
    for (int64_t j = begin; j < end; j++)
        for (int64_t from = 0; from < k->rows; from += STRIP)
            zqu_strip(k, j * k->rows + from, k->b + from, strip_end(from, k->rows) - from, lane,
                      sums, true);
    for (int i = 0; i < MAXIMA; i++) sums[i] += fold(lane[i]);
}

gamlp_zqu_sums gamlp_kernel_zqu(gamlp_zqu_state state, const gamlp_dense *m, const gamlp_dense *b,
                                const gamlp_dense *p, const gamlp_levels *levels, gamlp_real nu,
                                gamlp_real rho) {
    kernel_args args = {.rows = m->rows,
                        .out = state.z->data,
                        .out2 = state.r->data,
                        .out3 = state.q->data,
                        .out4 = state.u->data,
                        .out5 = state.g->data,
                        .a = m->data,
                        .b = b->data,
                        .c = p->data,
                        .s = nu,
                        .t = rho};
    double sums[SUMS];
    if (levels) args.grid = gamlp_grid_of(levels);
    run(sums, levels ? zqu_quantised_body : zqu_body, &args, m->cols, m->rows);
    return (gamlp_zqu_sums){.fit = sums[0],
                            .dz = sums[1],
                            .activation = sums[2],
                            .residual = sums[3],
                            .dual = sums[4],
                            .dq = sums[5],
                            .du = (double)rho * (double)rho * sums[3],
                            .lemma4 = sums[MAXIMA],
                            .q_max = sums[MAXIMA + 1]};
}

GAMLP_HOT static void quantised_step_body(const kernel_args *k, int64_t begin, int64_t end,
                                          double *sums) {
    gamlp_real *d = k->out;
    for (int64_t i = begin; i < end; i++)
        d[i] = gamlp_grid_nearest(&k->grid, k->a[i] - k->s * k->b[i]) - k->a[i];
    sums[0] += dot(d + begin, d + begin, end - begin);
}

double gamlp_kernel_quantised_step(gamlp_dense *d, const gamlp_levels *levels, const gamlp_dense *p,
                                   gamlp_real s, const gamlp_dense *g) {
    kernel_args args = {
        .out = d->data, .a = p->data, .b = g->data, .s = s, .grid = gamlp_grid_of(levels)};
    double sums[SUMS];
    run(sums, quantised_step_body, &args, elements(p), 1);
    return sums[0];
}

GAMLP_HOT static void quantised_move_body(const kernel_args *k, int64_t begin, int64_t end,
                                          double *sums) {
    (void)sums;
    gamlp_real *p = k->out;
    for (int64_t i = begin; i < end; i++)
        p[i] = gamlp_grid_nearest(&k->grid, p[i] - k->s * k->b[i]);
}

void gamlp_kernel_quantised_move(gamlp_dense *p, const gamlp_levels *levels, gamlp_real s,
                                 const gamlp_dense *g) {
    kernel_args args = {.out = p->data, .b = g->data, .s = s, .grid = gamlp_grid_of(levels)};
    run(NULL, quantised_move_body, &args, elements(p), 1);
}

GAMLP_HOT static void u_body(const kernel_args *k, int64_t begin, int64_t end, double *sums) {
    (void)sums;
    gamlp_real *u = k->out;
    for (int64_t i = begin; i < end; i++) {
        gamlp_real residual = k->a[i] - k->b[i];
        u[i] = u[i] + k->t * residual;
    }
}

void gamlp_kernel_u(gamlp_dense *u, const gamlp_dense *p, const gamlp_dense *q, gamlp_real rho) {
    kernel_args args = {.out = u->data, .a = p->data, .b = q->data, .t = rho};
    run(NULL, u_body, &args, elements(u), 1);
}

GAMLP_HOT static void relu_body(const kernel_args *k, int64_t begin, int64_t end, double *sums) {
    (void)sums;
    for (int64_t i = begin; i < end; i++) k->out[i] = k->a[i] < 0 ? 0 : k->a[i];
}

void gamlp_kernel_relu(gamlp_dense *q, const gamlp_dense *z) {
    kernel_args args = {.out = q->data, .a = z->data};
    run(NULL, relu_body, &args, elements(q), 1);
}

GAMLP_HOT static void gram_body(const kernel_args *k, int64_t begin, int64_t end, double *sums) {
    gamlp_real image[STRIP];
    double lane[3][LANES] = {{0}};
    for (int64_t from = begin; from < end; from += STRIP) {
        int64_t n = strip_end(from, end) - from;
        const gamlp_real *t = k->a + from, *r = k->b + from, *m = k->c + from;
        for (int64_t i = 0; i < n; i++) image[i] = k->s * t[i] + k->t * m[i];
        add_products(lane[0], t, r, n);
        add_products(lane[1], r, m, n);
        add_products(lane[2], image, image, n);
    }
    for (int i = 0; i < 3; i++) sums[i] += fold(lane[i]);
}

gamlp_gram_sums gamlp_kernel_gram(const gamlp_dense *t, const gamlp_dense *r, const gamlp_dense *m,
                                  gamlp_real nu, gamlp_real l2) {
    kernel_args args = {.a = t->data, .b = r->data, .c = m->data, .s = nu, .t = l2};
    double sums[SUMS];
    run(sums, gram_body, &args, elements(t), 1);
    return (gamlp_gram_sums){sums[0], sums[1], sums[2]};
}

GAMLP_HOT static void input_body(const kernel_args *k, int64_t begin, int64_t end, double *sums) {
    gamlp_real e[STRIP], d[STRIP];
    double lane[5][LANES] = {{0}};
    for (int64_t from = begin; from < end; from += STRIP) {
        int64_t n = strip_end(from, end) - from;
        const gamlp_real *t = k->a + from, *r = k->b + from, *m = k->c + from;
        const gamlp_real *b = k->d + from, *base = k->e + from;
        for (int64_t i = 0; i < n; i++) {
            e[i] = k->s * r[i] + k->t * b[i];
            d[i] = k->s * t[i] + k->t * m[i];
        }
        add_products(lane[0], e, d, n);
        add_products(lane[1], e, base, n);
        add_products(lane[2], r, m, n);
        add_products(lane[3], b, base, n);
        add_products(lane[4], b, m, n);
    }
    for (int i = 0; i < 5; i++) sums[i] += fold(lane[i]);
}

gamlp_input_sums gamlp_kernel_input(const gamlp_dense *t, const gamlp_dense *r,
                                    const gamlp_dense *m, const gamlp_dense *b,
                                    const gamlp_dense *base, gamlp_real nu, gamlp_real l2) {
    kernel_args args = {
        .a = t->data, .b = r->data, .c = m->data, .d = b->data, .e = base->data, .s = nu, .t = l2};
    double sums[SUMS];
    run(sums, input_body, &args, elements(t), 1);
    return (gamlp_input_sums){sums[0], sums[1], sums[2], sums[3], sums[4]};
}

GAMLP_HOT static void gram_step_body(const kernel_args *k, int64_t begin, int64_t end,
                                     double *sums) {
    double *total = k->work + begin / k->grain * k->rows;
    memset(total, 0, (size_t)k->rows * sizeof *total);
    (void)sums;
    for (int64_t j = begin; j < end; j++) {
        gamlp_real *m = k->out + j * k->rows, *b = k->out2 + j * k->rows;
        const gamlp_real *t = k->a + j * k->rows, *r = k->b + j * k->rows;
        const gamlp_real *z = k->c + j * k->rows;
#pragma omp simd
        for (int64_t i = 0; i < k->rows; i++) {
            b[i] = k->t * b[i] - k->s * r[i];
            m[i] = k->t * m[i] - k->s * t[i];
            total[i] += (double)(z[i] - m[i]);
        }
    }
}

void gamlp_kernel_gram_step(gamlp_dense *m, gamlp_dense *b, double *mean, double *work,
                            gamlp_real keep, gamlp_real s, const gamlp_dense *t,
                            const gamlp_dense *r, const gamlp_dense *z) {
    kernel_args args = {.rows = m->rows,
                        .out = m->data,
                        .out2 = b->data,
                        .a = t->data,
                        .b = r->data,
                        .c = z->data,
                        .s = s,
                        .t = keep,
                        .work = work};
    run_rows(mean, gram_step_body, &args, m->cols);
}

GAMLP_HOT static void scale_copy_body(const kernel_args *k, int64_t begin, int64_t end,
                                      double *sums) {
    (void)sums;
    for (int64_t i = begin; i < end; i++) k->out[i] = k->s * k->a[i];
}

void gamlp_kernel_scale_copy(gamlp_dense *y, gamlp_real s, const gamlp_dense *x) {
    kernel_args args = {.out = y->data, .a = x->data, .s = s};
    run(NULL, scale_copy_body, &args, elements(x), 1);
}
