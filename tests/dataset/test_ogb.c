/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arcs.h"
#include "check.h"
#include "dataset/archive.h"
#include "dataset/format.h"
#include "dataset/npy.h"
#include "gzip.h"

static char folder[256], raw[300];

static void make(const char *name) {
    char path[800];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0777), 0);
}

static void put_split(const char *type) {
    char path[400];
    snprintf(path, sizeof path, "split/%s", type);
    make(path);
    snprintf(path, sizeof path, "%s/split/%s", folder, type);
    put_text_file(path, "train.csv.gz", "4\n0\n");
    put_text_file(path, "valid.csv.gz", "1\n");
    put_text_file(path, "test.csv.gz", "2\n");
}

/* 5 nodes of 3 classes with 2 features; edges 0-1 (twice), 1-2, a loop at 3; node 3 has no label.
 */
static int setup(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    snprintf(raw, sizeof raw, "%s/raw", folder);
    make("raw");
    make("split");
    put_split("time");
    put_text_file(raw, "num-node-list.csv.gz", "5\n");
    put_text_file(raw, "num-edge-list.csv.gz", "4\n");
    put_text_file(raw, "edge.csv.gz", "0,1\n1,0\n2,1\n3,3\n");
    put_text_file(raw, "node-feat.csv.gz", "0.5,-1\n0,2\n1e-3,3\n4,5\n6,7.25\n");
    put_text_file(raw, "node-label.csv.gz", "0\n2\n1\nnan\n0.0\n");
    put_text_file(raw, "node_year.csv.gz", "1999\n2000\n2001\n2002\n2003\n");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    remove_directory(folder);
    return 0;
}

static void check_content(const gamlp_dataset *d) {
    static const gamlp_real features[] = {(gamlp_real)0.5, -1, 0, 2, (gamlp_real)1e-3, 3, 4, 5, 6,
                                          (gamlp_real)7.25};
    static const int32_t label[] = {0, 2, 1, -1, 0}, time[] = {1999, 2000, 2001, 2002, 2003};
    assert_string_equal(d->format, "ogb");
    assert_int_equal(d->nodes, 5);
    assert_int_equal(d->features, 2);
    assert_int_equal(d->classes, 3);
    assert_int_equal(d->graph.edges, 2);
    assert_int_equal(d->graph.stored_edges, 4);
    assert_int_equal(d->graph.self_loops, 1);
    assert_int_equal(d->graph.duplicate_edges, 1);
    assert_string_equal(arcs_text(&d->graph), "0>1 1>0 2>1");
    for (int i = 0; i < 10; i++) assert_true(fabs((double)(d->dense.data[i] - features[i])) < 1e-9);
    assert_memory_equal(d->label, label, sizeof label);
    assert_memory_equal(d->time, time, sizeof time);
}

static void test_text(void **state) {
    (void)state;
    gamlp_dataset d;
    CHECK_OK(gamlp_ogb_read(&d, folder));
    check_content(&d);
    assert_string_equal(d.name, strrchr(folder, '/') + 1);
    assert_string_equal(d.split.rule, "public");
    assert_int_equal(d.fixed_count, 0);
    assert_int_equal(d.split.train_count, 2);
    assert_int_equal(d.split.train[0], 0);
    assert_int_equal(d.split.train[1], 4);
    assert_int_equal(d.split.val[0], 1);
    assert_int_equal(d.split.test[0], 2);
    assert_int_equal(d.file_count, 9);
    assert_non_null(strstr(d.file[0], "/raw/num-node-list.csv.gz"));
    gamlp_dataset_clear(&d);
}

static void test_open(void **state) {
    (void)state;
    gamlp_dataset d;
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    char inside[400];
    snprintf(inside, sizeof inside, "%s/", raw);
    const char *const paths[] = {folder, raw, inside};
    for (int i = 0; i < 3; i++) {
        CHECK_OK(gamlp_dataset_open(&d, paths[i], &options));
        check_content(&d);
        assert_string_equal(d.name, strrchr(folder, '/') + 1);
        assert_string_equal(d.split.rule, "public");
        gamlp_dataset_clear(&d);
    }
}

/* Files that are not compressed, without the optional ones, and with two splits. */
static void test_variants(void **state) {
    (void)state;
    gamlp_dataset d;
    char path[512];
    put_split("sales_ranking");
    snprintf(path, sizeof path, "%s/num-edge-list.csv.gz", raw);
    unlink(path);
    snprintf(path, sizeof path, "%s/node_year.csv.gz", raw);
    unlink(path);
    snprintf(path, sizeof path, "%s/edge.csv.gz", raw);
    unlink(path);
    put_text_file(raw, "edge.csv", "0,1\r\n4,0\r\n");
    CHECK_OK(gamlp_ogb_read(&d, folder));
    assert_int_equal(d.graph.edges, 2);
    assert_null(d.time);
    assert_int_equal(d.split.rule[0], 0);
    assert_int_equal(d.fixed_count, 2);
    assert_string_equal(d.fixed[0].rule, "fixed:0/2");
    assert_string_equal(d.fixed[1].rule, "fixed:1/2");
    assert_int_equal(d.fixed[1].train[1], 4);
    gamlp_dataset_clear(&d);
    put_text_file(raw, "num-edge-list.csv", "0\n");
    CHECK_OK(gamlp_ogb_read(&d, folder));
    assert_int_equal(d.graph.edges, 0);
    gamlp_dataset_clear(&d);
}

/* Repeated and both ways, a loop; none of OGB's undirected data sets, whatever folder is named. */
static void test_arcs(void **state) {
    (void)state;
    static const char *const name[] = {"products", "ogbn_products/raw", "ogbn-products/",
                                       "products2"};
    char top[256];
    gamlp_dataset d;
    put_text_file(raw, "num-edge-list.csv.gz", "7\n");
    put_text_file(raw, "edge.csv.gz", "3,1\n0,1\n1,0\n2,2\n3,1\n1,2\n3,0\n");
    CHECK_OK(gamlp_ogb_read(&d, folder));
    assert_string_equal(arcs_text(&d.graph), "0>1 1>0 1>2 3>0 3>1");
    assert_int_equal(d.graph.edges, 4);
    assert_int_equal(d.graph.duplicate_edges, 2);
    gamlp_dataset_clear(&d);
    snprintf(top, sizeof top, "%s", make_directory());
    for (size_t i = 0; i < 4; i++) {
        char path[600], link[600];
        snprintf(path, sizeof path, "%s/%s", top, name[i]);
        snprintf(link, sizeof link, "%s/%.*s", top, (int)strcspn(name[i], "/"), name[i]);
        assert_int_equal(symlink(folder, link), 0);
        CHECK_OK(gamlp_ogb_read(&d, path));
        assert_int_equal(d.graph.edges, 4);
        assert_string_equal(arcs_text(&d.graph), i < 3 ? "none" : "0>1 1>0 1>2 3>0 3>1");
        gamlp_dataset_clear(&d);
        unlink(link);
    }
    remove_directory(top);
    put_text_file(raw, "num-edge-list.csv.gz", "4\n");
    put_text_file(raw, "edge.csv.gz", "0,1\n2,1\n1,2\n1,0\n"); /* each both ways */
    CHECK_OK(gamlp_ogb_read(&d, folder));
    assert_string_equal(arcs_text(&d.graph), "none");
    gamlp_dataset_clear(&d);
}

/* NAME of the folder with another content is refused, and then as it was. */
static void check_refused(const char *name, const char *text, const char *sentence) {
    char path[600], kept[620];
    gamlp_dataset d;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(kept, sizeof kept, "%s.kept", path);
    assert_int_equal(rename(path, kept), 0);
    if (text) put_text_file(folder, name, text);
    gamlp_status status = gamlp_ogb_read(&d, folder);
    assert_int_equal(status, text ? GAMLP_E_DATA : GAMLP_E_NOINPUT);
    if (!strstr(gamlp_error_text(), sentence))
        fail_msg("the sentence \"%s\" lacks \"%s\"", gamlp_error_text(), sentence);
    assert_int_equal(rename(kept, path), 0);
}

static void test_refused(void **state) {
    (void)state;
    static const char *const needed[] = {"num-node-list", "edge", "node-feat", "node-label"};
    char name[64], sentence[64];
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "raw/%s.csv.gz", needed[i]);
        snprintf(sentence, sizeof sentence, "neither %s.csv.gz nor", needed[i]);
        check_refused(name, NULL, sentence);
    }
    check_refused("split/time/valid.csv.gz", NULL, "split/time: neither valid.csv.gz nor");
    check_refused("raw/num-node-list.csv.gz", "5\n6\n", "more than 1 rows, expected 1 rows");
    check_refused("raw/num-node-list.csv.gz", "0\n", "has no nodes");
    check_refused("raw/num-node-list.csv.gz", "4\n", "more than 4 rows, expected 4 rows");
    check_refused("raw/num-node-list.csv.gz", "2147483647\n", "bytes cannot hold the expected");
    check_refused("raw/num-node-list.csv.gz", "9999999999\n", "out of range, expected the count");
    check_refused("raw/num-edge-list.csv.gz", "5\n", "4 rows, expected 5 rows of 2 cells");
    check_refused("raw/num-edge-list.csv.gz", "1000000000000\n", "bytes cannot hold the expected");
    check_refused("raw/edge.csv.gz", "0,1\n1,0\n2,5\n3,3\n",
                  "edge.csv.gz: line 3, column 2: \"5\": out of range, expected a node in 0..4");
    check_refused("raw/edge.csv.gz", "0,1\n1,-1\n2,3\n3,3\n", "line 2, column 2: \"-1\": out of");
    check_refused("raw/edge.csv.gz", "0,1,1\n", "line 1, column 2: \"1\": the line goes on");
    check_refused("raw/node-feat.csv.gz", "1,2\n1,2\n", "2 rows, expected 5 rows of 2 cells");
    check_refused("raw/node-feat.csv.gz", "1,2\n1,2\n1,2\n1,nan\n1,2\n",
                  "line 4, column 2: \"nan\": not a number, expected a feature");
    check_refused("raw/node-feat.csv.gz", "1,2\n1,inf\n1,2\n1,2\n1,2\n", "\"inf\": not a number");
    check_refused("raw/node-label.csv.gz", "0\n5\n1\n1\n1\n",
                  "line 2, column 1: \"5\": out of range, expected a class in 0..4");
    check_refused("raw/node-label.csv.gz", "0\n-1\n1\n1\n1\n", "\"-1\": out of range");
    check_refused("raw/node-label.csv.gz", "0.5\n1\n1\n1\n1\n", "\"0.5\": not a number");
    check_refused("raw/node-label.csv.gz", "0,1\n1,0\n1,1\n1,0\n1,0\n", "the line goes on");
    check_refused("raw/node-label.csv.gz", "nan\nnan\nnan\nnan\nnan\n", "no node has a label");
    check_refused("raw/node_year.csv.gz", "1\n2\n3\n4\n9999999999\n", "expected a year in");
    check_refused("split/time/train.csv.gz", "5\n", "\"5\": out of range, expected a node in 0..4");
    check_refused("split/time/train.csv.gz", "1\n1\n1\n1\n1\n1\n", "more than 5 rows");
    gamlp_dataset d;
    CHECK_OK(gamlp_ogb_read(&d, folder));
    gamlp_dataset_clear(&d);
}

/* The binary form. */

static void put_array(gamlp_archive_entry *e, const char *name, const char *type, int64_t rows,
                      int64_t cols, const void *data, size_t item) {
    const int64_t shape[] = {rows, cols};
    e->name = name;
    CHECK_OK(gamlp_npy_write(&e->bytes, type, shape, cols ? 2 : 1, data, item));
}

static void put_npz(const char *name, gamlp_archive_entry *entry, int64_t count) {
    gamlp_bytes bytes;
    CHECK_OK(gamlp_archive_write(&bytes, entry, count, name));
    put_file(raw, name, bytes.data, bytes.size);
    gamlp_bytes_clear(&bytes);
    for (int64_t i = 0; i < count; i++) gamlp_bytes_clear(&entry[i].bytes);
}

typedef struct binary {
    int64_t nodes, edges, listed;
    int64_t source;
    float label;
    double year;
} binary;

static const binary right = {5, 4, 4, 0, 2, 2000};

static void put_binary(const binary *b) {
    static const float features[] = {0.5F, -1, 0, 2, 1e-3F, 3, 4, 5, 6, 7.25F};
    const float label[] = {0, b->label, 1, NAN, 0};
    const int64_t edge[] = {b->source, 1, 2, 3, 1, 0, 1, 3};
    const double year[] = {1999, b->year, 2001, 2002, 2003};
    gamlp_archive_entry e[6] = {0};
    put_array(&e[0], "edge_index.npy", "<i8", 2, b->listed, edge, 8);
    put_array(&e[1], "node_feat.npy", "<f4", 5, 2, features, 4);
    put_array(&e[2], "num_nodes_list.npy", "<i8", 1, 0, &b->nodes, 8);
    put_array(&e[3], "num_edges_list.npy", "<i8", 1, 0, &b->edges, 8);
    put_array(&e[4], "node_year.npy", "<f8", 5, 1, year, 8);
    put_npz("data.npz", e, 5);
    put_array(&e[0], "node_label.npy", "<f4", 5, 1, label, 4);
    put_npz("node-label.npz", e, 1);
}

static void test_binary(void **state) {
    (void)state;
    gamlp_dataset d;
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    put_binary(&right);
    CHECK_OK(gamlp_dataset_open(&d, folder, &options));
    check_content(&d);
    assert_string_equal(d.split.rule, "public");
    assert_non_null(strstr(d.file[0], "/raw/data.npz"));
    gamlp_dataset_clear(&d);
}

static void check_binary(binary b, const char *sentence) {
    gamlp_dataset d;
    put_binary(&b);
    CHECK_FAILS(gamlp_ogb_read(&d, folder), GAMLP_E_DATA, sentence);
}

static void test_bad_binary(void **state) {
    (void)state;
    binary b = right;
    b.nodes = 6;
    check_binary(b, "node_label.npy: 5 numbers, expected one for each of 6 nodes");
    b.nodes = INT32_MAX;
    check_binary(b, "5 numbers, expected one for each of 2147483647 nodes");
    b.nodes = INT64_C(1000000000000000000);
    check_binary(b, "num_nodes_list.npy: 1000000000000000000 is not in 0..2147483647");
    b = right;
    b.edges = 5;
    check_binary(b, "edge_index.npy is 2 x 4, expected 2 x 5");
    b = right;
    b.source = 5;
    check_binary(b, "edge 0 joins 5 and 1, expected nodes 0 to 4");
    b = right;
    b.label = 5;
    check_binary(b, "node_label.npy: node 1 has 5, expected an integer in 0..4");
    b.label = 0.5F;
    check_binary(b, "node 1 has 0.5, expected an integer");
    b = right;
    b.year = NAN;
    check_binary(b, "node_year.npy: node 1 has nan");
    put_binary(&right);
    gamlp_dataset d;
    gamlp_archive_entry e[1] = {0};
    put_array(&e[0], "num_nodes_list.npy", "<i8", 1, 0, &right.nodes, 8);
    put_npz("data.npz", e, 1);
    CHECK_FAILS(gamlp_ogb_read(&d, folder), GAMLP_E_DATA, "node_feat.npy is missing");
    char path[400];
    snprintf(path, sizeof path, "%s/node-label.npz", raw);
    unlink(path);
    CHECK_FAILS(gamlp_ogb_read(&d, folder), GAMLP_E_NOINPUT, "node-label.npz: No such file");
    put_file(raw, "data.npz", "no archive", 10);
    CHECK_FAILS(gamlp_ogb_read(&d, folder), GAMLP_E_DATA, "data.npz: ");
}

static gamlp_status read_folder(void *context) {
    gamlp_dataset d;
    gamlp_status status = gamlp_ogb_read(&d, context);
    gamlp_dataset_clear(&d);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    check_every_allocation(read_folder, folder);
    put_binary(&right);
    check_every_allocation(read_folder, folder);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_text),       IN_FOLDER(test_open),       IN_FOLDER(test_variants),
        IN_FOLDER(test_arcs),       IN_FOLDER(test_refused),    IN_FOLDER(test_binary),
        IN_FOLDER(test_bad_binary), IN_FOLDER(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
