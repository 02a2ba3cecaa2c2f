/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "gamlp/train.h"
#include "runtime/run.h"

static char directory[512], out[600];

static gamlp_settings small_run(const char *dataset) {
    static const char *const option[][2] = {
        {"hidden", "5"}, {"iterations", "3"}, {"grow", "2,4"},    {"threads", "1"},
        {"seeds", "2"},  {"nu", "0.1"},       {"l2", "0.01,0.0"}, {"overwrite", "yes"}};
    gamlp_settings settings;
    gamlp_settings_default(&settings);
    CHECK_OK(gamlp_settings_set(&settings, "dataset", dataset, GAMLP_ORIGIN_COMMAND));
    CHECK_OK(gamlp_settings_set(&settings, "out", out, GAMLP_ORIGIN_COMMAND));
    for (size_t i = 0; i < sizeof option / sizeof option[0]; i++)
        CHECK_OK(gamlp_settings_set(&settings, option[i][0], option[i][1], GAMLP_ORIGIN_COMMAND));
    CHECK_OK(gamlp_settings_resolve(&settings));
    return settings;
}

static int set_up(void **state) {
    (void)state;
    snprintf(directory, sizeof directory, "%s", make_directory());
    snprintf(out, sizeof out, "%s/run", directory);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    remove_directory(directory);
    return 0;
}

static int64_t entries(const char *path) {
    DIR *d = opendir(path);
    int64_t count = 0;
    if (!d) return -1;
    while (readdir(d)) count++;
    closedir(d);
    return count - 2;
}

static void same_seed_same_model(void **state) {
    (void)state;
    gamlp_settings settings = small_run("karate");
    gamlp_report a, b;
    CHECK_OK(gamlp_train(&a, &settings, NULL, NULL));
    CHECK_OK(gamlp_train(&b, &settings, NULL, NULL));
    for (int i = 0; i < 2; i++) assert_string_equal(a.run[i].model_sha256, b.run[i].model_sha256);
    assert_string_not_equal(a.run[0].model_sha256, a.run[1].model_sha256);
    gamlp_report_clear(&a);
    gamlp_report_clear(&b);
}

/* The model on disk, applied to the data as they are, scores what the run reported: growth, the
 * choice of the best iteration, the Gram form of W_1 and the folded scaling all agree. */
static void model_scores_as_reported(void **state) {
    (void)state;
    for (int scale = 0; scale < 3; scale++) {
        static const char *const rule[] = {"none", "all", "hop"};
        gamlp_settings settings = small_run("karate");
        gamlp_report report;
        gamlp_evaluation e;
        CHECK_OK(gamlp_settings_set(&settings, "scale", rule[scale], GAMLP_ORIGIN_COMMAND));
        CHECK_OK(gamlp_train(&report, &settings, NULL, NULL));
        CHECK_OK(gamlp_evaluate(&e, out, NULL, NULL, NULL));
        const gamlp_run_result *r = &report.run[report.best];
        assert_true(e.same_data && e.same_split);
        assert_true(e.train.accuracy == r->train_accuracy);
        assert_true(e.val.accuracy == r->val_accuracy);
        assert_true(e.test.accuracy == r->test_accuracy);
        gamlp_evaluation_clear(&e);
        gamlp_report_clear(&report);
    }
}

static gamlp_status train_once(void *context) {
    gamlp_report report;
    gamlp_status status = gamlp_train(&report, context, NULL, NULL);
    if (status == GAMLP_OK) gamlp_report_clear(&report);
    return status;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    gamlp_settings settings = small_run("karate");
    settings.options.seeds = 1;
    check_every_allocation(train_once, &settings);
    assert_int_equal(entries(out), 4);
    assert_int_equal(entries(directory), 1);
}

/* A warm start from a run's own model begins where the model is; with every allocation failing in
 * turn. */
static void warm_start(void **state) {
    (void)state;
    for (int scale = 0; scale < 3; scale += 2) {
        static const char *const rule[] = {"none", "all", "hop"};
        gamlp_settings settings = small_run("karate");
        gamlp_report first, again;
        CHECK_OK(gamlp_settings_set(&settings, "scale", rule[scale], GAMLP_ORIGIN_COMMAND));
        settings.options.seeds = 1;
        settings.options.grow.count = 0;
        CHECK_OK(gamlp_train(&first, &settings, NULL, NULL));
        char path[700];
        snprintf(path, sizeof path, "%s/again", directory);
        CHECK_OK(gamlp_settings_set(&settings, "from", out, GAMLP_ORIGIN_COMMAND));
        CHECK_OK(gamlp_settings_set(&settings, "out", path, GAMLP_ORIGIN_COMMAND));
        settings.options.iterations = 1;
        settings.options.nu = settings.options.rho = (gamlp_reals){1, {1e-12}};
        CHECK_OK(gamlp_train(&again, &settings, NULL, NULL));
        /* One iteration with penalties of nearly nothing hardly moves the weights. */
        assert_true(again.run[0].val_accuracy >= first.run[0].val_accuracy - 0.1);
        assert_true(again.run[0].val_loss < first.run[0].val_loss + 0.1);
        gamlp_report_clear(&first);
        gamlp_report_clear(&again);
        if (scale == 2) check_every_allocation(train_once, &settings);
        settings.options.hidden.value[0] = 6;
        CHECK_FAILS(train_once(&settings), GAMLP_E_DATA, "layer 1 of the model is 5 x");
        settings.options.hops = 3;
        CHECK_FAILS(train_once(&settings), GAMLP_E_DATA, "model.safetensors takes 136 features");
        snprintf(path, sizeof path, "%s/nothing", directory);
        CHECK_OK(gamlp_settings_set(&settings, "from", path, GAMLP_ORIGIN_COMMAND));
        CHECK_FAILS(train_once(&settings), GAMLP_E_NOINPUT, "nothing");
    }
}

static void better_scores(void **state) {
    (void)state;
    const double nan = (double)NAN, inf = (double)INFINITY;
    const gamlp_score rank[] = {{0.5, 1}, {0.5, 2}, {0.25, 0}, {1, nan}, {1, inf}, {nan, nan}};
    const int finite = 3, count = sizeof rank / sizeof *rank;
    for (int a = 0; a < count; a++)
        for (int b = 0; b < count; b++)
            assert_int_equal(gamlp_is_better(rank[a], rank[b]), a < b && a < finite);
}

/* Features so large that the logits of the validation nodes overflow, in every iteration. */
static void diverged_validation(void **state) {
    (void)state;
    static const char *const option[][2] = {{"solver", "gd"},     {"layers", "2"},
                                            {"hops", "1"},        {"normalise", "none"},
                                            {"init-scale", "10"}, {"iterations", "2"}};
    static const char nodes[] = "a,b,label\n1,0,0\n0,1,1\n3e38,3e38,0\n-3e38,3e38,1\n1,1,0\n";
    static const char parts[] = "0,train\n1,train\n2,val\n3,val\n4,test\n";
    char path[700], split[720];
    gamlp_settings settings;
    if (sizeof(gamlp_real) > sizeof(float)) skip();
    gamlp_settings_default(&settings);
    for (size_t i = 0; i < sizeof option / sizeof option[0]; i++)
        CHECK_OK(gamlp_settings_set(&settings, option[i][0], option[i][1], GAMLP_ORIGIN_COMMAND));
    snprintf(path, sizeof path, "%s/parts.csv", directory);
    CHECK_OK(gamlp_file_write(path, parts, strlen(parts)));
    snprintf(split, sizeof split, "file:%s", path);
    CHECK_OK(gamlp_settings_set(&settings, "split", split, GAMLP_ORIGIN_COMMAND));
    snprintf(path, sizeof path, "%s/nodes.csv", directory);
    CHECK_OK(gamlp_file_write(path, nodes, strlen(nodes)));
    CHECK_OK(gamlp_settings_set(&settings, "dataset", path, GAMLP_ORIGIN_COMMAND));
    CHECK_OK(gamlp_settings_set(&settings, "out", out, GAMLP_ORIGIN_COMMAND));
    CHECK_OK(gamlp_settings_resolve(&settings));
    CHECK_FAILS(train_once(&settings), GAMLP_E_NUMERIC,
                "seed 0, 2 layers: in none of 2 iterations");
    assert_int_equal(entries(directory), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(same_seed_same_model, set_up, tear_down),
        cmocka_unit_test_setup_teardown(model_scores_as_reported, set_up, tear_down),
        cmocka_unit_test(better_scores),
        cmocka_unit_test_setup_teardown(diverged_validation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(warm_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
