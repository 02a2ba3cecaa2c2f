/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time of an iteration over the time of the matrix products it cannot avoid:
 * r K for layer 1 (with K = X'X) and W'r, W g, r p', G p for each layer above.
 * Both are timed in turn in one process, same shapes, same BLAS, same threads.
 *
 *   bench_iteration [--threads T] [--layers L] [--hidden H] [--rounds R]
 *
 * Columns and features are Cora's: N = 140, n_0 = 4 x 1433, 500 validation
 * nodes, 7 classes; the values are random. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "gamlp/blas.h"
#include "gamlp/pdadmm.h"
#include "gamlp/threads.h"
#include "matrix/blas.h"

enum { TRAIN = 140, VAL = 500, FEATURES = 4 * 1433, CLASSES = 7, MAX_LAYERS = 64 };

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

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
    gamlp_dense w, r, p, g_p, g_w, image;
} products;

static void products_init(products *m, int64_t in, int64_t out, int64_t n) {
    CHECK_OK(gamlp_dense_init(&m->w, out, in));
    CHECK_OK(gamlp_dense_init(&m->r, out, n));
    CHECK_OK(gamlp_dense_init(&m->p, in, n));
    CHECK_OK(gamlp_dense_init(&m->g_p, in, n));
    CHECK_OK(gamlp_dense_init(&m->g_w, out, in));
    CHECK_OK(gamlp_dense_init(&m->image, out, n));
    fill_normal(&m->w, 1);
    fill_normal(&m->r, 2);
    fill_normal(&m->p, 3);
}

static void products_run(products *m) {
    gamlp_blas_multiply(&m->g_p, 1, GAMLP_TRANSPOSED, &m->w, GAMLP_PLAIN, &m->r, 0);
    gamlp_blas_multiply(&m->image, 1, GAMLP_PLAIN, &m->w, GAMLP_PLAIN, &m->g_p, 0);
    gamlp_blas_multiply(&m->g_w, 1, GAMLP_PLAIN, &m->r, GAMLP_TRANSPOSED, &m->p, 0);
    gamlp_blas_multiply(&m->image, 1, GAMLP_PLAIN, &m->g_w, GAMLP_PLAIN, &m->p, 0);
}

static long option(int argc, char **argv, const char *name, long value) {
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0) value = strtol(argv[i + 1], NULL, 10);
    return value;
}

int main(int argc, char **argv) {
    long threads = option(argc, argv, "--threads", 2), layers = option(argc, argv, "--layers", 2);
    long hidden = option(argc, argv, "--hidden", 500), rounds = option(argc, argv, "--rounds", 201);
    static int32_t label[TRAIN + VAL];
    static int64_t width[MAX_LAYERS];
    static products layer[MAX_LAYERS];
    if (layers < 2 || layers >= MAX_LAYERS || rounds < 1) return 64;
    gamlp_threads_set(threads);
    gamlp_blas_threads_set(threads);
    gamlp_stack train, val;
    columns(&train, TRAIN, 1);
    columns(&val, VAL, 2);
    for (int i = 0; i < TRAIN + VAL; i++) label[i] = i % CLASSES;
    gamlp_problem *problem;
    int64_t index;
    CHECK_OK(gamlp_problem_new(&problem, &train, label, CLASSES));
    CHECK_OK(gamlp_problem_watch(&index, problem, &val, label));
    for (long l = 0; l + 1 < layers; l++) width[l] = hidden;
    gamlp_pdadmm_plan plan = {.layers = layers,
                              .hidden = width,
                              .first = 1,
                              .last = layers,
                              .init = GAMLP_INIT_HE,
                              .init_scale = 1};
    gamlp_pdadmm_options options;
    gamlp_pdadmm_options_default(&options);
    options.nu = options.rho = 1e-2;
    options.l2 = 1e-2;
    gamlp_pdadmm *net;
    CHECK_OK(gamlp_pdadmm_new(&net, problem, &plan, &options));
    CHECK_OK(gamlp_pdadmm_start(net));
    gamlp_dense gram, r, image;
    CHECK_OK(gamlp_dense_init(&gram, TRAIN, TRAIN));
    CHECK_OK(gamlp_dense_init(&r, hidden, TRAIN));
    CHECK_OK(gamlp_dense_init(&image, hidden, TRAIN));
    fill_normal(&gram, 4);
    fill_normal(&r, 5);
    for (long l = 1; l < layers; l++)
        products_init(&layer[l], hidden, l + 1 == layers ? CLASSES : hidden, TRAIN);

    double *product = calloc((size_t)rounds, sizeof *product);
    double *iteration = calloc((size_t)rounds, sizeof *iteration);
    double *score = calloc((size_t)rounds, sizeof *score);
    gamlp_score result = {0, 0};
    for (long k = 0; k < rounds + 5; k++) {
        double a = seconds();
        gamlp_blas_multiply(&image, 1, GAMLP_PLAIN, &r, GAMLP_PLAIN, &gram, 0);
        for (long l = 1; l < layers; l++) products_run(&layer[l]);
        double b = seconds();
        CHECK_OK(gamlp_pdadmm_iterate(net));
        double c = seconds();
        CHECK_OK(gamlp_pdadmm_score(&result, net, index));
        double d = seconds();
        if (k < 5) continue;
        product[k - 5] = b - a;
        iteration[k - 5] = c - b;
        score[k - 5] = d - c;
    }
    double tp = median(product, (int)rounds), ti = median(iteration, (int)rounds);
    double ts = median(score, (int)rounds);
    printf("{\"benchmark\": \"iteration\", \"layers\": %ld, \"hidden\": %ld, \"threads\": %ld, "
           "\"rounds\": %ld, \"blas\": \"%s\", \"products_ms\": %.4f, \"iteration_ms\": %.4f, "
           "\"evaluation_ms\": %.4f, \"iteration_over_products\": %.3f, "
           "\"evaluation_over_iteration\": %.3f}\n",
           layers, hidden, threads, rounds, gamlp_blas_name(), 1e3 * tp, 1e3 * ti, 1e3 * ts,
           ti / tp, ts / ti);
    return 0;
}
