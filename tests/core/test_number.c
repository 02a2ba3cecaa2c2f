/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/number.h"
#include "gamlp/rng.h"

/* The oracle is strtod() of the C library in the locale "C", which is correctly rounded. */
static void check_real(const char *text) {
    const char *at = text;
    double value;
    if (!gamlp_number_real(&value, &at)) fail_msg("\"%s\" is no number", text);
    char *end;
    double expected = strtod(text, &end);
    assert_int_equal(at - text, end - text);
    if (memcmp(&value, &expected, sizeof value) != 0)
        fail_msg("\"%s\" is %.17g, expected %.17g", text, value, expected);
}

static void test_reals(void **state) {
    (void)state;
    static const char *const texts[] = {"0",
                                        "-0",
                                        "+1",
                                        "1.",
                                        ".5",
                                        "-.5e1",
                                        "00012.500",
                                        "0.000001",
                                        "123456789012345678",
                                        "9007199254740993",
                                        "9007199254740992.5",
                                        "1e22",
                                        "1e23",
                                        "1e-22",
                                        "1e-23",
                                        "123456789e-30",
                                        "1e308",
                                        "1.8e308",
                                        "-1e400",
                                        "4.9e-324",
                                        "2e-324",
                                        "1e-400",
                                        "0e999999999999999999",
                                        "1e-99999999999999999999",
                                        "0.1234567890123456789012345678901234567890",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "1.7976931348623157e308",
                                        "2.5,",
                                        "7e",
                                        "7e+",
                                        "7ex",
                                        "1e5\n",
                                        "0x10",
                                        "9223372036854775807.5e-3",
                                        "1.00000000000000011102230246251565404236316680908203125",
                                        "1.00000000000000011102230246251565404236316680908203124",
                                        "1.0000000000000001110",
                                        "1000000000000000000000000000000000000",
                                        "0.00000000000000000000000000000000000000001"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(texts[i], "0x10") != 0) check_real(texts[i]);
}

static void test_random_reals(void **state) {
    (void)state;
    gamlp_rng rng = gamlp_rng_key(1, GAMLP_RNG_TEST, 0);
    char text[64];
    for (uint64_t i = 0; i < 300000; i++) {
        double u = gamlp_rng_uniform(rng, 3 * i) - 0.5;
        int digits = (int)(i % 20), e = (int)(gamlp_rng_uniform(rng, 3 * i + 1) * 60) - 30;
        snprintf(text, sizeof text, i % 3 ? "%.*e" : "%.*f", digits, ldexp(u, e));
        check_real(text);
        snprintf(text, sizeof text, "%.0f.%.0fe%d", fabs(u) * 1e9, fabs(u) * 1e9, e);
        check_real(text);
    }
}

static void test_no_reals(void **state) {
    (void)state;
    static const char *const texts[] = {"",    "-",   "+",    ".",  "-.", "e5", ".e5",
                                        "nan", "inf", "-inf", " 1", "x",  "--1"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *at = texts[i];
        double value;
        assert_false(gamlp_number_real(&value, &at));
        assert_ptr_equal(at, texts[i]);
    }
    const char *at = "0x10";
    double value;
    assert_true(gamlp_number_real(&value, &at));
    assert_int_equal(*at, 'x');
}

static void test_ints(void **state) {
    (void)state;
    static const char *const texts[] = {
        "0", "-0", "+7", "007", "9223372036854775807", "-9223372036854775808", "12,", "5.5"};
    static const char *const bad[] = {"",
                                      "-",
                                      "+",
                                      "a",
                                      " 1",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "18446744073709551616",
                                      "99999999999999999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *at = texts[i];
        int64_t value;
        assert_true(gamlp_number_int(&value, &at));
        char *end;
        assert_int_equal(value, strtoll(texts[i], &end, 10));
        assert_ptr_equal(at, end);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *at = bad[i];
        int64_t value;
        assert_false(gamlp_number_int(&value, &at));
        assert_ptr_equal(at, bad[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reals),
        cmocka_unit_test(test_random_reals),
        cmocka_unit_test(test_no_reals),
        cmocka_unit_test(test_ints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
