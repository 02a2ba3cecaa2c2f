/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/math.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "check.h"
#include "core/exp.h"
#include "gamlp/rng.h"

static double error(double got, double expected) {
    return fabs(got - expected) / fmax(fabs(expected), DBL_MIN);
}

static void test_log(void **state) {
    (void)state;
    gamlp_rng rng = gamlp_rng_key(0, GAMLP_RNG_TEST, 0);
    for (uint64_t i = 0; i < 100000; i++) {
        double u = gamlp_rng_uniform(rng, i);
        int e = (int)(gamlp_rng_bits(rng, i + 1000000) % 2000) - 1000;
        double x = ldexp(1 + u, e);
        assert_true(error(gamlp_math_log(x), log(x)) < 4 * DBL_EPSILON);
        double near = 1 + (u - 0.5) * 1e-3;
        assert_true(error(gamlp_math_log(near), log(near)) < 4 * DBL_EPSILON);
    }
    assert_true(gamlp_math_log(1) == 0);
    assert_true(error(gamlp_math_log(DBL_MIN), log(DBL_MIN)) < 4 * DBL_EPSILON);
    assert_true(error(gamlp_math_log(4.9e-324), log(4.9e-324)) < 4 * DBL_EPSILON);
    assert_true(error(gamlp_math_log(DBL_MAX), log(DBL_MAX)) < 4 * DBL_EPSILON);
    assert_true(isnan(gamlp_math_log((double)NAN)) && isnan(gamlp_math_log(-(double)NAN)));
    assert_true(gamlp_math_log((double)INFINITY) == (double)INFINITY);
}

/* The distribution function of libm undoes the quantile. */
static void test_quantile(void **state) {
    (void)state;
    for (int i = 1; i < 100000; i++) {
        double p = i / 100000.0, x = gamlp_math_normal_quantile(p);
        double density = exp(-x * x / 2) / sqrt(2 * acos(-1));
        double correction = (0.5 * erfc(-x / sqrt(2)) - p) / density;
        assert_true(fabs(correction) < 4e-15 * fmax(1, fabs(x)));
    }
    for (int e = 6; e <= 300; e++) {
        double p = pow(10, -e), x = gamlp_math_normal_quantile(p);
        double density = exp(-x * x / 2) / sqrt(2 * acos(-1));
        double correction = (0.5 * erfc(-x / sqrt(2)) - p) / density;
        assert_true(fabs(correction) < 1e-13 * fabs(x));
    }
    assert_true(gamlp_math_normal_quantile(0.5) == 0);
    assert_true(fabs(gamlp_math_normal_quantile(0.975) - 1.959963984540054) < 1e-15);
    assert_true(gamlp_math_normal_quantile(0.25) == -gamlp_math_normal_quantile(0.75));
}

/* Many at a time, in place: the same bits, in the middle, in both tails and far out. */
static void test_quantiles(void **state) {
    (void)state;
    enum { COUNT = 1000 };
    double p[COUNT], z[COUNT];
    gamlp_rng rng = gamlp_rng_key(0, GAMLP_RNG_TEST, 1);
    for (int i = 0; i < COUNT; i++) {
        double u = gamlp_rng_uniform(rng, (uint64_t)i) + 0x1p-54;
        p[i] = i % 3 == 0 ? u : i % 3 == 1 ? ldexp(u, -i % 300) : 1 - ldexp(u, -i % 52);
        if (p[i] >= 1) p[i] = 0.5;
        z[i] = p[i];
    }
    gamlp_math_normal_quantiles(z, z, COUNT);
    for (int i = 0; i < COUNT; i++) assert_true(z[i] == gamlp_math_normal_quantile(p[i]));
}

static void test_exp(void **state) {
    (void)state;
    for (int i = 0; i <= 700000; i++) {
        double x = -i / 1000.0;
        assert_true(error(gamlp_exp_negative(x), exp(x)) < 1e-15);
    }
    assert_true(gamlp_exp_negative(0) == 1);
    assert_true(gamlp_exp_negative(-709) == 0);
    assert_true(gamlp_exp_negative(-1e300) == 0);
}

/* Many at a time, in place or not: the same bits. */
static void test_arrays(void **state) {
    (void)state;
    enum { COUNT = 1003 };
    double x[COUNT], y[COUNT];
    gamlp_rng rng = gamlp_rng_key(0, GAMLP_RNG_TEST, 2);
    for (int i = 0; i < COUNT; i++)
        x[i] = ldexp(1 + gamlp_rng_uniform(rng, (uint64_t)i), i * 2 - COUNT - 60);
    gamlp_math_logs(y, x, COUNT);
    for (int i = 0; i < COUNT; i++) assert_true(y[i] == gamlp_math_log(x[i]));
    for (int i = 0; i < COUNT; i += 3) x[i] = i % 2 ? (double)NAN : (double)INFINITY;
    double logs[COUNT];
    gamlp_math_logs(logs, x, COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_true(i % 3 ? logs[i] == y[i] : memcmp(&logs[i], &x[i], sizeof *x) == 0);
    for (int i = 0; i < COUNT; i++) x[i] = i == 0 ? -INFINITY : -fabs(y[i]);
    memcpy(y, x, sizeof y);
    gamlp_math_exps(y, y, COUNT);
    for (int i = 0; i < COUNT; i++) assert_true(y[i] == gamlp_exp_negative(x[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log),       cmocka_unit_test(test_quantile),
        cmocka_unit_test(test_quantiles), cmocka_unit_test(test_exp),
        cmocka_unit_test(test_arrays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
