/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gzip.h"

static char folder[256];

static int setup(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    return 0;
}

static int teardown(void **state) {
    (void)state;
    remove_directory(folder);
    return 0;
}

/* The lines of the file are lines[0 .. count). */
static void check_lines(const char *path, const char *const *lines, int64_t count) {
    gamlp_lines *l;
    char *text;
    size_t size;
    CHECK_OK(gamlp_lines_open(&l, path));
    for (int64_t i = 0; i < count; i++) {
        CHECK_OK(gamlp_lines_next(&text, &size, l));
        assert_non_null(text);
        assert_int_equal(size, strlen(lines[i]));
        assert_string_equal(text, lines[i]);
        assert_int_equal(gamlp_lines_number(l), i + 1);
    }
    for (int i = 0; i < 2; i++) {
        CHECK_OK(gamlp_lines_next(&text, &size, l));
        assert_null(text);
    }
    gamlp_lines_close(l);
}

static void check_both(const char *text, const char *const *lines, int64_t count) {
    check_lines(put_text_file(folder, "a.txt", text), lines, count);
    check_lines(put_text_file(folder, "a.txt.gz", text), lines, count);
}

static void test_ends(void **state) {
    (void)state;
    static const char *const lines[] = {"a b", "", "c\rd", "e"};
    check_both("a b\n\nc\rd\ne\n", lines, 4);
    check_both("a b\n\nc\rd\ne", lines, 4);
    check_both("a b\r\n\r\nc\rd\r\ne\r\n", lines, 4);
    check_both("", lines, 0);
    static const char *const empty[] = {"", ""};
    check_both("\n", empty, 1);
    check_both("\n\r\n", empty, 2);
}

/* Lines of all lengths about the size of the buffer. */
static void test_long_lines(void **state) {
    (void)state;
    for (size_t size = (1 << 16) - 2; size < (1 << 16) + 3; size++) {
        char *text = malloc(3 * size + 8);
        memset(text, 'x', 3 * size);
        text[size] = text[3 * size - 1] = '\n';
        text[3 * size] = 0;
        char *first = strndup(text, size), *second = strndup(text + size + 1, 2 * size - 2);
        const char *const lines[] = {first, second};
        check_both(text, lines, 2);
        free(first);
        free(second);
        free(text);
    }
}

static gamlp_status last(const char *path) {
    gamlp_lines *l;
    char *text = NULL;
    size_t size;
    gamlp_status status = gamlp_lines_open(&l, path);
    if (status != GAMLP_OK) return status;
    do status = gamlp_lines_next(&text, &size, l);
    while (status == GAMLP_OK && text);
    gamlp_lines_close(l);
    return status;
}

static void test_refused(void **state) {
    (void)state;
    CHECK_FAILS(last(put_file(folder, "nul", "a\nb\0c\n", 6)), GAMLP_E_DATA, "nul: line 2: a NUL");
    char *text = malloc(GAMLP_LINE_LIMIT + 3);
    memset(text, ' ', GAMLP_LINE_LIMIT + 3);
    memcpy(text, "a\n", 2);
    CHECK_FAILS(last(put_file(folder, "long.gz", text, GAMLP_LINE_LIMIT + 3)), GAMLP_E_DATA,
                "long.gz: line 2 is longer than 67108864 bytes");
    free(text);
    char path[512];
    snprintf(path, sizeof path, "%s/absent", folder);
    CHECK_FAILS(last(path), GAMLP_E_NOINPUT, "absent: No such file");
}

static void test_gzip_faults(void **state) {
    (void)state;
    char text[4000];
    for (size_t i = 0; i < sizeof text; i++) text[i] = "abc1234\n"[i * i * i % 7 + (i % 11 == 0)];
    size_t length;
    unsigned char *file = gzip_member(&length, text, sizeof text);
    CHECK_FAILS(last(put_file(folder, "cut", file, length - 1)), GAMLP_E_DATA, "is cut short");
    CHECK_FAILS(last(put_file(folder, "cut", file, length / 2)), GAMLP_E_DATA, "is cut short");
    file[length - 6] ^= 4;
    CHECK_FAILS(last(put_file(folder, "bad", file, length)), GAMLP_E_DATA, "are damaged");
    free(file);
}

static void test_members(void **state) {
    (void)state;
    static const char *const lines[] = {"one", "two", "three"};
    size_t a, b;
    void *first = gzip_member(&a, "one\nt", 5), *second = gzip_member(&b, "wo\nthree", 8);
    char file[200];
    memcpy(file, first, a);
    memcpy(file + a, second, b);
    check_lines(put_file(folder, "members", file, a + b), lines, 3);
    free(first);
    free(second);
}

static void test_refuse(void **state) {
    (void)state;
    gamlp_lines *l;
    char *text;
    size_t size;
    CHECK_OK(gamlp_lines_open(&l, put_text_file(folder, "b.txt", "x\ny\n")));
    CHECK_OK(gamlp_lines_next(&text, &size, l));
    text[0] = 'z'; /* it may be changed */
    CHECK_OK(gamlp_lines_next(&text, &size, l));
    assert_string_equal(text, "y");
    CHECK_FAILS(gamlp_lines_refuse(l, "odd"), GAMLP_E_DATA, "b.txt: line 2: odd");
    gamlp_lines_close(l);
    gamlp_lines_close(NULL);
}

static gamlp_status read_path(void *context) {
    return last(context);
}

static void test_allocation(void **state) {
    (void)state;
    char path[512], text[200000];
    memset(text, 'x', sizeof text);
    snprintf(path, sizeof path, "%s", put_file(folder, "c.gz", text, sizeof text));
    check_every_allocation(read_path, path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),       cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_refused),    cmocka_unit_test(test_gzip_faults),
        cmocka_unit_test(test_members),    cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
