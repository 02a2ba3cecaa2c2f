/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links between processes.
 *
 * A hub is the one thread of a process that owns its sockets.  A port is a bound address at which
 * other processes arrive; a link is the two-way stream of parcels with one of them.  One end of a
 * link is made by gamlp_link_accept() on a port, the other by gamlp_link_connect().  Data links and
 * control links are the same thing with other windows and sizes.
 *
 * Parcels arrive once, whole and in the order in which they were posted, across broken connections
 * (docs/protocol.md), as long as both processes and the generation live.  Posting does not wait for
 * the wire: the hub sends while the caller computes.
 *
 * The functions may be called from any thread; one thread at a time posts to a link, and one takes
 * from it. */
#ifndef GAMLP_TRANSPORT_HUB_H
#define GAMLP_TRANSPORT_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/status.h"
#include "transport/keys.h"
#include "transport/ledger.h"

typedef struct gamlp_hub gamlp_hub;
typedef struct gamlp_port gamlp_port;
typedef struct gamlp_link gamlp_link;

typedef struct gamlp_hub_options {
    uint64_t job;              /* the number that all processes of a run share; not to be guessed */
    uint16_t self;             /* of this process in the run; 0: the coordinator                */
    const gamlp_keypair *keys; /* CURVE keys of this process; NULL: no encryption               */
    const gamlp_keyring *ring; /* with keys: who may connect.  Both are copied                    */
    bool insecure;             /* other addresses than loopback without keys                     */
    double beat;               /* seconds between signs of life                                  */
    double stall;      /* seconds without confirmation after which a connection is renewed  */
    gamlp_hub *shared; /* use the context of this hub (inproc links); NULL: an own one  */
} gamlp_hub_options;

/* Job 0, beats of 0.25 s, stall 1.5 s. */
void gamlp_hub_options_default(gamlp_hub_options *options);

/* Start the thread.  Ownership passes to the caller: gamlp_hub_free() ends the links and ports that
 * are left, and the thread. */
gamlp_status gamlp_hub_new(gamlp_hub **hub, const gamlp_hub_options *options);
void gamlp_hub_free(gamlp_hub *hub);

/* What this process is doing: goes with every sign of life.  The counter grows with each call, and
 * with each chunk that comes and is wanted; only the work itself calls this, so that a process
 * which is alive but stuck is seen. */
void gamlp_hub_progress(gamlp_hub *hub, uint64_t iteration, uint32_t phase);

/* Let public key `key` connect from now on. */
gamlp_status gamlp_hub_admit(gamlp_hub *hub, const char *key);

/* While true, waiting calls on the hub's links return GAMLP_E_STOPPED. */
void gamlp_hub_interrupt(gamlp_hub *hub, bool interrupted);

/* What a hub counts: frames by their fault (frame.h; GAMLP_FRAME_GOOD: those that it heeded), and
 */
enum {
    GAMLP_HUB_REPEATED = GAMLP_FRAME_FAULTS, /* good ones with a chunk that is not the next one */
    GAMLP_HUB_STRANGERS,                     /* connections that did not end their handshake    */
    GAMLP_HUB_COUNTS
};

void gamlp_hub_faults(int64_t count[GAMLP_HUB_COUNTS], gamlp_hub *hub);

/* Bind tcp://ADDRESS:* (any free port), ipc://PATH or inproc://NAME.  Ownership passes to the
 * caller; the links of a port are freed before it. */
gamlp_status gamlp_port_bind(gamlp_port **port, gamlp_hub *hub, const char *endpoint);
void gamlp_port_free(gamlp_port *port);

/* Where it is bound, with the number of the port. */
const char *gamlp_port_endpoint(const gamlp_port *port);

/* GAMLP_E_CONFIG unless the endpoint is inproc, ipc or a loopback address, or `open` is said. */
gamlp_status gamlp_endpoint_check(const char *endpoint, bool open);

typedef struct gamlp_link_plan {
    uint16_t peer;       /* number of the other process                                       */
    uint32_t generation; /* frames of other generations are dropped                            */
    uint32_t window;     /* parcels underway in each direction; 2 for tensors                  */
    int64_t capacity;    /* bytes of the largest parcel; a larger one is refused                */
    bool reserve;        /* take the memory now: window * capacity for each direction           */
} gamlp_link_plan;

/* The end of a link at a port; the other end may come at any time.  Ownership passes to the
 * caller: gamlp_link_free(), which says good-bye without waiting. */
gamlp_status gamlp_link_accept(gamlp_link **link, gamlp_port *port, const gamlp_link_plan *plan);

/* The end that connects, to a port's endpoint; with keys, `key` is the port's public key. */
gamlp_status gamlp_link_connect(gamlp_link **link, gamlp_hub *hub, const gamlp_link_plan *plan,
                                const char *endpoint, const char *key);
void gamlp_link_free(gamlp_link *link);

/* Begin another generation: what is underway is forgotten.  A link that connects goes to
 * `endpoint` and `key` from now on, unless they are NULL. */
gamlp_status gamlp_link_restart(gamlp_link *link, uint32_t generation, const char *endpoint,
                                const char *key);

/* What a parcel is: a kind, and numbers for the receiver. */
typedef struct gamlp_parcel {
    uint8_t kind, codec;
    uint32_t layer, iteration;
    int64_t size;  /* bytes                                              */
    int64_t plain; /* bytes that it would have without coding, for the ledger */
} gamlp_parcel;

/* Parcels of these kinds, once they have come, end other links' waiting with GAMLP_E_STOPPED until
 * they are taken: orders that cannot wait. */
enum { GAMLP_PARCEL_URGENT = 128 };

/* *bytes <- room for a parcel of up to `room` bytes, to be filled and posted; waits up to `seconds`
 * for the window to open.  GAMLP_E_IO when it does not: the sentence names the peer, how long it
 * has been silent and what it did last. */
gamlp_status gamlp_link_reserve(uint8_t **bytes, gamlp_link *link, int64_t room, double seconds);

/* Post the parcel that lies in the reserved room: parcel->size bytes of it (at least 1). */
gamlp_status gamlp_link_post(gamlp_link *link, const gamlp_parcel *parcel);

/* The same in steps: a parcel begins, and its next `size` bytes are copied to the reserved room
 * until all are there.  Each chunk travels at once.  No other call posts to the link meanwhile. */
gamlp_status gamlp_link_begin(gamlp_link *link, const gamlp_parcel *parcel);
void gamlp_link_fill(gamlp_link *link, const void *bytes, int64_t size);

/* Memory that parcels are sent from while it stays with its owner, the lender, who leaves it as it
 * is until gamlp_loan_end() or gamlp_loan_give(): chunks may have to be sent again. */
typedef struct gamlp_loan gamlp_loan;

/* *loan is the lender's until one of those two ends it. */
gamlp_status gamlp_loan_new(gamlp_loan **loan, const void *bytes);
const void *gamlp_loan_bytes(const gamlp_loan *loan);

/* As gamlp_link_fill() with the first `size` bytes of the loan, but no chunk that is all of the
 * loan is copied, except the first of the parcel.  At most one loan for a parcel, and its last
 * bytes. */
void gamlp_link_lend(gamlp_link *link, gamlp_loan *loan, int64_t size);

/* Wait up to `seconds` until nothing reads the bytes: the peers have taken the parcels and ZeroMQ
 * has sent what it was given.  True: *loan is over and NULL. */
bool gamlp_loan_end(gamlp_loan **loan, double seconds);

/* The other way: the memory, which gamlp/alloc.h made, is the loan's, and freed when nothing reads
 * it any more.  *loan <- NULL. */
void gamlp_loan_give(gamlp_loan **loan, void *memory);

/* The oldest parcel that has come completely; waits up to `seconds` for it, GAMLP_E_IO as above.
 * *bytes lives until gamlp_link_take(), which makes room for another. */
gamlp_status gamlp_link_wait(gamlp_parcel *parcel, const uint8_t **bytes, gamlp_link *link,
                             double seconds);
void gamlp_link_take(gamlp_link *link);

/* As gamlp_link_wait(), but only the first *size bytes, which lie as they came: all of a parcel of
 * up to 1 MiB; of a larger one the rest may still be underway.  gamlp_link_copy() then copies those
 * from `from` on, of the first chunk, to where they belong, as they come, and waits up to `seconds`
 * for the last; when it fails, this parcel is lost. */
gamlp_status gamlp_link_wait_first(gamlp_parcel *parcel, const uint8_t **bytes, int64_t *size,
                                   gamlp_link *link, double seconds);
gamlp_status gamlp_link_copy(void *out, gamlp_link *link, int64_t from, double seconds);

/* Whether a parcel has come; never waits. */
bool gamlp_link_has_parcel(gamlp_link *link);

/* Wait until one of the links has a parcel; *index is the first that has, -1 after `seconds`. */
gamlp_status gamlp_link_wait_any(int64_t *index, gamlp_link *const *link, int64_t count,
                                 double seconds);

/* Wait until the peer has taken all that was posted. */
gamlp_status gamlp_link_drain(gamlp_link *link, double seconds);

typedef struct gamlp_link_figures {
    bool open;                 /* both ends know of the connection                              */
    bool peer_left;            /* the peer said good-bye                                        */
    bool refused;              /* the peer speaks another version                               */
    double silent;             /* seconds since a frame of the peer came                        */
    double idle;               /* seconds since the peer's progress counter last changed         */
    uint64_t iteration;        /* what the peer said it was doing                               */
    uint32_t phase;            /* ...                                                           */
    uint64_t progress;         /* ...                                                           */
    uint32_t posted, released; /* parcels, and those of them that the peer has taken           */
    uint32_t arrived, taken;   /* parcels of the peer, and those of them that were taken here     */
    uint32_t resets;           /* connections renewed                                           */
    int64_t duplicates;        /* chunks that came more than once or too early                  */
    gamlp_ledger sent, received;
    gamlp_ledger sent_of[GAMLP_LEDGER_KINDS]; /* of each kind of parcel */
} gamlp_link_figures;

/* The state of a link now. */
void gamlp_link_figures_of(gamlp_link_figures *figures, gamlp_link *link);

/* One sentence about the peer's silence and progress, for messages to people. */
void gamlp_link_describe(char *text, size_t size, gamlp_link *link);

#endif
