/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/gnnbench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "dataset/format.h"
#include "fixture.h"
#include "gamlp/alloc.h"
#include "npzfile.h"

/* 4 nodes; edges 0-1 (both directions), 1-2, a loop at 3; 3 features; 2 classes. */
static npzfile small(void) {
    static const int32_t adj_ptr[] = {0, 1, 3, 3, 4}, adj_idx[] = {1, 2, 0, 3};
    static const float ones[] = {1, 1, 1, 1, 1}, attr[] = {1, 2, 3, 4, 5};
    static const int32_t attr_ptr[] = {0, 2, 2, 4, 5}, attr_idx[] = {2, 0, 1, 1, 0};
    static const int64_t square[] = {4, 4}, wide[] = {4, 3}, label[] = {0, 1, -1, 1};
    npzfile z = {0};
    npz_put(&z, "adj_data.npy", "<f4", 4, 0, ones, 4);
    npz_put(&z, "adj_indices.npy", "<i4", 4, 0, adj_idx, 4);
    npz_put(&z, "adj_indptr.npy", "<i4", 5, 0, adj_ptr, 4);
    npz_put(&z, "adj_shape.npy", "<i8", 2, 0, square, 8);
    npz_put(&z, "attr_data.npy", "<f4", 5, 0, attr, 4);
    npz_put(&z, "attr_indices.npy", "<i4", 5, 0, attr_idx, 4);
    npz_put(&z, "attr_indptr.npy", "<i4", 5, 0, attr_ptr, 4);
    npz_put(&z, "attr_shape.npy", "<i8", 2, 0, wide, 8);
    npz_put(&z, "labels.npy", "<i8", 4, 0, label, 8);
    return z;
}

static gamlp_status parse(gamlp_dataset *d, const npzfile *z) {
    gamlp_bytes bytes = npz_bytes(z);
    gamlp_status status = gamlp_gnnbench_parse(d, bytes.data, bytes.size, "file");
    gamlp_bytes_clear(&bytes);
    return status;
}

static void check_refused(npzfile *z, const char *sentence) {
    gamlp_dataset d;
    CHECK_FAILS(parse(&d, z), GAMLP_E_DATA, sentence);
    npz_clear(z);
}

static void test_sparse(void **state) {
    (void)state;
    npzfile z = small();
    gamlp_dataset d;
    CHECK_OK(parse(&d, &z));
    assert_string_equal(d.format, "gnn-benchmark");
    assert_int_equal(d.nodes, 4);
    assert_int_equal(d.features, 3);
    assert_int_equal(d.classes, 2);
    assert_int_equal(d.graph.edges, 2);
    assert_int_equal(d.graph.stored_edges, 4);
    assert_int_equal(d.graph.self_loops, 1);
    static const int64_t arcs_ptr[] = {0, 1, 3, 3, 3};
    static const int32_t arcs_idx[] = {1, 0, 2};
    assert_memory_equal(d.graph.arcs.ptr, arcs_ptr, sizeof arcs_ptr);
    assert_memory_equal(d.graph.arcs.idx, arcs_idx, sizeof arcs_idx);
    assert_int_equal(d.sparse.nnz, 4);
    static const int32_t idx[] = {0, 2, 1, 0};
    static const gamlp_real val[] = {2, 1, 7, 5};
    assert_memory_equal(d.sparse.idx, idx, sizeof idx);
    assert_memory_equal(d.sparse.val, val, sizeof val);
    assert_int_equal(d.label[2], GAMLP_UNLABELLED);
    assert_int_equal(d.split.train_count, 0);
    gamlp_dataset_clear(&d);
    npz_clear(&z);
}

static void test_dense(void **state) {
    (void)state;
    static const double table[] = {1, 2, 3, 4, 5, 6, 7, 8};
    npzfile z = small();
    gamlp_dataset d;
    npz_put(&z, "attr_matrix.npy", "<f8", 4, 2, table, 8);
    npz_drop(&z, "attr_data.npy");
    CHECK_OK(parse(&d, &z));
    assert_int_equal(d.features, 2);
    assert_int_equal(d.sparse.rows, 0);
    for (int i = 0; i < 8; i++) assert_true(d.dense.data[i] == table[i]);
    gamlp_dataset_clear(&d);
    npz_clear(&z);
}

static void test_dotted_names(void **state) {
    (void)state;
    static const char *const names[][2] = {{"adj_data.npy", "adj_matrix.data.npy"},
                                           {"adj_indices.npy", "adj_matrix.indices.npy"},
                                           {"adj_indptr.npy", "adj_matrix.indptr.npy"},
                                           {"adj_shape.npy", "adj_matrix.shape.npy"}};
    npzfile z = small();
    gamlp_dataset d;
    for (int64_t i = 0; i < z.count; i++)
        for (int k = 0; k < 4; k++)
            if (strcmp(z.entry[i].name, names[k][0]) == 0) z.entry[i].name = names[k][1];
    CHECK_OK(parse(&d, &z));
    assert_int_equal(d.graph.edges, 2);
    gamlp_dataset_clear(&d);
    npz_clear(&z);
}

/* Texts of numpy, of either width and order. */
static void test_class_names(void **state) {
    (void)state;
    static const uint32_t wide[] = {'a', 0xe9, 0x20ac, 0x1f600, 0, 0}; /* of three characters */
    gamlp_dataset d;
    npzfile z = small();
    npz_put(&z, "class_names.npy", "|S3", 2, 0, "abcd\0\0", 3);
    CHECK_OK(parse(&d, &z));
    assert_string_equal(d.class_name[0], "abc");
    assert_string_equal(d.class_name[1], "d");
    gamlp_dataset_clear(&d);
    npz_put(&z, "class_names.npy", "<U3", 2, 0, wide, 12);
    CHECK_OK(parse(&d, &z));
    assert_string_equal(d.class_name[0], "a\xc3\xa9\xe2\x82\xac");
    assert_string_equal(d.class_name[1], "\xf0\x9f\x98\x80");
    gamlp_dataset_clear(&d);
    npz_put(&z, "class_names.npy", "|S3", 2, 0,
            "ab\xff"
            "de\xff",
            3);
    CHECK_OK(parse(&d, &z));
    assert_null(d.class_name);
    gamlp_dataset_clear(&d);
    npz_clear(&z);
}

/* Only an archive with an adjacency, or a damaged one, is evidently of this format. */
static void test_find(void **state) {
    (void)state;
    char path[300];
    char *found = NULL;
    const char *folder = make_directory();
    snprintf(path, sizeof path, "%s/a.npz", folder);
    npzfile z = small();
    npz_write(&z, path);
    CHECK_OK(gamlp_format_gnnbench.find(&found, path));
    assert_string_equal(found, path);
    gamlp_free(found);
    npz_drop(&z, "adj_data.npy");
    npz_write(&z, path);
    CHECK_OK(gamlp_format_gnnbench.find(&found, path));
    assert_null(found);
    CHECK_OK(gamlp_file_write(path, "PK", 2));
    CHECK_OK(gamlp_format_gnnbench.find(&found, path));
    assert_string_equal(found, path);
    gamlp_free(found);
    npz_clear(&z);
    remove_directory(folder);
}

static void test_bad_values(void **state) {
    (void)state;
    static const float nan[] = {1, NAN, 1, 1, 1};
    static const int32_t far[] = {2, 0, 1, 3, 0}, far_node[] = {1, 2, 4, 3};
    npzfile z = small();
    npz_put(&z, "attr_data.npy", "<f4", 5, 0, nan, 4);
    check_refused(&z, "node 0, feature 0: ");
    z = small();
    npz_put(&z, "attr_indices.npy", "<i4", 5, 0, far, 4);
    check_refused(&z, "node 2: index 3 is outside 0..2");
    z = small();
    npz_put(&z, "adj_indices.npy", "<i4", 4, 0, far_node, 4);
    check_refused(&z, "node 1: index 4 is outside 0..3");
    z = small();
    npz_put(&z, "adj_indices.npy", "<f4", 4, 0, nan, 4);
    check_refused(&z, "expected integers");
}

static void test_bad_labels(void **state) {
    (void)state;
    static const int64_t low[] = {0, 1, -2, 1}, high[] = {0, 1, 4, 1}, none[] = {-1, -1, -1, -1};
    static const char names[] = "ab";
    npzfile z = small();
    npz_put(&z, "labels.npy", "<i8", 4, 0, low, 8);
    check_refused(&z, "node 2 has label -2, expected -1..3");
    z = small();
    npz_put(&z, "labels.npy", "<i8", 4, 0, high, 8);
    check_refused(&z, "node 2 has label 4, expected -1..3");
    z = small();
    npz_put(&z, "labels.npy", "<i8", 4, 0, none, 8);
    check_refused(&z, "no node has a label");
    z = small();
    npz_put(&z, "labels.npy", "<i8", 3, 0, none, 8);
    check_refused(&z, "labels.npy has 3 elements, the graph 4 nodes");
    static const double real[] = {0, 1, 0, 1};
    z = small();
    npz_put(&z, "labels.npy", "<f8", 4, 0, real, 8);
    check_refused(&z, ": labels.npy: elements of kind 'f', expected integers");
    z = small();
    npz_put(&z, "adj_shape.npy", "<f8", 2, 0, real, 8);
    check_refused(&z, ": adj_shape.npy: elements of kind 'f', expected integers");
    z = small();
    npz_put(&z, "class_names.npy", "|S1", 1, 0, names, 1);
    check_refused(&z, "node 1 has label 1, expected -1..0");
    static const int64_t far[] = {1, 2, INT64_C(1) << 40, 4};
    z = small();
    npz_put(&z, "time.npy", "<i8", 3, 0, far, 8);
    check_refused(&z, "time.npy has 3 elements, the graph 4 nodes");
    z = small();
    npz_put(&z, "time.npy", "<i8", 4, 0, far, 8);
    check_refused(&z, "time.npy: node 2: 1099511627776 is out of range");
}

static void test_bad_shapes(void **state) {
    (void)state;
    static const int64_t huge[] = {INT64_C(1000000000000000000), 4}, tall[] = {5, 3};
    static const int64_t empty[] = {4, 0}, three[] = {4, 4, 4};
    npzfile z = small();
    npz_put(&z, "adj_shape.npy", "<i8", 2, 0, huge, 8);
    check_refused(&z, "expected square");
    z = small();
    npz_put(&z, "attr_shape.npy", "<i8", 2, 0, huge, 8);
    check_refused(&z, "impossible");
    z = small();
    npz_put(&z, "attr_shape.npy", "<i8", 2, 0, tall, 8);
    check_refused(&z, "indptr has 5 elements, expected 6");
    z = small();
    npz_put(&z, "attr_shape.npy", "<i8", 2, 0, empty, 8);
    check_refused(&z, "impossible");
    z = small();
    npz_put(&z, "adj_shape.npy", "<i8", 3, 0, three, 8);
    check_refused(&z, "expected 2");
}

static void test_missing(void **state) {
    (void)state;
    static const char *const names[] = {"adj_data.npy",    "adj_indices.npy", "adj_indptr.npy",
                                        "adj_shape.npy",   "attr_data.npy",   "attr_indices.npy",
                                        "attr_indptr.npy", "attr_shape.npy",  "labels.npy"};
    for (int i = 0; i < 9; i++) {
        char sentence[64];
        npzfile z = small();
        npz_drop(&z, names[i]);
        snprintf(sentence, sizeof sentence, "%s is missing", names[i]);
        check_refused(&z, sentence);
    }
    gamlp_dataset d;
    CHECK_FAILS(gamlp_gnnbench_parse(&d, "not a zip file", 14, "file"), GAMLP_E_DATA, "file: ");
    CHECK_FAILS(gamlp_gnnbench_parse(&d, "", 0, "file"), GAMLP_E_DATA, "file: ");
    CHECK_FAILS(gamlp_gnnbench_read(&d, "/none/such.npz"), GAMLP_E_NOINPUT, "/none/such.npz");
}

static void test_truncated(void **state) {
    (void)state;
    static const char *const names[] = {"gnnbench/sparse.npz", "gnnbench/deflated.npz"};
    gamlp_dataset d;
    for (int n = 0; n < 2; n++) {
        gamlp_bytes bytes = read_corpus(names[n]);
        count_allocations();
        for (size_t size = 0; size < bytes.size; size++) {
            void *exact = malloc(size ? size : 1);
            if (size) memcpy(exact, bytes.data, size);
            CHECK_FAILS(gamlp_gnnbench_parse(&d, exact, size, "file"), GAMLP_E_DATA, "file");
            free(exact);
        }
        assert_int_equal(allocations_alive(), 0);
        stop_counting();
        gamlp_bytes_clear(&bytes);
    }
}

/* The reader's data set written and read again is the same, split included. */
static void test_write(void **state) {
    (void)state;
    char path[300], again[300];
    const char *folder = make_directory();
    snprintf(path, sizeof path, "%s/tiny.npz", folder);
    snprintf(again, sizeof again, "%s/again.npz", folder);
    gamlp_dataset d, e;
    tiny_dataset(&d);
    CHECK_OK(gamlp_dataset_fingerprint(&d));
    CHECK_OK(gamlp_gnnbench_write(path, &d));
    CHECK_OK(gamlp_gnnbench_read(&e, path));
    CHECK_OK(gamlp_dataset_check(&e));
    CHECK_OK(gamlp_dataset_fingerprint(&e));
    assert_string_equal(e.name, "tiny");
    assert_string_equal(e.split.rule, "stored");
    assert_string_equal(d.fingerprint, e.fingerprint);
    assert_string_equal(d.split_fingerprint, e.split_fingerprint);
    CHECK_OK(gamlp_gnnbench_write(again, &e));
    gamlp_bytes first, second;
    CHECK_OK(gamlp_file_read(&first, path, 1 << 20));
    CHECK_OK(gamlp_file_read(&second, again, 1 << 20));
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    gamlp_bytes_clear(&first);
    gamlp_bytes_clear(&second);
    gamlp_dataset_clear(&d);
    gamlp_dataset_clear(&e);
    remove_directory(folder);
}

static void test_write_dense(void **state) {
    (void)state;
    char path[300];
    const char *folder = make_directory();
    snprintf(path, sizeof path, "%s/dense.npz", folder);
    gamlp_dataset d, e;
    tiny_dataset(&d);
    CHECK_OK(gamlp_csr_to_dense(&d.dense, &d.sparse));
    gamlp_csr_clear(&d.sparse);
    CHECK_OK(gamlp_gnnbench_write(path, &d));
    CHECK_OK(gamlp_gnnbench_read(&e, path));
    assert_int_equal(e.sparse.rows, 0);
    check_close(&e.dense, &d.dense, 0, "features");
    CHECK_FAILS(gamlp_gnnbench_write("/none/such.npz", &d), GAMLP_E_CREATE, "/none/such.npz");
    gamlp_dataset_clear(&d);
    gamlp_dataset_clear(&e);
    remove_directory(folder);
}

static gamlp_status parse_body(void *context) {
    const gamlp_bytes *bytes = context;
    gamlp_dataset d;
    gamlp_status status = gamlp_gnnbench_parse(&d, bytes->data, bytes->size, "file");
    if (status == GAMLP_OK) gamlp_dataset_clear(&d);
    return status;
}

typedef struct destination {
    const char *path;
    gamlp_dataset dataset;
} destination;

static gamlp_status write_body(void *context) {
    const destination *to = context;
    return gamlp_gnnbench_write(to->path, &to->dataset);
}

static void test_allocation(void **state) {
    (void)state;
    static const char *const names[] = {"gnnbench/sparse.npz", "gnnbench/dense.npz",
                                        "gnnbench/deflated.npz"};
    for (int n = 0; n < 3; n++) {
        gamlp_bytes bytes = read_corpus(names[n]);
        check_every_allocation(parse_body, &bytes);
        gamlp_bytes_clear(&bytes);
    }
    char path[300];
    const char *folder = make_directory();
    snprintf(path, sizeof path, "%s/tiny.npz", folder);
    destination to = {.path = path};
    tiny_dataset(&to.dataset);
    check_every_allocation(write_body, &to);
    gamlp_dataset_clear(&to.dataset);
    remove_directory(folder);
}

static void check_real(const char *name, int64_t nodes, int64_t edges, int64_t features,
                       int64_t classes) {
    char path[4200];
    gamlp_dataset d;
    snprintf(path, sizeof path, "%s/gnn-benchmark/%s.npz", real_data(), name);
    CHECK_OK(gamlp_gnnbench_read(&d, path));
    assert_int_equal(d.nodes, nodes);
    assert_int_equal(d.graph.edges, edges);
    assert_int_equal(d.features, features);
    assert_int_equal(d.classes, classes);
    for (int64_t c = 0; c < classes; c++) {
        assert_non_null(d.class_name);
        assert_true(d.class_name[c][0] != 0);
    }
    if (strcmp(name, "ms_academic_cs") == 0) /* pickled */
        assert_string_equal(d.class_name[14], "theoretical_cs");
    CHECK_OK(gamlp_dataset_split_random(&d, 20, 1000, 1000, 0));
    CHECK_OK(gamlp_dataset_check(&d));
    gamlp_dataset_clear(&d);
}

static void test_real(void **state) {
    (void)state;
    check_real("amazon_electronics_computers", 13752, 245861, 767, 10);
    check_real("amazon_electronics_photo", 7650, 119081, 745, 8);
    check_real("ms_academic_cs", 18333, 81894, 6805, 15);
    check_real("ms_academic_phy", 34493, 247962, 8415, 5);
    check_real("citeseer", 3312, 4536, 3703, 6);
    check_real("cora", 2708, 5278, 1433, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sparse),       cmocka_unit_test(test_dense),
        cmocka_unit_test(test_dotted_names), cmocka_unit_test(test_class_names),
        cmocka_unit_test(test_find),         cmocka_unit_test(test_bad_values),
        cmocka_unit_test(test_bad_labels),   cmocka_unit_test(test_bad_shapes),
        cmocka_unit_test(test_missing),      cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_write),        cmocka_unit_test(test_write_dense),
        cmocka_unit_test(test_allocation),   cmocka_unit_test(test_real),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
