/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Control messages between the coordinator and its workers: one table (message.c) says what each
 * type holds, how it is written and how it is checked.  Data, never code. */
#ifndef GAMLP_TRANSPORT_MESSAGE_H
#define GAMLP_TRANSPORT_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gamlp/status.h"
#include "transport/hub.h"

enum { GAMLP_MESSAGE_VERSION = 1, GAMLP_MESSAGE_MAX = 1 << 30, GAMLP_CONTROL_WINDOW = 16 };

/* A message of type GAMLP_MESSAGE_STOP or above is urgent: it ends what a worker waits for. */
typedef enum gamlp_message_type {
    GAMLP_MESSAGE_NONE,
    GAMLP_MESSAGE_JOIN,       /* worker: here I am                                      */
    GAMLP_MESSAGE_PLAN,       /* coordinator: your layers, neighbours and options       */
    GAMLP_MESSAGE_READY,      /* worker: layers and links are there                     */
    GAMLP_MESSAGE_GO,         /* coordinator: iterate up to an iteration                */
    GAMLP_MESSAGE_FIGURES,    /* worker: numbers of one iteration                       */
    GAMLP_MESSAGE_LEDGER,     /* worker: bytes of its links since the start             */
    GAMLP_MESSAGE_ASK,        /* coordinator: send something (a score, weights)         */
    GAMLP_MESSAGE_MATRIX,     /* a named matrix                                         */
    GAMLP_MESSAGE_CHECKPOINT, /* coordinator: write one after `iteration`; worker: done  */
    GAMLP_MESSAGE_TEXT,       /* a line for people: a log line, a trace event            */
    GAMLP_MESSAGE_END,        /* worker: I end, with this status and sentence           */
    GAMLP_MESSAGE_TYPES,
    GAMLP_MESSAGE_STOP = GAMLP_PARCEL_URGENT, /* coordinator: stop or go back           */
    GAMLP_MESSAGE_TYPES_URGENT
} gamlp_message_type;

/* Bytes or numbers of a message; of a decoded one they lie in its memory. */
typedef struct gamlp_message_bytes {
    int64_t count;
    const uint8_t *data;
} gamlp_message_bytes;

typedef struct gamlp_message_reals {
    int64_t count;
    const double *data;
} gamlp_message_reals;

typedef struct gamlp_message_join {
    int64_t process, pid, cores, memory; /* memory in bytes                    */
    const char *host, *version, *build;  /* program version; storage type      */
    const char *endpoint;                /* where the neighbour above connects  */
    const char *key;                     /* public key, or ""                  */
    const char *data;                    /* fingerprint of the data, or ""     */
} gamlp_message_join;

typedef struct gamlp_message_plan {
    int64_t generation, layers, first, last;
    int64_t below, above; /* process numbers of the neighbours; 0: none */
    const char *below_endpoint, *below_key;
    int64_t iteration;   /* of the checkpoint to start from; 0: the start */
    const char *options; /* YAML */
    const char *data;    /* what to open */
    gamlp_message_reals hidden;
} gamlp_message_plan;

typedef struct gamlp_message_step {
    int64_t generation, iteration;
} gamlp_message_step;

typedef struct gamlp_message_figures {
    int64_t generation, iteration, layer;
    gamlp_message_reals values; /* in an order that both ends know */
} gamlp_message_figures;

typedef struct gamlp_message_ledger {
    int64_t generation, iteration, peer;
    gamlp_message_reals values;
} gamlp_message_ledger;

typedef struct gamlp_message_ask {
    int64_t generation, iteration, number;
    const char *what;
} gamlp_message_ask;

typedef struct gamlp_message_matrix {
    int64_t generation, iteration, number;
    const char *name;
    int64_t rows, cols;
    gamlp_message_bytes bytes;
} gamlp_message_matrix;

typedef struct gamlp_message_checkpoint {
    int64_t generation, iteration;
    const char *file, *hash;
} gamlp_message_checkpoint;

typedef struct gamlp_message_text {
    int64_t level;
    const char *text;
} gamlp_message_text;

typedef struct gamlp_message_end {
    int64_t status;
    const char *reason;
} gamlp_message_end;

typedef struct gamlp_message_stop {
    int64_t generation, how;
    const char *reason;
} gamlp_message_stop;

typedef struct gamlp_message {
    gamlp_message_type type;
    union {
        gamlp_message_join join;
        gamlp_message_plan plan;
        gamlp_message_step step; /* READY, GO */
        gamlp_message_figures figures;
        gamlp_message_ledger ledger;
        gamlp_message_ask ask;
        gamlp_message_matrix matrix;
        gamlp_message_checkpoint checkpoint;
        gamlp_message_text text;
        gamlp_message_end end;
        gamlp_message_stop stop;
    } as;
    void *memory; /* of a decoded message's texts and numbers; owned */
} gamlp_message;

/* The name of a type, e.g. "join"; NULL for a number that is none. */
const char *gamlp_message_name(int type);

/* Bytes that a message takes. */
int64_t gamlp_message_size(const gamlp_message *message);

/* Write it; `bytes` has room for gamlp_message_size(). */
void gamlp_message_encode(uint8_t *bytes, const gamlp_message *message);

/* Read it: GAMLP_E_DATA names the field that is wrong.  Ownership of the memory passes to the
 * caller: gamlp_message_clear(). */
gamlp_status gamlp_message_decode(gamlp_message *message, const uint8_t *bytes, int64_t size);

/* Release the memory and zero the struct; accepts NULL. */
void gamlp_message_clear(gamlp_message *message);

/* A link's plan for control messages. */
gamlp_link_plan gamlp_control_plan(uint16_t peer);

/* Post a message, waiting up to `seconds` for the window. */
gamlp_status gamlp_control_send(gamlp_link *link, const gamlp_message *message, double seconds);

/* The next message of the first of `count` links that has one: *index is the link, -1 when none
 * came in `seconds` (the type is then NONE).  Ownership of its memory passes to the caller. */
gamlp_status gamlp_control_recv(gamlp_message *message, int64_t *index, gamlp_link *const *link,
                                int64_t count, double seconds);

#endif
