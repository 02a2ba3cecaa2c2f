/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which layers go where. */
#ifndef GAMLP_RUNTIME_SHARE_OUT_H
#define GAMLP_RUNTIME_SHARE_OUT_H

#include <stdint.h>

#include "runtime/run.h"

/* Bytes of a process without layers: program, libraries, and chunks on their way in. */
enum { GAMLP_SHARE_LEAST = 20 << 20 };

/* What a net takes: its widths width[0..layers], the columns of training, validation and test, and
 * what else tells how much memory its variables have. */
typedef struct gamlp_net_size {
    const int64_t *width;
    int64_t layers, columns[3];
    double x;     /* bytes of the columns themselves */
    bool held;    /* weights are put aside after each iteration */
    bool coded;   /* a lossless stage remembers what travelled before */
    bool adopted; /* the first weights are a model's */
    bool quantised, regularised;
} gamlp_net_size;

/* What one layer takes.  Bytes of a share: GAMLP_SHARE_LEAST, `state` of all its layers, the
 * greatest `scratch` of them, `below` of its first and `above` of its last one. */
typedef struct gamlp_load {
    double operations;     /* of one iteration */
    double state, scratch; /* bytes */
    double below, above;   /* bytes: copies of the neighbour's variables, coders and a link */
} gamlp_load;

/* Load of layer l, an estimate; layer 1 goes by the Gram matrix when there are no more training
 * columns than features. */
gamlp_load gamlp_load_of(const gamlp_net_size *size, int64_t l);

/* Loads of layers 1..layers of a net of these widths in this run. */
void gamlp_loads_of_run(gamlp_load *load, const gamlp_run_data *data,
                        const gamlp_train_options *options, const int64_t *width, int64_t layers);

/* Bytes of a share of layers first..last. */
double gamlp_share_bytes(const gamlp_load *load, int64_t first, int64_t last);

/* Where a worker is, and the bytes that the workers of its host may take together; INFINITY where
 * that is not known. */
typedef struct gamlp_place {
    int64_t host;
    double bytes;
} gamlp_place;

/* The places of workers, in the order of their shares, and the bytes that each may take. */
typedef struct gamlp_room {
    const gamlp_place *place; /* NULL: none is bounded by its host */
    double of_one;            /* INFINITY: no worker is bounded by itself */
} gamlp_room;

/* Cut layers 1..layers into `shares` <= layers contiguous blocks that fit their places, the last
 * layer of each in last[0..shares): of such cuts one whose greatest number of operations is least.
 * GAMLP_E_CONFIG when none fits.  A host that has several groups of workers gives each group a part
 * of its memory, by their numbers. */
gamlp_status gamlp_share_out(int64_t *last, int64_t shares, const gamlp_load *load, int64_t layers,
                             const gamlp_room *room);

/* The same for at most `workers` shares in these places, or as --plan says, as far as there are
 * layers. */
gamlp_status gamlp_share_plan(int64_t *last, int64_t *shares, const gamlp_train_options *options,
                              int64_t workers, const gamlp_load *load, int64_t layers,
                              const gamlp_place *place);

#endif
