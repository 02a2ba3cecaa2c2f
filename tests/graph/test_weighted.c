/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>

#include "gamlp/rng.h"
#include "graph/weighted.h"

/* The first sum above the goal, by looking at every one. */
static int64_t slow_find(const gamlp_weighted *w, double u) {
    int64_t i = 0;
    while (i < w->count - 1 && w->cumulative[i] <= u * w->cumulative[w->count - 1]) i++;
    return i;
}

static void as_by_looking_at_all(void **state) {
    (void)state;
    enum { COUNT = 200, DRAWS = 5000 };
    gamlp_rng rng = gamlp_rng_key(1, GAMLP_RNG_TEST, 0);
    double weight[COUNT];
    gamlp_weighted w;
    CHECK_OK(gamlp_weighted_init(&w, COUNT));
    for (int64_t count = 1; count <= COUNT; count += 13) {
        for (int64_t i = 0; i < count; i++) /* from 1e-12 to 1 */
            weight[i] = pow(10, -12 * gamlp_rng_uniform(rng, (uint64_t)(count * COUNT + i)));
        gamlp_weighted_set(&w, weight, NULL, count);
        for (int64_t k = 0; k < DRAWS; k++) {
            double u = gamlp_rng_uniform(rng, (uint64_t)(1000000 + count * DRAWS + k));
            assert_int_equal(gamlp_weighted_find(&w, u), slow_find(&w, u));
        }
        assert_int_equal(gamlp_weighted_find(&w, 0), 0);
        assert_int_equal(gamlp_weighted_find(&w, 1 - 0x1p-53), slow_find(&w, 1 - 0x1p-53));
    }
    gamlp_weighted_clear(&w);
}

static void members(void **state) {
    (void)state;
    const double weight[] = {1, 2, 4, 8};
    const int32_t member[] = {3, 1};
    gamlp_weighted w;
    CHECK_OK(gamlp_weighted_init(&w, 4));
    gamlp_weighted_set(&w, weight, member, 2);
    assert_true(w.cumulative[0] == 8 && w.cumulative[1] == 10);
    assert_int_equal(gamlp_weighted_find(&w, 0.79), 0);
    assert_int_equal(gamlp_weighted_find(&w, 0.81), 1);
    gamlp_weighted_clear(&w);
    gamlp_weighted_clear(NULL);
}

static gamlp_status make(void *context) {
    (void)context;
    gamlp_weighted w;
    gamlp_status status = gamlp_weighted_init(&w, 10);
    gamlp_weighted_clear(&w);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    check_every_allocation(make, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_by_looking_at_all),
        cmocka_unit_test(members),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
