/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>

#include "check.h"
#include "gamlp/rng.h"

/* From an implementation of Philox4x32-10 in Python that reproduces the known answers of
 * Random123 (counter 0, key 0: 6627e8d5 e169c58d bc57ac4c 9b00dbd8). */
static void test_golden(void **state) {
    (void)state;
    static const struct {
        uint64_t seed;
        int purpose;
        uint32_t stream;
        uint64_t index, bits;
    } golden[] = {
        {0, 1, 0, 0, 0xf08d6eaa844515e1},
        {1, 1, 0, 0, 0x428264b607071c12},
        {0, 2, 0, 0, 0xb68267590661d677},
        {0, 1, 1, 0, 0x8f19a45adedd2dc1},
        {0, 1, 0, 1, 0xd9c77dedca7cf69e},
        {0x123456789abcdef0, 4, 0xdeadbeef, 0xfedcba9876543210, 0xa75d6721858014ca},
    };
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        gamlp_rng rng =
            gamlp_rng_key(golden[i].seed, (gamlp_rng_purpose)golden[i].purpose, golden[i].stream);
        assert_true(gamlp_rng_bits(rng, golden[i].index) == golden[i].bits);
    }
    gamlp_rng rng = gamlp_rng_key(0, GAMLP_RNG_WEIGHT, 0);
    assert_true(gamlp_rng_uniform(rng, 0) == (double)(0xf08d6eaa844515e1 >> 11) / 0x1p53);
}

/* Moments within six standard errors of those of N(0, 1) and of U(0, 1). */
static void test_moments(void **state) {
    (void)state;
    enum { N = 200000 };
    gamlp_rng rng = gamlp_rng_key(7, GAMLP_RNG_TEST, 3);
    double sum[5] = {0}, uniform = 0, square = 0;
    for (uint64_t i = 0; i < N; i++) {
        double z = gamlp_rng_normal(rng, i), u = gamlp_rng_uniform(rng, i);
        assert_true(u >= 0 && u < 1 && isfinite(z));
        for (int k = 1; k <= 4; k++) sum[k] += pow(z, k);
        uniform += u;
        square += u * u;
    }
    double bound = 6 / sqrt(N);
    assert_true(fabs(sum[1] / N) < bound);
    assert_true(fabs(sum[2] / N - 1) < bound * sqrt(2));
    assert_true(fabs(sum[3] / N) < bound * sqrt(15));
    assert_true(fabs(sum[4] / N - 3) < bound * sqrt(96));
    assert_true(fabs(uniform / N - 0.5) < bound * sqrt(1.0 / 12));
    assert_true(fabs(square / N - 1.0 / 3) < bound * sqrt(4.0 / 45));
}

static void test_below(void **state) {
    (void)state;
    enum { N = 60000, BOUND = 6 };
    gamlp_rng rng = gamlp_rng_key(1, GAMLP_RNG_TEST, 0);
    int count[BOUND] = {0};
    for (uint64_t i = 0; i < N; i++) {
        uint64_t value = gamlp_rng_below(rng, i, BOUND);
        assert_true(value < BOUND);
        count[value]++;
    }
    /* Chi-square of 5 degrees of freedom: above 30 with probability 1.5e-5. */
    double chi = 0;
    for (int k = 0; k < BOUND; k++) chi += pow(count[k] - N / BOUND, 2) / (N / BOUND);
    assert_true(chi < 30);
    assert_true(gamlp_rng_below(rng, 5, 1) == 0);
    assert_true(gamlp_rng_below(rng, 0, UINT64_MAX) < UINT64_MAX);
}

static void test_shuffle(void **state) {
    (void)state;
    enum { N = 1000 };
    int64_t item[N], again[N];
    int seen[N] = {0}, moved = 0;
    for (int64_t i = 0; i < N; i++) item[i] = again[i] = i;
    gamlp_rng_shuffle(gamlp_rng_key(3, GAMLP_RNG_SPLIT, 0), item, N);
    for (int i = 0; i < N; i++) {
        assert_true(item[i] >= 0 && item[i] < N);
        assert_int_equal(seen[item[i]]++, 0);
        moved += item[i] != i;
    }
    assert_true(moved > N / 2);
    gamlp_rng_shuffle(gamlp_rng_key(3, GAMLP_RNG_SPLIT, 0), again, N);
    assert_memory_equal(item, again, sizeof item);
    gamlp_rng_shuffle(gamlp_rng_key(4, GAMLP_RNG_SPLIT, 0), again, N);
    assert_true(memcmp(item, again, sizeof item) != 0);
    gamlp_rng_shuffle(gamlp_rng_key(4, GAMLP_RNG_SPLIT, 0), again, 0);
    gamlp_rng_shuffle(gamlp_rng_key(4, GAMLP_RNG_SPLIT, 0), NULL, 0);
}

/* All six orders of three items are about equally frequent. */
static void test_shuffle_is_fair(void **state) {
    (void)state;
    enum { N = 12000 };
    int count[27] = {0};
    for (uint32_t s = 0; s < N; s++) {
        int64_t item[3] = {0, 1, 2};
        gamlp_rng_shuffle(gamlp_rng_key(0, GAMLP_RNG_TEST, s), item, 3);
        count[item[0] * 9 + item[1] * 3 + item[2]]++;
    }
    double chi = 0;
    int orders = 0;
    for (int k = 0; k < 27; k++) {
        if (count[k] == 0) continue;
        orders++;
        chi += pow(count[k] - N / 6, 2) / (N / 6);
    }
    assert_int_equal(orders, 6);
    assert_true(chi < 30);
}

static void test_fill(void **state) {
    (void)state;
    uint64_t bits[37];
    gamlp_rng rng = gamlp_rng_key(0x123456789abcdef0, GAMLP_RNG_TEST, 9);
    gamlp_rng_fill(bits, rng, 0xfffffffffffffff0, 37); /* the numbers wrap */
    for (uint64_t k = 0; k < 37; k++)
        assert_true(bits[k] == gamlp_rng_bits(rng, 0xfffffffffffffff0 + k));
}

static void test_normals(void **state) {
    (void)state;
    enum { COUNT = 20011 };
    static double z[COUNT];
    gamlp_rng rng = gamlp_rng_key(3, GAMLP_RNG_TEST, 8);
    gamlp_rng_normals(z, rng, 7, COUNT);
    for (uint64_t i = 0; i < COUNT; i++) assert_true(z[i] == gamlp_rng_normal(rng, 7 + i));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normals),         cmocka_unit_test(test_fill),
        cmocka_unit_test(test_golden),          cmocka_unit_test(test_moments),
        cmocka_unit_test(test_below),           cmocka_unit_test(test_shuffle),
        cmocka_unit_test(test_shuffle_is_fair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
