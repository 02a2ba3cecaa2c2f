/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/kernels.h"

#include <string.h>

#include "core/hot.h"
#include "gamlp/threads.h"

enum {
    LANES = 16,       /* of every sum                                  */
    STRIP = 512,      /* elements between conversions to sums          */
    GRAIN = 4096,     /* fewest elements of a chunk                    */
    MAX_CHUNKS = 256, /* most chunks of a sweep                        */
    SUMS = 8,         /* figures a kernel gathers: sums first, then    */
    MAXIMA = 5        /* from here on, maxima                          */
};

typedef struct kernel_args {
    int64_t rows; /* length of a column; 1 for kernels over elements */
    gamlp_real *out, *out2;
    const gamlp_real *a, *b, *c, *d;
    gamlp_real s, t;
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

__attribute__((always_inline)) static inline double dot(const gamlp_real *x, const gamlp_real *y,
                                                        int64_t n) {
    double lane[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++) lane[k] += (double)x[i + k] * (double)y[i + k];
    for (int k = 0; i < n; i++, k++) lane[k] += (double)x[i] * (double)y[i];
    return fold(lane);
}

__attribute__((always_inline)) static inline double largest(const gamlp_real *x, int64_t n) {
    gamlp_real lane[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++) {
            gamlp_real size = x[i + k] < 0 ? -x[i + k] : x[i + k];
            lane[k] = size > lane[k] ? size : lane[k];
        }
    for (int k = 0; i < n; i++, k++) {
        gamlp_real size = x[i] < 0 ? -x[i] : x[i];
        lane[k] = size > lane[k] ? size : lane[k];
    }
    double most = 0;
    for (int k = 0; k < LANES; k++) most = lane[k] > most ? lane[k] : most;
    return most;
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

GAMLP_HOT static void p_gradient_body(const kernel_args *k, int64_t begin, int64_t end,
                                      double *sums) {
    gamlp_real *g = k->out;
    for (int64_t i = begin; i < end; i++) g[i] = g[i] + k->a[i] + k->s * (k->b[i] - k->c[i]);
    sums[0] += dot(g + begin, g + begin, end - begin);
}

double gamlp_kernel_p_gradient(gamlp_dense *g, const gamlp_dense *u, const gamlp_dense *p,
                               const gamlp_dense *q, gamlp_real rho) {
    kernel_args args = {.out = g->data, .a = u->data, .b = p->data, .c = q->data, .s = rho};
    double sums[SUMS];
    run(sums, p_gradient_body, &args, elements(g), 1);
    return sums[0];
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
        for (int64_t i = 0; i < k->rows; i++) {
            m[i] -= k->s * t[i];
            total[i] += (double)z[i] - (double)m[i];
        }
    }
}

void gamlp_kernel_step_bias(gamlp_dense *m, double *mean, double *work, gamlp_real s,
                            const gamlp_dense *t, const gamlp_dense *z) {
    int64_t grain = grain_of(m->cols, m->rows), chunks = chunk_count(m->cols, grain);
    kernel_args args = {.rows = m->rows,
                        .out = m->data,
                        .a = t->data,
                        .c = z->data,
                        .s = s,
                        .grain = grain,
                        .work = work};
    run(NULL, step_bias_body, &args, m->cols, m->rows);
    memcpy(mean, work, (size_t)m->rows * sizeof *mean);
    for (int64_t chunk = 1; chunk < chunks; chunk++)
        for (int64_t i = 0; i < m->rows; i++) mean[i] += work[chunk * m->rows + i];
    for (int64_t i = 0; i < m->rows; i++) mean[i] /= (double)m->cols;
}

/* The better of the two branch minimisers by the full objective; of equals the
 * negative one.  With h = (a + k)/2: z- = min(h, 0), z+ = max((a + q + k)/3, 0). */
GAMLP_HOT static void z_body(const kernel_args *k, int64_t begin, int64_t end, double *sums) {
    gamlp_real moved[STRIP];
    for (int64_t j = begin; j < end; j++) {
        const gamlp_real *m = k->a + j * k->rows, *q = k->c + j * k->rows;
        gamlp_real *z = k->out + j * k->rows, *r = k->out2 + j * k->rows;
        for (int64_t from = 0; from < k->rows; from += STRIP) {
            int64_t to = strip_end(from, k->rows);
            for (int64_t i = from; i < to; i++) {
                gamlp_real a = m[i] + k->b[i], old = z[i];
                gamlp_real low = (a + old) * (gamlp_real)0.5, high = (a + q[i] + old) / 3;
                low = low < 0 ? low : 0;
                high = high > 0 ? high : 0;
                gamlp_real at_low = (low - a) * (low - a) + q[i] * q[i] + (low - old) * (low - old);
                gamlp_real at_high = (high - a) * (high - a) + (q[i] - high) * (q[i] - high) +
                                     (high - old) * (high - old);
                gamlp_real best = at_high < at_low ? high : low;
                moved[i - from] = best - old;
                z[i] = best;
                r[i] = a - best;
            }
            sums[0] += dot(r + from, r + from, to - from);
            sums[1] += dot(moved, moved, to - from);
        }
    }
}

gamlp_z_sums gamlp_kernel_z(gamlp_dense *z, gamlp_dense *r, const gamlp_dense *m,
                            const gamlp_dense *b, const gamlp_dense *q) {
    kernel_args args = {
        .rows = z->rows, .out = z->data, .out2 = r->data, .a = m->data, .b = b->data, .c = q->data};
    double sums[SUMS];
    run(sums, z_body, &args, z->cols, z->rows);
    return (gamlp_z_sums){sums[0], sums[1]};
}

GAMLP_HOT static void q_body(const kernel_args *k, int64_t begin, int64_t end, double *sums) {
    gamlp_real act[STRIP], res[STRIP], moved[STRIP], off[STRIP];
    gamlp_real nu = k->s, rho = k->t, total = nu + rho;
    for (int64_t from = begin; from < end; from += STRIP) {
        int64_t n = strip_end(from, end) - from;
        gamlp_real *q = k->out + from, *u = k->out2 + from;
        const gamlp_real *p = k->a + from, *z = k->b + from;
        for (int64_t i = 0; i < n; i++) {
            gamlp_real f = z[i] < 0 ? 0 : z[i];
            gamlp_real fresh = (rho * p[i] + u[i] + nu * f) / total;
            moved[i] = fresh - q[i];
            res[i] = p[i] - fresh;
            act[i] = fresh - f;
            q[i] = fresh;
            u[i] = u[i] + rho * res[i];
            off[i] = u[i] - nu * act[i];
        }
        sums[0] += dot(act, act, n);
        sums[1] += dot(res, res, n);
        sums[2] += dot(u, res, n);
        sums[3] += dot(moved, moved, n);
        double lemma = largest(off, n), q_max = largest(q, n), u_max = largest(u, n);
        sums[MAXIMA] = lemma > sums[MAXIMA] ? lemma : sums[MAXIMA];
        sums[MAXIMA + 1] = q_max > sums[MAXIMA + 1] ? q_max : sums[MAXIMA + 1];
        sums[MAXIMA + 2] = u_max > sums[MAXIMA + 2] ? u_max : sums[MAXIMA + 2];
    }
}

gamlp_q_sums gamlp_kernel_q(gamlp_dense *q, gamlp_dense *u, const gamlp_dense *p,
                            const gamlp_dense *z, gamlp_real nu, gamlp_real rho) {
    kernel_args args = {
        .out = q->data, .out2 = u->data, .a = p->data, .b = z->data, .s = nu, .t = rho};
    double sums[SUMS];
    run(sums, q_body, &args, elements(q), 1);
    return (gamlp_q_sums){.activation = sums[0],
                          .residual = sums[1],
                          .dual = sums[2],
                          .dq = sums[3],
                          .du = (double)rho * (double)rho * sums[1],
                          .lemma4 = sums[MAXIMA],
                          .q_max = sums[MAXIMA + 1],
                          .u_max = sums[MAXIMA + 2]};
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
    for (int64_t from = begin; from < end; from += STRIP) {
        int64_t n = strip_end(from, end) - from;
        gamlp_real *t = k->out + from;
        const gamlp_real *r = k->a + from, *m = k->b + from;
        sums[0] += dot(t, r, n);
        sums[1] += dot(r, m, n);
        for (int64_t i = 0; i < n; i++) t[i] = k->s * t[i] + k->t * m[i];
        sums[2] += dot(t, t, n);
    }
}

gamlp_gram_sums gamlp_kernel_gram(gamlp_dense *t, const gamlp_dense *r, const gamlp_dense *m,
                                  gamlp_real nu, gamlp_real l2) {
    kernel_args args = {.out = t->data, .a = r->data, .b = m->data, .s = nu, .t = l2};
    double sums[SUMS];
    run(sums, gram_body, &args, elements(t), 1);
    return (gamlp_gram_sums){sums[0], sums[1], sums[2]};
}

GAMLP_HOT static void scale_step_body(const kernel_args *k, int64_t begin, int64_t end,
                                      double *sums) {
    (void)sums;
    for (int64_t i = begin; i < end; i++) k->out[i] = k->t * k->out[i] - k->s * k->a[i];
}

void gamlp_kernel_scale_step(gamlp_dense *b, gamlp_real keep, gamlp_real s, const gamlp_dense *r) {
    kernel_args args = {.out = b->data, .a = r->data, .s = s, .t = keep};
    run(NULL, scale_step_body, &args, elements(b), 1);
}
