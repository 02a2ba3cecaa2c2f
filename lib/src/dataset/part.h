/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that comes in parts: FILE.part grows, survives an interruption, and is renamed to FILE
 * when it is whole and was found to be right.  One process at a time writes it. */
#ifndef GAMLP_DATASET_PART_H
#define GAMLP_DATASET_PART_H

#include <stdbool.h>

#include "core/hash.h"
#include "gamlp/status.h"

enum { GAMLP_PART_TEXT = 1024 };

/* Which edition of which address the bytes are of; kept in FILE.part.from.  Empty: not known. */
typedef struct gamlp_part_origin {
    char address[GAMLP_PART_TEXT];   /* as it was asked for                                      */
    char validator[GAMLP_PART_TEXT]; /* what If-Range takes: an entity tag or a date of change   */
} gamlp_part_origin;

typedef struct gamlp_part {
    char *path, *temporary, *memory; /* FILE, FILE.part, FILE.part.from */
    int fd;
    int64_t size;
    bool waited; /* another process held it: FILE may be there by now */
    gamlp_part_origin origin;
} gamlp_part;

/* Asked while another process holds the file; false gives up. */
typedef bool (*gamlp_part_wait)(void *context);

/* Make the folder, open or make FILE.part and lock it.  While another process fetches the same file
 * this one waits; each second, and at each signal, `wait` is asked (GAMLP_E_STOPPED).
 * Ownership passes to the caller: gamlp_part_close(). */
gamlp_status gamlp_part_open(gamlp_part *part, const char *path, gamlp_part_wait wait,
                             void *context);
/* Leave FILE.part as it is, for another day; an empty one is removed.  Accepts a zeroed part. */
void gamlp_part_close(gamlp_part *part);

/* Drop what there is and remember where the next bytes come from. */
gamlp_status gamlp_part_restart(gamlp_part *part, const gamlp_part_origin *origin);
gamlp_status gamlp_part_append(gamlp_part *part, const void *data, size_t size);

/* SHA-256 of what there is. */
gamlp_status gamlp_part_hash(char hex[GAMLP_HASH_HEX], const gamlp_part *part);

/* Begin anew: drop all bytes. */
void gamlp_part_drop(gamlp_part *part);
/* Sync and rename to FILE.  With `mark`, FILE.part.from stays, and tells that FILE was made here.
 */
gamlp_status gamlp_part_finish(gamlp_part *part, bool mark);

/* Remove FILE and its mark when it has one; a file that somebody else put there stays. */
gamlp_status gamlp_part_remove_marked(const char *path);

#endif
