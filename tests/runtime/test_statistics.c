/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "check.h"
#include "gamlp/alloc.h"
#include "gamlp/train.h"

/* Two unlabelled nodes; edges 0-1 (equal), 1-2 (different), 2-3 (no label). */
static void test_statistics(void **state) {
    (void)state;
    static const int64_t source[] = {0, 1, 2}, target[] = {1, 2, 3};
    int32_t label[] = {0, 0, 1, -1, -1};
    int64_t train[] = {0}, val[] = {1}, test[] = {2};
    gamlp_dataset d = {.name = "five", .nodes = 5, .features = 1, .classes = 3, .label = label};
    d.split = (gamlp_split){1, 1, 1, train, val, test, "public"};
    CHECK_OK(gamlp_graph_from_edges(&d.graph, 5, 3, source, target));
    gamlp_statistics s;
    char *text;
    CHECK_OK(gamlp_statistics_of(&s, &d));
    assert_true(s.homophily == 0.5);
    assert_int_equal(s.unlabelled, 2);
    assert_int_equal(s.graph.components, 2);
    static const int64_t expected[4][3] = {{2, 1, 0}, {1, 0, 0}, {1, 0, 0}, {0, 1, 0}};
    assert_memory_equal(s.total, expected[0], sizeof expected[0]);
    assert_memory_equal(s.train, expected[1], sizeof expected[1]);
    assert_memory_equal(s.val, expected[2], sizeof expected[2]);
    assert_memory_equal(s.test, expected[3], sizeof expected[3]);
    gamlp_statistics_clear(&s);
    gamlp_statistics_clear(NULL);
    label[1] = label[2] = -1;
    CHECK_OK(gamlp_dataset_json(&text, &d));
    assert_non_null(strstr(text, "\"homophily\": null"));
    gamlp_free(text);
    gamlp_graph_clear(&d.graph);
}

static gamlp_status describe_once(void *dataset) {
    char *text;
    gamlp_status status = gamlp_dataset_json(&text, dataset);
    gamlp_free(text);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    gamlp_dataset dataset;
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    CHECK_OK(gamlp_dataset_open(&dataset, "karate", &options));
    check_every_allocation(describe_once, &dataset);
    gamlp_dataset_clear(&dataset);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statistics),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
