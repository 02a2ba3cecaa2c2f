/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of a worker share. */
#ifndef GAMLP_RUNTIME_WORKER_H
#define GAMLP_RUNTIME_WORKER_H

#include "gamlp/worker.h"
#include "runtime/orders.h"
#include "runtime/wire.h"
#include "transport/matrix.h"

/* Where to hurt a worker, for tests: GAMLP_FAULT holds `kill|stop|delay=SECONDS` :
 * LAYER@ITERATION:PHASE, several of them separated by commas. */
typedef enum gamlp_fault_action {
    GAMLP_FAULT_KILL,
    GAMLP_FAULT_STOP,
    GAMLP_FAULT_DELAY,
    GAMLP_FAULT_EXIT
} gamlp_fault_action;

typedef struct gamlp_fault {
    gamlp_fault_action action;
    double seconds;
    int64_t layer, iteration;
    gamlp_phase phase;
} gamlp_fault;

enum { GAMLP_FAULTS_MAX = 16, GAMLP_TENSORS = 3 };

/* The short name of a phase, e.g. "p", "zqu", "receive". */
const char *gamlp_phase_name(gamlp_phase phase);

/* Read GAMLP_FAULT; GAMLP_E_CONFIG for what it does not understand. */
gamlp_status gamlp_faults_read(gamlp_fault fault[GAMLP_FAULTS_MAX], int64_t *count);

/* Do what the list says for this point; each of them once. */
void gamlp_faults_meet(gamlp_fault fault[GAMLP_FAULTS_MAX], int64_t *count, gamlp_phase phase,
                       int64_t layer, int64_t iteration);

typedef struct gamlp_worker {
    const gamlp_ticket *ticket;
    int64_t number;
    gamlp_hub *hub;
    gamlp_port *port;
    gamlp_wire control;
    gamlp_order_data data; /* of the split */
    gamlp_problem *problem;
    gamlp_order_share share;
    gamlp_link *below, *above;
    gamlp_coder *out[GAMLP_TENSORS], *in[GAMLP_TENSORS]; /* by kind, of what is sent and received */
    gamlp_loan *loan[GAMLP_TENSORS];                     /* ... of what is sent from its place */
    gamlp_exchange exchange;
    gamlp_pdadmm *block;
    int64_t iteration; /* done */
    bool spoiled;      /* a step failed or was given up: only DROP and END are heeded */
    bool ended;
    gamlp_phase phase; /* now, of this layer, since */
    int64_t layer;
    double since, spent[GAMLP_PHASES];
    gamlp_answer_figures figures;
    gamlp_fault fault[GAMLP_FAULTS_MAX];
    int64_t faults;
} gamlp_worker;

/* A block for the share that was ordered, with its links; and without. */
gamlp_status gamlp_worker_take_share(gamlp_worker *worker, const gamlp_reader *body);
void gamlp_worker_drop_share(gamlp_worker *worker);

/* Orders about the block. */
gamlp_status gamlp_worker_obey(gamlp_worker *worker, gamlp_order order, const gamlp_reader *body);

/* Seconds that a neighbour may keep us waiting: the coordinator judges who is lost. */
enum { GAMLP_WORKER_DEADLINE = 1000000000 };

#endif
