/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: transport.  How fast a pipeline of workers would be: the link protocol itself, by its
 * state machines, over a virtual clock, with given times of computing and given links.  Each link
 * carries at its own speed both ways; a worker computes one step at a time, and what it sent
 * travels meanwhile. */
#ifndef GAMLP_SIMULATE_H
#define GAMLP_SIMULATE_H

#include <stdint.h>

#include "gamlp/option.h"
#include "gamlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gamlp_simulate_options {
    int64_t layers, hidden, features, nodes, classes; /* of the net and the training columns */
    gamlp_ints workers;  /* of each row of the table                   */
    double gbit;         /* of each link, in 10^9 bits a second                                  */
    double latency;      /* of each link, in microseconds                                        */
    int bits;            /* of p and q on the wire: an index into 32 16 8 4                      */
    double coded;        /* bytes after the lossless stage over those before                      */
    double coding;       /* gigabytes of stored numbers that an end codes or decodes in a second */
    double gflops;       /* of a worker, in matrix products                                      */
    double memory;       /* gigabytes a second of a worker's elementwise lines                   */
    double iteration_ms; /* of one process as measured, shared among the lines by their work;
                            0: from gflops and memory                                            */
    int64_t iterations;  /* simulated, of which the first two do not count                       */
} gamlp_simulate_options;

/* Rows of the options, for command line and help. */
extern const gamlp_option gamlp_simulate_table[];

/* Sizes of ogbn-arxiv: 17 layers of 4000 neurons, 90,941 training nodes, 4 hops. */
void gamlp_simulate_options_default(gamlp_simulate_options *options);

/* GAMLP_E_CONFIG names what is out of range. */
gamlp_status gamlp_simulate_options_check(const gamlp_simulate_options *options);

/* Net and iteration_ms (the median) of a run of one process or one worker: RUN/summary.json and
 * RUN/run.jsonl.  GAMLP_E_NOINPUT, _DATA and _CONFIG name the file. */
gamlp_status gamlp_simulate_measured(gamlp_simulate_options *options, const char *run);

typedef struct gamlp_simulated {
    int64_t workers;   /* that hold layers: at most as many as there are layers           */
    double serial;     /* seconds of an iteration in one process                          */
    double seconds;    /* of an iteration of the pipeline                                 */
    double speedup;    /* serial / seconds                                                */
    double bound;      /* serial / the largest share: what no links can improve on         */
    double waiting;    /* part of the time in which the workers wait, on average           */
    double wire_bytes; /* of an iteration, all links, headers and acknowledgements included */
} gamlp_simulated;

/* One row: layers are shared among `workers` so that the largest share is least. */
gamlp_status gamlp_simulate(gamlp_simulated *result, const gamlp_simulate_options *options,
                            int64_t workers);

#ifdef __cplusplus
}
#endif
#endif
