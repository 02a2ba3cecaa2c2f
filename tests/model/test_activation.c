/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/activation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "model/jet.h"
#include "oracle.h"

static const double rounding = sizeof(gamlp_real) == sizeof(double) ? 1e-14 : 2e-6;

static gamlp_activation make(int kind) {
    gamlp_activation f = {(gamlp_activation_kind)kind, kind == GAMLP_LEAKY_RELU ? 0.125 : 0};
    return f;
}

/* As the definitions say, by the mathematics library. */
static double define(int kind, double z) {
    gamlp_activation f = make(kind);
    return oracle_activation(&f, z);
}

static const double point[] = {-50,     -9,    -4,    -3,  -1.5, -1,  -0.6,  -0.25,
                               -0.2499, -1e-3, -1e-9, 0,   1e-9, 0.1, 0.249, 0.3,
                               0.75,    1,     1.4,   2.5, 3,    7.5, 20,    60};
enum { POINTS = sizeof point / sizeof point[0] };

static void values_are_those_of_the_definitions(void **state) {
    (void)state;
    for (int kind = 0; kind < GAMLP_ACTIVATIONS; kind++)
        for (int i = 0; i < POINTS; i++) {
            gamlp_activation f = make(kind);
            double got = gamlp_activation_value(&f, point[i]), want = define(kind, point[i]);
            double off = kind == GAMLP_GELU && point[i] < 0 ? 1e-16 * fabs(point[i]) : 0;
            if (!(fabs(got - want) <= 2e-15 * fabs(want) + off))
                fail_msg("f of kind %d at %g is %.17g, expected %.17g", kind, point[i], got, want);
        }
}

/* Central differences, away from kinks. */
static void derivatives_are_limits_of_differences(void **state) {
    (void)state;
    static const double h = 1e-5;
    for (int kind = 0; kind < GAMLP_ACTIVATIONS; kind++)
        for (double z = -6.0503; z < 7; z += 0.0917) {
            gamlp_activation f = make(kind);
            double slope =
                (gamlp_activation_value(&f, z + h) - gamlp_activation_value(&f, z - h)) / (2 * h);
            assert_true(fabs(gamlp_activation_derivative(&f, z) - slope) < 1e-8);
            if (kind < GAMLP_TANH) continue;
            double bend =
                (gamlp_activation_derivative(&f, z + h) - gamlp_activation_derivative(&f, z - h)) /
                (2 * h);
            assert_true(fabs(gamlp_jet_of(f.kind, z).second - bend) < 1e-8);
        }
    gamlp_activation relu = make(GAMLP_RELU), sign = make(GAMLP_SIGN);
    assert_true(gamlp_activation_derivative(&relu, 0) == 0);
    assert_true(gamlp_activation_derivative(&sign, 0) == 0);
}

/* No difference quotient is larger, and one comes near. */
static void lipschitz_constants_are_least(void **state) {
    (void)state;
    for (int kind = 0; kind < GAMLP_ACTIVATIONS; kind++) {
        gamlp_activation f = make(kind);
        double most = 0, lipschitz = gamlp_activation_lipschitz(&f);
        if (kind == GAMLP_SIGN || kind == GAMLP_STEP) {
            assert_true(isinf(lipschitz));
            continue;
        }
        for (double z = -9; z < 9; z += 1e-3)
            most = fmax(most, fabs(define(kind, z + 1e-3) - define(kind, z)) / 1e-3);
        if (!(most <= lipschitz * (1 + 1e-9) + 1e-9 && most >= 0.999 * lipschitz))
            fail_msg("kind %d: quotients up to %g, S is %g", kind, most, lipschitz);
    }
}

/* z is in [z_low, z_high] just where low <= f(z) <= high. */
static void check_preimage(int kind, double low, double high) {
    gamlp_activation f = make(kind);
    double from = 0, to = 0;
    bool some = gamlp_activation_preimage(&from, &to, &f, low, high), hit = false;
    for (double z = -30.0007; z < 30; z += 0.0131) {
        double y = gamlp_activation_value(&f, z);
        if (fabs(y - low) < 1e-9 || fabs(y - high) < 1e-9) continue;
        bool inside = y > low && y < high;
        hit = hit || inside;
        if (inside != (some && z > from && z < to))
            fail_msg("kind %d: f(%g) = %g, [%g, %g] comes from [%g, %g]", kind, z, y, low, high,
                     from, to);
    }
    assert_true(some || !hit);
}

static void preimages_hold_just_what_they_should(void **state) {
    (void)state;
    static const double bound[] = {-2, -1, -0.7, -0.05, 0, 0.02, 0.4, 0.97, 1, 1.5, 25};
    for (int kind = 0; kind < GAMLP_ACTIVATIONS; kind++) {
        gamlp_activation f = make(kind);
        double from, to;
        if (!gamlp_activation_is_monotone(&f)) {
            assert_false(gamlp_activation_preimage(&from, &to, &f, -1, 1));
            continue;
        }
        for (int i = 0; i < 11; i++)
            for (int j = i; j < 11; j++) check_preimage(kind, bound[i], bound[j]);
        assert_false(gamlp_activation_preimage(&from, &to, &f, 0.5, 0.4));
    }
    gamlp_activation relu = make(GAMLP_RELU), tanh_ = make(GAMLP_TANH);
    double from, to;
    assert_true(gamlp_activation_preimage(&from, &to, &relu, -0.1, 0.3));
    assert_true(isinf(from) && from < 0 && to == 0.3);
    assert_true(gamlp_activation_preimage(&from, &to, &relu, 0.1, 0.3));
    assert_true(from == 0.1 && to == 0.3);
    assert_false(gamlp_activation_preimage(&from, &to, &relu, -0.3, -0.1));
    assert_true(gamlp_activation_preimage(&from, &to, &tanh_, -0.5, 1));
    assert_true(fabs(from - atanh(-0.5)) < 1e-15 && isinf(to));
    assert_false(gamlp_activation_preimage(&from, &to, &tanh_, 1, 2));
}

static void matrices_are_done_element_by_element(void **state) {
    (void)state;
    for (int kind = 0; kind < GAMLP_ACTIVATIONS; kind++) {
        gamlp_activation f = make(kind);
        gamlp_dense z, out, d;
        CHECK_OK(gamlp_dense_init(&z, 123, 201));
        CHECK_OK(gamlp_dense_init(&out, 123, 201));
        fill_uniform(&z, 3, -4, 4);
        CHECK_OK(gamlp_dense_copy(&d, &z));
        gamlp_activation_apply(&out, &f, &z);
        gamlp_activation_backward(&d, &f, &z);
        for (int64_t i = 0; i < 123 * 201; i++) {
            double x = z.data[i];
            assert_true(fabs(out.data[i] - gamlp_activation_value(&f, x)) < rounding);
            assert_true(fabs(d.data[i] - x * gamlp_activation_derivative(&f, x)) < 4 * rounding);
        }
        gamlp_activation_apply(&z, &f, &z);
        check_close(&z, &out, 0, "in place");
        z.data[5] = (gamlp_real)NAN;
        gamlp_activation_apply(&z, &f, &z);
        assert_true(isnan(z.data[5]));
        assert_true(isnan(gamlp_activation_value(&f, NAN)));
        gamlp_dense_clear(&z);
        gamlp_dense_clear(&out);
        gamlp_dense_clear(&d);
    }
}

static void names_read_back(void **state) {
    (void)state;
    char text[GAMLP_ACTIVATION_TEXT];
    gamlp_activation back;
    for (int kind = 0; kind < GAMLP_ACTIVATIONS; kind++) {
        gamlp_activation f = make(kind);
        gamlp_activation_text(text, &f);
        CHECK_OK(gamlp_activation_parse(&back, text));
        assert_true(back.kind == f.kind && back.alpha == f.alpha);
    }
    assert_string_equal(text, "gelu");
    gamlp_activation f = {GAMLP_LEAKY_RELU, 0.01};
    gamlp_activation_text(text, &f);
    CHECK_OK(gamlp_activation_parse(&back, text));
    assert_true(back.alpha == 0.01);
    static const char *const bad[] = {"",
                                      "rel",
                                      "relu:0.1",
                                      "leaky-relu",
                                      "leaky-relu:",
                                      "leaky-relu:x",
                                      "leaky-relu:1",
                                      "relu tanh",
                                      "leaky-relu:-0.1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(gamlp_activation_parse(&back, bad[i]), GAMLP_E_CONFIG);
    CHECK_FAILS(gamlp_activation_parse(&back, "swish"), GAMLP_E_CONFIG,
                "'swish' is no activation, expected one of: relu leaky-relu");
}

static void wrong_ones_are_refused(void **state) {
    (void)state;
    gamlp_activation f = {(gamlp_activation_kind)GAMLP_ACTIVATIONS, 0};
    CHECK_FAILS(gamlp_activation_check(&f), GAMLP_E_CONFIG, "activation number 12");
    f = (gamlp_activation){GAMLP_TANH, 0.5};
    CHECK_FAILS(gamlp_activation_check(&f), GAMLP_E_CONFIG, "a slope of 0.5");
    f = (gamlp_activation){GAMLP_LEAKY_RELU, NAN};
    CHECK_FAILS(gamlp_activation_check(&f), GAMLP_E_CONFIG, "a slope of nan");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_the_definitions),
        cmocka_unit_test(derivatives_are_limits_of_differences),
        cmocka_unit_test(lipschitz_constants_are_least),
        cmocka_unit_test(preimages_hold_just_what_they_should),
        cmocka_unit_test(matrices_are_done_element_by_element),
        cmocka_unit_test(names_read_back),
        cmocka_unit_test(wrong_ones_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
