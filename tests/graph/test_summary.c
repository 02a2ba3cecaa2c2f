/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Summaries of figures, against counting every triple, peeling and power iteration. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "gamlp/graph.h"
#include "gamlp/rng.h"

enum { N = 60 };

static bool joined[N][N];

static void fill(const gamlp_graph *g) {
    const gamlp_csr *a = &g->adjacency;
    memset(joined, 0, sizeof joined);
    for (int64_t i = 0; i < a->rows; i++)
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++) joined[i][a->idx[k]] = true;
}

static int degree_of(int64_t i, const bool *in) {
    int degree = 0;
    for (int j = 0; j < N; j++) degree += joined[i][j] && (!in || in[j]);
    return degree;
}

static void check_triangles(const gamlp_graph_summary *s, int64_t n) {
    double closed = 0, open = 0, local = 0;
    for (int64_t i = 0; i < n; i++) {
        double here = 0, pairs = 0;
        for (int64_t j = 0; j < n; j++)
            for (int64_t k = 0; k < j; k++) {
                pairs += joined[i][j] && joined[i][k];
                here += joined[i][j] && joined[i][k] && joined[j][k];
            }
        closed += here;
        open += pairs;
        local += pairs > 0 ? here / pairs : 0;
    }
    assert_true(fabs(s->triangles - closed / 3) < 1e-9);
    assert_true(fabs(s->transitivity - (open > 0 ? closed / open : 0)) < 1e-12);
    assert_true(fabs(s->clustering - local / (double)n) < 1e-12);
}

/* The k-core: what is left when nodes of less than k neighbours go, for every k. */
static void check_cores(const gamlp_graph_summary *s, int64_t n) {
    int64_t most = 0, nodes = n, sum = 0;
    for (int k = 1; k < N; k++) {
        bool in[N] = {false}, again = true;
        int64_t left = 0;
        for (int64_t i = 0; i < n; i++) in[i] = true;
        while (again) {
            again = false;
            for (int64_t i = 0; i < n; i++)
                if (in[i] && degree_of(i, in) < k) {
                    in[i] = false;
                    again = true;
                }
        }
        for (int64_t i = 0; i < n; i++) left += in[i];
        sum += left; /* a node of core number c is counted c times */
        if (left > 0) most = k;
        if (left > 0) nodes = left;
    }
    assert_int_equal(s->core_max, most);
    assert_int_equal(s->core_nodes, nodes);
    assert_true(fabs(s->core_mean - (double)sum / (double)n) < 1e-12);
}

static void check_ranks(const gamlp_graph_summary *s, int64_t n) {
    double rank[N], next[N];
    for (int64_t i = 0; i < n; i++) rank[i] = 1;
    for (int step = 0; step < 400; step++) {
        double loose = 0;
        for (int64_t i = 0; i < n; i++) loose += degree_of(i, NULL) == 0 ? rank[i] : 0;
        for (int64_t i = 0; i < n; i++) {
            next[i] = 0.15 + 0.85 * loose / (double)n;
            for (int64_t j = 0; j < n; j++)
                if (joined[j][i]) next[i] += 0.85 * rank[j] / degree_of(j, NULL);
        }
        memcpy(rank, next, sizeof rank);
    }
    double most = 0, sum = 0, last = INFINITY;
    for (int64_t i = 0; i < n; i++) most = fmax(most, rank[i]);
    assert_true(fabs(s->pagerank_max - most) < 1e-8);
    assert_true(fabs(rank[s->pagerank_node] - most) < 1e-8);
    int64_t count = 0;
    for (; sum < 0.5 * (double)n; count++) { /* the next largest, of equals each */
        double best = -1;
        int64_t at = 0;
        for (int64_t i = 0; i < n; i++)
            if (rank[i] > best) best = rank[at = i];
        assert_true(best <= last);
        sum += last = best;
        rank[at] = -1;
    }
    assert_true(fabs(s->pagerank_half * (double)n - (double)count) < 1e-9);
}

static void summaries_of_graphs(void **state) {
    (void)state;
    int64_t source[300], target[300];
    for (uint64_t k = 0; k < 6; k++) {
        gamlp_rng rng = gamlp_rng_key(k, GAMLP_RNG_TEST, 8);
        gamlp_graph graph;
        gamlp_graph_summary s;
        const int64_t edges = (int64_t)k * 60;
        for (uint64_t e = 0; e < 300; e++) {
            source[e] = (int64_t)gamlp_rng_below(rng, 2 * e, N);
            target[e] = (int64_t)gamlp_rng_below(rng, 2 * e + 1, N / 3);
        }
        if (k == 5)
            CHECK_OK(gamlp_graph_karate(&graph));
        else
            CHECK_OK(gamlp_graph_from_edges(&graph, N, edges, source, target));
        fill(&graph);
        CHECK_OK(gamlp_graph_summary_of(&s, &graph));
        check_triangles(&s, graph.nodes);
        check_cores(&s, graph.nodes);
        check_ranks(&s, graph.nodes);
        gamlp_graph_clear(&graph);
    }
}

static void nothing_and_one_node(void **state) {
    (void)state;
    gamlp_graph graph;
    gamlp_graph_summary s;
    for (int64_t nodes = 0; nodes < 2; nodes++) {
        CHECK_OK(gamlp_graph_from_edges(&graph, nodes, 0, NULL, NULL));
        CHECK_OK(gamlp_graph_summary_of(&s, &graph));
        assert_true(s.triangles == 0 && s.transitivity == 0 && s.core_max == 0);
        assert_int_equal(s.core_nodes, nodes);
        assert_true(fabs(s.pagerank_half - (double)nodes) < 1e-12);
        gamlp_graph_clear(&graph);
    }
}

static gamlp_status summarise(void *context) {
    gamlp_graph_summary s;
    return gamlp_graph_summary_of(&s, context);
}

static void no_memory(void **state) {
    (void)state;
    gamlp_graph graph;
    CHECK_OK(gamlp_graph_karate(&graph));
    check_every_allocation(summarise, &graph);
    gamlp_graph_clear(&graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summaries_of_graphs),
        cmocka_unit_test(nothing_and_one_node),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
