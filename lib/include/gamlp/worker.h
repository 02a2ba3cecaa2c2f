/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: runtime.  A worker: a process that holds a share of a net's layers and does what the
 * coordinator of the run, a `gamlp train` on this or another host, tells it. */
#ifndef GAMLP_WORKER_H
#define GAMLP_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gamlp/option.h"
#include "gamlp/status.h"
#include "gamlp/train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a worker must know to join a run. */
typedef struct gamlp_ticket {
    char coordinator[GAMLP_OPTION_TEXT]; /* endpoint, e.g. tcp://10.0.0.1:4711                  */
    char bind[GAMLP_OPTION_TEXT];        /* where neighbours connect: an address, ipc:DIRECTORY, or
                                            "": the address that leads to the coordinator       */
    char key[41], public_key[41],
        secret_key[41]; /* of the coordinator, of the run's workers; or "" */
    uint64_t job;   /* number of the run                                                         */
    int64_t number; /* of this worker in the run; 0: base plus its rank, see gamlp_ticket_rank() */
    int64_t base;
    int64_t attempt; /* of the coordinator to start it, from 0                                 */
    int64_t threads; /* of BLAS and our kernels; 0: all processors, shared by `sharers` workers */
    int64_t sharers;
    bool insecure;   /* addresses of other hosts without keys                                   */
    double patience; /* seconds of silence of the coordinator after which the worker ends        */
} gamlp_ticket;

/* Nothing but a patience of 60 s; the worker is alone on its host. */
void gamlp_ticket_default(gamlp_ticket *ticket);

/* The ticket as text, a line for each field and an empty one at the end; and back.  GAMLP_E_CONFIG
 * names the line that is wrong. */
void gamlp_ticket_print(char *text, size_t size, const gamlp_ticket *ticket);
gamlp_status gamlp_ticket_parse(gamlp_ticket *ticket, const char *text);

/* The rank that a launcher told this process by SLURM_PROCID, PMI_RANK, OMPI_COMM_WORLD_RANK,
 * JOB_COMPLETION_INDEX or RANK; -1: none did. */
int64_t gamlp_ticket_rank(void);

/* How many processes a launcher started, by SLURM_NTASKS, PMI_SIZE, OMPI_COMM_WORLD_SIZE or
 * WORLD_SIZE; 0: none told. */
int64_t gamlp_ticket_world(void);

/* This process is killed when the one that started it ends. */
gamlp_status gamlp_worker_tie(void);

/* Work until the coordinator says that this was all, or is gone for longer than the ticket's
 * patience: GAMLP_E_IO.  Numbers of threads are set as the ticket says. */
gamlp_status gamlp_worker_run(const gamlp_ticket *ticket);

/* The commands that would start the workers of a run, and which of them would have which layers, as
 * text; nothing is started.  Ownership of the text passes to the caller: gamlp_free(). */
gamlp_status gamlp_train_dry_run(char **text, const gamlp_settings *settings);

/* A line of what was looked at, and whether it is as it should be. */
typedef void (*gamlp_doctor_sink)(void *context, bool good, const char *text);

/* Start the workers that the settings ask for, look at each of them, at the ways between them and
 * at the limits of this process; then end them.  GAMLP_E_DATA when a line was not good. */
gamlp_status gamlp_doctor(const gamlp_settings *settings, gamlp_doctor_sink sink, void *context);

/* Where the run in a directory is, as text for people: complete, running with these workers, or
 * stopped behind this checkpoint.  Ownership of the text passes to the caller: gamlp_free(). */
gamlp_status gamlp_run_status(char **text, const char *run);

#ifdef __cplusplus
}
#endif
#endif
