/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every method for one diffusion term on real data: predicted and measured cost.
 * usage: bench_diffusion [--term TEXT] [--threads T] [--tolerance E] [--limit S] [--auto 1]
 * NAME...
 * Prints an object for each data set and method; a method predicted to take longer than S seconds
 * is not run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "feature/diffusion.h"
#include "gamlp/alloc.h"
#include "gamlp/dataset.h"
#include "gamlp/feature.h"
#include "gamlp/threads.h"

typedef struct bench {
    gamlp_dataset data;
    gamlp_feature_input input;
    gamlp_feature_options options;
    int64_t *node, count;
    double limit;
    bool automatic; /* nothing but what is chosen */
} bench;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Processor seconds of all threads: less noisy than the wall clock on a busy machine. */
static double cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void stop(void) {
    fprintf(stderr, "bench_diffusion: %s\n", gamlp_error_text());
    exit(1);
}

static void must(gamlp_status status) {
    if (status != GAMLP_OK) stop();
}

/* The nodes of the split, as training has them. */
static void open_data(bench *b, const char *name) {
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    must(gamlp_dataset_open(&b->data, name, &options));
    const gamlp_split *s = &b->data.split;
    b->count = s->train_count + s->val_count + s->test_count;
    must(gamlp_new_raw(&b->node, b->count, sizeof *b->node, "nodes"));
    memcpy(b->node, s->train, (size_t)s->train_count * sizeof *b->node);
    memcpy(b->node + s->train_count, s->val, (size_t)s->val_count * sizeof *b->node);
    memcpy(b->node + s->train_count + s->val_count, s->test,
           (size_t)s->test_count * sizeof *b->node);
    b->input = (gamlp_feature_input){.adjacency = &b->data.graph.adjacency};
    if (b->data.sparse.rows)
        b->input.sparse = &b->data.sparse;
    else
        b->input.dense = &b->data.dense;
}

static void run(bench *b, const char *name, int method, double predicted) {
    gamlp_diffusion_report report = {.residual = -1};
    gamlp_stack x;
    b->options.diffusion.method = method;
    b->options.report = &report;
    double start = now(), cpu_start = cpu();
    must(gamlp_feature_make(&x, &b->input, b->node, b->count, &b->options));
    double seconds = now() - start, cpu_seconds = cpu() - cpu_start;
    const gamlp_diffusion_cost *cost = &report.plan.cost[report.plan.method];
    printf(
        "{\"dataset\": \"%s\", \"method\": \"%s\", \"chosen\": \"%s\", \"by_nodes\": %s, "
        "\"steps\": %.0f, \"fill\": %.0f, \"flops\": %.3g, \"nested\": %s, \"predicted_s\": %.4f, "
        "\"measured_s\": %.4f, \"cpu_s\": %.4f, \"analyse_s\": %.4f, \"factor_s\": %.4f, "
        "\"solve_s\": %.4f, "
        "\"bytes\": %.0f, \"residual\": %.3g, \"error\": %.3g}\n",
        name, gamlp_diffusion_method_name(method),
        gamlp_diffusion_method_name((int)report.plan.method), cost->by_nodes ? "true" : "false",
        cost->steps, report.plan.fill, report.plan.flops, report.plan.nested ? "true" : "false",
        predicted, seconds, cpu_seconds, report.analyse_seconds, report.factor_seconds,
        report.solve_seconds, cost->bytes, report.residual, report.error);
    fflush(stdout);
    gamlp_stack_clear(&x);
}

/* The plan alone, with every method considered. */
static void plan_of(gamlp_diffusion_plan *plan, const bench *b) {
    const int64_t features = b->data.features;
    const gamlp_diffusion_job job = {
        features, b->input.sparse ? b->data.sparse.nnz : features * b->data.nodes, b->count, 1};
    gamlp_diffusion d = {.options = b->options.diffusion,
                         .tolerance = b->options.diffusion.tolerance / 4};
    d.options.method = GAMLP_DIFFUSION_AUTO;
    must(gamlp_system_init(&d.matrix, b->input.adjacency, &b->options.set.term[0]));
    must(gamlp_diffusion_choose(&d, &job));
    *plan = d.report.plan;
    gamlp_diffusion_clear(&d);
}

static void measure(bench *b, const char *name) {
    gamlp_diffusion_plan plan;
    open_data(b, name);
    plan_of(&plan, b);
    for (int m = 0; m < GAMLP_DIFFUSION_METHODS; m++) {
        const gamlp_diffusion_cost *cost = &plan.cost[m ? m : (int)plan.method];
        if (m > 0 && b->automatic) break;
        if (cost->possible && (m == 0 || cost->seconds <= b->limit)) {
            run(b, name, m, cost->seconds);
            continue;
        }
        printf(
            "{\"dataset\": \"%s\", \"method\": \"%s\", \"predicted_s\": %.4g, \"why\": \"%s\"}\n",
            name, gamlp_diffusion_method_name(m), cost->seconds,
            cost->possible ? "longer than the limit" : cost->why);
    }
    gamlp_free(b->node);
    gamlp_dataset_clear(&b->data);
}

int main(int count, char **words) {
    bench b = {.limit = 60};
    const char *term = "ppr(0.1)";
    gamlp_feature_options_default(&b.options);
    int i = 1;
    for (; i + 1 < count && strncmp(words[i], "--", 2) == 0; i += 2) {
        if (strcmp(words[i], "--term") == 0) term = words[i + 1];
        if (strcmp(words[i], "--threads") == 0) gamlp_threads_set(atoll(words[i + 1]));
        if (strcmp(words[i], "--tolerance") == 0)
            b.options.diffusion.tolerance = strtod(words[i + 1], NULL);
        if (strcmp(words[i], "--auto") == 0) b.automatic = strcmp(words[i + 1], "0") != 0;
        if (strcmp(words[i], "--limit") == 0) b.limit = strtod(words[i + 1], NULL);
    }
    must(gamlp_feature_set_parse(&b.options.set, term));
    for (; i < count; i++) measure(&b, words[i]);
    return 0;
}
