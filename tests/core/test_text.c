/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "core/text.h"
#include "gamlp/alloc.h"

/* Distance by the definition: try every edit at the end. */
static int64_t slow_distance(const char *a, size_t m, const char *b, size_t n) {
    if (m == 0 || n == 0) return (int64_t)(m + n);
    int64_t best = slow_distance(a, m - 1, b, n - 1) + (a[m - 1] != b[n - 1]);
    int64_t shorter = slow_distance(a, m - 1, b, n) + 1, longer = slow_distance(a, m, b, n - 1) + 1;
    if (shorter < best) best = shorter;
    if (longer < best) best = longer;
    if (m > 1 && n > 1 && a[m - 1] == b[n - 2] && a[m - 2] == b[n - 1]) {
        int64_t exchange = slow_distance(a, m - 2, b, n - 2) + 1;
        if (exchange < best) best = exchange;
    }
    return best;
}

static void test_distance(void **state) {
    (void)state;
    static const char *const words[] = {"",       "a",      "cora", "coar",
                                        "pubmed", "pumbed", "kora", "aaab"};
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++)
            assert_int_equal(gamlp_text_distance(words[i], words[j]),
                             slow_distance(words[i], strlen(words[i]), words[j], strlen(words[j])));
}

static void test_long_texts(void **state) {
    (void)state;
    char a[200], b[200];
    memset(a, 'a', sizeof a);
    memset(b, 'b', sizeof b);
    a[199] = b[199] = 0;
    assert_int_equal(gamlp_text_distance(a, b), 63);
}

static const char *list(const void *context, int64_t index) {
    (void)context;
    static const char *const names[] = {"cora", "citeseer", "pubmed", "coauthor-cs", NULL};
    return names[index];
}

static void test_nearest(void **state) {
    (void)state;
    assert_string_equal(gamlp_text_nearest(list, NULL, "Cora"), "cora");
    assert_string_equal(gamlp_text_nearest(list, NULL, "citeseer"), "citeseer");
    assert_string_equal(gamlp_text_nearest(list, NULL, "coauthor_css"), "coauthor-cs");
    assert_string_equal(gamlp_text_nearest(list, NULL, "cite"), "citeseer");
    assert_null(gamlp_text_nearest(list, NULL, "reddit"));
}

static void test_format(void **state) {
    (void)state;
    char *text;
    CHECK_OK(gamlp_text_format(&text, "%s.%d", "name", 12));
    assert_string_equal(text, "name.12");
    gamlp_free(text);
}

/* Every code point encoded by the table of RFC 3629, and what is no code point. */
static void test_code_points(void **state) {
    (void)state;
    int bytes;
    for (uint32_t code = 1; code <= 0x10ffff; code++) {
        char text[5] = "";
        int size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        static const unsigned head[] = {0, 0, 0xc0, 0xe0, 0xf0};
        for (int i = 0; i < size; i++)
            text[i] = (char)((i ? 0x80 : head[size]) |
                             ((code >> (6 * (size - 1 - i))) & (size > 1 ? 0x3f : 0x7f)));
        bool surrogate = code >= 0xd800 && code <= 0xdfff;
        uint32_t read = gamlp_text_code_point(&bytes, text);
        assert_int_equal(bytes, surrogate ? 0 : size);
        if (!surrogate) assert_int_equal(read, code);
        text[size - 1] = 0;
        gamlp_text_code_point(&bytes, text);
        assert_int_equal(bytes, 0);
    }
    static const char *const bad[] = {"",
                                      "\x80",
                                      "\xc0\x80",
                                      "\xe0\x9f\xbf",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf8\x88\x80\x80\x80",
                                      "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        gamlp_text_code_point(&bytes, bad[i]);
        assert_int_equal(bytes, 0);
        assert_int_equal(gamlp_text_bad_byte(bad[i]), bad[i][0] ? 0 : -1);
    }
    assert_int_equal(gamlp_text_bad_byte("a \xc3\xa9 \xf0\x9f\x8c\xb3"), -1);
    assert_int_equal(gamlp_text_bad_byte("a \xc3\xa9 \xf0\x9f\x8c"), 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_points), cmocka_unit_test(test_distance),
        cmocka_unit_test(test_long_texts),  cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
