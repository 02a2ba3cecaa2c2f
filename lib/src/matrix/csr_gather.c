/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hop kernel Y_:i = sum_j S_ij X_:j.
 *
 * Every element of Y is its own sum over j in index order, so neither the
 * chunks, nor the threads, nor the width of the vector unit change a bit. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/hot.h"
#include "core/past.h"
#include "gamlp/threads.h"
#include "matrix/gather.h"

enum {
    SMALL_WORK = 1 << 15, /* multiply-adds below which one chunk is faster than waking threads  */
    LINE = 64,            /* bytes of a cache line, and of the widest vectors                   */
    LANES = LINE / (int)sizeof(gamlp_real),
    WIDE = 8,          /* vectors of a strip of features whose sums stay in registers           */
    PRIVATE = 1 << 19, /* bytes of columns that are found in a private cache without being asked
                          for: about half of one                                                */
    NEAR = 32,         /* cache lines that have been asked into the first-level cache and not yet
                          been added, and                                                       */
    FAR = 704          /* those that have been asked into the second: as they come from a shared
                          cache in no order, this hides their way                               */
};

/* LANES numbers; where the processor has narrower vectors the compiler takes several. */
typedef gamlp_real lanes __attribute__((vector_size(LINE)));

typedef uint16_t packed_lanes __attribute__((vector_size(2 * LANES)));
typedef uint32_t bits_lanes __attribute__((vector_size(4 * LANES)));
typedef float single_lanes __attribute__((vector_size(4 * LANES)));

GAMLP_HOT_PART void unpack(lanes *value, const bits_lanes *bits) {
    single_lanes single;
    memcpy(&single, bits, sizeof single);
    *value = __builtin_convertvector(single, lanes);
}

/* LANES numbers of a column of either kind, of which one of bfloat16 has no pairs there. */
GAMLP_HOT_PART void load(lanes *value, const unsigned char *from, bool packed) {
    packed_lanes half;
    if (!packed) {
        memcpy(value, from, sizeof *value);
        return;
    }
    memcpy(&half, from, sizeof half);
    const bits_lanes bits = __builtin_convertvector(half, bits_lanes) << 16;
    unpack(value, &bits);
}

/* Two vectors that follow each other. */
GAMLP_HOT_PART void load_pair(lanes value[2], const unsigned char *from, bool packed) {
    bits_lanes pair;
    if (!packed) {
        for (int q = 0; q < 2; q++) load(&value[q], from + q * LINE, false);
        return;
    }
    memcpy(&pair, from, sizeof pair);
    const bits_lanes low = pair << 16, high = pair & 0xFFFF0000u;
    unpack(&value[0], &low);
    unpack(&value[1], &high);
}

/* bits <- those of the nearest bfloat16, in the upper halves; the lower ones are to be cut off. */
GAMLP_HOT_PART void round_bits(bits_lanes *bits, const lanes *value) {
    const single_lanes single = __builtin_convertvector(*value, single_lanes);
    memcpy(bits, &single, sizeof *bits);
    *bits += 0x7FFF + (*bits >> 16 & 1);
}

GAMLP_HOT_PART void store_past(gamlp_real *to, const lanes *value) {
    gamlp_past_vector bits;
    memcpy(&bits, value, sizeof bits);
    gamlp_past_store_vector(to, &bits);
}

/* As gamlp_bfloat16_pack() does: two vectors that are a pair, or one that is not. */
GAMLP_HOT_PART void store_pair(uint16_t *to, const lanes *first, const lanes *second) {
    bits_lanes low, high;
    round_bits(&low, first);
    round_bits(&high, second);
    low = low >> 16 | (high & 0xFFFF0000u);
    memcpy(to, &low, sizeof low);
}

GAMLP_HOT_PART void store_half(uint16_t *to, const lanes *value) {
    bits_lanes bits;
    round_bits(&bits, value);
    const packed_lanes half = __builtin_convertvector(bits >> 16, packed_lanes);
    memcpy(to, &half, sizeof half);
}

GAMLP_HOT_PART uint32_t nearest_bfloat16(gamlp_real number) {
    const float value = (float)number;
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
}

/* Element g of a column, of either kind. */
GAMLP_HOT_PART gamlp_real element(const unsigned char *column, int64_t g, bool packed) {
    gamlp_real value;
    uint16_t half;
    if (!packed) {
        memcpy(&value, column + g * (int64_t)sizeof value, sizeof value);
        return value;
    }
    memcpy(&half, column + g * (int64_t)sizeof half, sizeof half);
    return gamlp_bfloat16_value(half);
}

/* sum <- sum + sum_k v_k x_k over the entries [k, stop), for `count` vectors of the columns at
 * `at`; with `ask` the columns of later entries are asked for. */
#define ADD_ENTRIES(count, ask)                                                                    \
    do {                                                                                           \
        for (; k < stop; k++) {                                                                    \
            const unsigned char *from = at + c->idx[k] * c->step;                                  \
            if (ask) {                                                                             \
                const int64_t lines = ((count) * (int)c->item * LANES + LINE - 1) / LINE;          \
                const unsigned char *near = at + c->idx[k + NEAR / (lines + 1)] * c->step;         \
                const unsigned char *far = at + c->idx[k + FAR / (lines + 1)] * c->step;           \
                for (int q = 0; q < lines; q++) __builtin_prefetch(near + q * LINE, 0, 3);         \
                for (int q = 0; q < lines; q++) __builtin_prefetch(far + q * LINE, 0, 2);          \
            }                                                                                      \
            for (int q = 0; q + 1 < (count); q += 2) {                                             \
                lanes value[2];                                                                    \
                load_pair(value, from + q * LANES * c->item, packed);                              \
                sum[q] += c->val[k] * value[0];                                                    \
                sum[q + 1] += c->val[k] * value[1];                                                \
            }                                                                                      \
            if ((count) == 1) {                                                                    \
                lanes value;                                                                       \
                load(&value, from, packed);                                                        \
                sum[0] += c->val[k] * value;                                                       \
            }                                                                                      \
        }                                                                                          \
    } while (0)

/* The strip of `count` <= WIDE vectors of a row that begins at feature f. */
#define GATHER_STRIP(count)                                                                        \
    do {                                                                                           \
        const unsigned char *at = c->x + f * c->item;                                              \
        int64_t k = begin;                                                                         \
        lanes sum[count];                                                                          \
        for (int q = 0; q < (count); q++) sum[q] = (lanes){0};                                     \
        for (int q = 0; add && q < (count); q++) memcpy(&sum[q], y + f + q * LANES, LINE);         \
        if (ask)                                                                                   \
            ADD_ENTRIES(count, true);                                                              \
        else                                                                                       \
            ADD_ENTRIES(count, false);                                                             \
        for (int q = 0; q < (count); q++) {                                                        \
            if (c->far) store_past(y + f + q * LANES, &sum[q]);                                    \
            if (y && !c->far) memcpy(y + f + q * LANES, &sum[q], sizeof sum[q]);                   \
            if (past) store_past(past + f + q * LANES, &sum[q]);                                   \
        }                                                                                          \
        for (int q = 0; half && q + 1 < (count); q += 2)                                           \
            store_pair(half + f + q * LANES, &sum[q], &sum[(q + 1) % (count)]);                    \
        if (half && (count) == 1) store_half(half + f, sum);                                       \
        f += (count)*LANES;                                                                        \
    } while (0)

/* What all rows of a product share. */
typedef struct columns {
    const unsigned char *x;
    const int32_t *idx;
    const gamlp_real *val;
    int64_t item, step, d; /* bytes of a number and from column to column; numbers */
    int64_t ask_until;     /* entries that others may be asked for after           */
    bool far, roomy;       /* as in the job                                        */
} columns;

/* With `vectors` every column is so many, and the next one follows: numbers that the compiler
 * knows. */
GAMLP_HOT_PART columns columns_of(const gamlp_gather *job, bool packed, int vectors) {
    columns c = {
        .idx = job->s->idx, .val = job->s->val, .d = job->d, .far = job->far, .roomy = job->roomy};
    c.x = packed ? (const unsigned char *)job->packed : (const unsigned char *)job->x;
    c.item = packed ? (int64_t)sizeof *job->packed : (int64_t)sizeof *job->x;
    if (vectors > 0) c.d = vectors * LANES;
    c.step = (vectors > 0 ? c.d : job->x_stride) * c.item;
    c.ask_until = job->s->cols * c.step > PRIVATE ? job->s->nnz - FAR : 0;
    return c;
}

/* The elements of a row from feature f on, fewer than a vector has, to y. */
GAMLP_HOT_PART void gather_rest(const columns *c, int64_t begin, int64_t stop, gamlp_real *y,
                                int64_t f, bool add) {
    enum { packed = false };
    const unsigned char *at = c->x + f * c->item;
    const size_t bytes = (size_t)(c->d - f) * sizeof *y;
    int64_t k = begin;
    lanes sum[1] = {{0}};
    if (add) memcpy(sum, y, bytes);
    if (stop <= c->ask_until)
        ADD_ENTRIES(1, true);
    else
        ADD_ENTRIES(1, false);
    memcpy(y, sum, bytes);
}

/* y <- sum_k v_k x_k over the entries [begin, stop), or with `add` y + v_begin x_begin + ..., in
 * this order; `past` and `half` as in the job. */
GAMLP_HOT_PART void gather_entries(const columns *c, int64_t begin, int64_t stop, gamlp_real *y,
                                   gamlp_real *past, uint16_t *half, bool add, bool packed) {
    const int64_t d = c->d;
    const bool ask = stop <= c->ask_until;
    int64_t f = 0;
    while (f + WIDE * LANES <= d) GATHER_STRIP(WIDE);
    if (f + 4 * LANES <= d) GATHER_STRIP(4);
    if (f + 2 * LANES <= d) GATHER_STRIP(2);
    if (f + LANES <= d) GATHER_STRIP(1);
    if (f == d) return;
    if (c->roomy && !packed) {
        gather_rest(c, begin, stop, y + f, f, add);
    } else {
        if (!add) memset(y + f, 0, (size_t)(d - f) * sizeof *y);
        for (int64_t k = begin; k < stop; k++) {
            const unsigned char *from = c->x + c->idx[k] * c->step;
            for (int64_t g = f; g < d; g++) y[g] += c->val[k] * element(from, g, packed);
        }
    }
    for (int64_t g = f; half && g < d; g++) half[g] = (uint16_t)nearest_bfloat16(y[g]);
}

GAMLP_HOT_PART void gather_kind(const gamlp_gather *job, int64_t first, int64_t end, bool packed,
                                int vectors) {
    const columns c = columns_of(job, packed, vectors);
    const int64_t *ptr = job->s->ptr;
    for (int64_t i = first; i < end; i++) {
        if (job->distance && job->distance[i] > job->reach) continue;
        gather_entries(&c, ptr[i], ptr[i + 1], job->y ? job->y + i * job->stride : NULL,
                       job->past ? job->past + i * job->past_stride : NULL,
                       job->half ? job->half + i * job->half_stride : NULL, false, packed);
    }
}

/* A block of rows: one tile of columns after the other. */
GAMLP_HOT_PART void tiles_kind(const gamlp_gather *job, int64_t block, bool packed) {
    const columns c = columns_of(job, packed, 0);
    const gamlp_tiles *tiles = job->tiles;
    const int64_t first = tiles->first[block], end = tiles->first[block + 1];
    const int64_t stride = job->stride, many = tiles->tiles;
    const int32_t *distance = job->distance;
    const uint16_t *count = tiles->count + first * many;
    int64_t k = job->s->ptr[first];
    for (int64_t tile = 0; tile < many; tile++) {
        uint16_t *half = tile == many - 1 ? job->half : NULL;
        gamlp_real *y = job->y + first * stride;
        for (int64_t i = first; i < end; i++, y += stride) {
            const int64_t stop = k + *count++;
            if (!distance || distance[i] <= job->reach)
                gather_entries(&c, k, stop, y, NULL, half ? half + i * job->half_stride : NULL,
                               tile > 0, packed);
            k = stop;
        }
    }
}

GAMLP_HOT static void gather_real(const gamlp_gather *job, int64_t first, int64_t end) {
    gather_kind(job, first, end, false, 0);
}

GAMLP_HOT static void gather_packed(const gamlp_gather *job, int64_t first, int64_t end) {
    gather_kind(job, first, end, true, 0);
}

/* The strips that the feature engine makes of many nodes. */
GAMLP_HOT static void gather_ones(const gamlp_gather *job, int64_t first, int64_t end) {
    gather_kind(job, first, end, false, 1);
}

GAMLP_HOT static void gather_twos(const gamlp_gather *job, int64_t first, int64_t end) {
    gather_kind(job, first, end, false, 2);
}

GAMLP_HOT static void gather_packed_twos(const gamlp_gather *job, int64_t first, int64_t end) {
    gather_kind(job, first, end, true, 2);
}

GAMLP_HOT static void tiles_real(const gamlp_gather *job, int64_t block) {
    tiles_kind(job, block, false);
}

GAMLP_HOT static void tiles_packed(const gamlp_gather *job, int64_t block) {
    tiles_kind(job, block, true);
}

static void gather_rows(const gamlp_gather *job, int64_t begin, int64_t last_row) {
    const int64_t width = job->x_stride == job->d ? job->d : 0;
    if (job->x && width == LANES)
        gather_ones(job, begin, last_row);
    else if (job->x && width == 2 * LANES)
        gather_twos(job, begin, last_row);
    else if (job->x)
        gather_real(job, begin, last_row);
    else if (width == 2 * LANES)
        gather_packed_twos(job, begin, last_row);
    else
        gather_packed(job, begin, last_row);
    if (job->past) gamlp_past_end();
}

bool gamlp_gather_streams(const gamlp_real *past, int64_t stride, int64_t d) {
    return (uintptr_t)past % LINE == 0 && stride % LANES == 0 && d % LANES == 0;
}

gamlp_real gamlp_bfloat16_value(uint16_t packed) {
    const uint32_t bits = (uint32_t)packed << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

GAMLP_HOT void gamlp_bfloat16_pack(uint16_t *restrict to, const gamlp_real *restrict from,
                                   int64_t count) {
    int64_t k = 0;
    for (; k + 2 * LANES <= count; k += 2 * LANES) {
        lanes value[2];
        memcpy(value, from + k, sizeof value);
        store_pair(to + k, &value[0], &value[1]);
    }
    for (; k < count; k++) to[k] = (uint16_t)nearest_bfloat16(from[k]);
}

int64_t gamlp_csr_part(const gamlp_csr *s, int64_t part, int64_t parts) {
    int64_t goal = (s->nnz + s->rows) / parts * part, low = 0, high = s->rows;
    if (part == parts) return s->rows;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (s->ptr[middle] + middle < goal)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t gamlp_csr_chunk(const gamlp_csr *s, int64_t chunk) {
    return gamlp_csr_part(s, chunk, GAMLP_CSR_CHUNKS);
}

/* Blocks of a thread do not follow each other, as rows may be sorted. */
static void gather_block(void *context, int64_t turn) {
    const gamlp_gather *const *job = context;
    const gamlp_tiles *tiles = (*job)->tiles;
    const int64_t each = tiles->blocks / tiles->threads;
    const int64_t block = turn % each * tiles->threads + turn / each;
    if (!tiles->tiled[block])
        gather_rows(*job, tiles->first[block], tiles->first[block + 1]);
    else if ((*job)->x)
        tiles_real(*job, block);
    else
        tiles_packed(*job, block);
}

static void gather_chunk(void *context, int64_t chunk) {
    const gamlp_gather *const *job = context;
    gather_rows(*job, gamlp_csr_chunk((*job)->s, chunk), gamlp_csr_chunk((*job)->s, chunk + 1));
}

void gamlp_gather_run(const gamlp_gather *job) {
    const gamlp_csr *s = job->s;
    if (job->d == 0 || s->rows == 0) return;
    if (job->tiles)
        gamlp_parallel(job->tiles->blocks, gather_block, &job);
    else if (s->nnz + s->rows < SMALL_WORK / job->d)
        gather_rows(job, 0, s->rows);
    else
        gamlp_parallel(GAMLP_CSR_CHUNKS, gather_chunk, &job);
}

void gamlp_csr_gather(gamlp_dense *y, const gamlp_csr *s, const gamlp_dense *x) {
    const gamlp_gather job = {
        .y = y->data, .stride = x->rows, .s = s, .x = x->data, .x_stride = x->rows, .d = x->rows};
    gamlp_gather_run(&job);
}
