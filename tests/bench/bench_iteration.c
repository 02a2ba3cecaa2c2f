/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time of an iteration over the time of the matrix products it cannot avoid:
 * r K for layer 1 (with K = X'X) and W'r, W g, r p', G p for each layer above; dladmm has these
 * twice, in its two sweeps, and mdlam W (p - p') and (W - W') p besides, of its extrapolations.
 * Both are timed in turn in one process, same shapes, same BLAS, same threads: the products as
 * OpenBLAS does them with threads of its own, and as the iteration does them, cut among ours.
 *
 *   bench_iteration [--solver pdadmm-g|pdadmm-g-q|dladmm|mdlam] [--threads T] [--layers L]
 *                   [--hidden H] [--rounds R] [--decay 0|1] [--clock wall|cpu]
 *
 * An evaluation is timed by itself, and as what it adds to an iteration in training.
 *
 * Penalties are those of the preset paper: nu = rho = 0.01, and weight decay 0.01 (--decay 1) for
 * two layers, none (--decay 0) for more.
 * Columns and features are Cora's: N = 140, n_0 = 4 x 1433, 500 validation
 * nodes, 7 classes; the values are random. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_clock.h"
#include "bench_multiply.h"
#include "check.h"
#include "gamlp/blas.h"
#include "gamlp/dladmm.h"
#include "gamlp/mdlam.h"
#include "gamlp/method.h"
#include "gamlp/threads.h"

enum { TRAIN = 140, VAL = 500, FEATURES = 4 * 1433, CLASSES = 7, MAX_LAYERS = 64 };

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *value, int count) {
    qsort(value, (size_t)count, sizeof *value, ascending);
    return value[count / 2];
}

static void columns(gamlp_stack *x, int64_t count, uint64_t seed) {
    gamlp_dense dense;
    CHECK_OK(gamlp_dense_init(&dense, FEATURES, count));
    fill_uniform(&dense, seed, 0, 0.05);
    gamlp_stack_init(x, count);
    CHECK_OK(gamlp_stack_push_dense(x, &dense));
}

/* The products of one layer. */
typedef struct products {
    gamlp_dense w, r, p, g_p, g_w, step_p, step_w, image;
} products;

static void products_init(products *m, int64_t in, int64_t out, int64_t n) {
    CHECK_OK(gamlp_dense_init(&m->w, out, in));
    CHECK_OK(gamlp_dense_init(&m->r, out, n));
    CHECK_OK(gamlp_dense_init(&m->p, in, n));
    CHECK_OK(gamlp_dense_init(&m->g_p, in, n));
    CHECK_OK(gamlp_dense_init(&m->g_w, out, in));
    CHECK_OK(gamlp_dense_init(&m->image, out, n));
    CHECK_OK(gamlp_dense_init(&m->step_p, in, n));
    CHECK_OK(gamlp_dense_init(&m->step_w, out, in));
    fill_normal(&m->w, 1);
    fill_normal(&m->step_p, 6);
    fill_normal(&m->step_w, 7);
    fill_normal(&m->r, 2);
    fill_normal(&m->p, 3);
}

static void products_run(products *m) {
    bench_multiply(&m->g_p, GAMLP_TRANSPOSED, &m->w, GAMLP_PLAIN, &m->r);
    bench_multiply(&m->image, GAMLP_PLAIN, &m->w, GAMLP_PLAIN, &m->g_p);
    bench_multiply(&m->g_w, GAMLP_PLAIN, &m->r, GAMLP_TRANSPOSED, &m->p);
    bench_multiply(&m->image, GAMLP_PLAIN, &m->g_w, GAMLP_PLAIN, &m->p);
}

/* W d of a quantised step, which is not along g: it decides whether a weight serves. */
static void trial_run(products *m) {
    bench_multiply(&m->image, GAMLP_PLAIN, &m->w, GAMLP_PLAIN, &m->step_p);
}

static void extrapolations_run(products *m) {
    bench_multiply(&m->image, GAMLP_PLAIN, &m->w, GAMLP_PLAIN, &m->step_p);
    bench_multiply(&m->image, GAMLP_PLAIN, &m->step_w, GAMLP_PLAIN, &m->p);
}

static long option(int argc, char **argv, const char *name, long value) {
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0) value = strtol(argv[i + 1], NULL, 10);
    return value;
}

static const gamlp_method *method_of(int argc, char **argv) {
    static const gamlp_method *const known[] = {&gamlp_method_pdadmm_g, &gamlp_method_dladmm,
                                                &gamlp_method_mdlam, &gamlp_method_pdadmm_g_q};
    const gamlp_method *method = known[0];
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--solver") == 0) {
            method = NULL;
            for (size_t m = 0; m < sizeof known / sizeof known[0]; m++)
                if (strcmp(argv[i + 1], known[m]->name) == 0) method = known[m];
        }
    return method;
}

typedef struct bench {
    long threads, layers, hidden, rounds, decay;
    gamlp_stack train, val;
    int32_t label[TRAIN + VAL];
    int64_t width[MAX_LAYERS], index;
    gamlp_problem *problem;
    const gamlp_method *method;
    void *net;
    gamlp_dense gram, r, image;
    products layer[MAX_LAYERS];
} bench;

typedef union any_options {
    gamlp_pdadmm_options pdadmm;
    gamlp_dladmm_options dladmm;
    gamlp_mdlam_options mdlam;
} any_options;

static any_options options_of(const bench *b) {
    any_options o;
    double l2 = b->decay ? 1e-2 : 0;
    if (b->method == &gamlp_method_pdadmm_g || b->method == &gamlp_method_pdadmm_g_q) {
        gamlp_pdadmm_options_default(&o.pdadmm);
        if (b->method == &gamlp_method_pdadmm_g_q) o.pdadmm.quantise = GAMLP_QUANTISE_PQ;
        o.pdadmm.nu = o.pdadmm.rho = 1e-2;
        o.pdadmm.l2 = l2;
    } else if (b->method == &gamlp_method_dladmm) {
        gamlp_dladmm_options_default(&o.dladmm);
        o.dladmm.nu = o.dladmm.rho = 1e-2;
        o.dladmm.l2 = l2;
    } else {
        gamlp_mdlam_options_default(&o.mdlam);
        o.mdlam.rho = 1e-2;
        o.mdlam.l2 = l2;
    }
    return o;
}

static void make_net(bench *b) {
    gamlp_net_plan plan = {
        .layers = b->layers, .hidden = b->width, .init = GAMLP_INIT_HE, .init_scale = 1};
    any_options options = options_of(b);
    columns(&b->train, TRAIN, 1);
    columns(&b->val, VAL, 2);
    for (int i = 0; i < TRAIN + VAL; i++) b->label[i] = i % CLASSES;
    for (long l = 0; l + 1 < b->layers; l++) b->width[l] = b->hidden;
    CHECK_OK(gamlp_problem_new(&b->problem, &b->train, b->label, CLASSES));
    CHECK_OK(gamlp_problem_watch(&b->index, b->problem, &b->val, b->label));
    CHECK_OK(b->method->make(&b->net, b->problem, &plan, &options));
    CHECK_OK(b->method->start(b->net));
}

static void make_products(bench *b) {
    CHECK_OK(gamlp_dense_init(&b->gram, TRAIN, TRAIN));
    CHECK_OK(gamlp_dense_init(&b->r, b->hidden, TRAIN));
    CHECK_OK(gamlp_dense_init(&b->image, b->hidden, TRAIN));
    fill_normal(&b->gram, 4);
    fill_normal(&b->r, 5);
    for (long l = 1; l < b->layers; l++)
        products_init(&b->layer[l], b->hidden, l + 1 == b->layers ? CLASSES : b->hidden, TRAIN);
}

static void run_products(bench *b) {
    int sweeps = b->method == &gamlp_method_dladmm ? 2 : 1;
    for (int sweep = 0; sweep < sweeps; sweep++) {
        bench_multiply(&b->image, GAMLP_PLAIN, &b->r, GAMLP_PLAIN, &b->gram);
        for (long l = 1; l < b->layers; l++) products_run(&b->layer[l]);
    }
    for (long l = 1; l < b->layers; l++) {
        if (b->method == &gamlp_method_mdlam) extrapolations_run(&b->layer[l]);
        if (b->method == &gamlp_method_pdadmm_g_q) trial_run(&b->layer[l]);
    }
}

/* What one of REPEAT in a row takes, as they follow each other in their loops; a run of training is
 * RUN of them, since weights that have decayed to rounding are no one's. */
enum { REPEAT = 10, RUN = 10 };

static double time_products(bench *b, bool blas) {
    bench_multiply_by(blas ? b->threads : 0);
    if (blas) run_products(b);
    double begin = bench_clock();
    for (int i = 0; i < REPEAT; i++) run_products(b);
    bench_multiply_by(0);
    return (bench_clock() - begin) / REPEAT;
}

static double time_iteration(bench *b) {
    double begin = bench_clock();
    for (int i = 0; i < REPEAT; i++) CHECK_OK(b->method->iterate(b->net));
    return (bench_clock() - begin) / REPEAT;
}

static double time_score(bench *b) {
    gamlp_score result;
    double begin = bench_clock();
    for (int i = 0; i < REPEAT; i++) CHECK_OK(b->method->score(&result, b->net, b->index));
    return (bench_clock() - begin) / REPEAT;
}

/* An iteration and a score in turn, as in training, where the score may be made while the next
 * iteration is. */
static double time_both(bench *b) {
    gamlp_score result;
    if (b->method->ahead) b->method->ahead(b->net, INT64_MAX);
    CHECK_OK(b->method->iterate(b->net));
    CHECK_OK(b->method->score(&result, b->net, b->index));
    double begin = bench_clock();
    for (int i = 0; i < REPEAT; i++) {
        CHECK_OK(b->method->iterate(b->net));
        CHECK_OK(b->method->score(&result, b->net, b->index));
    }
    double seconds = (bench_clock() - begin) / REPEAT;
    if (b->method->ahead) b->method->ahead(b->net, 0);
    CHECK_OK(b->method->iterate(b->net)); /* what has begun */
    return seconds;
}

int main(int argc, char **argv) {
    enum { WARM_UP = 2, MOST = 10000 };
    static bench b;
    static double product[MOST], cut[MOST], iteration[MOST], score[MOST], both[MOST];
    bench_clock_choose(argc, argv);
    b.method = method_of(argc, argv);
    b.threads = option(argc, argv, "--threads", 2);
    b.layers = option(argc, argv, "--layers", 2);
    b.hidden = option(argc, argv, "--hidden", 500);
    b.rounds = option(argc, argv, "--rounds", 51);
    b.decay = option(argc, argv, "--decay", b.layers == 2);
    if (!b.method || b.layers < 2 || b.layers >= MAX_LAYERS || b.rounds < 1 || b.rounds > MOST)
        return 64;
    gamlp_threads_set(b.threads);
    make_net(&b);
    make_products(&b);
    for (long k = -WARM_UP; k < b.rounds; k++) {
        long at = k < 0 ? 0 : k;
        if (k % RUN == 0) CHECK_OK(b.method->start(b.net));
        product[at] = time_products(&b, true);
        cut[at] = time_products(&b, false);
        iteration[at] = time_iteration(&b);
        score[at] = time_score(&b);
        both[at] = time_both(&b);
    }
    double p = median(product, (int)b.rounds), i = median(iteration, (int)b.rounds);
    double s = median(score, (int)b.rounds), c = median(cut, (int)b.rounds);
    double more = median(both, (int)b.rounds) - i;
    double before = gamlp_blas_operations();
    run_products(&b);
    double least = gamlp_blas_operations() - before;
    CHECK_OK(b.method->iterate(b.net));
    double done = gamlp_blas_operations() - before - least;
    printf("{\"benchmark\": \"iteration\", \"solver\": \"%s\", \"layers\": %ld, \"hidden\": %ld, "
           "\"threads\": %ld, \"decay\": %ld, "
           "\"rounds\": %ld, \"blas\": \"%s\", \"products_ms\": %.4f, \"cut_products_ms\": %.4f, "
           "\"iteration_ms\": %.4f, "
           "\"evaluation_ms\": %.4f, \"iteration_over_products\": %.3f, "
           "\"iteration_over_cut_products\": %.3f, "
           "\"operations_over_products\": %.3f, \"evaluation_over_iteration\": %.3f, "
           "\"evaluation_in_training_ms\": %.4f, "
           "\"evaluation_in_training_over_iteration\": %.3f}\n",
           b.method->name, b.layers, b.hidden, b.threads, b.decay, b.rounds, gamlp_blas_name(),
           1e3 * p, 1e3 * c, 1e3 * i, 1e3 * s, i / p, i / c, done / least, s / i, 1e3 * more,
           more / i);
    return 0;
}
