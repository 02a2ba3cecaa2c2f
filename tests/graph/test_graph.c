/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <stdbool.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/graph.h"
#include "gamlp/rng.h"

enum { NODES = 30, COUNT = 120 };

static int64_t source[COUNT], target[COUNT];

static void draw_edges(uint64_t seed) {
    gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 2);
    for (int64_t e = 0; e < COUNT; e++) { /* node NODES - 1 stays isolated */
        source[e] = (int64_t)gamlp_rng_below(rng, (uint64_t)(2 * e), NODES - 1);
        target[e] = (int64_t)gamlp_rng_below(rng, (uint64_t)(2 * e + 1), NODES - 1);
    }
}

static void edges_become_a_simple_graph(void **state) {
    (void)state;
    bool joined[NODES][NODES] = {{false}};
    int64_t loops = 0, edges = 0;
    draw_edges(1);
    for (int64_t e = 0; e < COUNT; e++) {
        if (source[e] == target[e])
            loops++;
        else
            joined[source[e]][target[e]] = joined[target[e]][source[e]] = true;
    }
    gamlp_graph graph;
    CHECK_OK(gamlp_graph_from_edges(&graph, NODES, COUNT, source, target));
    CHECK_OK(gamlp_graph_check(&graph));
    assert_null(graph.adjacency.val);
    for (int64_t i = 0; i < NODES; i++) {
        bool found[NODES] = {false};
        for (int64_t k = graph.adjacency.ptr[i]; k < graph.adjacency.ptr[i + 1]; k++) {
            found[graph.adjacency.idx[k]] = true;
        }
        for (int64_t j = 0; j < NODES; j++) {
            assert_int_equal(found[j], joined[i][j]);
            edges += i < j && joined[i][j];
        }
    }
    assert_true(loops > 0 && edges < COUNT - loops);
    assert_int_equal(graph.nodes, NODES);
    assert_int_equal(graph.edges, edges);
    assert_int_equal(graph.stored_edges, COUNT);
    assert_int_equal(graph.self_loops, loops);
    assert_int_equal(graph.duplicate_edges, COUNT - loops - edges);
    gamlp_graph_clear(&graph);
    assert_null(graph.adjacency.ptr);
}

static void bad_edges_are_refused(void **state) {
    (void)state;
    gamlp_graph graph;
    const int64_t s[] = {0, 1, 2}, high[] = {1, 2, 3}, negative[] = {1, -1, 0};
    CHECK_FAILS(gamlp_graph_from_edges(&graph, 3, 3, s, high), GAMLP_E_DATA,
                "edge 2 joins 2 and 3, expected nodes 0 to 2");
    CHECK_FAILS(gamlp_graph_from_edges(&graph, 3, 3, s, negative), GAMLP_E_DATA, "edge 1 joins");
    CHECK_FAILS(gamlp_graph_from_edges(&graph, -1, 0, NULL, NULL), GAMLP_E_USAGE, "-1 nodes");
    CHECK_FAILS(gamlp_graph_from_edges(&graph, (int64_t)1 << 31, 0, NULL, NULL), GAMLP_E_USAGE,
                "2147483648 nodes");
    CHECK_FAILS(gamlp_graph_from_edges(&graph, 1, -2, NULL, NULL), GAMLP_E_USAGE, "-2 edges");
    assert_null(graph.adjacency.ptr);
}

/* Karate with one thing out of order. */
static void wrong_graphs_are_found(void **state) {
    (void)state;
    gamlp_graph graph;
    CHECK_OK(gamlp_graph_karate(&graph));
    gamlp_csr *a = &graph.adjacency;
    CHECK_OK(gamlp_graph_check(&graph));
    graph.edges--;
    CHECK_FAILS(gamlp_graph_check(&graph), GAMLP_E_DATA, "156 entries, expected 34 nodes and 154");
    graph.edges++;
    graph.nodes++;
    CHECK_FAILS(gamlp_graph_check(&graph), GAMLP_E_DATA, "34 x 34");
    graph.nodes--;
    int64_t last = a->ptr[1] - 1; /* the last neighbour of node 0 */
    int32_t kept = a->idx[last];
    a->idx[last] = 33;
    CHECK_FAILS(
        gamlp_graph_check(&graph), GAMLP_E_DATA,
        "the edge of nodes 0 and 33, or one of node 33 before it, is there in one direction");
    a->idx[last] = kept;
    kept = a->idx[0]; /* the first one, 1, becomes node 0 itself */
    a->idx[0] = 0;
    CHECK_FAILS(gamlp_graph_check(&graph), GAMLP_E_DATA, "node 0 is joined to itself");
    a->idx[0] = kept;
    kept = a->idx[a->nnz - 1];
    a->idx[a->nnz - 1] = 34;
    CHECK_FAILS(gamlp_graph_check(&graph), GAMLP_E_DATA, "");
    a->idx[a->nnz - 1] = kept;
    CHECK_OK(gamlp_graph_check(&graph));
    gamlp_graph_clear(&graph);
}

static void arcs_are_kept(void **state) {
    (void)state;
    bool goes[NODES][NODES] = {{false}};
    gamlp_graph graph;
    draw_edges(6);
    for (int64_t e = 0; e < COUNT; e++) goes[source[e]][target[e]] = source[e] != target[e];
    CHECK_OK(gamlp_graph_from_arcs(&graph, NODES, COUNT, source, target));
    CHECK_OK(gamlp_csr_check(&graph.arcs));
    assert_null(graph.arcs.val);
    for (int64_t i = 0; i < NODES; i++) {
        bool found[NODES] = {false};
        for (int64_t k = graph.arcs.ptr[i]; k < graph.arcs.ptr[i + 1]; k++)
            found[graph.arcs.idx[k]] = true;
        assert_memory_equal(found, goes[i], sizeof found);
    }
    gamlp_graph_clear(&graph);
    for (int64_t e = 0; e < COUNT / 2; e++) { /* each both ways */
        source[COUNT / 2 + e] = target[e];
        target[COUNT / 2 + e] = source[e];
    }
    CHECK_OK(gamlp_graph_from_arcs(&graph, NODES, COUNT, source, target));
    assert_int_equal(graph.arcs.rows, 0);
    gamlp_graph_clear(&graph);
}

static void trivial_graphs(void **state) {
    (void)state;
    for (int64_t nodes = 0; nodes <= 1; nodes++) {
        gamlp_graph graph;
        CHECK_OK(gamlp_graph_from_edges(&graph, nodes, 0, NULL, NULL));
        assert_int_equal(graph.edges, 0);
        CHECK_OK(gamlp_graph_check(&graph));
        gamlp_graph_clear(&graph);
    }
    gamlp_graph_clear(NULL);
}

static gamlp_status build(void *context) {
    (void)context;
    gamlp_graph graph = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_graph_from_arcs(&graph, NODES, COUNT, source, target));
    GAMLP_TRY(gamlp_graph_check(&graph));
done:
    gamlp_graph_clear(&graph);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    draw_edges(4);
    check_every_allocation(build, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_become_a_simple_graph),
        cmocka_unit_test(bad_edges_are_refused),
        cmocka_unit_test(wrong_graphs_are_found),
        cmocka_unit_test(arcs_are_kept),
        cmocka_unit_test(trivial_graphs),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
