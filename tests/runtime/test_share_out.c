/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include "gamlp/rng.h"
#include "runtime/share_out.h"

enum { MOST = 9 };

static double greatest(const int64_t *last, int64_t shares, const gamlp_load *load) {
    double most = 0;
    for (int64_t i = 0; i < shares; i++) {
        double sum = 0;
        for (int64_t l = i ? last[i - 1] : 0; l < last[i]; l++) sum += load[l].operations;
        if (sum > most) most = sum;
    }
    return most;
}

/* The least greatest load of all ways to cut layers first..layers into `shares` blocks. */
static double best(const gamlp_load *load, int64_t first, int64_t layers, int64_t shares) {
    double sum = 0, least = 1e300;
    if (shares == 1) {
        for (int64_t l = first; l < layers; l++) sum += load[l].operations;
        return sum;
    }
    for (int64_t l = first; l + shares <= layers; l++) {
        sum += load[l].operations;
        double rest = best(load, l + 1, layers, shares - 1), here = rest > sum ? rest : sum;
        if (here < least) least = here;
    }
    return least;
}

static void the_greatest_load_is_least(void **state) {
    (void)state;
    for (uint32_t seed = 0; seed < 60; seed++) {
        gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 0);
        int64_t layers = 1 + (int64_t)gamlp_rng_below(rng, 99, MOST), last[MOST];
        gamlp_load load[MOST];
        for (int64_t l = 0; l < layers; l++)
            load[l].operations = seed % 3 ? 1 + gamlp_rng_uniform(rng, (uint64_t)l) : 1;
        for (int64_t shares = 1; shares <= layers; shares++) {
            CHECK_OK(gamlp_share_out(last, shares, load, layers));
            assert_int_equal(last[shares - 1], layers);
            for (int64_t i = 0; i < shares; i++) assert_true(last[i] > (i ? last[i - 1] : 0));
            double got = greatest(last, shares, load), least = best(load, 0, layers, shares);
            assert_true(got <= least * (1 + 1e-9));
        }
    }
}

static void too_many_shares_are_refused(void **state) {
    (void)state;
    gamlp_load load[2] = {{1, 1}, {1, 1}};
    int64_t last[3];
    CHECK_FAILS(gamlp_share_out(last, 3, load, 2), GAMLP_E_USAGE, "2 layers");
    CHECK_FAILS(gamlp_share_out(last, 0, load, 2), GAMLP_E_USAGE, "0 workers");
}

/* Loads grow with what they are made of, and layer 1 is light where it goes by the Gram matrix. */
static void loads_are_sane(void **state) {
    (void)state;
    const int64_t width[] = {5000, 100, 100, 7};
    gamlp_load gram = gamlp_load_of(width, 3, 1, 140, 500);
    gamlp_load many = gamlp_load_of(width, 3, 1, 6000, 500);
    gamlp_load middle = gamlp_load_of(width, 3, 2, 140, 500);
    assert_true(gram.operations < many.operations && gram.bytes < many.bytes);
    assert_true(middle.operations > 0 && middle.bytes > 0);
    assert_true(gamlp_load_of(width, 3, 2, 280, 500).operations > middle.operations);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_greatest_load_is_least),
        cmocka_unit_test(too_many_shares_are_refused),
        cmocka_unit_test(loads_are_sane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
