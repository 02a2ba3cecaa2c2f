/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every transport must do: inproc, ipc, tcp, tcp with CURVE. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "pair.h"
#include "transport/inner.h"

enum { CHUNK = GAMLP_FRAME_CHUNK };

static void both_ways(pair_kind kind) {
    static const int64_t size[] = {1, 63, 64, 5000, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17};
    pair p;
    pair_open(&p, kind, 4 * CHUNK);
    for (uint64_t i = 0; i < sizeof size / sizeof size[0]; i++) {
        pair_post(p.a, 0, size[i], 10 + i);
        pair_post(p.b, 1, size[i], 20 + i);
        pair_check(p.b, 0, size[i], 10 + i);
        pair_check(p.a, 1, size[i], 20 + i);
    }
    CHECK_OK(gamlp_link_drain(p.a, 10));
    CHECK_OK(gamlp_link_drain(p.b, 10));
    gamlp_link_figures f;
    gamlp_link_figures_of(&f, p.b);
    assert_true(f.open);
    assert_int_equal(f.posted, 8);
    assert_int_equal(f.taken, 8);
    assert_int_equal(f.sent.parcels, 8);
    pair_close(&p);
}

static void inproc_carries_both_ways(void **state) {
    (void)state;
    both_ways(PAIR_INPROC);
}
static void ipc_carries_both_ways(void **state) {
    (void)state;
    both_ways(PAIR_IPC);
}
static void tcp_carries_both_ways(void **state) {
    (void)state;
    both_ways(PAIR_TCP);
}
static void curve_carries_both_ways(void **state) {
    (void)state;
    both_ways(PAIR_CURVE);
}

/* Two parcels are underway; the third waits until one was taken. */
static void the_window_holds_back(void **state) {
    (void)state;
    for (int kind = 0; kind < PAIR_KINDS; kind++) {
        pair p;
        uint8_t *bytes;
        pair_open(&p, (pair_kind)kind, CHUNK);
        pair_post(p.a, 0, 1000, 1);
        pair_post(p.a, 0, 2000, 2);
        CHECK_FAILS(gamlp_link_reserve(&bytes, p.a, 1, 0.05), GAMLP_E_IO,
                    "gave up sending to process 2 after 0.05 s");
        pair_check(p.b, 0, 1000, 1);
        pair_post(p.a, 0, 3000, 3);
        pair_check(p.b, 0, 2000, 2);
        pair_check(p.b, 0, 3000, 3);
        pair_close(&p);
    }
}

static void waiting_ends(void **state) {
    (void)state;
    pair p;
    gamlp_parcel parcel;
    const uint8_t *bytes;
    pair_open(&p, PAIR_TCP, CHUNK);
    CHECK_FAILS(gamlp_link_wait(&parcel, &bytes, p.a, 0.02), GAMLP_E_IO,
                "gave up waiting for process 2 after 0.02 s: process 2 was last heard");
    gamlp_hub_interrupt(p.hub_a, true);
    CHECK_FAILS(gamlp_link_wait(&parcel, &bytes, p.a, 9), GAMLP_E_STOPPED, "interrupted");
    gamlp_hub_interrupt(p.hub_a, false);
    pair_post(p.b, 0, 10, 1);
    CHECK_OK(gamlp_link_drain(p.a, 1));
    CHECK_FAILS(gamlp_link_drain(p.b, 0.05), GAMLP_E_IO, "gave up draining the link to process 1");
    CHECK_OK(gamlp_link_wait(&parcel, &bytes, p.a, 20));
    gamlp_link_free(p.b);
    p.b = NULL;
    pair_check(p.a, 0, 10, 1);
    CHECK_FAILS(gamlp_link_wait(&parcel, &bytes, p.a, 9), GAMLP_E_IO, "has closed the link");
    pair_close(&p);
}

static void an_order_ends_the_waiting_elsewhere(void **state) {
    (void)state;
    pair p;
    gamlp_link *data;
    gamlp_parcel parcel;
    const uint8_t *bytes;
    pair_open(&p, PAIR_TCP, CHUNK);
    gamlp_link_plan plan = {.peer = 9, .generation = 1, .window = 2, .capacity = 10};
    CHECK_OK(gamlp_link_accept(&data, p.port, &plan));
    pair_post(p.b, GAMLP_PARCEL_URGENT, 10, 1);
    CHECK_FAILS(gamlp_link_wait(&parcel, &bytes, data, 20), GAMLP_E_STOPPED, "interrupted");
    pair_check(p.a, GAMLP_PARCEL_URGENT, 10, 1);
    CHECK_FAILS(gamlp_link_wait(&parcel, &bytes, data, 0.02), GAMLP_E_IO, "gave up");
    gamlp_link_free(data);
    pair_close(&p);
}

static void what_a_process_does_is_told(void **state) {
    (void)state;
    pair p;
    gamlp_link_figures f = {0};
    pair_open(&p, PAIR_TCP, CHUNK);
    gamlp_hub_progress(p.hub_b, 7, 3);
    gamlp_hub_progress(p.hub_b, 8, 2);
    pair_post(p.b, 0, 1, 1);
    pair_check(p.a, 0, 1, 1);
    while (f.progress < 2) {
        pair_post(p.b, 0, 1, 1); /* time passes */
        pair_check(p.a, 0, 1, 1);
        gamlp_link_figures_of(&f, p.a);
    }
    assert_int_equal(f.iteration, 8);
    assert_int_equal(f.phase, 2);
    char text[400];
    gamlp_link_describe(text, sizeof text, p.a);
    assert_non_null(strstr(text, "process 2 was last heard"));
    assert_non_null(strstr(text, "in iteration 8, phase 2"));
    pair_close(&p);
}

/* The work says nothing, but a long parcel comes to it. */
static void chunks_that_come_are_progress(void **state) {
    (void)state;
    enum { CHUNKS = 3 };
    pair p;
    gamlp_link_figures f;
    double end = gamlp_clock() + 20;
    pair_open(&p, PAIR_TCP, CHUNKS * CHUNK);
    pair_post(p.a, 0, CHUNKS * CHUNK, 1);
    do gamlp_link_figures_of(&f, p.a);
    while (f.progress < CHUNKS && gamlp_clock() < end);
    assert_int_equal(f.progress, CHUNKS);
    pair_check(p.b, 0, CHUNKS * CHUNK, 1);
    pair_close(&p);
}

static void generations_do_not_mix(void **state) {
    (void)state;
    pair p;
    int64_t faults[GAMLP_HUB_COUNTS];
    pair_open(&p, PAIR_TCP, CHUNK);
    pair_post(p.a, 0, 100, 1);
    pair_check(p.b, 0, 100, 1);
    pair_post(p.a, 0, 100, 2); /* forgotten */
    CHECK_OK(gamlp_link_restart(p.a, 2, NULL, NULL));
    pair_post(p.a, 0, 100, 3);
    do gamlp_hub_faults(faults, p.hub_a); /* b is still in generation 1, and beats */
    while (faults[GAMLP_FRAME_OLD] == 0);
    CHECK_OK(gamlp_link_restart(p.b, 2, NULL, NULL));
    pair_check(p.b, 0, 100, 3);
    pair_post(p.b, 0, 5, 4);
    pair_check(p.a, 0, 5, 4);
    pair_close(&p);
}

static void a_bound_end_may_come_later(void **state) {
    (void)state;
    pair p;
    char endpoint[300];
    gamlp_link *early, *late;
    gamlp_port *port;
    pair_open(&p, PAIR_IPC, CHUNK);
    snprintf(endpoint, sizeof endpoint, "ipc://%s/later", p.directory);
    gamlp_link_plan plan = {.peer = 1, .generation = 5, .window = 2, .capacity = CHUNK};
    CHECK_OK(gamlp_link_connect(&early, p.hub_b, &plan, endpoint, NULL));
    pair_post(early, 0, 2 * CHUNK / 3, 1);
    CHECK_OK(gamlp_port_bind(&port, p.hub_a, endpoint));
    plan.peer = 2;
    CHECK_OK(gamlp_link_accept(&late, port, &plan));
    pair_check(late, 0, 2 * CHUNK / 3, 1);
    gamlp_link_free(early);
    gamlp_link_free(late);
    gamlp_port_free(port);
    pair_close(&p);
}

static void bad_plans_are_refused(void **state) {
    (void)state;
    pair p;
    gamlp_link *link;
    gamlp_port *port;
    uint8_t *bytes;
    pair_open(&p, PAIR_TCP, 100);
    gamlp_link_plan plan = {.peer = 9, .generation = 1, .window = 17, .capacity = 10};
    CHECK_FAILS(gamlp_link_accept(&link, p.port, &plan), GAMLP_E_USAGE, "a window of 17 parcels");
    plan.window = 1;
    CHECK_FAILS(gamlp_link_connect(&link, p.hub_b, &plan, "nonsense", NULL), GAMLP_E_CONFIG,
                "cannot connect to nonsense");
    CHECK_FAILS(gamlp_link_connect(&link, p.hub_b, &plan, "tcp://127.0.0.1:1", "key"),
                GAMLP_E_CONFIG, "40 characters of Z85");
    CHECK_FAILS(gamlp_port_bind(&port, p.hub_a, gamlp_port_endpoint(p.port)), GAMLP_E_IO,
                "Address already in use");
    CHECK_FAILS(gamlp_port_bind(&port, p.hub_a, "tcp://0.0.0.0:*"), GAMLP_E_CONFIG, "--insecure");
    CHECK_FAILS(gamlp_port_bind(&port, p.hub_a, "udp://127.0.0.1:5"), GAMLP_E_CONFIG,
                "is no endpoint");
    CHECK_FAILS(gamlp_link_reserve(&bytes, p.a, 101, 1), GAMLP_E_USAGE, "a parcel of 101 bytes");
    gamlp_parcel parcel = {.size = 9};
    CHECK_FAILS(gamlp_link_post(p.a, &parcel), GAMLP_E_USAGE, "no room was reserved");
    pair_close(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inproc_carries_both_ways),
        cmocka_unit_test(ipc_carries_both_ways),
        cmocka_unit_test(tcp_carries_both_ways),
        cmocka_unit_test(curve_carries_both_ways),
        cmocka_unit_test(the_window_holds_back),
        cmocka_unit_test(waiting_ends),
        cmocka_unit_test(an_order_ends_the_waiting_elsewhere),
        cmocka_unit_test(what_a_process_does_is_told),
        cmocka_unit_test(chunks_that_come_are_progress),
        cmocka_unit_test(generations_do_not_mix),
        cmocka_unit_test(a_bound_end_may_come_later),
        cmocka_unit_test(bad_plans_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
