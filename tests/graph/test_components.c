/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graph/components.h"

#include "check.h"
#include "gamlp/rng.h"
#include "graph/igraph.h"

enum { NODES = 3000 };

static int64_t source[NODES], target[NODES];
static int32_t first[NODES];

/* Components by going from every first node to all that can be reached. */
static void check(int64_t edges) {
    static int32_t expected[NODES], stack[NODES];
    gamlp_graph graph;
    int64_t components = 0, largest = 0, found, size;
    CHECK_OK(gamlp_graph_from_edges(&graph, NODES, edges, source, target));
    gamlp_graph_components(first, &graph);
    for (int32_t i = 0; i < NODES; i++) expected[i] = -1;
    for (int32_t i = 0; i < NODES; i++) {
        if (expected[i] >= 0) continue;
        int64_t waiting = 1, reached = 0;
        stack[0] = i;
        expected[i] = i;
        while (waiting > 0) {
            int32_t node = stack[--waiting];
            reached++;
            for (int64_t k = graph.adjacency.ptr[node]; k < graph.adjacency.ptr[node + 1]; k++) {
                int32_t next = graph.adjacency.idx[k];
                if (expected[next] >= 0) continue;
                expected[next] = i;
                stack[waiting++] = next;
            }
        }
        components++;
        if (reached > largest) largest = reached;
    }
    assert_memory_equal(first, expected, sizeof first);
    CHECK_OK(gamlp_igraph_components(&found, &size, &graph));
    assert_int_equal(found, components);
    assert_int_equal(size, largest);
    gamlp_graph_clear(&graph);
}

static void random_graphs(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 4; seed++) {
        gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 0);
        for (int64_t e = 0; e < NODES; e++) {
            source[e] = (int64_t)gamlp_rng_below(rng, (uint64_t)(2 * e), NODES);
            target[e] = (int64_t)gamlp_rng_below(rng, (uint64_t)(2 * e + 1), NODES);
        }
        for (int64_t edges = 0; edges <= NODES; edges += NODES / 3) check(edges);
    }
}

/* A path whose nodes come from both ends in turn: every edge joins two long parts. */
static void paths(void **state) {
    (void)state;
    for (int64_t e = 0; e + 1 < NODES; e++) {
        source[e] = e % 2 ? NODES - 1 - e / 2 : e / 2;
        target[e] = (e + 1) % 2 ? NODES - 1 - (e + 1) / 2 : (e + 1) / 2;
    }
    check(NODES - 1);
    for (int64_t i = 0; i < NODES; i++) assert_int_equal(first[i], 0);
    for (int64_t e = 0; e + 1 < NODES; e++) {
        source[e] = e;
        target[e] = e + 1;
    }
    check(NODES - 1);
    check(NODES / 2);
    assert_int_equal(first[NODES / 2], 0);
    assert_int_equal(first[NODES / 2 + 1], NODES / 2 + 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_graphs),
        cmocka_unit_test(paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
