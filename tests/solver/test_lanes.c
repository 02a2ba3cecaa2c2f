/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layers side by side: the same bits, figures and failures as one after the other. */
#include "check.h"
#include "net.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gamlp/threads.h"
#include "solver/block.h"

enum { LAYERS = 10, HIDDEN = 24, ITERATIONS = 60 };

static void init(net *t, int64_t layers) {
    net_init(t, 40, 12, 3, layers, HIDDEN, 5);
    t->options.l2 = 0.02;
}

static void check_same(const gamlp_dense *a, const gamlp_dense *b, int64_t layer) {
    assert_int_equal(a->rows * a->cols, b->rows * b->cols);
    if (a->data && memcmp(a->data, b->data, (size_t)(a->rows * a->cols) * sizeof *a->data) != 0)
        fail_msg("layer %lld: other bits", (long long)layer);
}

static void check_same_nets(const gamlp_pdadmm *a, const gamlp_pdadmm *b) {
    assert_memory_equal(gamlp_pdadmm_figures(a), gamlp_pdadmm_figures(b), sizeof(gamlp_figures));
    for (int64_t l = 1; l <= a->layers; l++) {
        const gamlp_pd_layer *x = gamlp_pd_layer_at(a, l), *y = gamlp_pd_layer_at(b, l);
        const gamlp_dense *left[] = {&x->p, &x->w, &x->b, &x->z, &x->q, &x->u, &x->m, &x->g};
        const gamlp_dense *right[] = {&y->p, &y->w, &y->b, &y->z, &y->q, &y->u, &y->m, &y->g};
        for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) check_same(left[i], right[i], l);
        assert_memory_equal(&x->figures, &y->figures, sizeof x->figures);
    }
    check_same(&a->input.b, &b->input.b, 1);
}

static gamlp_pdadmm *run(net *t, int64_t threads, int64_t lanes) {
    gamlp_threads_set(threads);
    gamlp_pdadmm *block = net_start(t);
    assert_int_equal(block->lanes, lanes);
    for (int k = 0; k < ITERATIONS; k++) CHECK_OK(gamlp_pdadmm_iterate(block));
    return block;
}

static void compare(net *t, int64_t most) {
    int64_t threads = gamlp_threads_get();
    gamlp_pdadmm *one = run(t, 1, 1);
    for (int64_t lanes = 2; lanes <= most; lanes += most - 2) {
        gamlp_pdadmm *several = run(t, lanes, lanes);
        check_same_nets(one, several);
        gamlp_pdadmm_free(several);
    }
    gamlp_threads_set(threads);
    gamlp_pdadmm_free(one);
    net_clear(t);
}

static void lanes_give_the_same_bits(void **state) {
    (void)state;
    net t;
    init(&t, LAYERS);
    compare(&t, 5);
    init(&t, LAYERS);
    t.options.relax = 1.5;
    compare(&t, 5);
    init(&t, LAYERS);
    t.options.anderson = 3;
    compare(&t, 5);
    init(&t, LAYERS);
    t.options.l2 = 0;
    t.options.mode = GAMLP_MODE_THEORY;
    t.options.rho = 3 * gamlp_pdadmm_least_ratio(&t.options.activation) * t.options.nu;
    compare(&t, 5);
    for (int q = GAMLP_QUANTISE_P; q <= GAMLP_QUANTISE_PQ; q++) {
        init(&t, LAYERS);
        t.options.quantise = (gamlp_quantise)q;
        compare(&t, 5);
    }
    static const gamlp_regulariser omega[] = {{.kind = GAMLP_OMEGA_L1, .weight = 0.01},
                                              {.kind = GAMLP_OMEGA_GROUP, .weight = 0.01},
                                              {.kind = GAMLP_OMEGA_ORTHOGONAL}};
    for (size_t i = 0; i < sizeof omega / sizeof omega[0]; i++) {
        init(&t, LAYERS);
        t.options.omega = omega[i];
        compare(&t, 5);
    }
}

/* Products that are large to BLAS. */
static void wide_lanes_give_the_same_bits(void **state) {
    (void)state;
    net t;
    net_init(&t, 40, 140, 3, LAYERS, 128, 5);
    compare(&t, 4);
}

/* Where lanes would leave a thread idle, or could not be, there is one. */
static void uneven_layers_stay_together(void **state) {
    (void)state;
    int64_t threads = gamlp_threads_get();
    net t;
    for (int64_t layers = 1; layers <= 5; layers += 2) {
        init(&t, layers);
        gamlp_pdadmm_free(run(&t, 2, 1));
        net_clear(&t);
    }
    init(&t, LAYERS);
    t.options.exact = true;
    gamlp_pdadmm_free(run(&t, 2, 1));
    net_clear(&t);
    gamlp_threads_set(threads);
}

static gamlp_pdadmm *grow(net *t, int64_t threads) {
    gamlp_threads_set(threads);
    gamlp_pdadmm *block = net_start(t);
    for (int64_t layers = 2; layers <= LAYERS; layers += 4) {
        CHECK_OK(gamlp_pdadmm_grow(block, layers));
        CHECK_OK(gamlp_pdadmm_start(block));
        for (int k = 0; k < ITERATIONS; k++) CHECK_OK(gamlp_pdadmm_iterate(block));
    }
    assert_int_equal(block->lanes, threads);
    return block;
}

static void growing_divides_anew(void **state) {
    (void)state;
    int64_t threads = gamlp_threads_get();
    net t;
    init(&t, 2);
    gamlp_pdadmm *one = grow(&t, 1), *two = grow(&t, 2);
    check_same_nets(one, two);
    gamlp_pdadmm_free(one);
    gamlp_pdadmm_free(two);
    gamlp_threads_set(threads);
    net_clear(&t);
}

/* Of several failures that of the lowest layer, as with one thread. */
static void failures_are_named(void **state) {
    (void)state;
    int64_t threads = gamlp_threads_get();
    for (int64_t at = 3; at <= LAYERS; at += 5) {
        net t;
        init(&t, LAYERS);
        gamlp_threads_set(2);
        gamlp_pdadmm *block = net_start(&t);
        assert_int_equal(block->lanes, 2);
        char expected[64];
        snprintf(expected, sizeof expected, "iteration 1, layer %lld", (long long)at);
        for (int64_t l = at; l <= LAYERS; l++) gamlp_pd_layer_at(block, l)->w.data[0] = NAN;
        CHECK_FAILS(gamlp_pdadmm_iterate(block), GAMLP_E_NUMERIC, expected);
        gamlp_pdadmm_free(block);
        net_clear(&t);
    }
    gamlp_threads_set(threads);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    int64_t threads = gamlp_threads_get();
    net t;
    gamlp_threads_set(2);
    init(&t, LAYERS);
    t.options.quantise = GAMLP_QUANTISE_PQ;
    check_training_allocations(&t, 1, 0);
    net_clear(&t);
    init(&t, LAYERS);
    t.options.omega = (gamlp_regulariser){.kind = GAMLP_OMEGA_ORTHOGONAL};
    check_training_allocations(&t, 1, 0);
    net_clear(&t);
    gamlp_threads_set(threads);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(lanes_give_the_same_bits),
                                       cmocka_unit_test(wide_lanes_give_the_same_bits),
                                       cmocka_unit_test(uneven_layers_stay_together),
                                       cmocka_unit_test(growing_divides_anew),
                                       cmocka_unit_test(failures_are_named),
                                       cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
