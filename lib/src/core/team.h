/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work that threads need not pay for, and within work of gamlp_parallel(). */
#ifndef GAMLP_CORE_TEAM_H
#define GAMLP_CORE_TEAM_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/threads.h"

/* gamlp_parallel() where the work is worth it; else the same chunks in one thread. */
void gamlp_parallel_if(bool worth, int64_t chunks, gamlp_chunk body, void *context);

/* Whether this is a chunk that runs beside others. */
bool gamlp_threads_together(void);

/* Whether a parallel region that another library begins here has one thread. */
bool gamlp_threads_alone(void);

/* Threads for what begins here: one in such a chunk, as the others are at work. */
int64_t gamlp_threads_here(void);

#endif
