/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "dataset/npy.h"
#include "dataset/npz.h"
#include "fixture.h"

static gamlp_bytes make_npz(void) {
    const int64_t count = 3, data[] = {7, -8, 9};
    gamlp_archive_entry entry = {.name = "a.npy"};
    gamlp_bytes bytes;
    CHECK_OK(gamlp_npy_write(&entry.bytes, "<i8", &count, 1, data, 8));
    CHECK_OK(gamlp_archive_write(&bytes, &entry, 1, "file"));
    gamlp_bytes_clear(&entry.bytes);
    return bytes;
}

static gamlp_status read_sum(const void *data, size_t size, const char *name, int64_t *sum) {
    gamlp_npz npz;
    gamlp_array array;
    gamlp_bytes bytes = {0};
    gamlp_status status = gamlp_npz_open(&npz, data, size, "file");
    if (status != GAMLP_OK) return status;
    status = gamlp_npz_read(&array, &bytes, &npz, name);
    int64_t value[GAMLP_ARRAY_BLOCK];
    if (status == GAMLP_OK) gamlp_array_ints(&array, 0, array.count, value);
    *sum = 0;
    for (int64_t i = 0; status == GAMLP_OK && i < array.count; i++) *sum += value[i];
    gamlp_bytes_clear(&bytes);
    gamlp_npz_clear(&npz);
    return status;
}

static void test_round_trip(void **state) {
    (void)state;
    gamlp_bytes bytes = make_npz(), again = make_npz();
    int64_t sum;
    CHECK_OK(read_sum(bytes.data, bytes.size, "a", &sum));
    assert_int_equal(sum, 8);
    assert_int_equal(bytes.size, again.size);
    assert_memory_equal(bytes.data, again.data, bytes.size);
    CHECK_FAILS(read_sum(bytes.data, bytes.size, "b", &sum), GAMLP_E_DATA, "b.npy is missing");
    gamlp_bytes_clear(&bytes);
    gamlp_bytes_clear(&again);
}

/* The date of an entry is that of no clock and no time zone. */
static void test_time_zone(void **state) {
    (void)state;
    gamlp_bytes bytes = make_npz();
    assert_int_equal(setenv("TZ", "Asia/Kathmandu", 1), 0);
    gamlp_bytes again = make_npz();
    unsetenv("TZ");
    assert_int_equal(bytes.size, again.size);
    assert_memory_equal(bytes.data, again.data, bytes.size);
    gamlp_bytes_clear(&bytes);
    gamlp_bytes_clear(&again);
}

static void test_numpy_deflated(void **state) {
    (void)state;
    gamlp_bytes bytes = read_corpus("gnnbench/deflated.npz");
    int64_t sum;
    CHECK_OK(read_sum(bytes.data, bytes.size, "labels", &sum));
    assert_int_equal(sum, 3);
    gamlp_bytes_clear(&bytes);
}

static void test_truncated(void **state) {
    (void)state;
    gamlp_bytes bytes = make_npz();
    int64_t sum;
    count_allocations();
    for (size_t size = 0; size < bytes.size; size++) {
        void *exact = malloc(size ? size : 1);
        if (size) memcpy(exact, bytes.data, size);
        CHECK_FAILS(read_sum(exact, size, "a", &sum), GAMLP_E_DATA, "file");
        free(exact);
    }
    assert_int_equal(allocations_alive(), 0);
    stop_counting();
    gamlp_bytes_clear(&bytes);
}

/* Position of a four-byte signature. */
static size_t find(const gamlp_bytes *bytes, const char *signature) {
    for (size_t i = 0; i + 4 <= bytes->size; i++)
        if (memcmp(bytes->data + i, signature, 4) == 0) return i;
    fail_msg("no signature");
    return 0;
}

static void set_int32(unsigned char *at, uint32_t value) {
    for (int i = 0; i < 4; i++) at[i] = (unsigned char)(value >> (8 * i));
}

/* The central directory (PK 1 2) has the checksum at 16, stored size at 20, size at 24. */
static void test_bomb(void **state) {
    (void)state;
    gamlp_bytes bytes = make_npz();
    size_t central = find(&bytes, "PK\1\2"), local = find(&bytes, "PK\3\4");
    int64_t sum;
    set_int32(bytes.data + central + 24, 0xfffffff0);
    CHECK_FAILS(read_sum(bytes.data, bytes.size, "a", &sum), GAMLP_E_DATA, "impossible");
    set_int32(bytes.data + central + 20, 0xfffffff0);
    set_int32(bytes.data + local + 18, 0xfffffff0);
    set_int32(bytes.data + local + 22, 0xfffffff0);
    CHECK_FAILS(read_sum(bytes.data, bytes.size, "a", &sum), GAMLP_E_DATA, "file");
    gamlp_bytes_clear(&bytes);
}

static void test_deflate_bomb(void **state) {
    (void)state;
    gamlp_bytes bytes = read_corpus("gnnbench/deflated.npz");
    int64_t sum;
    for (size_t at = 0; at + 46 <= bytes.size; at++)
        if (memcmp(bytes.data + at, "PK\1\2", 4) == 0) set_int32(bytes.data + at + 24, 0xfffffff0);
    CHECK_FAILS(read_sum(bytes.data, bytes.size, "labels", &sum), GAMLP_E_DATA, "impossible");
    gamlp_bytes_clear(&bytes);
}

static void test_checksum(void **state) {
    (void)state;
    gamlp_bytes bytes = make_npz();
    int64_t sum;
    size_t data = find(&bytes, "\x93NUM") + 128 + 3;
    bytes.data[data] ^= 1;
    CHECK_FAILS(read_sum(bytes.data, bytes.size, "a", &sum), GAMLP_E_DATA, "CRC");
    gamlp_bytes_clear(&bytes);
}

static void test_objects(void **state) {
    (void)state;
    const char *header =
        "\x93NUMPY\1\0\x40\0{'descr': '|O', 'fortran_order': False, 'shape': (2,), }"
        "        \nxyz";
    gamlp_archive_entry entry = {.name = "a.npy"};
    gamlp_bytes bytes;
    size_t size = 10 + 64 + 3;
    entry.bytes.data = malloc(size);
    entry.bytes.size = size;
    memset(entry.bytes.data, ' ', size);
    memcpy(entry.bytes.data, header, 10);
    memcpy(entry.bytes.data + 10, header + 10, strlen(header + 10) < 67 ? strlen(header + 10) : 67);
    CHECK_OK(gamlp_archive_write(&bytes, &entry, 1, "file"));
    free(entry.bytes.data);
    gamlp_npz npz;
    gamlp_array array;
    gamlp_bytes data;
    CHECK_OK(gamlp_npz_open(&npz, bytes.data, bytes.size, "file"));
    CHECK_FAILS(gamlp_npz_read(&array, &data, &npz, "a"), GAMLP_E_DATA, "Python objects");
    CHECK_OK(gamlp_npz_head(&array, &npz, "a"));
    assert_int_equal(array.count, 2);
    gamlp_npz_clear(&npz);
    gamlp_bytes_clear(&bytes);
}

/* A header longer than the first bytes that are read of an entry. */
static void test_long_header(void **state) {
    (void)state;
    unsigned char file[512 + 8];
    memset(file, ' ', sizeof file);
    memcpy(file, "\x93NUMPY\1\0", 8);
    file[8] = (512 - 10) & 255;
    file[9] = (512 - 10) >> 8;
    const char *header = "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }";
    memcpy(file + 10, header, strlen(header));
    memcpy(file + 512, "\7\0\0\0\0\0\0\0", 8);
    gamlp_archive_entry entry = {"a.npy", {file, sizeof file}};
    gamlp_bytes bytes;
    int64_t sum;
    CHECK_OK(gamlp_archive_write(&bytes, &entry, 1, "file"));
    CHECK_OK(read_sum(bytes.data, bytes.size, "a", &sum));
    assert_int_equal(sum, 7);
    gamlp_bytes_clear(&bytes);
}

/* The compression method stands at 10 of the central directory. */
static void test_method(void **state) {
    (void)state;
    gamlp_bytes bytes = make_npz();
    int64_t sum;
    bytes.data[find(&bytes, "PK\1\2") + 10] = 12; /* bzip2 */
    CHECK_FAILS(read_sum(bytes.data, bytes.size, "a", &sum), GAMLP_E_DATA, "method 12");
    gamlp_bytes_clear(&bytes);
}

static gamlp_status read_body(void *context) {
    const gamlp_bytes *bytes = context;
    int64_t sum;
    return read_sum(bytes->data, bytes->size, "a", &sum);
}

static void test_allocation(void **state) {
    (void)state;
    gamlp_bytes bytes = make_npz();
    check_every_allocation(read_body, &bytes);
    gamlp_bytes_clear(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_time_zone),
        cmocka_unit_test(test_numpy_deflated), cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_bomb),           cmocka_unit_test(test_deflate_bomb),
        cmocka_unit_test(test_checksum),       cmocka_unit_test(test_objects),
        cmocka_unit_test(test_long_header),    cmocka_unit_test(test_method),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
