/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a fetch: one file from its addresses, files out of an archive. */
#ifndef GAMLP_DATASET_FETCH_JOB_H
#define GAMLP_DATASET_FETCH_JOB_H

#include "dataset/manifest.h"
#include "gamlp/fetch.h"

typedef struct gamlp_fetch_job {
    const char *set; /* name of the data set */
    const gamlp_manifest *manifest;
    const gamlp_fetch_options *options;
    const char *folder; /* of the files */
    bool archive;       /* what is being fetched will be unpacked and removed */
    gamlp_fetch_progress now;
} gamlp_fetch_job;

/* Tell how far it is; whether to go on. */
bool gamlp_fetch_tell(gamlp_fetch_job *job);

/* Name, path and first address of an entry of the manifest; owned by `file`. */
gamlp_status gamlp_fetch_file_init(gamlp_fetch_file *file, const gamlp_fetch_job *job,
                                   const gamlp_manifest_file *entry);
void gamlp_fetch_file_clear(gamlp_fetch_file *file);

/* The index-th address of an entry.  *address NULL: there is none.  Ownership passes to the
 * caller: gamlp_free(). */
gamlp_status gamlp_fetch_address(char **address, const gamlp_fetch_job *job,
                                 const gamlp_manifest_file *entry, int64_t index);

/* What is at file->path: state, size, hash, verified. */
gamlp_status gamlp_fetch_look(gamlp_fetch_file *file, const gamlp_fetch_job *job,
                              const gamlp_manifest_file *entry);

/* Bring a file from its addresses.  *again: another process worked on it meanwhile, look anew. */
gamlp_status gamlp_fetch_get(bool *again, gamlp_fetch_file *file, gamlp_fetch_job *job,
                             const gamlp_manifest_file *entry);

/* Take one file out of an archive that is at `archive`. */
gamlp_status gamlp_fetch_unpack(bool *again, gamlp_fetch_file *file, gamlp_fetch_job *job,
                                const gamlp_manifest_file *entry, const char *archive);

#endif
