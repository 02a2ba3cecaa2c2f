/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets (adapter of ZeroMQ).  Nothing here blocks but gamlp_socket_poll().  One thread uses a
 * socket; contexts may be shared. */
#ifndef GAMLP_TRANSPORT_SOCKET_H
#define GAMLP_TRANSPORT_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gamlp/status.h"
#include "transport/keys.h"

typedef struct gamlp_context gamlp_context;
typedef struct gamlp_socket gamlp_socket;

enum { GAMLP_ENDPOINT = 256, GAMLP_ROUTE = 32, GAMLP_PARTS = 12 };

/* A context with its thread; free waits until all sockets are closed and every release function
 * has been called.  Ownership passes to the caller. */
gamlp_status gamlp_context_new(gamlp_context **context);
void gamlp_context_free(gamlp_context *context);

typedef enum gamlp_socket_kind {
    GAMLP_SOCKET_ROUTER, /* bound: knows its peers by routes  */
    GAMLP_SOCKET_DEALER, /* connected: one peer               */
    GAMLP_SOCKET_REPLY   /* bound: the judge of keys (ZAP)    */
} gamlp_socket_kind;

typedef struct gamlp_socket_options {
    gamlp_socket_kind kind;
    const char *endpoint;      /* tcp://ADDRESS:PORT, ipc://PATH or inproc://NAME; port * is any  */
    const gamlp_keypair *keys; /* CURVE with these keys of ours; NULL: no encryption              */
    const char *server_key;    /* DEALER with keys: the public key of the bound end               */
} gamlp_socket_options;

/* Bind or connect.  GAMLP_E_CONFIG for an endpoint that cannot be, GAMLP_E_IO when it is in use
 * or out of reach, with the endpoint named.  Ownership passes to the caller. */
gamlp_status gamlp_socket_open(gamlp_socket **socket, gamlp_context *context,
                               const gamlp_socket_options *options);

/* Throw the socket away with what is still queued. */
void gamlp_socket_close(gamlp_socket *socket);

/* Where the socket is bound, with the port that was chosen; lives as long as the socket. */
const char *gamlp_socket_endpoint(const gamlp_socket *socket);

/* Count the connections to a bound socket from now on (not of inproc, which has none). */
gamlp_status gamlp_socket_watch(gamlp_socket *socket, gamlp_context *context);

/* How many more connections there are, since the last call, that have not ended their handshake:
 * strangers, and for a moment everybody.  Less than 0 when some have. */
int64_t gamlp_socket_strangers(gamlp_socket *socket);

/* The name by which a ROUTER knows a peer. */
typedef struct gamlp_route {
    uint8_t size; /* 0: nobody */
    uint8_t bytes[GAMLP_ROUTE];
} gamlp_route;

typedef enum gamlp_sending {
    GAMLP_SENDING_DONE,
    GAMLP_SENDING_BLOCKED,     /* try again later: the queue is full or nobody is connected */
    GAMLP_SENDING_UNREACHABLE, /* the route leads nowhere (any more)                        */
    GAMLP_SENDING_FAILED
} gamlp_sending;

/* Header (copied) and payload of a frame.  With `release` the payload is not copied: it must stay
 * as it is until release(payload, context) is called, which happens once, from any thread,
 * whatever comes of the call. */
typedef struct gamlp_outgoing {
    const void *header;
    size_t header_size;
    const void *payload;
    size_t payload_size;
    void (*release)(void *payload, void *context);
    void *context;
} gamlp_outgoing;

/* Send one frame; `route` for a ROUTER, else NULL. */
gamlp_sending gamlp_socket_send(gamlp_socket *socket, const gamlp_route *route,
                                const gamlp_outgoing *frame);

/* The parts of a message that came; the bytes live until gamlp_parts_clear(). */
typedef struct gamlp_part {
    const uint8_t *bytes;
    size_t size;
    _Alignas(16) unsigned char message[64];
} gamlp_part;

typedef struct gamlp_parts {
    gamlp_route route;
    int count; /* without the route; parts beyond the room are dropped */
    bool too_many;
    gamlp_part part[GAMLP_PARTS];
} gamlp_parts;

/* Receive a message if there is one; false: there is none. */
bool gamlp_socket_recv(gamlp_parts *parts, gamlp_socket *socket);
void gamlp_parts_clear(gamlp_parts *parts);

/* Keep a part beyond that: `to` has it until gamlp_part_clear(), which may be called again;
 * `from` is empty. */
void gamlp_part_move(gamlp_part *to, gamlp_part *from);
void gamlp_part_clear(gamlp_part *part);

/* Send small parts, all copied (REPLY).  False: it did not go. */
bool gamlp_socket_reply(gamlp_socket *socket, const void *const *part, const size_t *size,
                        int count);

typedef struct gamlp_poll {
    gamlp_socket *socket;
    bool wants_room; /* wait for room to send, too; a ROUTER always has */
} gamlp_poll;

/* Wait until one of the sockets, or the file descriptor `wake` (>= 0), has something, at most
 * `seconds`; rounded up to milliseconds. */
void gamlp_socket_poll(const gamlp_poll *poll, int count, int wake, double seconds);

/* A fresh pair of CURVE keys. */
gamlp_status gamlp_keypair_new(gamlp_keypair *keys);

/* The public key that belongs to a secret one; GAMLP_E_CONFIG when it is no key. */
gamlp_status gamlp_keypair_of(gamlp_keypair *keys, const char *secret_key);

/* The text of a public key of 32 bytes. */
void gamlp_key_text(char text[GAMLP_KEY], const uint8_t bytes[32]);

#endif
