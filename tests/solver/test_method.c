/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "check.h"
#include "gamlp/alloc.h"
#include "gamlp/method.h"
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
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
