/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "dataset/split.h"
#include "gamlp/alloc.h"

/* 300 nodes of 3 classes; every tenth has no label. */
static gamlp_dataset make(void) {
    gamlp_dataset d = {.name = "test", .nodes = 300, .classes = 3};
    CHECK_OK(gamlp_new(&d.label, d.nodes, sizeof *d.label, "labels"));
    for (int64_t i = 0; i < d.nodes; i++)
        d.label[i] = i % 10 == 0 ? GAMLP_UNLABELLED : (int32_t)(i * i % 7 % 3);
    return d;
}

static void mark(const gamlp_dataset *d, int *used, const int64_t *node, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        assert_true(node[i] >= 0 && node[i] < d->nodes);
        if (i > 0) assert_true(node[i] > node[i - 1]);
        assert_true(d->label[node[i]] != GAMLP_UNLABELLED);
        assert_int_equal(used[node[i]]++, 0);
    }
}

static void test_parts(void **state) {
    (void)state;
    gamlp_dataset d = make();
    CHECK_OK(gamlp_dataset_split_random(&d, 7, 30, 50, 5));
    int used[300] = {0}, of_class[3] = {0};
    assert_int_equal(d.split.train_count, 21);
    assert_int_equal(d.split.val_count, 30);
    assert_int_equal(d.split.test_count, 50);
    assert_string_equal(d.split.rule, "random:7+30+50@5");
    mark(&d, used, d.split.train, 21);
    mark(&d, used, d.split.val, 30);
    mark(&d, used, d.split.test, 50);
    for (int i = 0; i < 21; i++) of_class[d.label[d.split.train[i]]]++;
    for (int c = 0; c < 3; c++) assert_int_equal(of_class[c], 7);
    gamlp_dataset_clear(&d);
}

static void test_seed(void **state) {
    (void)state;
    gamlp_dataset a = make(), b = make();
    CHECK_OK(gamlp_dataset_split_random(&a, 7, 30, 50, 5));
    CHECK_OK(gamlp_dataset_split_random(&b, 7, 30, 50, 6));
    assert_memory_not_equal(a.split.train, b.split.train, 21 * sizeof(int64_t));
    assert_memory_not_equal(a.split.test, b.split.test, 50 * sizeof(int64_t));
    CHECK_OK(gamlp_dataset_split_random(&b, 7, 30, 50, 5));
    assert_memory_equal(a.split.train, b.split.train, 21 * sizeof(int64_t));
    assert_memory_equal(a.split.val, b.split.val, 30 * sizeof(int64_t));
    assert_memory_equal(a.split.test, b.split.test, 50 * sizeof(int64_t));
    gamlp_dataset_clear(&a);
    gamlp_dataset_clear(&b);
}

/* Over many seeds every labelled node trains equally often (7 of its class). */
static void test_even(void **state) {
    (void)state;
    enum { SEEDS = 2000 };
    gamlp_dataset d = make();
    int drawn[300] = {0}, size[3] = {0};
    for (int i = 0; i < 300; i++)
        if (d.label[i] >= 0) size[d.label[i]]++;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        CHECK_OK(gamlp_dataset_split_random(&d, 7, 30, 50, seed));
        for (int i = 0; i < 21; i++) drawn[d.split.train[i]]++;
    }
    for (int i = 0; i < 300; i++) {
        if (d.label[i] < 0) continue;
        double p = 7.0 / size[d.label[i]], expected = SEEDS * p;
        double deviation = (drawn[i] - expected) * (drawn[i] - expected) / (expected * (1 - p));
        assert_true(deviation < 25); /* five standard deviations */
    }
    gamlp_dataset_clear(&d);
}

static void test_exact(void **state) {
    (void)state;
    gamlp_dataset d = {.name = "test", .nodes = 4, .classes = 2};
    CHECK_OK(gamlp_new(&d.label, 4, sizeof *d.label, "labels"));
    d.label[1] = d.label[3] = 1;
    CHECK_OK(gamlp_dataset_split_random(&d, 1, 1, 1, 0));
    CHECK_FAILS(gamlp_dataset_split_random(&d, 1, 2, 1, 0), GAMLP_E_DATA,
                "test: 2 labelled nodes remain, the split needs 2 for validation and 1 for test");
    CHECK_FAILS(gamlp_dataset_split_random(&d, 1, INT64_MAX, INT64_MAX, 0), GAMLP_E_DATA, "remain");
    CHECK_FAILS(gamlp_dataset_split_random(&d, 3, 1, 1, 0), GAMLP_E_DATA,
                "test: class 0 has 2 labelled nodes, the split needs 3");
    CHECK_FAILS(gamlp_dataset_split_random(&d, INT64_MAX, 1, 1, 0), GAMLP_E_DATA, "too few");
    CHECK_FAILS(gamlp_dataset_split_random(&d, 0, 1, 1, 0), GAMLP_E_USAGE, "empty part");
    CHECK_FAILS(gamlp_dataset_split_random(&d, 1, 0, 1, 0), GAMLP_E_USAGE, "empty part");
    CHECK_FAILS(gamlp_dataset_split_random(&d, 1, 1, -1, 0), GAMLP_E_USAGE, "empty part");
    assert_string_equal(d.split.rule, "random:1+1+1@0"); /* the split before is still there */
    d.classes = 0;
    CHECK_FAILS(gamlp_dataset_split_random(&d, 1, 1, 1, 0), GAMLP_E_DATA, "0 classes");
    gamlp_dataset_clear(&d);
}

static gamlp_status split_body(void *context) {
    (void)context;
    gamlp_dataset d = {.name = "test", .nodes = 4, .classes = 1};
    gamlp_status status = gamlp_new(&d.label, 4, sizeof *d.label, "labels");
    if (status == GAMLP_OK) status = gamlp_dataset_split_random(&d, 1, 1, 1, 0);
    gamlp_dataset_clear(&d);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    check_every_allocation(split_body, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),      cmocka_unit_test(test_seed),
        cmocka_unit_test(test_even),       cmocka_unit_test(test_exact),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
