/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "gamlp/alloc.h"
#include "gamlp/passport.h"

/* Two unlabelled nodes; edges 0-1 (equal), 1-2 (different), 2-3 (no label). */
static void test_counts(void **state) {
    (void)state;
    static const int64_t source[] = {0, 1, 2}, target[] = {1, 2, 3};
    int32_t label[] = {0, 0, 1, -1, -1}, year[] = {1999, 2003, 1990, 2020, 2001};
    int64_t train[] = {0}, val[] = {1}, test[] = {2};
    gamlp_dataset d = {
        .name = "five", .nodes = 5, .features = 1, .classes = 3, .label = label, .time = year};
    d.split = (gamlp_split){1, 1, 1, train, val, test, "public"};
    CHECK_OK(gamlp_graph_from_edges(&d.graph, 5, 3, source, target));
    gamlp_statistics s;
    CHECK_OK(gamlp_statistics_of(&s, &d));
    assert_true(s.homophily == 0.5);
    /* Node by node: 1, 1/2, 0. */
    assert_true(s.node_homophily == 0.5);
    /* Ends in the classes: 3, 1, 0 of 4; by chance 9/16 + 1/16. */
    assert_true(fabs(s.adjusted_homophily - (0.5 - 0.625) / 0.375) < 1e-15);
    assert_int_equal(s.unlabelled, 2);
    assert_int_equal(s.graph.components, 2);
    assert_int_equal(s.time_first, 1990);
    assert_int_equal(s.time_last, 2020);
    static const int64_t expected[4][3] = {{2, 1, 0}, {1, 0, 0}, {1, 0, 0}, {0, 1, 0}};
    assert_memory_equal(s.total, expected[0], sizeof expected[0]);
    assert_memory_equal(s.train, expected[1], sizeof expected[1]);
    assert_memory_equal(s.val, expected[2], sizeof expected[2]);
    assert_memory_equal(s.test, expected[3], sizeof expected[3]);
    gamlp_statistics_clear(&s);
    gamlp_statistics_clear(NULL);
    label[1] = label[2] = -1;
    CHECK_OK(gamlp_statistics_of(&s, &d));
    assert_true(isnan(s.homophily) && isnan(s.node_homophily) && isnan(s.adjusted_homophily));
    gamlp_statistics_clear(&s);
    label[1] = 0; /* one class has edges: the adjusted one has no meaning */
    CHECK_OK(gamlp_statistics_of(&s, &d));
    assert_true(s.homophily == 1 && s.node_homophily == 1 && isnan(s.adjusted_homophily));
    gamlp_statistics_clear(&s);
    gamlp_graph_clear(&d.graph);
}

/* 6 of the 8 features of four nodes are not zero, sparse (with a stored zero) and dense. */
static void test_density(void **state) {
    (void)state;
    static const int64_t row[] = {0, 0, 1, 1, 2, 3, 3}, col[] = {0, 1, 0, 1, 1, 0, 1};
    static const gamlp_real value[] = {1, 2, 0, 3, 1, 1, 5};
    int32_t label[] = {0, 0, 0, 0};
    gamlp_dataset d = {.nodes = 4, .features = 2, .classes = 1, .label = label};
    gamlp_statistics s;
    CHECK_OK(gamlp_graph_from_edges(&d.graph, 4, 0, NULL, NULL));
    CHECK_OK(gamlp_csr_from_triplets(&d.sparse, 4, 2, 7, row, col, value, GAMLP_DUPLICATES_SUM));
    CHECK_OK(gamlp_statistics_of(&s, &d));
    assert_true(s.density == 0.75);
    gamlp_statistics_clear(&s);
    CHECK_OK(gamlp_csr_to_dense(&d.dense, &d.sparse));
    gamlp_csr_clear(&d.sparse);
    CHECK_OK(gamlp_statistics_of(&s, &d));
    assert_true(s.density == 0.75);
    gamlp_statistics_clear(&s);
    gamlp_dense_clear(&d.dense);
    gamlp_graph_clear(&d.graph);
}

/* Edge and adjusted homophily of Platonov et al. (2023), to two digits. */
static void test_published(void **state) {
    (void)state;
    static const char *const sets[] = {"cora", "citeseer", "pubmed"};
    static const double published[][2] = {{0.81, 0.77}, {0.74, 0.67}, {0.80, 0.69}};
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    snprintf(options.data, sizeof options.data, "%s", real_data());
    for (int i = 0; i < 3; i++) {
        gamlp_dataset d;
        gamlp_statistics s;
        CHECK_OK(gamlp_dataset_open(&d, sets[i], &options));
        CHECK_OK(gamlp_statistics_of(&s, &d));
        assert_true(fabs(s.homophily - published[i][0]) <= 0.005);
        assert_true(fabs(s.adjusted_homophily - published[i][1]) <= 0.005);
        gamlp_statistics_clear(&s);
        gamlp_dataset_clear(&d);
    }
}

static gamlp_status count_once(void *dataset) {
    gamlp_statistics s;
    gamlp_status status = gamlp_statistics_of(&s, dataset);
    if (status == GAMLP_OK) gamlp_statistics_clear(&s);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    gamlp_dataset dataset;
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    CHECK_OK(gamlp_dataset_open(&dataset, "karate", &options));
    check_every_allocation(count_once, &dataset);
    gamlp_dataset_clear(&dataset);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_density),
        cmocka_unit_test(test_published),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
