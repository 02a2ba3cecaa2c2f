/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"
#include "net.h"
#include "oracle_dladmm.h"

#include <math.h>
#include <string.h>

#include "gamlp/threads.h"
#include "solver/dladmm.h"

static const double rounding = sizeof(gamlp_real) == sizeof(double) ? 1e-9 : 2e-5;

static gamlp_dladmm *start(const net *t, const gamlp_dladmm_options *options) {
    gamlp_dladmm *d;
    CHECK_OK(gamlp_dladmm_new(&d, t->problem, &t->plan, options));
    CHECK_OK(gamlp_dladmm_start(d));
    return d;
}

static gamlp_dladmm_options options_of(double nu, double rho, double l2) {
    gamlp_dladmm_options o;
    gamlp_dladmm_options_default(&o);
    o.nu = nu;
    o.rho = rho;
    o.l2 = l2;
    o.step_start = 0.01;
    return o;
}

/* Our state as the oracle's. */
static void snapshot(dl_oracle *o, const gamlp_dladmm *d) {
    gamlp_model model;
    CHECK_OK(gamlp_dladmm_export(&model, d));
    for (int64_t l = 1; l <= o->layers; l++) {
        gamlp_pdadmm_state s = gamlp_dladmm_state_of(d, l);
        omat_take(&o->w[l], &model.layer[l - 1].weight);
        omat_take(&o->b[l], s.b);
        omat_take(&o->z[l], s.z);
        if (l > 1) omat_take(&o->a[l - 1], s.p);
        if (l == o->layers) omat_take(&o->u, s.u);
    }
    gamlp_model_clear(&model);
}

static void oracle_of(dl_oracle *o, const net *t, const gamlp_dladmm *d) {
    gamlp_model model;
    CHECK_OK(gamlp_dladmm_export(&model, d));
    dl_oracle_init(o, &t->dense, t->label, &model, gamlp_dladmm_options_now(d));
    gamlp_model_clear(&model);
}

static void compare_all(const gamlp_dladmm *d, const net *t, const dl_oracle *theirs,
                        double tolerance) {
    dl_oracle ours;
    oracle_of(&ours, t, d);
    snapshot(&ours, d);
    for (int64_t l = 1; l <= theirs->layers; l++) {
        omat_compare(&ours.w[l], &theirs->w[l], tolerance, l, "W");
        omat_compare(&ours.b[l], &theirs->b[l], tolerance, l, "b");
        omat_compare(&ours.z[l], &theirs->z[l], tolerance, l, "z");
        if (l < theirs->layers) omat_compare(&ours.a[l], &theirs->a[l], tolerance, l, "a");
    }
    omat_compare(&ours.u, &theirs->u, tolerance, theirs->layers, "u");
    dl_oracle_free(&ours);
}

static void follow(int64_t features, int64_t n, int64_t layers, int64_t width,
                   gamlp_dladmm_options options, gamlp_step_rule rule) {
    net t;
    dl_oracle o;
    double scale = options.exact ? 20 : 1; /* solves amplify rounding */
    net_init(&t, features, n, 3, layers, width, 11 + (uint64_t)layers);
    options.step = rule;
    gamlp_dladmm *d = start(&t, &options);
    oracle_of(&o, &t, d);
    for (int k = 0; k < 10; k++) {
        CHECK_OK(gamlp_dladmm_iterate(d));
        dl_oracle_iterate(&o);
        compare_all(d, &t, &o, scale * rounding * (k + 1) * 8);
        double ours = gamlp_dladmm_figures(d)->lagrangian, theirs = dl_oracle_lagrangian(&o);
        if (!(fabs(ours - theirs) <= 20 * rounding * (1 + fabs(theirs))))
            fail_msg("iteration %d: Lagrangian %.12g, expected %.12g", k + 1, ours, theirs);
    }
    dl_oracle_free(&o);
    gamlp_dladmm_free(d);
    net_clear(&t);
}

static void exact_steps_follow_the_paper(void **state) {
    (void)state;
    follow(40, 12, 2, 6, options_of(0.1, 0.1, 0), GAMLP_STEP_EXACT);
    follow(60, 20, 2, 70, options_of(0.1, 1.5, 0.3), GAMLP_STEP_EXACT);
    follow(40, 12, 4, 6, options_of(0.01, 1.1, 0), GAMLP_STEP_EXACT);
    follow(40, 12, 4, 6, options_of(0.1, 2, 0.3), GAMLP_STEP_EXACT);
    follow(40, 10, 3, 24, options_of(0.1, 0.3, 0.3), GAMLP_STEP_EXACT);
    follow(6, 25, 3, 6, options_of(0.1, 1.5, 0.3), GAMLP_STEP_EXACT);
    follow(6, 25, 1, 6, options_of(0.1, 1.5, 0.3), GAMLP_STEP_EXACT);
    follow(40, 12, 1, 6, options_of(0.1, 1.5, 0), GAMLP_STEP_EXACT);
}

static void every_loss_follows_the_oracle(void **state) {
    (void)state;
    static const gamlp_loss loss[] = {
        {.kind = GAMLP_LOSS_CROSS_ENTROPY, .count = 3, .weight = {1, 2, 0.5}},
        {.kind = GAMLP_LOSS_CROSS_ENTROPY, .smoothing = 0.2, .balanced = true},
        {.kind = GAMLP_LOSS_SQUARED, .smoothing = 0.1, .count = 3, .weight = {0.5, 1, 3}},
    };
    for (int i = 0; i < 3; i++) {
        gamlp_dladmm_options o = options_of(0.1, 0.8, 0.1);
        o.loss = loss[i];
        follow(40, 13, 3, 6, o, GAMLP_STEP_EXACT);
        follow(40, 13, 2, 37, o, GAMLP_STEP_EXACT);
        follow(6, 25, 2, 6, o, GAMLP_STEP_EXACT);
    }
}

static void trial_loops_follow_the_paper(void **state) {
    (void)state;
    follow(60, 20, 2, 70, options_of(0.01, 1.2, 0.3), GAMLP_STEP_BACKTRACK);
    follow(40, 12, 3, 6, options_of(0.1, 0.1, 0), GAMLP_STEP_BACKTRACK);
    follow(40, 12, 3, 6, options_of(0.01, 1.2, 0.3), GAMLP_STEP_BACKTRACK);
    follow(6, 25, 3, 6, options_of(0.1, 2, 0.3), GAMLP_STEP_BACKTRACK);
}

static void minimised_weights_follow_the_oracle(void **state) {
    (void)state;
    gamlp_dladmm_options o = options_of(0.1, 1.5, 0.3);
    o.exact = true;
    follow(40, 12, 3, 6, o, GAMLP_STEP_EXACT);
    follow(40, 10, 3, 24, o, GAMLP_STEP_EXACT);
    follow(6, 25, 4, 6, o, GAMLP_STEP_EXACT);
    follow(20, 25, 1, 6, o, GAMLP_STEP_EXACT);
}

/* The Lagrangian by its definition after each step. */
typedef struct watcher {
    dl_oracle o;
    gamlp_dladmm *d;
    double value;
    int64_t strict; /* steps that lowered it */
} watcher;

static void look(watcher *w, gamlp_status status, int64_t layer, const char *step) {
    CHECK_OK(status);
    snapshot(&w->o, w->d);
    double value = dl_oracle_lagrangian(&w->o);
    if (!(value <= w->value + rounding * (1 + fabs(w->value))))
        fail_msg("%s of layer %lld: the Lagrangian rose from %.12g to %.12g", step,
                 (long long)layer, w->value, value);
    w->strict += value < w->value;
    w->value = value;
}

static void walk(watcher *w) {
    gamlp_dladmm *d = w->d;
    int64_t layers = w->o.layers;
    for (int64_t l = layers; l >= 1; l--) {
        if (l < layers) look(w, gamlp_dl_update_a(d, l), l, "a");
        look(w, gamlp_dl_update_z(d, l, true), l, "z");
        look(w, gamlp_dl_update_b(d, l), l, "b");
        look(w, gamlp_dl_update_w(d, l), l, "W");
    }
    for (int64_t l = 1; l <= layers; l++) {
        look(w, gamlp_dl_update_wb(d, l), l, "W and b");
        look(w, gamlp_dl_update_z(d, l, false), l, "z");
        if (l < layers) look(w, gamlp_dl_update_a(d, l), l, "a");
    }
    CHECK_OK(gamlp_dl_update_u(d));
    d->net->iteration++;
    snapshot(&w->o, d);
    w->value = dl_oracle_lagrangian(&w->o);
}

/* For any penalties; and Lemma B.2 after each iteration. */
static void every_step_descends(void **state) {
    (void)state;
    static const double nu[] = {1e-3, 0.1, 2}, rho[] = {1e-2, 0.5, 4};
    for (int i = 0; i < 9; i++) {
        net t;
        net_init(&t, i % 2 ? 30 : 6, i % 2 ? 9 : 20, 3, 3, i % 3 ? 5 : 16, 40 + (uint64_t)i);
        gamlp_dladmm_options options = options_of(nu[i / 3], rho[i % 3], i % 4 ? 0.05 : 0);
        options.exact = i % 5 == 2 || i % 5 == 3;
        watcher w = {.d = start(&t, &options)};
        oracle_of(&w.o, &t, w.d);
        snapshot(&w.o, w.d);
        w.value = dl_oracle_lagrangian(&w.o);
        for (int k = 0; k < 6; k++) {
            walk(&w);
            assert_true(dl_oracle_lemma_b2(&w.o) <= 100 * rounding * (1 + rho[i % 3]));
        }
        assert_true(w.strict > 60);
        dl_oracle_free(&w.o);
        gamlp_dladmm_free(w.d);
        net_clear(&t);
    }
}

static void theory_mode_descends(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++) {
        net t;
        net_init(&t, 30, 14, 3, 1 + (int64_t)(seed % 4), 5, seed);
        gamlp_dladmm_options options = options_of(0.01 * (double)(1 + seed % 3),
                                                  1.01 + (double)(seed % 2), seed % 2 ? 0.01 : 0);
        options.mode = GAMLP_MODE_THEORY;
        options.exact = seed % 5 > 2;
        if (seed % 4 == 2) options.loss.kind = GAMLP_LOSS_SQUARED;
        if (seed % 4 == 3)
            options.loss = (gamlp_loss){.smoothing = 0.1, .count = 3, .weight = {2, 1, 0.5}};
        options.rho *= 2 * gamlp_loss_lipschitz(&options.loss);
        gamlp_dladmm *d = start(&t, &options);
        double peak = 0, first = 0;
        for (int k = 1; k <= 200; k++) {
            CHECK_OK(gamlp_dladmm_iterate(d));
            const gamlp_figures *f = gamlp_dladmm_figures(d);
            assert_true(f->descending);
            assert_true(f->lemma4 <= 100 * options.rho * rounding);
            if (k == 2) first = f->residual;
            peak = fmax(peak, f->k_ck);
        }
        assert_true(gamlp_dladmm_figures(d)->k_ck < 0.7 * peak);
        assert_true(gamlp_dladmm_figures(d)->residual <= 0.5 * first + rounding);
        gamlp_dladmm_free(d);
        net_clear(&t);
    }
}

/* With every regulariser: what must not rise does not, and constraints hold. */
static void regularisers_are_obeyed(void **state) {
    (void)state;
    for (int kind = GAMLP_OMEGA_L1; kind < GAMLP_OMEGAS; kind++)
        for (int shape = 0; shape < 2; shape++) {
            net t;
            net_init(&t, shape ? 6 : 30, shape ? 25 : 12, 3, 3, 6, 5);
            gamlp_dladmm_options options = options_of(0.1, 1.5, 0.01);
            options.mode = GAMLP_MODE_THEORY;
            options.omega = (gamlp_regulariser){.kind = (gamlp_regulariser_kind)kind,
                                                .weight = 0.05,
                                                .low = -0.2,
                                                .high = 0.3,
                                                .bound = 0.5,
                                                .share = 0.25};
            gamlp_dladmm *d = start(&t, &options);
            for (int k = 0; k < 80; k++) CHECK_OK(gamlp_dladmm_iterate(d));
            const gamlp_dense *w = gamlp_dladmm_state_of(d, 2).w;
            int64_t zero = 0;
            double least = 0, most = 0;
            for (int64_t i = 0; i < w->rows * w->cols; i++) {
                zero += w->data[i] == 0;
                least = fmin(least, (double)w->data[i]);
                most = fmax(most, (double)w->data[i]);
            }
            if (kind == GAMLP_OMEGA_NON_NEGATIVE) assert_true(least >= 0);
            if (kind == GAMLP_OMEGA_BOX)
                assert_true(least >= -0.2 - rounding && most < 0.3 + rounding);
            if (kind == GAMLP_OMEGA_TOP_K) assert_int_equal(zero, 36 - 9);
            if (kind == GAMLP_OMEGA_MAX_NORM) assert_true(most <= 0.5 + rounding);
            gamlp_dladmm_free(d);
            net_clear(&t);
        }
}

static void check_allocations(int64_t layers) {
    count_allocations();
    net t;
    net_init(&t, 40, 12, 3, layers, 7, 5);
    gamlp_dladmm_options options = options_of(0.1, 1.5, 0.01);
    gamlp_dladmm *d = start(&t, &options);
    gamlp_score score;
    int64_t before = allocations_made();
    for (int k = 0; k < 5; k++) CHECK_OK(gamlp_dladmm_iterate(d));
    CHECK_OK(gamlp_dladmm_score(&score, d, -1));
    gamlp_dladmm_keep(d);
    CHECK_OK(gamlp_dladmm_restore(d));
    assert_int_equal(allocations_made(), before);
    gamlp_dladmm_free(d);
    net_clear(&t);
    assert_int_equal(allocations_alive(), 0);
    stop_counting();
}

static void steps_allocate_nothing(void **state) {
    (void)state;
    check_allocations(2);
    check_allocations(4);
}

static gamlp_status train_a_little(void *context) {
    const net *t = context;
    gamlp_dladmm_options options = options_of(0.1, 1.5, 0.01);
    gamlp_dladmm *d = NULL;
    gamlp_model model = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_dladmm_new(&d, t->problem, &t->plan, &options));
    GAMLP_TRY(gamlp_dladmm_start(d));
    GAMLP_TRY(gamlp_dladmm_iterate(d));
    GAMLP_TRY(gamlp_dladmm_grow(d, 4));
    GAMLP_TRY(gamlp_dladmm_start(d));
    GAMLP_TRY(gamlp_dladmm_iterate(d));
    GAMLP_TRY(gamlp_dladmm_export(&model, d));
done:
    gamlp_model_clear(&model);
    gamlp_dladmm_free(d);
    return status;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        net t;
        net_init(&t, i ? 5 : 40, i ? 30 : 12, 3, 2, 7, 5);
        check_every_allocation(train_a_little, &t);
        net_clear(&t);
    }
}

/* One class, one node, fewer nodes than classes, one neuron, one layer, fifty layers. */
static void extreme_shapes_behave(void **state) {
    (void)state;
    for (int shape = 0; shape < EXTREME_SHAPES; shape++) {
        net t;
        net_init_extreme(&t, shape);
        gamlp_dladmm_options options = options_of(0.1, 1.5, 0.01);
        options.mode = GAMLP_MODE_THEORY;
        gamlp_dladmm *d = start(&t, &options);
        gamlp_score score;
        for (int k = 0; k < 60; k++) CHECK_OK(gamlp_dladmm_iterate(d));
        assert_true(isfinite(gamlp_dladmm_figures(d)->lagrangian));
        CHECK_OK(gamlp_dladmm_score(&score, d, -1));
        assert_true(score.accuracy > 0 && isfinite(score.loss));
        gamlp_dladmm_free(d);
        net_clear(&t);
    }
}

static void compare_threads(int64_t layers) {
    gamlp_model model[2];
    int64_t threads = gamlp_threads_get();
    for (int i = 0; i < 2; i++) {
        net t;
        net_init(&t, 90, 70, 3, layers, 80, 5);
        gamlp_threads_set(1 + i);
        gamlp_dladmm_options options = options_of(0.1, 1.5, 0.01);
        gamlp_dladmm *d = start(&t, &options);
        for (int k = 0; k < 5; k++) CHECK_OK(gamlp_dladmm_iterate(d));
        CHECK_OK(gamlp_dladmm_export(&model[i], d));
        gamlp_dladmm_free(d);
        net_clear(&t);
    }
    gamlp_threads_set(threads);
    assert_same_weights(&model[0], &model[1]);
    gamlp_model_clear(&model[0]);
    gamlp_model_clear(&model[1]);
}

static void bits_do_not_depend_on_threads(void **state) {
    (void)state;
    compare_threads(2);
    compare_threads(3);
}

static void kept_weights_come_back(void **state) {
    (void)state;
    net t;
    net_init(&t, 40, 12, 3, 2, 7, 5);
    gamlp_dladmm_options options = options_of(0.1, 1.5, 0.01);
    gamlp_dladmm *d = start(&t, &options);
    gamlp_score kept, now;
    CHECK_FAILS(gamlp_dladmm_restore(d), GAMLP_E_USAGE, "remembered");
    for (int k = 0; k < 10; k++) CHECK_OK(gamlp_dladmm_iterate(d));
    CHECK_OK(gamlp_dladmm_score(&kept, d, -1));
    gamlp_dladmm_keep(d);
    options.nu *= 10;
    CHECK_OK(gamlp_dladmm_set(d, &options));
    for (int k = 0; k < 10; k++) CHECK_OK(gamlp_dladmm_iterate(d));
    CHECK_OK(gamlp_dladmm_score(&now, d, -1));
    assert_true(now.loss != kept.loss);
    CHECK_OK(gamlp_dladmm_restore(d));
    CHECK_OK(gamlp_dladmm_score(&now, d, -1));
    assert_true(now.loss == kept.loss);
    gamlp_dladmm_free(d);
    net_clear(&t);
}

static void wrong_calls_are_refused(void **state) {
    (void)state;
    net t;
    gamlp_dladmm *d;
    net_init(&t, 40, 12, 3, 3, 7, 5);
    gamlp_dladmm_options o = options_of(0, 1, 0);
    CHECK_FAILS(gamlp_dladmm_new(&d, t.problem, &t.plan, &o), GAMLP_E_CONFIG, "nu is 0");
    o = options_of(0.1, NAN, 0);
    CHECK_FAILS(gamlp_dladmm_options_check(&o), GAMLP_E_CONFIG, "rho is nan");
    o = options_of(0.1, 1, 0);
    o.mode = GAMLP_MODE_THEORY;
    CHECK_FAILS(gamlp_dladmm_options_check(&o), GAMLP_E_CONFIG, "rho > 1");
    o.rho = 1.9;
    CHECK_OK(gamlp_dladmm_options_check(&o));
    o.loss.kind = GAMLP_LOSS_SQUARED;
    CHECK_FAILS(gamlp_dladmm_options_check(&o), GAMLP_E_CONFIG, "rho > 2");
    o.loss = (gamlp_loss){.balanced = true};
    CHECK_FAILS(gamlp_dladmm_options_check(&o), GAMLP_E_CONFIG, "not balanced");
    o.mode = GAMLP_MODE_PAPER;
    t.plan.last = 2;
    CHECK_FAILS(gamlp_dladmm_new(&d, t.problem, &t.plan, &o), GAMLP_E_USAGE, "whole net");
    net_clear(&t);
}

static void divergence_is_named(void **state) {
    (void)state;
    net t;
    net_init(&t, 40, 12, 3, 3, 7, 5);
    gamlp_dladmm_options options = options_of(0.1, 1.5, 0);
    for (int64_t l = 2; l <= 3; l++) {
        gamlp_dladmm *d = start(&t, &options);
        gamlp_dladmm_state_of(d, l).w->data[0] = NAN;
        CHECK_FAILS(gamlp_dladmm_iterate(d), GAMLP_E_NUMERIC,
                    l == 3 ? "iteration 1, layer 2: the update of a"
                           : "iteration 1, layer 1: the update of a");
        gamlp_dladmm_free(d);
    }
    net_clear(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_steps_follow_the_paper),
        cmocka_unit_test(every_loss_follows_the_oracle),
        cmocka_unit_test(trial_loops_follow_the_paper),
        cmocka_unit_test(minimised_weights_follow_the_oracle),
        cmocka_unit_test(every_step_descends),
        cmocka_unit_test(theory_mode_descends),
        cmocka_unit_test(regularisers_are_obeyed),
        cmocka_unit_test(steps_allocate_nothing),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(extreme_shapes_behave),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(kept_weights_come_back),
        cmocka_unit_test(wrong_calls_are_refused),
        cmocka_unit_test(divergence_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
