/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time of an iteration of back-propagation over the time of the matrix products it cannot avoid:
 *
 *   gd, momentum (W_1 = a W_1^0 + B X')     D K in layer 1
 *   adagrad, adadelta, adam                 W_1 X and D X' in layer 1
 *   all                                     W p, W'D and D p' in each layer above
 *
 * Products and iterations are timed in turn in one process, same shapes and forms, same threads:
 * the dense products as OpenBLAS does them with threads of its own, and as the iteration does them,
 * cut among ours.
 *
 *   bench_gradient [--solver NAME] [--threads T] [--layers L] [--hidden H] [--rounds R]
 *                  [--clock wall|cpu]
 *
 * Columns and features are Cora's: N = 140, n_0 = 4 x 1433, 7 classes, of whose hops 1, 6, 25 and
 * 50 % are not zero; the values are random. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_clock.h"
#include "bench_multiply.h"
#include "check.h"
#include "gamlp/backprop.h"
#include "gamlp/blas.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"
#include "runtime/run.h"
#include "solver/source.h"

enum { TRAIN = 140, WORDS = 1433, HOPS = 4, CLASSES = 7, MAX_LAYERS = 64, MOST = 1000 };

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *value, long count) {
    qsort(value, (size_t)count, sizeof *value, ascending);
    return value[count / 2];
}

static void features(gamlp_stack *x) {
    static const double density[HOPS] = {0.0127, 0.06, 0.25, 0.5};
    gamlp_stack_init(x, TRAIN);
    for (int k = 0; k < HOPS; k++) {
        gamlp_dense block;
        gamlp_rng rng = gamlp_rng_key(7, GAMLP_RNG_TEST, (uint32_t)k);
        CHECK_OK(gamlp_dense_init(&block, WORDS, TRAIN));
        fill_uniform(&block, (uint64_t)k, 0, 0.05);
        for (int64_t i = 0; i < WORDS * TRAIN; i++)
            if (gamlp_rng_uniform(rng, (uint64_t)i) >= density[k]) block.data[i] = 0;
        CHECK_OK(gamlp_stack_push_dense(x, &block));
    }
}

typedef struct bench {
    long threads, layers, hidden, rounds;
    gamlp_stack x;
    int32_t label[TRAIN];
    int64_t width[MAX_LAYERS];
    gamlp_problem *problem;
    gamlp_source source;
    gamlp_dense w1, g1, d1, k, w, g, p, d, out;
} bench;

static void make(bench *b) {
    int64_t h = b->hidden;
    features(&b->x);
    for (int j = 0; j < TRAIN; j++) b->label[j] = j % CLASSES;
    for (long l = 0; l + 1 < b->layers; l++) b->width[l] = h;
    CHECK_OK(gamlp_problem_new(&b->problem, &b->x, b->label, CLASSES));
    CHECK_OK(gamlp_source_init(&b->source, &b->x, h, false));
    CHECK_OK(gamlp_dense_init(&b->w1, h, b->x.rows));
    CHECK_OK(gamlp_dense_init(&b->g1, h, b->x.rows));
    CHECK_OK(gamlp_dense_init(&b->d1, h, TRAIN));
    CHECK_OK(gamlp_dense_init(&b->k, TRAIN, TRAIN));
    CHECK_OK(gamlp_dense_init(&b->w, h, h));
    CHECK_OK(gamlp_dense_init(&b->g, h, h));
    CHECK_OK(gamlp_dense_init(&b->p, h, TRAIN));
    CHECK_OK(gamlp_dense_init(&b->d, h, TRAIN));
    CHECK_OK(gamlp_dense_init(&b->out, h, TRAIN));
    fill_normal(&b->w1, 1);
    fill_normal(&b->d1, 2);
    fill_normal(&b->k, 3);
    fill_normal(&b->w, 4);
    fill_normal(&b->p, 5);
}

/* W p, W'D, D p' of a layer with `out` rows. */
static void upper_products(bench *b, int64_t out) {
    gamlp_dense w = {out, b->hidden, b->w.data, true}, g = {out, b->hidden, b->g.data, true};
    gamlp_dense d = {out, TRAIN, b->d.data, true};
    bench_multiply(&d, GAMLP_PLAIN, &w, GAMLP_PLAIN, &b->p);
    bench_multiply(&b->out, GAMLP_TRANSPOSED, &w, GAMLP_PLAIN, &d);
    bench_multiply(&g, GAMLP_PLAIN, &d, GAMLP_TRANSPOSED, &b->p);
}

static void products(bench *b, bool gram) {
    if (gram) {
        bench_multiply(&b->out, GAMLP_PLAIN, &b->d1, GAMLP_PLAIN, &b->k);
    } else {
        CHECK_OK(gamlp_source_multiply(&b->out, &b->w1, &b->source));
        CHECK_OK(gamlp_stack_multiply_transposed(&b->g1, 1, &b->d1, &b->source.x, 0));
    }
    for (long l = 2; l <= b->layers; l++) upper_products(b, l == b->layers ? CLASSES : b->hidden);
}

static const char *const solvers[] = {"gd", "momentum", "adagrad", "adadelta", "adam"};

enum { REPEAT = 5, WARM_UP = 2 };

/* By OpenBLAS's own threads, or cut among ours; what is sparse is ours in both. */
static double time_products(bench *b, bool gram, bool blas) {
    bench_multiply_by(blas ? b->threads : 0);
    if (blas) products(b, gram);
    double begin = bench_clock();
    for (int i = 0; i < REPEAT; i++) products(b, gram);
    double seconds = (bench_clock() - begin) / REPEAT;
    bench_multiply_by(0);
    return seconds;
}

static void measure(bench *b, gamlp_optimiser optimiser) {
    static double product[MOST], cut[MOST], iteration[MOST];
    bool gram = optimiser <= GAMLP_OPTIMISER_MOMENTUM;
    gamlp_backprop_options o;
    gamlp_backprop *net;
    gamlp_net_plan plan = {b->layers, b->width, GAMLP_INIT_HE, 1, 0};
    gamlp_backprop_options_default(&o, optimiser);
    o.learning_rate *= 0.1;
    CHECK_OK(gamlp_backprop_new(&net, b->problem, &plan, &o));
    CHECK_OK(gamlp_backprop_start(net));
    for (long k = -WARM_UP; k < b->rounds; k++) {
        long at = k < 0 ? 0 : k;
        product[at] = time_products(b, gram, true);
        cut[at] = time_products(b, gram, false);
        double begin = bench_clock();
        for (int i = 0; i < REPEAT; i++) CHECK_OK(gamlp_backprop_iterate(net));
        iteration[at] = (bench_clock() - begin) / REPEAT;
    }
    gamlp_backprop_free(net);
    double p = median(product, b->rounds), c = median(cut, b->rounds);
    double i = median(iteration, b->rounds);
    printf("{\"benchmark\": \"gradient\", \"solver\": \"%s\", \"layers\": %ld, \"hidden\": %ld, "
           "\"threads\": %ld, \"products_ms\": %.4f, \"cut_products_ms\": %.4f, "
           "\"iteration_ms\": %.4f, \"iteration_over_products\": %.3f, "
           "\"iteration_over_cut_products\": %.3f}\n",
           solvers[optimiser], b->layers, b->hidden, b->threads, 1e3 * p, 1e3 * c, 1e3 * i, i / p,
           i / c);
}

static long option(int argc, char **argv, const char *name, long value) {
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0) value = strtol(argv[i + 1], NULL, 10);
    return value;
}

int main(int argc, char **argv) {
    static bench b;
    bench_clock_choose(argc, argv);
    const char *only = NULL;
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--solver") == 0) only = argv[i + 1];
    b.threads = option(argc, argv, "--threads", 2);
    b.layers = option(argc, argv, "--layers", 2);
    b.hidden = option(argc, argv, "--hidden", 500);
    b.rounds = option(argc, argv, "--rounds", 21);
    if (b.layers < 2 || b.layers > MAX_LAYERS || b.rounds < 1 || b.rounds > MOST) return 64;
    gamlp_threads_set(b.threads);
    make(&b);
    for (int kind = GAMLP_OPTIMISER_GD; kind <= GAMLP_OPTIMISER_ADAM; kind++)
        if (!only || strcmp(only, solvers[kind]) == 0) measure(&b, (gamlp_optimiser)kind);
    return 0;
}
