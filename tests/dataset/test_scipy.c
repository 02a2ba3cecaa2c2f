/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "dataset/scipy.h"
#include "dataset/table_features.h"
#include "gamlp/rng.h"

static gamlp_array array_of(const char *type, const void *data, int64_t count) {
    gamlp_array array = {0};
    CHECK_OK(gamlp_array_type(&array, type, 3, "test"));
    CHECK_OK(gamlp_array_shape(&array, &count, 1, "test"));
    array.data = data;
    return array;
}

static gamlp_scipy_csr csr_of(int64_t rows, int64_t cols, const int32_t *ptr, const int32_t *idx,
                              const float *val) {
    return (gamlp_scipy_csr){rows, cols, array_of("=i4", ptr, rows + 1),
                             array_of("=i4", idx, ptr[rows]), array_of("=f4", val, ptr[rows])};
}

/* Random rows with repeated columns, zeros and cancelling pairs, against a dense table. */
static void check_random(int64_t rows, int64_t cols, int64_t per_row, uint32_t stream) {
    int64_t count = rows * per_row;
    int32_t *ptr = calloc((size_t)rows + 1, 4), *idx = calloc((size_t)count, 4);
    float *val = calloc((size_t)count, 4), *dense = calloc((size_t)(rows * cols), 4);
    gamlp_rng rng = gamlp_rng_key(1, GAMLP_RNG_TEST, stream);
    for (int64_t i = 0; i < count; i++) {
        ptr[i / per_row + 1] = (int32_t)(i + 1);
        idx[i] = (int32_t)gamlp_rng_below(rng, 2 * (uint64_t)i, (uint64_t)cols);
        val[i] = (float)gamlp_rng_below(rng, 2 * (uint64_t)i + 1, 5) - 2;
        dense[i / per_row * cols + idx[i]] += val[i];
    }
    gamlp_scipy_csr source = csr_of(rows, cols, ptr, idx, val);
    gamlp_csr a;
    CHECK_OK(gamlp_scipy_features(&a, &source, "node", "file"));
    CHECK_OK(gamlp_csr_check(&a));
    int64_t nonzero = 0;
    for (int64_t i = 0; i < rows * cols; i++) nonzero += dense[i] != 0;
    assert_int_equal(a.nnz, nonzero);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = a.ptr[i]; k < a.ptr[i + 1]; k++)
            assert_true(a.val[k] == dense[i * cols + a.idx[k]]);
    gamlp_csr_clear(&a);
    free(ptr);
    free(idx);
    free(val);
    free(dense);
}

static void test_features(void **state) {
    (void)state;
    check_random(7, 3, 5, 0);
    check_random(5, 200, 20, 1);
    check_random(5, 256, 100, 2); /* one pass of the radix sort */
    check_random(5, 257, 100, 3); /* two */
    check_random(3, 70000, 200, 4);
    check_random(1, 1, 40, 5);
}

static void test_graph(void **state) {
    (void)state;
    const int32_t ptr[] = {0, 3, 4, 6}, idx[] = {2, 1, 1, 0, 0, 2};
    const float val[] = {1, 2, 1, 0, 1, 1};
    gamlp_scipy_csr csr = csr_of(3, 3, ptr, idx, val);
    gamlp_graph graph;
    CHECK_OK(gamlp_scipy_graph(&graph, &csr, "file"));
    assert_int_equal(graph.nodes, 3);
    assert_int_equal(graph.edges, 2);
    assert_int_equal(graph.stored_edges, 5); /* the zero is no edge */
    assert_int_equal(graph.self_loops, 1);
    assert_int_equal(graph.duplicate_edges, 2);
    gamlp_graph_clear(&graph);
    csr.cols = 4;
    CHECK_FAILS(gamlp_scipy_graph(&graph, &csr, "file"), GAMLP_E_DATA, "expected square");
}

typedef struct change {
    int32_t ptr[4], idx[4];
    float val[4];
    int64_t rows, cols;
    const char *sentence;
} change;

static void test_bad(void **state) {
    (void)state;
    const change bad[] = {
        {{0, 2, 4, 3}, {0, 1, 2}, {1, 1, 1}, 3, 3, "indptr element 2"},
        {{0, 2, 1, 3}, {0, 1, 2}, {1, 1, 1}, 3, 3, "indptr element 2"},
        {{1, 2, 3, 3}, {0, 1, 2}, {1, 1, 1}, 3, 3, "indptr element 0"},
        {{0, 1, 2, 3}, {0, 3, 2}, {1, 1, 1}, 3, 3, "node 1: index 3 is outside 0..2"},
        {{0, 1, 2, 3}, {0, -1, 2}, {1, 1, 1}, 3, 3, "node 1: index -1"},
        {{0, 1, 2, 3}, {0, 1, 2}, {1, 1, NAN}, 3, 3, "node 2, feature 2: "},
        {{0, 1, 1, 3}, {0, 1, 2}, {1, INFINITY, 1}, 3, 3, "node 2, feature 1: inf"},
        {{0, 0, 2, 3}, {1, 1, 2}, {3e38F, 3e38F, 1}, 3, 3, "node 1, feature 1: "},
        {{0, 1, 2, 3}, {0, 1, 2}, {1, 1, 1}, 3, 0, "impossible"},
        {{0, 1, 2, 3}, {0, 1, 2}, {1, 1, 1}, 3, INT64_C(1) << 31, "impossible"},
        {{0, 1, 2, 3}, {0, 1, 2}, {1, 1, 1}, 2, 3, "indptr has 4 elements, expected 3"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        gamlp_scipy_csr csr = {bad[i].rows, bad[i].cols, array_of("=i4", bad[i].ptr, 4),
                               array_of("=i4", bad[i].idx, 3), array_of("=f4", bad[i].val, 3)};
        gamlp_csr a;
        CHECK_FAILS(gamlp_scipy_features(&a, &csr, "node", "file"), GAMLP_E_DATA, bad[i].sentence);
        CHECK_FAILS(gamlp_scipy_features(&a, &csr, "node", "file"), GAMLP_E_DATA, "file: ");
    }
}

static void test_dense(void **state) {
    (void)state;
    const float by_row[] = {1, 2, 3, 4, 5, 6}, by_column[] = {1, 4, 2, 5, 3, 6};
    const float bad[] = {1, 2, 3, 4, NAN, 6};
    const int64_t shape[] = {2, 3};
    gamlp_array array = array_of("=f4", by_row, 6);
    CHECK_OK(gamlp_array_shape(&array, shape, 2, "file"));
    for (int order = 0; order < 2; order++) {
        gamlp_dense dense;
        array.fortran = order == 1;
        array.data = (const unsigned char *)(order ? by_column : by_row);
        CHECK_OK(gamlp_array_features(&dense, &array, "file"));
        assert_int_equal(dense.rows, 3);
        assert_int_equal(dense.cols, 2);
        for (int i = 0; i < 6; i++) assert_true(dense.data[i] == by_row[i]);
        gamlp_dense_clear(&dense);
    }
    gamlp_dense dense;
    array.data = (const unsigned char *)bad;
    CHECK_FAILS(gamlp_array_features(&dense, &array, "file"), GAMLP_E_DATA, "node 0, feature 2");
    array.fortran = false;
    CHECK_FAILS(gamlp_array_features(&dense, &array, "file"), GAMLP_E_DATA, "node 1, feature 1");
}

static gamlp_status features_body(void *context) {
    const gamlp_scipy_csr *csr = context;
    gamlp_csr a;
    gamlp_status status = gamlp_scipy_features(&a, csr, "node", "file");
    if (status == GAMLP_OK) gamlp_csr_clear(&a);
    return status;
}

static gamlp_status graph_body(void *context) {
    const gamlp_scipy_csr *csr = context;
    gamlp_graph graph;
    gamlp_status status = gamlp_scipy_graph(&graph, csr, "file");
    if (status == GAMLP_OK) gamlp_graph_clear(&graph);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    const int32_t ptr[] = {0, 2, 3}, idx[] = {1, 0, 1};
    const float val[] = {1, 2, 3};
    gamlp_scipy_csr csr = csr_of(2, 2, ptr, idx, val);
    check_every_allocation(features_body, &csr);
    check_every_allocation(graph_body, &csr);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_features),   cmocka_unit_test(test_graph),
        cmocka_unit_test(test_bad),        cmocka_unit_test(test_dense),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
