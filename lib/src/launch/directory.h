/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory that only we can enter, for the sockets of a run.  A file in it is locked as long as
 * the process lives; directories of processes that were killed go when the next one is made. */
#ifndef GAMLP_LAUNCH_DIRECTORY_H
#define GAMLP_LAUNCH_DIRECTORY_H

#include "gamlp/status.h"

typedef struct gamlp_directory {
    char *path; /* $TMPDIR/gamlp-XXXXXX, or NULL */
    int lock;   /* descriptor */
} gamlp_directory;

enum { GAMLP_DIRECTORY_NAME = 8 }; /* characters of the name of a socket in it */

/* Make it.  GAMLP_E_CONFIG when TMPDIR is too long for the path of a socket.  Ownership passes to
 * the caller: gamlp_directory_remove(). */
gamlp_status gamlp_directory_private(gamlp_directory *directory);

/* Remove it with all files in it; accepts a zeroed one. */
void gamlp_directory_remove(gamlp_directory *directory);

#endif
