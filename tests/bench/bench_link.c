/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Throughput of a link against plain ZeroMQ, in turn, in one process: two hubs (or two threads with
 * a DEALER and a ROUTER) move matrices from one to the other over loopback. usage: bench_link
 * [--transport tcp|ipc|curve] [--mb SIZE] [--count N] [--rounds R] */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "core/clock.h"
#include "pair.h"
#include "transport/matrix.h"
#include "transport/socket.h"

typedef struct settings {
    pair_kind kind;
    int64_t bytes, count, rounds;
} settings;

enum { CHUNK = GAMLP_FRAME_CHUNK };

static void check(gamlp_status status) {
    if (status == GAMLP_OK) return;
    fprintf(stderr, "bench_link: %s\n", gamlp_error_text());
    exit(1);
}

typedef struct plain_side {
    gamlp_socket *socket;
    const uint8_t *bytes;
    int64_t size, count;
} plain_side;

static void wait_for(gamlp_socket *socket, bool room) {
    gamlp_poll poll = {socket, room};
    gamlp_socket_poll(&poll, 1, -1, 1);
}

static void keep(void *bytes, void *context) {
    (void)bytes;
    (void)context;
}

/* Chunks of 1 MiB with a header of 64 bytes each, not copied, as fast as they go. */
static void *plain_sender(void *context) {
    plain_side *p = context;
    uint8_t header[GAMLP_FRAME_HEADER] = {0};
    for (int64_t k = 0; k < p->count; k++)
        for (int64_t at = 0; at < p->size; at += CHUNK) {
            size_t size = (size_t)(p->size - at < CHUNK ? p->size - at : CHUNK);
            gamlp_outgoing out = {header, sizeof header, p->bytes + at, size, keep, NULL};
            while (gamlp_socket_send(p->socket, NULL, &out) != GAMLP_SENDING_DONE)
                wait_for(p->socket, true);
        }
    return NULL;
}

/* What a program has to do at least: take the chunks and put them where they belong. */
static void plain_receive(gamlp_socket *socket, uint8_t *into, int64_t size, int64_t count) {
    gamlp_parts parts;
    for (int64_t k = 0; k < count; k++)
        for (int64_t at = 0; at < size; at += CHUNK) {
            while (!gamlp_socket_recv(&parts, socket)) wait_for(socket, false);
            memcpy(into + at, parts.part[1].bytes, parts.part[1].size);
            gamlp_parts_clear(&parts);
        }
}

/* Seconds of `count` matrices; CURVE with the keys of the pair.  Each end has a context of its own,
 * as in two processes. */
static double plain_seconds(const settings *s, const pair *p, uint8_t *from, uint8_t *into) {
    gamlp_context *context[2];
    gamlp_socket *bound;
    plain_side sender = {.bytes = from, .size = s->bytes, .count = s->count};
    char endpoint[300] = "tcp://127.0.0.1:*";
    if (s->kind == PAIR_IPC) snprintf(endpoint, sizeof endpoint, "ipc://%s/plain", p->directory);
    gamlp_socket_options o = {.kind = GAMLP_SOCKET_ROUTER,
                              .endpoint = endpoint,
                              .keys = s->kind == PAIR_CURVE ? &p->keys[0] : NULL};
    pthread_t thread;
    for (int i = 0; i < 2; i++) check(gamlp_context_new(&context[i]));
    check(gamlp_socket_open(&bound, context[0], &o));
    o.kind = GAMLP_SOCKET_DEALER;
    o.endpoint = gamlp_socket_endpoint(bound);
    o.server_key = p->keys[0].public_key;
    check(gamlp_socket_open(&sender.socket, context[1], &o));
    double start = gamlp_clock();
    pthread_create(&thread, NULL, plain_sender, &sender);
    plain_receive(bound, into, s->bytes, s->count);
    double seconds = gamlp_clock() - start;
    pthread_join(thread, NULL);
    gamlp_socket_close(sender.socket);
    gamlp_socket_close(bound);
    for (int i = 0; i < 2; i++) gamlp_context_free(context[i]);
    return seconds;
}

typedef struct link_side {
    gamlp_link *link;
    gamlp_coder *coder;
    gamlp_dense *a;
    int64_t count;
} link_side;

static void *link_sender(void *context) {
    link_side *o = context;
    gamlp_loan *loan = NULL;
    for (int64_t k = 0; k < o->count; k++) {
        gamlp_parcel address = {.iteration = (uint32_t)k};
        check(gamlp_matrix_lend(o->link, o->coder, &address, o->a, NULL, 60, &loan));
    }
    check(gamlp_matrix_reclaim(o->a, &loan, true, 60));
    return NULL;
}

static double link_seconds(const settings *s, pair *p, gamlp_dense *a, gamlp_dense *back,
                           gamlp_coder *coder[2]) {
    link_side sender = {p->b, coder[0], a, s->count};
    pthread_t thread;
    double start = gamlp_clock();
    pthread_create(&thread, NULL, link_sender, &sender);
    for (int64_t k = 0; k < s->count; k++) {
        gamlp_parcel address = {.iteration = (uint32_t)k};
        check(gamlp_matrix_recv(back, p->a, coder[1], &address, 60));
    }
    double seconds = gamlp_clock() - start;
    pthread_join(thread, NULL);
    return seconds;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double cpu_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Sorted seconds of the rounds, and all processor seconds. */
typedef struct times {
    double *wall, cpu;
} times;

static void print(const settings *s, times mine, times theirs) {
    static const char *const name[] = {"inproc", "ipc", "tcp", "curve"};
    double gigabytes = (double)(s->bytes * s->count) / 1e9;
    double all = gigabytes * (double)s->rounds, half = (double)(s->rounds / 2);
    double *times_of[] = {mine.wall, theirs.wall};
    for (int i = 0; i < 2; i++) qsort(times_of[i], (size_t)s->rounds, sizeof(double), compare);
    printf("{\"transport\": \"%s\", \"matrix_bytes\": %lld, \"matrices\": %lld, \"rounds\": %lld, "
           "\"link_gbs\": %.3f, \"plain_gbs\": %.3f, \"ratio\": %.3f, \"best_ratio\": %.3f, "
           "\"link_cpu_s_per_gb\": %.3f, \"plain_cpu_s_per_gb\": %.3f}\n",
           name[s->kind], (long long)s->bytes, (long long)s->count, (long long)s->rounds,
           gigabytes / mine.wall[(int)half], gigabytes / theirs.wall[(int)half],
           theirs.wall[(int)half] / mine.wall[(int)half], theirs.wall[0] / mine.wall[0],
           mine.cpu / all, theirs.cpu / all);
}

static void measure(const settings *s, pair *p, gamlp_dense *a, gamlp_dense *back,
                    gamlp_coder *coder[2]) {
    times mine = {calloc((size_t)s->rounds, sizeof(double)), 0};
    times theirs = {calloc((size_t)s->rounds, sizeof(double)), 0};
    link_seconds(s, p, a, back, coder);
    for (int64_t r = 0; r < s->rounds; r++) {
        double start = cpu_clock();
        theirs.wall[r] = plain_seconds(s, p, (uint8_t *)a->data, (uint8_t *)back->data);
        double middle = cpu_clock();
        mine.wall[r] = link_seconds(s, p, a, back, coder);
        theirs.cpu += middle - start;
        mine.cpu += cpu_clock() - middle;
    }
    print(s, mine, theirs);
    free(mine.wall);
    free(theirs.wall);
}

static void run(const settings *s) {
    pair p;
    gamlp_dense a, back;
    gamlp_coder *coder[2];
    int64_t rows = s->bytes / (int64_t)sizeof(gamlp_real);
    pair_open(&p, s->kind, s->bytes + 64);
    check(gamlp_dense_init(&a, rows, 1));
    check(gamlp_dense_init(&back, rows, 1));
    fill_normal(&a, 1);
    for (int i = 0; i < 2; i++) check(gamlp_coder_new(&coder[i], rows, 1, GAMLP_STAGE_NONE));
    measure(s, &p, &a, &back, coder);
    if (memcmp(back.data, a.data, (size_t)s->bytes) != 0) abort();
    for (int i = 0; i < 2; i++) gamlp_coder_free(coder[i]);
    gamlp_dense_clear(&a);
    gamlp_dense_clear(&back);
    pair_close(&p);
}

int main(int count, char **word) {
    settings s = {PAIR_TCP, 16 << 20, 20, 5};
    for (int i = 1; i + 1 < count; i += 2) {
        int64_t value = strtoll(word[i + 1], NULL, 10);
        if (strcmp(word[i], "--mb") == 0) s.bytes = value << 20;
        if (strcmp(word[i], "--count") == 0) s.count = value;
        if (strcmp(word[i], "--rounds") == 0) s.rounds = value;
        if (strcmp(word[i], "--transport") != 0) continue;
        s.kind = strcmp(word[i + 1], "ipc") == 0     ? PAIR_IPC
                 : strcmp(word[i + 1], "curve") == 0 ? PAIR_CURVE
                                                     : PAIR_TCP;
    }
    run(&s);
    return 0;
}
