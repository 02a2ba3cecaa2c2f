/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/rng.h"
#include "graph/edges.h"

enum { NODES = 400, COUNT = 9000 };

/* Node 7 has a long row, pairs repeat in both directions, node NODES - 1 has none. */
typedef struct list {
    int32_t source[COUNT], target[COUNT];
    int64_t at, passes, changed_pass; /* in that pass the last edge is another one */
} list;

static list edges_of_test;

static gamlp_status rewind_list(void *context) {
    list *l = context;
    l->at = 0;
    l->passes++;
    return GAMLP_OK;
}

static gamlp_status next_of_list(void *context, int32_t *source, int32_t *target, int64_t most,
                                 int64_t *got) {
    list *l = context;
    int64_t n = COUNT - l->at < most ? COUNT - l->at : most;
    n = n < 1000 ? n : 1000; /* a source may give less than it is asked for */
    memcpy(source, l->source + l->at, (size_t)n * sizeof *source);
    memcpy(target, l->target + l->at, (size_t)n * sizeof *target);
    l->at += n;
    if (l->passes == l->changed_pass && n > 0 && l->at == COUNT) source[n - 1] = NODES - 1;
    *got = n;
    return GAMLP_OK;
}

static list *draw(gamlp_edges *edges) {
    list *l = &edges_of_test;
    gamlp_rng rng = gamlp_rng_key(4, GAMLP_RNG_TEST, 9);
    memset(l, 0, sizeof *l);
    for (int64_t e = 0; e < COUNT; e++) {
        uint64_t i = 3 * (uint64_t)e;
        l->source[e] = (int32_t)gamlp_rng_below(rng, i, NODES - 1);
        l->target[e] = (int32_t)gamlp_rng_below(rng, i + 1, NODES - 1);
        if (gamlp_rng_below(rng, i + 2, 3) == 0) l->target[e] = 7;
    }
    *edges = (gamlp_edges){NODES, COUNT, rewind_list, next_of_list, l};
    return l;
}

/* Against a table of all pairs. */
static void check_graph(const gamlp_graph *graph, const list *l) {
    static unsigned char joined[NODES][NODES];
    int64_t loops = 0, entries = 0;
    memset(joined, 0, sizeof joined);
    for (int64_t e = 0; e < COUNT; e++) {
        loops += l->source[e] == l->target[e];
        joined[l->source[e]][l->target[e]] = joined[l->target[e]][l->source[e]] = 1;
    }
    for (int64_t i = 0; i < NODES; i++) {
        assert_int_equal(graph->adjacency.ptr[i], entries);
        for (int32_t j = 0; j < NODES; j++)
            if (j != i && joined[i][j]) {
                assert_int_equal(graph->adjacency.idx[entries], j);
                entries++;
            }
    }
    assert_int_equal(graph->adjacency.ptr[NODES], entries);
    assert_int_equal(graph->adjacency.nnz, entries);
    assert_int_equal(graph->edges, entries / 2);
    assert_int_equal(graph->stored_edges, COUNT);
    assert_int_equal(graph->self_loops, loops);
    assert_int_equal(graph->duplicate_edges, COUNT - loops - entries / 2);
    assert_true(loops > 0 && graph->duplicate_edges > 0);
}

/* Arcs against a table of them, too. */
static void check_arcs(const gamlp_csr *arcs, const list *l) {
    static unsigned char goes[NODES][NODES];
    int64_t entries = 0;
    memset(goes, 0, sizeof goes);
    for (int64_t e = 0; e < COUNT; e++) goes[l->source[e]][l->target[e]] = 1;
    CHECK_OK(gamlp_csr_check(arcs));
    assert_null(arcs->val);
    for (int64_t i = 0; i < NODES; i++)
        for (int32_t j = 0; j < NODES; j++)
            if (j != i && goes[i][j]) {
                assert_true(entries >= arcs->ptr[i] && entries < arcs->ptr[i + 1]);
                assert_int_equal(arcs->idx[entries], j);
                entries++;
            }
    assert_int_equal(arcs->nnz, entries);
}

static void the_graph_of_a_list(void **state) {
    (void)state;
    gamlp_edges edges;
    gamlp_graph graph;
    list *l = draw(&edges);
    for (int i = 0; i < 3; i++) {
        edges.directed = i > 0;
        for (int64_t e = 0; e < COUNT / 2 && i == 2; e++) { /* each both ways */
            l->source[COUNT / 2 + e] = l->target[e];
            l->target[COUNT / 2 + e] = l->source[e];
        }
        CHECK_OK(gamlp_edges_graph(&graph, &edges));
        check_graph(&graph, l);
        if (i == 1)
            check_arcs(&graph.arcs, l);
        else
            assert_int_equal(graph.arcs.rows, 0);
        gamlp_graph_clear(&graph);
    }
}

typedef struct gathered {
    int32_t *idx;
    int64_t count, calls;
} gathered;

static gamlp_status gather(void *context, const int32_t *idx, int64_t count) {
    gathered *g = context;
    g->idx = realloc(g->idx, (size_t)(g->count + count + 1) * sizeof *g->idx);
    assert_non_null(g->idx);
    memcpy(g->idx + g->count, idx, (size_t)count * sizeof *idx);
    g->count += count;
    g->calls++;
    return GAMLP_OK;
}

/* The arcs of the adjacency that bits tell of. */
static void check_bits(const gamlp_edges_arcs *arcs, const gamlp_csr *a, const list *l) {
    int64_t count = 0, *row = calloc((size_t)a->nnz, sizeof *row), *col = calloc((size_t)a->nnz, 8);
    gamlp_csr made;
    assert_true(row && col);
    for (int64_t i = 0; i < NODES; i++)
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++)
            if (arcs->bit[k / 8] & 1 << k % 8) {
                row[count] = i;
                col[count++] = a->idx[k];
            }
    assert_int_equal(arcs->count, count);
    CHECK_OK(
        gamlp_csr_from_triplets(&made, NODES, NODES, count, row, col, NULL, GAMLP_DUPLICATES_ONE));
    gamlp_csr_drop_values(&made);
    check_arcs(&made, l);
    gamlp_csr_clear(&made);
    free(row);
    free(col);
}

static void ranges_give_the_same_rows(void **state) {
    (void)state;
    static const int64_t limit[] = {0, 1000000, 190000, 170000, 0, 175000};
    int64_t calls = 0;
    for (int i = 0; i < 6; i++) {
        gamlp_edges edges;
        gamlp_graph graph;
        gamlp_edges_arcs arcs;
        gathered g = {NULL, 0, 0};
        const list *l = draw(&edges);
        edges.directed = i > 3;
        CHECK_OK(gamlp_edges_stream(&graph, &arcs, &edges, (gamlp_edges_memory){limit[i], 0},
                                    gather, &g));
        assert_null(graph.adjacency.idx);
        assert_int_equal(graph.adjacency.nnz, g.count);
        assert_int_equal(l->passes, 1 + g.calls);
        graph.adjacency.idx = g.idx;
        check_graph(&graph, l);
        if (edges.directed)
            check_bits(&arcs, &graph.adjacency, l);
        else
            assert_null(arcs.bit);
        gamlp_edges_arcs_clear(&arcs);
        graph.adjacency.idx = NULL;
        gamlp_graph_clear(&graph);
        free(g.idx);
        assert_true(i < 2 || i == 4 ? g.calls == 1 : g.calls > calls);
        calls = g.calls;
    }
}

static gamlp_status stream(const gamlp_edges *edges, int64_t limit, int64_t taken, gathered *g) {
    gamlp_graph graph;
    gamlp_edges_arcs arcs;
    gamlp_status status =
        gamlp_edges_stream(&graph, &arcs, edges, (gamlp_edges_memory){limit, taken}, gather, g);
    gamlp_edges_arcs_clear(&arcs);
    gamlp_graph_clear(&graph);
    return status;
}

static void too_little_memory_is_refused(void **state) {
    (void)state;
    gamlp_edges edges;
    int64_t least[2];
    gathered g = {NULL, 0, 0};
    for (int directed = 0; directed < 2; directed++) {
        draw(&edges);
        edges.directed = directed;
        int64_t calls = g.calls;
        CHECK_FAILS(stream(&edges, 3000, 0, &g), GAMLP_E_NOMEM,
                    "a graph of 400 nodes needs more than 3208 bytes of memory");
        CHECK_FAILS(stream(&edges, 140000, 0, &g), GAMLP_E_NOMEM,
                    "listed neighbours, needs at least 1");
        assert_int_equal(g.calls, calls);
        const char *text = strstr(gamlp_error_text(), "least ");
        assert_non_null(text);
        least[directed] = strtoll(text + 6, NULL, 10);
        CHECK_OK(stream(&edges, least[directed], 0, &g));
        CHECK_FAILS(stream(&edges, least[directed], 1, &g), GAMLP_E_NOMEM, "needs at least");
    }
    assert_in_range(least[1] - least[0], 1, 2 * COUNT / 8 + 1); /* a bit for each entry */
    free(g.idx);
}

static void bad_lists_are_refused(void **state) {
    (void)state;
    gamlp_edges edges;
    gamlp_graph graph;
    list *l = draw(&edges);
    l->changed_pass = 2;
    CHECK_FAILS(gamlp_edges_graph(&graph, &edges), GAMLP_E_DATA,
                "the edges changed while they were read");
    l = draw(&edges);
    l->target[5000] = NODES;
    CHECK_FAILS(gamlp_edges_graph(&graph, &edges), GAMLP_E_DATA, "edge 5000 joins");
    l->target[5000] = -1;
    CHECK_FAILS(gamlp_edges_graph(&graph, &edges), GAMLP_E_DATA, "and -1, expected nodes 0 to 399");
    edges.nodes = (int64_t)1 << 31;
    CHECK_FAILS(gamlp_edges_graph(&graph, &edges), GAMLP_E_USAGE, "2147483648 nodes");
    assert_null(graph.adjacency.ptr);
}

static gamlp_status make(void *context) {
    gamlp_graph graph;
    gathered g = {NULL, 0, 0};
    gamlp_status status = gamlp_edges_graph(&graph, context);
    gamlp_graph_clear(&graph);
    if (status == GAMLP_OK) status = stream(context, 200000, 0, &g);
    free(g.idx);
    return status;
}

static void memory_may_end_anywhere(void **state) {
    (void)state;
    gamlp_edges edges;
    draw(&edges);
    check_every_allocation(make, &edges);
    edges.directed = true;
    check_every_allocation(make, &edges);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_graph_of_a_list),          cmocka_unit_test(ranges_give_the_same_rows),
        cmocka_unit_test(too_little_memory_is_refused), cmocka_unit_test(bad_lists_are_refused),
        cmocka_unit_test(memory_may_end_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
