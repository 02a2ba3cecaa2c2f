/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "core/file.h"
#include "runtime/replay.h"
#include "runtime/verify_run.h"

static char folder[256], path[300], run_at[300];

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    snprintf(path, sizeof path, "%s/run.jsonl", folder);
    snprintf(run_at, sizeof run_at, "%s/run", folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    remove_directory(folder);
    return 0;
}

#define RECORD(seed, layers, k, acc, loss, f, rise, extra)                                         \
    "{\"split\":0,\"seed\":" #seed ",\"layers\":" #layers ",\"iteration\":" #k                     \
    ",\"val_accuracy\":" #acc ",\"val_loss\":" #loss ",\"objective\":" #f                          \
    ",\"residual\":0.5,\"lagrangian\":" #f ",\"rise\":" #rise ",\"descending\":true" extra "}\n"

static gamlp_status replay(gamlp_replay *r, const char *text) {
    CHECK_OK(gamlp_file_write(path, text, strlen(text)));
    return gamlp_replay_read(r, path, "lagrangian");
}

/* Two seeds, the first of two stages: only the last stage of each counts. */
static void stages_and_seeds(void **state) {
    (void)state;
    gamlp_replay r;
    CHECK_OK(replay(
        &r, RECORD(3, 2, 1, 0.9, 1, 8, 0, "") RECORD(3, 4, 1, 0.5, 1, 4, 0, "")
                RECORD(3, 4, 2, 0.75, 1, 2, -0.5, "") RECORD(3, 4, 3, 0.75, 0.5, 1, -0.5, "")
                    RECORD(4, 2, 1, 0.25, 2, 9, 0, "") RECORD(4, 2, 2, 0.75, null, 9, 0, "")));
    assert_int_equal(r.count, 2);
    assert_int_equal(r.run[0].seed, 3);
    assert_int_equal(r.run[0].iterations, 3);
    assert_int_equal(r.run[0].best_iteration, 3);
    assert_true(r.run[0].best.accuracy == 0.75 && r.run[0].best.loss == 0.5);
    assert_true(r.run[0].objective == 1 && r.run[0].problem[0] == 0);
    assert_int_equal(r.run[0].certificate.iterations, 3);
    assert_int_equal(r.run[1].best_iteration, 1);
    assert_int_equal(r.run[1].certificate.iterations, 2);
    gamlp_replay_clear(&r);
}

/* After a change of penalties the figures begin anew. */
static void penalties_may_change(void **state) {
    (void)state;
    gamlp_replay r;
    CHECK_OK(replay(
        &r, RECORD(0, 2, 1, 1, 1, 8, 0, ",\"rho\":1,\"displacement\":2,\"k_ck\":2")
                RECORD(0, 2, 2, 1, 1, 4, -0.5, ",\"rho\":1,\"displacement\":3,\"k_ck\":4")
                    RECORD(0, 2, 3, 1, 1, 7, 0, ",\"rho\":2,\"displacement\":5,\"k_ck\":15")));
    assert_string_equal(r.run[0].problem, "");
    gamlp_replay_clear(&r);
    CHECK_OK(
        replay(&r, RECORD(0, 2, 1, 1, 1, 8, 0, ",\"rho\":1,\"displacement\":2,\"k_ck\":2")
                       RECORD(0, 2, 2, 1, 1, 4, -0.5, ",\"rho\":1,\"displacement\":3,\"k_ck\":6")));
    assert_string_equal(r.run[0].problem, "line 2: k_ck is 6, expected 4");
    gamlp_replay_clear(&r);
}

static void contradictions(void **state) {
    (void)state;
    static const struct {
        const char *text, *problem;
    } bad[] = {
        {RECORD(0, 2, 2, 1, 1, 8, 0, ""), "line 1: iteration is 2, expected 1"},
        {RECORD(0, 2, 1, 1, 1, 8, 0, "") RECORD(0, 2, 3, 1, 1, 8, 0, ""),
         "line 2: iteration is 3, expected 2"},
        {RECORD(0, 2, 1, 1, 1, 8, 0, "") RECORD(0, 2, 2, 1, 1, 4, -0.25, ""),
         "line 2: rise is -0.25, expected -0.5"},
        {RECORD(0, 2, 1, 1, 1, 8, 0, "") RECORD(0, 2, 2, 1, 1, 12, 0.5, ""),
         "line 2: descending is 1, expected 0"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        gamlp_replay r;
        CHECK_OK(replay(&r, bad[i].text));
        assert_string_equal(r.run[0].problem, bad[i].problem);
        gamlp_replay_clear(&r);
    }
    gamlp_replay r;
    CHECK_FAILS(replay(&r, ""), GAMLP_E_DATA, "no record");
    CHECK_FAILS(replay(&r, RECORD(0, 2, 1, 1, 1, 8, 0, "") "{\"split\":0}\n"), GAMLP_E_DATA,
                "line 2: expected split, seed, layers and iteration");
}

static gamlp_status verify(void *context) {
    gamlp_verification v;
    gamlp_status status = gamlp_run_verify(&v, context, NULL);
    gamlp_verification_clear(&v);
    return status;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    static const char *const option[][2] = {{"dataset", "karate"}, {"iterations", "3"},
                                            {"hidden", "4"},       {"certify", "yes"},
                                            {"hops", "1"},         {"threads", "1"}};
    gamlp_settings s;
    gamlp_report report;
    gamlp_verification v;
    gamlp_settings_default(&s);
    for (size_t i = 0; i < sizeof option / sizeof option[0]; i++)
        CHECK_OK(gamlp_settings_set(&s, option[i][0], option[i][1], GAMLP_ORIGIN_COMMAND));
    CHECK_OK(gamlp_settings_set(&s, "out", run_at, GAMLP_ORIGIN_COMMAND));
    CHECK_OK(gamlp_settings_resolve(&s));
    CHECK_OK(gamlp_train(&report, &s, NULL, NULL));
    gamlp_report_clear(&report);
    CHECK_OK(gamlp_run_verify(&v, run_at, NULL));
    assert_true(v.count > 30);
    assert_int_equal(v.differing, 0);
    gamlp_verification_clear(&v);
    check_every_allocation(verify, run_at);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stages_and_seeds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(penalties_may_change, set_up, tear_down),
        cmocka_unit_test_setup_teardown(contradictions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
