/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/folder.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "gamlp/alloc.h"
#include "gzip.h"

static char folder[256];

static int setup(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    put_text_file(folder, "b_edges.csv", "");
    put_text_file(folder, "a_edges.csv.gz", "");
    put_text_file(folder, "edges.txt", "");
    put_text_file(folder, ".edges.csv", "");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    remove_directory(folder);
    return 0;
}

static void test_part(void **state) {
    (void)state;
    char *path;
    CHECK_OK(gamlp_folder_part(&path, folder, "a_edges.csv"));
    assert_non_null(path);
    assert_non_null(strstr(path, "/a_edges.csv.gz"));
    gamlp_free(path);
    CHECK_OK(gamlp_folder_need(&path, folder, "b_edges.csv"));
    assert_string_equal(strrchr(path, '/'), "/b_edges.csv");
    gamlp_free(path);
    CHECK_OK(gamlp_folder_part(&path, folder, "c"));
    assert_null(path);
    CHECK_FAILS(gamlp_folder_need(&path, folder, "c"), GAMLP_E_NOINPUT,
                "neither c.gz nor c is there");
    bool found;
    CHECK_OK(gamlp_folder_has(&found, folder, "edges.txt"));
    assert_true(found);
    CHECK_OK(gamlp_folder_has(&found, folder, "edges"));
    assert_false(found);
}

static void test_list(void **state) {
    (void)state;
    char **names;
    int64_t count;
    CHECK_OK(gamlp_folder_list(&names, &count, folder, "edges.csv"));
    assert_int_equal(count, 2);
    assert_string_equal(names[0], "a_edges.csv.gz");
    assert_string_equal(names[1], "b_edges.csv");
    gamlp_folder_free(names, count);
    CHECK_OK(gamlp_folder_list(&names, &count, folder, ""));
    assert_int_equal(count, 3);
    gamlp_folder_free(names, count);
    CHECK_OK(gamlp_folder_list(&names, &count, "/nowhere/at/all", ""));
    assert_int_equal(count, 0);
    assert_null(names);
}

static void test_title(void **state) {
    (void)state;
    static const char *const cases[][2] = {{"a/b/iris.csv", "iris"},
                                           {"digits.csv.gz", "digits"},
                                           {"a/ogbn_arxiv//", "ogbn_arxiv"},
                                           {"x.y.csv", "x.y"},
                                           {"/", ""},
                                           {".hidden", ".hidden"},
                                           {"ogbn-1.0/raw", "raw"},
                                           {"a/.csv.gz", ".csv"},
                                           {"plain", "plain"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gamlp_dataset d = {0};
        gamlp_folder_title(&d, cases[i][0]);
        assert_string_equal(d.name, cases[i][1]);
    }
}

static gamlp_status list(void *context) {
    char **names;
    int64_t count;
    gamlp_status status = gamlp_folder_list(&names, &count, context, "csv");
    gamlp_folder_free(names, count);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    check_every_allocation(list, folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_part),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_title),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
