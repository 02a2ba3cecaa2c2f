/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>

#include "gamlp/pdadmm.h"

static gamlp_pdadmm_options options_of(double nu, double rho, double rho_max) {
    gamlp_pdadmm_options o;
    gamlp_pdadmm_options_default(&o);
    o.nu = nu;
    o.rho = rho;
    o.rho_max = rho_max;
    return o;
}

static void check_penalties(const gamlp_pdadmm_options *o, double nu, double rho) {
    assert_true(fabs(o->nu - nu) <= 1e-14 * nu);
    assert_true(fabs(o->rho - rho) <= 1e-14 * rho);
}

/* Feed losses of iterations 1, 2, ...; the answer must be true at those marked by '1'. */
static void feed(gamlp_pdadmm_options *o, const double *loss, const char *change) {
    gamlp_stall stall = {0};
    for (int64_t k = 0; change[k]; k++)
        if (gamlp_stall_step(&stall, o, k + 1, loss[k]) != (change[k] == '1'))
            fail_msg("iteration %d, loss %g: expected %c", (int)k + 1, loss[k], change[k]);
}

static void falling_losses_change_nothing(void **state) {
    (void)state;
    gamlp_pdadmm_options o = options_of(1e-4, 1e-4, 1);
    gamlp_stall stall = {0};
    for (int64_t k = 1; k <= 100; k++)
        assert_false(gamlp_stall_step(&stall, &o, k, 2 - 0.0011 * (double)k));
    check_penalties(&o, 1e-4, 1e-4);
}

static void two_stalls_running_are_needed(void **state) {
    (void)state;
    gamlp_pdadmm_options o = options_of(1e-4, 1e-4, 1);
    const double loss[] = {2, 1.9, 1.8, 1.7, 1.6995, 1.6, 1.6, 1.5, 1.4, 1.4, 1.3};
    feed(&o, loss, "00000000000");
    check_penalties(&o, 1e-4, 1e-4);
    const double twice[] = {2, 1.9, 1.8, 1.7, 1.6, 1.5995, 1.5990, 1.5985, 1.5};
    feed(&o, twice, "000000100");
    check_penalties(&o, 1e-3, 1e-3);
}

/* Iterations 1 to 3 never count; a rising loss is a stall, and after a change counting starts anew.
 */
static void counting_starts_at_iteration_4(void **state) {
    (void)state;
    gamlp_pdadmm_options o = options_of(1e-4, 2e-4, 1);
    const double loss[] = {2, 2, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7};
    feed(&o, loss, "000010101");
    check_penalties(&o, 1e-1, 2e-1);
}

/* 0.001 exactly (here in binary) is not more than 0.001; a little more is. */
static void the_least_fall_is_exclusive(void **state) {
    (void)state;
    gamlp_pdadmm_options o = options_of(1e-4, 1e-4, 1);
    const double equal[] = {0.001 * 6, 0.001 * 5, 0.001 * 4, 0.001, 0, -0.001};
    feed(&o, equal, "000001");
    gamlp_pdadmm_options more = options_of(1e-4, 1e-4, 1);
    const double fall[] = {0.03, 0.025, 0.02, 0.0032, 0.0021, 0.0010};
    feed(&more, fall, "000000");
}

static void rho_stops_at_its_cap(void **state) {
    (void)state;
    gamlp_pdadmm_options o = options_of(0.1, 0.4, 1);
    const double loss[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    feed(&o, loss, "0000100000");
    check_penalties(&o, 0.25, 1); /* nu keeps its ratio to rho */
    gamlp_pdadmm_options above = options_of(2, 2, 1);
    feed(&above, loss, "0000000000");
    check_penalties(&above, 2, 2); /* and rho is never lowered */
}

static void a_loss_that_is_no_number_is_a_stall(void **state) {
    (void)state;
    gamlp_pdadmm_options o = options_of(1e-4, 1e-4, 1);
    const double loss[] = {2, 1.9, 1.8, NAN, NAN, 1};
    feed(&o, loss, "000010");
    check_penalties(&o, 1e-3, 1e-3);
}

/* One figure of an iteration at a time. */
static bool step(gamlp_stall *stall, gamlp_pdadmm_options *o, int64_t iteration, double primal,
                 double dual) {
    gamlp_figures f = {
        .iteration = iteration, .residual = primal, .dual_residual = dual, .risk = 9};
    return gamlp_schedule_step(stall, o, &f, 3);
}

static void fixed_is_fixed(void **state) {
    (void)state;
    gamlp_pdadmm_options o = options_of(1e-4, 1e-4, 1);
    gamlp_stall stall = {0};
    for (int64_t k = 1; k <= 300; k++) assert_false(step(&stall, &o, k, 1, 0));
    check_penalties(&o, 1e-4, 1e-4);
}

static void every_so_many_iterations(void **state) {
    (void)state;
    gamlp_pdadmm_options o = options_of(1e-4, 2e-4, 1);
    gamlp_stall stall = {0};
    o.schedule = GAMLP_SCHEDULE_EVERY;
    for (int64_t k = 1; k <= 250; k++) assert_int_equal(step(&stall, &o, k, 1, 1), k % 100 == 0);
    check_penalties(&o, 1e-2, 2e-2);
    o.schedule_every = 7;
    o.schedule_factor = 3;
    for (int64_t k = 1; k <= 7; k++) assert_int_equal(step(&stall, &o, k, 1, 1), k == 7);
    check_penalties(&o, 3e-2, 6e-2);
    for (int64_t k = 1; k <= 70; k++) step(&stall, &o, k, 1, 1);
    check_penalties(&o, 0.5, 1); /* the cap; nu keeps its ratio */
}

/* The stall of the loss through the general entry: risk over columns. */
static void stall_is_dispatched(void **state) {
    (void)state;
    gamlp_pdadmm_options o = options_of(1e-4, 1e-4, 1);
    gamlp_stall stall = {0};
    o.schedule = GAMLP_SCHEDULE_STALL;
    for (int64_t k = 1; k <= 5; k++) assert_int_equal(step(&stall, &o, k, 1, 1), k == 5);
    assert_true(stall.loss == 3);
}

static void residuals_are_balanced(void **state) {
    (void)state;
    gamlp_pdadmm_options o = options_of(1e-3, 1, 8);
    gamlp_stall stall = {0};
    o.schedule = GAMLP_SCHEDULE_BALANCE;
    for (int64_t k = 1; k < 10; k++) assert_false(step(&stall, &o, k, 100, 1));
    assert_true(step(&stall, &o, 10, 10.5, 1));
    check_penalties(&o, 1e-3, 2); /* nu is part of the objective, and stays */
    assert_false(step(&stall, &o, 20, 9.5, 1));
    assert_true(step(&stall, &o, 30, 1, 10.5));
    check_penalties(&o, 1e-3, 1);
    for (int64_t k = 40; k < 200; k += 10) step(&stall, &o, k, 1, 0);
    check_penalties(&o, 1e-3, 8);
    for (int64_t k = 200; k < 500; k += 10) step(&stall, &o, k, 0, 1);
    check_penalties(&o, 1e-3, 1e-3); /* a thousandth of the first */
    o.rho_max = 1e-4;                /* a cap below rho lowers nothing */
    assert_false(step(&stall, &o, 500, 1, 0));
}

static void bad_options(void **state) {
    (void)state;
    gamlp_pdadmm_options o = options_of(1, 1, 1);
    o.schedule_factor = 1;
    CHECK_FAILS(gamlp_pdadmm_options_check(&o), GAMLP_E_CONFIG, "schedule-factor 1, expected");
    o.schedule_factor = 0;
    o.schedule_every = -1;
    CHECK_FAILS(gamlp_pdadmm_options_check(&o), GAMLP_E_CONFIG, "schedule-every is -1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_is_fixed),
        cmocka_unit_test(every_so_many_iterations),
        cmocka_unit_test(stall_is_dispatched),
        cmocka_unit_test(residuals_are_balanced),
        cmocka_unit_test(bad_options),
        cmocka_unit_test(falling_losses_change_nothing),
        cmocka_unit_test(two_stalls_running_are_needed),
        cmocka_unit_test(counting_starts_at_iteration_4),
        cmocka_unit_test(the_least_fall_is_exclusive),
        cmocka_unit_test(rho_stops_at_its_cap),
        cmocka_unit_test(a_loss_that_is_no_number_is_a_stall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
