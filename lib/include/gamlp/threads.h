/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: core.  Threads of our own kernels.
 *
 * A kernel is cut into chunks that do not depend on the number of threads,
 * so that its bits do not either. */
#ifndef GAMLP_THREADS_H
#define GAMLP_THREADS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Number of threads of our kernels; default: the processors we may use. */
void gamlp_threads_set(int64_t threads);
int64_t gamlp_threads_get(void);

/* Processors this process may run on. */
int64_t gamlp_threads_available(void);

/* Call body(context, i) for i in [0, chunks), in any order and in parallel; 0 in this thread. */
typedef void (*gamlp_chunk)(void *context, int64_t chunk);
void gamlp_parallel(int64_t chunks, gamlp_chunk body, void *context);

#ifdef __cplusplus
}
#endif
#endif
