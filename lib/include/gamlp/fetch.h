/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: dataset.  The files of known data sets, fetched from their sources.
 *
 * A manifest says which files a data set has, their sizes and hashes and where
 * they are to be had.  A file comes as FILE.part beside its name, survives an
 * interruption there, and gets its name when its hash was found to be right:
 * under FILE there is never anything incomplete.  Nothing is ever asked. */
#ifndef GAMLP_FETCH_H
#define GAMLP_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/dataset.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How far a fetch is. */
typedef struct gamlp_fetch_progress {
    const char *name, *address; /* file, as in the manifest, and where it comes from     */
    int64_t index, count;       /* which file of how many                                */
    int64_t received, total;    /* bytes of this file; -1: not known                     */
    bool waiting;               /* for another process that fetches the same file        */
} gamlp_fetch_progress;

typedef struct gamlp_fetch_options {
    const char *data;     /* folder of the data sets, or NULL: environment GAMLP_DATA        */
    const char *manifest; /* path of a manifest to use instead of the library's, or NULL     */
    bool offline;         /* only look at what is there                                      */
    bool plan;            /* only say what would be done; the files are not looked into       */
    int64_t tries;        /* requests for a file at one address, at least 1                  */
    double pause_seconds; /* before the second try; twice as long before each further one   */
    double connect_seconds, stall_seconds; /* patience with a server                        */
    int64_t max_size; /* bytes of a file of which the manifest does not tell a bound         */
    /* Called often; false ends the fetch with GAMLP_E_STOPPED.  NULL: never called. */
    bool (*progress)(void *context, const gamlp_fetch_progress *now);
    void *context;
} gamlp_fetch_options;

typedef enum gamlp_fetch_state {
    GAMLP_FETCH_MISSING, /* not there                                               */
    GAMLP_FETCH_DIFFERS, /* there, with another size or hash than the manifest says  */
    GAMLP_FETCH_PRESENT, /* was there                                               */
    GAMLP_FETCH_FETCHED, /* came                                                    */
    GAMLP_FETCH_UNPACKED /* came out of an archive                                  */
} gamlp_fetch_state;

/* One file of a data set. */
typedef struct gamlp_fetch_file {
    char *name, *path; /* as in the manifest, and where it is or will be; owned     */
    char *address;     /* where it came or would come from, "" when by hand; owned  */
    gamlp_fetch_state state;
    bool verified;                /* the manifest has a hash, and this is it       */
    int64_t size;                 /* bytes; of a file that is not there as the manifest
                                     says, -1 when it does not                     */
    int64_t resumed;              /* bytes that were here from an earlier try      */
    char sha256[GAMLP_HASH_TEXT]; /* of what is there, else what the manifest says or "" */
} gamlp_fetch_file;

/* What a fetch did; all texts are owned. */
typedef struct gamlp_fetch_report {
    char *name, *title, *source, *licence, *citation;
    char *manual, *note; /* what is to be done by hand, and what to know; "" when nothing */
    char *folder;        /* the files are below it                                        */
    gamlp_fetch_file *file;
    int64_t count;
} gamlp_fetch_report;

/* GAMLP_DATA, 4 tries with pauses from 1 s on, 20 s to connect, 30 s of stalling, 4 GB. */
void gamlp_fetch_options_default(gamlp_fetch_options *options);

/* Times and counts in range. */
gamlp_status gamlp_fetch_options_check(const gamlp_fetch_options *options);

/* Bring the files of the data set `name` into the folder, those that are not there with the size
 * and hash of the manifest.  A failure names file, address, reason and what to do by hand:
 * GAMLP_E_NOINPUT for an unknown name, no folder, and what cannot be had (offline: what is not
 * there), GAMLP_E_DATA for a wrong hash, GAMLP_E_IO, _CREATE, _STOPPED.
 * The report is filled on failure, too.  Ownership passes to the caller:
 * gamlp_fetch_report_clear(). */
gamlp_status gamlp_dataset_fetch(gamlp_fetch_report *report, const char *name,
                                 const gamlp_fetch_options *options);
void gamlp_fetch_report_clear(gamlp_fetch_report *report);

/* Name of a state, e.g. "present".  Never NULL. */
const char *gamlp_fetch_state_name(gamlp_fetch_state state);

/* The reports as a JSON object with the member `datasets`.  Ownership passes to the caller:
 * gamlp_free(). */
gamlp_status gamlp_fetch_json(char **text, const gamlp_fetch_report *reports, int64_t count);

#ifdef __cplusplus
}
#endif
#endif
