/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transport/frame.h"

#include <string.h>

#include "core/crc.h"

/* "GMLP" as bytes. */
static const uint32_t magic = 0x504c4d47;

/* Where the fields of a header lie. */
enum {
    AT_MAGIC = 0,
    AT_VERSION = 4,
    AT_TYPE = 5,
    AT_KIND = 6,
    AT_CODEC = 7,
    AT_JOB = 8,
    AT_GENERATION = 16,
    AT_SOURCE = 20,
    AT_TARGET = 22,
    AT_SEQUENCE = 24,
    AT_ITERATION = 28,
    AT_LAYER = 32,
    AT_CHUNK = 36,
    AT_CHUNKS = 40,
    AT_SIZE = 44,
    AT_TOTAL = 48,
    AT_PAYLOAD_CRC = 56,
    AT_HEADER_CRC = 60
};

static void put(uint8_t *at, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) at[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *at, int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) value |= (uint64_t)at[i] << (8 * i);
    return value;
}

const char *gamlp_frame_fault_name(gamlp_frame_fault fault) {
    static const char *const name[GAMLP_FRAME_FAULTS] = {"good", "garbage", "version", "foreign",
                                                         "old"};
    return name[fault];
}

void gamlp_frame_encode(uint8_t bytes[GAMLP_FRAME_HEADER], const gamlp_frame *f) {
    put(bytes + AT_MAGIC, magic, 4);
    put(bytes + AT_VERSION, GAMLP_FRAME_VERSION, 1);
    put(bytes + AT_TYPE, f->type, 1);
    put(bytes + AT_KIND, f->kind, 1);
    put(bytes + AT_CODEC, f->codec, 1);
    put(bytes + AT_JOB, f->job, 8);
    put(bytes + AT_GENERATION, f->generation, 4);
    put(bytes + AT_SOURCE, f->source, 2);
    put(bytes + AT_TARGET, f->target, 2);
    put(bytes + AT_SEQUENCE, f->sequence, 4);
    put(bytes + AT_ITERATION, f->iteration, 4);
    put(bytes + AT_LAYER, f->layer, 4);
    put(bytes + AT_CHUNK, f->chunk, 4);
    put(bytes + AT_CHUNKS, f->chunks, 4);
    put(bytes + AT_SIZE, f->size, 4);
    put(bytes + AT_TOTAL, f->total, 8);
    put(bytes + AT_PAYLOAD_CRC, f->payload_crc, 4);
    put(bytes + AT_HEADER_CRC, gamlp_crc32c(0, bytes, AT_HEADER_CRC), 4);
}

uint32_t gamlp_frame_chunks(uint64_t total) {
    return (uint32_t)((total + GAMLP_FRAME_CHUNK - 1) / GAMLP_FRAME_CHUNK);
}

uint32_t gamlp_frame_chunk_size(uint64_t total, uint32_t chunk) {
    uint64_t left = total - (uint64_t)chunk * GAMLP_FRAME_CHUNK;
    return left < GAMLP_FRAME_CHUNK ? (uint32_t)left : GAMLP_FRAME_CHUNK;
}

/* The number of chunks must fit 32 bits: totals up to 2^52. */
static bool is_consistent(const gamlp_frame *f) {
    if (f->type != GAMLP_FRAME_DATA)
        return f->size == GAMLP_FRAME_STATE && f->kind == 0 && f->codec == 0 && f->total == 0 &&
               f->chunks == 0 && f->iteration == 0 && f->layer == 0;
    return f->sequence > 0 && f->total > 0 && f->total <= (uint64_t)1 << 51 &&
           f->chunks == gamlp_frame_chunks(f->total) && f->chunk < f->chunks &&
           f->size == gamlp_frame_chunk_size(f->total, f->chunk);
}

gamlp_frame_fault gamlp_frame_decode(gamlp_frame *f, const uint8_t *bytes, size_t size) {
    if (size != GAMLP_FRAME_HEADER || get(bytes + AT_MAGIC, 4) != magic) return GAMLP_FRAME_GARBAGE;
    if (get(bytes + AT_HEADER_CRC, 4) != gamlp_crc32c(0, bytes, AT_HEADER_CRC))
        return GAMLP_FRAME_GARBAGE;
    if (bytes[AT_VERSION] != GAMLP_FRAME_VERSION) return GAMLP_FRAME_VERSION_OTHER;
    if (bytes[AT_TYPE] < GAMLP_FRAME_HELLO || bytes[AT_TYPE] > GAMLP_FRAME_BYE)
        return GAMLP_FRAME_GARBAGE;
    *f = (gamlp_frame){.type = (gamlp_frame_type)bytes[AT_TYPE],
                       .kind = bytes[AT_KIND],
                       .codec = bytes[AT_CODEC],
                       .job = get(bytes + AT_JOB, 8),
                       .generation = (uint32_t)get(bytes + AT_GENERATION, 4),
                       .source = (uint16_t)get(bytes + AT_SOURCE, 2),
                       .target = (uint16_t)get(bytes + AT_TARGET, 2),
                       .sequence = (uint32_t)get(bytes + AT_SEQUENCE, 4),
                       .iteration = (uint32_t)get(bytes + AT_ITERATION, 4),
                       .layer = (uint32_t)get(bytes + AT_LAYER, 4),
                       .chunk = (uint32_t)get(bytes + AT_CHUNK, 4),
                       .chunks = (uint32_t)get(bytes + AT_CHUNKS, 4),
                       .size = (uint32_t)get(bytes + AT_SIZE, 4),
                       .total = get(bytes + AT_TOTAL, 8),
                       .payload_crc = (uint32_t)get(bytes + AT_PAYLOAD_CRC, 4)};
    return is_consistent(f) ? GAMLP_FRAME_GOOD : GAMLP_FRAME_GARBAGE;
}

gamlp_frame_fault gamlp_frame_judge(const gamlp_frame *f, uint64_t job, uint32_t generation,
                                    uint16_t source, uint16_t target) {
    if (f->job != job || f->source != source || f->target != target) return GAMLP_FRAME_FOREIGN;
    return f->generation == generation ? GAMLP_FRAME_GOOD : GAMLP_FRAME_OLD;
}

void gamlp_frame_state_encode(uint8_t bytes[GAMLP_FRAME_STATE], const gamlp_frame_state *s) {
    memset(bytes, 0, GAMLP_FRAME_STATE);
    put(bytes, s->session, 4);
    put(bytes + 4, s->heard, 4);
    put(bytes + 8, s->taken, 4);
    put(bytes + 12, s->phase, 4);
    put(bytes + 16, s->iteration, 8);
    put(bytes + 24, s->progress, 8);
    put(bytes + 32, s->low, 2);
    put(bytes + 34, s->high, 2);
    put(bytes + 36, s->window, 2);
}

void gamlp_frame_state_decode(gamlp_frame_state *s, const uint8_t bytes[GAMLP_FRAME_STATE]) {
    *s = (gamlp_frame_state){.session = (uint32_t)get(bytes, 4),
                             .heard = (uint32_t)get(bytes + 4, 4),
                             .taken = (uint32_t)get(bytes + 8, 4),
                             .phase = (uint32_t)get(bytes + 12, 4),
                             .iteration = get(bytes + 16, 8),
                             .progress = get(bytes + 24, 8),
                             .low = (uint16_t)get(bytes + 32, 2),
                             .high = (uint16_t)get(bytes + 34, 2),
                             .window = (uint16_t)get(bytes + 36, 2)};
}
