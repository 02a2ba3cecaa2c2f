/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gamlp worker: started by gamlp train on this or another host, which hands a ticket over by
 * standard input; or by hand, with --join.  It never outlives whoever started it: it ends when
 * standard input ends, when its parent dies, and when the coordinator is silent for too long. */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gamlp/worker.h"
#include "workers.h"

typedef struct worker_options {
    char join[GAMLP_OPTION_TEXT], job[GAMLP_OPTION_TEXT], ticket[GAMLP_OPTION_TEXT];
    char bind[GAMLP_OPTION_TEXT];
    int64_t number, threads;
    double peer_timeout;
    bool insecure;
} worker_options;

#define AT(field) offsetof(worker_options, field)

const gamlp_option worker_table[] = {
    {"join", GAMLP_OPTION_STRING, AT(join), 0, 0, NULL, "ADDRESS",
     "endpoint of the coordinator, e.g. tcp://10.0.0.1:4711 (default: a ticket on standard input)",
     "Worker"},
    {"job", GAMLP_OPTION_STRING, AT(job), 0, 0, NULL, "TOKEN", "number of the run, 16 digits",
     "Worker"},
    {"ticket", GAMLP_OPTION_STRING, AT(ticket), 0, 0, NULL, "FILE",
     "file in which the run keeps address, number and keys for workers that are started by hand",
     "Worker"},
    {"number", GAMLP_OPTION_INT, AT(number), 0, 65535, NULL, "N",
     "which worker of the run this is, from 1 (default: by the rank that the launcher tells)",
     "Worker"},
    {"bind", GAMLP_OPTION_STRING, AT(bind), 0, 0, NULL, "ADDRESS",
     "address where neighbours connect (default: the one that leads to the coordinator)", "Worker"},
    {"threads", GAMLP_OPTION_INT, AT(threads), -1, 4096, NULL, "N",
     "threads (0: all processors; -1: those of the run with a ticket, else 1)", "Worker"},
    {"peer-timeout", GAMLP_OPTION_REAL, AT(peer_timeout), 0, 86400, NULL, "SECONDS",
     "silence of the coordinator, from the beginning on, after which the worker ends (0: what the "
     "ticket says, else 60)",
     "Worker"},
    {"insecure", GAMLP_OPTION_BOOL, AT(insecure), 0, 0, NULL, NULL,
     "addresses of other hosts without keys", "Worker"},
    {0},
};

const void *worker_defaults(void) {
    static const worker_options defaults = {.threads = -1};
    return &defaults;
}

/* Nothing but the end of standard input is waited for. */
static void *hold_leash(void *unused) {
    char bytes[64];
    for (;;) {
        ssize_t size = read(STDIN_FILENO, bytes, sizeof bytes);
        if (size == 0 || (size < 0 && errno != EINTR)) _exit(75);
    }
    return unused;
}

static gamlp_status tie_leash(void) {
    pthread_t thread;
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&thread, NULL, hold_leash, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (error) return gamlp_fail(GAMLP_E_INTERNAL, "no thread: %s", strerror(error));
    pthread_detach(thread);
    return GAMLP_OK;
}

/* The lines of a ticket, up to the empty one.  Its keys stay in no buffer. */
static gamlp_status read_ticket(gamlp_ticket *ticket, FILE *stream, const char *what) {
    char text[4096];
    size_t used = 0;
    bool ended = false;
    setvbuf(stream, NULL, _IONBF, 0);
    while (!ended && used + 1 < sizeof text &&
           fgets(text + used, (int)(sizeof text - used), stream)) {
        ended = text[used] == '\n';
        used += strlen(text + used);
    }
    gamlp_status status =
        ended ? gamlp_ticket_parse(ticket, text)
              : gamlp_fail(GAMLP_E_DATA, "%s: no ticket that ends with an empty line", what);
    explicit_bzero(text, sizeof text);
    return status;
}

static gamlp_status read_file(gamlp_ticket *ticket, const char *path) {
    FILE *stream = fopen(path, "re");
    if (!stream) return gamlp_fail(GAMLP_E_NOINPUT, "%s: %s", path, strerror(errno));
    gamlp_status status = read_ticket(ticket, stream, path);
    fclose(stream);
    return status;
}

/* What is told on the command line wins over the ticket. */
static gamlp_status apply_options(gamlp_ticket *ticket, const worker_options *o) {
    char *end;
    if (o->join[0]) snprintf(ticket->coordinator, sizeof ticket->coordinator, "%s", o->join);
    if (o->job[0]) {
        ticket->job = strtoull(o->job, &end, 16);
        if (*end || strlen(o->job) != 16)
            return gamlp_fail(GAMLP_E_USAGE, "worker: --job %s: expected 16 digits", o->job);
    }
    if (o->bind[0]) snprintf(ticket->bind, sizeof ticket->bind, "%s", o->bind);
    if (o->number > 0) ticket->number = o->number;
    if (o->peer_timeout > 0) ticket->patience = o->peer_timeout;
    if (o->threads >= 0) ticket->threads = o->threads;
    ticket->insecure = ticket->insecure || o->insecure;
    return GAMLP_OK;
}

gamlp_status cmd_worker(const command *verb, int count, char **words) {
    worker_options o = *(const worker_options *)worker_defaults();
    const option_target target[MAX_TABLES] = {{&o, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_ticket ticket;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(parse_words(argument, verb, target, count, words));
    gamlp_ticket_default(&ticket);
    ticket.threads = 1;
    if (o.ticket[0]) {
        GAMLP_TRY(read_file(&ticket, o.ticket));
    } else if (!o.join[0]) {
        GAMLP_TRY(gamlp_worker_tie());
        GAMLP_TRY(read_ticket(&ticket, stdin, "standard input"));
        GAMLP_TRY(tie_leash());
    }
    GAMLP_TRY(apply_options(&ticket, &o));
    status = gamlp_worker_run(&ticket);
done:
    explicit_bzero(&ticket, sizeof ticket);
    return status;
}
