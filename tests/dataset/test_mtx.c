/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/mtx.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "gzip.h"

#define BANNER "%%MatrixMarket matrix "

static const char *folder;

static const char *put(const char *name, const char *text) {
    return put_text_file(folder, name, text);
}

static void test_coordinate(void **state) {
    (void)state;
    static const char text[] = BANNER "coordinate real general\n% a comment\n\n3 4 3\n"
                                      " 1 2\t1.5 \n% another\n3 4 -2e-3\r\n2 1 0\n";
    static const char *const names[] = {"m.mtx", "m.mtx.gz"};
    for (int i = 0; i < 2; i++) {
        gamlp_mtx m;
        CHECK_OK(gamlp_mtx_load(&m, put(names[i], text)));
        assert_int_equal(m.rows, 3);
        assert_int_equal(m.cols, 4);
        assert_int_equal(m.count, 3);
        assert_true(m.general && !m.dense);
        assert_int_equal(m.row[1], 2);
        assert_int_equal(m.col[1], 3);
        assert_true(m.val[0] == 1.5 && m.val[1] == -2e-3 && m.val[2] == 0);
        gamlp_mtx_clear(&m);
    }
}

static void test_features(void **state) {
    (void)state;
    gamlp_dataset d = {0};
    CHECK_OK(gamlp_mtx_features(
        &d,
        put("f.mtx", BANNER "coordinate integer general\n2 3 4\n2 3 5\n1 2 1\n1 1 0\n2 3 2\n")));
    assert_int_equal(d.features, 3);
    assert_int_equal(d.sparse.nnz, 2);
    assert_true(d.sparse.val[0] == 1 && d.sparse.val[1] == 7);
    gamlp_dataset_clear(&d);
    CHECK_OK(
        gamlp_mtx_features(&d, put("f.mtx", BANNER "array real general\n2 3\n1\n2\n3\n4\n5\n6\n")));
    static const gamlp_real expected[] = {1, 3, 5, 2, 4, 6};
    assert_int_equal(d.dense.cols, 2);
    assert_memory_equal(d.dense.data, expected, sizeof expected);
    gamlp_dataset_clear(&d);
    CHECK_FAILS(
        gamlp_mtx_features(&d, put("f.mtx", BANNER "coordinate pattern symmetric\n2 2 0\n")),
        GAMLP_E_DATA, "general");
}

static void check_refused(const char *text, const char *sentence) {
    gamlp_mtx m;
    const char *path = put("bad.mtx", text);
    CHECK_FAILS(gamlp_mtx_load(&m, path), GAMLP_E_DATA, sentence);
    assert_non_null(strstr(gamlp_error_text(), path));
    assert_null(m.row);
}

static void test_bad(void **state) {
    (void)state;
    gamlp_mtx m;
    check_refused("", "line 1: expected %%MatrixMarket");
    check_refused("1 2 3\n", "line 1: expected %%MatrixMarket");
    check_refused(BANNER "table real general\n", "line 1: expected coordinate or array");
    check_refused(BANNER "coordinate complex general\n", "expected pattern, integer or real");
    check_refused(BANNER "coordinate real hermitian\n", "expected general");
    check_refused(BANNER "array pattern general\n", "have values");
    check_refused(BANNER "coordinate real general\n", "expected rows, columns and entries");
    check_refused(BANNER "coordinate real general\n2 2\n", "line 2: expected rows");
    check_refused(BANNER "coordinate pattern symmetric\n2 3 1\n1 1\n", "as many rows as columns");
    check_refused(BANNER "coordinate pattern general\n2 2 2\n1 1\n", "ends behind 1 of 2 entries");
    check_refused(BANNER "coordinate pattern general\n2 2 1\n1 1\n2 2\n", "line 4: more entries");
    check_refused(BANNER "coordinate pattern general\n2 2 1\n3 1\n", "line 3: row or column");
    check_refused(BANNER "coordinate pattern general\n2 2 1\n0 1\n", "line 3: row or column");
    check_refused(BANNER "coordinate pattern general\n2 2 1\n1 1 5\n", "line 3: expected row");
    check_refused(BANNER "coordinate real general\n2 2 1\n1 1 nan\n", "line 3: expected row");
    check_refused(BANNER "coordinate real general\n2 2 1\n1 1 1e60\n", "not a finite float");
    check_refused(BANNER "coordinate integer general\n2 2 1\n1 1 1.5\n", "expected an integer");
    check_refused(BANNER "array real general\n1 1\nx\n", "line 3: expected a number");
    CHECK_FAILS(gamlp_mtx_load(&m, "/none/such.mtx"), GAMLP_E_NOINPUT, "/none/such.mtx");
}

/* Sizes that the text cannot hold are refused before memory is taken. */
static void test_bombs(void **state) {
    (void)state;
    check_refused(BANNER "coordinate pattern general\n2 2 1000000000000\n1 1\n", "can hold");
    check_refused(BANNER "array real general\n2000000000 2000000000\n1\n", "can hold");
    check_refused(BANNER "coordinate pattern general\n2000000000 2 1\n1 1\n", "out of proportion");
    check_refused(BANNER "coordinate pattern general\n4000000000 2 1\n1 1\n",
                  "less than 2147483647");
    check_refused(BANNER "coordinate pattern general\n99999999999999999999 2 1\n", "expected rows");
}

static void put_parts(void) {
    put("g.mtx", BANNER "coordinate real general\n4 4 5\n1 2 1\n2 1 1\n2 3 7\n3 3 1\n1 4 0\n");
    put("g_labels.csv", "label\nred\nblue\n\nred\n");
    put("g_features.csv", "a,b\n1,2\n3,4\n5,6\n7,8\n");
}

static void test_data(void **state) {
    (void)state;
    char path[300];
    gamlp_dataset d;
    put_parts();
    snprintf(path, sizeof path, "%s/g.mtx", folder);
    CHECK_OK(gamlp_mtx_read(&d, path));
    assert_string_equal(d.name, "g");
    assert_string_equal(d.format, "mtx");
    assert_int_equal(d.nodes, 4);
    assert_int_equal(d.graph.edges, 2);
    assert_int_equal(d.graph.self_loops, 1);
    assert_int_equal(d.file_count, 3);
    assert_int_equal(d.classes, 2);
    assert_string_equal(d.class_name[0], "blue");
    static const int32_t label[] = {1, 0, -1, 1};
    assert_memory_equal(d.label, label, sizeof label);
    assert_true(d.dense.data[1] == 2 && d.dense.data[6] == 7);
    gamlp_dataset_clear(&d);
    CHECK_OK(gamlp_mtx_read(&d, put("alone.mtx", BANNER "coordinate pattern symmetric\n2 2 0\n")));
    assert_null(d.label);
    assert_int_equal(d.features, 2);
    gamlp_dataset_clear(&d);
    CHECK_FAILS(gamlp_mtx_read(&d, put("wide.mtx", BANNER "coordinate pattern general\n2 3 0\n")),
                GAMLP_E_DATA, "an adjacency");
}

static void test_bad_parts(void **state) {
    (void)state;
    static const struct {
        const char *name, *text, *sentence;
    } bad[] = {{"g_labels.csv", "1\n0\n1\n", "has 3 elements, the graph 4 nodes"},
               {"g_labels.csv", "1\n0\n1\n0\n1\n", "line 5: more labels"},
               {"g_labels.csv", "1\n0\n1\n4\n", "node 3 has label 4, expected an integer in -1..3"},
               {"g_labels.csv", "\n\n\n\n", "no node has a label"},
               {"g_features.csv", "1,2\n3,nan\n5,6\n7,8\n", "line 2"},
               {"g_features.csv", "1,2\n3,4\n5,6\n", "g_features.csv"},
               {"g_labels.npy", "none", "g_labels.npy"},
               {"g_features.npz", "none", "g_features.npz"},
               {"g_split.npz", "none", "g_split.npz"}};
    char path[300];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        gamlp_dataset d;
        put_parts();
        snprintf(path, sizeof path, "%s/g.mtx", folder);
        const char *part = put(bad[i].name, bad[i].text);
        CHECK_FAILS(gamlp_mtx_read(&d, path), GAMLP_E_DATA, bad[i].sentence);
        assert_null(d.label);
        unlink(part);
    }
}

static void test_number_labels(void **state) {
    (void)state;
    char path[300];
    gamlp_dataset d;
    put_parts();
    snprintf(path, sizeof path, "%s/g.mtx", folder);
    const char *labels = put("g_labels.mtx", BANNER "array integer general\n4 1\n0\n1\n-1\n0\n");
    char other[300];
    snprintf(other, sizeof other, "%s/g_labels.csv", folder);
    unlink(other);
    const char *classes = put("g_classes.txt", "zero\none\ntwo\n");
    CHECK_OK(gamlp_mtx_read(&d, path));
    assert_int_equal(d.classes, 3);
    assert_string_equal(d.class_name[2], "two");
    assert_int_equal(d.label[2], GAMLP_UNLABELLED);
    gamlp_dataset_clear(&d);
    put("g_classes.txt", "zero\n");
    CHECK_FAILS(gamlp_mtx_read(&d, path), GAMLP_E_DATA, "1 names for 2 classes");
    unlink(labels);
    unlink(classes);
}

static gamlp_status read_body(void *context) {
    gamlp_dataset d;
    gamlp_status status = gamlp_mtx_read(&d, context);
    gamlp_dataset_clear(&d);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    char path[300];
    put_parts();
    snprintf(path, sizeof path, "%s/g.mtx", folder);
    check_every_allocation(read_body, path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coordinate),    cmocka_unit_test(test_features),
        cmocka_unit_test(test_bad),           cmocka_unit_test(test_bombs),
        cmocka_unit_test(test_data),          cmocka_unit_test(test_bad_parts),
        cmocka_unit_test(test_number_labels), cmocka_unit_test(test_allocation),
    };
    folder = make_directory();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    remove_directory(folder);
    return failed;
}
