/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>

#include "check.h"
#include "core/hash.h"
#include "dataset/format.h"
#include "fixture.h"
#include "gamlp/alloc.h"

static void check_spoilt(gamlp_dataset *d, const char *sentence) {
    CHECK_FAILS(gamlp_dataset_check(d), GAMLP_E_DATA, sentence);
    gamlp_dataset_clear(d);
    tiny_dataset(d);
}

static void test_counts(void **state) {
    (void)state;
    gamlp_dataset d;
    tiny_dataset(&d);
    d.nodes = 0;
    check_spoilt(&d, "tiny: has no nodes");
    d.classes = 0;
    check_spoilt(&d, "tiny: has no classes");
    d.features = 0;
    check_spoilt(&d, "tiny: has no features");
    d.features = 6;
    check_spoilt(&d, "tiny: features of 12 nodes x 5, expected 12 x 6");
    d.graph.nodes = 11;
    check_spoilt(&d, "tiny: the graph has 11 nodes, expected 12");
    gamlp_dataset_clear(&d);
}

static void test_labels(void **state) {
    (void)state;
    gamlp_dataset d;
    tiny_dataset(&d);
    d.label[4] = TINY_CLASSES;
    check_spoilt(&d, "tiny: node 4 has label 3, expected 0..2");
    d.label[4] = -2;
    check_spoilt(&d, "tiny: node 4 has label -2");
    gamlp_dataset_clear(&d);
}

static void test_features(void **state) {
    (void)state;
    gamlp_dataset d;
    tiny_dataset(&d);
    d.sparse.val[2] = (gamlp_real)NAN;
    check_spoilt(&d, "");
    CHECK_OK(gamlp_csr_to_dense(&d.dense, &d.sparse));
    gamlp_csr_clear(&d.sparse);
    CHECK_OK(gamlp_dataset_check(&d));
    d.dense.data[3 + 7 * TINY_FEATURES] = (gamlp_real)INFINITY;
    check_spoilt(&d, "tiny: node 7, feature 3: not a finite number");
    gamlp_dataset_clear(&d);
}

static void test_split(void **state) {
    (void)state;
    gamlp_dataset d;
    tiny_dataset(&d);
    d.split.train_count = 0;
    check_spoilt(&d, "tiny: the train part is empty");
    d.split.val_count = 0;
    check_spoilt(&d, "tiny: the val part is empty");
    d.split.test_count = 0;
    check_spoilt(&d, "tiny: the test part is empty");
    d.split.test[2] = 12;
    check_spoilt(&d, "tiny: test part: node 12 does not exist");
    d.split.test[1] = 9;
    check_spoilt(&d, "tiny: test part: node 9 has no label");
    d.split.test[0] = 7;
    check_spoilt(&d, "tiny: test part: node 7 is in another part, too");
    d.split.val[1] = 3;
    check_spoilt(&d, "tiny: val part: node 3 is out of order");
    gamlp_dataset_clear(&d);
}

/* What a container may hold: parts may be empty and nodes without labels, no more. */
static void test_stored_split(void **state) {
    (void)state;
    gamlp_dataset d;
    tiny_dataset(&d);
    d.split.train_count = d.split.val_count = 0;
    d.split.test[1] = 9;
    CHECK_OK(gamlp_dataset_check_stored(&d));
    d.split.test[2] = 12;
    CHECK_FAILS(gamlp_dataset_check_stored(&d), GAMLP_E_DATA, "test part: node 12 does not exist");
    gamlp_dataset_clear(&d);
    tiny_dataset(&d);
    d.split.test[0] = 7;
    CHECK_FAILS(gamlp_dataset_check_stored(&d), GAMLP_E_DATA, "node 7 is in another part, too");
    gamlp_dataset_clear(&d);
}

/* The bytes that fingerprint.c promises, written out. */
static void test_fingerprint_bytes(void **state) {
    (void)state;
    static const int64_t source[] = {0, 2}, target[] = {1, 0};
    gamlp_dataset d = {.nodes = 3, .features = 2, .classes = 2};
    CHECK_OK(gamlp_graph_from_edges(&d.graph, 3, 2, source, target));
    CHECK_OK(gamlp_dense_init(&d.dense, 2, 3));
    CHECK_OK(gamlp_new(&d.label, 3, sizeof *d.label, "labels"));
    d.dense.data[0] = 1;
    d.dense.data[5] = 2;
    d.label[0] = 1;
    d.label[1] = -1;
    CHECK_OK(gamlp_dataset_fingerprint(&d));
    static const unsigned char bytes[] = {
        3, 0, 0, 0, 0,    0,    0,    0,    2,    0,    0, 0, 0, 0,
        0, 0, /* nodes, edges        */
        2, 0, 0, 0, 0,    0,    0,    0,    2,    0,    0, 0, 0, 0,
        0, 0, /* features, classes   */
        2, 0, 0, 0, 1,    0,    2,    0,    0,    0,    0, 0, 0, 0,
        0, 0,                                                          /* neighbours above    */
        0, 0, 0, 0, 0,    0,    0,    0,                               /* not binary          */
        1, 0, 0, 0, 0,    0,    0,    0,    0x80, 0x3f,                /* node 0: column 0, 1 */
        0, 0, 0, 0, 1,    0,    0,    0,    1,    0,    0, 0, 0, 0x40, /* node 2: column 1, 2 */
        1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0,    0,    0, 0};         /* labels              */
    char expected[GAMLP_HASH_HEX];
    gamlp_hash hash;
    gamlp_hash_init(&hash);
    gamlp_hash_text(&hash, "gamlp-dataset-1");
    gamlp_hash_bytes(&hash, bytes, sizeof bytes);
    gamlp_hash_hex(&hash, expected);
    assert_string_equal(d.fingerprint, expected);
    gamlp_dataset_clear(&d);
}

static void test_fingerprint_formats(void **state) {
    (void)state;
    gamlp_dataset d, e;
    tiny_dataset(&d);
    tiny_dataset(&e);
    CHECK_OK(gamlp_dataset_fingerprint(&d));
    CHECK_OK(gamlp_csr_to_dense(&e.dense, &e.sparse));
    gamlp_csr_clear(&e.sparse);
    CHECK_OK(gamlp_dataset_fingerprint(&e));
    assert_string_equal(d.fingerprint, e.fingerprint);
    assert_string_equal(d.split_fingerprint, e.split_fingerprint);
    gamlp_dataset_clear(&d);
    gamlp_dataset_clear(&e);
}

static void check_changed(gamlp_dataset *d, const char *before, bool content, bool split) {
    char old[GAMLP_HASH_TEXT];
    strcpy(old, d->split_fingerprint);
    CHECK_OK(gamlp_dataset_fingerprint(d));
    assert_int_equal(strcmp(before, d->fingerprint) != 0, content);
    assert_int_equal(strcmp(old, d->split_fingerprint) != 0, split);
    gamlp_dataset_clear(d);
    tiny_dataset(d);
    CHECK_OK(gamlp_dataset_fingerprint(d));
}

static void test_fingerprint_changes(void **state) {
    (void)state;
    gamlp_dataset d;
    char before[GAMLP_HASH_TEXT];
    tiny_dataset(&d);
    CHECK_OK(gamlp_dataset_fingerprint(&d));
    strcpy(before, d.fingerprint);
    d.label[3] = 1;
    check_changed(&d, before, true, false);
    d.sparse.val[0] = 3;
    check_changed(&d, before, true, false);
    d.sparse.idx[0] = 1;
    check_changed(&d, before, true, false);
    d.graph.adjacency.idx[0] = 5;
    check_changed(&d, before, true, false);
    d.classes++;
    check_changed(&d, before, true, false);
    d.split.train_count--;
    check_changed(&d, before, false, true);
    d.split.val[0] = 9;
    check_changed(&d, before, false, true);
    d.name[0] = 'x';
    check_changed(&d, before, false, false);
    gamlp_dataset_clear(&d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_features),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_stored_split),
        cmocka_unit_test(test_fingerprint_bytes),
        cmocka_unit_test(test_fingerprint_formats),
        cmocka_unit_test(test_fingerprint_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
