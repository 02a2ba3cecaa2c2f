/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "runtime/solvers.h"

static const gamlp_option *row_of(const char *name) {
    return gamlp_option_find(gamlp_train_table, name);
}

static int solver_count(void) {
    int count = 1;
    for (const char *p = row_of("solver")->choices; *p; p++) count += *p == ' ';
    return count;
}

/* The choices of --solver are the names of the methods, in the order of the registry. */
static void names_are_choices(void **state) {
    (void)state;
    gamlp_train_options o;
    for (int i = 0; i < solver_count(); i++) {
        char text[GAMLP_OPTION_TEXT];
        const gamlp_method *m = gamlp_solver_row_of(i)->method;
        o.solver = i;
        gamlp_option_get(&o, row_of("solver"), text, sizeof text);
        assert_string_equal(text, m->name);
        assert_non_null(m->summary);
        assert_true((m->theorem != NULL) == (m->conditions != NULL));
        assert_true((m->theorem != NULL) == (m->falls != NULL));
        assert_true(m->check && m->make && m->release && m->start && m->set && m->iterate);
        assert_true(m->figures && m->score && m->keep && m->restore && m->to_model);
    }
}

/* What a row names is in the table of options. */
static void options_exist(void **state) {
    (void)state;
    for (int i = 0; i < solver_count(); i++) {
        char names[1000], *rest = names;
        snprintf(names, sizeof names, "%s", gamlp_solver_row_of(i)->takes);
        for (char *name; (name = strtok_r(rest, " ", &rest));) {
            if (!row_of(name)) fail_msg("no option %s", name);
            assert_true(gamlp_solver_takes(i, name));
        }
        assert_true(gamlp_solver_takes(i, "layers"));
    }
    assert_false(gamlp_solver_takes(GAMLP_SOLVER_PDADMM_G, "bits"));
    assert_true(gamlp_solver_takes(GAMLP_SOLVER_PDADMM_G, "nu"));
}

/* The defaults of each solver pass its own checks. */
static void defaults_resolve(void **state) {
    (void)state;
    for (int i = 0; i < solver_count(); i++) {
        gamlp_settings s;
        gamlp_settings_default(&s);
        CHECK_OK(gamlp_settings_set(&s, "dataset", "karate", GAMLP_ORIGIN_COMMAND));
        CHECK_OK(gamlp_settings_set(&s, "solver", gamlp_solver_row_of(i)->method->name,
                                    GAMLP_ORIGIN_COMMAND));
        CHECK_OK(gamlp_settings_resolve(&s));
    }
}

/* Given on the command line, or of another value than the default from elsewhere. */
static void others_are_refused(void **state) {
    (void)state;
    gamlp_settings s;
    gamlp_settings_default(&s);
    CHECK_OK(gamlp_settings_set(&s, "dataset", "karate", GAMLP_ORIGIN_COMMAND));
    CHECK_OK(gamlp_settings_set(&s, "bits", "8", GAMLP_ORIGIN_CONFIG));
    CHECK_OK(gamlp_settings_resolve(&s));
    CHECK_OK(gamlp_settings_set(&s, "bits", "4", GAMLP_ORIGIN_CONFIG));
    CHECK_FAILS(gamlp_settings_resolve(&s), GAMLP_E_CONFIG,
                "bits: the solver pdadmm-g does not use it (it is an option of pdadmm-g-q)");
    CHECK_OK(gamlp_settings_set(&s, "bits", "8", GAMLP_ORIGIN_COMMAND));
    CHECK_FAILS(gamlp_settings_resolve(&s), GAMLP_E_CONFIG, "bits: the solver pdadmm-g does not");
    CHECK_OK(gamlp_settings_set(&s, "solver", "pdadmm-g-q", GAMLP_ORIGIN_COMMAND));
    CHECK_OK(gamlp_settings_resolve(&s));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_choices),
        cmocka_unit_test(options_exist),
        cmocka_unit_test(defaults_resolve),
        cmocka_unit_test(others_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
