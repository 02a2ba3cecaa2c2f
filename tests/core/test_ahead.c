/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/ahead.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"
#include "gzip.h"

static char folder[256];

static int setup(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    return 0;
}

static int teardown(void **state) {
    (void)state;
    remove_directory(folder);
    gamlp_threads_set(gamlp_threads_available());
    return 0;
}

static char *some_bytes(size_t size) {
    char *bytes = malloc(size + 1);
    gamlp_rng rng = gamlp_rng_key(4, GAMLP_RNG_TEST, 0);
    for (size_t i = 0; i < size; i++) bytes[i] = (char)(gamlp_rng_uniform(rng, i) * 256);
    return bytes;
}

static void check_holds(const char *path, const char *bytes, size_t size, size_t step) {
    gamlp_ahead *a;
    char *got = malloc(size + step);
    size_t have = 0, count;
    CHECK_OK(gamlp_ahead_open(&a, path));
    do {
        count = gamlp_ahead_read(a, got + have, step);
        have += count;
    } while (count == step && have <= size);
    CHECK_OK(gamlp_ahead_check(a));
    assert_int_equal(gamlp_ahead_read(a, got, step), 0);
    assert_int_equal(have, size);
    assert_memory_equal(got, bytes, size);
    gamlp_ahead_close(a);
    free(got);
}

/* Sizes about those of the slots, and more than all of them hold. */
static void test_sizes(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 1 << 18, 1048575, 1048576, 1048577, 4194304, 9437190};
    char *bytes = some_bytes(9437190);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int64_t threads = 1; threads <= 2; threads++) {
            const char *plain = put_file(folder, "a", bytes, sizes[i]);
            const char *packed = put_file(folder, "a.gz", bytes, sizes[i]);
            gamlp_threads_set(threads);
            check_holds(plain, bytes, sizes[i], 1 << 20);
            check_holds(packed, bytes, sizes[i], 70001);
            check_holds(packed, bytes, sizes[i], 3 << 20);
        }
    free(bytes);
}

/* Closed at the start, in the middle and when the thread waits. */
static void test_early(void **state) {
    (void)state;
    char *bytes = some_bytes(9437190), *sink = malloc(1 << 20);
    const char *path = put_file(folder, "b", bytes, 9437190);
    gamlp_threads_set(2);
    for (int reads = 0; reads < 9; reads++)
        for (int i = 0; i < 20; i++) {
            gamlp_ahead *a;
            CHECK_OK(gamlp_ahead_open(&a, path));
            for (int k = 0; k < reads; k++)
                assert_int_equal(gamlp_ahead_read(a, sink, 1 << 20), 1 << 20);
            CHECK_OK(gamlp_ahead_check(a));
            gamlp_ahead_close(a);
        }
    free(sink);
    free(bytes);
}

static void test_faults(void **state) {
    (void)state;
    size_t length;
    char *bytes = some_bytes(3000000), *sink = malloc(1 << 22);
    unsigned char *file = gzip_member(&length, bytes, 3000000);
    const char *cut = put_file(folder, "cut", file, length - 5);
    for (int64_t threads = 1; threads <= 2; threads++) {
        gamlp_ahead *a;
        gamlp_threads_set(threads);
        CHECK_OK(gamlp_ahead_open(&a, cut));
        assert_true(gamlp_ahead_read(a, sink, 1 << 22) < 1 << 22);
        CHECK_FAILS(gamlp_ahead_check(a), GAMLP_E_DATA, "cut: the gzip file is cut short");
        gamlp_ahead_close(a);
        CHECK_FAILS(gamlp_ahead_open(&a, folder), GAMLP_E_NOINPUT, "expected a regular file");
        assert_null(a);
    }
    gamlp_ahead_close(NULL);
    free(file);
    free(sink);
    free(bytes);
}

static gamlp_status open_close(void *context) {
    gamlp_ahead *a;
    gamlp_status status = gamlp_ahead_open(&a, context);
    gamlp_ahead_close(a);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    char *bytes = some_bytes(1 << 20), path[512];
    gamlp_threads_set(2);
    snprintf(path, sizeof path, "%s", put_file(folder, "c", bytes, 1 << 20));
    check_every_allocation(open_close, path);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_early),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
