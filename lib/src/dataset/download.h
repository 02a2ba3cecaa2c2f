/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One answer of one address (the adapter of libcurl): http, https and file, proxies as the
 * environment names them (http_proxy, https_proxy, all_proxy, no_proxy), certificates verified. */
#ifndef GAMLP_DATASET_DOWNLOAD_H
#define GAMLP_DATASET_DOWNLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gamlp/status.h"

enum { GAMLP_DOWNLOAD_TEXT = 1024 };

/* What to do after a failure. */
typedef enum gamlp_download_advice {
    GAMLP_DOWNLOAD_RETRY,  /* the same address may do better: a lost connection, a busy server */
    GAMLP_DOWNLOAD_AFRESH, /* ... when asked for all of it: what is here is no part of it      */
    GAMLP_DOWNLOAD_LEAVE,  /* this address will not do better                                  */
    GAMLP_DOWNLOAD_STOP    /* no address will: the disk is full, the caller wants to stop      */
} gamlp_download_advice;

typedef struct gamlp_download {
    const char *address;
    const char *validator; /* bytes from `offset` on are wanted of this edition only; or ""    */
    int64_t offset;        /* bytes that are here already                                      */
    int64_t limit;         /* refuse a file of more bytes                                      */
    double connect_seconds;
    double stall_seconds; /* give up when hardly a byte has come for so long                   */
    void *context;
    /* The first bytes are about to come, from the start (whole) or from `offset`.  `total` is the
     * size of the file, or -1. */
    gamlp_status (*begin)(void *context, bool whole, int64_t total, const char *validator);
    gamlp_status (*write)(void *context, const void *data, size_t size);
    bool (*go_on)(void *context); /* asked about every second; false ends it, GAMLP_E_STOPPED  */

    gamlp_download_advice advice; /* set on failure                                            */
} gamlp_download;

/* Get it.  On failure the sentence is the reason alone, without file and address. */
gamlp_status gamlp_download_run(gamlp_download *download);

#endif
