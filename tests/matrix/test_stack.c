/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Products of stacks against triple loops in double on the same X as one dense matrix. */
#include "gamlp/stack.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"

enum { NODES = 37, BLOCK_COUNT = 4 };

/* Blocks of these widths; a set bit of the pattern makes a block sparse. */
static const int64_t width[BLOCK_COUNT] = {70, 3, 1, 130};
enum { ROWS = 70 + 3 + 1 + 130 };

static const double tolerance = sizeof(gamlp_real) == 4 ? 2e-5 : 1e-13;

static bool present(uint64_t seed, int64_t i) {
    return gamlp_rng_below(gamlp_rng_key(seed, GAMLP_RNG_TEST, 9), (uint64_t)i, 4) == 0;
}

/* A quarter of the entries; the first node has none. */
static void sparse_block(gamlp_csr *a, gamlp_dense *dense, uint64_t seed) {
    int64_t count = 0, d = dense->rows;
    for (int64_t i = 0; i < d * dense->cols; i++)
        if (i < d || !present(seed, i)) dense->data[i] = 0;
    for (int64_t i = 0; i < d * dense->cols; i++) count += dense->data[i] != 0;
    CHECK_OK(gamlp_csr_init(a, dense->cols, d, count));
    count = 0;
    for (int64_t j = 0; j < dense->cols; j++) {
        for (int64_t i = 0; i < d; i++) {
            if (dense->data[i + j * d] == 0) continue;
            a->idx[count] = (int32_t)i;
            a->val[count++] = dense->data[i + j * d];
        }
        a->ptr[j + 1] = count;
    }
    CHECK_OK(gamlp_csr_check(a));
}

static void make(gamlp_stack *x, gamlp_dense *whole, int64_t cols, int pattern, uint64_t seed) {
    gamlp_stack_init(x, cols);
    CHECK_OK(gamlp_dense_init(whole, ROWS, cols));
    for (int64_t k = 0, first = 0; k < BLOCK_COUNT; first += width[k++]) {
        gamlp_dense dense;
        gamlp_csr sparse;
        CHECK_OK(gamlp_dense_init(&dense, width[k], cols));
        fill_normal(&dense, seed + (uint64_t)k);
        if (pattern >> k & 1) sparse_block(&sparse, &dense, seed);
        for (int64_t j = 0; j < cols; j++)
            memcpy(whole->data + first + j * ROWS, dense.data + j * width[k],
                   (size_t)width[k] * sizeof *dense.data);
        if (pattern >> k & 1) {
            CHECK_OK(gamlp_stack_push_sparse(x, &sparse));
            assert_null(sparse.ptr);
            gamlp_dense_clear(&dense);
        } else {
            CHECK_OK(gamlp_stack_push_dense(x, &dense));
            assert_null(dense.data);
        }
    }
    assert_int_equal(x->rows, ROWS);
    assert_int_equal(x->blocks, BLOCK_COUNT);
}

/* c <- alpha op(a) op(b) + beta c, where op(m)(i, j) = m[i * row + j * col]. */
static void slow(gamlp_dense *c, double alpha, const gamlp_real *a, int64_t a_row, int64_t a_col,
                 const gamlp_real *b, int64_t b_row, int64_t b_col, int64_t inner, double beta) {
    for (int64_t i = 0; i < c->rows; i++)
        for (int64_t j = 0; j < c->cols; j++) {
            double sum = 0;
            for (int64_t k = 0; k < inner; k++)
                sum += (double)a[i * a_row + k * a_col] * (double)b[k * b_row + j * b_col];
            gamlp_real *at = &c->data[i + j * c->rows];
            *at = (gamlp_real)(alpha * sum + (beta == 0 ? 0 : beta * *at));
        }
}

static void fill_nan(gamlp_dense *a) {
    for (int64_t i = 0; i < a->rows * a->cols; i++) a->data[i] = (gamlp_real)NAN;
}

static void check_gram(int pattern, int64_t cols) {
    gamlp_stack a, b;
    gamlp_dense da, db, k, expected;
    make(&a, &da, NODES, pattern, 1);
    make(&b, &db, cols, pattern, 20);
    CHECK_OK(gamlp_dense_init(&k, NODES, cols));
    CHECK_OK(gamlp_dense_init(&expected, NODES, cols));
    fill_nan(&k);
    CHECK_OK(gamlp_stack_gram(&k, &a, &b));
    slow(&expected, 1, da.data, ROWS, 1, db.data, 1, ROWS, ROWS, 0);
    check_close(&k, &expected, tolerance, "gram");
    gamlp_stack_clear(&a);
    gamlp_stack_clear(&b);
    gamlp_dense_clear(&da);
    gamlp_dense_clear(&db);
    gamlp_dense_clear(&k);
    gamlp_dense_clear(&expected);
}

static void check_products(int pattern) {
    enum { M = 101 };
    static const double beta[] = {0, 1, 0.5};
    gamlp_stack x;
    gamlp_dense whole, w, y, expected, g, expected_g;
    make(&x, &whole, NODES, pattern, 3);
    CHECK_OK(gamlp_dense_init(&w, M, ROWS));
    fill_normal(&w, 90);
    CHECK_OK(gamlp_dense_init(&y, M, NODES));
    fill_nan(&y);
    CHECK_OK(gamlp_dense_init(&expected, M, NODES));
    CHECK_OK(gamlp_stack_multiply(&y, &w, &x));
    slow(&expected, 1, w.data, 1, M, whole.data, 1, ROWS, ROWS, 0);
    check_close(&y, &expected, tolerance, "multiply");
    for (int i = 0; i < 3; i++) {
        CHECK_OK(gamlp_dense_init(&g, M, ROWS));
        fill_normal(&g, 91);
        CHECK_OK(gamlp_dense_copy(&expected_g, &g));
        if (beta[i] == 0) fill_nan(&g);
        CHECK_OK(gamlp_stack_multiply_transposed(&g, (gamlp_real)-0.75, &expected, &x,
                                                 (gamlp_real)beta[i]));
        slow(&expected_g, -0.75, expected.data, 1, M, whole.data, ROWS, 1, NODES, beta[i]);
        check_close(&g, &expected_g, tolerance, "multiply_transposed");
        gamlp_dense_clear(&g);
        gamlp_dense_clear(&expected_g);
    }
    gamlp_stack_clear(&x);
    gamlp_dense_clear(&whole);
    gamlp_dense_clear(&w);
    gamlp_dense_clear(&y);
    gamlp_dense_clear(&expected);
}

static void test_every_mix(void **state) {
    (void)state;
    for (int pattern = 0; pattern < 1 << BLOCK_COUNT; pattern++) {
        check_gram(pattern, 11);
        check_products(pattern);
    }
    check_gram(15, 530); /* chunks of more columns than the least */
}

static void test_bits_and_threads(void **state) {
    (void)state;
    gamlp_stack x;
    gamlp_dense whole, k, first = {0};
    make(&x, &whole, NODES, 15, 5);
    CHECK_OK(gamlp_dense_init(&k, NODES, NODES));
    for (int64_t threads = 1; threads <= 3; threads++) {
        gamlp_threads_set(threads);
        CHECK_OK(gamlp_stack_gram(&k, &x, &x));
        if (threads == 1)
            CHECK_OK(gamlp_dense_copy(&first, &k));
        else
            assert_memory_equal(k.data, first.data, NODES * NODES * sizeof *k.data);
    }
    gamlp_stack_clear(&x);
    gamlp_dense_clear(&whole);
    gamlp_dense_clear(&k);
    gamlp_dense_clear(&first);
}

static void test_columns(void **state) {
    (void)state;
    const int64_t index[] = {5, 36, 0, 5}, bad[] = {37};
    gamlp_stack x, part, all;
    gamlp_dense whole, unit, y, expected;
    make(&x, &whole, NODES, 5, 7);
    CHECK_OK(gamlp_stack_columns(&part, &x, index, 4));
    assert_int_equal(part.cols, 4);
    assert_int_equal(part.rows, ROWS);
    CHECK_OK(gamlp_dense_init(&unit, ROWS, ROWS));
    for (int64_t i = 0; i < ROWS; i++) unit.data[i * (ROWS + 1)] = 1;
    CHECK_OK(gamlp_dense_init(&y, ROWS, 4));
    CHECK_OK(gamlp_stack_multiply(&y, &unit, &part));
    CHECK_OK(gamlp_dense_columns(&expected, &whole, index, 4));
    check_close(&y, &expected, 0, "columns");
    CHECK_FAILS(gamlp_stack_columns(&all, &x, bad, 1), GAMLP_E_USAGE, "37");
    assert_int_equal(all.blocks, 0);
    gamlp_stack_clear(&x);
    gamlp_stack_clear(&part);
    gamlp_dense_clear(&whole);
    gamlp_dense_clear(&unit);
    gamlp_dense_clear(&y);
    gamlp_dense_clear(&expected);
}

static void test_block_scale(void **state) {
    (void)state;
    gamlp_stack x;
    gamlp_dense whole;
    make(&x, &whole, NODES, 6, 8);
    for (int64_t k = 0, first = 0; k < BLOCK_COUNT; first += width[k++]) {
        double square = 0;
        for (int64_t j = 0; j < NODES; j++)
            for (int64_t i = first; i < first + width[k]; i++)
                square += (double)whole.data[i + j * ROWS] * (double)whole.data[i + j * ROWS];
        assert_int_equal(gamlp_stack_block_rows(&x, k), width[k]);
        double before = gamlp_stack_block_square(&x, k);
        assert_true(fabs(before - square) <= 1e-12 * square);
        gamlp_stack_block_scale(&x, k, 2);
        assert_true(gamlp_stack_block_square(&x, k) == 4 * before);
    }
    gamlp_stack_clear(&x);
    gamlp_dense_clear(&whole);
}

static void test_refused(void **state) {
    (void)state;
    gamlp_stack x, y;
    gamlp_dense block, whole, other, w, g;
    make(&x, &whole, NODES, 0, 1);
    make(&y, &other, NODES, 1, 1);
    CHECK_OK(gamlp_dense_init(&block, 2, NODES + 1));
    CHECK_FAILS(gamlp_stack_push_dense(&x, &block), GAMLP_E_USAGE, "38 columns in a stack of 37");
    assert_null(block.data);
    CHECK_OK(gamlp_dense_init(&w, NODES, NODES));
    CHECK_FAILS(gamlp_stack_gram(&w, &x, &y), GAMLP_E_USAGE, "different blocks");
    CHECK_FAILS(gamlp_stack_multiply(&w, &w, &x), GAMLP_E_USAGE, "unfitting shapes");
    CHECK_OK(gamlp_dense_init(&g, 3, ROWS));
    CHECK_FAILS(gamlp_stack_multiply_transposed(&g, 1, &w, &x, 0), GAMLP_E_USAGE, "unfitting");
    for (int64_t k = x.blocks; k < GAMLP_STACK_BLOCKS; k++) {
        CHECK_OK(gamlp_dense_init(&block, 1, NODES));
        CHECK_OK(gamlp_stack_push_dense(&x, &block));
    }
    CHECK_OK(gamlp_dense_init(&block, 1, NODES));
    CHECK_FAILS(gamlp_stack_push_dense(&x, &block), GAMLP_E_USAGE, "more than 64 blocks");
    gamlp_stack_clear(&x);
    gamlp_stack_clear(&y);
    gamlp_stack_clear(NULL);
    gamlp_dense_clear(&whole);
    gamlp_dense_clear(&other);
    gamlp_dense_clear(&w);
    gamlp_dense_clear(&g);
}

typedef struct task {
    gamlp_stack x;
    gamlp_dense k;
} task;

static gamlp_status use_all(void *context) {
    task *t = context;
    const int64_t index[] = {1, 2};
    gamlp_stack part = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_stack_columns(&part, &t->x, index, 2));
    GAMLP_TRY(gamlp_stack_gram(&t->k, &t->x, &t->x));
done:
    gamlp_stack_clear(&part);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    task t;
    gamlp_dense whole;
    make(&t.x, &whole, NODES, 5, 1);
    CHECK_OK(gamlp_dense_init(&t.k, NODES, NODES));
    check_every_allocation(use_all, &t);
    gamlp_stack_clear(&t.x);
    gamlp_dense_clear(&whole);
    gamlp_dense_clear(&t.k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_mix), cmocka_unit_test(test_bits_and_threads),
        cmocka_unit_test(test_columns),   cmocka_unit_test(test_block_scale),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
