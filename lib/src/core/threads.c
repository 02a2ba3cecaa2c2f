/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "gamlp/threads.h"

#include "core/team.h"

#include <omp.h>
#include <sched.h>

static int64_t thread_count; /* 0: not set yet */

int64_t gamlp_threads_available(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? count : 1;
}

void gamlp_threads_set(int64_t threads) {
    thread_count = threads > 0 ? threads : 1;
}

bool gamlp_threads_together(void) {
    return omp_in_parallel();
}

bool gamlp_threads_alone(void) {
    return omp_in_parallel() || omp_get_max_threads() == 1;
}

int64_t gamlp_threads_get(void) {
    if (thread_count == 0) thread_count = gamlp_threads_available();
    return thread_count;
}

int64_t gamlp_threads_here(void) {
    return gamlp_threads_together() ? 1 : gamlp_threads_get();
}

void gamlp_parallel_if(bool worth, int64_t chunks, gamlp_chunk body, void *context) {
    int64_t threads = worth ? gamlp_threads_here() : 1;
    if (threads > chunks) threads = chunks;
    if (threads <= 1) {
        for (int64_t i = 0; i < chunks; i++) body(context, i);
        return;
    }
#pragma omp parallel for schedule(static) num_threads((int)threads)
    for (int64_t i = 0; i < chunks; i++) body(context, i);
}

void gamlp_parallel(int64_t chunks, gamlp_chunk body, void *context) {
    gamlp_parallel_if(true, chunks, body, context);
}
