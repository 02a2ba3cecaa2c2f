/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Temporary names beside an output, PATH.tmp-XXXXXX, for core/file.c.
 *
 * A process holds the lock of its temporary files (flock).  So one that can be locked
 * belongs to nobody: its process was killed. */
#ifndef GAMLP_CORE_TEMPORARY_H
#define GAMLP_CORE_TEMPORARY_H

#include <stdbool.h>

#include "gamlp/temporary.h"

#define GAMLP_TEMPORARY_ENDING ".tmp-XXXXXX"

/* Create and lock a file of this name, which ends with the X's that become its own letters.  The
 * descriptor, or -1 with errno. */
int gamlp_temporary_make(char *name);

/* Another descriptor of the file, which keeps its lock when the first is closed; 0: none. */
int gamlp_temporary_hold(int descriptor);

/* From now on the file is one of those that gamlp_temporaries_remove() removes; false: there are
 * too many.  `name` has to stay until it is forgotten; false: it is just being removed by this
 * name, which then has to stay for good. */
bool gamlp_temporary_note(char *name);
bool gamlp_temporary_forget(char *name);

/* Remove what killed processes left beside `path`, which is cut for a moment. */
void gamlp_temporary_sweep(char *path);

/* Lock an open file that nobody has locked; the lock goes with the last descriptor of it.  0, or an
 * errno: EWOULDBLOCK when somebody has. */
int gamlp_temporary_lock(int descriptor);

#endif
