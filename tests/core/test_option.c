/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/option.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gamlp/rng.h"

typedef struct things {
    int64_t whole;
    double real;
    bool flag;
    char text[GAMLP_OPTION_TEXT];
    int choice;
    gamlp_ints ints;
    gamlp_reals reals;
    int64_t bytes;
} things;

#define AT(field) offsetof(things, field)

static const gamlp_option table[] = {
    {"whole", GAMLP_OPTION_INT, AT(whole), -5, 1e15, NULL, "N", "", ""},
    {"real", GAMLP_OPTION_REAL, AT(real), -1e300, 1e300, NULL, "X", "", ""},
    {"flag", GAMLP_OPTION_BOOL, AT(flag), 0, 0, NULL, NULL, "", ""},
    {"text", GAMLP_OPTION_STRING, AT(text), 0, 0, NULL, "T", "", ""},
    {"choice", GAMLP_OPTION_CHOICE, AT(choice), 0, 0, "one two twofold", "C", "", ""},
    {"ints", GAMLP_OPTION_INTS, AT(ints), 1, 1000, NULL, "A,B", "", ""},
    {"reals", GAMLP_OPTION_REALS, AT(reals), 0, 10, NULL, "X,Y", "", ""},
    {"bytes", GAMLP_OPTION_BYTES, AT(bytes), 0, 0, NULL, "BYTES", "", ""},
    {NULL, GAMLP_OPTION_INT, 0, 0, 0, NULL, NULL, NULL, NULL},
};

static gamlp_status set(things *t, const char *name, const char *text) {
    return gamlp_option_set(t, gamlp_option_find(table, name), text);
}

static const char *get(const things *t, const char *name) {
    static char text[GAMLP_OPTION_TEXT];
    gamlp_option_get(t, gamlp_option_find(table, name), text, sizeof text);
    return text;
}

static void test_round_trip(void **state) {
    (void)state;
    static const char *const value[][2] = {
        {"whole", "-5"},   {"whole", "1000000000000000"}, {"real", "0.1"},
        {"real", "1e-06"}, {"real", "-1.5e+200"},         {"flag", "true"},
        {"flag", "false"}, {"text", "a b: #c"},           {"text", ""},
        {"choice", "one"}, {"choice", "twofold"},         {"ints", "2,5,10"},
        {"ints", ""},      {"reals", "0,0.5,10"},         {"reals", ""},
        {"bytes", "0"},    {"bytes", "1000000000000000"},
    };
    things t = {0};
    for (size_t i = 0; i < sizeof value / sizeof value[0]; i++) {
        CHECK_OK(set(&t, value[i][0], value[i][1]));
        assert_string_equal(get(&t, value[i][0]), value[i][1]);
    }
    assert_int_equal(t.choice, 2);
    assert_true(t.real == -1.5e200);
    CHECK_OK(set(&t, "flag", "yes"));
    assert_true(t.flag);
    CHECK_OK(set(&t, "flag", "no"));
    assert_false(t.flag);
    CHECK_OK(set(&t, "ints", "3, 4"));
    assert_true(t.ints.count == 2 && t.ints.value[1] == 4);
}

static void test_bytes(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t bytes;
    } value[] = {{"0", 0},
                 {"1", 1},
                 {"800000000", 800000000},
                 {"500M", (int64_t)500 << 20},
                 {"1.5K", 1536},
                 {"2GB", (int64_t)2 << 30},
                 {"3T", (int64_t)3 << 40}};
    for (size_t i = 0; i < sizeof value / sizeof value[0]; i++) {
        things t = {.bytes = 7};
        int64_t bytes = 0;
        CHECK_OK(set(&t, "bytes", value[i].text));
        assert_int_equal(t.bytes, value[i].bytes);
        if (value[i].bytes == 0) continue;
        CHECK_OK(gamlp_option_bytes(&bytes, "bytes", value[i].text));
        assert_int_equal(bytes, value[i].bytes);
    }
}

/* The text reads back to the very same number. */
static void test_reals(void **state) {
    (void)state;
    gamlp_rng rng = gamlp_rng_key(0, GAMLP_RNG_TEST, 0);
    things t = {0}, again = {0};
    for (uint64_t i = 0; i < 2000; i++) {
        t.real = ldexp(gamlp_rng_uniform(rng, i) - 0.5, (int)(i % 400) - 200);
        CHECK_OK(set(&again, "real", get(&t, "real")));
        assert_memory_equal(&again.real, &t.real, sizeof t.real);
    }
}

static void test_bad(void **state) {
    (void)state;
    static const char *const bad[][3] = {
        {"whole", "x", "whole: \"x\" is not a whole number"},
        {"whole", "", "whole"},
        {"whole", "3.5", "whole"},
        {"whole", "3 ", "whole"},
        {"whole", "-6", "whole: -6 is not between -5 and 1e+15"},
        {"whole", "99999999999999999999", "whole"},
        {"real", "nan", "real"},
        {"real", "inf", "real"},
        {"real", "1e301", "real: 1e+301 is not between"},
        {"real", "1.5x", "real: \"1.5x\" is not a number"},
        {"text", "r\xe9sum\xe9", "text: byte 1 is not UTF-8"},
        {"flag", "maybe", "flag: \"maybe\" is not true or false"},
        {"choice", "tw", "choice: \"tw\" is none of: one two twofold"},
        {"choice", "one two", "choice"},
        {"choice", "", "choice"},
        {"ints", "2,", "ints"},
        {"ints", ",2", "ints"},
        {"ints", "2;3", "ints"},
        {"ints", "2,1001", "ints: 1001 is not between"},
        {"ints", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "ints: more than 16 values"},
        {"reals", "1,x", "reals"},
        {"reals", "1,", "reals"},
        {"reals", "1, ", "reals"},
        {"reals", "-1", "reals: -1 is not between 0 and 10"},
        {"bytes", "", "bytes: \"\" is not a number of bytes such as 800000000, 500M or 2G"},
        {"bytes", "-1", "bytes"},
        {"bytes", "2X", "bytes"},
        {"bytes", "2GX", "bytes"},
        {"bytes", "0x10", "bytes"},
        {"bytes", "1e30", "bytes"},
    };
    things t = {.whole = 7, .real = 0.5, .choice = 1, .ints = {1, {9}}, .reals = {1, {9}}};
    const things before = t;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_FAILS(set(&t, bad[i][0], bad[i][1]), GAMLP_E_CONFIG, bad[i][2]);
    char longer[GAMLP_OPTION_TEXT + 1];
    memset(longer, 'x', GAMLP_OPTION_TEXT);
    longer[GAMLP_OPTION_TEXT] = 0;
    CHECK_FAILS(set(&t, "text", longer), GAMLP_E_CONFIG, "text: longer than 255 bytes");
    assert_memory_equal(&t, &before, sizeof t);
    longer[GAMLP_OPTION_TEXT - 1] = 0;
    CHECK_OK(set(&t, "text", longer));
    assert_string_equal(t.text, longer);
}

static void test_names(void **state) {
    (void)state;
    assert_ptr_equal(gamlp_option_find(table, "choice"), &table[4]);
    assert_null(gamlp_option_find(table, "choic"));
    assert_string_equal(gamlp_option_nearest(table, "choic"), "choice");
    assert_string_equal(gamlp_option_nearest(table, "wohle"), "whole");
    assert_null(gamlp_option_nearest(table, "zzzzzzzz"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_reals),      cmocka_unit_test(test_bad),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
