/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <igraph/igraph.h>

#include "gamlp/graph.h"
#include "gamlp/rng.h"
#include "graph/igraph.h"

enum { NODES = 60 };

/* The mean of the two middle degrees of an even number of nodes. */
static double middle_degree(const gamlp_graph *graph) {
    int64_t degree[NODES];
    for (int64_t i = 0; i < NODES; i++) {
        int64_t d = graph->adjacency.ptr[i + 1] - graph->adjacency.ptr[i], k = i;
        for (; k > 0 && degree[k - 1] > d; k--) degree[k] = degree[k - 1];
        degree[k] = d;
    }
    return (double)(degree[NODES / 2 - 1] + degree[NODES / 2]) / 2;
}

/* Component sizes by relaxing labels until nothing changes. */
static void oracle(gamlp_graph_structure *s, const gamlp_graph *graph) {
    int64_t part[NODES], size[NODES] = {0};
    *s = (gamlp_graph_structure){.degree_min = NODES};
    for (int64_t i = 0; i < NODES; i++) part[i] = i;
    for (int64_t sweep = 0; sweep < NODES; sweep++)
        for (int64_t i = 0; i < NODES; i++)
            for (int64_t k = graph->adjacency.ptr[i]; k < graph->adjacency.ptr[i + 1]; k++)
                if (part[graph->adjacency.idx[k]] < part[i])
                    part[i] = part[graph->adjacency.idx[k]];
    for (int64_t i = 0; i < NODES; i++) {
        int64_t degree = graph->adjacency.ptr[i + 1] - graph->adjacency.ptr[i];
        s->components += part[i] == i;
        if (++size[part[i]] > s->largest_component) s->largest_component = size[part[i]];
        s->isolated += degree == 0;
        if (degree < s->degree_min) s->degree_min = degree;
        if (degree > s->degree_max) s->degree_max = degree;
        s->degree_mean += (double)degree / NODES;
    }
    s->degree_median = middle_degree(graph);
}

static void structure_equals_the_oracle(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++) {
        int64_t source[NODES], target[NODES];
        gamlp_graph graph;
        gamlp_graph_structure found, expected;
        gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 0);
        for (int64_t e = 0; e < NODES; e++) {
            source[e] = (int64_t)gamlp_rng_below(rng, (uint64_t)(2 * e), NODES);
            target[e] = (int64_t)gamlp_rng_below(rng, (uint64_t)(2 * e + 1), NODES);
        }
        CHECK_OK(gamlp_graph_from_edges(&graph, NODES, 5 * (int64_t)seed, source, target));
        CHECK_OK(gamlp_graph_structure_of(&found, &graph));
        oracle(&expected, &graph);
        assert_int_equal(found.components, expected.components);
        assert_int_equal(found.largest_component, expected.largest_component);
        assert_int_equal(found.isolated, expected.isolated);
        assert_int_equal(found.degree_min, expected.degree_min);
        assert_int_equal(found.degree_max, expected.degree_max);
        assert_true(found.degree_median == expected.degree_median);
        assert_true(found.degree_mean - expected.degree_mean < 1e-12 &&
                    expected.degree_mean - found.degree_mean < 1e-12);
        gamlp_graph_clear(&graph);
    }
}

static void structure_of_nothing(void **state) {
    (void)state;
    gamlp_graph graph;
    gamlp_graph_structure s;
    CHECK_OK(gamlp_graph_from_edges(&graph, 0, 0, NULL, NULL));
    CHECK_OK(gamlp_graph_structure_of(&s, &graph));
    assert_int_equal(s.components, 0);
    gamlp_graph_clear(&graph);
    CHECK_OK(gamlp_graph_from_edges(&graph, 1, 0, NULL, NULL));
    CHECK_OK(gamlp_graph_structure_of(&s, &graph));
    assert_int_equal(s.components, 1);
    assert_int_equal(s.largest_component, 1);
    assert_int_equal(s.isolated, 1);
    assert_true(s.degree_median == 0);
    gamlp_graph_clear(&graph);
}

static void karate(void **state) {
    (void)state;
    gamlp_graph graph;
    gamlp_graph_structure s;
    CHECK_OK(gamlp_graph_karate(&graph));
    CHECK_OK(gamlp_csr_check(&graph.adjacency));
    assert_int_equal(graph.nodes, 34);
    assert_int_equal(graph.edges, 78);
    assert_int_equal(graph.duplicate_edges + graph.self_loops, 0);
    CHECK_OK(gamlp_graph_structure_of(&s, &graph));
    assert_int_equal(s.components, 1);
    assert_int_equal(s.degree_max, 17); /* the administrator, node 33 */
    assert_int_equal(graph.adjacency.ptr[34] - graph.adjacency.ptr[33], 17);
    assert_int_equal(graph.adjacency.ptr[1], 16); /* the instructor, node 0 */
    gamlp_graph_clear(&graph);
}

static void sentinel(const char *reason, const char *file, int line, igraph_error_t code) {
    (void)reason;
    (void)file;
    (void)line;
    (void)code;
}

static void igraph_failures_become_statuses(void **state) {
    (void)state;
    gamlp_graph graph;
    igraph_error_handler_t *before = igraph_set_error_handler(sentinel);
    CHECK_FAILS(gamlp_igraph_famous(&graph, "no such graph"), GAMLP_E_INTERNAL, "igraph: ");
    CHECK_OK(gamlp_igraph_famous(&graph, "Zachary"));
    gamlp_graph_clear(&graph);
    assert_ptr_equal(igraph_set_error_handler(before), sentinel);
}

/* A game depends on our numbers alone, and igraph's generator is put back as it was. */
static void games_use_our_generator(void **state) {
    (void)state;
    enum { EDGES = 300 };
    gamlp_permutation order = gamlp_permutation_of(gamlp_rng_key(1, GAMLP_RNG_TEST, 0), 100);
    gamlp_graph first, second;
    igraph_rng_t before = *igraph_rng_default();
    gamlp_rng rng = gamlp_rng_key(9, GAMLP_RNG_GRAPH, 3);
    CHECK_OK(gamlp_igraph_attach(&first, 100, EDGES, rng, &order));
    assert_memory_equal(&before, igraph_rng_default(), sizeof before);
    igraph_rng_get_integer(igraph_rng_default(), 0, 1000);
    CHECK_OK(gamlp_igraph_attach(&second, 100, EDGES, rng, &order));
    assert_int_equal(first.edges, EDGES);
    assert_memory_equal(first.adjacency.idx, second.adjacency.idx, 2 * EDGES * sizeof(int32_t));
    gamlp_graph_clear(&first);
    gamlp_graph_clear(&second);
}

static gamlp_status make_karate(void *context) {
    (void)context;
    gamlp_graph graph = {0};
    gamlp_status status = gamlp_graph_karate(&graph);
    gamlp_graph_clear(&graph);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    check_every_allocation(make_karate, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structure_equals_the_oracle),
        cmocka_unit_test(structure_of_nothing),
        cmocka_unit_test(karate),
        cmocka_unit_test(igraph_failures_become_statuses),
        cmocka_unit_test(games_use_our_generator),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
