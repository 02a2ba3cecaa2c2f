/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "dataset/heterophilous.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arcs.h"
#include "check.h"
#include "core/file.h"
#include "dataset/format.h"
#include "gamlp/alloc.h"
#include "npzfile.h"
#include "textfile.h"

enum { NODES = 4 };

/* Four nodes, 3 features, 2 classes; edges 0-1 in both directions, 2-3, a loop; two splits. */
static npzfile small(void) {
    static const int64_t edges[] = {0, 1, 1, 0, 3, 2, 2, 2}, label[] = {1, 0, -1, 1};
    static const float features[] = {0, 0, 2, 0, 0, 0, 0, -1, 0, 0, 0, 0};
    static const unsigned char train[] = {1, 0, 0, 0, 0, 0, 0, 1}, val[] = {0, 1, 0, 0, 0, 1, 0, 0};
    static const unsigned char test[] = {0, 0, 0, 1, 1, 0, 0, 0};
    npzfile z = {0};
    npz_put(&z, "node_features.npy", "<f4", NODES, 3, features, 4);
    npz_put(&z, "node_labels.npy", "<i8", NODES, 0, label, 8);
    npz_put(&z, "edges.npy", "<i8", 4, 2, edges, 8);
    npz_put(&z, "train_masks.npy", "|b1", 2, NODES, train, 1);
    npz_put(&z, "val_masks.npy", "|b1", 2, NODES, val, 1);
    npz_put(&z, "test_masks.npy", "|b1", 2, NODES, test, 1);
    return z;
}

static gamlp_status parse(gamlp_dataset *d, const npzfile *z) {
    gamlp_bytes bytes = npz_bytes(z);
    gamlp_status status = gamlp_heterophilous_parse(d, bytes.data, bytes.size, "file");
    gamlp_bytes_clear(&bytes);
    return status;
}

static void check_refused(npzfile *z, const char *sentence) {
    gamlp_dataset d;
    CHECK_FAILS(parse(&d, z), GAMLP_E_DATA, sentence);
    assert_null(d.label);
    npz_clear(z);
}

static void check_small(const gamlp_dataset *d) {
    assert_string_equal(d->format, "heterophilous");
    assert_int_equal(d->nodes, NODES);
    assert_int_equal(d->features, 3);
    assert_int_equal(d->classes, 2);
    assert_int_equal(d->graph.edges, 2);
    assert_int_equal(d->graph.stored_edges, 4);
    assert_int_equal(d->graph.self_loops, 1);
    assert_int_equal(d->label[2], GAMLP_UNLABELLED);
    assert_int_equal(d->fixed_count, 2);
    assert_string_equal(d->fixed[1].rule, "fixed:1/2");
    assert_int_equal(d->fixed[0].train[0], 0);
    assert_int_equal(d->fixed[1].train[0], 3);
    assert_int_equal(d->fixed[1].val[0], 1);
    assert_int_equal(d->fixed[1].test[0], 0);
}

static void test_dense(void **state) {
    (void)state;
    gamlp_dataset d;
    npzfile z = small();
    CHECK_OK(parse(&d, &z));
    check_small(&d);
    assert_int_equal(d.sparse.rows, 0);
    assert_true(d.dense.data[2] == 2 && d.dense.data[7] == -1 && d.dense.data[0] == 0);
    gamlp_dataset_clear(&d);
    npz_clear(&z);
}

/* Mostly zeros; both orders in memory. */
static void test_sparse(void **state) {
    (void)state;
    double features[NODES * 50] = {0}, turned[NODES * 50] = {0};
    features[7] = turned[7 * NODES] = 3;
    features[2 * 50 + 49] = turned[49 * NODES + 2] = -0.5;
    features[2 * 50 + 1] = turned[1 * NODES + 2] = 4;
    static const int32_t idx[] = {7, 1, 49};
    static const int64_t ptr[] = {0, 1, 1, 3, 3};
    static const gamlp_real val[] = {3, 4, -0.5};
    for (int order = 0; order < 2; order++) {
        gamlp_dataset d;
        npzfile z = small();
        npz_put(&z, "node_features.npy", "<f8", NODES, 50, order ? turned : features, 8);
        char *flag = memmem(z.entry[0].bytes.data, 100, "False", 5);
        if (order) memcpy(flag, "True ", 5);
        CHECK_OK(parse(&d, &z));
        assert_int_equal(d.dense.cols, 0);
        assert_int_equal(d.sparse.nnz, 3);
        assert_memory_equal(d.sparse.ptr, ptr, sizeof ptr);
        assert_memory_equal(d.sparse.idx, idx, sizeof idx);
        assert_memory_equal(d.sparse.val, val, sizeof val);
        gamlp_dataset_clear(&d);
        npz_clear(&z);
    }
}

/* Edges and masks column by column. */
static void test_fortran(void **state) {
    (void)state;
    static const int32_t edges[] = {0, 1, 3, 2, 1, 0, 2, 2};
    static const unsigned char train[] = {1, 0, 0, 0, 0, 0, 0, 1};
    gamlp_dataset d;
    npzfile z = small();
    npz_put(&z, "edges.npy", "<i4", 4, 2, edges, 4);
    npz_put(&z, "train_masks.npy", "|b1", 2, NODES, train, 1);
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "train_masks.npy" : "edges.npy";
        for (int64_t e = 0; e < z.count; e++)
            if (strcmp(z.entry[e].name, name) == 0)
                memcpy(memmem(z.entry[e].bytes.data, 100, "False", 5), "True ", 5);
    }
    CHECK_OK(parse(&d, &z));
    check_small(&d);
    gamlp_dataset_clear(&d);
    npz_clear(&z);
}

static void test_bad_values(void **state) {
    (void)state;
    static const float nan[] = {0, 0, 2, 0, 0, 0, 0, NAN, 0, 0, 0, 0};
    static const float inf[] = {0, 0, 2, 0, INFINITY, 0, 0, 0, 0, 0, 0, 0};
    static const int64_t high[] = {0, 1, 4, 0}, low[] = {0, -2, 1, 0}, none[] = {-1, -1, -1, -1};
    static const int64_t far[] = {0, 1, 1, 4}, negative[] = {0, 1, -1, 0};
    static const float real[] = {0, 1};
    npzfile z = small();
    npz_put(&z, "node_features.npy", "<f4", NODES, 3, nan, 4);
    check_refused(&z, "file: node_features.npy: node 2, feature 1: ");
    z = small();
    npz_put(&z, "node_features.npy", "<f4", NODES, 3, inf, 4);
    check_refused(&z, "file: node_features.npy: node 1, feature 1: inf is not a finite float");
    z = small();
    npz_put(&z, "node_labels.npy", "<i8", NODES, 0, high, 8);
    check_refused(&z, "file: node_labels.npy: node 2 has label 4, expected -1..3");
    z = small();
    npz_put(&z, "node_labels.npy", "<i8", NODES, 0, low, 8);
    check_refused(&z, "file: node_labels.npy: node 1 has label -2, expected -1..3");
    z = small();
    npz_put(&z, "node_labels.npy", "<i8", NODES, 0, none, 8);
    check_refused(&z, "file: node_labels.npy: no node has a label");
    z = small();
    npz_put(&z, "edges.npy", "<i8", 2, 2, far, 8);
    check_refused(&z, "file: edges.npy: edge 1: node 4 is outside 0..3");
    z = small();
    npz_put(&z, "edges.npy", "<i8", 2, 2, negative, 8);
    check_refused(&z, "file: edges.npy: edge 1: node -1 is outside 0..3");
    z = small();
    npz_put(&z, "edges.npy", "<f4", 1, 2, real, 4);
    check_refused(&z, "file: edges.npy: elements of kind 'f', expected integers");
}

static void test_bad_masks(void **state) {
    (void)state;
    static const unsigned char empty[] = {0, 0, 0, 1, 0, 0, 0, 0};
    static const unsigned char both[] = {0, 0, 0, 1, 0, 1, 0, 0}, three[3 * NODES] = {0};
    npzfile z = small();
    npz_put(&z, "test_masks.npy", "|b1", 2, NODES, empty, 1);
    check_refused(&z, "file: split 1: the test part is empty");
    z = small();
    npz_put(&z, "test_masks.npy", "|b1", 2, NODES, both, 1);
    check_refused(&z, "file: split 1: test_masks.npy: node 1 is in the val part, too");
    z = small();
    npz_put(&z, "test_masks.npy", "|b1", 3, NODES, three, 1);
    check_refused(&z, "file: test_masks.npy has 3 splits, expected 2");
    z = small();
    npz_put(&z, "train_masks.npy", "|b1", 2, NODES - 1, three, 1);
    check_refused(&z, "file: train_masks.npy: extent 1 is 3, expected 4");
}

static void test_bad_shapes(void **state) {
    (void)state;
    static const int64_t label[5] = {0};
    static const float features[12] = {0};
    npzfile z = small();
    npz_put(&z, "node_labels.npy", "<i8", 5, 0, label, 8);
    check_refused(&z, "file: node_features.npy: extent 0 is 4, expected 5");
    z = small();
    npz_put(&z, "node_labels.npy", "<i8", 0, 0, label, 8);
    check_refused(&z, "file: node_labels.npy: expected integers of 1 to");
    z = small();
    npz_put(&z, "edges.npy", "<i8", 1, 3, label, 8);
    check_refused(&z, "file: edges.npy: extent 1 is 3, expected 2");
    z = small();
    npz_put(&z, "edges.npy", "<i8", 4, 0, label, 8);
    check_refused(&z, "file: edges.npy: 1 dimensions, expected 2");
    z = small();
    npz_put(&z, "node_features.npy", "<f4", NODES, 0, features, 4);
    check_refused(&z, "file: node_features.npy: 1 dimensions, expected 2");
}

static void test_missing(void **state) {
    (void)state;
    static const char *const names[] = {"edges.npy",       "node_features.npy", "node_labels.npy",
                                        "train_masks.npy", "val_masks.npy",     "test_masks.npy"};
    gamlp_dataset d;
    for (int i = 0; i < 6; i++) {
        char sentence[64];
        npzfile z = small();
        npz_drop(&z, names[i]);
        snprintf(sentence, sizeof sentence, "file: %s is missing", names[i]);
        check_refused(&z, sentence);
    }
    CHECK_FAILS(gamlp_heterophilous_parse(&d, "", 0, "file"), GAMLP_E_DATA, "file: ");
    CHECK_FAILS(gamlp_format_heterophilous.read(&d, "/none/such.npz"), GAMLP_E_NOINPUT,
                "/none/such.npz");
}

static void test_truncated(void **state) {
    (void)state;
    npzfile z = small();
    gamlp_bytes bytes = npz_bytes(&z);
    for (size_t size = 0; size < bytes.size; size++) {
        gamlp_dataset d;
        CHECK_FAILS(gamlp_heterophilous_parse(&d, bytes.data, size, "file"), GAMLP_E_DATA, "file");
    }
    gamlp_bytes_clear(&bytes);
    npz_clear(&z);
}

static void test_file(void **state) {
    (void)state;
    char path[300], *found = NULL;
    const char *folder = make_directory();
    gamlp_dataset d;
    npzfile z = small();
    snprintf(path, sizeof path, "%s/small.npz", folder);
    npz_write(&z, path);
    CHECK_OK(gamlp_format_heterophilous.find(&found, path));
    assert_string_equal(found, path);
    gamlp_free(found);
    CHECK_OK(gamlp_format_gnnbench.find(&found, path));
    assert_null(found);
    CHECK_OK(gamlp_format_heterophilous.read(&d, path));
    check_small(&d);
    assert_string_equal(d.name, "small");
    assert_int_equal(d.file_count, 1);
    assert_string_equal(arcs_text(&d.graph), "none");
    gamlp_dataset_clear(&d);
    npz_drop(&z, "edges.npy");
    npz_write(&z, path);
    CHECK_OK(gamlp_format_heterophilous.find(&found, path));
    assert_null(found);
    npz_clear(&z);
    remove_directory(folder);
}

/* The name of the file says whether there are any. */
static void test_arcs(void **state) {
    (void)state;
    static const struct {
        const char *name, *arcs;
    } file[] = {{"x_filtered_directed", "0>1 1>0 1>2 3>2"},
                {"directed", "0>1 1>0 1>2 3>2"},
                {"undirected", "none"},
                {"x", "none"}};
    static const int64_t edges[] = {3, 2, 0, 1, 1, 0, 2, 2, 3, 2, 1, 2};
    char folder[256];
    snprintf(folder, sizeof folder, "%s/a_directed_folder", make_directory());
    CHECK_OK(gamlp_directory_make(NULL, folder));
    npzfile z = small();
    npz_put(&z, "edges.npy", "<i8", 6, 2, edges, 8);
    for (size_t i = 0; i < sizeof file / sizeof file[0]; i++) {
        char path[400];
        gamlp_dataset d;
        snprintf(path, sizeof path, "%s/%s.npz", folder, file[i].name);
        npz_write(&z, path);
        CHECK_OK(gamlp_format_heterophilous.read(&d, path));
        assert_string_equal(d.name, file[i].name);
        assert_int_equal(d.graph.edges, 3);
        assert_string_equal(arcs_text(&d.graph), file[i].arcs);
        gamlp_dataset_clear(&d);
    }
    npz_clear(&z);
    *strrchr(folder, '/') = 0;
    remove_directory(folder);
}

static gamlp_status body(void *context) {
    const gamlp_bytes *bytes = context;
    gamlp_dataset d;
    gamlp_status status = gamlp_heterophilous_parse(&d, bytes->data, bytes->size, "file");
    if (status == GAMLP_OK) gamlp_dataset_clear(&d);
    return status;
}

static gamlp_status read_body(void *context) {
    gamlp_dataset d;
    gamlp_status status = gamlp_format_heterophilous.read(&d, context);
    if (status == GAMLP_OK) gamlp_dataset_clear(&d);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    char path[300];
    static const float sparse[NODES * 50] = {1};
    const char *folder = make_directory();
    npzfile z = small();
    gamlp_bytes bytes = npz_bytes(&z);
    check_every_allocation(body, &bytes);
    gamlp_bytes_clear(&bytes);
    npz_put(&z, "node_features.npy", "<f4", NODES, 50, sparse, 4);
    snprintf(path, sizeof path, "%s/small_directed.npz", folder);
    npz_write(&z, path);
    check_every_allocation(read_body, path);
    npz_clear(&z);
    remove_directory(folder);
}

static void check_real(const char *name, int64_t nodes, int64_t edges, int64_t features,
                       int64_t classes) {
    char path[4200];
    gamlp_dataset d;
    snprintf(path, sizeof path, "%s/heterophilous/%s.npz", real_data(), name);
    CHECK_OK(gamlp_format_heterophilous.read(&d, path));
    assert_int_equal(d.nodes, nodes);
    assert_int_equal(d.graph.edges, edges);
    assert_int_equal(d.features, features);
    assert_int_equal(d.classes, classes);
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
    check_real("actor", 7600, 26659, 932, 5);
    check_real("chameleon_filtered", 890, 8854, 2325, 5);
    check_real("squirrel_filtered", 2223, 46998, 2089, 5);
    check_real("minesweeper", 10000, 39402, 7, 2);
    check_real("tolokers", 11758, 519000, 10, 2);
}

/* Actor is geom-gcn's film. */
static void test_same_edition(void **state) {
    (void)state;
    gamlp_dataset a, b;
    CHECK_OK(gamlp_format_heterophilous.read(&a, path_in(real_data(), "heterophilous/actor.npz")));
    CHECK_OK(gamlp_format_geomgcn.read(&b, path_in(real_data(), "geom-gcn/film")));
    for (int k = 0; k < 10; k++) {
        a.split = a.fixed[k];
        b.split = b.fixed[k];
        CHECK_OK(gamlp_dataset_fingerprint(&a));
        CHECK_OK(gamlp_dataset_fingerprint(&b));
        assert_string_equal(a.fingerprint, b.fingerprint);
        assert_string_equal(a.split_fingerprint, b.split_fingerprint);
    }
    a.split = b.split = (gamlp_split){0};
    gamlp_dataset_clear(&a);
    gamlp_dataset_clear(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dense),        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_fortran),      cmocka_unit_test(test_bad_values),
        cmocka_unit_test(test_bad_masks),    cmocka_unit_test(test_bad_shapes),
        cmocka_unit_test(test_missing),      cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_file),         cmocka_unit_test(test_arcs),
        cmocka_unit_test(test_allocation),   cmocka_unit_test(test_real),
        cmocka_unit_test(test_same_edition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
