/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "dataset/split.h"
#include "gamlp/alloc.h"

enum { NODES = 997, CLASSES = 4 };

/* Classes of different sizes; every tenth node has no label.  Times 2000 to 2010. */
static gamlp_dataset make(void) {
    gamlp_dataset d = {.name = "test", .nodes = NODES, .classes = CLASSES};
    CHECK_OK(gamlp_new(&d.label, d.nodes, sizeof *d.label, "labels"));
    CHECK_OK(gamlp_new(&d.time, d.nodes, sizeof *d.time, "times"));
    for (int64_t i = 0; i < d.nodes; i++) {
        int64_t x = i * i % 101;
        d.label[i] = i % 10 == 0 ? GAMLP_UNLABELLED : x < 10 ? 0 : x < 25 ? 1 : x < 60 ? 2 : 3;
        d.time[i] = (int32_t)(2000 + i % 11);
    }
    return d;
}

static gamlp_status split_by(gamlp_dataset *d, const char *text) {
    gamlp_split_spec spec;
    gamlp_split_clear(&d->split);
    gamlp_status status = gamlp_split_spec_parse(&spec, text);
    if (status == GAMLP_OK)
        status = spec.kind == GAMLP_SPLIT_TIME ? gamlp_split_by_time(&d->split, d, &spec)
                                               : gamlp_split_draw(&d->split, d, &spec);
    return status;
}

/* Nodes of each part and class; each node is labelled and in one part, in increasing order. */
static void count(int64_t of[3][CLASSES], const gamlp_dataset *d) {
    const gamlp_split *s = &d->split;
    const int64_t *node[] = {s->train, s->val, s->test};
    const int64_t size[] = {s->train_count, s->val_count, s->test_count};
    int used[NODES] = {0};
    memset(of, 0, 3 * CLASSES * sizeof **of);
    for (int p = 0; p < 3; p++)
        for (int64_t i = 0; i < size[p]; i++) {
            int64_t n = node[p][i];
            assert_true(n >= 0 && n < d->nodes);
            if (i > 0) assert_true(n > node[p][i - 1]);
            assert_true(d->label[n] != GAMLP_UNLABELLED);
            assert_int_equal(used[n]++, 0);
            of[p][d->label[n]]++;
        }
}

static void class_sizes(int64_t size[CLASSES], const gamlp_dataset *d) {
    memset(size, 0, CLASSES * sizeof *size);
    for (int64_t i = 0; i < d->nodes; i++)
        if (d->label[i] >= 0) size[d->label[i]]++;
}

static void test_fraction(void **state) {
    (void)state;
    gamlp_dataset d = make();
    int64_t of[3][CLASSES];
    /* 897 labelled nodes: 538.2, 179.4, 179.4; the last missing one goes to the first 0.4. */
    CHECK_OK(split_by(&d, "fraction:0.6,0.2,0.2@1"));
    count(of, &d);
    assert_int_equal(d.split.train_count, 538);
    assert_int_equal(d.split.val_count, 180);
    assert_int_equal(d.split.test_count, 179);
    /* A sum below one leaves nodes out: 89.7, 89.7 and 89.7 of 269.1. */
    CHECK_OK(split_by(&d, "fraction:0.1,0.1,0.1@1"));
    assert_int_equal(d.split.train_count, 90);
    assert_int_equal(d.split.val_count, 90);
    assert_int_equal(d.split.test_count, 89);
    gamlp_dataset_clear(&d);
}

/* Each class within one node of its fractions, whatever they are. */
static void test_stratified(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double share[3];
    } given[] = {{"stratified:0.6,0.2,0.2@5", {0.6, 0.2, 0.2}},
                 {"stratified:0.48,0.32,0.2@5", {0.48, 0.32, 0.2}},
                 {"stratified:0.333333333,0.333333333,0.333333334@5", {1 / 3., 1 / 3., 1 / 3.}},
                 {"stratified:0.05,0.1,0.3@5", {0.05, 0.1, 0.3}}};
    gamlp_dataset d = make();
    int64_t of[3][CLASSES], size[CLASSES];
    class_sizes(size, &d);
    for (size_t k = 0; k < sizeof given / sizeof given[0]; k++) {
        CHECK_OK(split_by(&d, given[k].text));
        count(of, &d);
        for (int c = 0; c < CLASSES; c++) {
            double sum = 0;
            for (int p = 0; p < 3; p++) {
                double exact = given[k].share[p] * (double)size[c];
                assert_true((double)of[p][c] > exact - 1 && (double)of[p][c] < exact + 1);
                sum += exact;
            }
            double drawn = (double)(of[0][c] + of[1][c] + of[2][c]);
            assert_true(drawn >= sum - 0.51 && drawn <= sum + 0.51);
        }
    }
    gamlp_dataset_clear(&d);
}

static void test_pitfalls(void **state) {
    (void)state;
    gamlp_dataset d = make();
    int64_t of[3][CLASSES], size[CLASSES];
    class_sizes(size, &d);
    CHECK_OK(split_by(&d, "pitfalls@2"));
    count(of, &d);
    for (int c = 0; c < CLASSES; c++) {
        assert_int_equal(of[0][c], 20);
        assert_int_equal(of[1][c], 30);
        assert_int_equal(of[2][c], size[c] - 50);
    }
    for (int64_t i = 0, left = 49; i < NODES; i++)
        if (d.label[i] == 1 && left-- <= 0) d.label[i] = 2;
    CHECK_FAILS(split_by(&d, "pitfalls@2"), GAMLP_E_DATA,
                "test: class 1 has 49 labelled nodes in the largest component, the split pitfalls "
                "needs 50");
    gamlp_dataset_clear(&d);
}

static void test_seeds(void **state) {
    (void)state;
    static const char *const rules[] = {"fraction:0.6,0.2,0.2@", "stratified:0.6,0.2,0.2@",
                                        "pitfalls@"};
    for (int r = 0; r < 3; r++) {
        gamlp_dataset a = make(), b = make();
        char text[GAMLP_NAME_MAX];
        snprintf(text, sizeof text, "%s1", rules[r]);
        CHECK_OK(split_by(&a, text));
        CHECK_OK(split_by(&b, text));
        size_t bytes = (size_t)a.split.train_count * sizeof *a.split.train;
        assert_memory_equal(a.split.train, b.split.train, bytes);
        assert_memory_equal(a.split.test, b.split.test,
                            (size_t)a.split.test_count * sizeof *a.split.test);
        snprintf(text, sizeof text, "%s2", rules[r]);
        CHECK_OK(split_by(&b, text));
        assert_int_equal(a.split.train_count, b.split.train_count);
        assert_memory_not_equal(a.split.train, b.split.train, bytes);
        gamlp_dataset_clear(&a);
        gamlp_dataset_clear(&b);
    }
}

/* Over many seeds every labelled node trains equally often. */
static void test_even(void **state) {
    (void)state;
    enum { SEEDS = 500 };
    gamlp_dataset d = make();
    int drawn[NODES] = {0};
    for (int seed = 0; seed < SEEDS; seed++) {
        char text[GAMLP_NAME_MAX];
        snprintf(text, sizeof text, "fraction:0.3,0.2,0.2@%d", seed);
        CHECK_OK(split_by(&d, text));
        for (int64_t i = 0; i < d.split.train_count; i++) drawn[d.split.train[i]]++;
    }
    for (int i = 0; i < NODES; i++) {
        if (d.label[i] < 0) continue;
        double expected = SEEDS * 0.3, away = drawn[i] - expected;
        assert_true(away * away / (expected * 0.7) < 25); /* five standard deviations */
    }
    gamlp_dataset_clear(&d);
}

static void test_time(void **state) {
    (void)state;
    gamlp_dataset d = make();
    int64_t of[3][CLASSES], total[3] = {0};
    for (int64_t i = 0; i < NODES; i++)
        if (d.label[i] >= 0) total[d.time[i] <= 2004 ? 0 : d.time[i] <= 2006 ? 1 : 2]++;
    CHECK_OK(split_by(&d, "time:2004,2006"));
    count(of, &d);
    assert_int_equal(d.split.train_count, total[0]);
    assert_int_equal(d.split.val_count, total[1]);
    assert_int_equal(d.split.test_count, total[2]);
    for (int64_t i = 0; i < d.split.train_count; i++) assert_true(d.time[d.split.train[i]] <= 2004);
    for (int64_t i = 0; i < d.split.test_count; i++) assert_true(d.time[d.split.test[i]] > 2006);
    CHECK_FAILS(split_by(&d, "time:1990,1999"), GAMLP_E_DATA,
                "test: the split time:1990,1999 has no training node");
    CHECK_FAILS(split_by(&d, "time:2004,2010"), GAMLP_E_DATA, "has no test node");
    gamlp_free(d.time);
    d.time = NULL;
    CHECK_FAILS(split_by(&d, "time:2004,2006"), GAMLP_E_DATA, "test: its nodes have no times");
    gamlp_dataset_clear(&d);
}

static void test_too_few(void **state) {
    (void)state;
    gamlp_dataset d = {.name = "test", .nodes = 3, .classes = 2};
    CHECK_OK(gamlp_new(&d.label, 3, sizeof *d.label, "labels"));
    d.label[1] = 1;
    d.label[2] = GAMLP_UNLABELLED;
    CHECK_FAILS(split_by(&d, "fraction:0.6,0.2,0.2@0"), GAMLP_E_DATA,
                "test: the split fraction:0.6,0.2,0.2@0 of 2 labelled nodes has no test node");
    CHECK_FAILS(split_by(&d, "stratified:0.6,0.2,0.2"), GAMLP_E_DATA, "has no validation node");
    d.label[2] = 0;
    CHECK_OK(split_by(&d, "fraction:0.4,0.3,0.3@0"));
    d.classes = 0;
    CHECK_FAILS(split_by(&d, "fraction:0.4,0.3,0.3@0"), GAMLP_E_DATA, "no classes");
    d.classes = 2;
    gamlp_dataset_clear(&d);
}

static gamlp_status draw_body(void *context) {
    gamlp_dataset *d = context;
    gamlp_status status = split_by(d, "stratified:0.6,0.2,0.2@1");
    if (status == GAMLP_OK) status = split_by(d, "time:2004,2006");
    gamlp_split_clear(&d->split);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    gamlp_dataset d = {.name = "test", .nodes = 10, .classes = 1};
    int32_t label[10] = {0}, time[10] = {0, 1, 2, 3, 2005, 2006, 2007, 2008, 2009, 2010};
    d.label = label;
    d.time = time;
    check_every_allocation(draw_body, &d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fraction), cmocka_unit_test(test_stratified),
        cmocka_unit_test(test_pitfalls), cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_even),     cmocka_unit_test(test_time),
        cmocka_unit_test(test_too_few),  cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
