/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hub.c, link.c and pump.c share.  Everything here is under the hub's mutex, but for
 * the counters of users and the bytes of parcels, which belong to whoever fills or reads them. */
#ifndef GAMLP_TRANSPORT_INNER_H
#define GAMLP_TRANSPORT_INNER_H

#include <pthread.h>
#include <stdatomic.h>

#include "transport/hub.h"
#include "transport/machine.h"
#include "transport/socket.h"

/* The bytes of a parcel, which ZeroMQ may still read when the parcel is no longer ours. */
typedef struct gamlp_block {
    atomic_int users;
    int64_t room;
    uint8_t *bytes;
    uint32_t *crc; /* of each chunk */
} gamlp_block;

/* Of at least `room` bytes, with one user.  NULL in *block before or a block that is exchanged if
 * it is too small or has other users. */
gamlp_status gamlp_block_fit(gamlp_block **block, int64_t room);

/* One user less; the last one frees it.  Accepts NULL. */
void gamlp_block_leave(gamlp_block *block);

struct gamlp_loan {
    pthread_mutex_t mutex;
    pthread_cond_t left; /* the lender is the last user */
    int64_t users;       /* the lender, slots, and messages of ZeroMQ */
    const uint8_t *bytes;
    void *memory; /* where they lie, once it is the loan's; freed by the last user */
};

/* One user more; one less, the last of whom frees the loan.  The latter accepts NULL. */
void gamlp_loan_join(gamlp_loan *loan);
void gamlp_loan_leave(gamlp_loan *loan);

typedef struct gamlp_slot {
    gamlp_block *block;
    gamlp_loan *loan;  /* outgoing: where all chunks but the first lie, or NULL */
    int64_t lent;      /* ... the byte of the parcel that is the first of the loan */
    gamlp_part *piece; /* incoming: the chunks as they came; `pieces` of them */
    int64_t pieces, piece_room;
    gamlp_frame head; /* of its first chunk */
    int64_t plain;
    int64_t filled; /* outgoing: bytes that are there and have their CRC */
} gamlp_slot;

struct gamlp_link {
    gamlp_hub *hub;
    gamlp_port *port;     /* NULL: this end connects, by */
    gamlp_socket *socket; /* ... which is NULL when it could not be opened */
    char endpoint[GAMLP_ENDPOINT], key[GAMLP_KEY];
    gamlp_link_plan plan;
    gamlp_machine machine;
    gamlp_route route;
    gamlp_slot outgoing[GAMLP_WINDOW_MAX], incoming[GAMLP_WINDOW_MAX]; /* parcel s: [s % window] */
    gamlp_frame_state peer;
    double progress_at; /* the peer's progress changed */
    int64_t duplicates;
    uint8_t
        *into; /* where bytes of the oldest parcel belong, from the byte `into_from` on; or NULL */
    int64_t into_from;
    bool copying;   /* the hub does so now */
    int64_t urgent; /* parcels that came and were not taken */
    gamlp_ledger sent, received, sent_of[GAMLP_LEDGER_KINDS];
    bool reopen;  /* another generation: a fresh socket is due              */
    bool blocked; /* the socket took no more                              */
    bool broken;  /* no memory for what comes                             */
    bool freed, gone;
    gamlp_link *next;
};

struct gamlp_port {
    gamlp_hub *hub;
    gamlp_socket *socket;
    char endpoint[GAMLP_ENDPOINT];
    bool freed, gone;
    gamlp_port *next;
};

struct gamlp_hub {
    gamlp_hub_options options;
    gamlp_keypair keys;
    gamlp_keyring ring;
    gamlp_context *context;
    gamlp_socket *judge; /* of keys */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int wake[2];
    atomic_bool woken;
    bool stop, interrupted;
    int64_t urgent;
    uint64_t iteration, progress;
    uint32_t phase;
    int64_t faults[GAMLP_HUB_COUNTS];
    gamlp_link *links;
    gamlp_port *ports;
};

static inline gamlp_slot *gamlp_slot_of(gamlp_slot *slot, const gamlp_link *link, uint32_t number) {
    return &slot[number % link->plan.window];
}

/* Have the hub look at its links now. */
void gamlp_hub_wake(gamlp_hub *hub);

/* Room for so many chunks, none of which has come; false: no memory. */
bool gamlp_slot_fit(gamlp_slot *slot, int64_t chunks);

/* Forget the chunks; put them together in the slot's block; release the memory. */
void gamlp_slot_drop(gamlp_slot *slot);
gamlp_status gamlp_slot_gather(gamlp_slot *slot);
void gamlp_slot_clear(gamlp_slot *slot);

/* Where a chunk that goes out lies; whether in memory of others; a parcel that need not be sent
 * again leaves it. */
const uint8_t *gamlp_slot_chunk(const gamlp_slot *slot, int64_t chunk);
bool gamlp_slot_is_lent(const gamlp_slot *slot, int64_t chunk);
void gamlp_slot_return(gamlp_slot *slot);

/* Judge one message that came at a port (or to `link`, which connects) and act on it.  The mutex is
 * released while its bytes are read. */
void gamlp_pump_receive(gamlp_hub *hub, gamlp_port *port, gamlp_link *link, gamlp_parts *parts);

/* What is due on a link: time, a fresh connection, frames. */
void gamlp_pump_link(gamlp_link *link, double now);

/* Answer the questions of ZeroMQ whether a key may connect (docs/protocol.md). */
void gamlp_judge_keys(gamlp_socket *judge, const gamlp_keyring *ring);

#endif
