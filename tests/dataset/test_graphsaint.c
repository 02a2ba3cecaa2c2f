/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arcs.h"
#include "check.h"
#include "core/file.h"
#include "dataset/format.h"
#include "dataset/npy.h"
#include "gamlp/alloc.h"
#include "npzfile.h"
#include "textfile.h"

enum { NODES = 5 };

static char folder[256];

/* 0-1 and 1-2 in both directions, 3-4 in one, a loop at 3, a zero at (4, 0). */
static npzfile adjacency(void) {
    static const int32_t ptr[] = {0, 1, 3, 4, 6, 7}, idx[] = {1, 2, 0, 1, 3, 4, 0};
    static const unsigned char data[] = {1, 1, 1, 1, 1, 1, 0};
    static const int64_t shape[] = {NODES, NODES};
    npzfile z = {0};
    npz_put(&z, "indptr.npy", "<i4", NODES + 1, 0, ptr, 4);
    npz_put(&z, "indices.npy", "<i4", 7, 0, idx, 4);
    npz_put(&z, "data.npy", "|b1", 7, 0, data, 1);
    npz_put(&z, "shape.npy", "<i8", 2, 0, shape, 8);
    npz_put(&z, "format.npy", "|S3", 1, 0, "csr", 3);
    return z;
}

static void put_adjacency(npzfile z) {
    npz_write(&z, path_in(folder, "adj_full.npz"));
    npz_clear(&z);
}

static void put_features(const char *type, int64_t rows, int64_t cols, const void *data,
                         size_t item) {
    const int64_t shape[] = {rows, cols};
    gamlp_bytes bytes;
    CHECK_OK(gamlp_npy_write(&bytes, type, shape, cols ? 2 : 1, data, item));
    CHECK_OK(gamlp_file_write(path_in(folder, "feats.npy"), bytes.data, bytes.size));
    gamlp_bytes_clear(&bytes);
}

static const float features[NODES * 2] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0.5};
static const char classes[] = "{\"3\": 2, \"0\": 1, \"1\": 0, \"4\": 1}";
static const char roles[] = "{\"tr\": [3, 0], \"va\": [1], \"te\": [4]}";

static int setup(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    put_adjacency(adjacency());
    put_features("<f4", NODES, 2, features, 4);
    write_text(folder, "class_map.json", classes);
    write_text(folder, "role.json", roles);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    remove_directory(folder);
    return 0;
}

static void test_small(void **state) {
    (void)state;
    gamlp_dataset d;
    CHECK_OK(gamlp_format_graphsaint.read(&d, folder));
    assert_string_equal(d.format, "graphsaint");
    assert_string_equal(d.name, strrchr(folder, '/') + 1);
    assert_int_equal(d.nodes, NODES);
    assert_int_equal(d.features, 2);
    assert_int_equal(d.classes, 3);
    assert_int_equal(d.graph.edges, 3);
    assert_int_equal(d.graph.stored_edges, 6);
    assert_int_equal(d.graph.self_loops, 1);
    assert_int_equal(d.graph.duplicate_edges, 2);
    assert_string_equal(arcs_text(&d.graph), "0>1 1>0 1>2 2>1 3>4");
    static const int64_t ptr[] = {0, 1, 3, 4, 5, 6};
    static const int32_t idx[] = {1, 0, 2, 1, 4, 3}, label[] = {1, 0, -1, 2, 1};
    assert_memory_equal(d.graph.adjacency.ptr, ptr, sizeof ptr);
    assert_memory_equal(d.graph.adjacency.idx, idx, sizeof idx);
    assert_memory_equal(d.label, label, sizeof label);
    for (int i = 0; i < NODES * 2; i++) assert_true(d.dense.data[i] == (gamlp_real)features[i]);
    assert_string_equal(d.split.rule, "public");
    assert_int_equal(d.split.train_count, 2);
    assert_int_equal(d.split.train[0], 0);
    assert_int_equal(d.split.train[1], 3);
    assert_int_equal(d.split.test[0], 4);
    assert_int_equal(d.file_count, 4);
    CHECK_OK(gamlp_dataset_check(&d));
    gamlp_dataset_clear(&d);
}

/* A symmetric matrix in order, the same shuffled with a repetition, and one without entries. */
static void test_orders(void **state) {
    (void)state;
    static const int64_t ptr[] = {0, 1, 3, 4, 5, 6}, again[] = {0, 2, 4, 5, 6, 7};
    static const int64_t idx[] = {1, 0, 2, 1, 4, 3}, turned[] = {1, 1, 2, 0, 1, 4, 3};
    static const double ones[] = {1, 1, 1, 1, 1, 1, 1};
    static const int32_t expected[] = {1, 0, 2, 1, 4, 3};
    gamlp_dataset d;
    for (int shuffled = 0; shuffled < 2; shuffled++) {
        npzfile z = adjacency();
        npz_put(&z, "indptr.npy", "<i8", NODES + 1, 0, shuffled ? again : ptr, 8);
        npz_put(&z, "indices.npy", "<i8", 6 + shuffled, 0, shuffled ? turned : idx, 8);
        npz_put(&z, "data.npy", "<f8", 6 + shuffled, 0, ones, 8);
        npz_drop(&z, "format.npy");
        put_adjacency(z);
        CHECK_OK(gamlp_format_graphsaint.read(&d, folder));
        assert_int_equal(d.graph.edges, 3);
        assert_int_equal(d.graph.duplicate_edges, 3 + shuffled);
        assert_string_equal(arcs_text(&d.graph), "none");
        assert_memory_equal(d.graph.adjacency.ptr, ptr, sizeof ptr);
        assert_memory_equal(d.graph.adjacency.idx, expected, sizeof expected);
        gamlp_dataset_clear(&d);
    }
    static const int32_t zero[NODES + 1] = {0};
    npzfile z = adjacency();
    npz_put(&z, "indptr.npy", "<i4", NODES + 1, 0, zero, 4);
    npz_put(&z, "indices.npy", "<i4", 0, 0, zero, 4);
    npz_put(&z, "data.npy", "<f4", 0, 0, zero, 4);
    put_adjacency(z);
    CHECK_OK(gamlp_format_graphsaint.read(&d, folder));
    assert_int_equal(d.graph.edges, 0);
    CHECK_OK(gamlp_dataset_check(&d));
    gamlp_dataset_clear(&d);
}

/* More elements than a block; zeros: sparse.  Also column by column. */
static void test_long(void **state) {
    (void)state;
    enum { COLS = 400 };
    static double table[NODES * COLS], turned[NODES * COLS];
    static const int32_t idx[] = {399, 0, 398, 7, 9};
    for (int i = 0; i < NODES; i++)
        table[i * COLS + idx[i]] = turned[idx[i] * NODES + i] = i + 0.25;
    for (int order = 0; order < 2; order++) {
        gamlp_dataset d;
        put_features("<f8", NODES, COLS, order ? turned : table, 8);
        if (order) {
            gamlp_bytes bytes;
            CHECK_OK(gamlp_file_read(&bytes, path_in(folder, "feats.npy"), 1 << 20));
            memcpy(strstr((char *)bytes.data + 10, "False"), "True ", 5);
            CHECK_OK(gamlp_file_write(path_in(folder, "feats.npy"), bytes.data, bytes.size));
            gamlp_bytes_clear(&bytes);
        }
        CHECK_OK(gamlp_format_graphsaint.read(&d, folder));
        assert_int_equal(d.features, COLS);
        assert_int_equal(d.sparse.nnz, NODES);
        assert_memory_equal(d.sparse.idx, idx, sizeof idx);
        assert_true(d.sparse.val[4] == (gamlp_real)4.25);
        gamlp_dataset_clear(&d);
    }
}

static void check_refused(gamlp_status status, const char *sentence) {
    gamlp_dataset d;
    CHECK_FAILS(gamlp_format_graphsaint.read(&d, folder), status, sentence);
    assert_null(d.label);
    put_adjacency(adjacency());
    put_features("<f4", NODES, 2, features, 4);
    write_text(folder, "class_map.json", classes);
    write_text(folder, "role.json", roles);
}

static void check_matrix(npzfile z, const char *sentence) {
    put_adjacency(z);
    check_refused(GAMLP_E_DATA, sentence);
}

static void test_bad_matrix(void **state) {
    (void)state;
    static const int64_t shape[] = {NODES, NODES + 1}, huge[] = {INT64_MAX / 8, INT64_MAX / 8};
    static const int32_t far[] = {1, 2, 0, 5, 3, 4, 0}, down[] = {0, 3, 1, 4, 6, 7};
    static const int32_t low[] = {1, 2, 0, -1, 3, 4, 0}, large[] = {0, 1, 3, 4, 6, 8};
    static const float nan[] = {1, 1, NAN, 1, 1, 1, 0};
    npzfile z = adjacency();
    npz_put(&z, "format.npy", "|S3", 1, 0, "csc", 3);
    check_matrix(z, "adj_full.npz: format.npy: a matrix that is not \"csr\"");
    z = adjacency();
    npz_put(&z, "shape.npy", "<i8", 2, 0, shape, 8);
    check_matrix(z, "adj_full.npz: shape.npy: expected those of a square matrix");
    z = adjacency();
    npz_put(&z, "shape.npy", "<i8", 2, 0, huge, 8);
    check_matrix(z, "is impossible");
    z = adjacency();
    npz_put(&z, "indices.npy", "<i4", 7, 0, far, 4);
    check_matrix(z, "adj_full.npz: node 2: index 5 is outside 0..4");
    z = adjacency();
    npz_put(&z, "indices.npy", "<i4", 7, 0, low, 4);
    check_matrix(z, "adj_full.npz: node 2: index -1 is outside 0..4");
    z = adjacency();
    npz_put(&z, "indices.npy", "<f4", 7, 0, nan, 4);
    check_matrix(z, "elements of kind 'f', expected integers");
    z = adjacency();
    npz_put(&z, "indices.npy", "<i4", 6, 0, far, 4);
    check_matrix(z, "adj_full.npz: 6 indices but 7 values");
    z = adjacency();
    npz_put(&z, "data.npy", "<f4", 7, 0, nan, 4);
    check_matrix(z, "adj_full.npz: node 1, neighbour 0: ");
    z = adjacency();
    npz_put(&z, "indptr.npy", "<i4", NODES + 1, 0, down, 4);
    check_matrix(z, "indptr element 2 is 1, expected 3..7");
    z = adjacency();
    npz_put(&z, "indptr.npy", "<i4", NODES + 1, 0, large, 4);
    check_matrix(z, "indptr element 5 is 8, expected 6..7");
    z = adjacency();
    npz_put(&z, "indptr.npy", "<i4", NODES, 0, large, 4);
    check_matrix(z, "indptr has 5 elements, expected 6");
}

static void test_bad_features(void **state) {
    (void)state;
    static const float nan[NODES * 2] = {0, 0, 0, NAN};
    put_features("<f4", NODES - 1, 2, features, 4);
    check_refused(GAMLP_E_DATA, "feats.npy: an array of 4 x 2, expected 5 nodes x features");
    put_features("<f4", NODES, 0, features, 4);
    check_refused(GAMLP_E_DATA, "feats.npy: an array of 5 x 0, expected 5 nodes x features");
    put_features("<f4", NODES, 2, nan, 4);
    check_refused(GAMLP_E_DATA, "feats.npy: node 1, feature 1: ");
    write_text(folder, "feats.npy", "");
    check_refused(GAMLP_E_DATA, "feats.npy: not an npy array");
    gamlp_bytes bytes;
    CHECK_OK(gamlp_file_read(&bytes, path_in(folder, "feats.npy"), 1 << 20));
    CHECK_OK(gamlp_file_write(path_in(folder, "feats.npy"), bytes.data, bytes.size - 1));
    gamlp_bytes_clear(&bytes);
    check_refused(GAMLP_E_DATA, "feats.npy: 39 bytes of data, the header promises 40");
}

static void check_classes(const char *text, const char *sentence) {
    write_text(folder, "class_map.json", text);
    check_refused(GAMLP_E_DATA, sentence);
}

static void test_bad_classes(void **state) {
    (void)state;
    check_classes("{\"0\": [1, 0]}", "class_map.json: node 0 has a list of classes");
    check_classes("{\"0\": 1.5}", "class_map.json: node 0: the class is not an integer");
    check_classes("{\"5\": 0}", "class_map.json: \"5\" is not a node in 0..4");
    check_classes("{\"x\": 0}", "class_map.json: \"x\" is not a node in 0..4");
    check_classes("{\"0\": 5}", "class_map.json: node 0 has class 5, expected 0..4");
    check_classes("{\"0\": -1}", "class_map.json: node 0 has class -1, expected 0..4");
    check_classes("{\"0\": 1, \"00\": 1}", "class_map.json: node 0 is there twice");
    check_classes("{}", "class_map.json: expected an object with a class for each node");
    check_classes("[1, 2]", "class_map.json: expected an object with a class for each node");
    check_classes("{\"0\": 1", "class_map.json: line 1: not JSON");
    check_classes("", "class_map.json: line 1: not JSON");
}

static void check_roles(const char *text, const char *sentence) {
    write_text(folder, "role.json", text);
    check_refused(GAMLP_E_DATA, sentence);
}

static void test_bad_roles(void **state) {
    (void)state;
    check_roles("{\"tr\": [0], \"va\": [1]}", "role.json: \"te\": expected a list of 1 to 5 nodes");
    check_roles("{\"tr\": [], \"va\": [1], \"te\": [2]}", "role.json: \"tr\": expected a list");
    check_roles("{\"tr\": [0], \"va\": [1], \"te\": [0.5]}", "\"te\": element 0 is not an integer");
    check_roles("{\"tr\": [0], \"va\": [1], \"te\": [5]}",
                "role.json: test part: node 5 is outside 0..4");
    check_roles("{\"tr\": [0], \"va\": [1], \"te\": [-1]}",
                "role.json: test part: node -1 is outside 0..4");
    check_roles("{\"tr\": [0, 1], \"va\": [1], \"te\": [3]}",
                "role.json: val part: node 1 is there twice");
    check_roles("{\"tr\": [0, 0], \"va\": [1], \"te\": [3]}",
                "role.json: train part: node 0 is there twice");
}

static void test_missing(void **state) {
    (void)state;
    static const char *const names[] = {"adj_full.npz", "feats.npy", "class_map.json", "role.json"};
    char *found = NULL;
    CHECK_OK(gamlp_format_graphsaint.find(&found, folder));
    assert_string_equal(found, folder);
    gamlp_free(found);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(remove(path_in(folder, names[i])), 0);
        CHECK_OK(gamlp_format_graphsaint.find(&found, folder));
        assert_null(found);
        check_refused(GAMLP_E_NOINPUT, names[i]);
    }
    CHECK_OK(gamlp_file_write(path_in(folder, "adj_full.npz"), "PK", 2));
    check_refused(GAMLP_E_DATA, "adj_full.npz: ");
}

static gamlp_status body(void *context) {
    gamlp_dataset d;
    gamlp_status status = gamlp_format_graphsaint.read(&d, context);
    if (status == GAMLP_OK) gamlp_dataset_clear(&d);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    check_every_allocation(body, folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_small, setup, teardown),
        cmocka_unit_test_setup_teardown(test_orders, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_matrix, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_features, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_classes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_roles, setup, teardown),
        cmocka_unit_test_setup_teardown(test_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_allocation, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
