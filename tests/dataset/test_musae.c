/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "dataset/format.h"
#include "gamlp/alloc.h"
#include "gzip.h"

static char folder[256];

#define EDGES    "id_1,id_2\n0,1\n1,2\n2,1\n3,3\n"
#define FEATURES "{\"0\": [12, 3], \"2\": [3, 3, 0], \"1\": [], \"3\": [5]}"
#define TARGET                                                                                     \
    "id,facebook_id,page_name,page_type\n0,1e3,\"The \"\"A\"\", b\",tvshow\n2,4,x,company\n"       \
    "1,5,y,tvshow\n3,7,z,\n"

/* 4 nodes, 2 classes, 13 features, edges 0-1 and 1-2 (twice) and a loop. */
static int setup(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    put_text_file(folder, "musae_facebook_edges.csv", EDGES);
    put_text_file(folder, "musae_facebook_features.json", FEATURES);
    put_text_file(folder, "musae_facebook_target.csv", TARGET);
    put_text_file(folder, "README.txt", "no data");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    remove_directory(folder);
    return 0;
}

static void test_read(void **state) {
    (void)state;
    static const int32_t label[] = {1, 1, 0, -1}, idx[] = {3, 12, 0, 3, 5};
    gamlp_dataset d;
    CHECK_OK(gamlp_musae_read(&d, folder));
    assert_string_equal(d.format, "musae");
    assert_int_equal(d.nodes, 4);
    assert_int_equal(d.features, 13);
    assert_int_equal(d.classes, 2);
    assert_string_equal(d.class_name[0], "company");
    assert_string_equal(d.class_name[1], "tvshow");
    assert_memory_equal(d.label, label, sizeof label);
    assert_int_equal(d.sparse.nnz, 5);
    assert_memory_equal(d.sparse.idx, idx, sizeof idx);
    for (int i = 0; i < 5; i++) assert_true(d.sparse.val[i] == 1);
    assert_int_equal(d.missing_rows, 1);
    assert_int_equal(d.graph.edges, 2);
    assert_int_equal(d.graph.stored_edges, 4);
    assert_int_equal(d.graph.self_loops, 1);
    assert_int_equal(d.file_count, 3);
    gamlp_dataset_clear(&d);
    /* found by its content */
    char *path;
    CHECK_OK(gamlp_format_musae.find(&path, folder));
    assert_non_null(path);
    assert_string_equal(path, folder);
    gamlp_free(path);
}

/* Columns of the other sets of the family, and compressed files. */
static void check_target(const char *text, const char *first, const int32_t *label) {
    gamlp_dataset d;
    put_text_file(folder, "musae_facebook_target.csv", text);
    CHECK_OK(gamlp_musae_read(&d, folder));
    assert_string_equal(d.class_name[0], first);
    assert_memory_equal(d.label, label, 4 * sizeof *label);
    gamlp_dataset_clear(&d);
}

static void test_columns(void **state) {
    (void)state;
    static const int32_t label[] = {1, 0, 0, 1};
    check_target("id,name,ml_target\n0,a,1\n1,b,0\n2,c,0\n3,d,1\n", "0", label);
    check_target("id,days,mature,views,partner,new_id\n73,1,False,7,True,2\n74,2,True,7,False,0\n"
                 "75,1,True,9,True,3\n76,1,False,9,True,1\n",
                 "False", label);
    check_target("id,target\r\n3,12\r\n2,9\r\n1,9\r\n0,12\r\n", "9", label);
    check_target("node,kind\n3,b\n2,a\n1,a\n0,b\n", "a", label);
    char path[512];
    snprintf(path, sizeof path, "%s/musae_facebook_features.json", folder);
    unlink(path);
    put_text_file(folder, "musae_facebook_features.json.gz", FEATURES);
    check_target("node,kind\n3,b\n2,a\n1,a\n0,b\n", "a", label);
}

static void check_refused(const char *kind, const char *text, const char *right,
                          const char *sentence) {
    char name[64];
    gamlp_dataset d;
    snprintf(name, sizeof name, "musae_facebook_%s", kind);
    put_text_file(folder, name, text);
    CHECK_FAILS(gamlp_musae_read(&d, folder), GAMLP_E_DATA, sentence);
    put_text_file(folder, name, right);
}

static void test_bad_targets(void **state) {
    (void)state;
    static const char *const k = "target.csv";
    check_refused(k, "id\n0\n", TARGET, "expected a header with id and target");
    check_refused(k, "id,target\n", TARGET, "no nodes");
    check_refused(k, "", TARGET, "target");
    check_refused(k, "id,target\n0,1\n2,1\n", TARGET, "line 3: node 2 is too large, expected each");
    check_refused(k, "id,target\n0,1\n0,1\n", TARGET, "line 3: node 0 again");
    check_refused(k, "id,target\n0,1\nx,1\n", TARGET, "line 3: expected the number of a node");
    check_refused(k, "id,target\n-1,1\n", TARGET, "line 2: expected the number of a node");
    check_refused(k, "id,target\n0,1,2\n", TARGET, "line 2: 3 cells, expected 2");
    check_refused(k, "id,target\n0,\n", TARGET, "no node has a label");
}

static void test_bad_features(void **state) {
    (void)state;
    static const char *const k = "features.json";
    check_refused(k, "[1]", FEATURES, "expected an object with a list for each node");
    check_refused(k, "{", FEATURES, "not JSON");
    check_refused(k, "{}", FEATURES, "no node has a feature");
    check_refused(k, "{\"4\": [1]}", FEATURES, "member \"4\": expected the number of a node");
    check_refused(k, "{\"-1\": [1]}", FEATURES, "member \"-1\": expected the number of a node");
    check_refused(k, "{\"a\": [1]}", FEATURES, "member \"a\": expected the number of a node");
    check_refused(k, "{\"1\": 1}", FEATURES, "member \"1\": expected a list of features");
    check_refused(k, "{\"1\": [0.5]}", FEATURES, "expected features from 0 to 2^24 - 1");
    check_refused(k, "{\"1\": [-1]}", FEATURES, "expected features from 0");
    check_refused(k, "{\"1\": [1099511627776]}", FEATURES, "expected features from 0");
    check_refused(k, "{\"1\": [1], \"1\": [2]}", FEATURES, "not JSON");
}

static void test_bad_edges(void **state) {
    (void)state;
    static const char *const k = "edges.csv";
    check_refused(k, "id_1,id_2\n0,4\n", EDGES, "line 2, column 2: \"4\": out of range");
    check_refused(k, "id_1,id_2\n0,x\n", EDGES, "line 2, column 2: \"x\": not a number");
    check_refused(k, "id_1,id_2\n", EDGES, "no rows");
    gamlp_dataset d;
    put_text_file(folder, "other_edges.csv", EDGES);
    CHECK_FAILS(gamlp_musae_read(&d, folder), GAMLP_E_NOINPUT, "2 files *edges.csv, expected one");
}

static gamlp_status read_folder(void *context) {
    gamlp_dataset d;
    gamlp_status status = gamlp_musae_read(&d, context);
    gamlp_dataset_clear(&d);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    check_every_allocation(read_folder, folder);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_read),         IN_FOLDER(test_columns),   IN_FOLDER(test_bad_targets),
        IN_FOLDER(test_bad_features), IN_FOLDER(test_bad_edges), IN_FOLDER(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
