/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include "gamlp/alloc.h"
#include "gamlp/feature.h"
#include "gamlp/graph.h"
#include "gamlp/rng.h"

enum { NODES = 50, FEATURES = 20, EDGES = 120 };

typedef struct fixture {
    gamlp_graph graph;
    gamlp_csr s, sparse;
    gamlp_dense dense, w;
} fixture;

static void make(fixture *f, int64_t outputs) {
    int64_t source[EDGES], target[EDGES], row[100], col[100];
    gamlp_real val[100];
    const gamlp_operator op = gamlp_operator_default();
    gamlp_rng rng = gamlp_rng_key(7, GAMLP_RNG_TEST, 9);
    for (uint64_t e = 0; e < EDGES; e++) {
        source[e] = (int64_t)gamlp_rng_below(rng, 2 * e, NODES);
        target[e] = (int64_t)gamlp_rng_below(rng, 2 * e + 1, NODES);
    }
    for (uint64_t e = 0; e < 100; e++) {
        row[e] = (int64_t)gamlp_rng_below(rng, 1000 + 2 * e, NODES);
        col[e] = (int64_t)gamlp_rng_below(rng, 1001 + 2 * e, FEATURES);
        val[e] = (gamlp_real)gamlp_rng_normal(rng, 2000 + e);
    }
    CHECK_OK(gamlp_graph_from_edges(&f->graph, NODES, EDGES, source, target));
    CHECK_OK(gamlp_operator_make(&f->s, &f->graph.adjacency, NULL, &op));
    CHECK_OK(gamlp_csr_from_triplets(&f->sparse, NODES, FEATURES, 100, row, col, val,
                                     GAMLP_DUPLICATES_LAST));
    CHECK_OK(gamlp_csr_to_dense(&f->dense, &f->sparse));
    CHECK_OK(gamlp_dense_init(&f->w, outputs, FEATURES));
    fill_normal(&f->w, 3);
}

static void clear(fixture *f) {
    gamlp_graph_clear(&f->graph);
    gamlp_csr_clear(&f->s);
    gamlp_csr_clear(&f->sparse);
    gamlp_dense_clear(&f->dense);
    gamlp_dense_clear(&f->w);
}

static gamlp_feature_input input_of(const fixture *f, bool sparse) {
    return (gamlp_feature_input){.adjacency = &f->graph.adjacency,
                                 .sparse = sparse ? &f->sparse : NULL,
                                 .dense = sparse ? NULL : &f->dense};
}

/* W H S'^K, product by product in double. */
static void oracle(gamlp_dense *y, const fixture *f, int64_t power) {
    static double x[NODES][FEATURES], next[NODES][FEATURES];
    for (int64_t i = 0; i < NODES; i++)
        for (int64_t d = 0; d < FEATURES; d++) x[i][d] = f->dense.data[i * FEATURES + d];
    for (int64_t k = 0; k < power; k++) {
        for (int64_t i = 0; i < NODES; i++)
            for (int64_t d = 0; d < FEATURES; d++) {
                next[i][d] = 0;
                for (int64_t e = f->s.ptr[i]; e < f->s.ptr[i + 1]; e++)
                    next[i][d] += (double)f->s.val[e] * x[f->s.idx[e]][d];
            }
        for (int64_t i = 0; i < NODES; i++)
            for (int64_t d = 0; d < FEATURES; d++) x[i][d] = next[i][d];
    }
    CHECK_OK(gamlp_dense_init(y, f->w.rows, NODES));
    for (int64_t i = 0; i < NODES; i++)
        for (int64_t r = 0; r < f->w.rows; r++) {
            double sum = 0;
            for (int64_t d = 0; d < FEATURES; d++)
                sum += (double)f->w.data[r + d * f->w.rows] * x[i][d];
            y->data[r + i * f->w.rows] = (gamlp_real)sum;
        }
}

static void both_ways_equal_the_oracle(void **state) {
    (void)state;
    for (int64_t outputs = 1; outputs <= 33; outputs += 8) {
        fixture f;
        make(&f, outputs);
        for (int64_t power = 0; power < 4; power++) {
            gamlp_dense expected;
            oracle(&expected, &f, power);
            for (int way = GAMLP_LINEAR_AUTO; way <= GAMLP_LINEAR_WEIGHT_FIRST; way++)
                for (int sparse = 0; sparse < 2; sparse++) {
                    gamlp_feature_input input = input_of(&f, sparse);
                    gamlp_dense y;
                    CHECK_OK(gamlp_linear_product(&y, NULL, &f.s, power, &input, &f.w,
                                                  (gamlp_linear_way)way));
                    check_close(&y, &expected, 2e-6, "a linear model on a power");
                    gamlp_dense_clear(&y);
                }
            gamlp_dense_clear(&expected);
        }
        clear(&f);
    }
}

/* Few outputs: weights first; many: hops first. */
static void the_cheaper_way(void **state) {
    (void)state;
    fixture few, many;
    gamlp_linear_way way;
    gamlp_dense y;
    make(&few, 3);
    make(&many, 200);
    gamlp_feature_input a = input_of(&few, false), b = input_of(&many, false);
    CHECK_OK(gamlp_linear_product(&y, &way, &few.s, 2, &a, &few.w, GAMLP_LINEAR_AUTO));
    assert_int_equal(way, GAMLP_LINEAR_WEIGHT_FIRST);
    gamlp_dense_clear(&y);
    CHECK_OK(gamlp_linear_product(&y, &way, &many.s, 2, &b, &many.w, GAMLP_LINEAR_AUTO));
    assert_int_equal(way, GAMLP_LINEAR_POWER_FIRST);
    gamlp_dense_clear(&y);
    double nnz = (double)few.s.nnz;
    assert_true(gamlp_linear_cost(GAMLP_LINEAR_WEIGHT_FIRST, &few.s, 2, &a, 3) ==
                NODES * FEATURES * 3 + 2 * nnz * 3);
    assert_true(gamlp_linear_cost(GAMLP_LINEAR_POWER_FIRST, &few.s, 2, &a, 3) ==
                2 * nnz * FEATURES + NODES * FEATURES * 3);
    clear(&few);
    clear(&many);
}

static void bad_shapes(void **state) {
    (void)state;
    fixture f;
    gamlp_dense y, narrow;
    make(&f, 3);
    gamlp_feature_input input = input_of(&f, true), none = input;
    none.sparse = NULL;
    CHECK_OK(gamlp_dense_init(&narrow, 3, FEATURES - 1));
    CHECK_FAILS(gamlp_linear_product(&y, NULL, &f.s, 1, &none, &f.w, GAMLP_LINEAR_AUTO),
                GAMLP_E_USAGE, "one of the two");
    CHECK_FAILS(gamlp_linear_product(&y, NULL, &f.s, 1, &input, &narrow, GAMLP_LINEAR_AUTO),
                GAMLP_E_USAGE, "weights of 19");
    CHECK_FAILS(gamlp_linear_product(&y, NULL, &f.s, -1, &input, &f.w, GAMLP_LINEAR_AUTO),
                GAMLP_E_USAGE, "power -1");
    gamlp_dense_clear(&narrow);
    clear(&f);
}

typedef struct failing {
    fixture f;
    gamlp_linear_way way;
    bool sparse;
} failing;

static gamlp_status compute(void *context) {
    failing *c = context;
    gamlp_dense y;
    gamlp_feature_input input = input_of(&c->f, c->sparse);
    gamlp_status status = gamlp_linear_product(&y, NULL, &c->f.s, 2, &input, &c->f.w, c->way);
    gamlp_dense_clear(&y);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    failing c;
    make(&c.f, 4);
    for (int i = 0; i < 4; i++) {
        c.way = i & 1 ? GAMLP_LINEAR_POWER_FIRST : GAMLP_LINEAR_WEIGHT_FIRST;
        c.sparse = i & 2;
        check_every_allocation(compute, &c);
    }
    clear(&c.f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_equal_the_oracle),
        cmocka_unit_test(the_cheaper_way),
        cmocka_unit_test(bad_shapes),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
