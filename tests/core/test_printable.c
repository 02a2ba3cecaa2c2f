/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/printable.h"

#include "check.h"
#include "gamlp/alloc.h"

static void test_texts(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"", ""},
        {"Case_Based", "Case_Based"},
        {"na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80",
         "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\x1b[2Jgone\n\x7f", "\\x1b[2Jgone\\x0a\\x7f"},
        {"\xc2\x9b"
         "31m",
         "\\x9b"
         "31m"},
        {"a\xe2\x80\xae"
         "b\xe2\x81\xa6",
         "a\\u202e"
         "b\\u2066"},
        {"\xff\xc3", "\\xff\\xc3"},
        {"\xc0\x80\xed\xa0\x80", "\\xc0\\x80\\xed\\xa0\\x80"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char *copy;
        CHECK_OK(gamlp_printable(&copy, pairs[i][0]));
        assert_string_equal(copy, pairs[i][1]);
        gamlp_free(copy);
    }
}

static gamlp_status copy_once(void *text) {
    char *copy;
    gamlp_status status = gamlp_printable(&copy, text);
    gamlp_free(copy);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    char text[] = "a\n";
    check_every_allocation(copy_once, text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
