/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state machine of one end of a link: an event in, actions out, no sockets and no clock.
 *
 * ZeroMQ loses what it accepted whenever a connection breaks.  So parcels are numbered, cut into
 * chunks, and sent again from the position that the other end names: a receiver accepts only the
 * very chunk it wants next, a sender goes back when it is told to.  Content and order are then
 * right whatever is lost, repeated, delayed or comes from an earlier connection. */
#ifndef GAMLP_TRANSPORT_MACHINE_H
#define GAMLP_TRANSPORT_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "transport/frame.h"

enum { GAMLP_WINDOW_MAX = 16 };

/* A place in a stream of parcels: chunk `chunk` (from 0) of parcel `sequence` (from 1). */
typedef struct gamlp_position {
    uint32_t sequence, chunk;
} gamlp_position;

typedef struct gamlp_machine_options {
    bool connects;    /* this end opens connections and gives up silent ones               */
    uint32_t window;  /* parcels underway in one direction, 1 to GAMLP_WINDOW_MAX            */
    double beat;      /* seconds between frames when there is nothing to say               */
    double stall;     /* seconds without any sign that our frames arrive, before the
                         connection is given up; grows on links that are slower           */
    double stall_max; /* but not beyond this                                               */
} gamlp_machine_options;

typedef struct gamlp_machine {
    gamlp_machine_options options;
    double now, heard_at, spoken_at; /* heard: any good frame of the peer; spoken: of ours      */
    double confirmed_at;             /* last sign that our frames arrive                     */
    double advanced_at;              /* `known` went on, or `next` went back to it            */
    double asked_at;                 /* WANT was sent for `asked`                            */
    double told_at;                  /* our position was                                     */
    double patience;    /* the stall time now in force                                      */
    uint32_t session;   /* number of the connection                                         */
    uint32_t heard;     /* frames that arrived in it                                        */
    uint32_t confirmed; /* of ours, that the peer says it heard in it                       */
    uint32_t resets;    /* connections given up                                             */
    bool open;          /* both ends know of the session                                       */
    bool refused;       /* the peer speaks no version that we do                                */
    bool peer_left;     /* BYE came                                                           */
    bool closing, left;
    /* Outgoing: parcels released + 1 .. posted are kept, since they may be sent again. */
    uint32_t posted, released;
    uint32_t chunks[GAMLP_WINDOW_MAX]; /* of parcel s: [s % window]                         */
    uint32_t held; /* of the last parcel posted: chunks that are not there yet                */
    gamlp_position next;     /* to be sent                                        */
    gamlp_position known;    /* the peer has all that is before                   */
    gamlp_position furthest; /* what is before was sent at least once              */
    /* Incoming. */
    gamlp_position wanted, asked;
    uint32_t taken;
    uint32_t untold; /* chunks that the peer was not told of */
    uint32_t peer_window;
    bool owes_hello, owes_state, owes_want, owes_bye;
} gamlp_machine;

typedef enum gamlp_event_type {
    GAMLP_EVENT_TIME,  /* it is `now`                                                      */
    GAMLP_EVENT_FRAME, /* a good frame of the peer came, with `state` unless it is DATA       */
    GAMLP_EVENT_POST,  /* the application sends a parcel of `chunks` chunks, without the last */
    GAMLP_EVENT_FILL,  /* ... `held` of them; of the last parcel so many are still not there  */
    GAMLP_EVENT_TAKE,  /* the application has taken the oldest complete parcel               */
    GAMLP_EVENT_READY, /* the connection can take a frame                                   */
    GAMLP_EVENT_SENT,  /* ... and took the `frame` of the last READY                         */
    GAMLP_EVENT_GONE,  /* the connection is known to be broken (bound end)                   */
    GAMLP_EVENT_CLOSE  /* say BYE                                                           */
} gamlp_event_type;

typedef struct gamlp_event {
    gamlp_event_type type;
    double now; /* TIME */
    gamlp_frame frame;
    gamlp_frame_state state;
    uint32_t chunks, held;
} gamlp_event;

/* What is to be done now. */
typedef struct gamlp_actions {
    bool reset;     /* throw the connection away and open another one                       */
    bool store;     /* keep the payload of the frame: it is the chunk that was wanted        */
    bool complete;  /* ... and the last one of its parcel, which may be taken               */
    bool adopt;     /* answers go to where this frame came from, from now on                 */
    bool duplicate; /* nothing is done with the frame: a chunk that came already or too early */
    bool send;      /* send `frame` (type, sequence, chunk and, for DATA, chunks)            */
    bool again;     /* ... which was sent before                                            */
    bool left;      /* BYE is out: close                                                    */
    gamlp_frame frame;
} gamlp_actions;

/* At the beginning of a generation, time `now` in seconds. */
void gamlp_machine_init(gamlp_machine *m, const gamlp_machine_options *options, double now);

/* One event.  POST needs gamlp_machine_may_post(), TAKE gamlp_machine_may_take(). */
gamlp_actions gamlp_machine_step(gamlp_machine *m, const gamlp_event *event);

/* Whether there is room for one more parcel; whether one has come completely. */
bool gamlp_machine_may_post(const gamlp_machine *m);
bool gamlp_machine_may_take(const gamlp_machine *m);

/* Fills session, heard, taken, versions and window of the state that goes with a frame. */
void gamlp_machine_state(gamlp_frame_state *state, const gamlp_machine *m);

/* When TIME is needed next, at the latest. */
double gamlp_machine_deadline(const gamlp_machine *m);

/* Whether a READY would send something. */
bool gamlp_machine_has_frame(const gamlp_machine *m);

#endif
