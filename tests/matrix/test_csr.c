/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/csr.h"
#include "gamlp/rng.h"

enum { ROWS = 37, COLS = 23, COUNT = 500 };

static int64_t row[COUNT], col[COUNT];
static gamlp_real val[COUNT];

static void draw_triplets(uint64_t seed) {
    gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 7);
    for (int64_t k = 0; k < COUNT; k++) {
        row[k] = (int64_t)gamlp_rng_below(rng, (uint64_t)(3 * k), ROWS);
        col[k] = (int64_t)gamlp_rng_below(rng, (uint64_t)(3 * k + 1), COLS);
        val[k] = (gamlp_real)(1 + (int)gamlp_rng_below(rng, (uint64_t)(3 * k + 2), 9));
    }
}

/* The obvious dense form of the triplets. */
static void expect_triplets(double dense[ROWS][COLS], gamlp_duplicates duplicates) {
    memset(dense, 0, sizeof(double) * ROWS * COLS);
    for (int64_t k = 0; k < COUNT; k++) {
        double *place = &dense[row[k]][col[k]];
        if (duplicates == GAMLP_DUPLICATES_SUM) *place += val[k];
        if (duplicates == GAMLP_DUPLICATES_LAST) *place = val[k];
        if (duplicates == GAMLP_DUPLICATES_ONE) *place = 1;
    }
}

static void check_equals(const gamlp_csr *a, double dense[ROWS][COLS]) {
    int64_t nonzero = 0;
    CHECK_OK(gamlp_csr_check(a));
    for (int64_t i = 0; i < ROWS; i++) {
        double found[COLS] = {0};
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++) found[a->idx[k]] = a->val[k];
        for (int64_t j = 0; j < COLS; j++) {
            if (found[j] != dense[i][j])
                fail_msg("element (%d, %d) is %g, expected %g", (int)i, (int)j, found[j],
                         dense[i][j]);
            nonzero += dense[i][j] != 0;
        }
    }
    assert_int_equal(a->nnz, nonzero);
}

static void triplets_in_any_order(void **state) {
    (void)state;
    static double dense[ROWS][COLS];
    for (gamlp_duplicates d = GAMLP_DUPLICATES_SUM; d <= GAMLP_DUPLICATES_ONE; d++) {
        gamlp_csr a;
        draw_triplets((uint64_t)d);
        expect_triplets(dense, d);
        CHECK_OK(gamlp_csr_from_triplets(&a, ROWS, COLS, COUNT, row, col, val, d));
        check_equals(&a, dense);
        gamlp_csr_clear(&a);
        assert_null(a.ptr);
    }
}

static void triplets_without_values_are_ones(void **state) {
    (void)state;
    gamlp_csr a;
    const int64_t r[] = {1, 0, 1}, c[] = {2, 1, 2};
    CHECK_OK(gamlp_csr_from_triplets(&a, 2, 3, 3, r, c, NULL, GAMLP_DUPLICATES_SUM));
    assert_int_equal(a.nnz, 2);
    assert_true(a.val[0] == 1 && a.val[1] == 2);
    gamlp_csr_clear(&a);
    CHECK_OK(gamlp_csr_from_triplets(&a, 4, 0, 0, NULL, NULL, NULL, GAMLP_DUPLICATES_SUM));
    CHECK_OK(gamlp_csr_check(&a));
    gamlp_csr_clear(&a);
}

static void bad_triplets_are_refused(void **state) {
    (void)state;
    gamlp_csr a;
    const int64_t r[] = {0, 2}, c[] = {0, 0}, ok[] = {0, 1}, negative[] = {0, -1};
    CHECK_FAILS(gamlp_csr_from_triplets(&a, 2, 3, 2, r, c, NULL, GAMLP_DUPLICATES_SUM),
                GAMLP_E_DATA, "triplet 1: position (2, 0)");
    CHECK_FAILS(gamlp_csr_from_triplets(&a, 2, 3, 2, ok, negative, NULL, GAMLP_DUPLICATES_SUM),
                GAMLP_E_DATA, "triplet 1: position (1, -1)");
    assert_null(a.ptr);
    CHECK_FAILS(gamlp_csr_init(&a, -1, 3, 0), GAMLP_E_USAGE, "-1 x 3");
    CHECK_FAILS(gamlp_csr_init(&a, 1, (int64_t)INT32_MAX + 1, 0), GAMLP_E_USAGE, "2147483647");
    CHECK_FAILS(gamlp_csr_init(&a, 1, 1, -5), GAMLP_E_USAGE, "-5 entries");
}

static void check_finds_every_violation(void **state) {
    (void)state;
    gamlp_csr a;
    const int64_t r[] = {0, 0, 1, 2}, c[] = {0, 2, 1, 0};
    CHECK_OK(gamlp_csr_from_triplets(&a, 3, 3, 4, r, c, NULL, GAMLP_DUPLICATES_SUM));
    CHECK_OK(gamlp_csr_check(&a));
    a.idx[1] = 0;
    CHECK_FAILS(gamlp_csr_check(&a), GAMLP_E_DATA, "sparse row 0: column 0 after 0");
    a.idx[1] = 3;
    CHECK_FAILS(gamlp_csr_check(&a), GAMLP_E_DATA, "columns below 3");
    a.idx[1] = 2;
    a.idx[3] = -1;
    CHECK_FAILS(gamlp_csr_check(&a), GAMLP_E_DATA, "sparse row 2: column -1");
    a.idx[3] = 0;
    a.val[2] = (gamlp_real)NAN;
    CHECK_FAILS(gamlp_csr_check(&a), GAMLP_E_DATA, "sparse row 1, column 1");
    a.val[2] = 1;
    a.ptr[1] = 7;
    CHECK_FAILS(gamlp_csr_check(&a), GAMLP_E_DATA, "sparse row 0: pointer 7");
    a.ptr[1] = 2;
    a.ptr[2] = 1;
    CHECK_FAILS(gamlp_csr_check(&a), GAMLP_E_DATA, "sparse row 1: pointer 1 after 2");
    a.ptr[2] = 3;
    a.nnz = 3;
    CHECK_FAILS(gamlp_csr_check(&a), GAMLP_E_DATA, "0 to 3");
    a.nnz = 4;
    CHECK_OK(gamlp_csr_check(&a));
    gamlp_csr_clear(&a);
    CHECK_FAILS(gamlp_csr_check(&a), GAMLP_E_DATA, "without its arrays");
}

static void transpose_rows_copy_dense(void **state) {
    (void)state;
    static double dense[ROWS][COLS];
    const int64_t index[] = {5, 0, 5, 36}, outside[] = {3, 37};
    gamlp_csr a, t, back, some, copy;
    gamlp_dense x;
    draw_triplets(11);
    expect_triplets(dense, GAMLP_DUPLICATES_SUM);
    CHECK_OK(gamlp_csr_from_triplets(&a, ROWS, COLS, COUNT, row, col, val, GAMLP_DUPLICATES_SUM));
    CHECK_OK(gamlp_csr_transpose(&t, &a));
    CHECK_OK(gamlp_csr_check(&t));
    assert_int_equal(t.rows, COLS);
    for (int64_t i = 0; i < COLS; i++)
        for (int64_t k = t.ptr[i]; k < t.ptr[i + 1]; k++)
            assert_true((double)t.val[k] == dense[t.idx[k]][i]);
    CHECK_OK(gamlp_csr_transpose(&back, &t));
    check_equals(&back, dense);
    CHECK_OK(gamlp_csr_copy(&copy, &a));
    check_equals(&copy, dense);
    CHECK_OK(gamlp_csr_to_dense(&x, &a));
    assert_int_equal(x.rows, COLS);
    for (int64_t i = 0; i < ROWS; i++)
        for (int64_t j = 0; j < COLS; j++) assert_true((double)x.data[i * COLS + j] == dense[i][j]);
    CHECK_OK(gamlp_csr_rows(&some, &a, index, 4));
    CHECK_OK(gamlp_csr_check(&some));
    assert_int_equal(some.rows, 4);
    for (int64_t i = 0; i < 4; i++) {
        int64_t size = some.ptr[i + 1] - some.ptr[i], from = a.ptr[index[i]];
        assert_int_equal(size, a.ptr[index[i] + 1] - from);
        assert_memory_equal(some.idx + some.ptr[i], a.idx + from, (size_t)size * sizeof *a.idx);
        assert_memory_equal(some.val + some.ptr[i], a.val + from, (size_t)size * sizeof *a.val);
    }
    gamlp_csr_clear(&some);
    CHECK_FAILS(gamlp_csr_rows(&some, &a, outside, 2), GAMLP_E_USAGE, "row index 1 is 37");
    gamlp_csr_clear(&a);
    gamlp_csr_clear(&t);
    gamlp_csr_clear(&back);
    gamlp_csr_clear(&copy);
    gamlp_dense_clear(&x);
}

static void empty_matrices(void **state) {
    (void)state;
    gamlp_csr a, b;
    gamlp_dense x;
    CHECK_OK(gamlp_csr_init(&a, 0, 0, 0));
    CHECK_OK(gamlp_csr_check(&a));
    CHECK_OK(gamlp_csr_transpose(&b, &a));
    gamlp_csr_clear(&b);
    CHECK_OK(gamlp_csr_copy(&b, &a));
    gamlp_csr_clear(&b);
    CHECK_OK(gamlp_csr_rows(&b, &a, NULL, 0));
    gamlp_csr_clear(&b);
    CHECK_OK(gamlp_csr_to_dense(&x, &a));
    gamlp_dense_clear(&x);
    gamlp_csr_clear(&a);
    gamlp_csr_clear(NULL);
}

static gamlp_status everything(void *context) {
    (void)context;
    const int64_t index[] = {1, 2};
    gamlp_csr a = {0}, b = {0}, c = {0}, d = {0};
    gamlp_dense x = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_csr_from_triplets(&a, ROWS, COLS, COUNT, row, col, val, GAMLP_DUPLICATES_SUM));
    GAMLP_TRY(gamlp_csr_transpose(&b, &a));
    GAMLP_TRY(gamlp_csr_rows(&c, &a, index, 2));
    GAMLP_TRY(gamlp_csr_copy(&d, &a));
    GAMLP_TRY(gamlp_csr_to_dense(&x, &a));
done:
    gamlp_csr_clear(&a);
    gamlp_csr_clear(&b);
    gamlp_csr_clear(&c);
    gamlp_csr_clear(&d);
    gamlp_dense_clear(&x);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    draw_triplets(3);
    check_every_allocation(everything, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(triplets_in_any_order),
        cmocka_unit_test(triplets_without_values_are_ones),
        cmocka_unit_test(bad_triplets_are_refused),
        cmocka_unit_test(check_finds_every_violation),
        cmocka_unit_test(transpose_rows_copy_dense),
        cmocka_unit_test(empty_matrices),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
