/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/optimiser.h"

#include <math.h>
#include <string.h>

#include "core/hot.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"
#include "solver/sweep.h"

#if defined(GAMLP_REAL_IS_DOUBLE)
#define ROOT(x) __builtin_sqrt(x)
#else
#define ROOT(x) __builtin_sqrtf(x)
#endif

enum { LANES = 16, GRAIN = 4096, MAX_CHUNKS = 256 };

static bool has_first(gamlp_optimiser optimiser) {
    return optimiser != GAMLP_OPTIMISER_GD && optimiser != GAMLP_OPTIMISER_ADAGRAD;
}

static bool has_second(gamlp_optimiser optimiser) {
    return optimiser >= GAMLP_OPTIMISER_ADAGRAD;
}

enum { ZEROED = 1 << 18 }; /* elements of a chunk */

static void zero_chunk(void *context, int64_t chunk) {
    const gamlp_dense *a = context;
    int64_t left = a->rows * a->cols - chunk * ZEROED;
    memset(a->data + chunk * ZEROED, 0, (size_t)(left < ZEROED ? left : ZEROED) * sizeof *a->data);
}

/* By all threads: most of it is that memory is touched for the first time. */
static void zero(gamlp_dense *a) {
    if (a->data) gamlp_parallel((a->rows * a->cols + ZEROED - 1) / ZEROED, zero_chunk, a);
}

static gamlp_status make(gamlp_dense *a, int64_t rows, int64_t cols) {
    gamlp_status status = gamlp_new_raw(&a->data, rows * cols, sizeof *a->data, "a dense matrix");
    if (status != GAMLP_OK) return status;
    a->rows = rows;
    a->cols = cols;
    return GAMLP_OK;
}

/* What is kept is not touched before it is. */
gamlp_status gamlp_parameter_init(gamlp_parameter *p, gamlp_optimiser optimiser, int64_t rows,
                                  int64_t cols) {
    gamlp_status status = GAMLP_OK;
    *p = (gamlp_parameter){0};
    if (cols > 0 && rows > INT64_MAX / cols)
        return gamlp_fail(GAMLP_E_NOMEM, "a matrix of %lld x %lld is too large", (long long)rows,
                          (long long)cols);
    GAMLP_TRY(make(&p->w, rows, cols));
    GAMLP_TRY(make(&p->kept, rows, cols));
    if (has_first(optimiser)) GAMLP_TRY(make(&p->first, rows, cols));
    if (has_second(optimiser)) GAMLP_TRY(make(&p->second, rows, cols));
    zero(&p->w);
    gamlp_parameter_forget(p);
done:
    if (status != GAMLP_OK) gamlp_parameter_clear(p);
    return status;
}

void gamlp_parameter_clear(gamlp_parameter *p) {
    gamlp_dense_clear(&p->w);
    gamlp_dense_clear(&p->kept);
    gamlp_dense_clear(&p->first);
    gamlp_dense_clear(&p->second);
}

static size_t bytes_of(const gamlp_dense *a) {
    return (size_t)(a->rows * a->cols) * sizeof *a->data;
}

void gamlp_parameter_forget(gamlp_parameter *p) {
    zero(&p->first);
    zero(&p->second);
}

void gamlp_parameter_keep(gamlp_parameter *p) {
    if (p->kept.data) memcpy(p->kept.data, p->w.data, bytes_of(&p->w));
}

void gamlp_parameter_restore(gamlp_parameter *p) {
    if (p->kept.data) memcpy(p->w.data, p->kept.data, bytes_of(&p->w));
}

gamlp_update gamlp_update_of(const gamlp_backprop_options *o, int64_t k) {
    double first = 0, second = 0, rate = o->learning_rate, correction = 1;
    if (o->optimiser == GAMLP_OPTIMISER_MOMENTUM) first = o->momentum;
    if (o->optimiser == GAMLP_OPTIMISER_ADADELTA) first = o->averaging;
    if (o->optimiser == GAMLP_OPTIMISER_ADAM) {
        first = o->beta1;
        second = o->beta2;
        rate = o->learning_rate / (1 - pow(o->beta1, (double)k));
        correction = sqrt(1 - pow(o->beta2, (double)k));
    }
    double shrink = o->decoupled ? 1 - o->learning_rate * o->weight_decay : 1;
    return (gamlp_update){.optimiser = o->optimiser,
                          .rate = (gamlp_real)rate,
                          .first = (gamlp_real)first,
                          .fresh = (gamlp_real)(1 - first),
                          .second = (gamlp_real)second,
                          .fresh2 = (gamlp_real)(1 - second),
                          .correction = (gamlp_real)correction,
                          .epsilon = (gamlp_real)o->epsilon,
                          .decay = (gamlp_real)(o->decoupled ? 0 : o->weight_decay),
                          .shrink = (gamlp_real)shrink};
}

/* What one pass works on. */
typedef struct pass {
    gamlp_real *w, *first, *second;
    const gamlp_real *g;
    int64_t count;
} pass;

typedef void (*pass_body)(const pass *p, const gamlp_update *u);

/* g + weight_decay w, and w shrunk, as the decay is coupled or not. */
#define DECAYED                                                                                    \
    gamlp_real w = p->w[i] * u->shrink;                                                            \
    gamlp_real g = p->g[i] + u->decay * p->w[i];

GAMLP_HOT static void descend(const pass *p, const gamlp_update *u) {
#pragma omp simd
    for (int64_t i = 0; i < p->count; i++) {
        DECAYED
        p->w[i] = w - u->rate * g;
    }
}

GAMLP_HOT static void with_momentum(const pass *p, const gamlp_update *u) {
#pragma omp simd
    for (int64_t i = 0; i < p->count; i++) {
        DECAYED
        gamlp_real v = u->first * p->first[i] + g;
        p->first[i] = v;
        p->w[i] = w - u->rate * v;
    }
}

GAMLP_HOT static void adagrad(const pass *p, const gamlp_update *u) {
#pragma omp simd
    for (int64_t i = 0; i < p->count; i++) {
        DECAYED
        gamlp_real s = p->second[i] + g * g;
        p->second[i] = s;
        p->w[i] = w - u->rate * g / (ROOT(s) + u->epsilon);
    }
}

GAMLP_HOT static void adadelta(const pass *p, const gamlp_update *u) {
#pragma omp simd
    for (int64_t i = 0; i < p->count; i++) {
        DECAYED
        gamlp_real s = u->first * p->second[i] + u->fresh * (g * g);
        gamlp_real d = ROOT(p->first[i] + u->epsilon) / ROOT(s + u->epsilon) * g;
        p->second[i] = s;
        p->first[i] = u->first * p->first[i] + u->fresh * (d * d);
        p->w[i] = w - u->rate * d;
    }
}

GAMLP_HOT static void adam(const pass *p, const gamlp_update *u) {
#pragma omp simd
    for (int64_t i = 0; i < p->count; i++) {
        DECAYED
        gamlp_real m = u->first * p->first[i] + u->fresh * g;
        gamlp_real v = u->second * p->second[i] + u->fresh2 * (g * g);
        p->first[i] = m;
        p->second[i] = v;
        p->w[i] = w - u->rate * m / (ROOT(v) / u->correction + u->epsilon);
    }
}

static const pass_body body_of[] = {[GAMLP_OPTIMISER_GD] = descend,
                                    [GAMLP_OPTIMISER_MOMENTUM] = with_momentum,
                                    [GAMLP_OPTIMISER_ADAGRAD] = adagrad,
                                    [GAMLP_OPTIMISER_ADADELTA] = adadelta,
                                    [GAMLP_OPTIMISER_ADAM] = adam};

GAMLP_HOT static double square(const gamlp_real *g, int64_t count) {
    double lane[LANES] = {0}, sum = 0;
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (int k = 0; k < LANES; k++) lane[k] += (double)(g[i + k] * g[i + k]);
    for (int k = 0; i < count; i++, k++) lane[k] += (double)(g[i] * g[i]);
    for (int k = 0; k < LANES; k++) sum += lane[k];
    return sum;
}

GAMLP_HOT static double dot(const gamlp_real *x, const gamlp_real *y, int64_t count) {
    return gamlp_sweep_dot(x, y, count);
}

static void update_range(gamlp_parameter *p, const gamlp_update *update, int64_t begin,
                         const gamlp_real *g, int64_t count) {
    pass range = {.w = p->w.data + begin,
                  .first = p->first.data ? p->first.data + begin : NULL,
                  .second = p->second.data ? p->second.data + begin : NULL,
                  .g = g,
                  .count = count};
    body_of[update->optimiser](&range, update);
}

double gamlp_update_range(gamlp_parameter *p, const gamlp_update *update, int64_t begin,
                          const gamlp_real *g, int64_t count) {
    double sum = square(g, count);
    update_range(p, update, begin, g, count);
    return sum;
}

typedef struct sweep {
    gamlp_parameter *p, *p2;
    const gamlp_update *update;
    const gamlp_real *g, *g2;
    int64_t begin, count, grain;
    double sum[MAX_CHUNKS];
} sweep;

static void sweep_chunk(void *context, int64_t chunk) {
    sweep *s = context;
    int64_t from = chunk * s->grain, left = s->count - from;
    s->sum[chunk] = gamlp_update_range(s->p, s->update, s->begin + from, s->g + from,
                                       left < s->grain ? left : s->grain);
}

static double run(sweep *s, gamlp_chunk body) {
    int64_t least = (s->count + MAX_CHUNKS - 1) / MAX_CHUNKS;
    s->grain = least > GRAIN ? least : GRAIN;
    int64_t chunks = (s->count + s->grain - 1) / s->grain;
    gamlp_parallel(chunks, body, s);
    double sum = 0;
    for (int64_t chunk = 0; chunk < chunks; chunk++) sum += s->sum[chunk];
    return sum;
}

double gamlp_update_all(gamlp_parameter *p, const gamlp_update *update, int64_t begin,
                        const gamlp_real *g, int64_t count) {
    sweep s = {.p = p, .update = update, .g = g, .begin = begin, .count = count};
    return run(&s, sweep_chunk);
}

static void pair_chunk(void *context, int64_t chunk) {
    sweep *s = context;
    int64_t from = chunk * s->grain, left = s->count - from;
    int64_t count = left < s->grain ? left : s->grain;
    s->sum[chunk] = dot(s->g + from, s->g2 + from, count);
    update_range(s->p, s->update, from, s->g + from, count);
    update_range(s->p2, s->update, from, s->g2 + from, count);
}

double gamlp_update_pair(gamlp_parameter *p, gamlp_parameter *p2, const gamlp_update *update,
                         const gamlp_dense *g, const gamlp_dense *g2) {
    sweep s = {.p = p,
               .p2 = p2,
               .update = update,
               .g = g->data,
               .g2 = g2->data,
               .count = g->rows * g->cols};
    return run(&s, pair_chunk);
}

void gamlp_update_number(double *w, double *momentum, const gamlp_update *u, double g) {
    g += (double)u->decay * *w;
    *momentum = (double)u->first * *momentum + g;
    *w = *w * (double)u->shrink - (double)u->rate * *momentum;
}
