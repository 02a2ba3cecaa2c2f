/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The workers of a run, as the coordinator sees them: started, heard, told, watched and ended. */
#ifndef GAMLP_RUNTIME_CREW_H
#define GAMLP_RUNTIME_CREW_H

#include "gamlp/train.h"
#include "gamlp/worker.h"
#include "launch/directory.h"
#include "launch/hosts.h"
#include "launch/process.h"
#include "runtime/orders.h"
#include "runtime/share_out.h"
#include "runtime/wire.h"

/* What a worker was sent of the present columns. */
typedef struct gamlp_member_data {
    int64_t serial;
    bool x, label;
} gamlp_member_data;

/* What a worker told last. */
typedef struct gamlp_account {
    uint32_t generation; /* of the share that it was about */
    int64_t first, last, iteration;
    double compute, wait;
    gamlp_ledger sent[GAMLP_LEDGERS];
    int64_t dropped[GAMLP_HUB_COUNTS];
} gamlp_account;

typedef struct gamlp_member {
    int64_t number;        /* in the run; a worker that takes another's place has another one */
    gamlp_process process; /* that we started for it, if we did */
    gamlp_wire wire;
    gamlp_answer_hello hello;
    bool here, lost;
    gamlp_member_data data;
    gamlp_account account;
} gamlp_member;

typedef struct gamlp_crew {
    const gamlp_train_options *options;
    char *program;             /* path of this program */
    char *logs;                /* folder of the workers' logs, or NULL */
    gamlp_directory directory; /* of the sockets */
    gamlp_hub *hub;
    gamlp_port *port;
    gamlp_keypair keys, worker_keys;
    bool secure; /* with these keys */
    uint64_t job;
    gamlp_launcher launcher;
    gamlp_host *host;
    int64_t hosts, wanted;  /* hosts; workers that there are to be */
    int64_t base;           /* number before the first one of a Slurm step */
    int64_t count, numbers; /* members; numbers given so far */
    gamlp_member *member;
    int64_t restarts;                  /* so far */
    uint32_t generation;               /* of shares */
    gamlp_ledger sent[GAMLP_LEDGERS];  /* of all workers that there were */
    int64_t dropped[GAMLP_HUB_COUNTS]; /* ... */
    double status_at;                  /* when status.json was written */
    gamlp_worker_progress *shown;      /* room for all members         */
    int64_t data_serial;               /* of the columns that are trained on */
    gamlp_link **link;                 /* of all members, for waiting */
    double heard_at;                   /* when something came last, while we wait */
    bool stall_told;                   /* the user knows that it takes long */
    bool dropping;   /* shares are given up: that steps of theirs fail says nothing */
    double deadline; /* for waiting, by gamlp_clock(); 0: none */
} gamlp_crew;

/* Open files that a process with so many workers needs, about. */
int64_t gamlp_crew_files(int64_t workers);

/* Start the workers that the options ask for, and wait until all are here.  `logs` is the folder
 * of their logs.  GAMLP_E_CONFIG when so many cannot be had.  Ownership passes to the caller:
 * gamlp_crew_free(). */
gamlp_status gamlp_crew_new(gamlp_crew **crew, const gamlp_train_options *options,
                            const char *logs);

/* Tell the workers that this was all and wait for their end; those that do not end are killed. */
void gamlp_crew_free(gamlp_crew *crew);

/* Of the folder of logs leave only those with a word in them: whatever workers were here, also
 * those of a run that was killed, ticket and status are of no use any more. */
void gamlp_crew_sweep(const char *logs);

/* Send a message to member i; the writer is cleared, in any case. */
gamlp_status gamlp_crew_tell(gamlp_crew *crew, int64_t i, gamlp_order order, gamlp_writer *fields);

/* Wait for an answer of any member; *body lives until the next call.  A member that failed gives
 * its status and sentence, one that is lost GAMLP_E_IO and a sentence that names it. */
gamlp_status gamlp_crew_hear(int64_t *member, gamlp_order *order, gamlp_reader *body,
                             gamlp_crew *crew);

/* GAMLP_E_IO when a member is lost, or the deadline over; `crew` is a gamlp_crew. */
gamlp_status gamlp_crew_check(void *crew);

/* Whether a member is lost or out of reach, so that its place must be taken. */
bool gamlp_crew_is_broken(const gamlp_crew *crew);

/* Places of `count` workers for gamlp_share_plan(), where they are or, before they have come, where
 * they are to be: bytes of a host are those of the list of hosts, else, unless each worker was
 * given its own, what its workers say it has. */
void gamlp_crew_places(gamlp_place *place, int64_t count, const gamlp_crew *crew);

/* Make all members give up their shares, and put others in the place of those that are lost. */
gamlp_status gamlp_crew_renew(gamlp_crew *crew);

#endif
