/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Edges that come and go, against fresh factorisations; the file of a factor. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/checksum.h"
#include "core/file.h"
#include "feature/living.h"
#include "gamlp/alloc.h"
#include "gamlp/graph.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"
#include "matrix/lowrank.h"

enum { N = 80, D = 21, EDGES = 200 };

static gamlp_term term_of(const char *text) {
    gamlp_feature_set set;
    CHECK_OK(gamlp_feature_set_parse(&set, text));
    return set.term[0];
}

static void draw_graph(gamlp_graph *graph, uint64_t seed) {
    int64_t source[EDGES], target[EDGES];
    gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 3);
    for (uint64_t e = 0; e < EDGES; e++) {
        source[e] = (int64_t)gamlp_rng_below(rng, 2 * e, N - 2);
        target[e] = (int64_t)gamlp_rng_below(rng, 2 * e + 1, N - 2);
    }
    CHECK_OK(gamlp_graph_from_edges(graph, N, EDGES, source, target));
}

/* The term by the general engine on the graph as it is now. */
static void fresh(gamlp_stack *x, const gamlp_living *l, const gamlp_dense *own) {
    gamlp_csr adjacency;
    int64_t node[N];
    gamlp_feature_options options;
    CHECK_OK(gamlp_living_adjacency(&adjacency, l));
    const gamlp_feature_input input = {.adjacency = &adjacency, .dense = own};
    for (int64_t i = 0; i < N; i++) node[i] = i;
    gamlp_feature_options_default(&options);
    options.set = (gamlp_feature_set){1, {gamlp_living_term(l)}};
    options.diffusion.tolerance = 1e-9;
    CHECK_OK(gamlp_feature_make(x, &input, node, N, &options));
    gamlp_csr_clear(&adjacency);
}

static void check_fresh(const gamlp_living *l, const gamlp_dense *y, const gamlp_dense *own,
                        double tolerance) {
    gamlp_stack x;
    fresh(&x, l, own);
    check_close(y, &x.block[0].dense, tolerance, "a living graph");
    gamlp_stack_clear(&x);
}

/* Changes at random, of the first term more than are held beside a factor: an edge that is there
 * goes, one that is not comes. */
static void changes_equal_fresh_solves(void **state) {
    (void)state;
    static const char *const terms[] = {"ppr(0.1)", "ppr(0.2, row)", "ppr(0.15, col)"};
    for (int k = 0; k < 3; k++) {
        gamlp_term term = term_of(terms[k]);
        gamlp_graph graph;
        gamlp_living *l;
        gamlp_dense own, y;
        double residual;
        gamlp_rng rng = gamlp_rng_key((uint64_t)k, GAMLP_RNG_TEST, 4);
        draw_graph(&graph, 3);
        CHECK_OK(gamlp_dense_init(&own, D, N));
        CHECK_OK(gamlp_dense_init(&y, D, N));
        fill_normal(&own, 2);
        CHECK_OK(gamlp_living_new(&l, &graph.adjacency, &term));
        int64_t edges = graph.edges;
        const uint64_t count = k == 0 ? GAMLP_LOWRANK_MOST + 100 : 302;
        for (uint64_t e = 0; e < count; e++) {
            int64_t i = (int64_t)gamlp_rng_below(rng, 2 * e, N);
            int64_t j = (int64_t)gamlp_rng_below(rng, 2 * e + 1, N);
            if (i == j) continue;
            bool add = gamlp_living_edge(l, i, j, true) == GAMLP_OK;
            if (!add) CHECK_OK(gamlp_living_edge(l, i, j, false));
            edges += add ? 1 : -1;
            assert_int_equal(gamlp_living_edges(l), edges);
            if (e != 300) continue;
            assert_true(gamlp_living_pending(l) > 256);
            CHECK_OK(gamlp_living_apply(&y, &residual, l, &own));
            assert_true(residual < 1e-6);
            check_fresh(l, &y, &own, 1e-6);
        }
        assert_int_equal(gamlp_living_pending(l) <= 100, k == 0);
        CHECK_OK(gamlp_living_apply(&y, &residual, l, &own));
        assert_true(residual < 1e-6);
        check_fresh(l, &y, &own, 1e-6);
        gamlp_living_free(l);
        gamlp_dense_clear(&own);
        gamlp_dense_clear(&y);
        gamlp_graph_clear(&graph);
    }
}

static void refreshed_results_equal_fresh_ones(void **state) {
    (void)state;
    static const char *const terms[] = {"ppr(0.1)", "ppr(0.2, row)", "ppr(0.15, col)"};
    for (int k = 0; k < 3; k++) {
        gamlp_term term = term_of(terms[k]);
        gamlp_graph graph;
        gamlp_living *l;
        gamlp_dense own, y;
        int64_t touched;
        double residual;
        draw_graph(&graph, 5);
        CHECK_OK(gamlp_dense_init(&own, D, N));
        CHECK_OK(gamlp_dense_init(&y, D, N));
        fill_normal(&own, 2);
        CHECK_OK(gamlp_living_new(&l, &graph.adjacency, &term));
        CHECK_OK(gamlp_living_apply(&y, &residual, l, &own));
        for (int64_t e = 0; e < 12; e++) {
            int64_t i = (e * 7) % N, j = (e * 13 + 5) % N;
            bool add = gamlp_living_edge(l, i, j, true) == GAMLP_OK;
            if (!add) CHECK_OK(gamlp_living_edge(l, i, j, false));
            const gamlp_living_change change = {(int32_t)i, (int32_t)j, add};
            CHECK_OK(gamlp_living_refresh(&y, &touched, l, &own, &change, 1, 1e-9));
            assert_true(touched >= 2 && touched <= N);
        }
        check_fresh(l, &y, &own, 2e-6);
        /* An edge between the two isolated nodes moves nothing else. */
        const gamlp_living_change last = {N - 2, N - 1, true};
        CHECK_OK(gamlp_living_edge(l, N - 2, N - 1, true));
        CHECK_OK(gamlp_living_refresh(&y, &touched, l, &own, &last, 1, 1e-9));
        assert_int_equal(touched, 2);
        check_fresh(l, &y, &own, 2e-6);
        gamlp_living_free(l);
        gamlp_dense_clear(&own);
        gamlp_dense_clear(&y);
        gamlp_graph_clear(&graph);
    }
}

/* Forty changes at once, some of which take others back, with more nodes than lanes; and the
 * residual tells when the result is not that of the graph. */
static void refreshes_of_many_changes(void **state) {
    (void)state;
    enum { CHANGES = 40 };
    static const char *const terms[] = {"ppr(0.1)", "ppr(0.2, row)", "ppr(0.15, col)"};
    for (int k = 0; k < 3; k++) {
        gamlp_term term = term_of(terms[k]);
        gamlp_graph graph;
        gamlp_living *l;
        gamlp_dense own, y;
        gamlp_living_change change[CHANGES];
        int64_t touched;
        double residual;
        draw_graph(&graph, 6);
        CHECK_OK(gamlp_dense_init(&own, D, N));
        CHECK_OK(gamlp_dense_init(&y, D, N));
        fill_normal(&own, 2);
        CHECK_OK(gamlp_living_new(&l, &graph.adjacency, &term));
        CHECK_OK(gamlp_living_apply(&y, &residual, l, &own));
        for (int32_t c = 0; c < CHANGES; c++) {
            int32_t i = (c % 30) * 2, j = ((c % 30) * 5 + 1) % N;
            bool add = gamlp_living_edge(l, i, j, true) == GAMLP_OK;
            if (!add) CHECK_OK(gamlp_living_edge(l, i, j, false));
            change[c] = (gamlp_living_change){i, j, add};
        }
        assert_int_equal(gamlp_living_pending(l), CHANGES);
        CHECK_OK(gamlp_living_residual(&residual, l, &y, &own));
        assert_true(residual > 1e-3);
        CHECK_OK(gamlp_living_refresh(&y, &touched, l, &own, change, CHANGES, 1e-9));
        CHECK_OK(gamlp_living_residual(&residual, l, &y, &own));
        assert_true(residual < 1e-6);
        check_fresh(l, &y, &own, 2e-6);
        CHECK_OK(gamlp_living_fold(l));
        assert_int_equal(gamlp_living_pending(l), 0);
        CHECK_OK(gamlp_living_residual(&residual, l, &y, &own));
        assert_true(residual < 1e-6);
        gamlp_living_free(l);
        gamlp_dense_clear(&own);
        gamlp_dense_clear(&y);
        gamlp_graph_clear(&graph);
    }
}

static void bad_edges_are_refused(void **state) {
    (void)state;
    gamlp_term term = term_of("ppr(0.1)"), heat = term_of("heat(3)");
    gamlp_term other = term_of("ppr(0.1, sym(noloops))");
    gamlp_graph graph;
    gamlp_living *l;
    draw_graph(&graph, 3);
    CHECK_FAILS(gamlp_living_new(&l, &graph.adjacency, &heat), GAMLP_E_CONFIG, "ppr(A)");
    CHECK_FAILS(gamlp_living_new(&l, &graph.adjacency, &other), GAMLP_E_CONFIG, "ppr(A)");
    CHECK_OK(gamlp_living_new(&l, &graph.adjacency, &term));
    CHECK_FAILS(gamlp_living_edge(l, 3, 3, true), GAMLP_E_DATA, "itself");
    CHECK_FAILS(gamlp_living_edge(l, 3, N, true), GAMLP_E_DATA, "0 to 79");
    CHECK_FAILS(gamlp_living_edge(l, -1, 3, true), GAMLP_E_DATA, "0 to 79");
    CHECK_FAILS(gamlp_living_edge(l, N - 1, 3, false), GAMLP_E_DATA, "not there");
    CHECK_FAILS(gamlp_living_edge(l, 0, graph.adjacency.idx[0], true), GAMLP_E_DATA,
                "there already");
    gamlp_living_free(l);
    gamlp_living_free(NULL);
    gamlp_graph_clear(&graph);
}

static void files_read_back(void **state) {
    enum { MANY = 301 };
    (void)state;
    char path[300];
    gamlp_term term = term_of("ppr(0.1, row)");
    gamlp_graph graph;
    gamlp_living *l, *r;
    gamlp_dense own, y, z;
    double residual;
    snprintf(path, sizeof path, "%s/factor", make_directory());
    draw_graph(&graph, 3);
    CHECK_OK(gamlp_dense_init(&own, D, N));
    CHECK_OK(gamlp_dense_init(&y, D, N));
    CHECK_OK(gamlp_dense_init(&z, D, N));
    fill_normal(&own, 2);
    CHECK_OK(gamlp_living_new(&l, &graph.adjacency, &term));
    CHECK_OK(gamlp_living_edge(l, 1, N - 1, true));
    gamlp_living_set_mark(l, 77);
    CHECK_OK(gamlp_living_write(path, l, "name"));
    CHECK_OK(gamlp_living_read(&r, path, "name"));
    assert_int_equal(gamlp_living_pending(r), 1);
    assert_int_equal(gamlp_living_mark(r), 77);
    assert_int_equal(gamlp_living_entries(l), gamlp_living_entries(r));
    gamlp_living_free(r);
    while (gamlp_living_pending(l) < MANY)
        CHECK_OK(gamlp_living_edge(l, 4, N - 2, gamlp_living_pending(l) % 2 != 0));
    CHECK_OK(gamlp_living_write(path, l, "name"));
    CHECK_OK(gamlp_living_read(&r, path, "name"));
    assert_int_equal(gamlp_living_pending(r), MANY);
    CHECK_OK(gamlp_living_edge(l, 5, N - 2, true));
    CHECK_OK(gamlp_living_edge(r, 5, N - 2, true));
    CHECK_OK(gamlp_living_apply(&y, &residual, l, &own));
    CHECK_OK(gamlp_living_apply(&z, &residual, r, &own));
    assert_memory_equal(y.data, z.data, D * N * sizeof *y.data);
    gamlp_living_free(r);
    CHECK_FAILS(gamlp_living_read(&r, path, "other"), GAMLP_E_DATA, "other data");
    CHECK_FAILS(gamlp_living_read(&r, "/no/such/file", "name"), GAMLP_E_NOINPUT, "no/such");
    gamlp_living_free(l);
    gamlp_dense_clear(&own);
    gamlp_dense_clear(&y);
    gamlp_dense_clear(&z);
    gamlp_graph_clear(&graph);
}

/* Every byte changed, with and without a checksum that fits; every length. */
static void damaged_files_are_refused(void **state) {
    (void)state;
    char path[300];
    gamlp_term term = term_of("ppr(0.1)");
    gamlp_graph graph;
    gamlp_living *l, *r;
    gamlp_bytes bytes;
    const int64_t source[] = {0, 1, 2, 3, 4, 5, 6, 0}, target[] = {1, 2, 3, 4, 5, 6, 0, 3};
    snprintf(path, sizeof path, "%s/factor", make_directory());
    CHECK_OK(gamlp_graph_from_edges(&graph, 7, 8, source, target));
    CHECK_OK(gamlp_living_new(&l, &graph.adjacency, &term));
    CHECK_OK(gamlp_living_edge(l, 0, 2, true));
    CHECK_OK(gamlp_living_edge(l, 3, 0, false));
    CHECK_OK(gamlp_living_write(path, l, ""));
    gamlp_living_free(l);
    CHECK_OK(gamlp_file_read(&bytes, path, 1 << 20));
    for (size_t size = 0; size < bytes.size; size++)
        CHECK_FAILS(gamlp_living_decode(&r, bytes.data, size, "cut", ""), GAMLP_E_DATA, "cut: ");
    int64_t accepted = 0;
    for (size_t at = 0; at + 8 < bytes.size; at++)
        for (int bit = 0; bit < 8; bit++) {
            bytes.data[at] ^= (unsigned char)(1 << bit);
            assert_int_not_equal(gamlp_living_decode(&r, bytes.data, bytes.size, "bad", ""),
                                 GAMLP_OK);
            uint64_t kept, fits = gamlp_checksum_of(bytes.data, bytes.size - 8);
            memcpy(&kept, bytes.data + bytes.size - 8, 8);
            memcpy(bytes.data + bytes.size - 8, &fits, 8);
            if (gamlp_living_decode(&r, bytes.data, bytes.size, "bad", "") == GAMLP_OK) {
                (void)gamlp_living_edge(r, 1, 5, true);
                gamlp_living_free(r);
                accepted++;
            }
            memcpy(bytes.data + bytes.size - 8, &kept, 8);
            bytes.data[at] ^= (unsigned char)(1 << bit);
        }
    assert_true(accepted > 0); /* other numbers, which only the checksum can tell */
    gamlp_bytes_clear(&bytes);
    gamlp_graph_clear(&graph);
}

static void bits_do_not_depend_on_threads(void **state) {
    (void)state;
    gamlp_term term = term_of("ppr(0.1)");
    gamlp_graph graph;
    gamlp_dense own, y[2], many[2];
    gamlp_rng rng = gamlp_rng_key(7, GAMLP_RNG_TEST, 4);
    const gamlp_living_change change = {2, N - 1, true};
    int64_t threads = gamlp_threads_get(), touched;
    double residual[2], after[2];
    draw_graph(&graph, 9);
    CHECK_OK(gamlp_dense_init(&own, 70, N));
    fill_normal(&own, 2);
    for (int k = 0; k < 2; k++) {
        gamlp_living *l;
        gamlp_threads_set(1 + 3 * k);
        CHECK_OK(gamlp_dense_init(&y[k], 70, N));
        CHECK_OK(gamlp_living_new(&l, &graph.adjacency, &term));
        CHECK_OK(gamlp_living_apply(&y[k], &residual[k], l, &own));
        CHECK_OK(gamlp_living_edge(l, 2, N - 1, true));
        CHECK_OK(gamlp_living_refresh(&y[k], &touched, l, &own, &change, 1, 1e-9));
        CHECK_OK(gamlp_dense_init(&many[k], 70, N));
        for (uint64_t e = 0; e < 500; e++) {
            int64_t i = (int64_t)gamlp_rng_below(rng, 2 * e, N);
            int64_t j = (int64_t)gamlp_rng_below(rng, 2 * e + 1, N);
            if (i != j && gamlp_living_edge(l, i, j, true) != GAMLP_OK)
                CHECK_OK(gamlp_living_edge(l, i, j, false));
        }
        assert_true(gamlp_living_pending(l) > 400);
        CHECK_OK(gamlp_living_apply(&many[k], &after[k], l, &own));
        gamlp_living_free(l);
    }
    assert_memory_equal(y[0].data, y[1].data, 70 * N * sizeof *y[0].data);
    assert_memory_equal(many[0].data, many[1].data, 70 * N * sizeof *y[0].data);
    assert_true(residual[0] == residual[1] && after[0] == after[1]);
    gamlp_threads_set(threads);
    gamlp_dense_clear(&own);
    for (int k = 0; k < 2; k++) {
        gamlp_dense_clear(&y[k]);
        gamlp_dense_clear(&many[k]);
    }
    gamlp_graph_clear(&graph);
}

typedef struct everything_of {
    gamlp_csr *adjacency;
    gamlp_term term;
    char path[300];
} everything_of;

static gamlp_status everything(void *context) {
    const everything_of *c = context;
    gamlp_living *l = NULL, *r = NULL;
    gamlp_dense own = {0}, y = {0};
    gamlp_csr now = {0};
    const gamlp_living_change change = {1, N - 1, true};
    double residual;
    int64_t touched;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_dense_init(&own, D, N));
    GAMLP_TRY(gamlp_dense_init(&y, D, N));
    GAMLP_TRY(gamlp_living_new(&l, c->adjacency, &c->term));
    GAMLP_TRY(gamlp_living_edge(l, 1, N - 1, true));
    GAMLP_TRY(gamlp_living_apply(&y, &residual, l, &own));
    GAMLP_TRY(gamlp_living_refresh(&y, &touched, l, &own, &change, 1, 1e-9));
    GAMLP_TRY(gamlp_living_adjacency(&now, l));
    GAMLP_TRY(gamlp_living_write(c->path, l, "x"));
    GAMLP_TRY(gamlp_living_read(&r, c->path, "x"));
    for (int64_t j = 1; j < 12; j++) GAMLP_TRY(gamlp_living_edge(r, N - 2, j, true));
    GAMLP_TRY(gamlp_living_fold(r));
done:
    gamlp_living_free(l);
    gamlp_living_free(r);
    gamlp_dense_clear(&own);
    gamlp_dense_clear(&y);
    gamlp_csr_clear(&now);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    gamlp_graph graph;
    everything_of c = {.term = term_of("ppr(0.1)")};
    draw_graph(&graph, 3);
    c.adjacency = &graph.adjacency;
    snprintf(c.path, sizeof c.path, "%s/factor", make_directory());
    check_every_allocation(everything, &c);
    gamlp_graph_clear(&graph);
}

/* In one thread, but where threads are compared: they would wait for each other on a busy machine.
 */
int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_equal_fresh_solves),
        cmocka_unit_test(refreshed_results_equal_fresh_ones),
        cmocka_unit_test(refreshes_of_many_changes),
        cmocka_unit_test(bad_edges_are_refused),
        cmocka_unit_test(files_read_back),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(no_memory),
    };
    gamlp_threads_set(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
