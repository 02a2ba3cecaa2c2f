/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "check.h"
#include "dataset/split.h"
#include "npzfile.h"

enum { NODES = 6 };

/* Train 0 3, validation 1 5, test 2; node 4 is in no part. */
static npzfile masks(void) {
    static const unsigned char train[] = {1, 0, 0, 1, 0, 0}, val[] = {0, 1, 0, 0, 0, 1};
    static const int64_t test[] = {0, 0, 1, 0, 0, 0};
    npzfile z = {0};
    npz_put(&z, "train_mask.npy", "|b1", NODES, 0, train, 1);
    npz_put(&z, "val_mask.npy", "|u1", NODES, 0, val, 1);
    npz_put(&z, "test_mask.npy", "<i8", NODES, 0, test, 8);
    return z;
}

static npzfile indices(void) {
    static const int64_t train[] = {3, 0}, val[] = {5, 1}, test[] = {2};
    npzfile z = {0};
    npz_put(&z, "idx_train.npy", "<i8", 2, 0, train, 8);
    npz_put(&z, "idx_val.npy", "<i8", 2, 0, val, 8);
    npz_put(&z, "idx_test.npy", "<i8", 1, 0, test, 8);
    return z;
}

static gamlp_status parse(gamlp_split *s, const npzfile *z) {
    gamlp_bytes bytes = npz_bytes(z);
    gamlp_status status = gamlp_split_parse_npz(s, bytes.data, bytes.size, "file", NODES);
    gamlp_bytes_clear(&bytes);
    return status;
}

static void check_parsed(npzfile z) {
    static const int64_t train[] = {0, 3}, val[] = {1, 5};
    gamlp_split s;
    CHECK_OK(parse(&s, &z));
    assert_int_equal(s.train_count, 2);
    assert_memory_equal(s.train, train, sizeof train);
    assert_int_equal(s.val_count, 2);
    assert_memory_equal(s.val, val, sizeof val);
    assert_int_equal(s.test_count, 1);
    assert_int_equal(s.test[0], 2);
    assert_string_equal(s.rule, "");
    gamlp_split_clear(&s);
    npz_clear(&z);
}

static void check_refused(npzfile *z, const char *sentence) {
    gamlp_split s;
    CHECK_FAILS(parse(&s, z), GAMLP_E_DATA, sentence);
    npz_clear(z);
}

static void test_both(void **state) {
    (void)state;
    check_parsed(masks());
    check_parsed(indices());
    gamlp_split s = {0};
    gamlp_split_fixed_rule(&s, 3, 10);
    assert_string_equal(s.rule, "fixed:3/10");
}

static void test_bad_masks(void **state) {
    (void)state;
    static const unsigned char none[NODES] = {0}, two[] = {0, 2, 0, 0, 0, 0};
    static const unsigned char both[] = {0, 0, 0, 1, 0, 0};
    static const float real[NODES] = {0};
    npzfile z = masks();
    npz_put(&z, "val_mask.npy", "|b1", NODES, 0, none, 1);
    check_refused(&z, "file: the val part is empty");
    z = masks();
    npz_put(&z, "val_mask.npy", "|u1", NODES, 0, two, 1);
    check_refused(&z, "file: val_mask.npy: node 1 has 2, expected 0 or 1");
    z = masks();
    npz_put(&z, "test_mask.npy", "|b1", NODES, 0, both, 1);
    check_refused(&z, "file: test_mask.npy: node 3 is in the train part, too");
    z = masks();
    npz_put(&z, "test_mask.npy", "|b1", NODES - 1, 0, both, 1);
    check_refused(&z, "file: test_mask.npy has rows of 5 nodes, expected 6");
    z = masks();
    npz_put(&z, "test_mask.npy", "|b1", 1, NODES, both, 1);
    check_refused(&z, "file: test_mask.npy: 2 dimensions, expected 1");
    z = masks();
    npz_put(&z, "test_mask.npy", "<f4", NODES, 0, real, 4);
    check_refused(&z, "file: test_mask.npy: elements of kind 'f', expected integers");
    z = masks();
    npz_drop(&z, "test_mask.npy");
    check_refused(&z, "file: test_mask.npy is missing");
}

static void test_bad_indices(void **state) {
    (void)state;
    static const int64_t far[] = {1, 6}, low[] = {-1, 1}, twice[] = {1, 1}, again[] = {0, 1};
    static const int64_t many[7] = {0};
    static const double none[1] = {0};
    npzfile z = indices();
    npz_put(&z, "idx_val.npy", "<f8", 0, 0, none, 8); /* numpy's array of an empty list */
    check_refused(&z, "file: idx_val.npy: elements of kind 'f', expected integers");
    z = indices();
    npz_put(&z, "idx_val.npy", "<i8", 2, 0, far, 8);
    check_refused(&z, "file: val part: node 6 is outside 0..5");
    z = indices();
    npz_put(&z, "idx_val.npy", "<i8", 2, 0, low, 8);
    check_refused(&z, "file: val part: node -1 is outside 0..5");
    z = indices();
    npz_put(&z, "idx_val.npy", "<i8", 2, 0, twice, 8);
    check_refused(&z, "file: val part: node 1 is there twice");
    z = indices();
    npz_put(&z, "idx_val.npy", "<i8", 2, 0, again, 8);
    check_refused(&z, "file: val part: node 0 is there twice");
    z = indices();
    npz_put(&z, "idx_test.npy", "<i8", 7, 0, many, 8);
    check_refused(&z, "file: idx_test.npy has more elements than nodes");
    z = indices();
    npz_put(&z, "idx_test.npy", "<i8", 0, 0, many, 8);
    check_refused(&z, "file: the test part is empty");
    gamlp_split s;
    CHECK_FAILS(gamlp_split_parse_npz(&s, "PK", 2, "file", NODES), GAMLP_E_DATA, "file: ");
    CHECK_FAILS(gamlp_split_read_npz(&s, "/none/such.npz", NODES), GAMLP_E_NOINPUT,
                "/none/such.npz");
}

static gamlp_status body(void *context) {
    const gamlp_bytes *bytes = context;
    gamlp_split s;
    gamlp_status status = gamlp_split_parse_npz(&s, bytes->data, bytes->size, "file", NODES);
    gamlp_split_clear(&s);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    npzfile all[] = {masks(), indices()};
    for (int i = 0; i < 2; i++) {
        gamlp_bytes bytes = npz_bytes(&all[i]);
        check_every_allocation(body, &bytes);
        gamlp_bytes_clear(&bytes);
        npz_clear(&all[i]);
    }
}

/* Those of geom-gcn; Cora's cover its largest component. */
static void test_real(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int64_t nodes, train, val, test; /* of file 0 */
    } sets[] = {{"cora", 2708, 1192, 796, 497},
                {"citeseer", 3327, 1596, 1065, 666},
                {"pubmed", 19717, 9463, 6310, 3944},
                {"film", 7600, 3648, 2432, 1520},
                {"wisconsin", 251, 120, 80, 51}};
    const char *folder = real_data();
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 10; k++) {
            char path[4200];
            gamlp_split s;
            snprintf(path, sizeof path, "%s/geom-gcn/splits/%s_split_0.6_0.2_%d.npz", folder,
                     sets[i].name, k);
            CHECK_OK(gamlp_split_read_npz(&s, path, sets[i].nodes));
            if (k == 0) {
                assert_int_equal(s.train_count, sets[i].train);
                assert_int_equal(s.val_count, sets[i].val);
                assert_int_equal(s.test_count, sets[i].test);
            }
            gamlp_split_clear(&s);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both),        cmocka_unit_test(test_bad_masks),
        cmocka_unit_test(test_bad_indices), cmocka_unit_test(test_allocation),
        cmocka_unit_test(test_real),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
