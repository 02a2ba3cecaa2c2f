/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pair.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "transport/socket.h"

static const double patience = 20;

double pair_beat = 0.02;

static void open_hubs(pair *p, pair_kind kind) {
    gamlp_keyring ring = {0};
    gamlp_hub_options o;
    gamlp_hub_options_default(&o);
    o.job = PAIR_JOB;
    o.beat = pair_beat;
    o.stall = 10 * pair_beat;
    for (int i = 0; i < 2; i++) {
        CHECK_OK(gamlp_keypair_new(&p->keys[i]));
        CHECK_OK(gamlp_keyring_add(&ring, p->keys[i].public_key));
    }
    o.self = 1;
    o.keys = kind == PAIR_CURVE ? &p->keys[0] : NULL;
    o.ring = &ring;
    CHECK_OK(gamlp_hub_new(&p->hub_a, &o));
    o.self = 2;
    o.keys = kind == PAIR_CURVE ? &p->keys[1] : NULL;
    o.shared = kind == PAIR_INPROC ? p->hub_a : NULL;
    CHECK_OK(gamlp_hub_new(&p->hub_b, &o));
    gamlp_keyring_clear(&ring);
}

void pair_open(pair *p, pair_kind kind, int64_t capacity) {
    char endpoint[300] = "tcp://127.0.0.1:*";
    gamlp_link_plan plan = {.generation = 1, .window = 2, .capacity = capacity};
    *p = (pair){0};
    open_hubs(p, kind);
    if (kind == PAIR_IPC) {
        snprintf(p->directory, sizeof p->directory, "%s", make_directory());
        snprintf(endpoint, sizeof endpoint, "ipc://%s/link", p->directory);
    }
    if (kind == PAIR_INPROC) snprintf(endpoint, sizeof endpoint, "inproc://link");
    CHECK_OK(gamlp_port_bind(&p->port, p->hub_a, endpoint));
    plan.peer = 2;
    CHECK_OK(gamlp_link_accept(&p->a, p->port, &plan));
    plan.peer = 1;
    CHECK_OK(gamlp_link_connect(&p->b, p->hub_b, &plan, gamlp_port_endpoint(p->port),
                                kind == PAIR_CURVE ? p->keys[0].public_key : NULL));
}

void pair_close(pair *p) {
    gamlp_link_free(p->b);
    gamlp_link_free(p->a);
    gamlp_port_free(p->port);
    gamlp_hub_free(p->hub_b);
    gamlp_hub_free(p->hub_a);
    if (p->directory[0]) remove_directory(p->directory);
}

static uint8_t byte_of(uint64_t seed, int64_t i) {
    return (uint8_t)((seed * 2654435761u + (uint64_t)i * 40503u) >> 7);
}

void pair_post(gamlp_link *link, uint8_t kind, int64_t size, uint64_t seed) {
    uint8_t *bytes;
    gamlp_parcel parcel = {.kind = kind, .layer = 3, .iteration = (uint32_t)seed, .size = size};
    CHECK_OK(gamlp_link_reserve(&bytes, link, size, patience));
    for (int64_t i = 0; i < size; i++) bytes[i] = byte_of(seed, i);
    CHECK_OK(gamlp_link_post(link, &parcel));
}

void pair_check(gamlp_link *link, uint8_t kind, int64_t size, uint64_t seed) {
    const uint8_t *bytes;
    gamlp_parcel parcel;
    CHECK_OK(gamlp_link_wait(&parcel, &bytes, link, patience));
    assert_int_equal(parcel.kind, kind);
    assert_int_equal(parcel.layer, 3);
    assert_int_equal(parcel.iteration, (uint32_t)seed);
    assert_int_equal(parcel.size, size);
    for (int64_t i = 0; i < size; i++)
        if (bytes[i] != byte_of(seed, i)) fail_msg("byte %lld differs", (long long)i);
    gamlp_link_take(link);
}
