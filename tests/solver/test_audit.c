/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "check.h"
#include "net.h"
#include "solver/block.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_add_up),
        cmocka_unit_test(lines_1_and_2_lower_it_by_their_weight),
        cmocka_unit_test(a_violation_names_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
