/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/dense.h"

#include "check.h"

static void test_init(void **state) {
    (void)state;
    gamlp_dense a;
    CHECK_OK(gamlp_dense_init(&a, 3, 5));
    assert_int_equal(a.rows, 3);
    assert_int_equal(a.cols, 5);
    assert_int_equal((uintptr_t)a.data % 64, 0);
    for (int i = 0; i < 15; i++) assert_true(a.data[i] == 0);
    gamlp_dense_clear(&a);
    assert_null(a.data);
    assert_int_equal(a.rows, 0);
    gamlp_dense_clear(&a);
    gamlp_dense_clear(NULL);
    CHECK_OK(gamlp_dense_init(&a, 0, 5));
    assert_null(a.data);
    assert_int_equal(a.cols, 5);
}

static void test_refused(void **state) {
    (void)state;
    gamlp_dense a;
    CHECK_FAILS(gamlp_dense_init(&a, -1, 5), GAMLP_E_USAGE, "-1 x 5");
    CHECK_FAILS(gamlp_dense_init(&a, 5, -1), GAMLP_E_USAGE, "5 x -1");
    CHECK_FAILS(gamlp_dense_init(&a, INT64_MAX / 2, 3), GAMLP_E_NOMEM, "too large");
    CHECK_FAILS(gamlp_dense_init(&a, INT64_MAX / 2, 2), GAMLP_E_NOMEM, "cannot allocate");
    assert_null(a.data);
    assert_int_equal(a.rows, 0);
}

static void test_copy_and_columns(void **state) {
    (void)state;
    gamlp_dense a, copy, part;
    const int64_t index[] = {3, 0, 3}, bad[] = {1, 4}, negative[] = {-1};
    CHECK_OK(gamlp_dense_init(&a, 3, 4));
    fill_normal(&a, 1);
    CHECK_OK(gamlp_dense_copy(&copy, &a));
    assert_true(copy.data != a.data);
    check_close(&copy, &a, 0, "copy");
    CHECK_OK(gamlp_dense_columns(&part, &a, index, 3));
    for (int j = 0; j < 3; j++)
        for (int i = 0; i < 3; i++) assert_true(part.data[i + 3 * j] == a.data[i + 3 * index[j]]);
    gamlp_dense_clear(&part);
    CHECK_FAILS(gamlp_dense_columns(&part, &a, bad, 2), GAMLP_E_USAGE,
                "column 4 of a matrix with 4");
    assert_null(part.data);
    CHECK_FAILS(gamlp_dense_columns(&part, &a, negative, 1), GAMLP_E_USAGE, "column -1");
    CHECK_OK(gamlp_dense_columns(&part, &a, NULL, 0));
    assert_int_equal(part.cols, 0);
    gamlp_dense_clear(&part);
    gamlp_dense_clear(&copy);
    gamlp_dense_clear(&a);
    CHECK_OK(gamlp_dense_copy(&copy, &a));
    assert_null(copy.data);
}

static gamlp_status make(void *context) {
    const int64_t index[] = {1, 0};
    gamlp_dense a = {0}, b = {0}, c = {0};
    gamlp_status status = GAMLP_OK;
    (void)context;
    GAMLP_TRY(gamlp_dense_init(&a, 2, 2));
    GAMLP_TRY(gamlp_dense_copy(&b, &a));
    GAMLP_TRY(gamlp_dense_columns(&c, &a, index, 2));
done:
    gamlp_dense_clear(&a);
    gamlp_dense_clear(&b);
    gamlp_dense_clear(&c);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    check_every_allocation(make, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_init),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_copy_and_columns),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
