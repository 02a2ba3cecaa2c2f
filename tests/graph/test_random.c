/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "gamlp/threads.h"
#include "graph/random.h"

static const double graph500[3] = {0.57, 0.19, 0.19};

typedef enum model { RMAT, PAIRS, ATTACH } model;

static gamlp_status make(gamlp_graph *graph, model kind, int64_t nodes, int64_t edges,
                         uint64_t seed) {
    gamlp_rmat rmat;
    gamlp_pairs pairs;
    gamlp_edges list;
    *graph = (gamlp_graph){0};
    if (kind == ATTACH) return gamlp_graph_attach(graph, nodes, edges, seed);
    gamlp_status status = kind == RMAT
                              ? gamlp_rmat_edges(&list, &rmat, nodes, edges, graph500, seed)
                              : gamlp_pairs_edges(&list, &pairs, nodes, edges, seed);
    return status == GAMLP_OK ? gamlp_edges_graph(graph, &list) : status;
}

static int64_t degree(const gamlp_graph *graph, int64_t node) {
    return graph->adjacency.ptr[node + 1] - graph->adjacency.ptr[node];
}

static int64_t largest_degree(const gamlp_graph *graph) {
    int64_t largest = 0;
    for (int64_t i = 0; i < graph->nodes; i++)
        if (degree(graph, i) > largest) largest = degree(graph, i);
    return largest;
}

/* The bits of one graph of each model, the same on every machine with any number of threads. */
static void golden_bits(void **state) {
    (void)state;
    static const char *const golden[] = {
        "ebacba6fa70d46c22efc4453db64ccaf8b8cb6c34e2574451ed7788fa6e8e947",
        "b99d5816eb914392cfc05fbb6cb28f11c1bfe129614177c98db37158a8775aa6",
        "91f2ef757ee755624eda8e3bc021cd6b0626198e83f810edf611fb3d1d417aca"};
    for (int k = RMAT; k <= ATTACH; k++)
        for (int64_t threads = 1; threads <= 3; threads++) {
            gamlp_graph graph;
            gamlp_hash hash;
            char hex[GAMLP_HASH_HEX];
            gamlp_threads_set(threads);
            CHECK_OK(make(&graph, (model)k, 3000, 20000, 2024));
            CHECK_OK(gamlp_csr_check(&graph.adjacency));
            gamlp_hash_init(&hash);
            for (int64_t i = 0; i <= graph.nodes; i++)
                gamlp_hash_int(&hash, graph.adjacency.ptr[i]);
            for (int64_t i = 0; i < graph.adjacency.nnz; i++)
                gamlp_hash_int(&hash, graph.adjacency.idx[i]);
            gamlp_hash_hex(&hash, hex);
            assert_string_equal(hex, golden[k]);
            gamlp_graph_clear(&graph);
        }
    gamlp_threads_set(gamlp_threads_available());
}

static void seeds_decide(void **state) {
    (void)state;
    for (int k = RMAT; k <= ATTACH; k++) {
        gamlp_graph a, b;
        CHECK_OK(make(&a, (model)k, 300, 1000, 1));
        CHECK_OK(make(&b, (model)k, 300, 1000, 2));
        assert_memory_not_equal(a.adjacency.idx, b.adjacency.idx, 800 * sizeof(int32_t));
        gamlp_graph_clear(&a);
        gamlp_graph_clear(&b);
    }
}

/* At every level each quadrant has its probability. */
static void rmat_quadrants(void **state) {
    (void)state;
    enum { SCALE = 20, EDGES = 200000 };
    const double probability[] = {0.57, 0.19, 0.19, 0.05};
    static int64_t count[SCALE][4];
    gamlp_edges list;
    gamlp_rmat r;
    memset(count, 0, sizeof count);
    CHECK_OK(gamlp_rmat_edges(&list, &r, 1 << SCALE, EDGES, graph500, 5));
    for (int64_t e = 0; e < EDGES; e++) {
        int64_t i, j;
        gamlp_rmat_place(&i, &j, &r, e);
        for (int l = 0; l < SCALE; l++) count[l][2 * (i >> l & 1) + (j >> l & 1)]++;
    }
    for (int l = 0; l < SCALE; l++)
        for (int q = 0; q < 4; q++) {
            double expected = EDGES * probability[q];
            double deviation = sqrt(expected * (1 - probability[q]));
            assert_true(fabs((double)count[l][q] - expected) < 5 * deviation);
        }
}

/* Six nodes: the places of an 8 x 8 matrix that are outside of them, or loops, are drawn again. */
static void rmat_of_any_size(void **state) {
    (void)state;
    enum { NODES = 6, EDGES = 100000 };
    const double probability[2][2] = {{0.57, 0.19}, {0.19, 0.05}};
    double share[NODES][NODES], all = 0;
    int64_t count[NODES][NODES] = {{0}};
    gamlp_edges list;
    gamlp_rmat r;
    CHECK_OK(gamlp_rmat_edges(&list, &r, NODES, EDGES, graph500, 8));
    for (int64_t e = 0; e < EDGES; e++) {
        int64_t i, j;
        gamlp_rmat_place(&i, &j, &r, e);
        count[i][j]++;
    }
    for (int i = 0; i < NODES; i++)
        for (int j = 0; j < NODES; j++) {
            share[i][j] = i != j;
            for (int l = 0; l < 3; l++) share[i][j] *= probability[i >> l & 1][j >> l & 1];
            all += share[i][j];
        }
    for (int i = 0; i < NODES; i++)
        for (int j = 0; j < NODES; j++) {
            double expected = EDGES * share[i][j] / all;
            assert_true(fabs((double)count[i][j] - expected) <= 5 * sqrt(expected));
        }
}

/* Every pass, in blocks of any size, gives edge e again; its ends are the permuted places. */
static void rmat_passes(void **state) {
    (void)state;
    enum { EDGES = 5000 };
    static int32_t source[EDGES], target[EDGES], s[EDGES], t[EDGES];
    gamlp_edges list;
    gamlp_rmat r;
    int64_t got, first = 0;
    CHECK_OK(gamlp_rmat_edges(&list, &r, 1000, EDGES, graph500, 1));
    assert_int_equal(list.count, EDGES);
    CHECK_OK(list.rewind(list.context));
    CHECK_OK(list.next(list.context, source, target, EDGES + 7, &got));
    assert_int_equal(got, EDGES);
    CHECK_OK(list.next(list.context, s, t, 7, &got));
    assert_int_equal(got, 0);
    CHECK_OK(list.rewind(list.context));
    for (;; first += got) {
        CHECK_OK(list.next(list.context, s + first, t + first, 619, &got));
        if (got == 0) break;
    }
    assert_int_equal(first, EDGES);
    assert_memory_equal(s, source, sizeof s);
    assert_memory_equal(t, target, sizeof t);
    for (int64_t e = 0; e < EDGES; e++) {
        int64_t i, j;
        gamlp_rmat_place(&i, &j, &r, e);
        assert_int_equal(source[e], gamlp_permute(&r.order, (uint64_t)i));
        assert_int_equal(target[e], gamlp_permute(&r.order, (uint64_t)j));
    }
}

/* Nothing but loops: given up, dropped and counted. */
static void rmat_of_loops(void **state) {
    (void)state;
    const double corner[3] = {1, 0, 0};
    gamlp_edges list;
    gamlp_rmat r;
    gamlp_graph graph;
    CHECK_OK(gamlp_rmat_edges(&list, &r, 9, 20, corner, 0));
    CHECK_OK(gamlp_edges_graph(&graph, &list));
    assert_int_equal(graph.edges, 0);
    assert_int_equal(graph.self_loops, 20);
    gamlp_graph_clear(&graph);
    CHECK_OK(gamlp_rmat_edges(&list, &r, 1, 3, graph500, 0));
    CHECK_OK(gamlp_edges_graph(&graph, &list));
    assert_int_equal(graph.self_loops, 3);
    gamlp_graph_clear(&graph);
}

static void rmat_has_hubs_anywhere(void **state) {
    (void)state;
    enum { NODES = 4096 };
    gamlp_graph graph;
    int64_t low = 0;
    CHECK_OK(make(&graph, RMAT, NODES, 40000, 3));
    assert_int_equal(graph.self_loops, 0);
    assert_int_equal(graph.stored_edges, 40000);
    assert_int_equal(graph.edges + graph.duplicate_edges, 40000);
    assert_true(graph.duplicate_edges > 0);
    assert_true(largest_degree(&graph) > 300); /* the mean is 20 */
    for (int64_t i = 0; i < NODES / 2; i++) low += degree(&graph, i);
    assert_true(fabs((double)low / (double)graph.adjacency.nnz - 0.5) < 0.1); /* not 0.76 */
    gamlp_graph_clear(&graph);
}

static void pairs_are_ranked(void **state) {
    (void)state;
    int64_t i, j;
    uint64_t e = 0;
    for (int64_t b = 1; b < 200; b++)
        for (int64_t a = 0; a < b; a++) {
            gamlp_pairs_unrank(&i, &j, e++);
            assert_true(i == a && j == b);
        }
    for (uint64_t n = UINT64_C(1) << 20; n <= INT32_MAX; n += n / 3) {
        gamlp_pairs_unrank(&i, &j, n * (n - 1) / 2 - 1); /* the last one of n nodes */
        assert_true(j == (int64_t)n - 1 && i == (int64_t)n - 2);
        gamlp_pairs_unrank(&i, &j, n * (n - 1) / 2);
        assert_true(j == (int64_t)n && i == 0);
    }
}

/* Of five nodes each of the 210 graphs of 4 edges is as likely as another. */
static void small_graphs_are_uniform(void **state) {
    (void)state;
    enum { SEEDS = 42000, GRAPHS = 210 };
    static int64_t count[1 << 10];
    double chi = 0;
    int64_t different = 0;
    memset(count, 0, sizeof count);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        gamlp_edges list;
        gamlp_pairs r;
        int32_t s[4], t[4];
        int64_t got;
        unsigned set = 0;
        CHECK_OK(gamlp_pairs_edges(&list, &r, 5, 4, seed));
        CHECK_OK(list.next(list.context, s, t, 4, &got));
        for (int e = 0; e < 4; e++) set |= 1U << (t[e] * (t[e] - 1) / 2 + s[e]);
        count[set]++;
    }
    for (int k = 0; k < 1 << 10; k++) {
        double expected = (double)SEEDS / GRAPHS, off = (double)count[k] - expected;
        different += count[k] > 0;
        if (count[k] > 0) chi += off * off / expected;
    }
    assert_int_equal(different, GRAPHS);
    assert_true(chi < 209 + 6 * 20.4); /* 209 degrees of freedom */
}

/* Degrees of G(n, m) against the binomial distribution. */
static void pairs_have_binomial_degrees(void **state) {
    (void)state;
    enum { NODES = 20000, EDGES = 100000, MOST = 25 };
    int64_t count[MOST + 1] = {0};
    double p = 2.0 * EDGES / NODES / (NODES - 1), chi = 0, share = pow(1 - p, NODES - 1);
    gamlp_graph graph;
    CHECK_OK(make(&graph, PAIRS, NODES, EDGES, 4));
    assert_int_equal(graph.edges, EDGES);
    assert_int_equal(graph.duplicate_edges + graph.self_loops, 0);
    for (int64_t i = 0; i < NODES; i++)
        count[degree(&graph, i) < MOST ? degree(&graph, i) : MOST]++;
    for (int k = 0; k < MOST; k++) {
        double expected = NODES * share;
        if (expected > 5)
            chi += ((double)count[k] - expected) * ((double)count[k] - expected) / expected;
        share *= p / (1 - p) * (NODES - 1 - k) / (k + 1);
    }
    assert_true(chi < 60); /* about 20 degrees of freedom */
    gamlp_graph_clear(&graph);
}

static void attached_degrees(void **state) {
    (void)state;
    enum { NODES = 20000, EACH = 5 };
    gamlp_graph graph;
    int64_t edges = EACH * (NODES - 1) - EACH * (EACH - 1) / 2, ten = 0;
    CHECK_OK(make(&graph, ATTACH, NODES, edges, 9));
    assert_int_equal(graph.edges, edges);
    assert_int_equal(graph.duplicate_edges + graph.self_loops, 0);
    for (int64_t i = 0; i < NODES; i++) {
        assert_true(degree(&graph, i) >= EACH);
        ten += degree(&graph, i) >= 10;
    }
    /* P(degree >= k) = m (m + 1) / (k (k + 1)) (Dorogovtsev, Mendes and Samukhin, 2000) */
    assert_true(fabs((double)ten / NODES - EACH * (EACH + 1) / 110.0) < 0.02);
    assert_true(largest_degree(&graph) > 300);
    gamlp_graph_clear(&graph);
}

/* As many as asked, whatever the number. */
static void attached_counts(void **state) {
    (void)state;
    for (int64_t nodes = 1; nodes <= 9; nodes++)
        for (int64_t edges = 0; edges <= nodes * (nodes - 1) / 2; edges++) {
            gamlp_graph graph;
            CHECK_OK(make(&graph, ATTACH, nodes, edges, (uint64_t)edges));
            assert_int_equal(graph.nodes, nodes);
            assert_int_equal(graph.stored_edges, edges);
            assert_int_equal(graph.edges, edges);
            gamlp_graph_clear(&graph);
        }
}

static void complete_and_empty(void **state) {
    (void)state;
    for (int k = PAIRS; k <= ATTACH; k++) {
        gamlp_graph graph;
        CHECK_OK(make(&graph, (model)k, 40, 780, 6));
        assert_int_equal(graph.edges, 780);
        gamlp_graph_clear(&graph);
        CHECK_OK(make(&graph, (model)k, 1, 0, 6));
        assert_int_equal(graph.edges, 0);
        gamlp_graph_clear(&graph);
        CHECK_FAILS(make(&graph, (model)k, 40, 781, 6), GAMLP_E_USAGE,
                    "781 edges, expected at most 780 between 40 nodes");
    }
}

static void bad_arguments(void **state) {
    (void)state;
    const double wrong[][3] = {{0.6, 0.3, 0.2}, {-0.1, 0.3, 0.2}, {0.5, (double)NAN, 0.1}};
    gamlp_edges list;
    gamlp_rmat r;
    for (int k = RMAT; k <= ATTACH; k++) {
        gamlp_graph graph;
        CHECK_FAILS(make(&graph, (model)k, 0, 0, 0), GAMLP_E_USAGE, "0 nodes");
        CHECK_FAILS(make(&graph, (model)k, INT64_C(1) << 31, 1, 0), GAMLP_E_USAGE, "nodes");
        CHECK_FAILS(make(&graph, (model)k, 5, -1, 0), GAMLP_E_USAGE, "-1 edges");
        assert_null(graph.adjacency.ptr);
    }
    for (int k = 0; k < 3; k++)
        CHECK_FAILS(gamlp_rmat_edges(&list, &r, 5, 5, wrong[k], 0), GAMLP_E_USAGE, "probabilities");
}

static gamlp_status draw(void *context) {
    gamlp_graph graph;
    gamlp_status status = make(&graph, *(const model *)context, 200, 500, 1);
    gamlp_graph_clear(&graph);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    for (int k = RMAT; k <= ATTACH; k++) {
        model kind = (model)k;
        check_every_allocation(draw, &kind);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_bits),
        cmocka_unit_test(seeds_decide),
        cmocka_unit_test(rmat_quadrants),
        cmocka_unit_test(rmat_of_any_size),
        cmocka_unit_test(rmat_passes),
        cmocka_unit_test(rmat_of_loops),
        cmocka_unit_test(rmat_has_hubs_anywhere),
        cmocka_unit_test(pairs_are_ranked),
        cmocka_unit_test(small_graphs_are_uniform),
        cmocka_unit_test(pairs_have_binomial_degrees),
        cmocka_unit_test(attached_degrees),
        cmocka_unit_test(attached_counts),
        cmocka_unit_test(complete_and_empty),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
