/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <string.h>

#include "core/hash.h"
#include "gamlp/graph.h"
#include "gamlp/rng.h"

enum { NODES = 600, CLASSES = 4, EDGES = 1500 };

static int32_t label[NODES];
static double weight[NODES];

static void prepare(void) {
    gamlp_rng rng = gamlp_rng_key(3, GAMLP_RNG_TEST, 0);
    for (int64_t i = 0; i < NODES; i++) {
        label[i] = (int32_t)(i % 7 < CLASSES ? i % 7 : 0); /* class 0 has 4 of 7 nodes */
        weight[i] = 1 + 5 * gamlp_rng_uniform(rng, (uint64_t)i);
    }
}

static int64_t equal_edges(const gamlp_graph *graph) {
    int64_t equal = 0;
    for (int64_t i = 0; i < graph->nodes; i++)
        for (int64_t k = graph->adjacency.ptr[i]; k < graph->adjacency.ptr[i + 1]; k++)
            equal += graph->adjacency.idx[k] > i && label[graph->adjacency.idx[k]] == label[i];
    return equal;
}

static void counts_are_exact(void **state) {
    (void)state;
    const double homophily[] = {0, 0.1, 0.5, 0.81, 1};
    for (size_t h = 0; h < sizeof homophily / sizeof *homophily; h++) {
        gamlp_graph graph;
        CHECK_OK(
            gamlp_graph_block_model(&graph, NODES, CLASSES, label, weight, EDGES, homophily[h], h));
        CHECK_OK(gamlp_csr_check(&graph.adjacency));
        assert_int_equal(graph.edges, EDGES);
        assert_int_equal(graph.stored_edges, EDGES);
        assert_int_equal(equal_edges(&graph), (int64_t)(homophily[h] * EDGES + 0.5));
        gamlp_graph_clear(&graph);
    }
}

/* Over many graphs the mean degree of a node approaches its weight's share. */
static void degrees_follow_the_weights(void **state) {
    (void)state;
    enum { GRAPHS = 200 };
    static double degree[NODES];
    double total = 0;
    memset(degree, 0, sizeof degree);
    for (uint64_t seed = 0; seed < GRAPHS; seed++) {
        gamlp_graph graph;
        CHECK_OK(gamlp_graph_block_model(&graph, NODES, CLASSES, label, weight, EDGES, 0.7, seed));
        for (int64_t i = 0; i < NODES; i++)
            degree[i] += (double)(graph.adjacency.ptr[i + 1] - graph.adjacency.ptr[i]);
        gamlp_graph_clear(&graph);
    }
    for (int64_t i = 0; i < NODES; i++) total += weight[i];
    for (int64_t i = 0; i < NODES; i++) {
        double expected = 2.0 * EDGES * GRAPHS * weight[i] / total;
        assert_true(fabs(degree[i] - expected) < 0.03 * expected + 4 * sqrt(expected));
    }
}

static void seeds_decide(void **state) {
    (void)state;
    gamlp_graph a, b, c;
    CHECK_OK(gamlp_graph_block_model(&a, NODES, CLASSES, label, weight, EDGES, 0.7, 5));
    CHECK_OK(gamlp_graph_block_model(&b, NODES, CLASSES, label, weight, EDGES, 0.7, 5));
    CHECK_OK(gamlp_graph_block_model(&c, NODES, CLASSES, label, weight, EDGES, 0.7, 6));
    assert_memory_equal(a.adjacency.idx, b.adjacency.idx, 2 * EDGES * sizeof(int32_t));
    assert_memory_not_equal(a.adjacency.idx, c.adjacency.idx, 2 * EDGES * sizeof(int32_t));
    gamlp_graph_clear(&a);
    gamlp_graph_clear(&b);
    gamlp_graph_clear(&c);
}

static void dense_and_tiny_models(void **state) {
    (void)state;
    const int32_t two[] = {0, 1, 0};
    const double even[] = {1, 1, 1};
    gamlp_graph graph;
    CHECK_OK(gamlp_graph_block_model(&graph, 3, 2, two, even, 3, 1.0 / 3, 0)); /* a triangle */
    assert_int_equal(graph.edges, 3);
    gamlp_graph_clear(&graph);
    CHECK_OK(gamlp_graph_block_model(&graph, 3, 2, two, even, 0, 0.5, 0));
    assert_int_equal(graph.edges, 0);
    gamlp_graph_clear(&graph);
    CHECK_OK(gamlp_graph_block_model(&graph, 1, 1, two, even, 0, 1, 0));
    gamlp_graph_clear(&graph);
    CHECK_FAILS(gamlp_graph_block_model(&graph, 3, 2, two, even, 2, 1, 0), GAMLP_E_USAGE,
                "2 edges inside classes and 0 between them, expected at most 1 and 2");
    CHECK_FAILS(gamlp_graph_block_model(&graph, 3, 2, two, even, 3, 0, 0), GAMLP_E_USAGE,
                "0 edges inside classes and 3 between them");
    assert_null(graph.adjacency.ptr);
}

/* Two pairs that are all but impossible: refused after a while, not sought forever. */
static void hopeless_weights(void **state) {
    (void)state;
    const int32_t one[] = {0, 0, 0, 1, 1};
    const double skewed[] = {1, 1e-30, 1e-30, 1, 1};
    gamlp_graph graph;
    CHECK_FAILS(gamlp_graph_block_model(&graph, 5, 2, one, skewed, 4, 1, 0), GAMLP_E_USAGE,
                "more distinct edges inside class");
    CHECK_FAILS(gamlp_graph_block_model(&graph, 5, 2, one, skewed, 6, 0, 0), GAMLP_E_USAGE,
                "more distinct edges between classes, beside");
    assert_null(graph.adjacency.ptr);
}

static void bad_arguments(void **state) {
    (void)state;
    const int32_t two[] = {0, 1, 2};
    const double even[] = {1, 1, 1}, zero[] = {1, 0, 1};
    gamlp_graph graph;
    CHECK_FAILS(gamlp_graph_block_model(&graph, 3, 2, two, even, 1, 0.5, 0), GAMLP_E_USAGE,
                "node 2 has label 2, expected 0 to 1");
    CHECK_FAILS(gamlp_graph_block_model(&graph, 3, 3, two, zero, 1, 0.5, 0), GAMLP_E_USAGE,
                "node 1 has weight 0");
    CHECK_FAILS(gamlp_graph_block_model(&graph, 3, 3, two, even, 4, 0.5, 0), GAMLP_E_USAGE,
                "4 edges");
    CHECK_FAILS(gamlp_graph_block_model(&graph, 3, 3, two, even, 1, 1.5, 0), GAMLP_E_USAGE,
                "homophily 1.5");
    CHECK_FAILS(gamlp_graph_block_model(&graph, 3, 3, two, even, 1, (double)NAN, 0), GAMLP_E_USAGE,
                "homophily");
    CHECK_FAILS(gamlp_graph_block_model(&graph, 0, 3, two, even, 0, 1, 0), GAMLP_E_USAGE,
                "0 nodes");
}

/* The bits of one graph, the same on every machine. */
static void golden_bits(void **state) {
    (void)state;
    gamlp_graph graph;
    gamlp_hash hash;
    char hex[GAMLP_HASH_HEX];
    CHECK_OK(gamlp_graph_block_model(&graph, NODES, CLASSES, label, weight, EDGES, 0.81, 2024));
    gamlp_hash_init(&hash);
    for (int64_t i = 0; i <= NODES; i++) gamlp_hash_int(&hash, graph.adjacency.ptr[i]);
    for (int64_t k = 0; k < 2 * EDGES; k++) gamlp_hash_int(&hash, graph.adjacency.idx[k]);
    gamlp_hash_hex(&hash, hex);
    assert_string_equal(hex, "481a418152a09cf88e5d30620a26906d087365bba2976fbd55a503e94b281540");
    gamlp_graph_clear(&graph);
}

static gamlp_status draw(void *context) {
    (void)context;
    gamlp_graph graph = {0};
    gamlp_status status =
        gamlp_graph_block_model(&graph, NODES, CLASSES, label, weight, 300, 0.8, 1);
    gamlp_graph_clear(&graph);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    check_every_allocation(draw, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_exact), cmocka_unit_test(degrees_follow_the_weights),
        cmocka_unit_test(seeds_decide),     cmocka_unit_test(dense_and_tiny_models),
        cmocka_unit_test(hopeless_weights), cmocka_unit_test(bad_arguments),
        cmocka_unit_test(golden_bits),      cmocka_unit_test(no_memory),
    };
    prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
