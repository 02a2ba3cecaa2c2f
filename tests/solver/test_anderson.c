/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"
#include "net.h"
#include "oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double rounding = sizeof(gamlp_real) == sizeof(double) ? 1e-9 : 2e-5;

static void net_of(net *t, int64_t features, int64_t n, int64_t layers, int64_t memory) {
    net_init(t, features, n, 3, layers, 8, 6);
    t->options.nu = 0.02;
    t->options.rho = 0.1;
    t->options.l2 = 0.02;
    t->options.anderson = memory;
}

/* The Lagrangian that the figures tell, from its definition with the variables as they are. */
static void check_lagrangian(gamlp_pdadmm *block, const net *t) {
    oracle o;
    gamlp_model model;
    CHECK_OK(gamlp_pdadmm_export(&model, block));
    oracle_init(&o, &t->dense, t->label, &model, &t->options, NULL);
    for (int64_t l = 1; l <= t->plan.layers; l++) {
        gamlp_pdadmm_state s = gamlp_pdadmm_state_of(block, l);
        const gamlp_dense *from[] = {s.z, s.p, s.q, s.u};
        omat *to[] = {&o.z[l], &o.p[l], &o.q[l], &o.u[l]};
        for (int i = 0; i < 4; i++) {
            if (!from[i]->data) continue;
            omat_free(to[i]);
            *to[i] = omat_from(from[i]);
        }
        for (int64_t i = 0; l < t->plan.layers && i < o.z[l].rows * o.n; i++) {
            double lemma4 = t->options.nu * (o.q[l].v[i] - fmax(o.z[l].v[i], 0));
            assert_true(fabs(o.u[l].v[i] - lemma4) <= rounding * (1 + fabs(o.q[l].v[i])));
        }
    }
    double theirs = oracle_lagrangian(&o), ours = gamlp_pdadmm_figures(block)->lagrangian;
    if (!(fabs(ours - theirs) <= 10 * rounding * (1 + fabs(theirs))))
        fail_msg("Lagrangian %.12g, expected %.12g", ours, theirs);
    oracle_free(&o);
    gamlp_model_clear(&model);
}

static void extrapolated_points_are_consistent(void **state) {
    (void)state;
    static const int64_t shape[][3] = {{40, 12, 2}, {40, 12, 4}, {6, 25, 3}};
    for (int i = 0; i < 3; i++) {
        net t;
        net_of(&t, shape[i][0], shape[i][1], shape[i][2], 4);
        gamlp_pdadmm *block = net_start(&t);
        for (int k = 0; k < 25; k++) {
            CHECK_OK(gamlp_pdadmm_iterate(block));
            check_lagrangian(block, &t);
        }
        assert_true(gamlp_pdadmm_extrapolated(block) > 0);
        gamlp_pdadmm_free(block);
        net_clear(&t);
    }
}

/* The safeguard: theory mode judges each iteration from the extrapolated point of the one before.
 */
static void the_lagrangian_never_rises(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++) {
        net t;
        net_init(&t, seed % 2 ? 30 : 6, 14, 3, 2 + (int64_t)(seed % 4), 5, seed);
        t.options.mode = GAMLP_MODE_THEORY;
        t.options.nu = 0.01 * (double)(1 + seed % 3);
        t.options.rho = 4.1 * t.options.nu;
        t.options.exact = seed % 3 == 0;
        t.options.l2 = 0.01;
        t.options.anderson = 1 + (int64_t)seed;
        gamlp_pdadmm *block = net_start(&t);
        double before = INFINITY;
        for (int k = 1; k <= 120; k++) {
            CHECK_OK(gamlp_pdadmm_iterate(block));
            double now = gamlp_pdadmm_figures(block)->lagrangian;
            assert_true(now <= before + rounding * (1 + fabs(before)));
            before = now;
        }
        gamlp_pdadmm_free(block);
        net_clear(&t);
    }
}

static double lagrangian_after(const net *t, int iterations) {
    gamlp_pdadmm *block = net_start(t);
    for (int k = 0; k < iterations; k++) CHECK_OK(gamlp_pdadmm_iterate(block));
    double value = gamlp_pdadmm_figures(block)->lagrangian;
    gamlp_pdadmm_free(block);
    return value;
}

static void it_comes_lower(void **state) {
    (void)state;
    net t;
    net_of(&t, 60, 30, 2, 0);
    double plain = lagrangian_after(&t, 60);
    t.options.anderson = 6;
    assert_true(lagrangian_after(&t, 60) < plain);
    net_clear(&t);
}

static void iterations_allocate_nothing(void **state) {
    (void)state;
    count_allocations();
    net t;
    net_of(&t, 40, 12, 3, 3);
    gamlp_pdadmm *block = net_start(&t);
    int64_t before = allocations_made();
    for (int k = 0; k < 10; k++) CHECK_OK(gamlp_pdadmm_iterate(block));
    assert_int_equal(allocations_made(), before);
    CHECK_OK(gamlp_pdadmm_grow(block, 5));
    CHECK_OK(gamlp_pdadmm_start(block));
    for (int k = 0; k < 10; k++) CHECK_OK(gamlp_pdadmm_iterate(block));
    gamlp_pdadmm_free(block);
    net_clear(&t);
    assert_int_equal(allocations_alive(), 0);
    stop_counting();
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    net t;
    net_of(&t, 40, 12, 2, 3);
    check_training_allocations(&t, 4, 0);
    net_clear(&t);
}

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    net t;
    net_of(&t, 40, 12, 4, 17);
    gamlp_mailbox *mailbox;
    gamlp_pdadmm *block;
    CHECK_FAILS(gamlp_pdadmm_options_check(&t.options), GAMLP_E_CONFIG, "anderson is 17");
    t.options.anderson = 3;
    t.options.quantise = GAMLP_QUANTISE_P;
    t.options.level_count = 16;
    CHECK_FAILS(gamlp_pdadmm_options_check(&t.options), GAMLP_E_CONFIG, "not with quantised");
    t.options.quantise = GAMLP_QUANTISE_NONE;
    CHECK_OK(gamlp_mailbox_new(&mailbox, 4));
    gamlp_exchange exchange = gamlp_mailbox_exchange(mailbox);
    t.plan.exchange = &exchange;
    t.plan.last = 2;
    CHECK_FAILS(gamlp_pdadmm_new(&block, t.problem, &t.plan, &t.options), GAMLP_E_CONFIG,
                "a share of a net cannot be extrapolated");
    gamlp_mailbox_free(mailbox);
    net_clear(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extrapolated_points_are_consistent),
        cmocka_unit_test(the_lagrangian_never_rises),
        cmocka_unit_test(it_comes_lower),
        cmocka_unit_test(iterations_allocate_nothing),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
