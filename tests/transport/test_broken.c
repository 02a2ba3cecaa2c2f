/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A link through a relay that resets connections, stops carrying one way, and swallows what it has:
 * every parcel arrives, once and in order. */
#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "pair.h"

/* Carries bytes between a listening socket and a port of this machine; one connection at a time. */
typedef struct relay {
    int listener, side[2]; /* the connecting end, the bound end; -1: none */
    uint16_t to;
    char endpoint[64];
    pthread_t thread;
    atomic_int resets;  /* connections to be reset           */
    atomic_int mute[2]; /* what comes from this side is lost */
    atomic_int connections, stop;
} relay;

static int make_socket(struct sockaddr_in *at, uint16_t port) {
    *at = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return socket(AF_INET, SOCK_STREAM, 0);
}

static void hang_up(relay *r) {
    struct linger now = {1, 0};
    for (int i = 0; i < 2; i++) {
        if (r->side[i] < 0) continue;
        setsockopt(r->side[i], SOL_SOCKET, SO_LINGER, &now, sizeof now); /* close sends RST */
        close(r->side[i]);
        r->side[i] = -1;
    }
}

static void answer(relay *r) {
    struct sockaddr_in at;
    hang_up(r);
    r->side[0] = accept(r->listener, NULL, NULL);
    r->side[1] = make_socket(&at, r->to);
    atomic_fetch_add(&r->connections, 1);
    if (r->side[0] < 0 || connect(r->side[1], (struct sockaddr *)&at, sizeof at) != 0) hang_up(r);
}

static bool pass_on(relay *r, int from) {
    static char bytes[1 << 16];
    ssize_t got = read(r->side[from], bytes, sizeof bytes);
    if (got <= 0) return false;
    for (ssize_t done = 0; done < got && !atomic_load(&r->mute[from]);) {
        ssize_t sent = send(r->side[1 - from], bytes + done, (size_t)(got - done), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        done += sent;
    }
    return true;
}

static void *run_relay(void *context) {
    relay *r = context;
    while (!atomic_load(&r->stop)) {
        struct pollfd item[3] = {
            {r->listener, POLLIN, 0}, {r->side[0], POLLIN, 0}, {r->side[1], POLLIN, 0}};
        poll(item, 3, 5);
        if (atomic_load(&r->resets) > 0 && r->side[0] >= 0) {
            hang_up(r);
            atomic_fetch_sub(&r->resets, 1);
            continue;
        }
        bool good = true;
        for (int i = 0; i < 2 && good; i++)
            if (r->side[i] >= 0 && item[1 + i].revents) good = pass_on(r, i);
        if (!good) hang_up(r);
        if (item[0].revents & POLLIN) answer(r);
    }
    hang_up(r);
    return NULL;
}

static void relay_open(relay *r, const char *endpoint) {
    struct sockaddr_in at;
    socklen_t size = sizeof at;
    memset(r, 0, sizeof *r);
    r->side[0] = r->side[1] = -1;
    r->to = (uint16_t)strtol(strrchr(endpoint, ':') + 1, NULL, 10);
    r->listener = make_socket(&at, 0);
    assert_int_equal(bind(r->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(r->listener, 8), 0);
    assert_int_equal(getsockname(r->listener, (struct sockaddr *)&at, &size), 0);
    snprintf(r->endpoint, sizeof r->endpoint, "tcp://127.0.0.1:%d", ntohs(at.sin_port));
    assert_int_equal(pthread_create(&r->thread, NULL, run_relay, r), 0);
}

static void relay_close(relay *r) {
    atomic_store(&r->stop, 1);
    pthread_join(r->thread, NULL);
    close(r->listener);
}

/* The pair's second end, through the relay. */
static void open_through(pair *p, relay *r) {
    gamlp_link_plan plan = {.peer = 1, .generation = 1, .window = 2, .capacity = 3 << 20};
    pair_open(p, PAIR_TCP, 3 << 20);
    relay_open(r, gamlp_port_endpoint(p->port));
    gamlp_link_free(p->b);
    gamlp_link_free(p->a);
    CHECK_OK(gamlp_link_connect(&p->b, p->hub_b, &plan, r->endpoint, NULL));
    plan.peer = 2;
    CHECK_OK(gamlp_link_accept(&p->a, p->port, &plan));
}

static void exchange(pair *p, uint64_t k) {
    int64_t size = k % 3 == 0 ? (5 << 19) + 7 : 30000;
    pair_post(p->a, 0, size, k);
    pair_post(p->b, 1, size, k + 1000);
}

static void collect(pair *p, uint64_t k) {
    int64_t size = k % 3 == 0 ? (5 << 19) + 7 : 30000;
    pair_check(p->b, 0, size, k);
    pair_check(p->a, 1, size, k + 1000);
}

static void resets_lose_nothing(void **state) {
    (void)state;
    pair p;
    relay r;
    open_through(&p, &r);
    for (uint64_t k = 0; k < 12; k++) {
        exchange(&p, k);
        if (k % 2 == 0) atomic_fetch_add(&r.resets, 1);
        collect(&p, k);
    }
    assert_true(atomic_load(&r.connections) > 4);
    pair_close(&p);
    relay_close(&r);
}

/* Silence one way, then the other, for several stall times; then both. */
static void one_way_cuts_lose_nothing(void **state) {
    (void)state;
    pair p;
    relay r;
    open_through(&p, &r);
    exchange(&p, 0);
    collect(&p, 0);
    for (int cut = 1; cut < 4; cut++) {
        gamlp_link_figures before, now;
        gamlp_link_figures_of(&before, p.b);
        for (int i = 0; i < 2; i++) atomic_store(&r.mute[i], cut >> i & 1);
        exchange(&p, (uint64_t)cut);
        double end = gamlp_clock() + 60;
        do gamlp_link_figures_of(&now, p.b);
        while (now.resets < before.resets + 1 && gamlp_clock() < end);
        assert_true(now.resets >= before.resets + 1);
        for (int i = 0; i < 2; i++) atomic_store(&r.mute[i], 0);
        collect(&p, (uint64_t)cut);
    }
    pair_close(&p);
    relay_close(&r);
}

static void reset_again(void *context, uint32_t k) {
    relay *r = context;
    if (k % 2 == 0) atomic_fetch_add(&r->resets, 1);
}

/* Of a matrix that comes some chunks may be at their place, others come again. */
static void resets_lose_nothing_of_matrices(void **state) {
    (void)state;
    pair p;
    relay r;
    open_through(&p, &r);
    pair_stream(p.b, p.a, 700001 * 4 / (int64_t)sizeof(gamlp_real), 12, reset_again, &r);
    pair_stream(p.a, p.b, 700001 * 4 / (int64_t)sizeof(gamlp_real), 12, reset_again, &r);
    assert_true(atomic_load(&r.connections) > 4);
    pair_close(&p);
    relay_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resets_lose_nothing),
        cmocka_unit_test(resets_lose_nothing_of_matrices),
        cmocka_unit_test(one_way_cuts_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
