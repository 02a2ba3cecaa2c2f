/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/memory.h"

#include "check.h"

static void a_cache_has_a_size_that_exists(void **state) {
    (void)state;
    const int64_t size = gamlp_memory_cache();
    assert_true(size >= 64 << 10 && size <= 1 << 30);
    assert_int_equal(size % 1024, 0);
    assert_int_equal(gamlp_memory_cache(), size);
}

static void a_program_has_taken_memory(void **state) {
    (void)state;
    assert_true(gamlp_memory_peak() > 1 << 16);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cache_has_a_size_that_exists),
        cmocka_unit_test(a_program_has_taken_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
