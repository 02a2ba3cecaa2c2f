/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

static void push_rows(net *t, int64_t begin, int64_t end) {
    gamlp_dense block;
    CHECK_OK(gamlp_dense_init(&block, end - begin, t->dense.cols));
    for (int64_t j = 0; begin < end && j < t->dense.cols; j++)
        memcpy(block.data + j * block.rows, t->dense.data + j * t->dense.rows + begin,
               (size_t)block.rows * sizeof *block.data);
    CHECK_OK(gamlp_stack_push_dense(&t->x, &block));
}

void net_init(net *t, int64_t features, int64_t n, int64_t classes, int64_t layers, int64_t width,
              uint64_t seed) {
    memset(t, 0, sizeof *t);
    CHECK_OK(gamlp_dense_init(&t->dense, features, n));
    fill_normal(&t->dense, seed);
    gamlp_stack_init(&t->x, n);
    push_rows(t, 0, features / 2);
    push_rows(t, features / 2, features);
    t->label = calloc((size_t)n, sizeof *t->label);
    for (int64_t j = 0; j < n; j++) t->label[j] = (int32_t)(j % classes);
    CHECK_OK(gamlp_problem_new(&t->problem, &t->x, t->label, classes));
    for (int64_t l = 0; l + 1 < layers; l++) t->hidden[l] = width;
    t->plan = (gamlp_pdadmm_plan){.layers = layers,
                                  .hidden = t->hidden,
                                  .first = 1,
                                  .last = layers,
                                  .init = GAMLP_INIT_HE,
                                  .init_scale = 1,
                                  .seed = seed};
    gamlp_pdadmm_options_default(&t->options);
    t->options.nu = t->options.rho = 0.1;
}

void net_clear(net *t) {
    gamlp_problem_free(t->problem);
    gamlp_stack_clear(&t->x);
    gamlp_dense_clear(&t->dense);
    free(t->label);
}

gamlp_pdadmm *net_start(const net *t) {
    gamlp_pdadmm *block;
    CHECK_OK(gamlp_pdadmm_new(&block, t->problem, &t->plan, &t->options));
    CHECK_OK(gamlp_pdadmm_start(block));
    return block;
}

void net_init_extreme(net *t, int shape) {
    static const struct {
        int64_t features, n, classes, layers, width;
    } all[EXTREME_SHAPES] = {{8, 6, 1, 2, 4},  {8, 1, 3, 2, 4},   {2, 1, 1, 1, 1},
                             {9, 3, 5, 3, 4},  {8, 9, 3, 3, 1},   {8, 9, 3, 1, 4},
                             {2, 30, 2, 1, 1}, {20, 12, 3, 50, 6}};
    net_init(t, all[shape].features, all[shape].n, all[shape].classes, all[shape].layers,
             all[shape].width, 7);
}

static void assert_same_bits(const gamlp_dense *a, const gamlp_dense *b) {
    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->cols, b->cols);
    assert_memory_equal(a->data, b->data, (size_t)(a->rows * a->cols) * sizeof *a->data);
}

void assert_same_weights(const gamlp_model *a, const gamlp_model *b) {
    assert_int_equal(a->layers, b->layers);
    for (int64_t l = 0; l < a->layers; l++) {
        assert_same_bits(&a->layer[l].weight, &b->layer[l].weight);
        assert_same_bits(&a->layer[l].bias, &b->layer[l].bias);
    }
}

typedef struct training {
    const net *t;
    int64_t iterations, grown;
} training;

static gamlp_status start_and_iterate(gamlp_pdadmm *block, int64_t iterations) {
    gamlp_status status = gamlp_pdadmm_start(block);
    for (int64_t i = 0; i < iterations && status == GAMLP_OK; i++)
        status = gamlp_pdadmm_iterate(block);
    return status;
}

static gamlp_status train(void *context) {
    const training *run = context;
    gamlp_pdadmm *block = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_pdadmm_new(&block, run->t->problem, &run->t->plan, &run->t->options));
    GAMLP_TRY(start_and_iterate(block, run->iterations));
    if (run->grown == 0) goto done;
    GAMLP_TRY(gamlp_pdadmm_grow(block, run->grown));
    GAMLP_TRY(start_and_iterate(block, run->iterations));
done:
    gamlp_pdadmm_free(block);
    return status;
}

void check_training_allocations(net *t, int64_t iterations, int64_t grown) {
    training run = {t, iterations, grown};
    check_every_allocation(train, &run);
}
