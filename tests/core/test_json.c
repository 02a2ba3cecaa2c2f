/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gamlp/alloc.h"

static gamlp_json *make(void) {
    gamlp_json *object = gamlp_json_object(), *list = gamlp_json_array();
    gamlp_json_set_int(object, "int", -9007199254740993);
    gamlp_json_set_real(object, "real", 0.1);
    gamlp_json_set_real(object, "nan", NAN);
    gamlp_json_set_real(object, "inf", -INFINITY);
    gamlp_json_set_bool(object, "bool", true);
    gamlp_json_set_text(object, "text", "a \"b\" \xc3\xa9\n");
    gamlp_json_set_text(object, "none", NULL);
    gamlp_json_append_int(list, 1);
    gamlp_json_append_real(list, 0.5);
    gamlp_json_append(list, gamlp_json_object());
    gamlp_json_set(object, "list", list);
    return object;
}

static void test_dump(void **state) {
    (void)state;
    gamlp_json *object = make();
    char *text;
    CHECK_OK(gamlp_json_dump(&text, object, false));
    assert_string_equal(text,
                        "{\"int\":-9007199254740993,\"real\":0.10000000000000001,\"nan\":null,"
                        "\"inf\":null,\"bool\":true,\"text\":\"a \\\"b\\\" \xc3\xa9\\n\","
                        "\"none\":null,\"list\":[1,0.5,{}]}");
    gamlp_free(text);
    CHECK_OK(gamlp_json_dump(&text, object, true));
    assert_int_equal(strncmp(text, "{\n  \"int\": ", 11), 0);
    assert_int_equal(text[strlen(text) - 1], '\n');
    gamlp_free(text);
    gamlp_json_free(object);
    gamlp_json_free(NULL);
}

/* A number keeps its bits through a text. */
static void test_reals(void **state) {
    (void)state;
    static const double value[] = {0.1, 1.0 / 3, 1e-310, 1.7976931348623157e308, -5e-324, 1e15, 0};
    for (size_t i = 0; i < sizeof value / sizeof value[0]; i++) {
        gamlp_json *object = gamlp_json_object(), *again;
        gamlp_json_set_real(object, "x", value[i]);
        char *text;
        double read = -1;
        CHECK_OK(gamlp_json_dump(&text, object, false));
        CHECK_OK(gamlp_json_parse(&again, text, strlen(text), "test"));
        assert_true(gamlp_json_get_real(again, "x", &read) && read == value[i]);
        gamlp_free(text);
        gamlp_json_free(object);
        gamlp_json_free(again);
    }
}

static gamlp_status count_member(void *context, const char *key, const gamlp_json *value) {
    (void)value;
    int *count = context;
    if (strcmp(key, "stop") == 0) return gamlp_fail(GAMLP_E_DATA, "stopped at %s", key);
    (*count)++;
    return GAMLP_OK;
}

static void test_read(void **state) {
    (void)state;
    static const char text[] = "{\"a\":1,\"b\":2.5,\"c\":\"t\",\"d\":[3,\"x\"],\"stop\":0,\"e\":1}";
    gamlp_json *object;
    int64_t whole = 0;
    double real = 0;
    int count = 0;
    CHECK_OK(gamlp_json_parse(&object, text, sizeof text - 1, "test"));
    assert_true(gamlp_json_get_int(object, "a", &whole) && whole == 1);
    assert_true(gamlp_json_get_real(object, "a", &real) && real == 1);
    assert_true(gamlp_json_get_real(object, "b", &real) && real == 2.5);
    assert_false(gamlp_json_get_int(object, "b", &whole));
    assert_false(gamlp_json_get_int(object, "absent", &whole));
    assert_false(gamlp_json_get_real(object, "c", &real));
    bool truth = true;
    assert_false(gamlp_json_get_bool(object, "a", &truth));
    gamlp_json *flags = gamlp_json_object();
    gamlp_json_set_bool(flags, "no", false);
    gamlp_json_set_bool(flags, "yes", true);
    assert_true(gamlp_json_get_bool(flags, "no", &truth) && !truth);
    assert_true(gamlp_json_get_bool(flags, "yes", &truth) && truth);
    assert_false(gamlp_json_get_bool(flags, "else", &truth));
    gamlp_json_free(flags);
    assert_string_equal(gamlp_json_get_text(object, "c"), "t");
    assert_null(gamlp_json_get_text(object, "a"));
    const gamlp_json *list = gamlp_json_get(object, "d");
    assert_int_equal(gamlp_json_length(list), 2);
    assert_true(gamlp_json_int(gamlp_json_at(list, 0), &whole) && whole == 3);
    assert_false(gamlp_json_int(gamlp_json_at(list, 1), &whole));
    assert_null(gamlp_json_at(list, 2));
    assert_null(gamlp_json_at(list, -1));
    assert_int_equal(gamlp_json_length(object), 0);
    assert_null(gamlp_json_get(list, "a"));
    assert_null(gamlp_json_get(NULL, "a"));
    CHECK_FAILS(gamlp_json_each(object, count_member, &count), GAMLP_E_DATA, "stopped at stop");
    assert_int_equal(count, 4);
    gamlp_json_free(object);
}

static void test_bad(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",         "{",     "[1,]",    "{\"a\":1}x", "{'a':1}", "{\"a\":1,\"a\":2}",
        "\"\xff\"", "[NaN]", "[1e999]", "nul"};
    gamlp_json *value;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_FAILS(gamlp_json_parse(&value, bad[i], strlen(bad[i]), "x.json"), GAMLP_E_DATA,
                    "x.json: line 1: not JSON");
        assert_null(value);
    }
    CHECK_FAILS(gamlp_json_parse(&value, "{\n\n\"a\" 1}", 9, "x.json"), GAMLP_E_DATA, "line 3");
    enum { DEPTH = 100000 };
    char *deep = malloc(DEPTH);
    memset(deep, '[', DEPTH);
    CHECK_FAILS(gamlp_json_parse(&value, deep, DEPTH, "x.json"), GAMLP_E_DATA, "x.json");
    free(deep);
}

/* A value that could not be made or is no UTF-8 makes the next dump fail, and only that one. */
static void test_broken(void **state) {
    (void)state;
    char *text;
    gamlp_json *outer = gamlp_json_object(), *list = gamlp_json_array();
    gamlp_json_set(outer, "list", list);
    for (int way = 0; way < 4; way++) {
        if (way == 0) gamlp_json_set_text(outer, "bad", "\xff\xfe");
        if (way == 1) gamlp_json_append(list, NULL);
        if (way == 2) gamlp_json_set(outer, "bad", NULL);
        if (way == 3) gamlp_json_append_int(NULL, 1);
        CHECK_FAILS(gamlp_json_dump(&text, outer, false), GAMLP_E_NOMEM, "JSON");
        assert_null(text);
        CHECK_OK(gamlp_json_dump(&text, outer, false));
        assert_string_equal(text, "{\"list\":[]}");
        gamlp_free(text);
    }
    gamlp_json_free(outer);
    CHECK_FAILS(gamlp_json_dump(&text, NULL, false), GAMLP_E_NOMEM, "JSON");
}

static gamlp_status use_all(void *context) {
    gamlp_json *object = make(), *again = NULL;
    char *text = NULL;
    gamlp_status status = GAMLP_OK;
    (void)context;
    GAMLP_TRY(gamlp_json_dump(&text, object, true));
    GAMLP_TRY(gamlp_json_parse(&again, text, strlen(text), "x.json"));
done:
    gamlp_json_free(object);
    gamlp_json_free(again);
    gamlp_free(text);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    count_allocations();
    CHECK_OK(use_all(NULL));
    assert_true(allocations_made() > 30);
    stop_counting();
    check_every_allocation(use_all, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dump),   cmocka_unit_test(test_reals),
        cmocka_unit_test(test_read),   cmocka_unit_test(test_bad),
        cmocka_unit_test(test_broken), cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
