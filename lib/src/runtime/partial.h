/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that is made in units of work and survives the death of its maker: NAME.partial holds what
 * there is, NAME.progress what it is of and how many units are done.  Whoever makes the same thing
 * again goes on from there; the file gets its name when it is whole. */
#ifndef GAMLP_RUNTIME_PARTIAL_H
#define GAMLP_RUNTIME_PARTIAL_H

#include <stddef.h>
#include <stdint.h>

#include "gamlp/status.h"

enum { GAMLP_PARTIAL_KEY = 65 };

typedef struct gamlp_partial {
    char *path, *data, *progress;
    char key[GAMLP_PARTIAL_KEY];
    int fd;        /* -1: none                                  */
    int64_t done;  /* units                                     */
    double period; /* seconds between two records; 0 at first   */
    double last;   /* when the last one was made, or begun with */
} gamlp_partial;

/* Begin or go on; `key` of letters and digits is what the file is to be.  Another maker of the same
 * file is GAMLP_E_CREATE.  Ownership passes to the caller: gamlp_partial_clear(). */
gamlp_status gamlp_partial_init(gamlp_partial *partial, const char *path, const char *key);

gamlp_status gamlp_partial_write(gamlp_partial *partial, const void *data, size_t size,
                                 int64_t offset);
gamlp_status gamlp_partial_read(const gamlp_partial *partial, void *data, size_t size,
                                int64_t offset);

/* One more unit is done.  It is recorded when a period has passed since the last record, with what
 * was written on the disk before that. */
gamlp_status gamlp_partial_step(gamlp_partial *partial);

/* Give the file its name and remove the record. */
gamlp_status gamlp_partial_finish(gamlp_partial *partial);

/* Release; what was made stays.  Accepts a zeroed or cleared one. */
void gamlp_partial_clear(gamlp_partial *partial);

#endif
