/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pieces of the simulation. */
#ifndef GAMLP_TRANSPORT_SIMULATE_H
#define GAMLP_TRANSPORT_SIMULATE_H

#include "gamlp/simulate.h"

/* Seconds of the lines of Algorithm 1 in one layer. */
typedef struct gamlp_layer_cost {
    double p, wb, zqu;
} gamlp_layer_cost;

/* cost[l - 1] of each layer l. */
void gamlp_simulate_costs(gamlp_layer_cost *cost, const gamlp_simulate_options *options);

/* Cut 1..layers into `workers` runs of consecutive layers whose largest sum is least:
 * last[i] is the last layer of worker i. */
gamlp_status gamlp_simulate_share(int64_t *last, const gamlp_layer_cost *cost, int64_t layers,
                                  int64_t workers);

/* What one worker does in an iteration. */
typedef struct gamlp_share_cost {
    double first_p; /* p of its first layer, which is sent at once */
    double rest;    /* p, W, b of all else                        */
    double dual;    /* z, q, u                                    */
} gamlp_share_cost;

typedef struct gamlp_virtual {
    int64_t workers, iterations;
    const gamlp_share_cost *share;
    double bytes_per_second, latency; /* of a link                                      */
    double coding;                    /* seconds of coding or decoding one tensor       */
    uint64_t tensor;                  /* bytes of one p or q                            */
} gamlp_virtual;

/* Run it: seconds of an iteration, part of the time in which workers wait, bytes of an iteration.
 * GAMLP_E_INTERNAL when the pipeline stands still, which it must not. */
gamlp_status gamlp_virtual_run(gamlp_simulated *result, const gamlp_virtual *plan);

#endif
