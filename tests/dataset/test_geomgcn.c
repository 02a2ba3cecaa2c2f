/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "arcs.h"
#include "check.h"
#include "core/file.h"
#include "dataset/format.h"
#include "gamlp/alloc.h"
#include "npzfile.h"
#include "textfile.h"

#define NODES_NAME  "out1_node_feature_label.txt"
#define EDGES_NAME  "out1_graph_edges.txt"
#define HEADER      "node_id\tfeature\tlabel\n"
#define FILM_HEADER "node_id\tfeature(feature_amount:6)\tlabel\n"
#define EDGE_HEADER "node_id\tnode_id\n"

/* Nodes out of order. */
static const char values[] = HEADER "2\t0,1,0\t1\n0\t1,0,0.5\t0\n\n1\t0,0,0\t-1\n3\t0,0,1\t1\n";
static const char indices[] = FILM_HEADER "1\t4,0,4\t1\n0\t2,3,1\t0\n2\t\t1\n3\t5,0,1\t1\n";
static const char uneven[] = HEADER "0\t2\t1\n1\t0,1\t0\n2\t1,1\t1\n3\t0\t1\n";
static const char edges[] = EDGE_HEADER "0\t1\n1\t0\n2\t2\n3\t1\n";

static const char *folder;
static char root[256], inside[300];

static int setup(void **state) {
    (void)state;
    snprintf(root, sizeof root, "%s", make_directory());
    snprintf(inside, sizeof inside, "%s/tiny", root);
    folder = inside;
    CHECK_OK(gamlp_directory_make(NULL, inside));
    CHECK_OK(gamlp_directory_make(NULL, path_in(root, "splits")));
    return 0;
}

static int teardown(void **state) {
    (void)state;
    remove_directory(root);
    return 0;
}

static gamlp_status read_texts(gamlp_dataset *d, const char *nodes, const char *edges_text) {
    write_text(folder, NODES_NAME, nodes);
    write_text(folder, EDGES_NAME, edges_text);
    return gamlp_format_geomgcn.read(d, folder);
}

static void test_values(void **state) {
    (void)state;
    gamlp_dataset d;
    CHECK_OK(read_texts(&d, values, edges));
    assert_string_equal(d.format, "geom-gcn");
    assert_string_equal(d.name, "tiny");
    assert_int_equal(d.nodes, 4);
    assert_int_equal(d.features, 3);
    assert_int_equal(d.classes, 2);
    static const int32_t label[] = {0, -1, 1, 1}, idx[] = {0, 2, 1, 2};
    static const int64_t ptr[] = {0, 2, 2, 3, 4};
    static const gamlp_real val[] = {1, 0.5, 1, 1};
    assert_memory_equal(d.label, label, sizeof label);
    assert_memory_equal(d.sparse.ptr, ptr, sizeof ptr);
    assert_memory_equal(d.sparse.idx, idx, sizeof idx);
    assert_memory_equal(d.sparse.val, val, sizeof val);
    assert_int_equal(d.graph.edges, 2);
    assert_int_equal(d.graph.stored_edges, 4);
    assert_int_equal(d.graph.self_loops, 1);
    assert_string_equal(arcs_text(&d.graph), "0>1 1>0 3>1");
    assert_int_equal(d.fixed_count, 0);
    assert_int_equal(d.file_count, 2);
    gamlp_dataset_clear(&d);
    CHECK_OK(read_texts(&d, values, EDGE_HEADER "3\t1\n0\t1\n1\t1\n3\t1\n2\t3\n3\t2\n"));
    assert_string_equal(arcs_text(&d.graph), "0>1 2>3 3>1 3>2");
    gamlp_dataset_clear(&d);
    CHECK_OK(read_texts(&d, values, EDGE_HEADER "3\t1\n1\t3\n")); /* both ways */
    assert_string_equal(arcs_text(&d.graph), "none");
    gamlp_dataset_clear(&d);
}

static void test_indices(void **state) {
    (void)state;
    gamlp_dataset d;
    CHECK_OK(read_texts(&d, indices, edges));
    assert_int_equal(d.features, 7);
    static const int64_t ptr[] = {0, 3, 5, 5, 8};
    static const int32_t idx[] = {1, 2, 3, 0, 4, 0, 1, 5};
    assert_memory_equal(d.sparse.ptr, ptr, sizeof ptr);
    assert_memory_equal(d.sparse.idx, idx, sizeof idx);
    for (int i = 0; i < 8; i++) assert_true(d.sparse.val[i] == 1);
    gamlp_dataset_clear(&d);
    CHECK_OK(read_texts(&d, uneven, edges));
    assert_int_equal(d.features, 3);
    assert_int_equal(d.sparse.nnz, 5);
    gamlp_dataset_clear(&d);
}

static void check_refused(const char *nodes, const char *edges_text, const char *sentence) {
    gamlp_dataset d;
    CHECK_FAILS(read_texts(&d, nodes, edges_text), GAMLP_E_DATA, sentence);
    assert_null(d.label);
}

static void test_bad_nodes(void **state) {
    (void)state;
    check_refused("", edges, NODES_NAME ": line 0: expected a header that begins with node_id");
    check_refused("0\t1\t0\n", edges, "line 1: expected a header that begins with node_id");
    check_refused(HEADER, edges, "line 1: expected nodes behind the header");
    check_refused(HEADER "0\t1\n", edges, "line 2: expected 3 cells between tabs");
    check_refused(HEADER "0\t1\t0\t0\n", edges, "line 2: expected 3 cells between tabs");
    check_refused(HEADER "1\t1\t0\n", edges, "line 2: \"1\" is not an integer in 0..0");
    check_refused(HEADER "x\t1\t0\n", edges, "line 2: \"x\" is not an integer in 0..0");
    check_refused(HEADER "0\t1\t0\n0\t1\t0\n", edges, "line 3: \"0\" is there twice");
    check_refused(HEADER "0\t1\t2\n1\t1\t0\n", edges, "line 2: \"2\" is not an integer in -1..1");
    check_refused(HEADER "0\t1,nan\t0\n", edges, "line 2: \"nan\" is not a finite number");
    check_refused(HEADER "0\t1,1e40\t0\n", edges, "line 2: \"1e40\" is not a finite number");
    check_refused(HEADER "0\t1,\t0\n", edges, "line 2: \"\" is not a finite number");
    check_refused(HEADER "0\t\t0\n", edges, NODES_NAME ": no node has features");
    check_refused(HEADER "0\t1\t-1\n", edges, "no node has a label");
    check_refused(FILM_HEADER "0\t1,-1\t0\n", edges, "line 2: \"-1\" is not an integer in 0..");
    check_refused(FILM_HEADER "0\t99999999\t0\n", edges,
                  "line 2: \"99999999\" is not an integer in 0..16777215");
    check_refused("node_id\tfeature_amount:123456789012\tlabel\n0\t1\t0\n", edges,
                  "line 1: \"123456789012\" is not an integer in 0..16777215");
}

static void test_bad_edges(void **state) {
    (void)state;
    check_refused(values, "", EDGES_NAME ": line 0: expected a header");
    check_refused(values, EDGE_HEADER "0 1\n", EDGES_NAME ": line 2: expected 2 cells");
    check_refused(values, EDGE_HEADER "0\t4\n", "line 2: \"4\" is not an integer in 0..3");
    check_refused(values, EDGE_HEADER "-1\t1\n", "line 2: \"-1\" is not an integer in 0..3");
    check_refused(values, EDGE_HEADER "0\t1\t2\n", EDGES_NAME ": line 2: expected 2 cells");
}

/* Node k % 4 trains, the next one validates, the one behind it tests. */
static void write_split(const char *stem, int k) {
    static const char *const name[] = {"train_mask.npy", "val_mask.npy", "test_mask.npy"};
    char path[400];
    npzfile z = {0};
    for (int p = 0; p < 3; p++) {
        unsigned char mask[4] = {0};
        mask[(k + p) % 4] = 1;
        npz_put(&z, name[p], "|b1", 4, 0, mask, 1);
    }
    snprintf(path, sizeof path, "%s_split_0.6_0.2_%d.npz", stem, k);
    npz_write(&z, path);
    npz_clear(&z);
}

static void check_splits(void) {
    gamlp_dataset d;
    CHECK_OK(read_texts(&d, indices, edges));
    assert_int_equal(d.fixed_count, 10);
    assert_int_equal(d.file_count, 12);
    assert_string_equal(d.split.rule, "");
    for (int k = 0; k < 10; k++) {
        char rule[32];
        snprintf(rule, sizeof rule, "fixed:%d/10", k);
        assert_string_equal(d.fixed[k].rule, rule);
        assert_int_equal(d.fixed[k].train_count, 1);
        assert_int_equal(d.fixed[k].train[0], k % 4);
        assert_int_equal(d.fixed[k].test[0], (k + 2) % 4);
    }
    gamlp_dataset_clear(&d);
}

static void test_splits(void **state) {
    (void)state;
    char beside[300], other[320];
    snprintf(beside, sizeof beside, "%s/splits/tiny", root);
    snprintf(other, sizeof other, "%s/film", folder);
    for (int k = 0; k < 9; k++) write_split(beside, k);
    write_text(folder, NODES_NAME, indices);
    write_text(folder, EDGES_NAME, edges);
    gamlp_dataset d;
    CHECK_FAILS(gamlp_format_geomgcn.read(&d, folder), GAMLP_E_NOINPUT, "tiny_split_0.6_0.2_9.npz");
    write_split(beside, 9);
    check_splits();
    for (int k = 0; k < 10; k++) write_split(other, k);
    check_splits();
    write_text(folder, "film_split_0.6_0.2_3.npz", "PK");
    CHECK_FAILS(gamlp_format_geomgcn.read(&d, folder), GAMLP_E_DATA, "film_split_0.6_0.2_3.npz");
}

static void test_paths(void **state) {
    (void)state;
    char *path = NULL;
    gamlp_dataset d;
    CHECK_OK(gamlp_format_geomgcn.find(&path, folder));
    assert_null(path);
    CHECK_FAILS(gamlp_format_geomgcn.read(&d, folder), GAMLP_E_NOINPUT, NODES_NAME);
    write_text(folder, NODES_NAME, values);
    CHECK_OK(gamlp_format_geomgcn.find(&path, folder));
    assert_null(path);
    CHECK_FAILS(gamlp_format_geomgcn.read(&d, folder), GAMLP_E_NOINPUT, EDGES_NAME);
    write_text(folder, EDGES_NAME, edges);
    CHECK_OK(gamlp_format_geomgcn.find(&path, folder));
    assert_string_equal(path, folder);
    gamlp_free(path);
}

static gamlp_status body(void *context) {
    gamlp_dataset d;
    gamlp_status status = gamlp_format_geomgcn.read(&d, context);
    if (status == GAMLP_OK) gamlp_dataset_clear(&d);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    char beside[300];
    snprintf(beside, sizeof beside, "%s/splits/tiny", root);
    for (int k = 0; k < 10; k++) write_split(beside, k);
    write_text(folder, NODES_NAME, indices);
    write_text(folder, EDGES_NAME, edges);
    check_every_allocation(body, inside);
}

static void check_real(const char *name, int64_t nodes, int64_t edge_count, int64_t features) {
    char path[4200];
    gamlp_dataset d;
    snprintf(path, sizeof path, "%s/geom-gcn/%s", real_data(), name);
    CHECK_OK(gamlp_format_geomgcn.read(&d, path));
    assert_string_equal(d.name, name);
    assert_int_equal(d.nodes, nodes);
    assert_int_equal(d.graph.edges, edge_count);
    assert_int_equal(d.features, features);
    assert_int_equal(d.classes, 5);
    assert_int_equal(d.fixed_count, 10);
    for (int k = 0; k < 10; k++) {
        gamlp_dataset seen = d;
        seen.split = d.fixed[k];
        CHECK_OK(gamlp_dataset_check(&seen));
    }
    gamlp_dataset_clear(&d);
}

static void test_real(void **state) {
    (void)state;
    check_real("film", 7600, 26659, 932);
    check_real("wisconsin", 251, 450, 1703);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values, setup, teardown),
        cmocka_unit_test_setup_teardown(test_indices, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_nodes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_edges, setup, teardown),
        cmocka_unit_test_setup_teardown(test_splits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
        cmocka_unit_test_setup_teardown(test_allocation, setup, teardown),
        cmocka_unit_test(test_real),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
