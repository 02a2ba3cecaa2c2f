/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/names.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "gamlp/alloc.h"

static int64_t add(gamlp_names *names, const char *text) {
    int64_t index = -1;
    CHECK_OK(gamlp_names_add(&index, names, text, strlen(text)));
    return index;
}

static void test_numbers(void **state) {
    (void)state;
    gamlp_names names = {0};
    assert_int_equal(gamlp_names_find(&names, "a", 1), -1);
    assert_null(gamlp_names_text(&names, 0));
    assert_int_equal(add(&names, "b"), 0);
    assert_int_equal(add(&names, ""), 1);
    assert_int_equal(add(&names, "a"), 2);
    assert_int_equal(add(&names, "b"), 0);
    assert_int_equal(add(&names, "ab"), 3);
    assert_int_equal(gamlp_names_find(&names, "abc", 2), 3);
    assert_int_equal(gamlp_names_find(&names, "abc", 3), -1);
    assert_string_equal(gamlp_names_text(&names, 1), "");
    assert_string_equal(gamlp_names_text(&names, 3), "ab");
    assert_null(gamlp_names_text(&names, 4));
    assert_null(gamlp_names_text(&names, -1));
    assert_int_equal(names.count, 4);
    gamlp_names_clear(&names);
    gamlp_names_clear(NULL);
}

static void test_many(void **state) {
    (void)state;
    enum { MANY = 20000 };
    char text[32];
    gamlp_names names = {0};
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < MANY; i++) {
            snprintf(text, sizeof text, "node%d", i);
            assert_int_equal(add(&names, text), i);
        }
    assert_int_equal(names.count, MANY);
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "node%d", i);
        assert_string_equal(gamlp_names_text(&names, i), text);
    }
    assert_true(names.slots <= 4 * MANY);
    gamlp_names_clear(&names);
}

static void check_order(const char *const *texts, const char *const *sorted, int count) {
    gamlp_names names = {0};
    int64_t *rank;
    for (int i = 0; i < count; i++) add(&names, texts[i]);
    CHECK_OK(gamlp_names_sorted(&rank, &names));
    for (int i = 0; i < count; i++) assert_string_equal(sorted[rank[i]], texts[i]);
    gamlp_free(rank);
    gamlp_names_clear(&names);
}

static void test_sorted(void **state) {
    (void)state;
    static const char *const words[] = {"b", "10", "B", "2", "", "ab"};
    static const char *const by_bytes[] = {"", "10", "2", "B", "ab", "b"};
    static const char *const numbers[] = {"10", "-3", "2", "-12", "0", "9.00", "007", "-0"};
    static const char *const by_value[] = {"-12", "-3", "-0", "0", "2", "007", "9.00", "10"};
    static const char *const huge[] = {"100000000000000000000", "99999999999999999999", "1"};
    static const char *const by_length[] = {"1", "99999999999999999999", "100000000000000000000"};
    static const char *const fractions[] = {"10.5", "2.5"};
    check_order(words, by_bytes, 6);
    check_order(numbers, by_value, 8);
    check_order(huge, by_length, 3);
    check_order(fractions, fractions, 2);
    check_order(NULL, NULL, 0);
}

static void test_classes(void **state) {
    (void)state;
    int32_t label[] = {0, 1, GAMLP_UNLABELLED, 2, 1};
    gamlp_dataset d = {.nodes = 5, .label = label};
    gamlp_names names = {0};
    CHECK_FAILS(gamlp_names_to_classes(&d, &names, "file"), GAMLP_E_DATA,
                "file: no node has a label");
    add(&names, "Theory");
    add(&names, "Agents");
    add(&names, "Databases");
    CHECK_OK(gamlp_names_to_classes(&d, &names, "file"));
    static const int32_t expected[] = {2, 0, GAMLP_UNLABELLED, 1, 0};
    assert_memory_equal(label, expected, sizeof label);
    assert_int_equal(d.classes, 3);
    assert_string_equal(d.class_name[0], "Agents");
    assert_string_equal(d.class_name[2], "Theory");
    d.label = NULL;
    gamlp_dataset_clear(&d);
    add(&names, "\xff");
    d = (gamlp_dataset){.nodes = 5, .label = label};
    CHECK_FAILS(gamlp_names_to_classes(&d, &names, "file"), GAMLP_E_DATA,
                "file: the name of class 3 is not UTF-8");
    assert_memory_equal(label, expected, sizeof label);
    assert_null(d.class_name);
    gamlp_names_clear(&names);
}

/* As a reader does it; a failed addition leaves the names as they were. */
static gamlp_status body(void *context) {
    (void)context;
    static const int32_t order[] = {3, 99, 0};
    gamlp_names names = {0};
    gamlp_dataset d = {.nodes = 3};
    int64_t index;
    char text[32];
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&d.label, 3, sizeof *d.label, "labels"));
    memcpy(d.label, order, sizeof order);
    for (int i = 0; i < 100; i++) {
        snprintf(text, sizeof text, "a rather long text, number %d", i);
        status = gamlp_names_add(&index, &names, text, strlen(text));
        if (status != GAMLP_OK) {
            assert_int_equal(names.count, i);
            assert_int_equal(gamlp_names_find(&names, text, strlen(text)), -1);
            goto done;
        }
    }
    GAMLP_TRY(gamlp_names_to_classes(&d, &names, "file"));
done:
    gamlp_names_clear(&names);
    gamlp_dataset_clear(&d);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    check_every_allocation(body, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),    cmocka_unit_test(test_many),
        cmocka_unit_test(test_sorted),     cmocka_unit_test(test_classes),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
