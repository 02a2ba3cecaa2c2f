/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two hubs in this process and a link between them, over each transport. */
#ifndef GAMLP_TEST_PAIR_H
#define GAMLP_TEST_PAIR_H

#include "transport/hub.h"

typedef enum pair_kind { PAIR_INPROC, PAIR_IPC, PAIR_TCP, PAIR_CURVE, PAIR_KINDS } pair_kind;

/* a has the port, b connects to it.  a is process 1, b is process 2. */
typedef struct pair {
    gamlp_keypair keys[2];
    gamlp_hub *hub_a, *hub_b;
    gamlp_port *port;
    gamlp_link *a, *b;
    char directory[256];
} pair;

enum { PAIR_JOB = 77 };

/* Seconds between signs of life; the stall time is ten of them. */
extern double pair_beat;

/* Short beats and stalls.  `capacity` is that of the links, whose window is 2. */
void pair_open(pair *p, pair_kind kind, int64_t capacity);
void pair_close(pair *p);

/* Post `size` bytes that depend on `seed`; take a parcel and compare it with them. */
void pair_post(gamlp_link *link, uint8_t kind, int64_t size, uint64_t seed);
void pair_check(gamlp_link *link, uint8_t kind, int64_t size, uint64_t seed);

/* Matrices of rows x 1, each another one, from a thread through `from` to `to`.  All are lent and
 * reclaimed, every other one at once, and then overwritten.  Before the receiver
 * waits for number k (from 0), before(context, k) is called unless NULL.  Every bit is compared. */
void pair_stream(gamlp_link *from, gamlp_link *to, int64_t rows, uint32_t count,
                 void (*before)(void *context, uint32_t k), void *context);

#endif
