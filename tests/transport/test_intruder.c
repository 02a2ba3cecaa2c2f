/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Peers that do not belong to the job, at a live link: nothing that arrives changes, nothing stops.
 */
#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/crc.h"
#include "gamlp/rng.h"
#include "pair.h"
#include "transport/socket.h"

static const double patience = 20;

static gamlp_socket *intrude(gamlp_context *context, const pair *p, const gamlp_keypair *keys) {
    gamlp_socket *socket;
    gamlp_socket_options o = {.kind = GAMLP_SOCKET_DEALER,
                              .endpoint = gamlp_port_endpoint(p->port),
                              .keys = keys,
                              .server_key = p->keys[0].public_key};
    CHECK_OK(gamlp_socket_open(&socket, context, &o));
    return socket;
}

/* Until the queue takes it. */
static void push(gamlp_socket *s, const void *header, size_t header_size, const void *payload,
                 size_t size) {
    gamlp_outgoing out = {header, header_size, payload, size, NULL, NULL};
    double end = gamlp_clock() + patience;
    while (gamlp_socket_send(s, NULL, &out) != GAMLP_SENDING_DONE) {
        gamlp_poll poll = {s, true};
        gamlp_socket_poll(&poll, 1, -1, 0.1);
        if (gamlp_clock() > end) fail_msg("nobody takes what an intruder sends");
    }
}

static int64_t faults_of(pair *p, int fault) {
    int64_t count[GAMLP_HUB_COUNTS];
    gamlp_hub_faults(count, p->hub_a);
    return count[fault];
}

static void wait_fault(pair *p, int fault, int64_t least) {
    double end = gamlp_clock() + patience;
    while (faults_of(p, fault) < least)
        if (gamlp_clock() > end)
            fail_msg("%lld of fault %d, expected %lld", (long long)faults_of(p, fault), fault,
                     (long long)least);
}

/* Traffic both ways goes on as if there were nobody else. */
static void traffic(pair *p, uint64_t seed) {
    for (uint64_t i = 0; i < 4; i++) {
        pair_post(p->a, 0, 70000, seed + i);
        pair_post(p->b, 1, 50000, seed + 10 + i);
        pair_check(p->b, 0, 70000, seed + i);
        pair_check(p->a, 1, 50000, seed + 10 + i);
    }
}

static void garbage_is_counted(void **state) {
    (void)state;
    pair p;
    gamlp_context *context;
    uint8_t junk[5000];
    gamlp_rng r = gamlp_rng_key(3, GAMLP_RNG_TEST, 9);
    for (size_t i = 0; i < sizeof junk; i++) junk[i] = (uint8_t)(256 * gamlp_rng_uniform(r, i));
    pair_open(&p, PAIR_TCP, 1 << 20);
    traffic(&p, 1);
    CHECK_OK(gamlp_context_new(&context));
    gamlp_socket *s = intrude(context, &p, NULL);
    for (size_t i = 0; i < 2000; i++) push(s, junk + i, i % 200, junk, i);
    traffic(&p, 100);
    wait_fault(&p, GAMLP_FRAME_GARBAGE, 2000);
    traffic(&p, 200);
    gamlp_socket_close(s);
    gamlp_context_free(context);
    pair_close(&p);
}

static void send_frame(gamlp_socket *s, gamlp_frame f, const void *payload, uint32_t size) {
    uint8_t header[GAMLP_FRAME_HEADER];
    f.size = size;
    f.payload_crc = gamlp_crc32c(0, payload, size);
    gamlp_frame_encode(header, &f);
    push(s, header, sizeof header, payload, size);
}

/* Frames with right checksums of another job, process, generation or version, and replayed ones. */
static void foreign_and_replayed_frames_are_dropped(void **state) {
    (void)state;
    pair p;
    gamlp_context *context;
    uint8_t hello[GAMLP_FRAME_STATE], header[GAMLP_FRAME_HEADER];
    gamlp_frame_state first = {.session = 1, .low = 1, .high = 1, .window = 2};
    gamlp_frame_state_encode(hello, &first);
    pair_open(&p, PAIR_TCP, 1 << 20);
    traffic(&p, 1);
    CHECK_OK(gamlp_context_new(&context));
    gamlp_socket *s = intrude(context, &p, NULL);
    gamlp_frame good = {.type = GAMLP_FRAME_HELLO,
                        .job = PAIR_JOB,
                        .generation = 1,
                        .source = 2,
                        .target = 1,
                        .sequence = 1};
    gamlp_frame f = good;
    f.job++;
    send_frame(s, f, hello, sizeof hello);
    f = good;
    f.source = 7;
    send_frame(s, f, hello, sizeof hello);
    f = good;
    f.target = 2;
    send_frame(s, f, hello, sizeof hello);
    wait_fault(&p, GAMLP_FRAME_FOREIGN, 3);
    f = good;
    f.generation = 0;
    send_frame(s, f, hello, sizeof hello);
    wait_fault(&p, GAMLP_FRAME_OLD, 1);
    gamlp_frame_encode(header, &good);
    header[4] = 2;
    uint32_t crc = gamlp_crc32c(0, header, 60);
    for (int i = 0; i < 4; i++) header[60 + i] = (uint8_t)(crc >> (8 * i));
    push(s, header, sizeof header, hello, sizeof hello);
    wait_fault(&p, GAMLP_FRAME_VERSION_OTHER, 1);
    /* The HELLO with which the link began, and its first chunk, once more. */
    gamlp_link_figures before, after;
    gamlp_link_figures_of(&before, p.a);
    gamlp_frame old = good;
    old.type = GAMLP_FRAME_DATA;
    old.sequence = old.chunks = 1;
    old.total = 9;
    for (int i = 0; i < 50; i++) {
        send_frame(s, good, hello, sizeof hello);
        send_frame(s, old, "forgotten", 9);
    }
    traffic(&p, 300);
    double end = gamlp_clock() + patience;
    do gamlp_link_figures_of(&after, p.a);
    while (after.duplicates < before.duplicates + 50 && gamlp_clock() < end);
    assert_true(after.duplicates >= before.duplicates + 50);
    wait_fault(&p, GAMLP_HUB_REPEATED, 50);
    traffic(&p, 400);
    gamlp_socket_close(s);
    gamlp_context_free(context);
    pair_close(&p);
}

/* No key, a key that is not in the ring, the right key but another server's. */
static void keys_are_judged(void **state) {
    (void)state;
    pair p;
    gamlp_context *context;
    gamlp_keypair stranger;
    gamlp_link *link;
    gamlp_parcel parcel;
    const uint8_t *bytes;
    gamlp_hub *hub;
    gamlp_hub_options o;
    pair_open(&p, PAIR_CURVE, 1 << 20);
    traffic(&p, 1);
    CHECK_OK(gamlp_keypair_new(&stranger));
    CHECK_OK(gamlp_context_new(&context));
    gamlp_outgoing out = {"x", 1, "y", 1, NULL, NULL};
    gamlp_socket *none = intrude(context, &p, NULL), *wrong = intrude(context, &p, &stranger);
    for (int i = 0; i < 20; i++) { /* the handshake never ends: nothing can be sent */
        assert_int_not_equal(gamlp_socket_send(none, NULL, &out), GAMLP_SENDING_DONE);
        assert_int_not_equal(gamlp_socket_send(wrong, NULL, &out), GAMLP_SENDING_DONE);
        gamlp_poll poll[] = {{none, true}, {wrong, true}};
        gamlp_socket_poll(poll, 2, -1, 0.01);
    }
    assert_int_equal(faults_of(&p, GAMLP_FRAME_GARBAGE), 0);
    wait_fault(&p, GAMLP_HUB_STRANGERS, 2);
    gamlp_hub_options_default(&o);
    o.job = PAIR_JOB;
    o.self = 5;
    o.keys = &stranger;
    CHECK_OK(gamlp_hub_new(&hub, &o));
    gamlp_link_plan plan = {.peer = 1, .generation = 1, .window = 2, .capacity = 100};
    CHECK_OK(
        gamlp_link_connect(&link, hub, &plan, gamlp_port_endpoint(p.port), p.keys[0].public_key));
    CHECK_FAILS(gamlp_link_wait(&parcel, &bytes, link, 0.3), GAMLP_E_IO, "gave up");
    traffic(&p, 100);
    /* Once its key is admitted, it may. */
    gamlp_link *other;
    plan.peer = 5;
    CHECK_OK(gamlp_link_accept(&other, p.port, &plan));
    CHECK_OK(gamlp_hub_admit(p.hub_a, stranger.public_key));
    pair_post(link, 0, 10, 1);
    pair_check(other, 0, 10, 1);
    gamlp_link_free(link);
    gamlp_link_free(other);
    gamlp_hub_free(hub);
    gamlp_socket_close(none);
    gamlp_socket_close(wrong);
    gamlp_context_free(context);
    pair_close(&p);
}

/* Connections that say nothing of ZeroMQ's at all. */
static void raw_connections_do_no_harm(void **state) {
    (void)state;
    pair p;
    int fd[40];
    pair_open(&p, PAIR_TCP, 1 << 20);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const char *colon = strrchr(gamlp_port_endpoint(p.port), ':');
    to.sin_port = htons((uint16_t)strtol(colon + 1, NULL, 10));
    for (int i = 0; i < 40; i++) {
        fd[i] = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(connect(fd[i], (struct sockaddr *)&to, sizeof to), 0);
        char text[] = "GET / HTTP/1.0\r\n\r\n\xff\x00\x00\x00\x00\x7f\xff\xff\xff\xff\x7f";
        text[0] = (char)(text[0] + i % 3);
        assert_true(write(fd[i], text, sizeof text) > 0);
        if (i % 2) close(fd[i]);
    }
    traffic(&p, 1);
    for (int i = 0; i < 40; i += 2) close(fd[i]);
    traffic(&p, 100);
    wait_fault(&p, GAMLP_HUB_STRANGERS, 20);
    pair_close(&p);
}

static void keyrings_hold_keys(void **state) {
    (void)state;
    gamlp_keyring ring = {0};
    gamlp_keypair one, two, again;
    CHECK_OK(gamlp_keypair_new(&one));
    CHECK_OK(gamlp_keypair_new(&two));
    CHECK_OK(gamlp_keyring_add(&ring, one.public_key));
    CHECK_OK(gamlp_keyring_add(&ring, one.public_key));
    assert_int_equal(ring.count, 1);
    assert_true(gamlp_keyring_has(&ring, one.public_key));
    assert_false(gamlp_keyring_has(&ring, two.public_key));
    assert_false(gamlp_keyring_has(&ring, "short"));
    CHECK_FAILS(gamlp_keyring_add(&ring, "short"), GAMLP_E_CONFIG, "40 characters of Z85");
    CHECK_OK(gamlp_keypair_of(&again, one.secret_key));
    assert_string_equal(again.public_key, one.public_key);
    CHECK_FAILS(gamlp_keypair_of(&again, "short"), GAMLP_E_CONFIG, "a secret key");
    gamlp_keyring_clear(&ring);
    gamlp_keyring_clear(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(garbage_is_counted),
        cmocka_unit_test(foreign_and_replayed_frames_are_dropped),
        cmocka_unit_test(keys_are_judged),
        cmocka_unit_test(raw_connections_do_no_harm),
        cmocka_unit_test(keyrings_hold_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
