/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "check.h"
#include "dataset/split_spec.h"

/* A text, what it means, and how that is printed. */
static const struct {
    const char *text;
    gamlp_split_kind kind;
    int64_t count, number[3];
    int64_t seed; /* -1: none */
    const char *printed;
} forms[] = {
    {"", GAMLP_SPLIT_SOURCE, 0, {0}, -1, ""},
    {"public", GAMLP_SPLIT_PUBLIC, 0, {0}, -1, "public"},
    {"stored", GAMLP_SPLIT_PUBLIC, 0, {0}, -1, "public"},
    {"fixed:0", GAMLP_SPLIT_FIXED, 1, {0}, -1, "fixed:0"},
    {"fixed:9/10", GAMLP_SPLIT_FIXED, 2, {9, 10}, -1, "fixed:9/10"},
    {"random", GAMLP_SPLIT_RANDOM, 0, {0}, -1, "random"},
    {"random@7", GAMLP_SPLIT_RANDOM, 0, {0}, 7, "random@7"},
    {"random:20+1000+1000@0", GAMLP_SPLIT_RANDOM, 3, {20, 1000, 1000}, 0, "random:20+1000+1000@0"},
    {"random:20,1000,1000", GAMLP_SPLIT_RANDOM, 3, {20, 1000, 1000}, -1, "random:20+1000+1000"},
    {"random:1000000000+1000000000+1000000000@1000000000000000",
     GAMLP_SPLIT_RANDOM,
     3,
     {1000000000, 1000000000, 1000000000},
     1000000000000000,
     "random:1000000000+1000000000+1000000000@1000000000000000"},
    {"fraction:0.6,0.2,0.2@3",
     GAMLP_SPLIT_FRACTION,
     3,
     {600000000, 200000000, 200000000},
     3,
     "fraction:0.6,0.2,0.2@3"},
    {"fraction:.5,0.25,0.000000001",
     GAMLP_SPLIT_FRACTION,
     3,
     {500000000, 250000000, 1},
     -1,
     "fraction:0.5,0.25,0.000000001"},
    {"stratified:0.123456789,0.2,0.30@1000000000000000",
     GAMLP_SPLIT_STRATIFIED,
     3,
     {123456789, 200000000, 300000000},
     1000000000000000,
     "stratified:0.123456789,0.2,0.3@1000000000000000"},
    {"stratified:0.111111111,0.111111111,0.111111111@1000000000000000",
     GAMLP_SPLIT_STRATIFIED,
     3,
     {111111111, 111111111, 111111111},
     1000000000000000,
     "stratified:0.111111111,0.111111111,0.111111111@1000000000000000"},
    {"pitfalls", GAMLP_SPLIT_PITFALLS, 0, {0}, -1, "pitfalls"},
    {"pitfalls@12", GAMLP_SPLIT_PITFALLS, 0, {0}, 12, "pitfalls@12"},
    {"time:2017,2018", GAMLP_SPLIT_TIME, 2, {2017, 2018}, -1, "time:2017,2018"},
    {"time:-5,-3", GAMLP_SPLIT_TIME, 2, {-5, -3}, -1, "time:-5,-3"},
    {"file:a/b@:c.json", GAMLP_SPLIT_FILE, 0, {0}, -1, "file:b@:c.json"},
    {"file:a/b/", GAMLP_SPLIT_FILE, 0, {0}, -1, "file:a/b/"},
};

static void test_forms(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        gamlp_split_spec spec, again;
        char text[GAMLP_NAME_MAX];
        CHECK_OK(gamlp_split_spec_parse(&spec, forms[i].text));
        assert_int_equal(spec.kind, forms[i].kind);
        assert_int_equal(spec.count, forms[i].count);
        for (int k = 0; k < 3; k++) assert_int_equal(spec.number[k], forms[i].number[k]);
        assert_int_equal(spec.seeded, forms[i].seed >= 0);
        if (spec.seeded) assert_int_equal(spec.seed, forms[i].seed);
        gamlp_split_spec_text(text, &spec);
        assert_string_equal(text, forms[i].printed);
        CHECK_OK(gamlp_split_spec_parse(&again, text));
        assert_int_equal(again.kind, spec.kind);
        assert_memory_equal(again.number, spec.number, sizeof spec.number);
    }
}

static void test_wrong(void **state) {
    (void)state;
    static const char *const wrong[][2] = {
        {"publik", "\"publik\" is none of public, fixed:K, random"},
        {"fixd:3", "nearest is fixed"},
        {"zzzzzzzzzzzz", "\"zzzzzzzzzzzz\" is none of"},
        {"public:1", "expected public"},
        {"public@1", "expected public"},
        {"fixed", "expected fixed:K, from 0"},
        {"fixed:", "expected fixed:K"},
        {"fixed:-1", "expected fixed:K"},
        {"fixed:3/3", "expected fixed:K"},
        {"fixed:1/2/3", "expected fixed:K"},
        {"fixed:99999999999999999999", "expected fixed:K"},
        {"fixed:1@2", "expected fixed:K"},
        {"random:", "expected random, or"},
        {"random:20", "expected random, or"},
        {"random:20+1000", "expected random, or"},
        {"random:20+1000+", "expected random, or"},
        {"random:0+1+1", "expected random, or"},
        {"random:20+1000+1000+1", "expected random, or"},
        {"random:20+1000+1000@", "expected random, or"},
        {"random:20+1000+1000@x", "expected random, or"},
        {"random@-1", "expected random, or"},
        {"random@1000000000000001", "expected random, or"},
        {"random:20 +1+1", "expected random, or"},
        {"fraction:0.6,0.2", "sum of at most 1"},
        {"fraction:0.6,0.2,0.3", "sum of at most 1"},
        {"fraction:0.6,0.4,0", "sum of at most 1"},
        {"fraction:0.6,-0.2,0.2", "sum of at most 1"},
        {"fraction:0.6,0.2,0.0000000001", "at most 9 decimals"},
        {"fraction:0.6,0.2,nan", "sum of at most 1"},
        {"fraction:1.5,0.2,0.2", "sum of at most 1"},
        {"fraction:,,", "sum of at most 1"},
        {"stratified", "expected stratified:0.6,0.2,0.2@SEED"},
        {"pitfalls:20", "expected pitfalls@SEED"},
        {"pitfalls@1@2", "expected pitfalls@SEED"},
        {"time:2018", "expected time:2017,2018"},
        {"time:2018,2018", "the second one later"},
        {"time:2017,99999999999", "expected time:2017,2018"},
        {"time:2017,2018@1", "expected time:2017,2018"},
        {"file", "expected file:PATH"},
        {"file:", "expected file:PATH"},
        {"file@x", "expected file:PATH"},
    };
    gamlp_split_spec spec;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK_FAILS(gamlp_split_spec_parse(&spec, wrong[i][0]), GAMLP_E_CONFIG, wrong[i][1]);
}

/* A file's name is cut between characters. */
static void test_long_file(void **state) {
    (void)state;
    char path[GAMLP_OPTION_TEXT] = "file:a/", text[GAMLP_NAME_MAX];
    gamlp_split_spec spec;
    memset(path + 7, 'x', GAMLP_NAME_MAX - 7);
    memcpy(path + 7 + GAMLP_NAME_MAX - 7, "\xc3\xa9y", 4);
    CHECK_OK(gamlp_split_spec_parse(&spec, path));
    gamlp_split_spec_text(text, &spec);
    assert_int_equal(strlen(text), GAMLP_NAME_MAX - 2);
    assert_memory_equal(text, "file:xxx", 8);
}

static void test_step(void **state) {
    (void)state;
    static const struct {
        const char *rule;
        int64_t k;
        const char *next, *problem;
    } steps[] = {
        {"fixed:0/10", 0, "fixed:0/10", NULL},
        {"fixed:2/10", 7, "fixed:9/10", NULL},
        {"random:20+1000+1000@3", 4, "random:20+1000+1000@7", NULL},
        {"pitfalls@0", 1, "pitfalls@1", NULL},
        {"fraction:0.6,0.2,0.2@999999999999999", 1, "fraction:0.6,0.2,0.2@1000000000000000", NULL},
        {"fixed:2/10", 8, NULL,
         "splits: 9 of them from fixed:2/10 on, but the last one is fixed:9"},
        {"public", 1, NULL, "splits: there is one split \"public\" only"},
        {"stored", 1, NULL, "one split \"stored\" only"},
        {"generated:9+5+5@0", 1, NULL, "one split \"generated:9+5+5@0\" only"},
        {"time:2017,2018", 1, NULL, "only"},
        {"file:a.csv", 1, NULL, "only"},
        {"pitfalls@1000000000000000", 1, NULL,
         "the seed of pitfalls@1000000000000000 is too large"},
        {"fixed:0/10", INT64_MAX - 1, NULL, "but the last one is fixed:9"},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        char next[GAMLP_NAME_MAX];
        gamlp_status status = gamlp_split_rule_step(next, steps[i].rule, steps[i].k);
        if (steps[i].problem) {
            CHECK_FAILS(status, GAMLP_E_CONFIG, steps[i].problem);
        } else {
            CHECK_OK(status);
            assert_string_equal(next, steps[i].next);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_step),
        cmocka_unit_test(test_long_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
