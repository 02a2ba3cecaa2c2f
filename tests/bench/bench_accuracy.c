/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Validation accuracy against time of training.
 *
 *   bench_accuracy DATASET [--OPTION VALUE]... [--dump FILE] [--clock wall|cpu]
 *
 * Trains one seed as `gamlp train` would with these options and prints one object with an entry in
 * `seconds` and in `val` for each iteration: seconds since training began, the evaluations left
 * out, and validation accuracy.  `setup_s` is what the solver makes before its first iteration: K =
 * X'X and W_1^0 X where layer 1 uses them, random weights, start; what is made for evaluations only
 * is left out.  `evaluation_s` is the time of all evaluations.  --clock cpu counts processor
 * seconds of all threads instead, which other programs on the machine disturb less.
 *
 * --dump writes the problem for a peer: 5 numbers of 64 bits (n_0, training nodes, validation
 * nodes, classes, width), X, X_val, W_1, W_2 (the random start; column-major float) and labels (32
 * bits). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_clock.h"
#include "check.h"
#include "gamlp/threads.h"
#include "runtime/run.h"
#include "runtime/solvers.h"

typedef struct bench {
    gamlp_settings settings;
    gamlp_run_data data;
    gamlp_problem *problem;
    int64_t val, iterations;
    const gamlp_method *method;
    void *net;
    double setup, evaluation, *seconds, *accuracy;
} bench;

static const char *read_options(bench *b, int argc, char **argv) {
    const char *dump = NULL;
    gamlp_settings_default(&b->settings);
    CHECK_OK(gamlp_settings_set(&b->settings, "dataset", argv[1], GAMLP_ORIGIN_COMMAND));
    CHECK_OK(gamlp_settings_set(&b->settings, "threads", "2", GAMLP_ORIGIN_PRESET));
    for (int i = 2; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--dump") == 0)
            dump = argv[i + 1];
        else if (strcmp(argv[i], "--clock") == 0)
            continue;
        else
            CHECK_OK(
                gamlp_settings_set(&b->settings, argv[i] + 2, argv[i + 1], GAMLP_ORIGIN_COMMAND));
    }
    CHECK_OK(gamlp_settings_resolve(&b->settings));
    return dump;
}

static gamlp_net_plan plan_of(const gamlp_train_options *o, int64_t *hidden) {
    for (int64_t l = 0; l < o->layers; l++)
        hidden[l] = o->hidden.value[l < o->hidden.count ? l : o->hidden.count - 1];
    return (gamlp_net_plan){.layers = o->layers,
                            .hidden = hidden,
                            .init = (gamlp_init)o->init,
                            .init_scale = o->init_scale,
                            .seed = (uint64_t)o->seed};
}

static void drop(bench *b) {
    b->method->release(b->net);
    gamlp_problem_free(b->problem);
}

/* Without the Gram matrix, which Adam does not need, setting up is making the net.  Sets that are
 * watched are for evaluations: the net is made once without them, and once with them. */
static void make(bench *b, bool gram) {
    const gamlp_train_options *o = &b->settings.options;
    const gamlp_solver_row *row = gamlp_solver_row_of(o->solver);
    gamlp_run_data *d = &b->data;
    int64_t hidden[1000];
    gamlp_solver_options options;
    gamlp_net_plan plan = plan_of(o, hidden);
    row->fill(&options, o, 0);
    b->method = row->method;
    for (int watch = 0; watch < 2; watch++) {
        double start = bench_clock();
        CHECK_OK(gamlp_problem_new(&b->problem, &d->train, d->train_label, d->dataset.classes));
        if (!gram) start = bench_clock();
        if (watch) CHECK_OK(gamlp_problem_watch(&b->val, b->problem, &d->val, d->val_label));
        CHECK_OK(b->method->make(&b->net, b->problem, &plan, &options));
        CHECK_OK(b->method->start(b->net));
        if (watch) return;
        b->setup = bench_clock() - start;
        drop(b);
    }
}

static void train(bench *b) {
    gamlp_score score;
    double spent = 0;
    b->iterations = b->settings.options.iterations;
    b->seconds = calloc((size_t)b->iterations, sizeof *b->seconds);
    b->accuracy = calloc((size_t)b->iterations, sizeof *b->accuracy);
    if (!b->seconds || !b->accuracy) exit(71);
    for (int64_t k = 0; k < b->iterations; k++) {
        double t0 = bench_clock();
        CHECK_OK(b->method->iterate(b->net));
        double t1 = bench_clock();
        CHECK_OK(b->method->score(&score, b->net, b->val));
        b->evaluation += bench_clock() - t1;
        spent += t1 - t0;
        b->seconds[k] = spent;
        b->accuracy[k] = score.accuracy;
    }
}

static void write_features(FILE *file, const gamlp_stack *x) {
    gamlp_dense pick, rows;
    enum { HEIGHT = 64 };
    float *value = malloc((size_t)(x->rows * x->cols) * sizeof *value);
    if (!value) exit(71);
    CHECK_OK(gamlp_dense_init(&pick, HEIGHT, x->rows));
    CHECK_OK(gamlp_dense_init(&rows, HEIGHT, x->cols));
    for (int64_t first = 0; first < x->rows; first += HEIGHT) {
        memset(pick.data, 0, (size_t)(HEIGHT * x->rows) * sizeof *pick.data);
        for (int64_t i = 0; i < HEIGHT && first + i < x->rows; i++)
            pick.data[i + (first + i) * HEIGHT] = 1;
        CHECK_OK(gamlp_stack_multiply(&rows, &pick, x));
        for (int64_t j = 0; j < x->cols; j++)
            for (int64_t i = 0; i < HEIGHT && first + i < x->rows; i++)
                value[first + i + j * x->rows] = (float)rows.data[i + j * HEIGHT];
    }
    fwrite(value, sizeof *value, (size_t)(x->rows * x->cols), file);
    free(value);
    gamlp_dense_clear(&pick);
    gamlp_dense_clear(&rows);
}

static void write_weights(FILE *file, const gamlp_train_options *o, int64_t layer, int64_t out,
                          int64_t in) {
    gamlp_dense w;
    CHECK_OK(gamlp_dense_init(&w, out, in));
    gamlp_init_weight(&w, (gamlp_init)o->init, o->init_scale, (uint64_t)o->seed, layer);
    for (int64_t i = 0; i < out * in; i++) {
        float value = (float)w.data[i];
        fwrite(&value, sizeof value, 1, file);
    }
    gamlp_dense_clear(&w);
}

static void dump(const bench *b, const char *path) {
    const gamlp_train_options *o = &b->settings.options;
    const gamlp_run_data *d = &b->data;
    int64_t head[] = {d->train.rows, d->train.cols, d->val.cols, d->dataset.classes,
                      o->hidden.value[0]};
    FILE *file = fopen(path, "wb");
    if (!file) exit(73);
    fwrite(head, sizeof *head, 5, file);
    write_features(file, &d->train);
    write_features(file, &d->val);
    write_weights(file, o, 1, o->hidden.value[0], d->train.rows);
    write_weights(file, o, 2, d->dataset.classes, o->hidden.value[0]);
    fwrite(d->train_label, sizeof *d->train_label, (size_t)d->train.cols, file);
    fwrite(d->val_label, sizeof *d->val_label, (size_t)d->val.cols, file);
    if (fclose(file) != 0) exit(74);
}

static void print_list(const char *name, const double *value, int64_t count) {
    printf(", \"%s\": [", name);
    for (int64_t k = 0; k < count; k++) printf("%s%.7g", k ? ", " : "", value[k]);
    printf("]");
}

int main(int argc, char **argv) {
    static bench b;
    if (argc < 2) return 64;
    bench_clock_choose(argc, argv);
    const char *path = read_options(&b, argc, argv);
    gamlp_threads_set(b.settings.options.threads);
    CHECK_OK(gamlp_run_data_init(&b.data, &b.settings.options, (gamlp_stop){0}));
    if (path) dump(&b, path);
    make(&b, b.settings.options.solver < GAMLP_SOLVER_GD);
    train(&b);
    printf(
        "{\"benchmark\": \"accuracy\", \"dataset\": \"%s\", \"solver\": \"%s\", \"threads\": %lld, "
        "\"setup_s\": %.6f, \"evaluation_s\": %.6f",
        argv[1], b.method->name, (long long)b.settings.options.threads, b.setup, b.evaluation);
    print_list("seconds", b.seconds, b.iterations);
    print_list("val", b.accuracy, b.iterations);
    printf("}\n");
    drop(&b);
    gamlp_run_data_clear(&b.data);
    free(b.seconds);
    free(b.accuracy);
    return 0;
}
