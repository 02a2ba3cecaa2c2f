/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <stdbool.h>
#include <stdlib.h>

#include "core/permute.h"

static gamlp_permutation drawn(uint64_t seed, uint64_t count) {
    return gamlp_permutation_of(gamlp_rng_key(seed, GAMLP_RNG_TEST, 0), count);
}

static void every_place_once(void **state) {
    (void)state;
    for (uint64_t count = 1; count <= 300; count++) {
        gamlp_permutation p = drawn(7, count);
        bool used[300] = {false};
        for (uint64_t i = 0; i < count; i++) {
            uint64_t place = gamlp_permute(&p, i);
            assert_true(place < count && !used[place]);
            used[place] = true;
        }
    }
}

static void places_scatter(void **state) {
    (void)state;
    enum { COUNT = 100003, BINS = 16 };
    gamlp_permutation p = drawn(1, COUNT);
    int64_t bin[BINS][BINS] = {{0}};
    for (uint64_t i = 0; i + 1 < COUNT; i++)
        bin[gamlp_permute(&p, i) * BINS / COUNT][gamlp_permute(&p, i + 1) * BINS / COUNT]++;
    double chi = 0, expected = (double)COUNT / BINS / BINS;
    for (int a = 0; a < BINS; a++)
        for (int b = 0; b < BINS; b++)
            chi += ((double)bin[a][b] - expected) * ((double)bin[a][b] - expected) / expected;
    assert_true(chi > 140 && chi < 390); /* 255 degrees of freedom: 6 deviations of 22.6 */
}

/* Where one item goes is uniform over the seeds, in a range so small that rounds could show. */
static void seeds_decide(void **state) {
    (void)state;
    enum { COUNT = 10, SEEDS = 20000 };
    int64_t places[COUNT][COUNT] = {{0}};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        gamlp_permutation p = drawn(seed, COUNT);
        for (uint64_t i = 0; i < COUNT; i++) places[i][gamlp_permute(&p, i)]++;
    }
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < COUNT; j++)
            assert_true(llabs(places[i][j] - SEEDS / COUNT) < 6 * 43); /* deviation 42.4 */
}

static void largest_count(void **state) {
    (void)state;
    const uint64_t count = UINT64_C(1) << 62;
    gamlp_permutation p = drawn(3, count);
    uint64_t seen = 0;
    for (uint64_t i = 0; i < 64; i++) {
        uint64_t place = gamlp_permute(&p, count - 1 - i);
        assert_true(place < count);
        seen |= place;
    }
    assert_true(seen == count - 1);
}

/* The same on every machine. */
static void golden_places(void **state) {
    (void)state;
    gamlp_permutation small = drawn(2024, 1000), large = drawn(2024, UINT64_C(1) << 50);
    assert_int_equal(gamlp_permute(&small, 0), 639);
    assert_int_equal(gamlp_permute(&small, 999), 382);
    assert_int_equal(gamlp_permute(&large, 12345), 735182410241877);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_place_once), cmocka_unit_test(places_scatter),
        cmocka_unit_test(seeds_decide),     cmocka_unit_test(largest_count),
        cmocka_unit_test(golden_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
