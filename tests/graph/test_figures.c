/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/graph.h"
#include "gamlp/rng.h"

enum { MOST = 60 };

static void make(gamlp_graph *graph, bool edge[MOST][MOST], int64_t nodes, int64_t edges,
                 uint64_t seed) {
    int64_t source[300], target[300];
    gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 3);
    memset(edge, 0, MOST * MOST * sizeof(bool));
    for (int64_t e = 0; e < edges; e++) {
        source[e] = (int64_t)gamlp_rng_below(rng, 2 * (uint64_t)e, (uint64_t)nodes);
        target[e] = (int64_t)gamlp_rng_below(rng, 2 * (uint64_t)e + 1, (uint64_t)nodes);
        if (source[e] != target[e]) edge[source[e]][target[e]] = edge[target[e]][source[e]] = true;
    }
    CHECK_OK(gamlp_graph_from_edges(graph, nodes, edges, source, target));
}

static int64_t degree_of(bool edge[MOST][MOST], int64_t nodes, int64_t i) {
    int64_t degree = 0;
    for (int64_t j = 0; j < nodes; j++) degree += edge[i][j];
    return degree;
}

/* Floyd and Warshall; MOST stands for no path. */
static void measure(int64_t d[MOST][MOST], bool edge[MOST][MOST], int64_t n) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) d[i][j] = i == j ? 0 : edge[i][j] ? 1 : MOST;
    for (int64_t k = 0; k < n; k++)
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++)
                if (d[i][k] + d[k][j] < d[i][j]) d[i][j] = d[i][k] + d[k][j];
}

/* Remove nodes of degree below k as long as there are any. */
static bool in_core(bool edge[MOST][MOST], int64_t n, int64_t node, int64_t k) {
    bool gone[MOST] = {false}, changed = true;
    while (changed) {
        changed = false;
        for (int64_t i = 0; i < n; i++) {
            int64_t degree = 0;
            for (int64_t j = 0; j < n; j++) degree += edge[i][j] && !gone[j];
            if (!gone[i] && degree < k) gone[i] = changed = true;
        }
    }
    return !gone[node];
}

/* The surfer who from a node without neighbours goes anywhere. */
static void surf(double rank[MOST], bool edge[MOST][MOST], int64_t n) {
    double next[MOST];
    for (int64_t i = 0; i < n; i++) rank[i] = 1;
    for (int step = 0; step < 400; step++) {
        for (int64_t i = 0; i < n; i++) next[i] = 0.15;
        for (int64_t j = 0; j < n; j++) {
            int64_t degree = degree_of(edge, n, j);
            for (int64_t i = 0; i < n; i++) {
                if (degree == 0) next[i] += 0.85 * rank[j] / (double)n;
                if (degree > 0 && edge[j][i]) next[i] += 0.85 * rank[j] / (double)degree;
            }
        }
        memcpy(rank, next, (size_t)n * sizeof *rank);
    }
}

static void near(double found, double expected, double tolerance, const char *what, int64_t i) {
    if (!(fabs(found - expected) <= tolerance * (1 + fabs(expected))))
        fail_msg("%s of node %d: %.12g, expected %.12g", what, (int)i, found, expected);
}

static void check_node(double value[GAMLP_NODE_FIGURES][MOST], bool edge[MOST][MOST],
                       int64_t d[MOST][MOST], int64_t n, int64_t i) {
    int64_t degree = degree_of(edge, n, i), triangles = 0, component = 0, core = 0;
    double harmonic = 0;
    for (int64_t j = 0; j < n; j++) {
        for (int64_t k = 0; k < j; k++) triangles += edge[i][j] && edge[j][k] && edge[k][i];
        component += d[i][j] < MOST;
        if (j != i && d[i][j] < MOST) harmonic += 1 / (double)d[i][j];
    }
    while (in_core(edge, n, i, core + 1)) core++;
    double pairs = (double)degree * (double)(degree - 1) / 2;
    near(value[GAMLP_NODE_DEGREE][i], (double)degree, 0, "degree", i);
    near(value[GAMLP_NODE_CORE][i], (double)core, 0, "core", i);
    near(value[GAMLP_NODE_TRIANGLES][i], (double)triangles, 0, "triangles", i);
    near(value[GAMLP_NODE_CLUSTERING][i], pairs > 0 ? (double)triangles / pairs : 0, 1e-12,
         "clustering", i);
    near(value[GAMLP_NODE_HARMONIC][i], n > 1 ? harmonic / (double)(n - 1) : 0, 1e-12, "harmonic",
         i);
    near(value[GAMLP_NODE_COMPONENT][i], (double)component / (double)n, 1e-12, "component", i);
}

static void equals_the_oracle(void **state) {
    (void)state;
    static const int64_t size[][2] = {{1, 0},   {2, 0},   {2, 1},   {3, 3},
                                      {20, 14}, {60, 90}, {60, 300}};
    for (size_t c = 0; c < sizeof size / sizeof size[0]; c++) {
        static bool edge[MOST][MOST];
        static int64_t distance[MOST][MOST];
        static double value[GAMLP_NODE_FIGURES][MOST], rank[MOST];
        double *to[GAMLP_NODE_FIGURES];
        gamlp_graph graph;
        int64_t n = size[c][0];
        make(&graph, edge, n, size[c][1], c);
        for (int f = 0; f < GAMLP_NODE_FIGURES; f++) to[f] = value[f];
        CHECK_OK(gamlp_graph_figures(to, &graph));
        measure(distance, edge, n);
        surf(rank, edge, n);
        for (int64_t i = 0; i < n; i++) {
            check_node(value, edge, distance, n, i);
            near(value[GAMLP_NODE_PAGERANK][i], rank[i], 1e-6, "PageRank", i);
        }
        gamlp_graph_clear(&graph);
    }
}

/* A path of 6000 nodes: the sampled mean is that over the sample, which the whole one is near. */
static void sampled_harmonic(void **state) {
    (void)state;
    enum { PATH = 6000 };
    static int64_t source[PATH], target[PATH];
    static double value[PATH], again[PATH];
    double *to[GAMLP_NODE_FIGURES] = {[GAMLP_NODE_HARMONIC] = value};
    gamlp_graph graph;
    for (int64_t i = 0; i + 1 < PATH; i++) {
        source[i] = i;
        target[i] = i + 1;
    }
    CHECK_OK(gamlp_graph_from_edges(&graph, PATH, PATH - 1, source, target));
    CHECK_OK(gamlp_graph_figures(to, &graph));
    to[GAMLP_NODE_HARMONIC] = again;
    CHECK_OK(gamlp_graph_figures(to, &graph));
    assert_memory_equal(value, again, sizeof value);
    double sum = 0, exact = 0;
    for (int64_t i = 0; i < PATH; i++) {
        sum += value[i] / PATH;
        for (int64_t j = 0; j < PATH; j++)
            if (j != i) exact += 1 / (fabs((double)(i - j)) * PATH * (PATH - 1));
    }
    assert_true(fabs(sum - exact) < 0.1 * exact);
    gamlp_graph_clear(&graph);
}

/* Cliques of 8 that a ring joins: each is a community, every time. */
static void communities(void **state) {
    (void)state;
    enum { CLIQUES = 6, SIZE = 8, COUNT = CLIQUES * SIZE };
    int64_t source[300], target[300], edges = 0;
    int32_t group[COUNT], again[COUNT];
    gamlp_graph graph;
    for (int64_t c = 0; c < CLIQUES; c++) {
        for (int64_t i = 0; i < SIZE; i++)
            for (int64_t j = 0; j < i; j++) {
                source[edges] = c * SIZE + i;
                target[edges++] = c * SIZE + j;
            }
        source[edges] = c * SIZE;
        target[edges++] = (c + 1) % CLIQUES * SIZE + 1;
    }
    CHECK_OK(gamlp_graph_from_edges(&graph, COUNT, edges, source, target));
    CHECK_OK(gamlp_graph_communities(group, &graph));
    CHECK_OK(gamlp_graph_communities(again, &graph));
    assert_memory_equal(group, again, sizeof group);
    for (int64_t i = 0; i < COUNT; i++)
        for (int64_t j = 0; j < i; j++)
            assert_int_equal(group[i] == group[j], i / SIZE == j / SIZE);
    gamlp_graph_clear(&graph);
}

static void nothing(void **state) {
    (void)state;
    double none, *to[GAMLP_NODE_FIGURES];
    for (int f = 0; f < GAMLP_NODE_FIGURES; f++) to[f] = &none;
    gamlp_graph graph = {0};
    CHECK_OK(gamlp_graph_figures(to, &graph));
}

static gamlp_status all_figures(void *context) {
    static double value[GAMLP_NODE_FIGURES][MOST];
    double *to[GAMLP_NODE_FIGURES];
    for (int f = 0; f < GAMLP_NODE_FIGURES; f++) to[f] = value[f];
    return gamlp_graph_figures(to, context);
}

static void no_memory(void **state) {
    (void)state;
    static bool edge[MOST][MOST];
    gamlp_graph graph;
    make(&graph, edge, 30, 60, 5);
    check_every_allocation(all_figures, &graph);
    gamlp_graph_clear(&graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_oracle), cmocka_unit_test(sampled_harmonic),
        cmocka_unit_test(communities),       cmocka_unit_test(nothing),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
