/* SPDX-License-Identifier: GPL-2.0-or-later */
/* F B or rows of F, block by block, and the certificate.
 *
 * With y the rounded result, x = (gain left)^{-1} y stands for G b, where b is the scaled
 * right-hand side, and r = b - K x is evaluated in double.  As |K^{-1}| <= 1 / gap, |F B - Y| <=
 * gain |r| / gap in the scaled norm. */
#include "feature/diffusion.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "core/hot.h"
#include "feature/stop.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"

enum { LANES = GAMLP_LANES, SQUARES = 4 };

/* Half an ulp of the stored numbers. */
static const double rounding = sizeof(gamlp_real) == sizeof(double) ? 1.2e-16 : 6e-8;

void gamlp_diffusion_options_default(gamlp_diffusion_options *options) {
    *options = (gamlp_diffusion_options){.method = GAMLP_DIFFUSION_AUTO, .tolerance = 1e-7};
}

gamlp_status gamlp_diffusion_options_check(const gamlp_diffusion_options *options) {
    if (options->method < 0 || options->method >= GAMLP_DIFFUSION_METHODS)
        return gamlp_fail(GAMLP_E_CONFIG, "the method of a diffusion is %d, expected 0 to %d",
                          options->method, GAMLP_DIFFUSION_METHODS - 1);
    if (!(options->tolerance >= 1e-13 && options->tolerance <= 0.1))
        return gamlp_fail(GAMLP_E_CONFIG,
                          "the tolerance of a diffusion is %g, expected 1e-13 to 0.1",
                          options->tolerance);
    if (options->memory < 0)
        return gamlp_fail(GAMLP_E_CONFIG, "the memory of a diffusion is %lld, expected 0 or bytes",
                          (long long)options->memory);
    return GAMLP_OK;
}

const char *gamlp_diffusion_method_name(int method) {
    static const char *const name[] = {"auto", "cholesky", "cg", "chebyshev", "push"};
    return method >= 0 && method < GAMLP_DIFFUSION_METHODS ? name[method] : NULL;
}

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void gamlp_diffusion_clear(gamlp_diffusion *d) {
    if (!d) return;
    gamlp_system_clear(&d->matrix);
    gamlp_cholesky_free(d->cholesky);
    gamlp_factor_clear(&d->factor);
    gamlp_free(d->place);
    gamlp_free(d->work);
    *d = (gamlp_diffusion){0};
}

static gamlp_status make_factor(gamlp_diffusion *d) {
    const gamlp_system *s = &d->matrix;
    const double shift = d->series.shift;
    gamlp_symmetric k = {0};
    gamlp_status status = GAMLP_OK;
    if (d->report.plan.method == GAMLP_DIFFUSION_CHOLESKY) {
        GAMLP_TRY(gamlp_system_shifted(&k, s, s->heat ? 1 + shift : 1, s->heat ? -shift : -s->c));
        GAMLP_TRY(gamlp_cholesky_factor(&d->factor, d->cholesky, &k));
    } else if (d->report.plan.method == GAMLP_DIFFUSION_CG) {
        GAMLP_TRY(gamlp_system_shifted(&k, s, 1, -s->c));
        GAMLP_TRY(gamlp_factor_incomplete(&d->factor, &k));
    }
done:
    gamlp_symmetric_clear(&k);
    return status;
}

/* The rows of the matrix in the order of the pivots: no vector is permuted in a solve. */
static gamlp_status order_matrix(gamlp_diffusion *d) {
    const int64_t n = d->matrix.n.n;
    const bool pivots = d->report.plan.method == GAMLP_DIFFUSION_CHOLESKY;
    gamlp_status status = gamlp_new_raw(&d->place, n, sizeof *d->place, "an order of nodes");
    if (status != GAMLP_OK) return status;
    for (int64_t k = 0; k < n; k++) d->place[pivots ? d->factor.perm[k] : k] = (int32_t)k;
    return pivots ? gamlp_system_permute(&d->matrix, d->factor.perm) : GAMLP_OK;
}

/* Room for as many blocks as there are threads, and as the limit admits. */
static gamlp_status make_work(gamlp_diffusion *d, const gamlp_diffusion_job *job) {
    const gamlp_diffusion_plan *plan = &d->report.plan;
    const int64_t n = d->matrix.n.n;
    d->room = (gamlp_diffusion_vectors(d, plan->method) + 2) * n * LANES;
    if (plan->cost[plan->method].by_nodes) d->room += job->features * LANES;
    d->slots = gamlp_threads_get();
    double more = (double)d->options.memory - plan->cost[plan->method].bytes;
    int64_t fit = 1 + (int64_t)(more > 0 ? more / (double)(d->room * 8) : 0);
    if (d->options.memory > 0 && d->slots > fit) d->slots = fit;
    return gamlp_new_raw(&d->work, d->slots * d->room, sizeof *d->work, "blocks of a diffusion");
}

/* What iterations aim at: the certificate is to be met in the end. */
static void set_goal(gamlp_diffusion *d) {
    const gamlp_diffusion_plan *plan = &d->report.plan;
    d->steps = plan->method == GAMLP_DIFFUSION_CHEBYSHEV
                   ? gamlp_chebyshev_steps(&d->matrix, d->tolerance)
                   : 100 + 20 * (int64_t)plan->cost[GAMLP_DIFFUSION_CG].steps;
}

gamlp_status gamlp_diffusion_init(gamlp_diffusion *d, const gamlp_csr *adjacency,
                                  const gamlp_term *term, const gamlp_diffusion_job *job,
                                  const gamlp_diffusion_options *options) {
    *d = (gamlp_diffusion){.options = *options, .tolerance = options->tolerance / 4};
    gamlp_status status = GAMLP_OK;
    double start = seconds_now(), planned;
    GAMLP_TRY(gamlp_diffusion_options_check(options));
    GAMLP_TRY(gamlp_system_init(&d->matrix, adjacency, term));
    GAMLP_TRY(gamlp_diffusion_choose(d, job));
    planned = seconds_now();
    GAMLP_TRY(make_factor(d));
    GAMLP_TRY(order_matrix(d));
    set_goal(d);
    gamlp_cholesky_free(d->cholesky);
    d->cholesky = NULL;
    GAMLP_TRY(make_work(d, job));
    d->report.analyse_seconds = planned - start;
    d->report.factor_seconds = seconds_now() - planned;
done:
    if (status != GAMLP_OK) gamlp_diffusion_clear(d);
    return status;
}

bool gamlp_diffusion_by_nodes(const gamlp_diffusion *d) {
    return d->report.plan.cost[d->report.plan.method].by_nodes;
}

/* square[0] += |b - (I - c N) x|^2, square[1] += |b|^2 */
GAMLP_HOT static void add_squares(double square[2], const gamlp_system *s, const double *restrict b,
                                  const double *restrict x) {
    const gamlp_symmetric *n = &s->n;
    double residual[LANES] = {0}, right[LANES] = {0};
    for (int64_t i = 0; i < n->n; i++) {
        double sum[LANES] = {0};
        for (int64_t k = n->ptr[i]; k < n->ptr[i + 1]; k++) {
            const double *restrict from = x + (int64_t)n->idx[k] * LANES, v = n->val[k];
            for (int t = 0; t < LANES; t++) sum[t] += v * from[t];
        }
        for (int t = 0; t < LANES; t++) {
            const double here = b[i * LANES + t], r = here - x[i * LANES + t] + s->c * sum[t];
            residual[t] += r * r;
            right[t] += here * here;
        }
    }
    for (int t = 0; t < LANES; t++) {
        square[0] += residual[t];
        square[1] += right[t];
    }
}

/* A round: block first + slot for each slot, and what each found. */
typedef struct round_of {
    gamlp_diffusion *d;
    int64_t first; /* block of the first slot */
    const gamlp_dense *dense;
    const gamlp_csr *sparse;
    gamlp_dense *y;
    const int64_t *index, *order; /* wanted nodes; their numbers in the order of solution */
    int64_t count;
    double *found; /* of each slot: |r|^2, |b|^2; of rows: of the rounding, of the values */
    atomic_bool stopped;
} round_of;

static bool is_stopped(void *round) {
    return atomic_load(&((round_of *)round)->stopped);
}

/* The calling thread, which has the first slot, asks; the others are told. */
static bool ask_to_stop(void *context) {
    round_of *round = context;
    if (!is_stopped(round) && gamlp_stop_wanted(&round->d->stop))
        atomic_store(&round->stopped, true);
    return is_stopped(round);
}

static gamlp_stop stop_of(void *round, int64_t slot) {
    return (gamlp_stop){slot == 0 ? ask_to_stop : is_stopped, round};
}

static int64_t width_of(int64_t total, int64_t block) {
    int64_t left = total - block * LANES;
    return left < LANES ? left : LANES;
}

static void load_sparse(double *b, const gamlp_diffusion *d, const gamlp_csr *x, int64_t block) {
    const double *right = d->matrix.right;
    const int64_t width = width_of(x->rows, block);
    memset(b, 0, (size_t)(d->matrix.n.n * LANES) * sizeof *b);
    for (int64_t t = 0; t < width; t++) {
        const int64_t f = block * LANES + t;
        for (int64_t e = x->ptr[f]; e < x->ptr[f + 1]; e++) {
            const int64_t k = d->place[x->idx[e]];
            b[k * LANES + t] = (right ? right[k] : 1) * (x->val ? (double)x->val[e] : 1);
        }
    }
}

static void load_dense(double *b, const gamlp_diffusion *d, const gamlp_dense *x, int64_t block) {
    const int64_t width = width_of(x->rows, block);
    for (int64_t i = 0; i < x->cols; i++) {
        const gamlp_real *from = x->data + i * x->rows + block * LANES;
        const int64_t k = d->place[i];
        const double scale = d->matrix.right ? d->matrix.right[k] : 1;
        for (int64_t t = 0; t < width; t++) b[k * LANES + t] = scale * (double)from[t];
        for (int64_t t = width; t < LANES; t++) b[k * LANES + t] = 0;
    }
}

/* Round to the result, and keep in x what the rounded numbers stand for. */
static void store(const round_of *round, double *x, int64_t block) {
    const gamlp_diffusion *d = round->d;
    const int64_t width = width_of(round->y->rows, block);
    for (int64_t i = 0; i < round->count; i++) {
        gamlp_real *to = round->y->data + i * round->y->rows + block * LANES;
        const int64_t k = d->place[round->index[i]];
        const double scale = d->matrix.gain * (d->matrix.left ? d->matrix.left[k] : 1);
        for (int64_t t = 0; t < width; t++) {
            to[t] = (gamlp_real)(scale * x[k * LANES + t]);
            x[k * LANES + t] = (double)to[t] / scale;
        }
    }
}

static void features_chunk(void *context, int64_t slot) {
    const round_of *round = context;
    const gamlp_diffusion *d = round->d;
    const int64_t size = d->matrix.n.n * LANES, block = round->first + slot;
    double *b = d->work + slot * d->room, *x = b + size, *work = x + size;
    double square[SQUARES] = {0};
    if (round->sparse)
        load_sparse(b, d, round->sparse, block);
    else
        load_dense(b, d, round->dense, block);
    memcpy(x, b, (size_t)size * sizeof *x);
    const gamlp_stop stop = stop_of(context, slot);
    gamlp_diffusion_block(d, x, work, &stop);
    store(round, x, block);
    if (!d->matrix.heat) add_squares(square, &d->matrix, b, x);
    memcpy(round->found + SQUARES * slot, square, sizeof square);
}

/* Run all blocks, so many at a time as there are slots; sums are taken in the order of blocks. */
static gamlp_status run_rounds(round_of *round, int64_t blocks, gamlp_chunk body) {
    gamlp_diffusion *d = round->d;
    const gamlp_stop asking = stop_of(round, 0), told = stop_of(round, 1);
    double start = seconds_now();
    gamlp_status status = gamlp_new(&round->found, SQUARES * d->slots, sizeof *round->found,
                                    "residuals of a diffusion");
    if (status != GAMLP_OK) return status;
    for (round->first = 0; round->first < blocks; round->first += d->slots) {
        GAMLP_TRY(gamlp_stop_check(&asking));
        int64_t left = blocks - round->first, now = left < d->slots ? left : d->slots;
        gamlp_parallel(now, body, round);
        GAMLP_TRY(gamlp_stop_check(&told));
        for (int64_t k = 0; k < now; k++) {
            const double *found = round->found + SQUARES * k;
            d->residual_square += found[0];
            d->right_square += found[1];
            d->rounded_square += found[2];
            d->value_square += found[3];
        }
    }
    d->report.solve_seconds += seconds_now() - start;
done:
    gamlp_free(round->found);
    return status;
}

gamlp_status gamlp_diffusion_features(gamlp_dense *y, gamlp_diffusion *d, const gamlp_csr *sparse,
                                      const gamlp_dense *dense, const int64_t *index,
                                      int64_t count) {
    round_of round = {
        .d = d, .sparse = sparse, .dense = dense, .y = y, .index = index, .count = count};
    return run_rounds(&round, (y->rows + LANES - 1) / LANES, features_chunk);
}

/* sum += v x, lanes of features. */
GAMLP_HOT static void gather_sparse(double *restrict sum, const gamlp_csr *h,
                                    const double *restrict g, const gamlp_diffusion *d) {
    const double *right = d->matrix.right;
    for (int64_t j = 0; j < h->rows; j++) {
        const int64_t k = d->place[j];
        double w[LANES];
        for (int t = 0; t < LANES; t++) w[t] = (right ? right[k] : 1) * g[k * LANES + t];
        for (int64_t e = h->ptr[j]; e < h->ptr[j + 1]; e++) {
            double *restrict to = sum + (int64_t)h->idx[e] * LANES;
            const double v = h->val ? (double)h->val[e] : 1;
            for (int t = 0; t < LANES; t++) to[t] += v * w[t];
        }
    }
}

GAMLP_HOT static void gather_dense(double *restrict sum, const gamlp_dense *h,
                                   const double *restrict g, const gamlp_diffusion *d) {
    const double *right = d->matrix.right;
    for (int64_t j = 0; j < h->cols; j++) {
        const gamlp_real *from = h->data + j * h->rows;
        const int64_t k = d->place[j];
        double w[LANES];
        for (int t = 0; t < LANES; t++) w[t] = (right ? right[k] : 1) * g[k * LANES + t];
        for (int64_t f = 0; f < h->rows; f++)
            for (int t = 0; t < LANES; t++) sum[f * LANES + t] += (double)from[f] * w[t];
    }
}

/* x <- K^{-1} of the unit vectors of a block's places, lane by lane. */
static void push_block(const gamlp_diffusion *d, const int64_t *node, int64_t width, double *x,
                       double *work, const gamlp_stop *stop) {
    const int64_t n = d->matrix.n.n;
    double *g = work, *r = g + n;
    int32_t *queue = (int32_t *)(r + n);
    unsigned char *queued = (unsigned char *)(queue + n);
    memset(x, 0, (size_t)(n * LANES) * sizeof *x);
    memset(queued, 0, (size_t)n);
    for (int64_t t = 0; t < width && !gamlp_stop_wanted(stop); t++) {
        memset(g, 0, (size_t)(2 * n) * sizeof *g);
        gamlp_push_column(d, node[t], g, r, queue, queued);
        for (int64_t i = 0; i < n; i++) x[i * LANES + t] = g[i];
    }
}

/* b <- unit vectors, x <- G b */
static void solve_units(const gamlp_diffusion *d, const int64_t *node, int64_t width, double *b,
                        double *x, double *work, const gamlp_stop *stop) {
    const int64_t size = d->matrix.n.n * LANES;
    memset(b, 0, (size_t)size * sizeof *b);
    for (int64_t t = 0; t < width; t++) b[node[t] * LANES + t] = 1;
    memcpy(x, b, (size_t)size * sizeof *x);
    if (d->report.plan.method == GAMLP_DIFFUSION_PUSH)
        push_block(d, node, width, x, work, stop);
    else
        gamlp_diffusion_block(d, x, work, stop);
}

static void rows_chunk(void *context, int64_t slot) {
    const round_of *round = context;
    const gamlp_diffusion *d = round->d;
    const gamlp_system *s = &d->matrix;
    const int64_t size = s->n.n * LANES, block = round->first + slot;
    const int64_t width = width_of(round->count, block), features = round->y->rows;
    const int64_t *order = round->order + block * LANES;
    int64_t node[LANES];
    for (int64_t t = 0; t < width; t++) node[t] = d->place[round->index[order[t]]];
    double *b = d->work + slot * d->room, *x = b + size, *work = x + size;
    double *sum = b + d->room - features * LANES;
    const gamlp_stop stop = stop_of(context, slot);
    solve_units(d, node, width, b, x, work, &stop);
    double square[SQUARES] = {0};
    if (!s->heat) add_squares(square, s, b, x);
    memset(sum, 0, (size_t)(features * LANES) * sizeof *sum);
    if (round->sparse)
        gather_sparse(sum, round->sparse, x, d);
    else
        gather_dense(sum, round->dense, x, d);
    for (int64_t t = 0; t < width; t++) {
        gamlp_real *to = round->y->data + order[t] * features;
        const double scale = s->gain * (s->left ? s->left[node[t]] : 1);
        for (int64_t f = 0; f < features; f++) {
            const double value = scale * sum[f * LANES + t];
            to[f] = (gamlp_real)value;
            square[2] += ((double)to[f] - value) * ((double)to[f] - value);
            square[3] += value * value;
        }
    }
    memcpy(round->found + SQUARES * slot, square, sizeof square);
}

/* Wanted nodes that are eliminated near each other share most of their paths to the root: sorted by
 * their pivots. */
static gamlp_status order_of(int64_t **order, const gamlp_diffusion *d, const int64_t *index,
                             int64_t count) {
    const int64_t n = d->matrix.n.n;
    int64_t *first = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(order, count, sizeof **order, "an order of nodes"));
    for (int64_t i = 0; i < count; i++) (*order)[i] = i;
    if (d->report.plan.method != GAMLP_DIFFUSION_CHOLESKY) goto done;
    GAMLP_TRY(gamlp_new(&first, n + 1, sizeof *first, "an order of nodes"));
    for (int64_t i = 0; i < count; i++) first[d->place[index[i]] + 1]++;
    for (int64_t k = 0; k < n; k++) first[k + 1] += first[k];
    for (int64_t i = 0; i < count; i++) (*order)[first[d->place[index[i]]]++] = i;
done:
    gamlp_free(first);
    return status;
}

gamlp_status gamlp_diffusion_rows(gamlp_dense *y, gamlp_diffusion *d, const gamlp_csr *sparse,
                                  const gamlp_dense *dense, const int64_t *index, int64_t count) {
    int64_t *order = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(order_of(&order, d, index, count));
    round_of round = {.d = d,
                      .sparse = sparse,
                      .dense = dense,
                      .y = y,
                      .index = index,
                      .order = order,
                      .count = count};
    GAMLP_TRY(run_rounds(&round, (count + LANES - 1) / LANES, rows_chunk));
done:
    gamlp_free(order);
    return status;
}

static double root_of(double square, double of) {
    return of > 0 ? sqrt(square / of) : 0;
}

/* Of rows of F, |K^{-1} r| bounds what they are wrong by, and the rounding of the result, which is
 * measured, comes to it. */
void gamlp_diffusion_certify(gamlp_diffusion *d) {
    const gamlp_system *s = &d->matrix;
    const bool rows = gamlp_diffusion_by_nodes(d);
    const double relative = root_of(d->residual_square, d->right_square);
    const double rounded = rows ? root_of(d->rounded_square, d->value_square) : 0;
    if (s->heat) {
        d->report.residual = d->series.error + rounded;
        d->report.error = d->series.error + (rows ? rounded : rounding);
        return;
    }
    d->report.residual = relative + rounded;
    d->report.error = s->gain * relative / gamlp_system_gap(s) + rounded;
}
