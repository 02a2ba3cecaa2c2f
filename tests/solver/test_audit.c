/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "check.h"
#include "net.h"
#include "solver/block.h"
#include "solver/dladmm.h"
#include "solver/mdlam.h"

static const double rounding = sizeof(gamlp_real) == 4 ? 2e-5 : 1e-11;

/* The lines of all layers together make the change of the Lagrangian, with X'X and without,
 * explicit weights and weight decay, real and quantised p. */
static void lines_add_up(void **state) {
    (void)state;
    for (int variant = 0; variant < 12; variant++) {
        net t;
        net_init(&t, variant & 1 ? 14 : 5, 9, 3, 4, 6, 11 + (uint64_t)variant);
        t.options.audit = true;
        t.options.l2 = variant & 2 ? 0.3 : 0;
        t.options.rho = 0.5;
        if (variant & 4) t.options.quantise = GAMLP_QUANTISE_P;
        bool relaxed = variant >= 8; /* then the Lagrangian may rise, and lines still add up */
        if (relaxed) t.options.relax = 1.6;
        gamlp_pdadmm *block = net_start(&t);
        double before = 0;
        for (int k = 1; k <= 60; k++) {
            CHECK_OK(gamlp_pdadmm_iterate(block));
            const gamlp_figures *f = gamlp_pdadmm_figures(block);
            double sum = 0, scale = fmax(1, fabs(f->lagrangian));
            for (int i = 0; i < GAMLP_LINES; i++) sum += f->change[i];
            if (k == 1) assert_true(sum == 0 && f->change[GAMLP_LINE_Z] == 0);
            assert_true(k == 1 || fabs(sum - (f->lagrangian - before)) <= rounding * scale);
            for (int i = 0; k > 1 && !relaxed && i <= GAMLP_LINE_Q; i++)
                assert_true(f->change[i] <= rounding * scale);
            assert_true(f->change[GAMLP_LINE_U] >= 0);
            assert_true(relaxed || f->worst_change <= rounding * scale);
            before = f->lagrangian;
        }
        gamlp_pdadmm_free(block);
        net_clear(&t);
    }
}

/* Lines 1 and 2 are exact line searches: they lower it by half their weight times the square. */
static void lines_1_and_2_lower_it_by_their_weight(void **state) {
    (void)state;
    net t;
    net_init(&t, 14, 9, 3, 4, 6, 3);
    t.options.audit = true;
    gamlp_pdadmm *block = net_start(&t);
    for (int k = 1; k <= 20; k++) {
        CHECK_OK(gamlp_pdadmm_iterate(block));
        double scale = fmax(1, fabs(gamlp_pdadmm_figures(block)->lagrangian));
        for (int64_t l = 2; k > 1 && l <= 4; l++) {
            const gamlp_layer_figures *f = gamlp_pdadmm_layer_figures(block, l);
            assert_true(fabs(f->change[GAMLP_LINE_P] + 0.5 * f->tau * f->dp) <= rounding * scale);
            assert_true(fabs(f->change[GAMLP_LINE_W] + 0.5 * f->theta * f->dw) <= rounding * scale);
            assert_true(f->change[GAMLP_LINE_Z] <= -0.5 * t.options.nu * f->dz + rounding * scale);
        }
    }
    gamlp_pdadmm_free(block);
    net_clear(&t);
}

/* A wrong gradient of p, whose coupling part was falsified between two iterations: theory mode
 * stops and tells. */
static void a_violation_names_its_line(void **state) {
    (void)state;
    net t;
    net_init(&t, 14, 9, 3, 4, 6, 3);
    t.options.mode = GAMLP_MODE_THEORY;
    t.options.rho = 5 * t.options.nu;
    gamlp_pdadmm *block = net_start(&t);
    for (int k = 1; k <= 5; k++) CHECK_OK(gamlp_pdadmm_iterate(block));
    gamlp_pd_layer *layer = gamlp_pd_layer_at(block, 2);
    for (int64_t i = 0; i < layer->g.rows * layer->g.cols; i++) layer->g.data[i] = 30;
    CHECK_FAILS(gamlp_pdadmm_iterate(block), GAMLP_E_NUMERIC,
                "against Theorem 1: line 1 (p) of layer 2 raised it by");
    gamlp_pdadmm_free(block);
    gamlp_figures f = {.iteration = 7, .lagrangian = 2, .rise = 0.5, .worst_change = -1};
    f.change[GAMLP_LINE_U] = 1.5;
    f.change[GAMLP_LINE_Z] = -0.5;
    CHECK_FAILS(gamlp_figures_check(&f, &t.options), GAMLP_E_NUMERIC,
                "lines 4 to 6 (z, q, u) raised it by 1, u alone by 1.5");
    net_clear(&t);
}

/* dlADMM and mDLAM: the steps of all layers together make the change of what must not rise, and
 * none raises it. */
static void check_steps(const net *t, const gamlp_method *method, const void *options) {
    static const char *const name[] = {"line_a", "line_z", "line_b", "line_w", "line_u"};
    gamlp_net_plan plan = {t->plan.layers, t->hidden, t->plan.init, t->plan.init_scale, 5};
    gamlp_method_figures f;
    void *trained;
    double before = 0;
    CHECK_OK(method->make(&trained, t->problem, &plan, options));
    CHECK_OK(method->start(trained));
    for (int k = 1; k <= 30; k++) {
        CHECK_OK(method->iterate(trained));
        method->figures(&f, trained);
        const gamlp_figure *falls = gamlp_method_figures_find(&f, method->falls);
        double value = falls ? falls->value : f.objective, sum = 0;
        double slack = 50 * rounding * fmax(1, fabs(value));
        for (int i = 0; i < 5; i++) {
            const gamlp_figure *line = gamlp_method_figures_find(&f, name[i]);
            if (!line) continue;
            sum += line->value;
            assert_true(i == GAMLP_CHAIN_U ? line->value >= 0 : line->value <= slack);
            assert_true((line->value == 0) == (k == 1));
        }
        assert_true(k == 1 || fabs(sum - (value - before)) <= slack);
        before = value;
    }
    method->release(trained);
}

static void steps_of_sequential_methods_add_up(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        net t;
        gamlp_dladmm_options dladmm;
        gamlp_mdlam_options mdlam;
        net_init(&t, i < 2 ? 30 : 6, 14, 3, 3, 5, 3 + (uint64_t)i);
        gamlp_dladmm_options_default(&dladmm);
        gamlp_mdlam_options_default(&mdlam);
        dladmm.audit = mdlam.audit = true;
        dladmm.loss.smoothing = mdlam.loss.smoothing = 0.1;
        dladmm.l2 = mdlam.l2 = i % 2 ? 0.3 : 0;
        dladmm.nu = 0.1;
        dladmm.rho = 1.5;
        mdlam.epsilon = mdlam.epsilon_min = 0.1;
        check_steps(&t, &gamlp_method_dladmm, &dladmm);
        check_steps(&t, &gamlp_method_mdlam, &mdlam);
        net_clear(&t);
    }
}

static void the_worst_step_is_named(void **state) {
    (void)state;
    gamlp_chain_audit audit;
    char text[128];
    gamlp_chain_audit_begin(&audit, true);
    gamlp_chain_audit_note(&audit, GAMLP_CHAIN_B, 1, -2);
    gamlp_chain_audit_note(&audit, GAMLP_CHAIN_U, 3, 5);
    gamlp_chain_blame(text, sizeof text, &audit, 2);
    assert_string_equal(text, "");
    gamlp_chain_audit_note(&audit, GAMLP_CHAIN_W, 2, 0.5);
    gamlp_chain_audit_note(&audit, GAMLP_CHAIN_W, 3, 0.25);
    gamlp_chain_blame(text, sizeof text, &audit, 2);
    assert_string_equal(text, ": the step of W of layer 2 raised it by 0.5");
}

static void add(gamlp_dense *a, gamlp_real by) {
    for (int64_t i = 0; i < a->rows * a->cols; i++) a->data[i] += by;
}

/* An a that was falsified between two iterations is no better after its step. */
static void a_violation_of_dladmm_names_its_step(void **state) {
    (void)state;
    net t;
    gamlp_dladmm *d;
    gamlp_dladmm_options o;
    net_init(&t, 30, 14, 3, 3, 5, 3);
    gamlp_dladmm_options_default(&o);
    o.nu = 0.1;
    o.rho = 1.5;
    o.mode = GAMLP_MODE_THEORY;
    CHECK_OK(gamlp_dladmm_new(&d, t.problem, &t.plan, &o));
    CHECK_OK(gamlp_dladmm_start(d));
    for (int k = 0; k < 5; k++) CHECK_OK(gamlp_dladmm_iterate(d));
    add(&gamlp_pd_layer_at(d->net, 2)->p, 1000);
    CHECK_FAILS(gamlp_dladmm_iterate(d), GAMLP_E_NUMERIC, "the step of a of layer 1 raised it by");
    gamlp_dladmm_free(d);
    net_clear(&t);
}

/* W a + b - z of a layer, falsified between two iterations, makes its next step a wrong one. */
static void a_violation_of_mdlam_names_its_step(void **state) {
    (void)state;
    net t;
    gamlp_mdlam *d;
    gamlp_mdlam_options o;
    net_init(&t, 30, 14, 3, 3, 5, 3);
    gamlp_mdlam_options_default(&o);
    o.rho = 0.5;
    o.epsilon = o.epsilon_min = 0.1;
    o.mode = GAMLP_MODE_THEORY;
    CHECK_OK(gamlp_mdlam_new(&d, t.problem, &t.plan, &o));
    CHECK_OK(gamlp_mdlam_start(d));
    for (int k = 0; k < 5; k++) CHECK_OK(gamlp_mdlam_iterate(d));
    add(&gamlp_pd_layer_at(d->net, 2)->r, 30);
    CHECK_FAILS(gamlp_mdlam_iterate(d), GAMLP_E_NUMERIC, "the step of W of layer 2 raised it by");
    gamlp_mdlam_free(d);
    net_clear(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_add_up),
        cmocka_unit_test(lines_1_and_2_lower_it_by_their_weight),
        cmocka_unit_test(a_violation_names_its_line),
        cmocka_unit_test(steps_of_sequential_methods_add_up),
        cmocka_unit_test(the_worst_step_is_named),
        cmocka_unit_test(a_violation_of_dladmm_names_its_step),
        cmocka_unit_test(a_violation_of_mdlam_names_its_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
