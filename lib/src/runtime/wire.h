/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages on a control link: an order or answer of any length, cut into parcels. */
#ifndef GAMLP_RUNTIME_WIRE_H
#define GAMLP_RUNTIME_WIRE_H

#include "runtime/fields.h"
#include "runtime/orders.h"
#include "transport/hub.h"

enum { GAMLP_WIRE_PIECE = 1 << 22, GAMLP_WIRE_WINDOW = 8 };

typedef struct gamlp_wire {
    gamlp_link *link; /* owned */
    gamlp_writer in;  /* the message that is coming */
    uint32_t pieces;  /* of it that have come */
    gamlp_order order;
    gamlp_status (*check)(void *context); /* asked while sending waits: whether it still makes */
    void *check_context;                  /* ... sense; may be NULL                            */
} gamlp_wire;

/* The plan of a control link to process `peer`. */
gamlp_link_plan gamlp_wire_plan(uint16_t peer);

/* Free the link and what came. */
void gamlp_wire_clear(gamlp_wire *wire);

/* Send a message; waits up to `seconds` for room, for each piece. */
gamlp_status gamlp_wire_send(gamlp_wire *wire, gamlp_order order, const void *bytes, size_t size,
                             double seconds);

/* The fields of a writer as a message; the writer is cleared. */
gamlp_status gamlp_wire_send_fields(gamlp_wire *wire, gamlp_order order, gamlp_writer *writer,
                                    double seconds);

/* Take the next piece if it is there after `seconds`; *order is 0 unless a message is complete, and
 * then *body, which lives until the next call. */
gamlp_status gamlp_wire_recv(gamlp_order *order, gamlp_reader *body, gamlp_wire *wire,
                             double seconds);

#endif
