/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "check.h"
#include "core/json.h"
#include "gamlp/alloc.h"
#include "gamlp/train.h"

static gamlp_dataset karate(void) {
    gamlp_dataset dataset;
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    CHECK_OK(gamlp_dataset_open(&dataset, "karate", &options));
    return dataset;
}

static gamlp_json *parse(char *text) {
    gamlp_json *tree;
    CHECK_OK(gamlp_json_parse(&tree, text, strlen(text), "text"));
    gamlp_free(text);
    return tree;
}

/* Class names and times are told when there are any; names may hold anything. */
static void test_members(void **state) {
    (void)state;
    char first[] = "Mr. Hi\x1b[2J", second[] = "Officer";
    char *names[] = {first, second}, *text;
    int32_t year[34] = {[3] = 1977, [4] = -5};
    gamlp_dataset d = karate();
    CHECK_OK(gamlp_dataset_json(&text, &d));
    assert_null(strstr(text, "class_names"));
    assert_null(strstr(text, "time_first"));
    gamlp_free(text);
    d.class_name = names;
    d.time = year;
    CHECK_OK(gamlp_dataset_json(&text, &d));
    assert_null(strchr(text, 0x1b));
    gamlp_json *tree = parse(text);
    const gamlp_json *structure = gamlp_json_get(tree, "structure");
    int64_t time;
    assert_int_equal(gamlp_json_length(gamlp_json_get(structure, "class_names")), 2);
    assert_true(gamlp_json_get_int(structure, "time_first", &time) && time == -5);
    assert_true(gamlp_json_get_int(structure, "time_last", &time) && time == 1977);
    gamlp_json_free(tree);
    d.class_name = NULL;
    d.time = NULL;
    gamlp_dataset_clear(&d);
}

/* What cannot be said is null. */
static void test_nothing(void **state) {
    (void)state;
    char *text;
    int32_t label[] = {-1};
    gamlp_dataset d = {.nodes = 1, .features = 1, .classes = 1, .label = label};
    CHECK_OK(gamlp_graph_from_edges(&d.graph, 1, 0, NULL, NULL));
    CHECK_OK(gamlp_dataset_json(&text, &d));
    assert_non_null(strstr(text, "\"homophily\": null"));
    assert_non_null(strstr(text, "\"adjusted_homophily\": null"));
    assert_non_null(strstr(text, "\"nearest\": null"));
    gamlp_free(text);
    gamlp_graph_clear(&d.graph);
}

static void test_findings(void **state) {
    (void)state;
    char *text;
    gamlp_verification v[2];
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    CHECK_OK(gamlp_dataset_verify(&v[0], "karate", &options));
    CHECK_OK(gamlp_dataset_verify(&v[1], "/none/such.npz", &options));
    CHECK_OK(gamlp_verification_json(&text, v, 2));
    gamlp_json *tree = parse(text);
    const gamlp_json *sets = gamlp_json_get(tree, "datasets");
    assert_int_equal(gamlp_json_length(sets), 2);
    const gamlp_json *first = gamlp_json_at(sets, 0), *second = gamlp_json_at(sets, 1);
    assert_string_equal(gamlp_json_get_text(first, "name"), "karate");
    const gamlp_json *finding = gamlp_json_at(gamlp_json_get(first, "findings"), 0);
    assert_string_equal(gamlp_json_get_text(finding, "what"), "reading");
    assert_string_equal(gamlp_json_get_text(finding, "verdict"), "ok");
    assert_null(gamlp_json_get_text(first, "absent"));
    assert_non_null(strstr(gamlp_json_get_text(second, "absent"), "/none/such.npz"));
    gamlp_json_free(tree);
    gamlp_verification_clear(&v[0]);
    gamlp_verification_clear(&v[1]);
}

static gamlp_status describe_once(void *dataset) {
    char *text;
    gamlp_status status = gamlp_dataset_json(&text, dataset);
    gamlp_free(text);
    return status;
}

static gamlp_status verify_once(void *options) {
    gamlp_verification v;
    char *text = NULL;
    gamlp_status status = gamlp_dataset_verify(&v, "karate", options);
    if (status != GAMLP_OK) return status;
    status = gamlp_verification_json(&text, &v, 1);
    gamlp_verification_clear(&v);
    gamlp_free(text);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    gamlp_dataset dataset = karate();
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    check_every_allocation(describe_once, &dataset);
    check_every_allocation(verify_once, &options);
    gamlp_dataset_clear(&dataset);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_findings),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
