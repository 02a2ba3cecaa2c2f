/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of the link protocol, version 1 (docs/protocol.md): a header of 64 bytes, little-endian,
 * and a payload of at most 1 MiB, each under a CRC-32C. */
#ifndef GAMLP_TRANSPORT_FRAME_H
#define GAMLP_TRANSPORT_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GAMLP_FRAME_VERSION = 1,
    GAMLP_FRAME_HEADER = 64,
    GAMLP_FRAME_STATE = 48, /* bytes of the payload of every frame but DATA */
    GAMLP_FRAME_CHUNK = 1 << 20
};

typedef enum gamlp_frame_type {
    GAMLP_FRAME_HELLO = 1, /* the connecting end opens a session: send on from my position        */
    GAMLP_FRAME_WELCOME,   /* the bound end's answer, with its position                           */
    GAMLP_FRAME_STATE_NOW, /* acknowledgement and heartbeat                                      */
    GAMLP_FRAME_WANT,      /* a chunk is missing: send again from my position                     */
    GAMLP_FRAME_DATA,      /* one chunk of a parcel                                               */
    GAMLP_FRAME_BYE        /* nothing more will come                                              */
} gamlp_frame_type;

/* Header fields.  Chunk `chunk` of `chunks` of the parcel number `sequence` (from 1, counted for
 * each direction and generation).  In other frames than DATA sequence and chunk are the next ones
 * wanted, and kind, codec, iteration, layer, chunks and total are 0. */
typedef struct gamlp_frame {
    gamlp_frame_type type;
    uint8_t kind, codec;
    uint64_t job;
    uint32_t generation;
    uint16_t source, target; /* numbers of processes, 0 is the coordinator */
    uint32_t sequence, iteration, layer;
    uint32_t chunk, chunks;
    uint32_t size;  /* bytes of the payload */
    uint64_t total; /* bytes of the parcel  */
    uint32_t payload_crc;
} gamlp_frame;

/* The payload of HELLO, WELCOME, STATE_NOW, WANT and BYE. */
typedef struct gamlp_frame_state {
    uint32_t session; /* counts the connections, from 1                               */
    uint32_t heard;   /* frames that arrived in this session                           */
    uint32_t taken;   /* parcels up to this number have been taken by the application    */
    uint32_t phase;   /* what the sender is doing, and                                */
    uint64_t iteration, progress; /* in which iteration; a counter of steps done                  */
    uint16_t low, high;           /* versions of the protocol that are spoken                     */
    uint16_t window;              /* parcels that may be underway at once                        */
} gamlp_frame_state;

/* Why a frame was not accepted. */
typedef enum gamlp_frame_fault {
    GAMLP_FRAME_GOOD,
    GAMLP_FRAME_GARBAGE, /* size, magic, type, checksum or a field that contradicts another */
    GAMLP_FRAME_VERSION_OTHER,
    GAMLP_FRAME_FOREIGN, /* another job, sender or receiver */
    GAMLP_FRAME_OLD,     /* another generation              */
    GAMLP_FRAME_FAULTS
} gamlp_frame_fault;

/* The name of a fault, e.g. "garbage". */
const char *gamlp_frame_fault_name(gamlp_frame_fault fault);

/* The 64 bytes of a header. */
void gamlp_frame_encode(uint8_t bytes[GAMLP_FRAME_HEADER], const gamlp_frame *frame);

/* Fields of a header of `size` bytes.  Only GAMLP_FRAME_GARBAGE and GAMLP_FRAME_VERSION_OTHER come
 * from here; whose frame it is, gamlp_frame_judge() tells. */
gamlp_frame_fault gamlp_frame_decode(gamlp_frame *frame, const uint8_t *bytes, size_t size);

/* Whether a good frame is for `target` from `source`, of this job and generation. */
gamlp_frame_fault gamlp_frame_judge(const gamlp_frame *frame, uint64_t job, uint32_t generation,
                                    uint16_t source, uint16_t target);

/* The state in a payload, and back. */
void gamlp_frame_state_encode(uint8_t bytes[GAMLP_FRAME_STATE], const gamlp_frame_state *state);
void gamlp_frame_state_decode(gamlp_frame_state *state, const uint8_t bytes[GAMLP_FRAME_STATE]);

/* Chunks of a parcel of `total` bytes (at least 1), and the bytes of chunk number `chunk`. */
uint32_t gamlp_frame_chunks(uint64_t total);
uint32_t gamlp_frame_chunk_size(uint64_t total, uint32_t chunk);

#endif
