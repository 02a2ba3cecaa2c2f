/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a run directory appears, and that it does not when the run is stopped. */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>

#include "check.h"
#include "core/file.h"
#include "gamlp/threads.h"
#include "gamlp/train.h"

static char folder[256], out[300];

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    snprintf(out, sizeof out, "%s/a/b", folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    remove_directory(folder);
    return 0;
}

static int entries(const char *path) {
    int count = 0;
    DIR *directory = opendir(path);
    if (!directory) return -1;
    while (readdir(directory)) count++;
    closedir(directory);
    return count - 2;
}

static void set(gamlp_settings *s, const char *name, const char *text) {
    CHECK_OK(gamlp_settings_set(s, name, text, GAMLP_ORIGIN_COMMAND));
}

static void make(gamlp_settings *s) {
    gamlp_settings_default(s);
    set(s, "dataset", "karate");
    set(s, "out", out);
    set(s, "iterations", "4");
    set(s, "hidden", "6");
    set(s, "hops", "2");
    set(s, "threads", "1");
    CHECK_OK(gamlp_settings_resolve(s));
}

typedef struct witness {
    int64_t calls, stop_at;    /* stop at the call of this number; 0: never */
    int64_t asked, stop_asked; /* the same, while features are made */
    gamlp_progress last;
} witness;

static bool watch(void *context, const gamlp_progress *now) {
    witness *w = context;
    if (now->preparing) return ++w->asked != w->stop_asked;
    w->last = *now;
    return ++w->calls != w->stop_at;
}

static void test_progress(void **state) {
    (void)state;
    gamlp_settings s;
    gamlp_report report;
    witness w = {0};
    make(&s);
    set(&s, "seeds", "2");
    set(&s, "grow", "2,3");
    CHECK_OK(gamlp_settings_resolve(&s));
    gamlp_threads_set(3);
    CHECK_OK(gamlp_train(&report, &s, watch, &w));
    assert_int_equal(gamlp_threads_get(), 3);
    assert_int_equal(w.calls, 1 + 2 * 2 * 4);
    assert_int_equal(w.last.seed_index, 1);
    assert_int_equal(w.last.stage, 1);
    assert_int_equal(w.last.layers, 3);
    assert_int_equal(w.last.iteration, 4);
    assert_int_equal(report.count, 2);
    assert_string_equal(report.dataset, "karate");
    assert_int_equal(report.nodes, 34);
    assert_int_equal(report.test_count, 20);
    assert_int_equal(entries(out), 6);
    gamlp_report_clear(&report);
    gamlp_report_clear(NULL);
}

/* A run that is stopped at any point leaves nothing, neither the parents that it made. */
static void test_stopped(void **state) {
    (void)state;
    gamlp_settings s;
    gamlp_report report;
    make(&s);
    for (int64_t stop_at = 1; stop_at <= 5; stop_at++) {
        witness w = {.stop_at = stop_at};
        CHECK_FAILS(gamlp_train(&report, &s, watch, &w), GAMLP_E_STOPPED, "stopped");
        assert_null(report.directory);
        assert_int_equal(entries(folder), 0);
    }
    witness never = {0};
    CHECK_OK(gamlp_train(&report, &s, watch, &never));
    assert_int_equal(never.calls, 5);
    gamlp_report_clear(&report);
    CHECK_FAILS(gamlp_train(&report, &s, NULL, NULL), GAMLP_E_CREATE, "holds a run already");
    set(&s, "overwrite", "true");
    witness w = {.stop_at = 3};
    CHECK_FAILS(gamlp_train(&report, &s, watch, &w), GAMLP_E_STOPPED, "iteration 2 of seed 0");
    assert_int_equal(entries(out), 4);
    CHECK_OK(gamlp_train(&report, &s, NULL, NULL));
    assert_int_equal(entries(out), 4);
    gamlp_report_clear(&report);
}

/* So does one that is stopped while features are made, those of its first split or of a later one;
 * neither has the cache a file of what was not whole. */
static void test_stopped_early(void **state) {
    (void)state;
    gamlp_settings s;
    gamlp_report report;
    char cache[400];
    witness w = {0};
    snprintf(cache, sizeof cache, "%s/cache", folder);
    CHECK_OK(gamlp_directory_make(NULL, cache));
    make(&s);
    set(&s, "features", "x; sym^1..2; ppr(0.2)");
    set(&s, "cache", cache);
    for (int64_t stop_asked = 1; stop_asked <= 4; stop_asked++) {
        w = (witness){.stop_asked = stop_asked};
        CHECK_FAILS(gamlp_train(&report, &s, watch, &w), GAMLP_E_STOPPED, "features were made");
        assert_int_equal(w.calls, 0);
        assert_int_equal(entries(folder), 1);
        assert_int_equal(entries(cache), 0);
    }
}

static void test_stopped_split(void **state) {
    (void)state;
    gamlp_settings s;
    gamlp_report report;
    witness all = {0};
    make(&s);
    set(&s, "split", "random:2+10+10");
    set(&s, "splits", "2");
    CHECK_OK(gamlp_train(&report, &s, watch, &all));
    gamlp_report_clear(&report);
    const int before = entries(out);
    set(&s, "overwrite", "true");
    witness w = {.stop_asked = all.asked};
    CHECK_FAILS(gamlp_train(&report, &s, watch, &w), GAMLP_E_STOPPED, "features were made");
    assert_int_equal(w.calls, 5);
    assert_int_equal(w.last.seed_index, 0);
    assert_int_equal(entries(out), before);
}

/* Each file that a run would replace protects its directory. */
static void test_refused(void **state) {
    (void)state;
    static const char *const name[] = {"config.yaml", "run.jsonl", "summary.json",
                                       "model.safetensors"};
    gamlp_settings s;
    gamlp_report report;
    char path[400];
    make(&s);
    CHECK_OK(gamlp_directory_make(NULL, out));
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", out, name[i]);
        CHECK_OK(gamlp_file_write(path, "mine", 4));
        CHECK_FAILS(gamlp_train(&report, &s, NULL, NULL), GAMLP_E_CREATE, name[i]);
        assert_int_equal(entries(out), 1);
        remove(path);
    }
}

/* Take the place of a file while the run is under way. */
static bool block(void *path, const gamlp_progress *now) {
    if (now->iteration == 2 && now->seed_index == 0) {
        remove(path);
        CHECK_OK(gamlp_directory_make(NULL, path));
    }
    return true;
}

/* A file that cannot get its name leaves the old run; a run that can drops models of other seeds
 * and nothing else. */
static void test_replaced(void **state) {
    (void)state;
    gamlp_settings s;
    gamlp_report report;
    char config[400], own[400];
    make(&s);
    set(&s, "seeds", "3");
    CHECK_OK(gamlp_train(&report, &s, NULL, NULL));
    gamlp_report_clear(&report);
    snprintf(config, sizeof config, "%s/config.yaml", out);
    snprintf(own, sizeof own, "%s/model-seed07.safetensors", out);
    CHECK_OK(gamlp_file_write(own, "mine", 4));
    set(&s, "overwrite", "true");
    set(&s, "seeds", "2");
    set(&s, "seed", "1");
    CHECK_FAILS(gamlp_train(&report, &s, block, config), GAMLP_E_IO, "config.yaml: cannot write");
    assert_int_equal(entries(out), 8);
    CHECK_FAILS(gamlp_train(&report, &s, NULL, NULL), GAMLP_E_CREATE, "config.yaml: exists");
    assert_int_equal(entries(out), 8);
    remove(config);
    CHECK_OK(gamlp_train(&report, &s, NULL, NULL));
    gamlp_report_clear(&report);
    assert_int_equal(entries(out), 7);
    assert_true(gamlp_file_exists(own));
    set(&s, "seeds", "1");
    CHECK_OK(gamlp_train(&report, &s, NULL, NULL));
    gamlp_report_clear(&report);
    assert_int_equal(entries(out), 5);
}

/* A second run in the same directory, while the first one is at its first iteration. */
static bool intrude(void *context, const gamlp_progress *now) {
    gamlp_report report;
    if (now->iteration != 1) return true;
    CHECK_FAILS(gamlp_train(&report, context, NULL, NULL), GAMLP_E_CREATE,
                "b: another run writes there now");
    assert_true(entries(out) >= 2);
    return true;
}

static void test_one_at_a_time(void **state) {
    (void)state;
    gamlp_settings s;
    gamlp_report report;
    make(&s);
    set(&s, "overwrite", "true");
    CHECK_OK(gamlp_train(&report, &s, intrude, &s));
    gamlp_report_clear(&report);
    assert_int_equal(entries(out), 4);
    CHECK_OK(gamlp_train(&report, &s, NULL, NULL));
    gamlp_report_clear(&report);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_progress, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stopped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stopped_early, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stopped_split, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_at_a_time, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
