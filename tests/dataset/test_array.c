/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>

#include "check.h"
#include "dataset/array.h"

static gamlp_array make(const char *type, const void *data, int64_t count) {
    gamlp_array array = {0};
    CHECK_OK(gamlp_array_type(&array, type, strlen(type), "test"));
    CHECK_OK(gamlp_array_shape(&array, &count, 1, "test"));
    array.data = data;
    return array;
}

static int64_t one_int(const char *type, const char *bytes) {
    gamlp_array array = make(type, bytes, 1);
    int64_t value;
    gamlp_array_ints(&array, 0, 1, &value);
    return value;
}

static void test_integers(void **state) {
    (void)state;
    assert_int_equal(one_int("|i1", "\xff"), -1);
    assert_int_equal(one_int("|u1", "\xff"), 255);
    assert_int_equal(one_int("<i2", "\xfe\xff"), -2);
    assert_int_equal(one_int(">i2", "\xff\xfe"), -2);
    assert_int_equal(one_int("<u2", "\xfe\xff"), 65534);
    assert_int_equal(one_int("<i4", "\x01\x02\x03\x04"), 0x04030201);
    assert_int_equal(one_int(">i4", "\x01\x02\x03\x04"), 0x01020304);
    assert_int_equal(one_int(">u4", "\xff\x02\x03\x04"), 0xff020304);
    assert_int_equal(one_int("<i8", "\xff\xff\xff\xff\xff\xff\xff\xff"), -1);
    assert_int_equal(one_int("<u8", "\xff\xff\xff\xff\xff\xff\xff\xff"), INT64_MAX);
    assert_int_equal(one_int(">u8", "\0\0\0\0\0\0\1\2"), 258);
    assert_int_equal(one_int("|b1", "\1"), 1);
    assert_int_equal(one_int("?", "\1"), 1);
}

static double one_real(const char *type, const void *bytes) {
    gamlp_array array = make(type, bytes, 1);
    double value;
    gamlp_array_reals(&array, 0, 1, &value);
    return value;
}

static void test_reals(void **state) {
    (void)state;
    float f = -1.5F;
    double d = 0.1;
    assert_true(one_real("=f4", &f) == -1.5);
    assert_true(one_real("=f8", &d) == 0.1);
    assert_true(one_real(">f4", "\x3f\x80\0\0") == 1);
    assert_true(one_real("<i2", "\xfe\xff") == -2);
}

/* Every half against the float whose fields are the same, its subnormals by counting up. */
static void test_half(void **state) {
    (void)state;
    double tiny = 1;
    for (int i = 0; i < 24; i++) tiny /= 2;
    for (uint32_t h = 0; h < 65536; h++) {
        uint16_t half = (uint16_t)h;
        double got = one_real("=f2", &half);
        uint32_t exponent = h >> 10 & 31, fraction = h & 1023;
        float expected;
        uint32_t bits = (h >> 15) << 31 | fraction << 13;
        bits |= exponent == 31 ? 255U << 23 : (exponent + 112) << 23;
        memcpy(&expected, &bits, sizeof expected);
        if (exponent == 0) expected = (float)((h >> 15 ? -1.0 : 1.0) * fraction * tiny);
        if (isnan(expected))
            assert_true(isnan(got));
        else
            assert_true(got == (double)expected);
    }
}

static void test_blocks(void **state) {
    (void)state;
    int32_t data[2 * GAMLP_ARRAY_BLOCK];
    int64_t out[GAMLP_ARRAY_BLOCK];
    for (int i = 0; i < 2 * GAMLP_ARRAY_BLOCK; i++) data[i] = i * i - 7;
    gamlp_array array = make("=i4", data, 2 * GAMLP_ARRAY_BLOCK);
    gamlp_array_ints(&array, 5, GAMLP_ARRAY_BLOCK, out);
    for (int i = 0; i < GAMLP_ARRAY_BLOCK; i++) assert_int_equal(out[i], data[i + 5]);
}

static void test_bad_types(void **state) {
    (void)state;
    static const char *const bad[] = {"",     "<",   "i",    "<i3",     "<f1",
                                      "<f16", "<c8", "V8",   "<i4x",    "4",
                                      "<i-4", "b2",  "|O8x", "<M8[ns]", "<U99999999999"};
    gamlp_array array = {0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_FAILS(gamlp_array_type(&array, bad[i], strlen(bad[i]), "file"), GAMLP_E_DATA, "file");
    CHECK_OK(gamlp_array_type(&array, "<U7", 3, "file"));
    assert_int_equal(array.item_size, 28);
    CHECK_OK(gamlp_array_type(&array, "|O", 2, "file"));
    assert_int_equal(array.kind, 'O');
}

static void test_bad_shapes(void **state) {
    (void)state;
    gamlp_array array = {.item_size = 8};
    const int64_t huge[] = {INT64_C(1000000000000000000), 1}, wide[] = {1 << 30, 1 << 30};
    const int64_t negative[] = {3, -1}, five[] = {1, 1, 1, 1, 1}, empty[] = {0, INT64_MAX};
    CHECK_FAILS(gamlp_array_shape(&array, huge, 1, "file"), GAMLP_E_DATA, "impossible");
    CHECK_FAILS(gamlp_array_shape(&array, wide, 2, "file"), GAMLP_E_DATA, "dimension 1");
    CHECK_FAILS(gamlp_array_shape(&array, negative, 2, "file"), GAMLP_E_DATA, "-1");
    CHECK_FAILS(gamlp_array_shape(&array, five, 5, "file"), GAMLP_E_DATA, "5 dimensions");
    CHECK_OK(gamlp_array_shape(&array, empty, 1, "file"));
    assert_int_equal(array.count, 0);
    CHECK_OK(gamlp_array_shape(&array, NULL, 0, "file"));
    assert_int_equal(array.count, 1);
}

static void test_expectations(void **state) {
    (void)state;
    gamlp_array floats = make("<f4", NULL, 3), texts = make("<U4", NULL, 3);
    CHECK_FAILS(gamlp_array_expect_ints(&floats, 1, "file"), GAMLP_E_DATA, "expected integers");
    CHECK_FAILS(gamlp_array_expect_reals(&texts, 1, "file"), GAMLP_E_DATA, "expected numbers");
    CHECK_FAILS(gamlp_array_expect_reals(&floats, 2, "file"), GAMLP_E_DATA, "expected 2");
    CHECK_OK(gamlp_array_expect_reals(&floats, 1, "file"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),     cmocka_unit_test(test_reals),
        cmocka_unit_test(test_half),         cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_bad_types),    cmocka_unit_test(test_bad_shapes),
        cmocka_unit_test(test_expectations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
