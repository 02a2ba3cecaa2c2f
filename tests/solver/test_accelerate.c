/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"
#include "net.h"
#include "oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double rounding = sizeof(gamlp_real) == sizeof(double) ? 1e-8 : 4e-4;

static void compare(const gamlp_dense *ours, const omat *theirs, double tolerance, int64_t layer,
                    const char *what) {
    double most = 0, worst = 0;
    if (!ours->data) return;
    for (int64_t i = 0; i < theirs->rows * theirs->cols; i++) {
        most = fmax(most, fabs(theirs->v[i]));
        worst = fmax(worst, fabs((double)ours->data[i] - theirs->v[i]));
    }
    if (!(worst <= tolerance * (1e-2 + most)))
        fail_msg("%s of layer %lld is off by %.3g (largest %.3g)", what, (long long)layer, worst,
                 most);
}

/* W (nu p p' + l2 I) = nu (z - b) p'. */
static void best_weights(oracle *o, int64_t l) {
    omat target = omat_new(o->z[l].rows, o->n);
    for (int64_t j = 0; j < o->n; j++)
        for (int64_t i = 0; i < target.rows; i++)
            target.v[i + j * target.rows] = o->z[l].v[i + j * target.rows] - o->b[l].v[i];
    omat a = omat_mul(&o->p[l], false, &o->p[l], true);
    omat b = omat_mul(&target, false, &o->p[l], true);
    for (int64_t i = 0; i < a.rows * a.cols; i++) a.v[i] *= o->nu;
    for (int64_t i = 0; i < a.rows; i++) a.v[i + i * a.rows] += o->l2;
    for (int64_t i = 0; i < b.rows * b.cols; i++) b.v[i] *= o->nu;
    oracle_solve(&b, &a);
    omat_free(&o->w[l]);
    omat_free(&target);
    omat_free(&a);
    o->w[l] = b;
}

/* Lines 5 and 6 with p^ = a p + (1 - a) q in the place of p. */
static void relaxed_qu(oracle *o, int64_t l, double a) {
    omat p = o->p[l + 1], other = omat_new(p.rows, p.cols);
    for (int64_t i = 0; i < p.rows * p.cols; i++) other.v[i] = a * p.v[i] + (1 - a) * o->q[l].v[i];
    o->p[l + 1] = other;
    oracle_q(o, l);
    oracle_u(o, l);
    o->p[l + 1] = p;
    omat_free(&other);
}

static void accelerated_iteration(oracle *o, bool exact, double relax) {
    for (int64_t l = 2; l <= o->layers; l++) oracle_p(o, l);
    for (int64_t l = 1; l <= o->layers; l++) {
        if (exact)
            best_weights(o, l);
        else
            oracle_w(o, l);
        oracle_b(o, l);
        oracle_z(o, l);
    }
    for (int64_t l = 1; l < o->layers; l++) relaxed_qu(o, l, relax);
}

static void follow(int64_t features, int64_t n, int64_t layers, bool exact, double relax) {
    net t;
    gamlp_model model;
    oracle o;
    net_init(&t, features, n, 3, layers, 6, 11 + (uint64_t)layers);
    t.options.l2 = 0.3;
    t.options.exact = exact;
    t.options.relax = relax;
    gamlp_pdadmm *block = net_start(&t);
    CHECK_OK(gamlp_pdadmm_export(&model, block));
    oracle_init(&o, &t.dense, t.label, &model, &t.options, NULL);
    gamlp_model_clear(&model);
    for (int k = 0; k < 10; k++) {
        CHECK_OK(gamlp_pdadmm_iterate(block));
        accelerated_iteration(&o, exact, relax);
        CHECK_OK(gamlp_pdadmm_export(&model, block));
        for (int64_t l = 1; l <= layers; l++) {
            gamlp_pdadmm_state s = gamlp_pdadmm_state_of(block, l);
            compare(&model.layer[l - 1].weight, &o.w[l], rounding, l, "W");
            compare(s.b, &o.b[l], rounding, l, "b");
            compare(s.z, &o.z[l], rounding, l, "z");
            if (l > 1) compare(s.p, &o.p[l], rounding, l, "p");
            if (l < layers) compare(s.q, &o.q[l], rounding, l, "q");
            if (l < layers) compare(s.u, &o.u[l], rounding, l, "u");
        }
        const gamlp_figures *f = gamlp_pdadmm_figures(block);
        double theirs = oracle_lagrangian(&o);
        if (!(fabs(f->lagrangian - theirs) <= 4 * rounding * (1 + fabs(theirs))))
            fail_msg("iteration %d: Lagrangian %.12g, expected %.12g", k + 1, f->lagrangian,
                     theirs);
        assert_true(f->lemma4 <= rounding);
        gamlp_model_clear(&model);
    }
    oracle_free(&o);
    gamlp_pdadmm_free(block);
    net_clear(&t);
}

/* N on either side of n_0 and of the width of the layers above. */
static void exact_weights_are_minimisers(void **state) {
    (void)state;
    follow(40, 12, 2, true, 1);
    follow(40, 12, 4, true, 1);
    follow(40, 5, 3, true, 1);
    follow(6, 25, 3, true, 1);
    follow(20, 25, 1, true, 1); /* X X' in more than one part */
}

static void relaxed_lines_see_the_mixture(void **state) {
    (void)state;
    follow(40, 12, 2, false, 1.6);
    follow(40, 12, 4, false, 0.7);
    follow(6, 25, 3, false, 1.5);
    follow(40, 12, 3, true, 1.6);
}

/* The theorems hold, with l2 = 0 as well, where many W are minimisers. */
static void exact_weights_descend(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++) {
        net t;
        net_init(&t, seed % 3 ? 30 : 6, 14, 3, 2 + (int64_t)(seed % 4), seed % 2 ? 5 : 20, seed);
        t.options.mode = GAMLP_MODE_THEORY;
        t.options.nu = 0.01 * (double)(1 + seed % 3);
        t.options.rho = 4.1 * t.options.nu;
        t.options.l2 = seed % 2 ? 0.01 : 0;
        t.options.exact = true;
        gamlp_pdadmm *block = net_start(&t);
        for (int k = 1; k <= 150; k++) {
            CHECK_OK(gamlp_pdadmm_iterate(block));
            assert_true(gamlp_pdadmm_figures(block)->descending);
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

static void exact_weights_come_lower(void **state) {
    (void)state;
    net t;
    net_init(&t, 60, 30, 3, 2, 16, 4);
    t.options.l2 = 0.02;
    double steps = lagrangian_after(&t, 30);
    t.options.exact = true;
    double exact = lagrangian_after(&t, 30);
    assert_true(exact < steps);
    net_clear(&t);
}

/* The weights and biases of all layers after some iterations, in `blocks` shares of the net. */
static void run_shares(gamlp_dense *out, const net *t, int64_t blocks) {
    gamlp_mailbox *mailbox;
    gamlp_pdadmm *block[8];
    int64_t layers = t->plan.layers;
    CHECK_OK(gamlp_mailbox_new(&mailbox, layers));
    gamlp_exchange exchange = gamlp_mailbox_exchange(mailbox);
    gamlp_pdadmm_plan plan = t->plan;
    plan.exchange = &exchange;
    for (int64_t i = 0; i < blocks; i++) {
        plan.first = 1 + layers * i / blocks;
        plan.last = layers * (i + 1) / blocks;
        CHECK_OK(gamlp_pdadmm_new(&block[i], t->problem, &plan, &t->options));
        CHECK_OK(gamlp_pdadmm_start(block[i]));
    }
    for (int k = 0; k < 20; k++) {
        for (int64_t i = 0; i < blocks; i++) CHECK_OK(gamlp_pdadmm_step_primal(block[i]));
        for (int64_t i = 0; i < blocks; i++) CHECK_OK(gamlp_pdadmm_step_dual(block[i]));
    }
    for (int64_t i = 0; i < blocks; i++)
        for (int64_t l = 1 + layers * i / blocks; l <= layers * (i + 1) / blocks; l++)
            CHECK_OK(gamlp_dense_copy(&out[l - 1], gamlp_pdadmm_state_of(block[i], l).wp));
    for (int64_t i = 0; i < blocks; i++) gamlp_pdadmm_free(block[i]);
    gamlp_mailbox_free(mailbox);
}

static void shares_give_the_same_bits(void **state) {
    (void)state;
    net t;
    gamlp_dense whole[6], shared[6];
    net_init(&t, 40, 12, 3, 6, 9, 5);
    t.options.l2 = 0.02;
    t.options.exact = true;
    run_shares(whole, &t, 1);
    for (int64_t blocks = 2; blocks <= 6; blocks += 2) {
        run_shares(shared, &t, blocks);
        for (int l = 0; l < 6; l++) {
            size_t bytes = (size_t)(whole[l].rows * whole[l].cols) * sizeof *whole[l].data;
            assert_memory_equal(whole[l].data, shared[l].data, bytes);
            gamlp_dense_clear(&shared[l]);
        }
    }
    for (int l = 0; l < 6; l++) gamlp_dense_clear(&whole[l]);
    net_clear(&t);
}

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    net t;
    gamlp_mailbox *mailbox;
    gamlp_pdadmm *block;
    net_init(&t, 40, 12, 3, 4, 7, 5);
    t.options.relax = 2;
    CHECK_FAILS(gamlp_pdadmm_options_check(&t.options), GAMLP_E_CONFIG, "relax is 2");
    t.options.relax = 1.5;
    CHECK_OK(gamlp_pdadmm_options_check(&t.options));
    t.options.mode = GAMLP_MODE_THEORY;
    CHECK_FAILS(gamlp_pdadmm_options_check(&t.options), GAMLP_E_CONFIG, "over-relaxation");
    t.options.mode = GAMLP_MODE_PAPER;
    CHECK_OK(gamlp_mailbox_new(&mailbox, 4));
    gamlp_exchange exchange = gamlp_mailbox_exchange(mailbox);
    t.plan.exchange = &exchange;
    t.plan.last = 2;
    CHECK_FAILS(gamlp_pdadmm_new(&block, t.problem, &t.plan, &t.options), GAMLP_E_CONFIG,
                "a share of a net cannot be over-relaxed");
    t.options.relax = 1;
    CHECK_OK(gamlp_pdadmm_new(&block, t.problem, &t.plan, &t.options));
    t.options.exact = true;
    CHECK_FAILS(gamlp_pdadmm_set(block, &t.options), GAMLP_E_USAGE, "fixed when a net is made");
    t.options.exact = false;
    t.options.relax = 1.2;
    CHECK_FAILS(gamlp_pdadmm_set(block, &t.options), GAMLP_E_CONFIG, "over-relaxed");
    gamlp_pdadmm_free(block);
    gamlp_mailbox_free(mailbox);
    net_clear(&t);
}

static void iterations_allocate_nothing(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        count_allocations();
        net t;
        net_init(&t, i ? 40 : 9, i ? 5 : 20, 3, 4, 7, 5);
        t.options.exact = true;
        t.options.relax = 1.5;
        gamlp_pdadmm *block = net_start(&t);
        int64_t before = allocations_made();
        for (int k = 0; k < 5; k++) CHECK_OK(gamlp_pdadmm_iterate(block));
        t.options.nu *= 2; /* another factor */
        CHECK_OK(gamlp_pdadmm_set(block, &t.options));
        CHECK_OK(gamlp_pdadmm_iterate(block));
        assert_int_equal(allocations_made(), before);
        gamlp_pdadmm_free(block);
        net_clear(&t);
        assert_int_equal(allocations_alive(), 0);
        stop_counting();
    }
}

static gamlp_status train_a_little(void *context) {
    const net *t = context;
    gamlp_problem *problem = NULL;
    gamlp_pdadmm *block = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_problem_new(&problem, &t->x, t->label, 3));
    GAMLP_TRY(gamlp_pdadmm_new(&block, problem, &t->plan, &t->options));
    GAMLP_TRY(gamlp_pdadmm_start(block));
    GAMLP_TRY(gamlp_pdadmm_iterate(block));
    GAMLP_TRY(gamlp_pdadmm_grow(block, 4));
    GAMLP_TRY(gamlp_pdadmm_start(block));
    GAMLP_TRY(gamlp_pdadmm_iterate(block));
done:
    gamlp_pdadmm_free(block);
    gamlp_problem_free(problem);
    return status;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        net t;
        net_init(&t, i ? 5 : 40, 12, 3, 2, 7, 5);
        t.options.exact = true;
        check_every_allocation(train_a_little, &t);
        net_clear(&t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_weights_are_minimisers),
        cmocka_unit_test(relaxed_lines_see_the_mixture),
        cmocka_unit_test(exact_weights_descend),
        cmocka_unit_test(exact_weights_come_lower),
        cmocka_unit_test(shares_give_the_same_bits),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(iterations_allocate_nothing),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
