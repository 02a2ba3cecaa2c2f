/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of hosts: a file with a line `HOST [slots=N] [addr=ADDRESS] [mem=BYTES]` for each, or
 * "HOST:N,HOST". */
#ifndef GAMLP_LAUNCH_HOSTS_H
#define GAMLP_LAUNCH_HOSTS_H

#include <stdint.h>

#include "gamlp/status.h"

enum { GAMLP_HOST_TEXT = 256, GAMLP_HOST_ADDRESS = 64, GAMLP_SLOTS_MAX = 1000 };

typedef struct gamlp_host {
    char name[GAMLP_HOST_TEXT];       /* as ssh takes it                                    */
    char address[GAMLP_HOST_ADDRESS]; /* where others reach its workers; "": found out there */
    int64_t slots;                    /* workers that it may have                           */
    int64_t memory;                   /* bytes for all of them; 0: what its workers find there */
} gamlp_host;

/* A file of that name if there is one, else a list; GAMLP_E_NOINPUT when it has a slash or ends
 * like a file (.txt), and there is none.  GAMLP_E_CONFIG names line and word.
 * Ownership of the array passes to the caller: gamlp_free(). */
gamlp_status gamlp_hosts_read(gamlp_host **host, int64_t *count, const char *text);

/* Slots of all hosts; and the host of worker i, filling one host after the other and beginning
 * again when all are full. */
int64_t gamlp_hosts_slots(const gamlp_host *host, int64_t count);
const gamlp_host *gamlp_hosts_place(const gamlp_host *host, int64_t count, int64_t i);

#endif
