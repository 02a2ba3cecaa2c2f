/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "check.h"
#include "dataset/npy.h"
#include "fixture.h"

/* Version 1.0 around a header text. */
static writer with_header(const char *header, int version, size_t data) {
    writer w = {0};
    put_text(&w, "\x93NUMPY");
    put_byte(&w, version);
    put_byte(&w, 0);
    put_byte(&w, (int)strlen(header));
    put_byte(&w, 0);
    if (version > 1) put_bytes(&w, "\0\0", 2);
    put_text(&w, header);
    for (size_t i = 0; i < data; i++) put_byte(&w, (int)i);
    return w;
}

static void test_round_trip(void **state) {
    (void)state;
    const float data[6] = {0, 1, 2, 3, -4, 0.5F};
    const int64_t shape[] = {2, 3};
    gamlp_bytes bytes;
    gamlp_array array;
    double value[6];
    CHECK_OK(gamlp_npy_write(&bytes, "<f4", shape, 2, data, 4));
    CHECK_OK(gamlp_npy_parse(&array, bytes.data, bytes.size, "file"));
    assert_int_equal(array.shape[0], 2);
    assert_int_equal(array.shape[1], 3);
    assert_false(array.fortran);
    gamlp_array_reals(&array, 0, 6, value);
    for (int i = 0; i < 6; i++) assert_true(value[i] == (double)data[i]);
    assert_int_equal((array.data - bytes.data) % 64, 0);
    gamlp_bytes_clear(&bytes);
}

/* The same bytes as numpy.save() of arange(6, dtype=float32).reshape(2, 3). */
static void test_as_numpy_writes(void **state) {
    (void)state;
    const float data[6] = {0, 1, 2, 3, 4, 5};
    const int64_t shape[] = {2, 3};
    gamlp_bytes ours, theirs = read_corpus("npy/f4.npy");
    gamlp_array array;
    double value[6];
    CHECK_OK(gamlp_npy_write(&ours, "<f4", shape, 2, data, 4));
    CHECK_OK(gamlp_npy_parse(&array, theirs.data, theirs.size, "file"));
    gamlp_array_reals(&array, 0, 6, value);
    for (int i = 0; i < 6; i++) assert_true(value[i] == i);
    assert_int_equal(ours.size, theirs.size);
    assert_memory_equal(ours.data, theirs.data, ours.size);
    gamlp_bytes_clear(&ours);
    gamlp_bytes_clear(&theirs);
}

static void test_versions(void **state) {
    (void)state;
    const char *header = "{'shape': (2L, ), \"fortran_order\": True, 'descr':'>u2'}\n";
    for (int version = 1; version <= 3; version++) {
        writer w = with_header(header, version, 4);
        gamlp_array array;
        int64_t value[2];
        CHECK_OK(gamlp_npy_parse(&array, w.data, w.size, "file"));
        gamlp_array_ints(&array, 0, 2, value);
        assert_true(array.fortran);
        assert_int_equal(value[0], 0x0001);
        assert_int_equal(value[1], 0x0203);
        writer_clear(&w);
    }
}

static void test_numpy_files(void **state) {
    (void)state;
    static const struct {
        const char *name;
        char kind;
        int64_t item, dims, count;
    } files[] = {{"npy/bi8.npy", 'i', 8, 1, 3}, {"npy/f2.npy", 'f', 2, 1, 2},
                 {"npy/F.npy", 'f', 8, 2, 6},   {"npy/b.npy", 'b', 1, 1, 2},
                 {"npy/U.npy", 'U', 8, 1, 2},   {"npy/scalar.npy", 'i', 8, 0, 1},
                 {"npy/v2.npy", 'i', 2, 1, 4},  {"npy/v3.npy", 'i', 2, 1, 4}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        gamlp_bytes bytes = read_corpus(files[i].name);
        gamlp_array array;
        CHECK_OK(gamlp_npy_parse(&array, bytes.data, bytes.size, files[i].name));
        assert_int_equal(array.kind, files[i].kind);
        assert_int_equal(array.item_size, files[i].item);
        assert_int_equal(array.dims, files[i].dims);
        assert_int_equal(array.count, files[i].count);
        gamlp_bytes_clear(&bytes);
    }
}

static void test_bad_headers(void **state) {
    (void)state;
    static const struct {
        const char *header, *sentence;
    } bad[] = {
        {"", "a dict"},
        {"{'descr': '<f4', 'fortran_order': False}", "descr, fortran_order and shape"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "plain element type"},
        {"{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", "True or False"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': 1}", "parentheses"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "extent"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}", "comma"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1)}", "four extents"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", "nothing behind"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}", "descr"},
        {"{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}", "brace"},
        {"{'descr: 1}", "key"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000000000,)}", "promises"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904,)}", "impossible"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", "63 bits"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "4 bytes of data"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        writer w = with_header(bad[i].header, 1, 4);
        gamlp_array array;
        CHECK_FAILS(gamlp_npy_parse(&array, w.data, w.size, "file"), GAMLP_E_DATA, bad[i].sentence);
        CHECK_FAILS(gamlp_npy_parse(&array, w.data, w.size, "file"), GAMLP_E_DATA, "file: ");
        writer_clear(&w);
    }
}

static void test_bad_magic(void **state) {
    (void)state;
    gamlp_bytes bytes = read_corpus("npy/f4.npy");
    gamlp_array array;
    for (int i = 0; i < 6; i++) {
        bytes.data[i] ^= 1;
        CHECK_FAILS(gamlp_npy_parse(&array, bytes.data, bytes.size, "file"), GAMLP_E_DATA, "magic");
        bytes.data[i] ^= 1;
    }
    bytes.data[6] = 4;
    CHECK_FAILS(gamlp_npy_parse(&array, bytes.data, bytes.size, "file"), GAMLP_E_DATA, "version 4");
    gamlp_bytes_clear(&bytes);
}

static void test_truncated(void **state) {
    (void)state;
    static const char *const names[] = {"npy/f4.npy", "npy/v2.npy"};
    for (int n = 0; n < 2; n++) {
        gamlp_bytes bytes = read_corpus(names[n]);
        gamlp_array array;
        for (size_t size = 0; size < bytes.size; size++)
            CHECK_FAILS(gamlp_npy_parse(&array, bytes.data, size, "file"), GAMLP_E_DATA, "file: ");
        gamlp_bytes_clear(&bytes);
    }
}

static gamlp_status write_one(void *context) {
    (void)context;
    const int64_t count = 2, data[] = {1, 2};
    gamlp_bytes bytes;
    gamlp_status status = gamlp_npy_write(&bytes, "<i8", &count, 1, data, 8);
    gamlp_bytes_clear(&bytes);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    check_every_allocation(write_one, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),  cmocka_unit_test(test_as_numpy_writes),
        cmocka_unit_test(test_versions),    cmocka_unit_test(test_numpy_files),
        cmocka_unit_test(test_bad_headers), cmocka_unit_test(test_bad_magic),
        cmocka_unit_test(test_truncated),   cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
