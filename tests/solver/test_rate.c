/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "check.h"
#include "gamlp/rate.h"

enum { N = 100 };

static void powers(void **state) {
    (void)state;
    double y[N];
    for (int k = 1; k <= N; k++) y[k - 1] = 3 * pow(k, -1.5);
    gamlp_fit f = gamlp_fit_power(y, 20, N);
    assert_float_equal(f.slope, -1.5, 1e-12);
    assert_float_equal(f.intercept, log(3), 1e-11);
    assert_float_equal(f.r2, 1, 1e-12);
    assert_int_equal(f.points, 81);
}

static void exponentials(void **state) {
    (void)state;
    double y[N];
    for (int k = 1; k <= N; k++) y[k - 1] = 5 * pow(0.9, k);
    gamlp_fit f = gamlp_fit_exponential(y, 1, N);
    assert_float_equal(exp(f.slope), 0.9, 1e-12);
    assert_float_equal(f.intercept, log(5), 1e-11);
    /* A wave that no line follows lowers r2 by its share of the variance. */
    for (int k = 1; k <= N; k++) y[k - 1] = exp(k % 2 ? 1 : -1);
    f = gamlp_fit_exponential(y, 1, N);
    assert_true(f.r2 < 0.01 && fabs(f.slope) < 1e-3);
}

/* What has no logarithm is left out; nothing to fit is nothing. */
static void points_without_logarithm(void **state) {
    (void)state;
    double y[] = {1, 0, 4, -1, 16, NAN, 64, INFINITY};
    gamlp_fit f = gamlp_fit_exponential(y, 1, 8);
    assert_int_equal(f.points, 4);
    assert_float_equal(f.slope, log(2), 1e-12);
    f = gamlp_fit_power(y, 1, 2);
    assert_true(f.points == 0 && f.slope == 0 && f.r2 == 0);
    double constant[] = {2, 2, 2};
    f = gamlp_fit_power(constant, 1, 3);
    assert_true(f.slope == 0 && f.r2 == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers),
        cmocka_unit_test(exponentials),
        cmocka_unit_test(points_without_logarithm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
