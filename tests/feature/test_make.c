/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/feature.h"
#include "gamlp/graph.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"

enum { NODES = 90, FEATURES = 37, WANTED = 12, HOPS_MOST = 6 };

typedef struct fixture {
    gamlp_graph graph;
    gamlp_csr a, sparse;
    gamlp_dense dense;
    int64_t index[WANTED];
} fixture;

/* A graph with isolated nodes, sparse features with empty rows and negative values. */
static void make(fixture *f, uint64_t seed, const int64_t *order) {
    int64_t source[150], target[150], row[300], col[300];
    gamlp_real val[300];
    gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 0);
    for (uint64_t e = 0; e < 150; e++) {
        source[e] = (int64_t)gamlp_rng_below(rng, 2 * e, NODES - 5);
        target[e] = (int64_t)gamlp_rng_below(rng, 2 * e + 1, NODES - 5);
        if (order) source[e] = order[source[e]];
        if (order) target[e] = order[target[e]];
    }
    for (uint64_t e = 0; e < 300; e++) {
        row[e] = (int64_t)gamlp_rng_below(rng, 1000 + 3 * e, NODES);
        if (order) row[e] = order[row[e]];
        col[e] = (int64_t)gamlp_rng_below(rng, 1001 + 3 * e, FEATURES);
        val[e] = (gamlp_real)gamlp_rng_normal(rng, 1002 + 3 * e);
    }
    for (uint64_t i = 0; i < WANTED; i++) {
        f->index[i] = (int64_t)gamlp_rng_below(rng, 3000 + i, NODES);
        if (i == WANTED - 1) f->index[i] = NODES - 1; /* isolated */
        if (order) f->index[i] = order[f->index[i]];
    }
    CHECK_OK(gamlp_graph_from_edges(&f->graph, NODES, 150, source, target));
    const gamlp_operator op = gamlp_operator_default();
    CHECK_OK(gamlp_operator_make(&f->a, &f->graph.adjacency, NULL, &op));
    CHECK_OK(gamlp_csr_from_triplets(&f->sparse, NODES, FEATURES, 300, row, col, val,
                                     GAMLP_DUPLICATES_LAST));
    CHECK_OK(gamlp_csr_to_dense(&f->dense, &f->sparse));
}

static void clear(fixture *f) {
    gamlp_graph_clear(&f->graph);
    gamlp_csr_clear(&f->a);
    gamlp_csr_clear(&f->sparse);
    gamlp_dense_clear(&f->dense);
}

/* The definition in double: dense matrices, one power after the other. */
static void oracle(double x[HOPS_MOST][NODES][FEATURES], const fixture *f, bool normalise) {
    static double a[NODES][NODES];
    memset(a, 0, sizeof a);
    for (int64_t i = 0; i < NODES; i++) {
        for (int64_t k = f->a.ptr[i]; k < f->a.ptr[i + 1]; k++) a[i][f->a.idx[k]] = f->a.val[k];
        double sum = 0;
        for (int64_t j = 0; j < FEATURES; j++) sum += f->dense.data[i * FEATURES + j];
        for (int64_t j = 0; j < FEATURES; j++)
            x[0][i][j] = f->dense.data[i * FEATURES + j] / (normalise && sum != 0 ? sum : 1);
    }
    for (int64_t k = 1; k < HOPS_MOST; k++)
        for (int64_t i = 0; i < NODES; i++)
            for (int64_t j = 0; j < FEATURES; j++) {
                x[k][i][j] = 0;
                for (int64_t l = 0; l < NODES; l++) x[k][i][j] += a[i][l] * x[k - 1][l][j];
            }
}

/* Block k of the stack as a dense matrix. */
static void block_of(gamlp_dense *dense, const gamlp_stack *x, int64_t k) {
    if (x->block[k].sparse.rows)
        CHECK_OK(gamlp_csr_to_dense(dense, &x->block[k].sparse));
    else
        CHECK_OK(gamlp_dense_copy(dense, &x->block[k].dense));
}

static void check_oracle(const gamlp_stack *x, double expected[HOPS_MOST][NODES][FEATURES],
                         const fixture *f, int64_t hops) {
    assert_int_equal(x->blocks, hops);
    assert_int_equal(x->cols, WANTED);
    assert_int_equal(x->rows, hops * FEATURES);
    for (int64_t k = 0; k < hops; k++) {
        gamlp_dense block;
        block_of(&block, x, k);
        for (int64_t i = 0; i < WANTED; i++) {
            double largest = 0;
            for (int64_t j = 0; j < FEATURES; j++)
                largest = fmax(largest, fabs(expected[k][f->index[i]][j]));
            for (int64_t j = 0; j < FEATURES; j++) {
                double e = expected[k][f->index[i]][j];
                double found = block.data[i * FEATURES + j];
                if (!(fabs(found - e) <= 2e-6 * (1 + largest)))
                    fail_msg("hop %d, node %d, feature %d: %.9g, expected %.9g", (int)k, (int)i,
                             (int)j, found, e);
            }
        }
        gamlp_dense_clear(&block);
    }
}

static gamlp_feature_input input_of(const fixture *f, bool sparse) {
    return (gamlp_feature_input){.adjacency = &f->graph.adjacency,
                                 .sparse = sparse ? &f->sparse : NULL,
                                 .dense = sparse ? NULL : &f->dense};
}

static void equals_the_oracle(void **state) {
    (void)state;
    static double expected[HOPS_MOST][NODES][FEATURES];
    const int64_t panels[] = {0, 1, 7, 16, 37, 1000};
    for (uint64_t choice = 0; choice < 4; choice++) {
        fixture f;
        bool sparse = choice & 1, normalise = choice & 2;
        gamlp_feature_input input;
        make(&f, choice, NULL);
        input = input_of(&f, sparse);
        oracle(expected, &f, normalise);
        for (int64_t hops = 1; hops <= HOPS_MOST; hops++)
            for (size_t p = 0; p < sizeof panels / sizeof *panels; p++) {
                gamlp_stack x;
                gamlp_feature_options options = {.normalise = normalise ? GAMLP_NORMALISE_ROW
                                                                        : GAMLP_NORMALISE_NONE,
                                                 .panel = panels[p]};
                CHECK_OK(gamlp_feature_set_hops(&options.set, hops));
                CHECK_OK(gamlp_feature_make(&x, &input, f.index, WANTED, &options));
                assert_true((x.block[0].sparse.rows > 0) == sparse);
                check_oracle(&x, expected, &f, hops);
                gamlp_stack_clear(&x);
            }
        clear(&f);
    }
}

static void check_same_bits(const gamlp_stack *x, const gamlp_stack *y) {
    assert_int_equal(x->blocks, y->blocks);
    for (int64_t k = 0; k < x->blocks; k++) {
        gamlp_dense a, b;
        block_of(&a, x, k);
        block_of(&b, y, k);
        assert_memory_equal(a.data, b.data, (size_t)(a.rows * a.cols) * sizeof *a.data);
        gamlp_dense_clear(&a);
        gamlp_dense_clear(&b);
    }
}

/* Threads, panels and the storage of the features do not change a bit. */
static void same_bits_every_way(void **state) {
    (void)state;
    fixture f;
    gamlp_stack first, x;
    gamlp_feature_options options;
    make(&f, 17, NULL);
    gamlp_feature_options_default(&options);
    gamlp_feature_input sparse = input_of(&f, true), dense = input_of(&f, false);
    CHECK_OK(gamlp_feature_make(&first, &sparse, f.index, WANTED, &options));
    for (int64_t threads = 1; threads <= 3; threads++)
        for (options.panel = 0; options.panel < 40; options.panel += 13) {
            gamlp_threads_set(threads);
            CHECK_OK(gamlp_feature_make(&x, &sparse, f.index, WANTED, &options));
            check_same_bits(&x, &first);
            gamlp_stack_clear(&x);
            CHECK_OK(gamlp_feature_make(&x, &dense, f.index, WANTED, &options));
            check_same_bits(&x, &first);
            gamlp_stack_clear(&x);
        }
    gamlp_threads_set(gamlp_threads_available());
    gamlp_stack_clear(&first);
    clear(&f);
}

/* Where the nodes lie in memory changes no bit. */
static void same_bits_in_every_order(void **state) {
    (void)state;
    int32_t place[NODES], group[NODES];
    fixture f;
    gamlp_stack x, first;
    gamlp_feature_options options = {.normalise = GAMLP_NORMALISE_L2};
    CHECK_OK(
        gamlp_feature_set_parse(&options.set, "x; sym^1..3; tri^2; mean(row^0..4); appnp(0.1, 3)"));
    make(&f, 6, NULL);
    for (int64_t i = 0; i < NODES; i++) group[i] = (int32_t)(i * i % 7);
    for (int sparse = 0; sparse < 2; sparse++) {
        gamlp_feature_input input = input_of(&f, sparse);
        CHECK_OK(gamlp_feature_make(&first, &input, f.index, WANTED, &options));
        input.place = place;
        for (int order = GAMLP_NODES_NONE; order <= GAMLP_NODES_COMMUNITY; order++) {
            CHECK_OK(gamlp_node_order_make(place, input.adjacency, (gamlp_node_order)order, group));
            CHECK_OK(gamlp_feature_make(&x, &input, f.index, WANTED, &options));
            check_same_bits(&x, &first);
            gamlp_stack_clear(&x);
        }
        gamlp_stack_clear(&first);
    }
    clear(&f);
}

/* All nodes in order, which needs no search: the same bits as for some of them. */
static void same_bits_for_all_nodes(void **state) {
    (void)state;
    int64_t every[NODES];
    fixture f;
    gamlp_stack all, x, first;
    gamlp_feature_options options = {.normalise = GAMLP_NORMALISE_L2};
    CHECK_OK(gamlp_feature_set_parse(&options.set, "x; sym^1..3; tri^2; mean(row^0..4); row"));
    make(&f, 9, NULL);
    for (int64_t i = 0; i < NODES; i++) every[i] = i;
    for (int sparse = 0; sparse < 2; sparse++) {
        gamlp_feature_input input = input_of(&f, sparse);
        CHECK_OK(gamlp_feature_make(&first, &input, f.index, WANTED, &options));
        CHECK_OK(gamlp_feature_make(&all, &input, every, NODES, &options));
        CHECK_OK(gamlp_stack_columns(&x, &all, f.index, WANTED));
        check_same_bits(&x, &first);
        gamlp_stack_clear(&x);
        gamlp_stack_clear(&all);
        gamlp_stack_clear(&first);
    }
    clear(&f);
}

/* Renaming the nodes renames the columns; sums are in another order, so nearly the same. */
static void permuted_nodes(void **state) {
    (void)state;
    int64_t order[NODES];
    fixture f, g;
    gamlp_stack x, y;
    gamlp_feature_options options;
    gamlp_feature_options_default(&options);
    for (int64_t i = 0; i < NODES; i++) order[i] = i;
    gamlp_rng_shuffle(gamlp_rng_key(8, GAMLP_RNG_TEST, 0), order, NODES);
    make(&f, 23, NULL);
    make(&g, 23, order);
    gamlp_feature_input fi = input_of(&f, true), gi = input_of(&g, true);
    CHECK_OK(gamlp_feature_make(&x, &fi, f.index, WANTED, &options));
    CHECK_OK(gamlp_feature_make(&y, &gi, g.index, WANTED, &options));
    for (int64_t k = 0; k < x.blocks; k++) {
        gamlp_dense a, b;
        block_of(&a, &x, k);
        block_of(&b, &y, k);
        check_close(&a, &b, 1e-6, "a permuted graph");
        gamlp_dense_clear(&a);
        gamlp_dense_clear(&b);
    }
    gamlp_stack_clear(&x);
    gamlp_stack_clear(&y);
    clear(&f);
    clear(&g);
}

/* With u = 2^-8, S >= 0: |S^k H computed - S^k H| <= ((1 + u)^k - 1) S^k |H|, and it is not zero.
 */
static void bfloat16_keeps_its_bound(void **state) {
    (void)state;
    static double exact[HOPS_MOST][NODES][FEATURES], size[HOPS_MOST][NODES][FEATURES];
    fixture f, positive;
    gamlp_stack x, again;
    gamlp_feature_options options = {.bfloat16 = true};
    CHECK_OK(gamlp_feature_set_parse(&options.set, "sym^1..5"));
    make(&f, 9, NULL);
    make(&positive, 9, NULL);
    for (int64_t k = 0; k < NODES * FEATURES; k++)
        positive.dense.data[k] = (gamlp_real)fabs((double)f.dense.data[k]);
    oracle(exact, &f, false);
    oracle(size, &positive, false);
    for (int sparse = 0; sparse < 2; sparse++) {
        gamlp_feature_input input = input_of(&f, sparse);
        double largest = 0;
        gamlp_threads_set(1);
        CHECK_OK(gamlp_feature_make(&x, &input, f.index, WANTED, &options));
        gamlp_threads_set(3);
        options.panel = 16;
        CHECK_OK(gamlp_feature_make(&again, &input, f.index, WANTED, &options));
        check_same_bits(&again, &x);
        for (int64_t k = 1; k < HOPS_MOST; k++)
            for (int64_t i = 0; i < WANTED; i++)
                for (int64_t j = 0; j < FEATURES; j++) {
                    const double found = x.block[k - 1].dense.data[i * FEATURES + j];
                    const double error = fabs(found - exact[k][f.index[i]][j]);
                    const double hops = (double)(sparse ? k - 1 : k);
                    const double bound = (pow(1 + 1 / 256., hops) - 1) * size[k][f.index[i]][j];
                    assert_true(error <= bound + 1e-6 * size[k][f.index[i]][j]);
                    largest = fmax(largest, error);
                }
        assert_true(largest > 1e-5); /* it was rounded */
        options.panel = 0;
        gamlp_stack_clear(&x);
        gamlp_stack_clear(&again);
    }
    gamlp_threads_set(gamlp_threads_available());
    clear(&f);
    clear(&positive);
}

/* A graph large enough for several chunks, so that threads really share it. */
static void threads_share_a_larger_graph(void **state) {
    (void)state;
    enum { MANY = 3000, WIDTH = 40 };
    int64_t source[MANY], target[MANY], index[MANY / 3];
    gamlp_graph graph;
    gamlp_dense dense;
    gamlp_stack x[3];
    gamlp_feature_options options = {.panel = 24};
    CHECK_OK(gamlp_feature_set_hops(&options.set, 3));
    for (int64_t i = 0; i < MANY; i++) {
        source[i] = i;
        target[i] = (7 * i + 3) % MANY;
        if (i < MANY / 3) index[i] = 3 * i;
    }
    CHECK_OK(gamlp_graph_from_edges(&graph, MANY, MANY, source, target));
    CHECK_OK(gamlp_dense_init(&dense, WIDTH, MANY));
    fill_normal(&dense, 4);
    gamlp_feature_input input = {.adjacency = &graph.adjacency, .dense = &dense};
    for (int64_t t = 0; t < 3; t++) {
        gamlp_threads_set(t + 1);
        CHECK_OK(gamlp_feature_make(&x[t], &input, index, MANY / 3, &options));
        check_same_bits(&x[t], &x[0]);
    }
    gamlp_threads_set(gamlp_threads_available());
    for (int64_t t = 0; t < 3; t++) gamlp_stack_clear(&x[t]);
    gamlp_dense_clear(&dense);
    gamlp_graph_clear(&graph);
}

static void single_node(void **state) {
    (void)state;
    const int64_t zero[] = {0};
    gamlp_graph graph;
    gamlp_dense dense;
    gamlp_stack x;
    gamlp_feature_options options;
    gamlp_feature_options_default(&options);
    CHECK_OK(gamlp_graph_from_edges(&graph, 1, 0, NULL, NULL));
    CHECK_OK(gamlp_dense_init(&dense, 2, 1));
    dense.data[0] = 3;
    dense.data[1] = -2;
    gamlp_feature_input input = {.adjacency = &graph.adjacency, .dense = &dense};
    CHECK_OK(gamlp_feature_make(&x, &input, zero, 1, &options));
    for (int64_t k = 0; k < 4; k++) /* A~ is 1 x 1 and equals 1 */
        assert_memory_equal(x.block[k].dense.data, dense.data, 2 * sizeof(gamlp_real));
    gamlp_stack_clear(&x);
    gamlp_dense_clear(&dense);
    gamlp_graph_clear(&graph);
}

static void bad_nodes(void **state) {
    (void)state;
    fixture f;
    gamlp_stack x;
    gamlp_feature_options options;
    const int64_t negative[] = {0, -1}, high[] = {3, 2, NODES};
    make(&f, 1, NULL);
    gamlp_feature_options_default(&options);
    gamlp_feature_input in = input_of(&f, true);
    CHECK_FAILS(gamlp_feature_make(&x, &in, f.index, 0, &options), GAMLP_E_USAGE,
                "no nodes are wanted");
    CHECK_FAILS(gamlp_feature_make(&x, &in, negative, 2, &options), GAMLP_E_USAGE,
                "wanted node 1 is -1");
    CHECK_FAILS(gamlp_feature_make(&x, &in, high, 3, &options), GAMLP_E_USAGE,
                "wanted node 2 is 90, expected 0 to 89");
    assert_int_equal(x.blocks, 0);
    options.set.count = 0;
    CHECK_FAILS(gamlp_feature_make(&x, &in, f.index, 1, &options), GAMLP_E_CONFIG, "0 blocks");
    clear(&f);
}

static void bad_shapes(void **state) {
    (void)state;
    fixture f;
    gamlp_stack x;
    gamlp_csr wide, few, empty;
    gamlp_feature_options options;
    make(&f, 1, NULL);
    CHECK_OK(gamlp_csr_init(&few, NODES - 1, 3, 0));
    CHECK_OK(gamlp_csr_init(&empty, NODES, 0, 0));
    CHECK_OK(gamlp_csr_init(&wide, NODES, NODES + 1, 0));
    gamlp_feature_options_default(&options);
    gamlp_feature_input both = input_of(&f, true), none = both, short_ = both, bare = both;
    gamlp_feature_input oblong = both;
    both.dense = &f.dense;
    none.sparse = NULL;
    short_.sparse = &few;
    bare.sparse = &empty;
    oblong.adjacency = &wide;
    CHECK_FAILS(gamlp_feature_make(&x, &both, f.index, 1, &options), GAMLP_E_USAGE,
                "one of the two");
    CHECK_FAILS(gamlp_feature_make(&x, &none, f.index, 1, &options), GAMLP_E_USAGE,
                "one of the two");
    CHECK_FAILS(gamlp_feature_make(&x, &short_, f.index, 1, &options), GAMLP_E_USAGE,
                "features of 89 nodes, adjacency of 90");
    CHECK_FAILS(gamlp_feature_make(&x, &bare, f.index, 1, &options), GAMLP_E_USAGE,
                "without features");
    CHECK_FAILS(gamlp_feature_make(&x, &oblong, f.index, 1, &options), GAMLP_E_USAGE,
                "a square adjacency");
    gamlp_csr_clear(&wide);
    gamlp_csr_clear(&few);
    gamlp_csr_clear(&empty);
    clear(&f);
}

static void empty_graph_is_refused(void **state) {
    (void)state;
    const int64_t zero[] = {0};
    gamlp_csr a, sparse;
    gamlp_stack x;
    gamlp_feature_options options;
    gamlp_feature_options_default(&options);
    CHECK_OK(gamlp_csr_init(&a, 0, 0, 0));
    CHECK_OK(gamlp_csr_init(&sparse, 0, 4, 0));
    gamlp_feature_input in = {.adjacency = &a, .sparse = &sparse};
    CHECK_FAILS(gamlp_feature_make(&x, &in, NULL, 0, &options), GAMLP_E_USAGE, "no nodes");
    CHECK_FAILS(gamlp_feature_make(&x, &in, zero, 1, &options), GAMLP_E_USAGE, "wanted node 0");
    gamlp_csr_clear(&a);
    gamlp_csr_clear(&sparse);
}

static void options_are_checked(void **state) {
    (void)state;
    gamlp_feature_options o;
    gamlp_feature_options_default(&o);
    assert_int_equal(gamlp_feature_set_blocks(&o.set), 4);
    CHECK_OK(gamlp_feature_options_check(&o));
    o.set.count = 0;
    CHECK_FAILS(gamlp_feature_options_check(&o), GAMLP_E_CONFIG, "0 blocks, expected 1 to 64");
    CHECK_FAILS(gamlp_feature_set_hops(&o.set, 0), GAMLP_E_CONFIG, "hops is 0, expected 1 to 64");
    CHECK_FAILS(gamlp_feature_set_hops(&o.set, 65), GAMLP_E_CONFIG, "hops is 65");
    CHECK_OK(gamlp_feature_set_hops(&o.set, 2));
    o.panel = -1;
    CHECK_FAILS(gamlp_feature_options_check(&o), GAMLP_E_CONFIG, "panel is -1");
    o.panel = 0;
    o.normalise = (gamlp_normalise)3;
    CHECK_FAILS(gamlp_feature_options_check(&o), GAMLP_E_CONFIG, "normalise is 3");
}

typedef struct failing {
    fixture f;
    bool sparse;
    const int32_t *place;
    bool bfloat16;
} failing;

static gamlp_status compute(void *context) {
    failing *c = context;
    gamlp_stack x;
    gamlp_feature_options options = {
        .normalise = GAMLP_NORMALISE_ROW, .panel = 8, .bfloat16 = c->bfloat16};
    CHECK_OK(gamlp_feature_set_hops(&options.set, 5));
    gamlp_feature_input input = input_of(&c->f, c->sparse);
    input.place = c->place;
    gamlp_status status = gamlp_feature_make(&x, &input, c->f.index, WANTED, &options);
    gamlp_stack_clear(&x);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    failing c;
    int32_t place[NODES];
    make(&c.f, 2, NULL);
    CHECK_OK(gamlp_node_order_make(place, &c.f.graph.adjacency, GAMLP_NODES_RCM, NULL));
    for (int i = 0; i < 8; i++) {
        c.bfloat16 = i & 4;
        c.sparse = i & 1;
        c.place = i & 2 ? place : NULL;
        check_every_allocation(compute, &c);
    }
    clear(&c.f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_oracle),
        cmocka_unit_test(same_bits_every_way),
        cmocka_unit_test(same_bits_in_every_order),
        cmocka_unit_test(same_bits_for_all_nodes),
        cmocka_unit_test(permuted_nodes),
        cmocka_unit_test(bfloat16_keeps_its_bound),
        cmocka_unit_test(threads_share_a_larger_graph),
        cmocka_unit_test(single_node),
        cmocka_unit_test(bad_nodes),
        cmocka_unit_test(bad_shapes),
        cmocka_unit_test(empty_graph_is_refused),
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
