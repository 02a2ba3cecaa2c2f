/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes on the wire of one link, by what they were. */
#ifndef GAMLP_TRANSPORT_LEDGER_H
#define GAMLP_TRANSPORT_LEDGER_H

#include <stdint.h>

#include "transport/frame.h"

/* Totals of one direction.  Bytes are those that ZeroMQ is given and the framing it adds (1 flag
 * and 1 or 8 bytes of length for each part); what TCP/IP or CURVE add is not counted. */
typedef struct gamlp_ledger {
    int64_t parcels;
    int64_t frames;
    int64_t payload;       /* of DATA frames sent for the first time         */
    int64_t header;        /* their headers and framing                      */
    int64_t control;       /* every other frame                              */
    int64_t retransmitted; /* DATA frames sent again, whole                   */
    int64_t plain;         /* what the parcels are without coding            */
} gamlp_ledger;

/* Parcels of the kinds below this are counted by kind, too, without control. */
enum { GAMLP_LEDGER_KINDS = 4 };

/* sum += entry. */
static inline void gamlp_ledger_add(gamlp_ledger *sum, const gamlp_ledger *entry) {
    sum->parcels += entry->parcels;
    sum->frames += entry->frames;
    sum->payload += entry->payload;
    sum->header += entry->header;
    sum->control += entry->control;
    sum->retransmitted += entry->retransmitted;
    sum->plain += entry->plain;
}

/* sum -= entry. */
static inline void gamlp_ledger_take(gamlp_ledger *sum, const gamlp_ledger *entry) {
    sum->parcels -= entry->parcels;
    sum->frames -= entry->frames;
    sum->payload -= entry->payload;
    sum->header -= entry->header;
    sum->control -= entry->control;
    sum->retransmitted -= entry->retransmitted;
    sum->plain -= entry->plain;
}

/* payload + header + control + retransmitted. */
static inline int64_t gamlp_ledger_bytes(const gamlp_ledger *l) {
    return l->payload + l->header + l->control + l->retransmitted;
}

#endif
