/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <stdio.h>

#include "gamlp/alloc.h"
#include "gamlp/rng.h"
#include "runtime/share_out.h"

enum { MOST = 9 };

static const gamlp_room boundless = {NULL, INFINITY};

static double greatest(const int64_t *last, int64_t shares, const gamlp_load *load) {
    double most = 0;
    for (int64_t i = 0; i < shares; i++) {
        double sum = 0;
        for (int64_t l = i ? last[i - 1] : 0; l < last[i]; l++) sum += load[l].operations;
        if (sum > most) most = sum;
    }
    return most;
}

/* Neighbours on one host take no more than their part of it together, nor one more than its own. */
static bool fits(const int64_t *last, int64_t shares, const gamlp_load *load,
                 const gamlp_room *room) {
    for (int64_t i = 0; i < shares; i++) {
        int64_t host = room->place ? room->place[i].host : i, first = i, end = i + 1, all = 0;
        double bytes = 0;
        for (int64_t k = 0; room->place && k < shares; k++) all += room->place[k].host == host;
        while (room->place && first > 0 && room->place[first - 1].host == host) first--;
        while (room->place && end < shares && room->place[end].host == host) end++;
        for (int64_t k = first; k < end; k++)
            bytes += gamlp_share_bytes(load, k ? last[k - 1] + 1 : 1, last[k]);
        double own = gamlp_share_bytes(load, i ? last[i - 1] + 1 : 1, last[i]);
        if (own > room->of_one) return false;
        if (room->place && bytes > room->place[i].bytes * (double)(end - first) / (double)all)
            return false;
    }
    return true;
}

/* The least greatest load of all ways to cut layers first..layers into blocks from share i on;
 * INFINITY when none fits. */
static double best(int64_t *last, int64_t i, int64_t shares, const gamlp_load *load, int64_t layers,
                   const gamlp_room *room) {
    double least = INFINITY;
    int64_t first = i ? last[i - 1] : 0;
    if (i + 1 == shares) {
        last[i] = layers;
        return fits(last, shares, load, room) ? greatest(last, shares, load) : INFINITY;
    }
    for (last[i] = first + 1; last[i] + shares - i - 1 <= layers; last[i]++)
        least = fmin(least, best(last, i + 1, shares, load, layers, room));
    return least;
}

static int64_t draw(gamlp_load load[MOST], uint32_t seed) {
    gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 0);
    int64_t layers = 1 + (int64_t)gamlp_rng_below(rng, 99, MOST);
    for (int64_t l = 0; l < layers; l++) {
        uint64_t at = 8 * (uint64_t)l;
        load[l].operations = seed % 3 ? 1 + gamlp_rng_uniform(rng, at) : 1;
        load[l].state = 1e9 * gamlp_rng_uniform(rng, at + 1);
        load[l].scratch = 2e8 * gamlp_rng_uniform(rng, at + 2);
        load[l].below = 3e8 * gamlp_rng_uniform(rng, at + 3);
        load[l].above = 3e8 * gamlp_rng_uniform(rng, at + 4);
    }
    return layers;
}

static void the_greatest_load_is_least(void **state) {
    (void)state;
    for (uint32_t seed = 0; seed < 60; seed++) {
        int64_t last[MOST], oracle[MOST];
        gamlp_load load[MOST];
        int64_t layers = draw(load, seed);
        for (int64_t shares = 1; shares <= layers; shares++) {
            CHECK_OK(gamlp_share_out(last, shares, load, layers, &boundless));
            assert_int_equal(last[shares - 1], layers);
            for (int64_t i = 0; i < shares; i++) assert_true(last[i] > (i ? last[i - 1] : 0));
            double got = greatest(last, shares, load);
            double least = best(oracle, 0, shares, load, layers, &boundless);
            assert_true(got <= least * (1 + 1e-9));
        }
    }
}

/* Hosts of one or two workers, in groups or not, with more memory or less: the best of all cuts
 * that fit, or a refusal when there is none. */
static void shares_fit_their_places(void **state) {
    (void)state;
    int64_t refused = 0, slower = 0;
    for (uint32_t seed = 0; seed < 400; seed++) {
        gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 1);
        int64_t last[MOST], oracle[MOST];
        gamlp_load load[MOST];
        gamlp_place place[MOST];
        int64_t layers = draw(load, seed), shares = 1 + (int64_t)gamlp_rng_below(rng, 0, layers);
        double host[MOST];
        for (int64_t h = 0; h < MOST; h++)
            host[h] = 3.2e9 * (0.3 + gamlp_rng_uniform(rng, 1 + (uint64_t)h));
        for (int64_t i = 0; i < shares; i++) {
            place[i].host = seed % 2 ? i / 2 : (int64_t)gamlp_rng_below(rng, 50 + (uint64_t)i, 3);
            place[i].bytes = host[place[i].host];
        }
        gamlp_room room = {seed % 5 ? place : NULL, seed % 4 ? INFINITY : 2.2e9};
        double least = best(oracle, 0, shares, load, layers, &room);
        if (least == INFINITY) {
            CHECK_FAILS(gamlp_share_out(last, shares, load, layers, &room), GAMLP_E_CONFIG,
                        "fits the memory");
            refused++;
            continue;
        }
        CHECK_OK(gamlp_share_out(last, shares, load, layers, &room));
        assert_true(fits(last, shares, load, &room));
        assert_true(greatest(last, shares, load) <= least * (1 + 1e-9));
        slower += least > best(oracle, 0, shares, load, layers, &boundless) * (1 + 1e-9);
    }
    assert_true(refused > 10 && slower > 10);
}

static void too_many_shares_are_refused(void **state) {
    (void)state;
    gamlp_load load[2] = {{1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}};
    int64_t last[3];
    CHECK_FAILS(gamlp_share_out(last, 3, load, 2, &boundless), GAMLP_E_USAGE, "2 layers");
    CHECK_FAILS(gamlp_share_out(last, 0, load, 2, &boundless), GAMLP_E_USAGE, "0 workers");
}

/* A plan that is given must fit, too. */
static void plans_fit(void **state) {
    (void)state;
    static gamlp_train_options o;
    gamlp_load load[4];
    gamlp_place place[2] = {{0, 5e9}, {1, 2e9}};
    int64_t last[4], shares;
    for (int l = 0; l < 4; l++) load[l] = (gamlp_load){1, 1e9, 0, 0, 0};
    CHECK_OK(gamlp_share_plan(last, &shares, &o, 2, load, 4, place));
    assert_true(shares == 2 && last[0] == 3 && last[1] == 4);
    o.plan = (gamlp_ints){2, {3, 4}};
    CHECK_OK(gamlp_share_plan(last, &shares, &o, 2, load, 4, place));
    o.plan.value[0] = 2;
    CHECK_FAILS(gamlp_share_plan(last, &shares, &o, 2, load, 4, place), GAMLP_E_CONFIG,
                "worker 2 needs 2.02 GB for layers 3 to 4");
    o.plan.count = 0;
    place[0].host = 1; /* both on one host of 2 GB */
    place[0].bytes = 2e9;
    CHECK_FAILS(gamlp_share_plan(last, &shares, &o, 2, load, 4, place), GAMLP_E_CONFIG,
                "2 GB in all");
    place[0].bytes = place[1].bytes = 4.2e9;
    CHECK_OK(gamlp_share_plan(last, &shares, &o, 2, load, 4, place));
    snprintf(o.worker_memory, sizeof o.worker_memory, "1G");
    CHECK_FAILS(gamlp_share_plan(last, &shares, &o, 2, load, 4, place), GAMLP_E_CONFIG, "layer");
    snprintf(o.worker_memory, sizeof o.worker_memory, "3G");
    CHECK_OK(gamlp_share_plan(last, &shares, &o, 2, load, 4, place));
    assert_int_equal(last[0], 2);
}

/* Loads grow with what they are made of, and layer 1 is light where it goes by the Gram matrix. */
static void loads_are_sane(void **state) {
    (void)state;
    const int64_t width[] = {5000, 100, 100, 7};
    gamlp_net_size size = {.width = width, .layers = 3, .columns = {140, 500, 1000}, .held = true};
    gamlp_load gram = gamlp_load_of(&size, 1), middle = gamlp_load_of(&size, 2);
    gamlp_load top = gamlp_load_of(&size, 3);
    assert_true(middle.operations > 0 && gram.below == 0 && top.above == 0);
    assert_true(middle.state == sizeof(gamlp_real) * (7 * 100 * 140 + 3 * 100 * 100));
    assert_true(gram.state ==
                sizeof(gamlp_real) * (9 * 100 * 140 + (100 + 2 * 140) * 1500 + 140 * 140));
    assert_true(middle.below > 8 * sizeof(gamlp_real) * 100 * 140);
    size.columns[0] = 6000;
    gamlp_load many = gamlp_load_of(&size, 1);
    assert_true(gram.operations < many.operations && gram.state < many.state);
    assert_true(gamlp_load_of(&size, 2).operations > middle.operations);
    size.coded = true;
    assert_true(gamlp_load_of(&size, 1).above > many.above);
}

/* Many layers and workers take no time to speak of. */
static gamlp_status share_many(void *context) {
    gamlp_load *load = context;
    int64_t last[20];
    gamlp_place place[20];
    for (int i = 0; i < 20; i++) place[i] = (gamlp_place){i / 2, i % 4 < 2 ? 4e9 : 5.5e9};
    gamlp_room room = {place, INFINITY};
    return gamlp_share_out(last, 20, load, 400, &room);
}

static void allocations_may_fail(void **state) {
    (void)state;
    gamlp_load *load;
    CHECK_OK(gamlp_new(&load, 400, sizeof *load, "loads"));
    for (int l = 0; l < 400; l++) load[l] = (gamlp_load){1, 1e8, 1e6, 1e6, 1e6};
    CHECK_OK(share_many(load));
    check_every_allocation(share_many, load);
    gamlp_free(load);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_greatest_load_is_least),
        cmocka_unit_test(shares_fit_their_places),
        cmocka_unit_test(plans_fit),
        cmocka_unit_test(allocations_may_fail),
        cmocka_unit_test(too_many_shares_are_refused),
        cmocka_unit_test(loads_are_sane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
