/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Features that are not wanted any more. */
#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "gamlp/feature.h"
#include "gamlp/graph.h"
#include "gamlp/threads.h"

enum { NODES = 40, FEATURES = 37, PANEL = 8, PANELS = (FEATURES + PANEL - 1) / PANEL };

/* Sets, and how often it is asked at least: terms, hops of panels, steps of a diffusion. */
static const struct {
    const char *text;
    int method;
    int64_t asked;
} set[] = {
    {"x; sym^1..3; mean(row^0..2)", GAMLP_DIFFUSION_AUTO, 3 + (3 + 2) * PANELS},
    {"ppr(0.1); heat(3)", GAMLP_DIFFUSION_AUTO, 2 + 2},
    {"ppr(0.1)", GAMLP_DIFFUSION_CHOLESKY, 1 + 1},
    {"ppr(0.1)", GAMLP_DIFFUSION_CG, 1 + 1 + 5},
    {"ppr(0.1)", GAMLP_DIFFUSION_CHEBYSHEV, 1 + 1 + 20},
    {"ppr(0.1)", GAMLP_DIFFUSION_PUSH, 1 + 1 + 10},
    {"heat(3)", GAMLP_DIFFUSION_CHEBYSHEV, 1 + 1 + 10},
};

enum { SETS = sizeof set / sizeof set[0] };

static gamlp_graph graph;
static gamlp_dense own;
static int64_t every[NODES];

static void make(void) {
    int64_t source[NODES], target[NODES];
    for (int64_t i = 0; i < NODES; i++) {
        every[i] = source[i] = i;
        target[i] = (7 * i + 3) % NODES;
    }
    CHECK_OK(gamlp_graph_from_edges(&graph, NODES, NODES, source, target));
    CHECK_OK(gamlp_dense_init(&own, FEATURES, NODES));
    for (int64_t k = 0; k < NODES * FEATURES; k++) own.data[k] = (gamlp_real)(k * k % 19);
}

static void clear(void) {
    gamlp_threads_set(gamlp_threads_available());
    gamlp_graph_clear(&graph);
    gamlp_dense_clear(&own);
}

typedef struct stopper {
    int64_t asked, stop_at; /* 0: never */
} stopper;

static bool is_stop_wanted(void *context) {
    stopper *s = context;
    return ++s->asked == s->stop_at;
}

static gamlp_status make_features(gamlp_stack *x, int k, stopper *s) {
    const gamlp_feature_input input = {.adjacency = &graph.adjacency, .dense = &own};
    gamlp_feature_options options;
    gamlp_feature_options_default(&options);
    CHECK_OK(gamlp_feature_set_parse(&options.set, set[k].text));
    options.diffusion.method = set[k].method;
    options.panel = PANEL;
    if (s) options.stop = (gamlp_stop){is_stop_wanted, s};
    return gamlp_feature_make(x, &input, every, NODES, &options);
}

/* Being asked changes no bit. */
static void stops_never(void **state) {
    (void)state;
    make();
    for (int k = 0; k < SETS; k++) {
        stopper s = {0};
        gamlp_stack x, plain;
        CHECK_OK(make_features(&plain, k, NULL));
        CHECK_OK(make_features(&x, k, &s));
        assert_true(s.asked >= set[k].asked);
        assert_int_equal(x.blocks, plain.blocks);
        for (int64_t b = 0; b < x.blocks; b++)
            assert_memory_equal(x.block[b].dense.data, plain.block[b].dense.data,
                                NODES * FEATURES * sizeof *own.data);
        gamlp_stack_clear(&x);
        gamlp_stack_clear(&plain);
    }
    clear();
}

/* Wherever it is asked, true ends the work, without another question, and leaves nothing. */
static void check_stops(int k) {
    const int64_t alive = allocations_alive();
    gamlp_stack x;
    for (int64_t stop_at = 1;; stop_at++) {
        stopper s = {.stop_at = stop_at};
        gamlp_status status = make_features(&x, k, &s);
        if (status == GAMLP_OK) {
            assert_true(stop_at > set[k].asked);
            gamlp_stack_clear(&x);
            return;
        }
        assert_int_equal(status, GAMLP_E_STOPPED);
        assert_string_equal(gamlp_error_text(), "stopped while features were made");
        assert_int_equal(s.asked, stop_at);
        assert_int_equal(x.blocks, 0);
        assert_int_equal(allocations_alive(), alive);
    }
}

static void stops_where_it_is_asked(void **state) {
    (void)state;
    count_allocations();
    make();
    for (int k = 0; k < SETS; k++)
        for (int64_t threads = 1; threads <= 3; threads += 2) {
            gamlp_threads_set(threads);
            check_stops(k);
        }
    clear();
    assert_int_equal(allocations_alive(), 0);
    stop_counting();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_never),
        cmocka_unit_test(stops_where_it_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
