/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "dataset/format.h"
#include "fixture.h"
#include "gamlp/alloc.h"

enum { NODES = 9 };

/* Components {0, 4}, {1, 3, 5, 7} and {2, 6, 8, ...}: 2-6, 6-8 of three nodes.  Node i has feature
 * i, label i % 3, time 2000 + i. */
static void make(gamlp_dataset *d, bool dense) {
    static const int64_t source[] = {0, 7, 1, 3, 2, 6}, target[] = {4, 5, 3, 5, 6, 8};
    static const int64_t one[] = {1}, two[] = {2, 3}, four[] = {4, 5, 7};
    *d = (gamlp_dataset){.name = "parts", .nodes = NODES, .features = NODES, .classes = 3};
    CHECK_OK(gamlp_graph_from_edges(&d->graph, NODES, 6, source, target));
    if (dense) {
        CHECK_OK(gamlp_dense_init(&d->dense, NODES, NODES));
        for (int64_t i = 0; i < NODES; i++) d->dense.data[i + i * NODES] = 1;
    } else {
        CHECK_OK(gamlp_csr_init(&d->sparse, NODES, NODES, NODES));
        for (int64_t i = 0; i < NODES; i++) {
            d->sparse.idx[i] = (int32_t)i;
            d->sparse.val[i] = 1;
            d->sparse.ptr[i + 1] = i + 1;
        }
    }
    CHECK_OK(gamlp_new(&d->label, NODES, sizeof *d->label, "labels"));
    CHECK_OK(gamlp_new(&d->time, NODES, sizeof *d->time, "times"));
    for (int i = 0; i < NODES; i++) {
        d->label[i] = i % 3;
        d->time[i] = 2000 + i;
    }
    gamlp_split split = {.train_count = 1, .val_count = 2, .test_count = 3, .rule = "public"};
    CHECK_OK(gamlp_new(&split.train, 1, sizeof *split.train, "a split"));
    CHECK_OK(gamlp_new(&split.val, 2, sizeof *split.val, "a split"));
    CHECK_OK(gamlp_new(&split.test, 3, sizeof *split.test, "a split"));
    memcpy(split.train, one, sizeof one);
    memcpy(split.val, two, sizeof two);
    memcpy(split.test, four, sizeof four);
    CHECK_OK(gamlp_dataset_add_fixed(d, &split));
}

/* The component {1, 3, 5, 7} as nodes 0 to 3: a path 0-1-2-3. */
static void check_largest(const gamlp_dataset *d) {
    static const int32_t neighbour[] = {1, 0, 2, 1, 3, 2};
    const gamlp_split *s = &d->fixed[0];
    assert_int_equal(d->component, GAMLP_COMPONENT_LARGEST);
    assert_int_equal(d->nodes, 4);
    assert_int_equal(d->graph.nodes, 4);
    assert_int_equal(d->graph.edges, 3);
    assert_int_equal(d->graph.adjacency.cols, 4);
    assert_memory_equal(d->graph.adjacency.idx, neighbour, sizeof neighbour);
    assert_int_equal(d->classes, 3);
    for (int i = 0; i < 4; i++) {
        int old = 2 * i + 1;
        assert_int_equal(d->label[i], old % 3);
        assert_int_equal(d->time[i], 2000 + old);
        if (d->sparse.rows)
            assert_int_equal(d->sparse.idx[d->sparse.ptr[i]], old);
        else
            assert_true(d->dense.data[old + i * NODES] == 1);
    }
    assert_int_equal(s->train_count, 1);
    assert_int_equal(s->train[0], 0);
    assert_int_equal(s->val_count, 1);
    assert_int_equal(s->val[0], 1);
    assert_int_equal(s->test_count, 2);
    assert_int_equal(s->test[0], 2);
    assert_int_equal(s->test[1], 3);
    CHECK_OK(gamlp_csr_check(&d->graph.adjacency));
}

static void test_largest(void **state) {
    (void)state;
    for (int dense = 0; dense < 2; dense++) {
        gamlp_dataset d;
        make(&d, dense);
        CHECK_OK(gamlp_dataset_largest_component(&d));
        check_largest(&d);
        CHECK_OK(gamlp_dataset_largest_component(&d)); /* nothing more to do */
        check_largest(&d);
        gamlp_dataset_clear(&d);
    }
}

/* Of equal components that of the least node; without edges, node 0. */
static void test_ties(void **state) {
    (void)state;
    static const int64_t source[] = {1, 0, 4}, target[] = {2, 3, 5};
    for (int64_t edges = 0; edges <= 3; edges++) {
        gamlp_graph graph;
        int64_t *node, count;
        CHECK_OK(gamlp_graph_from_edges(&graph, 6, edges, source, target));
        CHECK_OK(gamlp_graph_largest_component(&node, &count, &graph));
        assert_int_equal(count, edges ? 2 : 1);
        assert_int_equal(node[0], edges == 1 ? 1 : 0);
        gamlp_free(node);
        gamlp_graph_clear(&graph);
    }
}

/* A node without features that is left out is no longer counted. */
static void test_missing_rows(void **state) {
    (void)state;
    gamlp_dataset d;
    make(&d, false);
    for (int64_t i = 0; i < NODES; i++) d.sparse.ptr[i + 1] -= i >= 8;
    d.sparse.nnz--;
    d.missing_rows = 1;
    CHECK_OK(gamlp_dataset_largest_component(&d));
    assert_int_equal(d.missing_rows, 0);
    gamlp_dataset_clear(&d);
}

/* A graph alone has neither features nor labels. */
static void test_bare(void **state) {
    (void)state;
    gamlp_dataset d;
    make(&d, true);
    gamlp_dense_clear(&d.dense);
    d.features = d.classes = 0;
    CHECK_OK(gamlp_dataset_largest_component(&d));
    assert_int_equal(d.nodes, 4);
    assert_int_equal(d.graph.edges, 3);
    gamlp_dataset_clear(&d);
}

static gamlp_status body(void *context) {
    gamlp_dataset d;
    (void)context;
    tiny_dataset(&d);
    gamlp_status status = gamlp_dataset_largest_component(&d);
    gamlp_dataset_clear(&d);
    return status;
}

static gamlp_status restrict_body(void *context) {
    static const int64_t source[] = {1, 2}, target[] = {2, 3};
    gamlp_dataset d = {.name = "t", .nodes = 5, .features = 1, .classes = 1};
    gamlp_status status = GAMLP_OK;
    (void)context;
    GAMLP_TRY(gamlp_graph_from_edges(&d.graph, 5, 2, source, target));
    GAMLP_TRY(gamlp_dense_init(&d.dense, 1, 5));
    GAMLP_TRY(gamlp_new(&d.label, 5, sizeof *d.label, "labels"));
    GAMLP_TRY(gamlp_dataset_largest_component(&d));
    assert_int_equal(d.nodes, 3);
done:
    gamlp_dataset_clear(&d);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    CHECK_OK(body(NULL));
    check_every_allocation(restrict_body, NULL);
}

/* Sizes that papers print for the largest component. */
static void test_real(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int64_t nodes, edges;
    } sets[] = {{"cora", 2485, 5069},
                {"citeseer", 2120, 3679},
                {"amazon-computers", 13381, 245778},
                {"amazon-photo", 7487, 119043}};
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    snprintf(options.data, sizeof options.data, "%s", real_data());
    snprintf(options.split, sizeof options.split, "random:20+500+1000@0");
    options.component = GAMLP_COMPONENT_LARGEST;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        gamlp_dataset d;
        CHECK_OK(gamlp_dataset_open(&d, sets[i].name, &options));
        assert_int_equal(d.nodes, sets[i].nodes);
        assert_int_equal(d.graph.edges, sets[i].edges);
        gamlp_dataset_clear(&d);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_largest),      cmocka_unit_test(test_ties),
        cmocka_unit_test(test_missing_rows), cmocka_unit_test(test_allocation),
        cmocka_unit_test(test_bare),         cmocka_unit_test(test_real),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
