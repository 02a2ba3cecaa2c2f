/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>

#include "transport/simulate.h"

/* Equal layers, links that cost nothing: as fast as the largest share. */
static void free_links_reach_the_bound(void **state) {
    (void)state;
    gamlp_simulate_options o;
    gamlp_simulated r;
    gamlp_simulate_options_default(&o);
    o.gbit = 1e6;
    o.latency = 0;
    o.coding = 1e6;
    o.iterations = 5;
    for (int64_t workers = 1; workers <= 17; workers++) {
        CHECK_OK(gamlp_simulate(&r, &o, workers));
        assert_int_equal(r.workers, workers);
        assert_true(r.speedup <= r.bound * (1 + 1e-9));
        assert_true(r.speedup >= 0.99 * r.bound);
        if (workers == 1) assert_true(fabs(r.speedup - 1) < 1e-9);
    }
    CHECK_OK(gamlp_simulate(&r, &o, 64)); /* a worker has a layer at least */
    assert_int_equal(r.workers, 17);
}

/* Two workers with nothing to do but p down and q up: two tensors one after the other. */
static void slow_links_take_their_time(void **state) {
    (void)state;
    gamlp_simulated r;
    const gamlp_share_cost share[2] = {{0, 0, 0}, {0, 0, 0}};
    gamlp_virtual plan = {.workers = 2,
                          .iterations = 12,
                          .share = share,
                          .bytes_per_second = 1e6,
                          .latency = 0.01,
                          .tensor = 20 << 20};
    CHECK_OK(gamlp_virtual_run(&r, &plan));
    double expected = 2 * ((20 << 20) / 1e6 + 0.01);
    if (!(r.seconds > expected && r.seconds < 1.01 * expected))
        fail_msg("%.4f s, expected %.4f s; %.0f bytes", r.seconds, expected, r.wire_bytes);
    assert_true(r.wire_bytes > 1.9 * (20 << 20) && r.wire_bytes < 1.01 * 2 * (20 << 20));
    assert_true(r.waiting > 0.4);
}

/* p travels while the rest of lines 1 to 3 is computed: it costs nothing if that is longer. */
static void p_travels_behind_the_work(void **state) {
    (void)state;
    gamlp_simulated r;
    gamlp_share_cost share[2] = {{0, 2, 0}, {1, 2, 0}};
    gamlp_virtual plan = {
        .workers = 2, .iterations = 12, .share = share, .bytes_per_second = 1e6, .tensor = 1000000};
    /* Worker 2: wait for q, 1 s of p, then 2 s; worker 1: 2 s, wait for p, then q for 1 s.
     * p leaves at 1 s and is there at 2 s; q leaves at 2 s and is there at 3 s. */
    CHECK_OK(gamlp_virtual_run(&r, &plan));
    assert_true(r.seconds > 2.99 && r.seconds < 3.02);
}

/* The best cut, by trying all. */
static double brute(const gamlp_layer_cost *cost, int64_t layers, int64_t workers) {
    double best = INFINITY;
    if (workers == 1) {
        best = 0;
        for (int64_t l = 0; l < layers; l++) best += cost[l].p + cost[l].wb + cost[l].zqu;
        return best;
    }
    double head = 0;
    for (int64_t l = 0; l + workers <= layers; l++) {
        head += cost[l].p + cost[l].wb + cost[l].zqu;
        best = fmin(best, fmax(head, brute(cost + l + 1, layers - l - 1, workers - 1)));
    }
    return best;
}

static void shares_are_the_best(void **state) {
    (void)state;
    const gamlp_layer_cost cost[] = {{0, 1, 0}, {2, 1, 1}, {0, 5, 0}, {1, 1, 0},
                                     {3, 0, 0}, {1, 0, 0}, {0, 0, 7}, {2, 0, 0}};
    for (int64_t workers = 1; workers <= 8; workers++) {
        int64_t last[8], l = 0;
        double largest = 0;
        CHECK_OK(gamlp_simulate_share(last, cost, 8, workers));
        assert_int_equal(last[workers - 1], 8);
        for (int64_t w = 0; w < workers; w++) {
            double sum = 0;
            assert_true(last[w] > l);
            for (; l < last[w]; l++) sum += cost[l].p + cost[l].wb + cost[l].zqu;
            largest = fmax(largest, sum);
        }
        assert_true(fabs(largest - brute(cost, 8, workers)) < 1e-12);
    }
}

static void a_measured_time_is_shared_out(void **state) {
    (void)state;
    gamlp_simulate_options o;
    gamlp_simulated r;
    gamlp_simulate_options_default(&o);
    o.iteration_ms = 1234;
    CHECK_OK(gamlp_simulate(&r, &o, 2));
    assert_true(fabs(r.serial - 1.234) < 1e-9);
}

static void bad_options_are_refused(void **state) {
    (void)state;
    gamlp_simulate_options o;
    gamlp_simulated r;
    gamlp_simulate_options_default(&o);
    CHECK_FAILS(gamlp_simulate(&r, &o, 0), GAMLP_E_USAGE, "no workers");
    o.gbit = 0;
    CHECK_FAILS(gamlp_simulate(&r, &o, 2), GAMLP_E_CONFIG, "gbit");
}

static gamlp_status run_small(void *context) {
    gamlp_simulate_options *o = context;
    gamlp_simulated r;
    return gamlp_simulate(&r, o, 3);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    gamlp_simulate_options o;
    gamlp_simulate_options_default(&o);
    o.nodes = 100;
    check_every_allocation(run_small, &o);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_links_reach_the_bound),
        cmocka_unit_test(slow_links_take_their_time),
        cmocka_unit_test(p_travels_behind_the_work),
        cmocka_unit_test(shares_are_the_best),
        cmocka_unit_test(a_measured_time_is_shared_out),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
