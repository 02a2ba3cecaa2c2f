/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/alloc.h"

#include <string.h>

#include "check.h"

static void test_new(void **state) {
    (void)state;
    double *block;
    CHECK_OK(gamlp_new(&block, 1000, sizeof *block, "numbers"));
    assert_int_equal((uintptr_t)block % 64, 0);
    for (int i = 0; i < 1000; i++) assert_true(block[i] == 0);
    gamlp_free(block);
    CHECK_OK(gamlp_new_raw(&block, 3, sizeof *block, "numbers"));
    assert_int_equal((uintptr_t)block % 64, 0);
    gamlp_free(block);
    CHECK_OK(gamlp_new(&block, 0, sizeof *block, "nothing"));
    assert_null(block);
    gamlp_free(NULL);
}

static void *refuse(void *context, size_t bytes) {
    (void)context;
    (void)bytes;
    return NULL;
}

static void test_refused(void **state) {
    (void)state;
    char *block;
    CHECK_FAILS(gamlp_new(&block, -1, 8, "edges"), GAMLP_E_NOMEM,
                "-1 elements of 8 bytes for edges");
    assert_null(block);
    CHECK_FAILS(gamlp_new_raw(&block, INT64_MAX, 2, "edges"), GAMLP_E_NOMEM, "edges");
    CHECK_FAILS(gamlp_new_raw(&block, INT64_MAX / 4, 8, "edges"), GAMLP_E_NOMEM, "edges");
    assert_null(block);
    static const gamlp_allocator empty = {refuse, NULL, NULL};
    gamlp_allocator_set(&empty);
    CHECK_FAILS(gamlp_new_raw(&block, 5, 2, "edges"), GAMLP_E_NOMEM, "allocate 10 bytes for edges");
    gamlp_allocator_set(NULL);
    assert_null(block);
}

static void test_grow(void **state) {
    (void)state;
    int *block;
    CHECK_OK(gamlp_new(&block, 2, sizeof *block, "numbers"));
    block[0] = 5;
    block[1] = 6;
    CHECK_OK(gamlp_grow(&block, 2, 100, sizeof *block, "numbers"));
    assert_int_equal(block[0], 5);
    assert_int_equal(block[1], 6);
    CHECK_FAILS(gamlp_grow(&block, 100, INT64_MAX, sizeof *block, "numbers"), GAMLP_E_NOMEM,
                "numbers");
    assert_int_equal(block[1], 6);
    CHECK_OK(gamlp_grow(&block, 100, 1, sizeof *block, "numbers"));
    assert_int_equal(block[0], 5);
    gamlp_free(block);
    block = NULL;
    CHECK_OK(gamlp_grow(&block, 0, 4, sizeof *block, "numbers"));
    assert_non_null(block);
    gamlp_free(block);
}

static void test_strdup(void **state) {
    (void)state;
    char *copy;
    CHECK_OK(gamlp_strdup(&copy, "cora"));
    assert_string_equal(copy, "cora");
    gamlp_free(copy);
    CHECK_OK(gamlp_strdup(&copy, NULL));
    assert_null(copy);
}

static gamlp_status three_blocks(void *context) {
    char *a = NULL, *b = NULL, *c = NULL;
    gamlp_status status = GAMLP_OK;
    (void)context;
    GAMLP_TRY(gamlp_new(&a, 10, 1, "a"));
    GAMLP_TRY(gamlp_strdup(&b, "text"));
    GAMLP_TRY(gamlp_new_raw(&c, 10, 1, "c"));
    GAMLP_TRY(gamlp_grow(&c, 10, 20, 1, "c"));
done:
    gamlp_free(a);
    gamlp_free(b);
    gamlp_free(c);
    return status;
}

static void test_injection(void **state) {
    (void)state;
    check_every_allocation(three_blocks, NULL);
    count_allocations();
    char *block;
    CHECK_OK(gamlp_new(&block, 1, 1, "a"));
    assert_int_equal(allocations_alive(), 1);
    gamlp_free(block);
    CHECK_OK(three_blocks(NULL));
    assert_int_equal(allocations_made(), 5);
    assert_int_equal(allocations_alive(), 0);
    stop_counting();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),       cmocka_unit_test(test_refused),
        cmocka_unit_test(test_grow),      cmocka_unit_test(test_strdup),
        cmocka_unit_test(test_injection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
