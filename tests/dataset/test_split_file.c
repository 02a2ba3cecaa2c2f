/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "core/file.h"
#include "dataset/archive.h"
#include "dataset/npy.h"
#include "dataset/split.h"
#include "fixture.h"
#include "gamlp/alloc.h"

static char folder[200], path[240];
static gamlp_dataset tiny;

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    tiny_dataset(&tiny);
    CHECK_OK(gamlp_dataset_fingerprint(&tiny));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    remove_directory(folder);
    gamlp_dataset_clear(&tiny);
    return 0;
}

static void write_file(const char *name, const char *text) {
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK_OK(gamlp_file_write(path, text, strlen(text)));
}

static gamlp_status read_file(const char *name, const char *text) {
    gamlp_split split = {0};
    write_file(name, text);
    gamlp_status status = gamlp_split_read(&split, path, &tiny);
    gamlp_split_clear(&split);
    return status;
}

/* Train 1 and 4, validate 0, test 2, 3 and 11. */
static void check_read(void) {
    static const int64_t train[] = {1, 4}, val[] = {0}, test[] = {2, 3, 11};
    gamlp_split split = {0};
    CHECK_OK(gamlp_split_read(&split, path, &tiny));
    assert_int_equal(split.train_count, 2);
    assert_int_equal(split.val_count, 1);
    assert_int_equal(split.test_count, 3);
    assert_memory_equal(split.train, train, sizeof train);
    assert_memory_equal(split.val, val, sizeof val);
    assert_memory_equal(split.test, test, sizeof test);
    gamlp_split_clear(&split);
}

static void test_text(void **state) {
    (void)state;
    static const char *const files[][2] = {
        {"a.json", "{\"train\": [4, 1], \"val\": [0], \"test\": [11, 2, 3]}"},
        {"role.json", "{\"tr\": [4, 1], \"va\": [0], \"te\": [11, 2, 3]}"},
        {"b.json", " {\"x\": 1, \"train\": [4, 1], \"valid\": [0], \"test\": [11, 2, 3]}"},
        {"a.csv", "node,part\n4,train\n1,train\n0,val\n11,test\n2,test\n3,test\n"},
        {"b.txt", "4 train\n1\ttr\r\n0;valid\n\n11, te\n2,test \n3,test"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        write_file(files[i][0], files[i][1]);
        check_read();
    }
}

static void test_folder(void **state) {
    (void)state;
    char whole[240];
    snprintf(whole, sizeof whole, "%s/time", folder);
    assert_int_equal(mkdir(whole, 0700), 0);
    write_file("time/train.csv", "4\n1\n");
    write_file("time/valid.csv", "0\n");
    snprintf(path, sizeof path, "%s", whole);
    gamlp_split split = {0};
    CHECK_FAILS(gamlp_split_read(&split, path, &tiny), GAMLP_E_NOINPUT,
                "time: has no test.csv or test.csv.gz");
    write_file("time/test.csv", "2\n3\n11\n");
    snprintf(path, sizeof path, "%s", whole);
    check_read();
    write_file("time/test.csv", "2\nx\n");
    snprintf(path, sizeof path, "%s", whole);
    CHECK_FAILS(gamlp_split_read(&split, path, &tiny), GAMLP_E_DATA,
                "time/test.csv: line 2: expected a node number");
    write_file("time/test.csv", "2\n1\n");
    snprintf(path, sizeof path, "%s", whole);
    CHECK_FAILS(gamlp_split_read(&split, path, &tiny), GAMLP_E_DATA,
                "time/test.csv: line 2: node 1 is in another part, too");
}

/* An archive of three masks of `count` elements; a digit of `roles` says which one has the node. */
static void write_masks(const char *roles, int64_t count, const char *type, const char *last) {
    unsigned char mask[3][64] = {{0}};
    const char *name[] = {"train_mask.npy", "val_mask.npy", last};
    gamlp_archive_entry entry[3];
    gamlp_bytes bytes;
    for (int64_t i = 0; i < count; i++)
        if (roles[i] >= '1' && roles[i] <= '3') mask[roles[i] - '1'][i] = 1;
    for (int p = 0; p < 3; p++) {
        entry[p].name = name[p];
        CHECK_OK(gamlp_npy_write(&entry[p].bytes, type, &count, 1, mask[p], 1));
    }
    CHECK_OK(gamlp_archive_write(&bytes, entry, 3, "masks"));
    snprintf(path, sizeof path, "%s/masks.npz", folder);
    CHECK_OK(gamlp_file_write(path, bytes.data, bytes.size));
    gamlp_bytes_clear(&bytes);
    for (int p = 0; p < 3; p++) gamlp_bytes_clear(&entry[p].bytes);
}

static void test_masks(void **state) {
    (void)state;
    gamlp_split split = {0};
    write_masks("213310000003", 12, "|b1", "test_mask.npy");
    check_read();
    write_masks("213310000003", 12, "|u1", "test_mask.npy");
    check_read();
    write_masks("21331000000", 11, "|b1", "test_mask.npy");
    CHECK_FAILS(gamlp_split_read(&split, path, &tiny), GAMLP_E_DATA,
                "masks.npz: train_mask.npy has rows of 11 nodes, expected 12");
    write_masks("213310000003", 12, "|b1", "other.npy");
    CHECK_FAILS(gamlp_split_read(&split, path, &tiny), GAMLP_E_DATA, "test_mask");
    write_masks("211110000000", 12, "|b1", "test_mask.npy");
    CHECK_FAILS(gamlp_split_read(&split, path, &tiny), GAMLP_E_DATA,
                "masks.npz: the test part is empty");
    write_file("masks.npz", "PK");
    CHECK_FAILS(gamlp_split_read(&split, path, &tiny), GAMLP_E_DATA, "masks.npz");
}

static void test_wrong(void **state) {
    (void)state;
    static const char *const wrong[][3] = {
        {"a.json", "{\"train\": [12], \"val\": [0], \"test\": [2]}",
         "a.json: train 0: node 12, expected 0 to 11"},
        {"a.json", "{\"train\": [1, -1], \"val\": [0], \"test\": [2]}",
         "a.json: train 1: node -1, expected 0 to 11"},
        {"a.json", "{\"train\": [1, 1], \"val\": [0], \"test\": [2]}",
         "a.json: train 1: node 1 is listed twice"},
        {"a.json", "{\"train\": [1], \"va\": [1], \"test\": [2]}",
         "a.json: va 0: node 1 is in another part, too"},
        {"a.json", "{\"train\": [1], \"val\": [0.5], \"test\": [2]}",
         "a.json: val: item 0 is not a node number"},
        {"a.json", "{\"train\": [1], \"val\": [], \"test\": [2]}",
         "a.json: val: expected a list of nodes"},
        {"a.json", "{\"train\": [1], \"test\": [2]}", "expected a list of nodes"},
        {"a.json", "[1, 2]", "expected a list of nodes"},
        {"a.json", "{\"train\": [1]", "not JSON"},
        {"a.json", "{\"train\": [1e400], \"val\": [0], \"test\": [2]}", "a.json"},
        {"a.csv", "", "a.csv: has no node of the part train"},
        {"a.csv", "1,train\n2,val\n", "a.csv: has no node of the part test"},
        {"a.csv", "1,train\n2\n", "a.csv: line 2: expected node,part"},
        {"a.csv", "1,train\n2,\n", "a.csv: line 2: the part is none of train, val and test"},
        {"a.csv", "1,train\n2,vali\n", "a.csv: line 2: the part is none of"},
        {"a.csv", "1,train\n2,val x\n", "a.csv: line 2: expected nothing more"},
        {"a.csv", "1,train\nnode,part\n", "a.csv: line 2: expected a node number"},
        {"a.csv", "1,train\n-2,val\n", "a.csv: line 2: expected a node number"},
        {"a.csv", "1,train\n99999999999999999999,val\n", "a.csv: line 2: expected a node number"},
        {"a.csv", "1,train\n12,val\n", "a.csv: line 2: node 12, expected 0 to 11"},
        {"a.csv", "1,train\n1,val\n", "a.csv: line 2: node 1 is in another part, too"},
        {"a.csv", "1,train\n1,train\n", "a.csv: line 2: node 1 is listed twice"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK_FAILS(read_file(wrong[i][0], wrong[i][1]), GAMLP_E_DATA, wrong[i][2]);
    gamlp_split split = {0};
    CHECK_FAILS(gamlp_split_read(&split, "no/such.csv", &tiny), GAMLP_E_NOINPUT, "no/such.csv");
    CHECK_FAILS(gamlp_split_read(&split, "no/such.json", &tiny), GAMLP_E_NOINPUT, "no/such.json");
}

/* Written in each form and read back: the same split. */
static void test_round_trip(void **state) {
    (void)state;
    static const char *const names[] = {"s.json", "s.npz", "s.csv"};
    for (int i = 0; i < 3; i++) {
        gamlp_dataset d;
        gamlp_dataset_options options;
        gamlp_dataset_options_default(&options);
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        CHECK_OK(gamlp_split_write(path, &tiny));
        snprintf(options.split, sizeof options.split, "file:%s", path);
        tiny_dataset(&d);
        CHECK_OK(gamlp_dataset_split(&d, &options));
        CHECK_OK(gamlp_dataset_fingerprint(&d));
        assert_string_equal(d.split_fingerprint, tiny.split_fingerprint);
        snprintf(options.split, sizeof options.split, "file:%s", names[i]);
        assert_string_equal(d.split.rule, options.split);
        gamlp_dataset_clear(&d);
    }
    CHECK_FAILS(gamlp_split_write("x.txt", &tiny), GAMLP_E_USAGE,
                "x.txt: expected a name that ends in .json, .npz or .csv");
    CHECK_FAILS(gamlp_split_write("no/such/x.csv", &tiny), GAMLP_E_CREATE, "x.csv");
}

/* A split in JSON knows the data it is of. */
static void test_origin(void **state) {
    (void)state;
    gamlp_split split = {0};
    snprintf(path, sizeof path, "%s/s.json", folder);
    CHECK_OK(gamlp_split_write(path, &tiny));
    tiny.label[3] = 0;
    tiny.label[2] = 0;
    tiny.label[1] = 0;
    CHECK_FAILS(gamlp_split_read(&split, path, &tiny), GAMLP_E_DATA,
                "s.json: a split of the data with fingerprint");
    tiny.component = GAMLP_COMPONENT_LARGEST;
    CHECK_OK(gamlp_dataset_fingerprint(&tiny));
    CHECK_OK(gamlp_split_write(path, &tiny));
    tiny.component = GAMLP_COMPONENT_ALL;
    CHECK_FAILS(gamlp_split_read(&split, path, &tiny), GAMLP_E_DATA,
                "s.json: a split of the largest component");
}

static gamlp_status body(void *context) {
    static const char *const names[] = {"s.json", "s.npz", "s.csv", "parts"};
    gamlp_status status = GAMLP_OK;
    (void)context;
    for (int i = 0; i < 4 && status == GAMLP_OK; i++) {
        gamlp_split split = {0};
        char name[300];
        snprintf(name, sizeof name, "%s/%s", folder, names[i]);
        if (i < 3) status = gamlp_split_write(name, &tiny);
        if (status == GAMLP_OK) status = gamlp_split_read(&split, name, &tiny);
        gamlp_split_clear(&split);
    }
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    char name[300];
    snprintf(name, sizeof name, "%s/parts", folder);
    assert_int_equal(mkdir(name, 0700), 0);
    write_file("parts/train.csv", "1\n");
    write_file("parts/val.csv", "2\n");
    write_file("parts/test.csv", "3\n");
    check_every_allocation(body, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_masks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_origin, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_allocation, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
