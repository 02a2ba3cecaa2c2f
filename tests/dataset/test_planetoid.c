/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "dataset/planetoid.h"
#include "fixture.h"

static gamlp_status parse(gamlp_dataset *dataset, const writer *part) {
    gamlp_planetoid_files files = tiny_files(part);
    return gamlp_planetoid_parse(dataset, &files);
}

static bool joined(const gamlp_dataset *d, int64_t i, int64_t j) {
    const gamlp_csr *a = &d->graph.adjacency;
    for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++)
        if (a->idx[k] == j) return true;
    return false;
}

static void test_tiny(void **state) {
    (void)state;
    gamlp_dataset d;
    tiny_dataset(&d);
    CHECK_OK(gamlp_dataset_check(&d));
    assert_string_equal(d.format, "planetoid");
    assert_int_equal(d.nodes, TINY_NODES);
    assert_int_equal(d.features, TINY_FEATURES);
    assert_int_equal(d.classes, TINY_CLASSES);
    assert_int_equal(d.missing_rows, 1);
    gamlp_dense x;
    CHECK_OK(gamlp_csr_to_dense(&x, &d.sparse));
    for (int i = 0; i < TINY_NODES; i++) {
        assert_int_equal(d.label[i], tiny_label[i]);
        for (int j = 0; j < TINY_FEATURES; j++)
            assert_true(x.data[j + i * TINY_FEATURES] == tiny_features[i][j]);
    }
    gamlp_dense_clear(&x);
    gamlp_dataset_clear(&d);
}

static void test_tiny_graph(void **state) {
    (void)state;
    gamlp_dataset d;
    tiny_dataset(&d);
    assert_int_equal(d.graph.edges, TINY_EDGES);
    assert_int_equal(d.graph.self_loops, 1);
    assert_int_equal(d.graph.stored_edges, 2 * TINY_NODES + 4);
    assert_int_equal(d.graph.duplicate_edges, d.graph.stored_edges - 1 - TINY_EDGES);
    for (int i = 0; i < TINY_NODES; i++)
        for (int j = 0; j < TINY_NODES; j++) {
            bool ring = (i + 1) % TINY_NODES == j || (j + 1) % TINY_NODES == i;
            bool chord = (i == 0 && j == 6) || (i == 6 && j == 0);
            assert_int_equal(joined(&d, i, j), ring || chord);
        }
    gamlp_dataset_clear(&d);
}

static void test_tiny_split(void **state) {
    (void)state;
    gamlp_dataset d;
    tiny_dataset(&d);
    static const int64_t train[] = {0, 1, 2}, val[] = {3, 4, 5, 6, 7}, test[] = {8, 10, 11};
    assert_string_equal(d.split.rule, "public");
    assert_int_equal(d.split.train_count, 3);
    assert_int_equal(d.split.val_count, 5);
    assert_int_equal(d.split.test_count, 3);
    assert_memory_equal(d.split.train, train, sizeof train);
    assert_memory_equal(d.split.val, val, sizeof val);
    assert_memory_equal(d.split.test, test, sizeof test);
    gamlp_dataset_clear(&d);
}

static void test_truncated(void **state) {
    (void)state;
    writer part[GAMLP_PLANETOID_PARTS];
    gamlp_dataset d;
    tiny_planetoid(part);
    count_allocations();
    for (int p = 0; p < GAMLP_PLANETOID_PARTS; p++) {
        writer whole = part[p];
        for (size_t size = 0; size < whole.size; size++) {
            /* "10\n8\n11" and "10\n8\n1" are complete, too: the second with another node. */
            if (p == GAMLP_PLANETOID_TEST && size + 1 == whole.size) continue;
            part[p].data = malloc(size ? size : 1);
            part[p].size = size;
            if (size) memcpy(part[p].data, whole.data, size);
            CHECK_FAILS(parse(&d, part), GAMLP_E_DATA, gamlp_planetoid_ending(p));
            free(part[p].data);
        }
        part[p] = whole;
    }
    assert_int_equal(allocations_alive(), 0);
    stop_counting();
    tiny_clear(part);
}

/* Any single wrong bit may fail or not, but never crash or leak. */
static void test_flipped(void **state) {
    (void)state;
    writer part[GAMLP_PLANETOID_PARTS];
    gamlp_dataset d;
    tiny_planetoid(part);
    count_allocations();
    for (int p = 0; p < GAMLP_PLANETOID_PARTS; p++)
        for (size_t i = 0; i < 8 * part[p].size; i++) {
            part[p].data[i / 8] ^= (unsigned char)(1 << i % 8);
            gamlp_status status = parse(&d, part);
            if (status == GAMLP_OK) gamlp_dataset_clear(&d);
            assert_true(status == GAMLP_OK || status == GAMLP_E_DATA);
            part[p].data[i / 8] ^= (unsigned char)(1 << i % 8);
        }
    assert_int_equal(allocations_alive(), 0);
    stop_counting();
    tiny_clear(part);
}

/* The tiny set with one part written anew. */
static void check_replaced(int p, writer fresh, const char *sentence) {
    writer part[GAMLP_PLANETOID_PARTS];
    gamlp_dataset d;
    tiny_planetoid(part);
    writer_clear(&part[p]);
    part[p] = fresh;
    CHECK_FAILS(parse(&d, part), GAMLP_E_DATA, sentence);
    tiny_clear(part);
}

static writer text_of(const char *text) {
    writer w = {0};
    put_text(&w, text);
    return w;
}

static void test_bad_index(void **state) {
    (void)state;
    const int p = GAMLP_PLANETOID_TEST;
    check_replaced(p, text_of("10\nx\n11\n"), "test.index: line 2: expected a node number");
    check_replaced(p, text_of("10\n\n11\n"), "line 2");
    check_replaced(p, text_of("-1\n8\n11\n"), "line 1");
    check_replaced(p, text_of("99999999999999\n8\n11\n"), "line 1");
    check_replaced(p, text_of("2147483647\n8\n11\n"), "line 1");
    check_replaced(p, text_of("10\n8\n10\n"),
                   "graph: 12 nodes, but allx and test.index tell of 11");
    check_replaced(p, text_of("11\n8\n11\n"), "line 3: node 11 comes twice");
    check_replaced(p, text_of("10\n9\n11\n"), "the first test node is 9, but allx ends before 8");
    check_replaced(p, text_of("2000000000\n8\n11\n"), "12 nodes");
    check_replaced(p, text_of("10\n8\n"), "test.index: 2 lines, but tx has 3");
}

static writer labels_of(int64_t rows, int64_t classes, const int32_t *label) {
    writer w = {0};
    put_pickled_labels(&w, rows, classes, label);
    return w;
}

static void test_bad_labels(void **state) {
    (void)state;
    static const int32_t label[TINY_NODES] = {0};
    check_replaced(GAMLP_PLANETOID_Y, labels_of(2, 3, label), "x: 3 rows, but y has 2");
    check_replaced(GAMLP_PLANETOID_TY, labels_of(4, 3, label), "tx: 3 rows, but ty has 4");
    check_replaced(GAMLP_PLANETOID_ALLY, labels_of(8, 2, label), "y: 3 classes, but ally has 2");
    check_replaced(GAMLP_PLANETOID_Y, labels_of(0, 3, label), "y: 0 x 3 labels");
    writer two = labels_of(3, 3, label);
    two.data[two.size - 3 - 4] = 1; /* the last element: row 2, class 2 */
    check_replaced(GAMLP_PLANETOID_Y, two, "y: row 2 is not a one-hot label");
    writer five = labels_of(3, 3, label);
    five.data[five.size - 3 - 36] = 5;
    check_replaced(GAMLP_PLANETOID_Y, five, "y: row 0 is not a one-hot label");
}

static void test_bad_features(void **state) {
    (void)state;
    const int32_t ptr[] = {0, 1, 1, 2}, idx[] = {0, 4}, far[] = {0, 5};
    const float val[] = {1, 2}, infinite[] = {1, (float)(1e30 * 1e30)};
    writer w = {0};
    put_pickled_csr(&w, 3, TINY_FEATURES, ptr, far, val);
    check_replaced(GAMLP_PLANETOID_TX, w, "tx: row 2: index 5 is outside 0..4");
    w = (writer){0};
    put_pickled_csr(&w, 3, TINY_FEATURES, ptr, idx, infinite);
    check_replaced(GAMLP_PLANETOID_TX, w, "tx: row 2, feature 4: inf");
    w = (writer){0};
    put_pickled_csr(&w, 3, TINY_FEATURES + 1, ptr, idx, val);
    check_replaced(GAMLP_PLANETOID_X, w, "x: 6 features, but allx has 5");
    check_replaced(GAMLP_PLANETOID_X, text_of("\x80\x02}."), "x: expected a scipy CSR matrix");
}

static void test_bad_graph(void **state) {
    (void)state;
    int32_t next[TINY_NODES][4];
    for (int i = 0; i < TINY_NODES; i++) next[i][0] = -1;
    writer w = {0};
    put_pickled_graph(&w, TINY_NODES - 1, (const int32_t(*)[4])next);
    check_replaced(GAMLP_PLANETOID_GRAPH, w, "graph: 11 nodes");
    next[5][0] = TINY_NODES;
    next[5][1] = -1;
    w = (writer){0};
    put_pickled_graph(&w, TINY_NODES, (const int32_t(*)[4])next);
    check_replaced(GAMLP_PLANETOID_GRAPH, w, "graph: node 5: a neighbour does not exist");
    check_replaced(GAMLP_PLANETOID_GRAPH, text_of("]."), "expected a dict of lists");
    writer twelve = text_of("(");
    for (int i = 0; i < TINY_NODES; i++) put_text(&twelve, "K\x01]");
    put_text(&twelve, "d.");
    check_replaced(GAMLP_PLANETOID_GRAPH, twelve, "graph: node 1: comes twice");
    writer numbers = text_of("(");
    for (int i = 0; i < TINY_NODES; i++) {
        put_byte(&numbers, 'K');
        put_byte(&numbers, i);
        put_text(&numbers, "K\x01");
    }
    put_text(&numbers, "d.");
    check_replaced(GAMLP_PLANETOID_GRAPH, numbers, "node 0: expected a list");
}

/* One long list under every key: more edges than bytes. */
static void test_shared_lists(void **state) {
    (void)state;
    writer shared = text_of("(K");
    put_byte(&shared, 0);
    put_text(&shared, "(");
    for (int i = 0; i < 200; i++) put_text(&shared, "K\x01");
    put_text(&shared, "lq\x05");
    for (int i = 1; i < TINY_NODES; i++) {
        put_byte(&shared, 'K');
        put_byte(&shared, i);
        put_text(&shared, "h\x05");
    }
    put_text(&shared, "d.");
    check_replaced(GAMLP_PLANETOID_GRAPH, shared, "more neighbours than the file can hold");
}

static gamlp_status parse_body(void *context) {
    gamlp_dataset d;
    gamlp_status status = parse(&d, context);
    if (status == GAMLP_OK) gamlp_dataset_clear(&d);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    writer part[GAMLP_PLANETOID_PARTS];
    tiny_planetoid(part);
    check_every_allocation(parse_body, part);
    tiny_clear(part);
}

static gamlp_status read_body(void *context) {
    gamlp_dataset d;
    gamlp_status status = gamlp_planetoid_read(&d, context);
    if (status == GAMLP_OK) gamlp_dataset_clear(&d);
    return status;
}

static void test_files(void **state) {
    (void)state;
    char prefix[300], file[320];
    const char *folder = make_directory();
    snprintf(prefix, sizeof prefix, "%s/ind.tiny", folder);
    tiny_planetoid_write(prefix);
    gamlp_dataset d;
    CHECK_OK(gamlp_planetoid_read(&d, prefix));
    assert_string_equal(d.name, "tiny");
    gamlp_dataset_clear(&d);
    check_every_allocation(read_body, prefix);
    snprintf(file, sizeof file, "%s.ally", prefix);
    assert_int_equal(remove(file), 0);
    CHECK_FAILS(gamlp_planetoid_read(&d, prefix), GAMLP_E_NOINPUT, file);
    remove_directory(folder);
}

static void check_real(const char *name, int64_t nodes, int64_t edges, int64_t features,
                       int64_t classes, int64_t train, int64_t missing) {
    char prefix[4200];
    gamlp_dataset d;
    snprintf(prefix, sizeof prefix, "%s/planetoid/ind.%s", real_data(), name);
    CHECK_OK(gamlp_planetoid_read(&d, prefix));
    CHECK_OK(gamlp_dataset_check(&d));
    assert_int_equal(d.nodes, nodes);
    assert_int_equal(d.graph.edges, edges);
    assert_int_equal(d.features, features);
    assert_int_equal(d.classes, classes);
    assert_int_equal(d.split.train_count, train);
    assert_int_equal(d.split.val_count, 500);
    assert_int_equal(d.split.test_count, 1000);
    assert_int_equal(d.missing_rows, missing);
    gamlp_dataset_clear(&d);
}

static void test_real_cora(void **state) {
    (void)state;
    check_real("cora", 2708, 5278, 1433, 7, 140, 0);
}

static void test_real_citeseer(void **state) {
    (void)state;
    check_real("citeseer", 3327, 4552, 3703, 6, 120, 15);
}

static void test_real_pubmed(void **state) {
    (void)state;
    check_real("pubmed", 19717, 44324, 500, 3, 60, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tiny),        cmocka_unit_test(test_tiny_graph),
        cmocka_unit_test(test_tiny_split),  cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_flipped),     cmocka_unit_test(test_bad_index),
        cmocka_unit_test(test_bad_labels),  cmocka_unit_test(test_bad_features),
        cmocka_unit_test(test_bad_graph),   cmocka_unit_test(test_shared_lists),
        cmocka_unit_test(test_allocation),  cmocka_unit_test(test_files),
        cmocka_unit_test(test_real_cora),   cmocka_unit_test(test_real_citeseer),
        cmocka_unit_test(test_real_pubmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
