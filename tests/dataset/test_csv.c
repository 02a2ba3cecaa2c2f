/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "dataset/format.h"
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

/* Two features of three nodes, and labels. */
static void check_read(const char *text, const char *const *classes, int64_t count,
                       const int32_t *label) {
    static const gamlp_real features[] = {1, 2, -3, (gamlp_real)4.5, 5, 600};
    gamlp_dataset d;
    for (int gz = 0; gz < 2; gz++) {
        CHECK_OK(gamlp_csv_read(&d, put_text_file(folder, gz ? "t.csv.gz" : "t.csv", text)));
        assert_string_equal(d.name, "t");
        assert_int_equal(d.nodes, 3);
        assert_int_equal(d.features, 2);
        assert_memory_equal(d.dense.data, features, sizeof features);
        assert_memory_equal(d.label, label, 3 * sizeof *label);
        assert_int_equal(d.classes, count);
        for (int64_t i = 0; i < count; i++) assert_string_equal(d.class_name[i], classes[i]);
        assert_int_equal(d.graph.nodes, 3);
        assert_int_equal(d.graph.edges, 0);
        assert_int_equal(d.split.rule[0], 0);
        assert_int_equal(d.file_count, 1);
        gamlp_dataset_clear(&d);
    }
}

static void test_forms(void **state) {
    (void)state;
    static const char *const numbers[] = {"2", "10"}, *const texts[] = {"a cat", "dog, big"};
    static const char *const named[] = {"x", "y", "z"};
    static const int32_t label[] = {1, 0, 1}, gap[] = {1, -1, 0}, order[] = {2, 0, 2};
    check_read("1,2,10\n-3,4.5,2\n5,6e2,10\n", numbers, 2, label);
    check_read("1\t2\t10\r\n-3\t4.5\t2\r\n5\t6e2\t10\r\n\r\n", numbers, 2, label);
    check_read("a,b,c\n1,2,10\n-3,4.5,2\n5,6e2,10", numbers, 2, label);
    check_read("label;p;q\n10;1;2\n2;-3;4.5\n10;5;6e2\n", numbers, 2, label);
    check_read("p,Digit,q\n1,10,2\n-3,2,4.5\n5,10,6e2\n", numbers, 2, label);
    check_read("1,2,\"dog, big\"\n-3,4.5, a cat \n5,600,\"dog, big\"\n", texts, 2, label);
    check_read("1,2,10\n-3,4.5,\n5,6e2,2\n", numbers, 2, gap);
    check_read("3,2,x,y,z\n1,2,2\n-3,4.5,0\n5,6e2,2\n", named, 3, order);
    check_read("3,2,\"x\",\"y\",\"z\"\n1,2,2\n-3,4.5,0\n5,6e2,2\n", named, 3, order);
}

static void test_sparse(void **state) {
    (void)state;
    gamlp_dataset d;
    CHECK_OK(gamlp_csv_read(
        &d, put_text_file(folder, "s.csv", "0,0,0,0,0,0,0,7,a\n0,0,0,3,0,0,0,0,b\n")));
    assert_int_equal(d.sparse.rows, 2);
    assert_int_equal(d.sparse.cols, 8);
    assert_int_equal(d.sparse.nnz, 2);
    assert_int_equal(d.sparse.idx[0], 7);
    assert_true(d.sparse.val[1] == 3);
    assert_null(d.dense.data);
    gamlp_dataset_clear(&d);
}

static void check_refused(const char *text, const char *sentence) {
    gamlp_dataset d;
    CHECK_FAILS(gamlp_csv_read(&d, put_text_file(folder, "bad.csv", text)), GAMLP_E_DATA, sentence);
}

static void test_refused(void **state) {
    (void)state;
    check_refused("", "expected lines of features and a class");
    check_refused("1\n2\n", "expected lines of features and a class");
    check_refused("a,b,label\n", "no rows behind line 1");
    check_refused("1,2,a\n1,x,b\n", "line 2: column 2: \"x\", expected a finite number");
    check_refused("1,2,a\n1,,b\n", "line 2: column 2: \"\", expected a finite number");
    check_refused("1,2,a\n1,nan,b\n", "column 2: \"nan\", expected a finite number");
    check_refused("1,2,a\n1,1e40,b\n", "column 2: \"1e40\", expected a finite number");
    check_refused("1,2,a\n1,2\n", "line 2: 2 cells, expected 3");
    check_refused("1,2,a\n1,2,a,3\n", "line 2: 4 cells, expected 3");
    check_refused("1,2,a\n\n1,2,a\n", "line 3: an empty line before it");
    check_refused("1,2,\"a\n1,2,a\n", "line 1: a quote that does not end on its line");
    check_refused("1,2,\"a\"b\n", "line 1: text behind a closing quote");
    check_refused("2,2,x,y\n1,2,0\n", "line 1 tells of 2 rows, but 1 follow");
    check_refused("1,2,x,y\n1,2,2\n", "line 2: column 3: \"2\", expected the number of a class");
    check_refused("1,2,x,x\n1,2,0\n", "line 1: a class is named twice");
    check_refused("1,2,\n", "no node has a label");
    check_refused("1,2,\xff\n", "UTF-8");
}

static void test_quotes(void **state) {
    (void)state;
    gamlp_dataset d;
    CHECK_OK(gamlp_csv_read(
        &d, put_text_file(folder, "q.csv", "\"1\",\"say \"\"no\"\"\"\n2 ,\"\"\n3,\"\"\"\"\n")));
    assert_int_equal(d.classes, 2);
    assert_string_equal(d.class_name[0], "\"");
    assert_string_equal(d.class_name[1], "say \"no\"");
    assert_int_equal(d.label[1], GAMLP_UNLABELLED);
    gamlp_dataset_clear(&d);
}

/* Published shapes and class sizes. */
static void test_real(void **state) {
    (void)state;
    static const struct {
        const char *file, *name, *first_class;
        int64_t nodes, features, classes, largest;
    } known[] = {{"digits.csv.gz", "digits", "0", 1797, 64, 10, 183},
                 {"iris.csv", "iris", "setosa", 150, 4, 3, 50},
                 {"wine_data.csv", "wine_data", "class_0", 178, 13, 3, 71},
                 {"breast_cancer.csv", "breast_cancer", "malignant", 569, 30, 2, 357}};
    const char *data = real_data();
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    options.train_per_class = options.val_count = options.test_count = 10;
    for (int i = 0; i < 4; i++) {
        char path[512];
        gamlp_dataset d;
        snprintf(path, sizeof path, "%s/digits/%s", data, known[i].file);
        CHECK_OK(gamlp_dataset_open(&d, path, &options));
        assert_string_equal(d.format, "csv");
        assert_string_equal(d.name, known[i].name);
        assert_int_equal(d.nodes, known[i].nodes);
        assert_int_equal(d.features, known[i].features);
        assert_int_equal(d.classes, known[i].classes);
        assert_string_equal(d.class_name[0], known[i].first_class);
        int64_t size[10] = {0}, largest = 0;
        for (int64_t k = 0; k < d.nodes; k++) size[d.label[k]]++;
        for (int c = 0; c < 10; c++)
            if (size[c] > largest) largest = size[c];
        assert_int_equal(largest, known[i].largest);
        gamlp_dataset_clear(&d);
    }
}

static gamlp_status read_file(void *context) {
    gamlp_dataset d;
    gamlp_status status = gamlp_csv_read(&d, context);
    gamlp_dataset_clear(&d);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    char text[8000], path[512], *p = text;
    p += sprintf(p, "600,2,x,y,z\n");
    for (int i = 0; i < 600; i++) p += sprintf(p, "0,%d,%d\n", i, i % 3);
    snprintf(path, sizeof path, "%s", put_text_file(folder, "many.csv", text));
    check_every_allocation(read_file, path);
    snprintf(path, sizeof path, "%s",
             put_text_file(folder, "few.csv", "0,0,0,0,0,1,a\n0,0,0,0,0,2,b\n"));
    check_every_allocation(read_file, path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),   cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_real),    cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
