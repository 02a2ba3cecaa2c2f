/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "gamlp/alloc.h"
#include "gamlp/method.h"
#include "gamlp/threads.h"
#include "matrix/pairs_net.h"
#include "net.h"
#include "solver/method_pdadmm.h"

static const gamlp_method *const methods[] = {&gamlp_method_pdadmm_g, &gamlp_method_pdadmm,
                                              &gamlp_method_pdadmm_g_q};

static gamlp_net_plan plan_of(const net *t) {
    return (gamlp_net_plan){.layers = t->plan.layers,
                            .hidden = t->plan.hidden,
                            .init = t->plan.init,
                            .init_scale = t->plan.init_scale,
                            .seed = t->plan.seed};
}

static void figures_are_a_list(void **state) {
    (void)state;
    gamlp_method_figures f = {0};
    gamlp_method_figures_add(&f, "a", 1);
    gamlp_method_figures_add(&f, "b", 2);
    assert_true(gamlp_method_figures_find(&f, "b")->value == 2);
    assert_null(gamlp_method_figures_find(&f, "c"));
    for (int i = 0; i < 2 * GAMLP_FIGURES_MAX; i++) gamlp_method_figures_add(&f, "more", i);
    assert_int_equal(f.count, GAMLP_FIGURES_MAX);
}

/* Stages, growth, schedule and the best weights through the table are those of a block stepped by
 * hand. */
static void pdadmm_is_its_block(void **state) {
    (void)state;
    net t;
    void *made;
    gamlp_model through, direct;
    gamlp_method_figures f;
    gamlp_score score;
    gamlp_stall stall = {0};
    net_init(&t, 12, 9, 3, 2, 5, 7);
    t.options.schedule = GAMLP_SCHEDULE_STALL;
    gamlp_net_plan plan = plan_of(&t);
    const gamlp_method *m = &gamlp_method_pdadmm_g;
    CHECK_OK(m->make(&made, t.problem, &plan, &t.options));
    CHECK_OK(m->start(made));
    gamlp_pdadmm *block = net_start(&t);
    for (int stage = 0; stage < 2; stage++) {
        for (int64_t k = 1; k <= 30; k++) {
            CHECK_OK(m->iterate(made));
            m->figures(&f, made);
            if (k == 20) m->keep(made);
            CHECK_OK(m->adapt(made));
            CHECK_OK(gamlp_pdadmm_iterate(block));
            if (k == 20) gamlp_pdadmm_keep(block);
            gamlp_pdadmm_options now = *gamlp_pdadmm_options_now(block);
            const gamlp_figures *g = gamlp_pdadmm_figures(block);
            assert_true(f.iteration == k && f.objective == g->objective && f.risk == g->risk &&
                        f.residual == g->residual);
            assert_true(gamlp_method_figures_find(&f, "rho")->value == now.rho);
            if (gamlp_stall_step(&stall, &now, k, g->risk / 9))
                CHECK_OK(gamlp_pdadmm_set(block, &now));
        }
        CHECK_OK(m->restore(made));
        CHECK_OK(gamlp_pdadmm_restore(block));
        CHECK_OK(m->grow(made, 4));
        CHECK_OK(gamlp_pdadmm_grow(block, 4));
        CHECK_OK(m->set(made, &t.options));
        CHECK_OK(gamlp_pdadmm_set(block, &t.options));
        CHECK_OK(m->start(made));
        CHECK_OK(gamlp_pdadmm_start(block));
        stall = (gamlp_stall){0};
    }
    CHECK_OK(m->score(&score, made, -1));
    assert_true(score.accuracy >= 0 && score.accuracy <= 1 && score.loss > 0);
    CHECK_OK(m->to_model(&through, made));
    CHECK_OK(gamlp_pdadmm_export(&direct, block));
    assert_int_equal(through.layers, 4);
    for (int64_t l = 0; l < 4; l++)
        check_close(&through.layer[l].weight, &direct.layer[l].weight, 0, "a weight");
    gamlp_model_clear(&through);
    gamlp_model_clear(&direct);
    gamlp_pdadmm_free(block);
    m->release(made);
    net_clear(&t);
}

static void nothing_is_allocated_inside(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        const gamlp_method *m = methods[i];
        net t;
        void *made;
        gamlp_method_figures f;
        net_init(&t, 12, 9, 3, 3, 5, 7);
        if (i == 2) t.options.quantise = GAMLP_QUANTISE_P;
        gamlp_net_plan plan = plan_of(&t);
        CHECK_OK(m->check(&t.options));
        CHECK_OK(m->make(&made, t.problem, &plan, &t.options));
        count_allocations();
        CHECK_OK(m->start(made));
        for (int k = 0; k < 3; k++) {
            gamlp_score score;
            CHECK_OK(m->iterate(made));
            m->figures(&f, made);
            CHECK_OK(m->score(&score, made, -1));
            CHECK_OK(m->adapt(made));
            m->keep(made);
        }
        CHECK_OK(m->restore(made));
        assert_int_equal(allocations_made(), 0);
        stop_counting();
        m->release(made);
        net_clear(&t);
    }
}

/* A net of two layers whose validation nodes can be scored while it iterates. */
enum { TRAINED = 70, SCORED = 300, UNITS = 128, CLASSES = 5, ITERATIONS = 45 };

typedef struct pair_of_nets {
    net t;
    gamlp_stack val;
    int32_t label[SCORED];
    int64_t index;
    const gamlp_method *m;
    void *plain,
        *ahead; /* one that does what it is asked for when it is asked, and one that need not */
} pair_of_nets;

static void pair_init(pair_of_nets *p) {
    gamlp_dense half;
    p->m = &gamlp_method_pdadmm_g;
    net_init(&p->t, 90, TRAINED, CLASSES, 2, UNITS, 3);
    p->t.options.nu = p->t.options.rho = 1e-2;
    gamlp_stack_init(&p->val, SCORED);
    for (uint64_t k = 0; k < 2; k++) {
        CHECK_OK(gamlp_dense_init(&half, 45, SCORED));
        fill_normal(&half, 20 + k);
        CHECK_OK(gamlp_stack_push_dense(&p->val, &half));
    }
    for (int32_t j = 0; j < SCORED; j++) p->label[j] = j % CLASSES;
    CHECK_OK(gamlp_problem_watch(&p->index, p->t.problem, &p->val, p->label));
    gamlp_net_plan plan = plan_of(&p->t);
    gamlp_threads_set(2);
    CHECK_OK(p->m->make(&p->ahead, p->t.problem, &plan, &p->t.options));
    CHECK_OK(p->m->make(&p->plain, p->t.problem, &plan, &p->t.options));
    CHECK_OK(p->m->start(p->ahead));
    CHECK_OK(p->m->start(p->plain));
    p->m->ahead(p->ahead, ITERATIONS);
}

static void pair_clear(pair_of_nets *p) {
    p->m->release(p->plain);
    p->m->release(p->ahead);
    gamlp_stack_clear(&p->val);
    net_clear(&p->t);
}

/* An iteration of both, with all that a run asks for; how it ended. */
static gamlp_status iterate_both(pair_of_nets *p, bool keep) {
    gamlp_method_figures plain, ahead;
    gamlp_score expected, score;
    char failure[GAMLP_ERROR_TEXT];
    gamlp_status status = p->m->iterate(p->plain);
    if (status != GAMLP_OK) snprintf(failure, sizeof failure, "%s", gamlp_error_text());
    CHECK_FAILS(gamlp_fail(GAMLP_E_USAGE, "something else"), GAMLP_E_USAGE, "else");
    assert_int_equal(p->m->iterate(p->ahead), status);
    if (status != GAMLP_OK) {
        assert_string_equal(gamlp_error_text(), failure);
        return status;
    }
    CHECK_OK(p->m->score(&expected, p->plain, p->index));
    CHECK_OK(p->m->score(&score, p->ahead, p->index));
    p->m->figures(&plain, p->plain);
    p->m->figures(&ahead, p->ahead); /* of what was asked for, whatever has begun */
    assert_memory_equal(&score, &expected, sizeof score);
    assert_int_equal(ahead.count, plain.count);
    assert_memory_equal(&ahead.iteration, &plain.iteration, sizeof plain.iteration);
    assert_memory_equal(&ahead.objective, &plain.objective, sizeof plain.objective);
    for (int64_t i = 0; i < plain.count; i++)
        assert_memory_equal(&ahead.figure[i].value, &plain.figure[i].value,
                            sizeof plain.figure[i].value);
    if (keep) p->m->keep(p->plain);
    if (keep) p->m->keep(p->ahead);
    CHECK_OK(p->m->adapt(p->plain));
    CHECK_OK(p->m->adapt(p->ahead));
    return GAMLP_OK;
}

static void check_models(const pair_of_nets *p) {
    gamlp_model plain, ahead;
    CHECK_OK(p->m->to_model(&plain, p->plain));
    CHECK_OK(p->m->to_model(&ahead, p->ahead));
    assert_same_weights(&plain, &ahead);
    gamlp_model_clear(&plain);
    gamlp_model_clear(&ahead);
}

static bool overlaps(void) {
    return gamlp_pairs_thin_pays(CLASSES); /* elsewhere nothing begins ahead */
}

/* What begins ahead changes no bit; it ends with the iteration that was named, and before one at
 * which it is to pause. */
static void ahead_is_the_same(void **state) {
    (void)state;
    const int64_t before = gamlp_threads_get();
    pair_of_nets p;
    if (!overlaps()) print_message("nothing begins ahead with this processor or precision\n");
    gamlp_score score;
    pair_init(&p);
    count_allocations();
    for (int64_t k = 1; k <= ITERATIONS; k++) { /* the last is no tenth */
        if (k % 10 == 0) gamlp_method_pdadmm_pause(p.ahead, k);
        CHECK_OK(iterate_both(&p, k % 7 == 0));
        assert_true(gamlp_method_pdadmm_is_settled(p.plain));
        assert_int_equal(gamlp_method_pdadmm_is_settled(p.ahead),
                         !overlaps() || k % 10 == 0 || k == ITERATIONS);
    }
    assert_int_equal(allocations_made(), 0);
    stop_counting();
    check_models(&p);
    CHECK_OK(p.m->restore(p.plain));
    CHECK_OK(p.m->restore(p.ahead));
    check_models(&p);
    p.m->ahead(p.ahead, 2 * ITERATIONS);
    CHECK_OK(iterate_both(&p, true));
    if (overlaps()) {
        gamlp_model model;
        gamlp_frozen frozen;
        CHECK_FAILS(p.m->score(&score, p.ahead, p.index), GAMLP_E_INTERNAL, "begun");
        CHECK_FAILS(p.m->to_model(&model, p.ahead), GAMLP_E_INTERNAL, "begun");
        CHECK_FAILS(gamlp_method_pdadmm_freeze(&frozen, p.ahead, NULL, NULL), GAMLP_E_INTERNAL,
                    "begun");
    }
    CHECK_OK(p.m->restore(p.plain)); /* what has begun is for nothing, and nothing more begins */
    CHECK_OK(p.m->restore(p.ahead));
    CHECK_OK(p.m->score(&score, p.ahead, p.index));
    assert_true(gamlp_method_pdadmm_is_settled(p.ahead));
    p.m->ahead(p.ahead, 2 * ITERATIONS);
    CHECK_FAILS(p.m->score(&score, p.ahead, 1), GAMLP_E_USAGE, "set 1");
    CHECK_FAILS(p.m->score(&score, p.ahead, 1000), GAMLP_E_USAGE, "set 1000");
    check_models(&p);
    CHECK_OK(p.m->grow(p.plain, 3));
    CHECK_OK(p.m->grow(p.ahead, 3));
    CHECK_OK(p.m->start(p.plain));
    CHECK_OK(p.m->start(p.ahead));
    p.m->ahead(p.ahead, ITERATIONS);
    for (int64_t k = 1; k <= 3; k++) CHECK_OK(iterate_both(&p, true));
    check_models(&p);
    gamlp_threads_set(before);
    pair_clear(&p);
}

/* z_1 from now on: no number. */
static void spoil(const void *made) {
    const gamlp_pdadmm_state state = gamlp_pdadmm_state_of(gamlp_method_pdadmm_block(made), 1);
    state.z->data[3] = (gamlp_real)NAN; /* the struct is not to be changed, its elements can be */
}

/* An iteration that begins ahead and fails does so when it is asked for, in the same words. */
static void failure_waits_until_it_is_asked_for(void **state) {
    (void)state;
    const int64_t before = gamlp_threads_get();
    pair_of_nets p;
    if (!overlaps()) print_message("nothing begins ahead with this processor or precision\n");
    gamlp_score expected, score;
    pair_init(&p);
    CHECK_OK(iterate_both(&p, true));
    CHECK_OK(p.m->iterate(p.plain));
    CHECK_OK(p.m->iterate(p.ahead));
    spoil(p.plain);
    spoil(p.ahead);
    CHECK_OK(p.m->score(&expected, p.plain, p.index));
    CHECK_OK(p.m->score(&score, p.ahead, p.index));
    assert_memory_equal(&score, &expected, sizeof score);
    assert_true(isfinite(score.loss));
    assert_int_equal(gamlp_method_pdadmm_is_settled(p.ahead), !overlaps());
    assert_int_equal(iterate_both(&p, false), GAMLP_E_NUMERIC);
    gamlp_threads_set(before);
    pair_clear(&p);
}

static gamlp_status make_and_free(void *context) {
    const net *t = context;
    void *made;
    gamlp_net_plan plan = plan_of(t);
    gamlp_status status = gamlp_method_pdadmm_g.make(&made, t->problem, &plan, &t->options);
    gamlp_method_pdadmm_g.release(made);
    return status;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    net t;
    net_init(&t, 12, 9, 3, 3, 5, 7);
    check_every_allocation(make_and_free, &t);
    net_clear(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_a_list),
        cmocka_unit_test(pdadmm_is_its_block),
        cmocka_unit_test(nothing_is_allocated_inside),
        cmocka_unit_test(ahead_is_the_same),
        cmocka_unit_test(failure_waits_until_it_is_asked_for),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
