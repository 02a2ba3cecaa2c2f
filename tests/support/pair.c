/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pair.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "transport/matrix.h"
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

typedef struct stream {
    gamlp_link *link;
    int64_t rows;
    uint32_t count;
} stream;

static void *send_stream(void *context) {
    const stream *s = context;
    gamlp_coder *coder;
    gamlp_dense a;
    gamlp_loan *loan = NULL;
    CHECK_OK(gamlp_coder_new(&coder, s->rows, 1, GAMLP_STAGE_NONE));
    CHECK_OK(gamlp_dense_init(&a, s->rows, 1));
    for (uint32_t k = 0; k < s->count; k++) {
        gamlp_parcel address = {.kind = 1, .iteration = k};
        fill_normal(&a, k);
        CHECK_OK(gamlp_matrix_lend(s->link, coder, &address, &a, NULL, patience, &loan));
        CHECK_OK(gamlp_matrix_reclaim(&a, &loan, true, k % 2 == 0 ? 0 : patience));
        memset(a.data, 0, (size_t)s->rows * sizeof *a.data);
    }
    gamlp_dense_clear(&a);
    gamlp_coder_free(coder);
    return NULL;
}

void pair_stream(gamlp_link *from, gamlp_link *to, int64_t rows, uint32_t count,
                 void (*before)(void *context, uint32_t k), void *context) {
    stream s = {from, rows, count};
    gamlp_coder *coder;
    gamlp_dense expected, back;
    pthread_t thread;
    CHECK_OK(gamlp_coder_new(&coder, rows, 1, GAMLP_STAGE_NONE));
    CHECK_OK(gamlp_dense_init(&expected, rows, 1));
    CHECK_OK(gamlp_dense_init(&back, rows, 1));
    assert_int_equal(pthread_create(&thread, NULL, send_stream, &s), 0);
    for (uint32_t k = 0; k < count; k++) {
        gamlp_parcel address = {.kind = 1, .iteration = k};
        fill_normal(&expected, k);
        if (before) before(context, k);
        CHECK_OK(gamlp_matrix_recv(&back, to, coder, &address, patience));
        assert_memory_equal(back.data, expected.data, (size_t)rows * sizeof *back.data);
    }
    pthread_join(thread, NULL);
    gamlp_dense_clear(&expected);
    gamlp_dense_clear(&back);
    gamlp_coder_free(coder);
}
