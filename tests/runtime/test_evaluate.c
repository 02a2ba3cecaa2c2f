/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/evaluate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "core/file.h"
#include "gamlp/alloc.h"

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

/* The model of the run directory. */
static void read_model(gamlp_model *model) {
    char path[400];
    snprintf(path, sizeof path, "%s/model.safetensors", out);
    CHECK_OK(gamlp_model_read(model, path));
}

/* Evaluated at once or node by node: the same logits up to rounding, the same scores. */
static void test_batches(void **state) {
    (void)state;
    static const double tolerance = sizeof(gamlp_real) == 4 ? 1e-5 : 1e-13;
    gamlp_settings s;
    gamlp_report report;
    gamlp_evaluation e;
    gamlp_model model;
    gamlp_dense logits;
    gamlp_feature_options options;
    make(&s);
    CHECK_OK(gamlp_train(&report, &s, NULL, NULL));
    CHECK_OK(gamlp_evaluate(&e, out, NULL, NULL, NULL));
    assert_true(e.same_data && e.same_split);
    assert_true(fabs(e.test.accuracy - report.run[0].test_accuracy) < 1e-12);
    assert_true(fabs(e.val.accuracy - report.run[0].val_accuracy) < 1e-12);
    read_model(&model);
    gamlp_feature_options_default(&options);
    CHECK_OK(gamlp_feature_set_hops(&options.set, 2));
    options.normalise = (gamlp_normalise)s.options.normalise;
    static const int64_t budget[] = {1, 2000, 20000, (int64_t)1 << 40};
    for (int i = 0; i < 4; i++) {
        CHECK_OK(gamlp_evaluate_logits(&logits, &model, &e.dataset, &options, budget[i]));
        check_close(&logits, &e.logits, tolerance, "logits");
        gamlp_dense_clear(&logits);
    }
    CHECK_OK(gamlp_feature_set_hops(&options.set, 3));
    CHECK_FAILS(gamlp_evaluate_logits(&logits, &model, &e.dataset, &options, 1), GAMLP_E_DATA,
                "takes 68 features, karate has 34, which make 102");
    gamlp_model_clear(&model);
    gamlp_evaluation_clear(&e);
    gamlp_evaluation_clear(NULL);
    gamlp_report_clear(&report);
}

/* Diffusions, which batches share. */
static void test_batches_of_diffusions(void **state) {
    (void)state;
    static const double tolerance = sizeof(gamlp_real) == 4 ? 1e-5 : 1e-6;
    static const int64_t budget[] = {1, 6000};
    gamlp_settings s;
    gamlp_report report;
    gamlp_evaluation e;
    gamlp_model model;
    gamlp_dense logits;
    gamlp_feature_options options;
    make(&s);
    set(&s, "features", "ppr(0.2); heat(2); x");
    CHECK_OK(gamlp_train(&report, &s, NULL, NULL));
    CHECK_OK(gamlp_evaluate(&e, out, NULL, NULL, NULL));
    read_model(&model);
    gamlp_feature_options_default(&options);
    CHECK_OK(gamlp_feature_set_parse(&options.set, "ppr(0.2); heat(2); x"));
    options.normalise = (gamlp_normalise)s.options.normalise;
    for (int i = 0; i < 2; i++) {
        CHECK_OK(gamlp_evaluate_logits(&logits, &model, &e.dataset, &options, budget[i]));
        check_close(&logits, &e.logits, tolerance, "logits");
        gamlp_dense_clear(&logits);
    }
    gamlp_model_clear(&model);
    gamlp_evaluation_clear(&e);
    gamlp_report_clear(&report);
}

/* By the method and to the tolerance of the training, which is coarse enough to tell. */
static void test_diffusion_as_trained(void **state) {
    (void)state;
    static const char set_of[] = "ppr(0.05); x";
    gamlp_settings s;
    gamlp_report report;
    gamlp_evaluation e;
    gamlp_model model;
    gamlp_dense logits;
    gamlp_feature_options options;
    make(&s);
    set(&s, "features", set_of);
    set(&s, "diffusion", "cg");
    set(&s, "tolerance", "0.1");
    set(&s, "memory", "1000000");
    CHECK_OK(gamlp_train(&report, &s, NULL, NULL));
    CHECK_OK(gamlp_evaluate(&e, out, NULL, NULL, NULL));
    read_model(&model);
    gamlp_feature_options_default(&options);
    CHECK_OK(gamlp_feature_set_parse(&options.set, set_of));
    options.normalise = (gamlp_normalise)s.options.normalise;
    options.diffusion = s.options.diffusion;
    CHECK_OK(gamlp_evaluate_logits(&logits, &model, &e.dataset, &options, (int64_t)1 << 30));
    check_close(&logits, &e.logits, 0, "logits");
    gamlp_dense_clear(&logits);
    gamlp_diffusion_options_default(&options.diffusion);
    CHECK_OK(gamlp_evaluate_logits(&logits, &model, &e.dataset, &options, (int64_t)1 << 30));
    assert_true(fabs((double)(logits.data[0] - e.logits.data[0])) > 1e-5);
    gamlp_dense_clear(&logits);
    gamlp_model_clear(&model);
    gamlp_evaluation_clear(&e);
    gamlp_report_clear(&report);
}

/* A config.yaml that is not of the run matters only where it is asked. */
static void test_foreign_config(void **state) {
    (void)state;
    gamlp_settings s;
    gamlp_report report;
    gamlp_evaluation e;
    char path[400];
    make(&s);
    CHECK_OK(gamlp_train(&report, &s, NULL, NULL));
    snprintf(path, sizeof path, "%s/config.yaml", out);
    CHECK_OK(gamlp_file_write(path, "not: ours\n", 10));
    CHECK_FAILS(gamlp_evaluate(&e, out, NULL, NULL, NULL), GAMLP_E_CONFIG, "unknown option not");
    CHECK_FAILS(gamlp_evaluate(&e, out, "cora", NULL, NULL), GAMLP_E_CONFIG, "unknown option not");
    CHECK_FAILS(gamlp_evaluate(&e, out, "cora", folder, NULL), GAMLP_E_NOINPUT, "ind.cora");
    CHECK_FAILS(gamlp_evaluate(&e, out, "no/such.npz", NULL, NULL), GAMLP_E_NOINPUT, "no/such");
    CHECK_OK(gamlp_evaluate(&e, out, "karate", NULL, NULL));
    assert_true(e.same_data && e.same_split);
    gamlp_evaluation_clear(&e);
    gamlp_report_clear(&report);
}

/* Models whose metadata are not ours. */
static void test_foreign_models(void **state) {
    (void)state;
    static const char *const bad[][2] = {
        {NULL, "lack everything"},
        {"{", "not JSON"},
        {"{}", "lack dataset"},
        {"{\"dataset\":{\"fingerprint\":\"x\"}}", "lack split"},
        {"{\"dataset\":{\"fingerprint\":\"x\"},\"split\":{\"fingerprint\":\"x\"}}", "split-seed"},
        {"{\"dataset\":{\"fingerprint\":\"x\"},\"split\":{\"fingerprint\":\"x\"},\"options\":{"
         "\"split-seed\":0,\"train-per-class\":1,\"val\":1,\"test\":1,\"hops\":0,"
         "\"normalise\":\"none\"}}",
         "hops"},
        {"{\"dataset\":{\"fingerprint\":\"x\"},\"split\":{\"fingerprint\":\"x\"},\"options\":{"
         "\"split-seed\":0,\"train-per-class\":1,\"val\":1,\"test\":1,\"hops\":1,"
         "\"normalise\":\"noone\"}}",
         "normalise"},
        {"{\"dataset\":{\"fingerprint\":\"x\"},\"split\":{\"fingerprint\":\"x\"},\"options\":{"
         "\"split-seed\":0,\"train-per-class\":1,\"val\":1,\"test\":1,\"hops\":1,"
         "\"normalise\":\"none\",\"storage\":\"half\"}}",
         "storage"},
        {"{\"dataset\":{\"fingerprint\":\"x\"},\"split\":{\"fingerprint\":\"x\"},\"options\":{"
         "\"split-seed\":0,\"train-per-class\":1,\"val\":1,\"test\":1,\"hops\":1,"
         "\"normalise\":\"none\",\"diffusion\":\"guess\"}}",
         "diffusion"},
        {"{\"dataset\":{\"fingerprint\":\"x\"},\"split\":{\"fingerprint\":\"x\"},\"options\":{"
         "\"split-seed\":0,\"train-per-class\":1,\"val\":1,\"test\":1,\"hops\":1,"
         "\"normalise\":\"none\",\"tolerance\":0.5}}",
         "tolerance"},
    };
    static const int64_t width[] = {34, 2};
    gamlp_evaluation e;
    gamlp_model model;
    char path[400];
    snprintf(path, sizeof path, "%s/m.safetensors", folder);
    CHECK_OK(gamlp_model_init(&model, 1, width));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_OK(gamlp_strdup(&model.metadata, bad[i][0]));
        CHECK_OK(gamlp_model_write(path, &model));
        CHECK_FAILS(gamlp_evaluate(&e, path, "karate", NULL, NULL), GAMLP_E_DATA, bad[i][1]);
        if (!strstr(gamlp_error_text(), "m.safetensors")) fail_msg("%s", gamlp_error_text());
        gamlp_free(model.metadata);
        model.metadata = NULL;
    }
    gamlp_model_clear(&model);
}

/* Predictions against the logits, in the order of the nodes; a node without label. */
static void test_predictions(void **state) {
    (void)state;
    gamlp_real data[] = {0, 0, 1, 0, -3, 4, 1, (gamlp_real)NAN, 0, (gamlp_real)INFINITY};
    int32_t label[] = {1, GAMLP_UNLABELLED, 0, 0, 1};
    gamlp_evaluation e = {.logits = {2, 5, data}};
    gamlp_bytes bytes;
    char path[400], expected[200];
    e.dataset.label = label;
    snprintf(path, sizeof path, "%s/p.csv", folder);
    CHECK_OK(gamlp_predictions_write(path, &e));
    CHECK_OK(gamlp_file_read(&bytes, path, 1000));
    snprintf(expected, sizeof expected,
             "node,predicted,probability,label\n0,0,0.500000,1\n1,0,%.6f,\n2,1,%.6f,0\n"
             "3,0,nan,0\n4,1,nan,1\n",
             1 / (1 + exp(-1)), 1 / (1 + exp(-7)));
    assert_string_equal((char *)bytes.data, expected);
    gamlp_bytes_clear(&bytes);
    snprintf(path, sizeof path, "%s/no/p.csv", folder);
    CHECK_FAILS(gamlp_predictions_write(path, &e), GAMLP_E_CREATE, "p.csv");
}

static gamlp_status use_all(void *context) {
    gamlp_evaluation e = {0};
    char *text = NULL, path[400];
    gamlp_status status = GAMLP_OK;
    (void)context;
    snprintf(path, sizeof path, "%s/p.csv", folder);
    GAMLP_TRY(gamlp_evaluate(&e, out, NULL, NULL, NULL));
    GAMLP_TRY(gamlp_evaluation_json(&text, &e));
    GAMLP_TRY(gamlp_predictions_write(path, &e));
done:
    gamlp_free(text);
    gamlp_evaluation_clear(&e);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    gamlp_settings s;
    gamlp_report report;
    make(&s);
    CHECK_OK(gamlp_train(&report, &s, NULL, NULL));
    check_every_allocation(use_all, NULL);
    gamlp_report_clear(&report);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_batches, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_batches_of_diffusions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_diffusion_as_trained, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_foreign_config, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_foreign_models, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_predictions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_allocation, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
