/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rates.h"

#include <math.h>

#include "check.h"

enum { COUNT = 12 };

static const double wait = 20e-9, memory = 140e-9;

/* The cache that is found of sets of 4, 5, ... MB, if reads of them last as long as with `cache`
 * bytes, and those of set `odd` half as long again. */
static double found(double cache, int odd) {
    double size[COUNT], time[COUNT];
    for (int k = 0; k < COUNT; k++) {
        size[k] = (double)((4 + k) << 20);
        const double hits = cache < size[k] ? cache / size[k] : 1;
        time[k] = (hits * wait + (1 - hits) * memory) * (k == odd ? 1.5 : 1);
    }
    return rates_found(size, time, COUNT, memory);
}

static void check_found(double expected, double value) {
    if (fabs(expected - value) > 1) fail_msg("%.0f bytes, not %.0f", value, expected);
}

static void test_found(void **state) {
    (void)state;
    const double mb = 1 << 20;
    check_found(4 * mb, found(4 * mb, -1));
    check_found(9.5 * mb, found(9.5 * mb, -1));
    check_found(15 * mb, found(15 * mb, -1));
    check_found(15 * mb, found(64 * mb, -1)); /* no more than was read */
}

/* A set that something else disturbs does not count: others tell the same. */
static void test_disturbed(void **state) {
    (void)state;
    const double mb = 1 << 20;
    for (int odd = 1; odd < COUNT; odd++) check_found(9.5 * mb, found(9.5 * mb, odd));
}

/* Where memory is as fast as a cache, there is nothing to be told apart: all counts as found. */
static void test_alike(void **state) {
    (void)state;
    const double size[] = {4e6, 5e6, 7e6}, time[] = {20e-9, 21e-9, 20e-9};
    check_found(7e6, rates_found(size, time, 3, 20e-9));
    check_found(7e6, rates_found(size, time, 3, 19e-9));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_disturbed),
        cmocka_unit_test(test_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
