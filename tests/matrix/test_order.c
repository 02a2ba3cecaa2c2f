/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matrix/order.h"

#include "check.h"

#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/graph.h"
#include "gamlp/rng.h"

enum { NODES = 80 };

static void make(gamlp_graph *graph, int64_t edges, uint64_t seed) {
    int64_t source[200], target[200];
    gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 5);
    for (int64_t e = 0; e < edges; e++) {
        source[e] = (int64_t)gamlp_rng_below(rng, 2 * (uint64_t)e, NODES);
        target[e] = (int64_t)gamlp_rng_below(rng, 2 * (uint64_t)e + 1, NODES);
    }
    CHECK_OK(gamlp_graph_from_edges(graph, NODES, edges, source, target));
}

static void check_permutation(const int32_t *place) {
    bool seen[NODES] = {false};
    for (int64_t i = 0; i < NODES; i++) {
        assert_true(place[i] >= 0 && place[i] < NODES && !seen[place[i]]);
        seen[place[i]] = true;
    }
}

static int64_t degree(const gamlp_csr *a, int64_t i) {
    return a->ptr[i + 1] - a->ptr[i];
}

static void orders_are_permutations(void **state) {
    (void)state;
    for (int64_t edges = 0; edges <= 200; edges += 40) {
        gamlp_graph graph;
        int32_t place[NODES], group[NODES];
        make(&graph, edges, (uint64_t)edges);
        const gamlp_csr *a = &graph.adjacency;
        CHECK_OK(gamlp_order_rcm(place, a));
        check_permutation(place);
        CHECK_OK(gamlp_order_degree(place, a));
        check_permutation(place);
        for (int64_t i = 0; i < NODES; i++)
            for (int64_t j = 0; j < i; j++)
                assert_true((place[i] < place[j]) == (degree(a, i) > degree(a, j)));
        for (int64_t i = 0; i < NODES; i++) group[i] = (int32_t)(i * i % 9);
        CHECK_OK(gamlp_order_groups(place, group, NODES));
        check_permutation(place);
        for (int64_t i = 0; i < NODES; i++)
            for (int64_t j = 0; j < i; j++)
                assert_true((place[i] < place[j]) == (group[i] < group[j]));
        gamlp_graph_clear(&graph);
    }
}

/* A path whose nodes are shuffled gets its bandwidth of 1 back. */
static void a_path_is_found(void **state) {
    (void)state;
    int64_t name[NODES], source[NODES], target[NODES];
    int32_t place[NODES];
    gamlp_graph graph;
    for (int64_t i = 0; i < NODES; i++) name[i] = i;
    gamlp_rng_shuffle(gamlp_rng_key(1, GAMLP_RNG_TEST, 6), name, NODES);
    for (int64_t i = 0; i + 1 < NODES; i++) {
        source[i] = name[i];
        target[i] = name[i + 1];
    }
    CHECK_OK(gamlp_graph_from_edges(&graph, NODES, NODES - 1, source, target));
    CHECK_OK(gamlp_order_rcm(place, &graph.adjacency));
    for (int64_t i = 0; i + 1 < NODES; i++) {
        int32_t step = place[source[i]] - place[target[i]];
        assert_true(step == 1 || step == -1);
    }
    gamlp_graph_clear(&graph);
}

/* P b P', with the entries of a row in their old order. */
static void renumbered(void **state) {
    (void)state;
    gamlp_graph graph;
    gamlp_csr a, rows;
    gamlp_dense x, y;
    int32_t place[NODES];
    make(&graph, 150, 3);
    const gamlp_csr *b = &graph.adjacency;
    CHECK_OK(gamlp_order_rcm(place, b));
    CHECK_OK(gamlp_csr_renumber(&a, b, place));
    CHECK_OK(gamlp_csr_renumber_rows(&rows, b, place));
    CHECK_OK(gamlp_dense_init(&x, 3, NODES));
    fill_normal(&x, 1);
    CHECK_OK(gamlp_dense_renumber(&y, &x, place));
    for (int64_t i = 0; i < NODES; i++) {
        int64_t to = place[i];
        assert_int_equal(degree(&a, to), degree(b, i));
        for (int64_t k = 0; k < degree(b, i); k++) {
            assert_int_equal(a.idx[a.ptr[to] + k], place[b->idx[b->ptr[i] + k]]);
            assert_int_equal(rows.idx[rows.ptr[to] + k], b->idx[b->ptr[i] + k]);
        }
        assert_memory_equal(y.data + 3 * to, x.data + 3 * i, 3 * sizeof(gamlp_real));
    }
    gamlp_dense_clear(&x);
    gamlp_dense_clear(&y);
    gamlp_csr_clear(&a);
    gamlp_csr_clear(&rows);
    gamlp_graph_clear(&graph);
}

static gamlp_status all_orders(void *context) {
    const gamlp_graph *graph = context;
    int32_t place[NODES];
    gamlp_csr a = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_order_degree(place, &graph->adjacency));
    GAMLP_TRY(gamlp_order_rcm(place, &graph->adjacency));
    GAMLP_TRY(gamlp_csr_renumber(&a, &graph->adjacency, place));
done:
    gamlp_csr_clear(&a);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    gamlp_graph graph;
    make(&graph, 100, 4);
    check_every_allocation(all_orders, &graph);
    gamlp_graph_clear(&graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_permutations),
        cmocka_unit_test(a_path_is_found),
        cmocka_unit_test(renumbered),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
