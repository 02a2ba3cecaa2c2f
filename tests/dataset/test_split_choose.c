/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "dataset/format.h"
#include "dataset/split.h"
#include "fixture.h"
#include "gamlp/alloc.h"

static gamlp_dataset_options options_of(const char *split) {
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    snprintf(options.split, sizeof options.split, "%s", split);
    options.train_per_class = options.val_count = options.test_count = 2;
    options.split_seed = 4;
    return options;
}

/* The tiny set, whose source had no split, the public one, or `fixed` ones: split k has node k to
 * train, 4 + k to validate and 7, 10 or 11 to test (node 9 has no label). */
static void make(gamlp_dataset *d, bool is_public, int64_t fixed) {
    tiny_dataset(d);
    if (!is_public) gamlp_split_clear(&d->split);
    for (int64_t k = 0; k < fixed; k++) {
        gamlp_split s = {.train_count = 1, .val_count = 1, .test_count = 1};
        CHECK_OK(gamlp_new(&s.train, 1, sizeof *s.train, "a split"));
        CHECK_OK(gamlp_new(&s.val, 1, sizeof *s.val, "a split"));
        CHECK_OK(gamlp_new(&s.test, 1, sizeof *s.test, "a split"));
        s.train[0] = k;
        s.val[0] = 4 + k;
        s.test[0] = 9 + k - 2 * (k == 0);
        CHECK_OK(gamlp_dataset_add_fixed(d, &s));
    }
}

static void test_rules(void **state) {
    (void)state;
    static const struct {
        bool is_public;
        int64_t fixed;
        const char *split, *rule;
    } given[] = {
        {true, 0, "", "public"},
        {true, 3, "", "public"},
        {false, 3, "", "fixed:0/3"},
        {false, 0, "", "random:2+2+2@4"},
        {true, 0, "public", "public"},
        {true, 0, "stored", "public"},
        {true, 3, "fixed:2", "fixed:2/3"},
        {false, 3, "fixed:1/3", "fixed:1/3"},
        {true, 3, "random", "random:2+2+2@4"},
        {true, 0, "random@9", "random:2+2+2@9"},
        {false, 0, "random:1+3+2", "random:1+3+2@4"},
        {false, 0, "random:1+3+2@5", "random:1+3+2@5"},
        {true, 0, "fraction:0.5,0.25,0.25", "fraction:0.5,0.25,0.25@4"},
        {true, 0, "stratified:0.5,0.25,0.25@0", "stratified:0.5,0.25,0.25@0"},
    };
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        gamlp_dataset d;
        gamlp_dataset_options options = options_of(given[i].split);
        char first[GAMLP_HASH_TEXT];
        make(&d, given[i].is_public, given[i].fixed);
        CHECK_OK(gamlp_dataset_split(&d, &options));
        assert_string_equal(d.split.rule, given[i].rule);
        CHECK_OK(gamlp_dataset_check(&d));
        CHECK_OK(gamlp_dataset_fingerprint(&d));
        snprintf(first, sizeof first, "%s", d.split_fingerprint);
        /* The rule is a text of the option, and means the same split. */
        gamlp_dataset_clear(&d);
        make(&d, given[i].is_public, given[i].fixed);
        options = options_of(given[i].rule);
        options.split_seed = 77;
        options.val_count = 1;
        CHECK_OK(gamlp_dataset_split(&d, &options));
        CHECK_OK(gamlp_dataset_fingerprint(&d));
        assert_string_equal(d.split.rule, given[i].rule);
        assert_string_equal(d.split_fingerprint, first);
        gamlp_dataset_clear(&d);
    }
}

static void test_fixed(void **state) {
    (void)state;
    gamlp_dataset d;
    gamlp_dataset_options options = options_of("fixed:2");
    make(&d, false, 3);
    CHECK_OK(gamlp_dataset_split(&d, &options));
    assert_int_equal(d.split.train[0], 2);
    assert_int_equal(d.split.val[0], 6);
    assert_int_equal(d.split.test[0], 11);
    options = options_of("fixed:0"); /* again, of the same data set */
    CHECK_OK(gamlp_dataset_split(&d, &options));
    assert_int_equal(d.split.train[0], 0);
    options = options_of("fixed:3");
    CHECK_FAILS(gamlp_dataset_split(&d, &options), GAMLP_E_DATA,
                "tiny: has 3 fixed splits, expected fixed:0 to fixed:2");
    options = options_of("fixed:1/4");
    CHECK_FAILS(gamlp_dataset_split(&d, &options), GAMLP_E_DATA, "has 3 fixed splits");
    gamlp_dataset_clear(&d);
    make(&d, true, 0);
    options = options_of("fixed:0");
    CHECK_FAILS(gamlp_dataset_split(&d, &options), GAMLP_E_DATA, "tiny: has no fixed splits");
    assert_string_equal(d.split.rule, "public"); /* still there */
    gamlp_dataset_clear(&d);
    make(&d, false, 2);
    options = options_of("public");
    CHECK_FAILS(gamlp_dataset_split(&d, &options), GAMLP_E_DATA,
                "tiny: has no public split, but fixed ones");
    gamlp_dataset_clear(&d);
}

/* What is asked for must matter. */
static void test_asked(void **state) {
    (void)state;
    static const struct {
        const char *split, *option, *problem; /* NULL: no problem */
    } given[] = {
        {"", "split-seed", "tiny: split-seed has no effect on the split public"},
        {"", "train-per-class",
         "tiny: train-per-class has no effect on the split public; the "
         "split \"random\" obeys it"},
        {"public", "val", "val has no effect"},
        {"random", "split-seed", NULL},
        {"random", "train-per-class", NULL},
        {"random", "val", NULL},
        {"random", "test", NULL},
        {"random@3", "split-seed", "split-seed has no effect on the split random@3"},
        {"random@3", "test", NULL},
        {"random:1+2+2", "split-seed", NULL},
        {"random:1+2+2", "test", "test has no effect on the split random:1+2+2"},
        {"fraction:0.5,0.25,0.25", "split-seed", NULL},
        {"fraction:0.5,0.25,0.25", "val", "val has no effect"},
        {"stratified:0.5,0.25,0.25@1", "split-seed", "split-seed has no effect"},
    };
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        gamlp_dataset d;
        gamlp_dataset_options options = options_of(given[i].split);
        make(&d, true, 0);
        CHECK_OK(gamlp_dataset_options_set(
            &options, gamlp_option_find(gamlp_dataset_table, given[i].option), "2"));
        if (given[i].problem)
            CHECK_FAILS(gamlp_dataset_split(&d, &options), GAMLP_E_CONFIG, given[i].problem);
        else
            CHECK_OK(gamlp_dataset_split(&d, &options));
        gamlp_dataset_clear(&d);
    }
}

static void test_wrong(void **state) {
    (void)state;
    gamlp_dataset d;
    gamlp_dataset_options options = options_of("nonsense");
    CHECK_FAILS(gamlp_dataset_open(&d, "karate", &options), GAMLP_E_CONFIG, "\"nonsense\"");
    options = options_of("time:1,2");
    CHECK_FAILS(gamlp_dataset_open(&d, "karate", &options), GAMLP_E_DATA, "no times");
    options = options_of("pitfalls");
    CHECK_FAILS(gamlp_dataset_open(&d, "karate", &options), GAMLP_E_DATA, "needs 50");
}

/* Every rule, opened twice: one fingerprint; with another seed another one. */
static void test_fingerprints(void **state) {
    (void)state;
    static const char *const rules[] = {"random:5+60+90", "fraction:0.6,0.2,0.2",
                                        "stratified:0.1,0.2,0.7", "pitfalls"};
    for (size_t r = 0; r < sizeof rules / sizeof rules[0]; r++) {
        char of[3][GAMLP_HASH_TEXT];
        for (int64_t i = 0; i < 3; i++) {
            gamlp_dataset d;
            gamlp_dataset_options options = options_of(rules[r]);
            options.split_seed = i / 2;
            CHECK_OK(gamlp_dataset_open(&d, "citation-sim", &options));
            snprintf(of[i], sizeof of[i], "%s", d.split_fingerprint);
            gamlp_dataset_clear(&d);
        }
        assert_string_equal(of[0], of[1]);
        assert_string_not_equal(of[0], of[2]);
    }
}

/* The protocol of Shchur et al. on their data. */
static void test_real(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int64_t nodes, classes;
    } sets[] = {{"amazon-photo", 7487, 8},
                {"amazon-computers", 13381, 10},
                {"coauthor-cs", 18333, 15},
                {"coauthor-physics", 34493, 5}};
    gamlp_dataset_options options = options_of("pitfalls@1");
    snprintf(options.data, sizeof options.data, "%s", real_data());
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        gamlp_dataset d;
        CHECK_OK(gamlp_dataset_open(&d, sets[i].name, &options));
        assert_int_equal(d.nodes, sets[i].nodes);
        assert_int_equal(d.split.train_count, 20 * sets[i].classes);
        assert_int_equal(d.split.val_count, 30 * sets[i].classes);
        assert_int_equal(d.split.test_count, sets[i].nodes - 50 * sets[i].classes);
        gamlp_dataset_clear(&d);
    }
}

/* Ten splits of a source: each is another one, and what its file says. */
static void test_real_fixed(void **state) {
    (void)state;
    char name[400], before[GAMLP_HASH_TEXT] = "";
    gamlp_dataset d, by_file;
    snprintf(name, sizeof name, "%s/geom-gcn/wisconsin", real_data());
    for (int k = 0; k < 10; k++) {
        char text[32];
        snprintf(text, sizeof text, "fixed:%d", k);
        gamlp_dataset_options options = options_of(text);
        CHECK_OK(gamlp_dataset_open(&d, name, &options));
        snprintf(text, sizeof text, "fixed:%d/10", k);
        assert_string_equal(d.split.rule, text);
        assert_int_equal(d.split.train_count + d.split.val_count + d.split.test_count, 251);
        assert_string_not_equal(d.split_fingerprint, before);
        snprintf(before, sizeof before, "%s", d.split_fingerprint);
        gamlp_dataset_clear(&d);
        snprintf(options.split, sizeof options.split,
                 "file:%.200s/geom-gcn/splits/wisconsin_split_0.6_0.2_%d.npz", real_data(), k);
        CHECK_OK(gamlp_dataset_open(&by_file, name, &options));
        assert_string_equal(by_file.split_fingerprint, before);
        gamlp_dataset_clear(&by_file);
    }
    gamlp_dataset_options options = options_of("fixed:10");
    CHECK_FAILS(gamlp_dataset_open(&d, name, &options), GAMLP_E_DATA, "has 10 fixed splits");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),        cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_asked),        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_fingerprints), cmocka_unit_test(test_real),
        cmocka_unit_test(test_real_fixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
