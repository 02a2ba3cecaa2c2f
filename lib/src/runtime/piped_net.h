/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of a net in workers share. */
#ifndef GAMLP_RUNTIME_PIPED_NET_H
#define GAMLP_RUNTIME_PIPED_NET_H

#include "runtime/piped.h"

/* What the workers told of one iteration; two of them may be underway. */
typedef struct gamlp_told {
    int64_t iteration, answers;
    gamlp_score score;
    gamlp_layer_figures *layer; /* of all layers */
    gamlp_account *account;     /* of all shares */
} gamlp_told;

typedef struct gamlp_piped {
    gamlp_crew *crew;
    const gamlp_run *run;
    int64_t layers, *width; /* width[0..layers] */
    gamlp_init init;
    double init_scale;
    uint64_t seed;
    gamlp_pdadmm_options options; /* in force */
    int64_t stage;
    int64_t shares, *last; /* members that hold layers, and the last layer of each */
    gamlp_told told[2];
    gamlp_levels *levels; /* of each layer, from its place 1 */
    const gamlp_layer_figures **list;
    gamlp_figures figures;
    gamlp_stall stall;
    bool comparable, ahead, restored;
    int64_t iteration, granted; /* done; and ordered, which may be one more */
    int64_t barrier;            /* no later iteration is ordered; 0: any is */
    gamlp_status pending;       /* of a call that cannot fail */
    char sentence[512];
} gamlp_piped;

/* The member that holds layer l, and the first layer of member i. */
int64_t gamlp_piped_holder(const gamlp_piped *net, int64_t l);
int64_t gamlp_piped_first(const gamlp_piped *net, int64_t i);

/* A plan for the present widths, the columns and shares for each worker that holds some. */
gamlp_status gamlp_piped_share_out(gamlp_piped *net);

/* What the workers hold, layer by layer, to `sink`; and back from `source`, with the layers below
 * shares when all of the state is there.  A layer without bytes becomes an identity. */
gamlp_status gamlp_piped_collect(gamlp_piped *net, gamlp_state_kind kind, gamlp_layer_sink sink,
                                 void *context);
gamlp_status gamlp_piped_distribute(gamlp_piped *net, gamlp_state_kind kind,
                                    gamlp_layer_source source, void *context);

/* Bytes of layers in memory, by layer from place 1. */
typedef struct gamlp_layer_bytes {
    unsigned char *data; /* owned */
    size_t size;
} gamlp_layer_bytes;

/* Sink and source of an array of them. */
gamlp_status gamlp_layer_bytes_take(void *context, int64_t layer, const unsigned char *bytes,
                                    size_t size);
gamlp_status gamlp_layer_bytes_give(unsigned char **bytes, size_t *size, void *context,
                                    int64_t layer);
void gamlp_layer_bytes_clear(gamlp_layer_bytes *bytes, int64_t layers);

/* The same order to all that hold layers. */
gamlp_status gamlp_piped_order(gamlp_piped *net, gamlp_order order, const gamlp_writer *fields);

/* Wait until `count` answers of this kind have come, and hand each to `take`. */
typedef gamlp_status (*gamlp_piped_taker)(gamlp_piped *net, int64_t member, gamlp_reader *body,
                                          void *context);
gamlp_status gamlp_piped_await(gamlp_piped *net, gamlp_order order, int64_t count,
                               gamlp_piped_taker take, void *context);

/* Answers that come while others are awaited: figures of an iteration that is ahead. */
gamlp_status gamlp_piped_take_figures(gamlp_piped *net, int64_t member, gamlp_reader *body);

/* Let all go on from the state of their layers behind `iteration`, or from the weights. */
gamlp_status gamlp_piped_begin(gamlp_piped *net, gamlp_order order, int64_t iteration);

#endif
