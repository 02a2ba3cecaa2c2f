/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include "gamlp/alloc.h"
#include "gamlp/feature.h"
#include "gamlp/graph.h"
#include "gamlp/rng.h"

enum { NODES = 50, FEATURES = 20, EDGES = 120, ENTRIES = 300, CLASSES = 3 };

static const char set_text[] = "x; sym^1..3; row(noloops)^2; mean(sym^0..2, 0.1); appnp(0.2, 4); "
                               "ppr(0.2); heat(2)";

typedef struct fixture {
    gamlp_graph graph;
    gamlp_csr sparse;
    gamlp_dense dense, w;
    gamlp_feature_options options;
} fixture;

static void make(fixture *f, const char *terms) {
    int64_t source[EDGES], target[EDGES], row[ENTRIES], col[ENTRIES];
    gamlp_real val[ENTRIES];
    gamlp_rng rng = gamlp_rng_key(7, GAMLP_RNG_TEST, 9);
    for (uint64_t e = 0; e < EDGES; e++) {
        source[e] = (int64_t)gamlp_rng_below(rng, 2 * e, NODES);
        target[e] = (int64_t)gamlp_rng_below(rng, 2 * e + 1, NODES);
    }
    for (uint64_t e = 0; e < ENTRIES; e++) {
        row[e] = (int64_t)gamlp_rng_below(rng, 1000 + 2 * e, NODES - 1);
        col[e] = (int64_t)gamlp_rng_below(rng, 1001 + 2 * e, FEATURES);
        val[e] = (gamlp_real)gamlp_rng_normal(rng, 2000 + e);
    }
    CHECK_OK(gamlp_graph_from_edges(&f->graph, NODES, EDGES, source, target));
    CHECK_OK(gamlp_csr_from_triplets(&f->sparse, NODES, FEATURES, ENTRIES, row, col, val,
                                     GAMLP_DUPLICATES_LAST));
    CHECK_OK(gamlp_csr_to_dense(&f->dense, &f->sparse));
    gamlp_feature_options_default(&f->options);
    CHECK_OK(gamlp_feature_set_parse(&f->options.set, terms));
    CHECK_OK(gamlp_dense_init(&f->w, CLASSES, gamlp_feature_set_rows(&f->options.set, FEATURES)));
    fill_normal(&f->w, 3);
}

static void clear(fixture *f) {
    gamlp_graph_clear(&f->graph);
    gamlp_csr_clear(&f->sparse);
    gamlp_dense_clear(&f->dense);
    gamlp_dense_clear(&f->w);
}

static gamlp_feature_input input_of(const fixture *f, bool sparse) {
    return (gamlp_feature_input){.adjacency = &f->graph.adjacency,
                                 .sparse = sparse ? &f->sparse : NULL,
                                 .dense = sparse ? NULL : &f->dense};
}

/* Features of all nodes first, then the product. */
static void oracle(gamlp_dense *y, const fixture *f, const gamlp_feature_input *input) {
    int64_t index[NODES];
    gamlp_stack x;
    for (int64_t i = 0; i < NODES; i++) index[i] = i;
    CHECK_OK(gamlp_feature_make(&x, input, index, NODES, &f->options));
    CHECK_OK(gamlp_dense_init(y, CLASSES, NODES));
    CHECK_OK(gamlp_stack_multiply(y, &f->w, &x));
    gamlp_stack_clear(&x);
}

static void either_order_gives_the_same(void **state) {
    (void)state;
    static const double tolerance = sizeof(gamlp_real) == 4 ? 1e-5 : 1e-7; /* ppr: 1e-7 */
    fixture f;
    gamlp_dense y, expected;
    make(&f, set_text);
    for (int c = 0; c < 6; c++) {
        const gamlp_feature_input input = input_of(&f, c % 2);
        f.options.normalise = (gamlp_normalise)(c / 2);
        if (f.options.normalise == GAMLP_NORMALISE_ROW) continue; /* sums near 0 */
        oracle(&expected, &f, &input);
        CHECK_OK(gamlp_linear_product(&y, &f.w, &input, &f.options));
        check_close(&y, &expected, tolerance, "W X");
        gamlp_dense_clear(&y);
        gamlp_dense_clear(&expected);
    }
    clear(&f);
}

static void suits_what_it_saves(void **state) {
    (void)state;
    static const struct {
        const char *terms;
        int64_t outputs;
        bool suits;
    } cases[] = {{"sym^2", 3, true},     {"x; sym^1..3", 3, true}, {"sym^2", 400, false},
                 {"x", 3, false},        {"ppr(0.1)", 3, true},    {"sym; degree", 3, false},
                 {"sym^1..6", 50, false}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        fixture f;
        make(&f, cases[c].terms);
        const gamlp_feature_input input = input_of(&f, false);
        assert_int_equal(gamlp_linear_suits(&input, &f.options, cases[c].outputs), cases[c].suits);
        f.options.bfloat16 = true;
        assert_false(gamlp_linear_suits(&input, &f.options, cases[c].outputs));
        clear(&f);
    }
}

static void other_weights_are_refused(void **state) {
    (void)state;
    fixture f;
    gamlp_dense y;
    make(&f, "sym^1..2");
    const gamlp_feature_input input = input_of(&f, true);
    f.w.cols--;
    CHECK_FAILS(gamlp_linear_product(&y, &f.w, &input, &f.options), GAMLP_E_USAGE,
                "weights of 39 features, the set makes 40");
    f.w.cols++;
    clear(&f);
}

static gamlp_status build(void *context) {
    const fixture *f = context;
    const gamlp_feature_input input = input_of(f, true);
    gamlp_dense y = {0};
    gamlp_status status = gamlp_linear_product(&y, &f->w, &input, &f->options);
    gamlp_dense_clear(&y);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    fixture f;
    make(&f, "x; sym^1..2");
    check_every_allocation(build, &f);
    clear(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(either_order_gives_the_same),
        cmocka_unit_test(suits_what_it_saves),
        cmocka_unit_test(other_weights_are_refused),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
