/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes of p and q on the wire: a net is trained as gamlp train would (all layers from the start),
 * and after each iteration the p and q of every boundary between two layers go over a link of their
 * own, as if each layer had a worker.  What arrives is compared with what was sent. usage:
 * bench_wire DATASET [--stage none|zstd|lz4|auto] [--OPTION VALUE]...   (of gamlp train; the solver
 * is pdadmm-g-q with quantise pq unless said otherwise) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/threads.h"
#include "pair.h"
#include "runtime/run.h"
#include "transport/matrix.h"

static void check(gamlp_status status) {
    if (status == GAMLP_OK) return;
    fprintf(stderr, "bench_wire: %s\n", gamlp_error_text());
    exit(1);
}

static const double patience = 60;

/* One boundary: q goes from a to b, p from b to a. */
typedef struct boundary {
    gamlp_port *port;
    gamlp_link *a, *b;
    gamlp_coder *q[2], *p[2];
} boundary;

static gamlp_stage read_stage(const char *text) {
    static const char *const name[] = {"none", "zstd", "lz4", "auto"};
    for (int i = 0; i < 4; i++)
        if (strcmp(text, name[i]) == 0) return (gamlp_stage)i;
    fprintf(stderr, "bench_wire: unknown stage %s\n", text);
    exit(1);
}

static void open_boundary(boundary *x, pair *p, int64_t rows, int64_t cols, gamlp_stage stage) {
    for (int i = 0; i < 2; i++) {
        check(gamlp_coder_new(&x->q[i], rows, cols, stage));
        check(gamlp_coder_new(&x->p[i], rows, cols, stage));
    }
    gamlp_link_plan plan = {
        .peer = 2, .generation = 1, .window = 2, .capacity = gamlp_coder_bound(x->q[0])};
    check(gamlp_port_bind(&x->port, p->hub_a, "tcp://127.0.0.1:*"));
    check(gamlp_link_accept(&x->a, x->port, &plan));
    plan.peer = 1;
    check(gamlp_link_connect(&x->b, p->hub_b, &plan, gamlp_port_endpoint(x->port), NULL));
}

static void close_boundary(boundary *x) {
    gamlp_link_free(x->a);
    gamlp_link_free(x->b);
    gamlp_port_free(x->port);
    for (int i = 0; i < 2; i++) {
        gamlp_coder_free(x->q[i]);
        gamlp_coder_free(x->p[i]);
    }
}

static void carry(gamlp_link *from, gamlp_link *to, gamlp_coder *const coder[2], uint8_t kind,
                  int64_t layer, int64_t k, const gamlp_dense *a, const gamlp_levels *levels) {
    gamlp_dense back;
    gamlp_parcel address = {.kind = kind, .layer = (uint32_t)layer, .iteration = (uint32_t)k};
    check(gamlp_dense_init(&back, a->rows, a->cols));
    check(gamlp_matrix_send(from, coder[0], &address, a, levels, patience));
    check(gamlp_matrix_recv(&back, to, coder[1], &address, patience));
    if (memcmp(back.data, a->data, (size_t)(a->rows * a->cols) * sizeof *a->data) != 0) {
        fprintf(stderr, "bench_wire: what arrives is not what was sent\n");
        exit(1);
    }
    gamlp_dense_clear(&back);
}

/* Iteration 0 sends q only. */
static void exchange(boundary *x, const gamlp_pdadmm *net, int64_t layers, int64_t k) {
    for (int64_t l = 2; l <= layers; l++) {
        const gamlp_levels *levels = gamlp_pdadmm_levels(net, l);
        boundary *at = &x[l - 2];
        if (k > 0) carry(at->b, at->a, at->p, 1, l, k, gamlp_pdadmm_state_of(net, l).p, levels);
        carry(at->a, at->b, at->q, 0, l - 1, k, gamlp_pdadmm_state_of(net, l - 1).q, levels);
    }
}

/* p, q and u of an iteration, in float32. */
static double float_bytes(const gamlp_pdadmm *net, int64_t layers) {
    double sum = 0;
    for (int64_t l = 2; l <= layers; l++) {
        const gamlp_dense *p = gamlp_pdadmm_state_of(net, l).p;
        sum += 3.0 * 4 * (double)(p->rows * p->cols);
    }
    return sum;
}

static gamlp_ledger sum_ledgers(boundary *x, int64_t count) {
    gamlp_ledger sum = {0};
    gamlp_link_figures f;
    for (int64_t i = 0; i < count; i++) {
        check(gamlp_link_drain(x[i].a, patience));
        check(gamlp_link_drain(x[i].b, patience));
        gamlp_link_figures_of(&f, x[i].a);
        gamlp_ledger_add(&sum, &f.sent);
        gamlp_link_figures_of(&f, x[i].b);
        gamlp_ledger_add(&sum, &f.sent);
    }
    return sum;
}

static void print(const gamlp_train_options *o, const gamlp_ledger *sum, const gamlp_ledger *half,
                  double floats, double accuracy, const char *stage) {
    double all = floats * (double)o->iterations;
    double late = floats * (double)(o->iterations - o->iterations / 2);
    printf("{\"dataset\": \"%s\", \"solver\": %d, \"bits\": %lld, \"stage\": \"%s\", \"layers\": "
           "%lld, "
           "\"hidden\": %lld, \"iterations\": %lld, \"payload\": %lld, \"header\": %lld, "
           "\"control\": %lld, \"retransmitted\": %lld, \"float32_pqu\": %.0f, \"percent\": %.4f, "
           "\"percent_second_half\": %.4f, \"test_accuracy\": %.4f}\n",
           o->dataset, o->solver, (long long)o->bits, stage, (long long)o->layers,
           (long long)gamlp_train_width(o, 1), (long long)o->iterations, (long long)sum->payload,
           (long long)sum->header, (long long)sum->control, (long long)sum->retransmitted, all,
           100 * (double)gamlp_ledger_bytes(sum) / all,
           100 * (double)(gamlp_ledger_bytes(sum) - gamlp_ledger_bytes(half)) / late, accuracy);
}

static gamlp_pdadmm *make_net(const gamlp_run_data *data, const gamlp_train_options *o) {
    int64_t *hidden = calloc((size_t)o->layers, sizeof *hidden);
    gamlp_pdadmm_options options = gamlp_train_stage_options(o, 0);
    gamlp_pdadmm *net;
    for (int64_t l = 1; l <= o->layers; l++) hidden[l - 1] = gamlp_train_width(o, l);
    gamlp_pdadmm_plan plan = {.layers = o->grow.count > 0 ? o->grow.value[0] : o->layers,
                              .hidden = hidden,
                              .first = 1,
                              .init = (gamlp_init)o->init,
                              .init_scale = o->init_scale,
                              .seed = (uint64_t)o->seed};
    plan.last = plan.layers;
    check(gamlp_pdadmm_new(&net, data->problem, &plan, &options));
    free(hidden);
    return net;
}

/* The best iteration so far, as gamlp train chooses it. */
typedef struct choice {
    gamlp_score best;
    double test;
} choice;

static void judge(choice *c, gamlp_pdadmm *net, const gamlp_run_data *data) {
    gamlp_score val, test;
    check(gamlp_pdadmm_score(&val, net, data->val_index));
    if (val.accuracy < c->best.accuracy ||
        (val.accuracy == c->best.accuracy && val.loss >= c->best.loss))
        return;
    check(gamlp_pdadmm_score(&test, net, data->test_index));
    *c = (choice){val, test.accuracy};
    gamlp_pdadmm_keep(net);
}

/* The stages before the last one: nothing goes over links. */
static void grow(gamlp_pdadmm *net, const gamlp_run_data *data, const gamlp_train_options *o) {
    for (int64_t stage = 0; stage + 1 < o->grow.count; stage++) {
        choice c = {{0}, 0};
        gamlp_pdadmm_options next = gamlp_train_stage_options(o, stage + 1);
        check(gamlp_pdadmm_start(net));
        for (int64_t k = 1; k <= o->iterations; k++) {
            check(gamlp_pdadmm_iterate(net));
            judge(&c, net, data);
        }
        check(gamlp_pdadmm_restore(net));
        check(gamlp_pdadmm_grow(net, o->grow.value[stage + 1]));
        check(gamlp_pdadmm_set(net, &next));
    }
    check(gamlp_pdadmm_start(net));
}

static void run(const gamlp_train_options *o, const char *stage) {
    gamlp_run_data data;
    pair p;
    choice c = {{0}, 0};
    boundary *x = calloc((size_t)o->layers, sizeof *x);
    gamlp_ledger half = {0}, sum;
    check(gamlp_run_data_init(&data, o, (gamlp_stop){0}));
    gamlp_pdadmm *net = make_net(&data, o);
    grow(net, &data, o);
    pair_beat = 0.25;
    pair_open(&p, PAIR_TCP, 64);
    for (int64_t l = 2; l <= o->layers; l++) {
        const gamlp_dense *a = gamlp_pdadmm_state_of(net, l).p;
        open_boundary(&x[l - 2], &p, a->rows, a->cols, read_stage(stage));
    }
    exchange(x, net, o->layers, 0);
    for (int64_t k = 1; k <= o->iterations; k++) {
        check(gamlp_pdadmm_iterate(net));
        exchange(x, net, o->layers, k);
        if (k == o->iterations / 2) half = sum_ledgers(x, o->layers - 1);
        judge(&c, net, &data);
    }
    sum = sum_ledgers(x, o->layers - 1);
    print(o, &sum, &half, float_bytes(net, o->layers), c.test, stage);
    for (int64_t l = 2; l <= o->layers; l++) close_boundary(&x[l - 2]);
    pair_close(&p);
    gamlp_pdadmm_free(net);
    gamlp_run_data_clear(&data);
    free(x);
}

int main(int count, char **word) {
    gamlp_settings s;
    const char *stage = "auto";
    if (count < 2) {
        fprintf(stderr, "usage: bench_wire DATASET [--stage STAGE] [--OPTION VALUE]...\n");
        return 64;
    }
    gamlp_settings_default(&s);
    check(gamlp_settings_set(&s, "dataset", word[1], GAMLP_ORIGIN_COMMAND));
    check(gamlp_settings_set(&s, "solver", "pdadmm-g-q", GAMLP_ORIGIN_COMMAND));
    check(gamlp_settings_set(&s, "quantise", "pq", GAMLP_ORIGIN_COMMAND));
    for (int i = 2; i + 1 < count; i += 2) {
        if (strcmp(word[i], "--stage") == 0)
            stage = word[i + 1];
        else
            check(gamlp_settings_set(&s, word[i] + 2, word[i + 1], GAMLP_ORIGIN_COMMAND));
    }
    check(gamlp_settings_resolve(&s));
    gamlp_threads_set(1);
    run(&s.options, stage);
    return 0;
}
