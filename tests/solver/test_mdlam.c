/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"
#include "net.h"
#include "oracle_mdlam.h"

#include <math.h>
#include <string.h>

#include "gamlp/threads.h"
#include "solver/mdlam.h"

static const double rounding = sizeof(gamlp_real) == sizeof(double) ? 1e-9 : 2e-5;

static gamlp_mdlam *start(const net *t, const gamlp_mdlam_options *options) {
    gamlp_mdlam *d;
    CHECK_OK(gamlp_mdlam_new(&d, t->problem, &t->plan, options));
    CHECK_OK(gamlp_mdlam_start(d));
    return d;
}

static gamlp_mdlam_options options_of(double rho, double l2, double epsilon) {
    gamlp_mdlam_options o;
    gamlp_mdlam_options_default(&o);
    o.rho = rho;
    o.l2 = l2;
    o.epsilon = o.epsilon_min = epsilon;
    o.step_start = 0.01;
    return o;
}

/* Our state as the oracle's. */
static void snapshot(ml_oracle *o, const gamlp_mdlam *d) {
    gamlp_model model;
    CHECK_OK(gamlp_mdlam_export(&model, d));
    for (int64_t l = 1; l <= o->layers; l++) {
        gamlp_pdadmm_state s = gamlp_mdlam_state_of(d, l);
        omat_take(&o->w[l], &model.layer[l - 1].weight);
        omat_take(&o->b[l], s.b);
        omat_take(&o->z[l], s.z);
        if (l > 1) omat_take(&o->a[l - 1], s.p);
    }
    gamlp_model_clear(&model);
}

static void oracle_of(ml_oracle *o, const net *t, const gamlp_mdlam *d) {
    gamlp_model model;
    CHECK_OK(gamlp_mdlam_export(&model, d));
    ml_oracle_init(o, &t->dense, t->label, &model, gamlp_mdlam_options_now(d));
    gamlp_model_clear(&model);
}

static void compare_all(const gamlp_mdlam *d, const net *t, const ml_oracle *theirs,
                        double tolerance) {
    ml_oracle ours;
    oracle_of(&ours, t, d);
    snapshot(&ours, d);
    for (int64_t l = 1; l <= theirs->layers; l++) {
        omat_compare(&ours.w[l], &theirs->w[l], tolerance, l, "W");
        omat_compare(&ours.b[l], &theirs->b[l], tolerance, l, "b");
        omat_compare(&ours.z[l], &theirs->z[l], tolerance, l, "z");
        if (l < theirs->layers) omat_compare(&ours.a[l], &theirs->a[l], tolerance, l, "a");
    }
    ml_oracle_free(&ours);
}

static int64_t follow(int64_t features, int64_t n, int64_t layers, int64_t width,
                      gamlp_mdlam_options options, gamlp_step_rule rule) {
    net t;
    ml_oracle o;
    int64_t redone = 0;
    net_init(&t, features, n, 3, layers, width, 11 + (uint64_t)layers);
    options.step = rule;
    gamlp_mdlam *d = start(&t, &options);
    oracle_of(&o, &t, d);
    for (int k = 0; k < 10; k++) {
        CHECK_OK(gamlp_mdlam_iterate(d));
        ml_oracle_iterate(&o);
        compare_all(d, &t, &o, rounding * (k + 1) * 8);
        double ours = gamlp_mdlam_figures(d)->objective, theirs = ml_oracle_objective(&o);
        if (!(fabs(ours - theirs) <= 20 * rounding * (1 + fabs(theirs))))
            fail_msg("iteration %d: F is %.12g, expected %.12g", k + 1, ours, theirs);
        redone += gamlp_mdlam_stage_of(d).redone;
    }
    ml_oracle_free(&o);
    gamlp_mdlam_free(d);
    net_clear(&t);
    return redone;
}

static void exact_steps_follow_the_paper(void **state) {
    (void)state;
    follow(40, 12, 2, 6, options_of(0.1, 0, 100), GAMLP_STEP_EXACT);
    follow(60, 20, 2, 70, options_of(0.1, 0.3, 0.2), GAMLP_STEP_EXACT);
    follow(40, 12, 4, 6, options_of(1, 0, 0.1), GAMLP_STEP_EXACT);
    follow(40, 12, 4, 6, options_of(0.1, 0.3, 0.05), GAMLP_STEP_EXACT);
    follow(40, 10, 3, 24, options_of(0.1, 0.3, 0.5), GAMLP_STEP_EXACT);
    follow(6, 25, 3, 6, options_of(0.1, 0.3, 0.2), GAMLP_STEP_EXACT);
    follow(6, 25, 1, 6, options_of(0.1, 0.3, 1), GAMLP_STEP_EXACT);
    follow(40, 12, 1, 6, options_of(0.1, 0, 1), GAMLP_STEP_EXACT);
}

static void every_loss_follows_the_oracle(void **state) {
    (void)state;
    static const gamlp_loss loss[] = {
        {.kind = GAMLP_LOSS_CROSS_ENTROPY, .count = 3, .weight = {1, 2, 0.5}},
        {.kind = GAMLP_LOSS_CROSS_ENTROPY, .smoothing = 0.2, .balanced = true},
        {.kind = GAMLP_LOSS_SQUARED, .smoothing = 0.1, .count = 3, .weight = {0.5, 1, 3}},
    };
    for (int i = 0; i < 3; i++) {
        gamlp_mdlam_options o = options_of(0.5, 0.1, 0.1);
        o.loss = loss[i];
        follow(40, 13, 3, 6, o, GAMLP_STEP_EXACT);
        follow(40, 13, 2, 37, o, GAMLP_STEP_EXACT);
        follow(6, 25, 2, 6, o, GAMLP_STEP_EXACT);
    }
}

static void trial_loops_follow_the_paper(void **state) {
    (void)state;
    follow(60, 20, 2, 70, options_of(0.1, 0.3, 0.5), GAMLP_STEP_BACKTRACK);
    follow(40, 12, 3, 6, options_of(0.1, 0, 0.1), GAMLP_STEP_BACKTRACK);
    follow(40, 12, 3, 6, options_of(1, 0.3, 100), GAMLP_STEP_BACKTRACK);
    follow(6, 25, 3, 6, options_of(0.1, 0.3, 0.1), GAMLP_STEP_BACKTRACK);
}

/* F by its definition after each step; it must fall, whatever the point that a step starts from. */
typedef struct watcher {
    ml_oracle o;
    gamlp_mdlam *d;
    double value, largest; /* F before, and in the beginning */
    int64_t strict;        /* steps that lowered it          */
} watcher;

static void look(watcher *w, gamlp_status status, int64_t layer, const char *step) {
    CHECK_OK(status);
    snapshot(&w->o, w->d);
    double value = ml_oracle_objective(&w->o);
    if (!(value <= w->value + rounding * (1e-3 * w->largest + w->value)))
        fail_msg("%s of layer %lld: F rose from %.12g to %.12g", step, (long long)layer, w->value,
                 value);
    w->strict += value < w->value;
    w->value = value;
}

/* Bounds of a_l and z_l hold but for rounding. */
static void check_bounds(const watcher *w) {
    double gap = ml_oracle_gap(&w->o), epsilon = w->o.epsilon;
    double slope = gamlp_activation_lipschitz(&w->o.f);
    if (!(gap <= epsilon + rounding * (1 + slope) * (1 + epsilon)))
        fail_msg("a differs from f(z) by %.12g, expected at most %.12g", gap, epsilon);
}

static void walk(watcher *w, double omega) {
    gamlp_mdlam *d = w->d;
    d->omega = omega;
    for (int64_t l = 1; l <= w->o.layers; l++) {
        look(w, gamlp_ml_update_w(d, l), l, "W");
        look(w, gamlp_ml_update_b(d, l), l, "b");
        look(w, gamlp_ml_update_z(d, l), l, "z");
        if (l < w->o.layers) look(w, gamlp_ml_update_a(d, l), l, "a");
    }
    check_bounds(w);
    d->net->iteration++;
}

static gamlp_mdlam_options setting(int i) {
    static const double rho[] = {1e-4, 1e-2, 1, 100}, epsilon[] = {0.01, 1, 100};
    static const gamlp_activation f[] = {
        {GAMLP_RELU, 0}, {GAMLP_LEAKY_RELU, 0.1}, {GAMLP_TANH, 0}, {GAMLP_SIGMOID, 0}};
    gamlp_mdlam_options o = options_of(rho[i % 4], i % 5 ? 0.05 : 0, epsilon[i % 3]);
    o.activation = f[i / 3 % 4];
    return o;
}

/* Any penalty, tolerance and activation; the weights of the extrapolation are wild, so that the
 * safeguards have work. */
static void every_step_descends(void **state) {
    (void)state;
    int64_t redone = 0;
    for (int i = 0; i < 24; i++) {
        net t;
        net_init(&t, i % 2 ? 30 : 6, i % 2 ? 9 : 20, 3, i % 4 == 1 ? 2 : 3, i % 3 ? 5 : 16,
                 40 + (uint64_t)i);
        gamlp_mdlam_options options = setting(i);
        watcher w = {.d = start(&t, &options)};
        oracle_of(&w.o, &t, w.d);
        snapshot(&w.o, w.d);
        w.value = w.largest = ml_oracle_objective(&w.o);
        gamlp_pair_take(&w.d->pair);
        for (int k = 0; k < 6; k++) walk(&w, k == 0 ? 0 : k % 2 ? 0.9 : 3);
        assert_true(w.strict > 20);
        redone += w.d->redone;
        ml_oracle_free(&w.o);
        gamlp_mdlam_free(w.d);
        net_clear(&t);
    }
    assert_true(redone > 24);
}

/* z_l is the point of its bounds nearest to W a + b, for every f: no other one is nearer. */
static void z_is_nearest(void **state) {
    (void)state;
    for (int i = 0; i < 12; i++) {
        net t;
        net_init(&t, 6, 20, 3, 2, 5, 70 + (uint64_t)i);
        gamlp_mdlam_options options = setting(i);
        gamlp_mdlam *d = start(&t, &options);
        ml_oracle o;
        for (int k = 0; k < 3; k++) CHECK_OK(gamlp_mdlam_iterate(d));
        CHECK_OK(gamlp_ml_update_w(d, 1));
        oracle_of(&o, &t, d);
        CHECK_OK(gamlp_ml_update_z(d, 1));
        snapshot(&o, d);
        omat c = omat_mul(&o.w[1], false, &o.a[0], false);
        for (int64_t e = 0; e < c.rows * c.cols; e++) {
            double m = c.v[e] + o.b[1].v[e % c.rows], z = o.z[1].v[e], off = fabs(z - m);
            for (int s = 1; s <= 20; s++) {
                double trial = m + (z - m) * (1 - 0.05 * s);
                double gap = fabs(gamlp_activation_value(&o.f, trial) - o.a[1].v[e]);
                if (off > 1e-3 && gap < o.epsilon * (1 - 1e-4) - 100 * rounding)
                    fail_msg("setting %d: z = %.9g, but %.9g is nearer to %.9g", i, z, trial, m);
            }
        }
        omat_free(&c);
        ml_oracle_free(&o);
        gamlp_mdlam_free(d);
        net_clear(&t);
    }
}

/* A tolerance that shrinks where that is safe never raises F; in the paper's way it does. */
static void tolerances_shrink(void **state) {
    (void)state;
    int64_t rises[2] = {0, 0};
    for (int rule = 0; rule < 2; rule++)
        for (uint64_t seed = 0; seed < 8; seed++) {
            net t;
            net_init(&t, 30, 14, 3, 3, 6, seed);
            gamlp_mdlam_options options = options_of(0.1, 0.01, 100);
            options.epsilon_min = 1e-3;
            options.shrink = (gamlp_shrink)rule;
            gamlp_mdlam *d = start(&t, &options);
            double before = 0;
            for (int k = 0; k < 60; k++) {
                CHECK_OK(gamlp_mdlam_iterate(d));
                gamlp_mdlam_stage stage = gamlp_mdlam_stage_of(d);
                double now = gamlp_mdlam_figures(d)->objective;
                assert_true(gamlp_mdlam_figures(d)->descending);
                assert_true(stage.gap <= stage.epsilon + rounding);
                rises[rule] += k > 0 && now > before * (1 + rounding);
                before = now;
            }
            double epsilon = gamlp_mdlam_stage_of(d).epsilon;
            assert_true(rule == GAMLP_SHRINK_PAPER ? epsilon == 1e-3 : epsilon < 50);
            gamlp_mdlam_free(d);
            net_clear(&t);
        }
    assert_int_equal(rises[GAMLP_SHRINK_SAFE], 0);
    assert_true(rises[GAMLP_SHRINK_PAPER] > 0);
}

static void theory_mode_descends(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++) {
        net t;
        net_init(&t, 30, 14, 3, 1 + (int64_t)(seed % 4), 5, seed);
        gamlp_mdlam_options options = setting((int)seed);
        options.mode = GAMLP_MODE_THEORY;
        gamlp_mdlam *d = start(&t, &options);
        double first = 0;
        for (int k = 1; k <= 200; k++) {
            CHECK_OK(gamlp_mdlam_iterate(d));
            if (k == 1) first = gamlp_mdlam_figures(d)->displacement;
        }
        assert_true(gamlp_mdlam_figures(d)->c_k < first);
        gamlp_mdlam_free(d);
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
            gamlp_mdlam_options options = options_of(0.1, 0.01, 0.1);
            options.mode = GAMLP_MODE_THEORY;
            options.omega = (gamlp_regulariser){.kind = (gamlp_regulariser_kind)kind,
                                                .weight = 0.05,
                                                .low = -0.2,
                                                .high = 0.3,
                                                .bound = 0.5,
                                                .share = 0.25};
            gamlp_mdlam *d = start(&t, &options);
            for (int k = 0; k < 80; k++) CHECK_OK(gamlp_mdlam_iterate(d));
            const gamlp_dense *w = gamlp_mdlam_state_of(d, 2).w;
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
            gamlp_mdlam_free(d);
            net_clear(&t);
        }
}

static void steps_allocate_nothing(void **state) {
    (void)state;
    for (int64_t layers = 2; layers <= 4; layers += 2) {
        count_allocations();
        net t;
        net_init(&t, 40, 12, 3, layers, 7, 5);
        gamlp_mdlam_options options = options_of(0.1, 0.01, 0.1);
        gamlp_mdlam *d = start(&t, &options);
        gamlp_score score;
        int64_t before = allocations_made();
        for (int k = 0; k < 5; k++) CHECK_OK(gamlp_mdlam_iterate(d));
        CHECK_OK(gamlp_mdlam_score(&score, d, -1));
        gamlp_mdlam_keep(d);
        CHECK_OK(gamlp_mdlam_restore(d));
        assert_int_equal(allocations_made(), before);
        gamlp_mdlam_free(d);
        net_clear(&t);
        assert_int_equal(allocations_alive(), 0);
        stop_counting();
    }
}

static gamlp_status train_a_little(void *context) {
    const net *t = context;
    gamlp_mdlam_options options = options_of(0.1, 0.01, 0.1);
    gamlp_mdlam *d = NULL;
    gamlp_model model = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_mdlam_new(&d, t->problem, &t->plan, &options));
    GAMLP_TRY(gamlp_mdlam_start(d));
    GAMLP_TRY(gamlp_mdlam_iterate(d));
    GAMLP_TRY(gamlp_mdlam_grow(d, 4));
    GAMLP_TRY(gamlp_mdlam_start(d));
    GAMLP_TRY(gamlp_mdlam_iterate(d));
    GAMLP_TRY(gamlp_mdlam_export(&model, d));
done:
    gamlp_model_clear(&model);
    gamlp_mdlam_free(d);
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
        gamlp_mdlam_options options = options_of(0.1, 0.01, 0.1);
        options.mode = GAMLP_MODE_THEORY;
        gamlp_mdlam *d = start(&t, &options);
        gamlp_score score;
        for (int k = 0; k < 60; k++) CHECK_OK(gamlp_mdlam_iterate(d));
        assert_true(isfinite(gamlp_mdlam_figures(d)->lagrangian));
        CHECK_OK(gamlp_mdlam_score(&score, d, -1));
        assert_true(score.accuracy > 0 && isfinite(score.loss));
        gamlp_mdlam_free(d);
        net_clear(&t);
    }
}

static void bits_do_not_depend_on_threads(void **state) {
    (void)state;
    for (int64_t layers = 2; layers <= 3; layers++) {
        gamlp_model model[2];
        int64_t threads = gamlp_threads_get();
        for (int i = 0; i < 2; i++) {
            net t;
            net_init(&t, 90, 70, 3, layers, 80, 5);
            gamlp_threads_set(1 + i);
            gamlp_mdlam_options options = options_of(0.1, 0.01, 0.1);
            gamlp_mdlam *d = start(&t, &options);
            for (int k = 0; k < 5; k++) CHECK_OK(gamlp_mdlam_iterate(d));
            CHECK_OK(gamlp_mdlam_export(&model[i], d));
            gamlp_mdlam_free(d);
            net_clear(&t);
        }
        gamlp_threads_set(threads);
        assert_same_weights(&model[0], &model[1]);
        gamlp_model_clear(&model[0]);
        gamlp_model_clear(&model[1]);
    }
}

static void kept_weights_come_back(void **state) {
    (void)state;
    net t;
    net_init(&t, 40, 12, 3, 2, 7, 5);
    gamlp_mdlam_options options = options_of(0.1, 0.01, 0.1);
    gamlp_mdlam *d = start(&t, &options);
    gamlp_score kept, now;
    CHECK_FAILS(gamlp_mdlam_restore(d), GAMLP_E_USAGE, "remembered");
    for (int k = 0; k < 10; k++) CHECK_OK(gamlp_mdlam_iterate(d));
    CHECK_OK(gamlp_mdlam_score(&kept, d, -1));
    gamlp_mdlam_keep(d);
    options.rho *= 10;
    CHECK_OK(gamlp_mdlam_set(d, &options));
    for (int k = 0; k < 10; k++) CHECK_OK(gamlp_mdlam_iterate(d));
    CHECK_OK(gamlp_mdlam_score(&now, d, -1));
    assert_true(now.loss != kept.loss);
    CHECK_OK(gamlp_mdlam_restore(d));
    CHECK_OK(gamlp_mdlam_score(&now, d, -1));
    assert_true(now.loss == kept.loss);
    gamlp_mdlam_free(d);
    net_clear(&t);
}

static void wrong_calls_are_refused(void **state) {
    (void)state;
    net t;
    gamlp_mdlam *d;
    net_init(&t, 40, 12, 3, 3, 7, 5);
    gamlp_mdlam_options o = options_of(0, 0, 1);
    CHECK_FAILS(gamlp_mdlam_new(&d, t.problem, &t.plan, &o), GAMLP_E_CONFIG, "rho is 0");
    o = options_of(0.1, NAN, 1);
    CHECK_FAILS(gamlp_mdlam_options_check(&o), GAMLP_E_CONFIG, "l2 is nan");
    o = options_of(0.1, 0, 0);
    CHECK_FAILS(gamlp_mdlam_options_check(&o), GAMLP_E_CONFIG, "epsilon is 0");
    o = options_of(0.1, 0, 1);
    o.epsilon_min = 2;
    CHECK_FAILS(gamlp_mdlam_options_check(&o), GAMLP_E_CONFIG, "at most the slack");
    o.epsilon_min = 0.5;
    CHECK_OK(gamlp_mdlam_options_check(&o));
    o.mode = GAMLP_MODE_THEORY;
    CHECK_FAILS(gamlp_mdlam_options_check(&o), GAMLP_E_CONFIG, "fixed tolerance");
    o.mode = GAMLP_MODE_PAPER;
    t.plan.last = 2;
    CHECK_FAILS(gamlp_mdlam_new(&d, t.problem, &t.plan, &o), GAMLP_E_USAGE, "whole net");
    net_clear(&t);
}

static void divergence_is_named(void **state) {
    (void)state;
    net t;
    net_init(&t, 40, 12, 3, 3, 7, 5);
    gamlp_mdlam_options options = options_of(0.1, 0, 0.1);
    for (int64_t l = 2; l <= 3; l++) {
        gamlp_mdlam *d = start(&t, &options);
        gamlp_mdlam_state_of(d, l).w->data[0] = NAN;
        CHECK_FAILS(gamlp_mdlam_iterate(d), GAMLP_E_NUMERIC,
                    l == 3 ? "iteration 1, layer 2: the update of a"
                           : "iteration 1, layer 1: the update of a");
        gamlp_mdlam_free(d);
    }
    net_clear(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_steps_follow_the_paper),
        cmocka_unit_test(every_loss_follows_the_oracle),
        cmocka_unit_test(trial_loops_follow_the_paper),
        cmocka_unit_test(every_step_descends),
        cmocka_unit_test(z_is_nearest),
        cmocka_unit_test(tolerances_shrink),
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
