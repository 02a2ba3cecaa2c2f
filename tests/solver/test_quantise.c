/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"
#include "net.h"
#include "oracle.h"

#include <math.h>
#include <string.h>

static const double epsilon = sizeof(gamlp_real) == sizeof(double) ? 0x1p-53 : 0x1p-24;
static const double rounding = sizeof(gamlp_real) == sizeof(double) ? 1e-10 : 6e-5;

typedef struct set {
    double low, high;
    int64_t count;
} set;

/* The paper's, that of its authors' code, and ours. */
static const set sets[] = {{-1, 20, 22}, {-1, 2, 1000}, {0, 0, 256}};

static void quantise(net *t, const set *s, gamlp_quantise what) {
    t->options.quantise = what;
    t->options.level_low = s->low;
    t->options.level_high = s->high;
    t->options.level_count = s->count;
}

static void check_in_levels(const gamlp_dense *a, const gamlp_levels *levels, const char *what) {
    for (int64_t i = 0; i < a->rows * a->cols; i++) {
        gamlp_real value = (gamlp_real)oracle_nearest(levels, a->data[i]);
        if (a->data[i] != value) fail_msg("%s has %.17g", what, (double)a->data[i]);
    }
}

static void check_all_in_levels(const gamlp_pdadmm *block, const net *t) {
    for (int64_t l = 2; l <= t->plan.layers; l++) {
        const gamlp_levels *levels = gamlp_pdadmm_levels(block, l);
        check_in_levels(gamlp_pdadmm_state_of(block, l).p, levels, "p");
        if (t->options.quantise == GAMLP_QUANTISE_PQ)
            check_in_levels(gamlp_pdadmm_state_of(block, l - 1).q, levels, "q");
    }
}

static void compare(const gamlp_dense *ours, const omat *theirs, double tolerance, int64_t layer,
                    const char *what) {
    double most = 1e-2, worst = 0;
    for (int64_t i = 0; i < theirs->rows * theirs->cols; i++) {
        most = fmax(most, fabs(theirs->v[i]));
        worst = fmax(worst, fabs((double)ours->data[i] - theirs->v[i]));
    }
    if (!(worst <= tolerance * most))
        fail_msg("%s of layer %lld is off by %.3g", what, (long long)layer, worst);
}

static void compare_all(const gamlp_pdadmm *block, const oracle *o, double tolerance) {
    for (int64_t l = 1; l <= o->layers; l++) {
        gamlp_pdadmm_state s = gamlp_pdadmm_state_of(block, l);
        if (l > 1) compare(s.p, &o->p[l], tolerance, l, "p");
        if (l > 1) compare(s.w, &o->w[l], tolerance, l, "W");
        compare(s.b, &o->b[l], tolerance, l, "b");
        compare(s.z, &o->z[l], tolerance, l, "z");
        if (l == o->layers) break;
        compare(s.q, &o->q[l], tolerance, l, "q");
        compare(s.u, &o->u[l], tolerance, l, "u");
    }
}

static void follow_shape(const set *s, gamlp_quantise what, gamlp_step_rule rule, double l2,
                         int64_t columns, int64_t width) {
    net t;
    gamlp_model model;
    oracle o;
    const gamlp_levels *levels[8] = {NULL};
    net_init(&t, 40, columns, 3, 4, width, 15);
    quantise(&t, s, what);
    t.options.step = rule;
    t.options.rho = 0.137; /* of two equal penalties the mean of two levels is a tie */
    t.options.step_start = 0.01;
    t.options.l2 = l2;
    gamlp_pdadmm *block = net_start(&t);
    for (int64_t l = 2; l <= 4; l++) levels[l] = gamlp_pdadmm_levels(block, l);
    CHECK_OK(gamlp_pdadmm_export(&model, block));
    oracle_init(&o, &t.dense, t.label, &model, &t.options, levels);
    int64_t moves = 0;
    for (int k = 0; k < 10; k++) {
        CHECK_OK(gamlp_pdadmm_iterate(block));
        oracle_iterate(&o);
        compare_all(block, &o, (k + 1) * rounding);
        check_all_in_levels(block, &t);
        double ours = gamlp_pdadmm_figures(block)->lagrangian, theirs = oracle_lagrangian(&o);
        assert_true(fabs(ours - theirs) <= rounding * (1 + fabs(theirs)));
        for (int64_t l = 2; l <= 4; l++) moves += gamlp_pdadmm_layer_figures(block, l)->dp > 0;
    }
    if (s->count > 22) assert_true(moves > 0);
    oracle_free(&o);
    gamlp_model_clear(&model);
    gamlp_pdadmm_free(block);
    net_clear(&t);
}

static void follow(const set *s, gamlp_quantise what, gamlp_step_rule rule, double l2) {
    follow_shape(s, what, rule, l2, 12, 6);
}

/* Layers that are not thin, and thin ones with several units of columns and many rows. */
static void large_layers_follow_the_paper(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++)
        follow_shape(&sets[i], GAMLP_QUANTISE_PQ, i == 1 ? GAMLP_STEP_BACKTRACK : GAMLP_STEP_EXACT,
                     0.3, 12, 40);
    follow_shape(&sets[2], GAMLP_QUANTISE_PQ, GAMLP_STEP_EXACT, 0.3, 77, 35);
}

static void iterations_follow_the_paper(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        follow(&sets[i], GAMLP_QUANTISE_P, GAMLP_STEP_EXACT, 0);
        follow(&sets[i], GAMLP_QUANTISE_P, GAMLP_STEP_BACKTRACK, 0.3);
        follow(&sets[i], GAMLP_QUANTISE_PQ, GAMLP_STEP_EXACT, 0.3);
    }
}

/* Theory mode itself fails on a rise or a violation of Lemma 4. */
static void theory_mode_descends(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 15; seed++) {
        net t;
        net_init(&t, 30, 14, 3, 2 + (int64_t)(seed % 4), 5, seed);
        quantise(&t, &sets[seed % 3], GAMLP_QUANTISE_P);
        t.options.mode = GAMLP_MODE_THEORY;
        t.options.nu = 0.01 * (double)(1 + seed % 3);
        t.options.rho = 4.1 * t.options.nu;
        t.options.l2 = seed % 2 ? 0.01 : 0;
        gamlp_pdadmm *block = net_start(&t);
        double first = 0;
        for (int k = 1; k <= 300; k++) {
            CHECK_OK(gamlp_pdadmm_iterate(block));
            const gamlp_figures *f = gamlp_pdadmm_figures(block);
            assert_true(f->descending);
            assert_true(f->lemma4 <= 64 * 2 * epsilon * (1 + 4.1));
            if (k == 1) first = f->lagrangian;
            if (k % 50 == 1) check_all_in_levels(block, &t);
        }
        assert_true(gamlp_pdadmm_figures(block)->lagrangian < first);
        gamlp_pdadmm_free(block);
        net_clear(&t);
    }
}

/* The descent of line 1 needs p in Delta before it: from another point the first step may rise. */
static void descent_begins_with_the_first_iteration(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 6; seed++) {
        net t;
        oracle o;
        gamlp_model model;
        const gamlp_levels *levels[8] = {NULL};
        net_init(&t, 30, 14, 3, 4, 5, seed);
        quantise(&t, &sets[seed % 3], GAMLP_QUANTISE_P);
        t.options.nu = 0.02;
        t.options.rho = 0.1;
        gamlp_pdadmm *block = net_start(&t);
        check_all_in_levels(block, &t);
        for (int64_t l = 2; l <= 4; l++) levels[l] = gamlp_pdadmm_levels(block, l);
        CHECK_OK(gamlp_pdadmm_export(&model, block));
        oracle_init(&o, &t.dense, t.label, &model, &t.options, levels);
        double before = oracle_lagrangian(&o);
        CHECK_OK(gamlp_pdadmm_iterate(block));
        assert_true(gamlp_pdadmm_figures(block)->lagrangian <=
                    before + 400 * epsilon * (1 + before));
        oracle_free(&o);
        gamlp_model_clear(&model);
        gamlp_pdadmm_free(block);
        net_clear(&t);
    }
}

/* How far x is outside the numbers whose nearest level is p. */
static double outside(const gamlp_levels *levels, double x, double p) {
    double down = p - 0.5 * levels->step - x, up = x - p - 0.5 * levels->step;
    double low = gamlp_levels_value(levels, 0),
           high = gamlp_levels_value(levels, levels->count - 1);
    if (p == low) down = 0;
    if (p == high) up = 0;
    return fmax(fmax(down, up), 0) / levels->step;
}

/* p = Pi(p - g/tau) with the gradient of the Lagrangian at the end of a long run. */
static void limits_are_quantised_stationary(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        net t;
        net_init(&t, 30, 14, 3, 4, 5, 21);
        quantise(&t, &sets[i], GAMLP_QUANTISE_P);
        t.options.mode = GAMLP_MODE_THEORY;
        t.options.nu = 0.02;
        t.options.rho = 0.1;
        gamlp_pdadmm *block = net_start(&t);
        for (int k = 0; k < 3000; k++) CHECK_OK(gamlp_pdadmm_iterate(block));
        for (int64_t l = 2; l <= 4; l++) {
            gamlp_pdadmm_state s = gamlp_pdadmm_state_of(block, l);
            gamlp_pdadmm_state below = gamlp_pdadmm_state_of(block, l - 1);
            const gamlp_levels *levels = gamlp_pdadmm_levels(block, l);
            omat w = omat_from(s.w), p = omat_from(s.p), r = omat_mul(&w, false, &p, false);
            for (int64_t e = 0; e < r.rows * r.cols; e++)
                r.v[e] += s.b->data[e % r.rows] - s.z->data[e];
            omat g = omat_mul(&w, true, &r, false);
            double tau = gamlp_pdadmm_layer_figures(block, l)->tau;
            for (int64_t e = 0; e < g.rows * g.cols; e++) {
                double gradient =
                    0.02 * g.v[e] + below.u->data[e] + 0.1 * (p.v[e] - below.q->data[e]);
                assert_true(outside(levels, p.v[e] - gradient / tau, p.v[e]) <= 1e-2);
            }
            omat_free(&w);
            omat_free(&p);
            omat_free(&r);
            omat_free(&g);
        }
        assert_true(gamlp_pdadmm_figures(block)->residual < 1e-3);
        gamlp_pdadmm_free(block);
        net_clear(&t);
    }
}

/* p, z and u of all layers after some iterations, one after the other. */
static void run_blocks(const net *t, int64_t blocks, double *sums) {
    gamlp_mailbox *mailbox;
    gamlp_pdadmm *block[8];
    CHECK_OK(gamlp_mailbox_new(&mailbox, t->plan.layers));
    gamlp_exchange exchange = gamlp_mailbox_exchange(mailbox);
    gamlp_pdadmm_plan plan = t->plan;
    plan.exchange = blocks > 1 ? &exchange : NULL;
    for (int64_t i = 0; i < blocks; i++) {
        plan.first = 1 + t->plan.layers * i / blocks;
        plan.last = t->plan.layers * (i + 1) / blocks;
        CHECK_OK(gamlp_pdadmm_new(&block[i], t->problem, &plan, &t->options));
        CHECK_OK(gamlp_pdadmm_start(block[i]));
    }
    for (int k = 0; k < 60; k++) {
        for (int64_t i = 0; i < blocks; i++) CHECK_OK(gamlp_pdadmm_step_primal(block[i]));
        for (int64_t i = 0; i < blocks; i++) CHECK_OK(gamlp_pdadmm_step_dual(block[i]));
    }
    for (int64_t i = 0; i < blocks; i++) {
        for (int64_t l = 1 + t->plan.layers * i / blocks; l <= t->plan.layers * (i + 1) / blocks;
             l++) {
            gamlp_pdadmm_state s = gamlp_pdadmm_state_of(block[i], l);
            const gamlp_dense *part[] = {s.p, s.w, s.z, s.u};
            for (int j = 0; j < 4; j++)
                for (int64_t e = 0; part[j]->data && e < part[j]->rows * part[j]->cols; e++)
                    *sums++ = (double)part[j]->data[e];
        }
        gamlp_pdadmm_free(block[i]);
    }
    gamlp_mailbox_free(mailbox);
}

static void blocks_give_the_same_bits(void **state) {
    (void)state;
    enum { ROOM = 8000 };
    static double whole[ROOM], shared[ROOM];
    for (int i = 0; i < 6; i++) {
        net t;
        net_init(&t, 40, 12, 3, 6, 7, 5);
        t.options.l2 = 0.02;
        quantise(&t, &sets[i % 3], i < 3 ? GAMLP_QUANTISE_P : GAMLP_QUANTISE_PQ);
        memset(whole, 0, sizeof whole);
        run_blocks(&t, 1, whole);
        for (int64_t blocks = 2; blocks <= 6; blocks++) {
            memset(shared, 0, sizeof shared);
            run_blocks(&t, blocks, shared);
            assert_memory_equal(whole, shared, sizeof whole);
        }
        net_clear(&t);
    }
}

static void steps_allocate_nothing(void **state) {
    (void)state;
    count_allocations();
    net t;
    net_init(&t, 40, 12, 3, 4, 7, 5);
    quantise(&t, &sets[2], GAMLP_QUANTISE_PQ);
    gamlp_pdadmm *block = net_start(&t);
    int64_t before = allocations_made();
    for (int k = 0; k < 5; k++) CHECK_OK(gamlp_pdadmm_iterate(block));
    CHECK_OK(gamlp_pdadmm_start(block));
    assert_int_equal(allocations_made(), before);
    gamlp_pdadmm_free(block);
    net_clear(&t);
    assert_int_equal(allocations_alive(), 0);
    stop_counting();
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    net t;
    net_init(&t, 40, 12, 3, 2, 7, 5);
    quantise(&t, &sets[2], GAMLP_QUANTISE_P);
    check_training_allocations(&t, 1, 4);
    net_clear(&t);
}

static void fitted_levels_hold_zero_and_the_range(void **state) {
    (void)state;
    net t;
    net_init(&t, 30, 14, 3, 4, 5, 3);
    quantise(&t, &sets[2], GAMLP_QUANTISE_P);
    gamlp_pdadmm *block = net_start(&t);
    assert_null(gamlp_pdadmm_levels(block, 1));
    for (int64_t l = 2; l <= 4; l++) {
        const gamlp_levels *levels = gamlp_pdadmm_levels(block, l);
        const gamlp_dense *q = gamlp_pdadmm_state_of(block, l - 1).q;
        double most = 0;
        for (int64_t i = 0; i < q->rows * q->cols; i++) most = fmax(most, (double)q->data[i]);
        assert_int_equal(levels->count, 256);
        assert_true(oracle_nearest(levels, 1e-9) == 0);
        assert_true(gamlp_levels_value(levels, 0) < 0);
        assert_true(gamlp_levels_value(levels, 255) >= 1.49 * most);
    }
    gamlp_pdadmm_free(block);
    net_clear(&t);
}

static void wrong_options_are_refused(void **state) {
    (void)state;
    net t;
    net_init(&t, 40, 12, 3, 3, 7, 5);
    gamlp_pdadmm_options *o = &t.options;
    o->quantise = GAMLP_QUANTISE_PQ;
    o->mode = GAMLP_MODE_THEORY;
    o->rho = 10 * o->nu;
    CHECK_FAILS(gamlp_pdadmm_options_check(o), GAMLP_E_CONFIG, "theory mode needs a real q");
    o->quantise = GAMLP_QUANTISE_P;
    CHECK_OK(gamlp_pdadmm_options_check(o));
    o->level_low = 2;
    CHECK_FAILS(gamlp_pdadmm_options_check(o), GAMLP_E_CONFIG, "an increasing range");
    o->level_low = 0;
    o->level_count = 1;
    CHECK_FAILS(gamlp_pdadmm_options_check(o), GAMLP_E_CONFIG, "a set of 1 levels");
    o->level_count = 256;
    gamlp_pdadmm *block = net_start(&t);
    gamlp_pdadmm_options other = *o;
    other.quantise = GAMLP_QUANTISE_NONE;
    CHECK_FAILS(gamlp_pdadmm_set(block, &other), GAMLP_E_USAGE, "fixed when a net is made");
    gamlp_pdadmm_state_of(block, 2).w->data[0] = NAN;
    CHECK_FAILS(gamlp_pdadmm_iterate(block), GAMLP_E_NUMERIC, "iteration 1, layer 2");
    gamlp_pdadmm_free(block);
    net_clear(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iterations_follow_the_paper),
        cmocka_unit_test(large_layers_follow_the_paper),
        cmocka_unit_test(theory_mode_descends),
        cmocka_unit_test(descent_begins_with_the_first_iteration),
        cmocka_unit_test(limits_are_quantised_stationary),
        cmocka_unit_test(blocks_give_the_same_bits),
        cmocka_unit_test(steps_allocate_nothing),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(fitted_levels_hold_zero_and_the_range),
        cmocka_unit_test(wrong_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
