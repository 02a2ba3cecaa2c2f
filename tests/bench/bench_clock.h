/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clock of a benchmark: wall-clock seconds, or with --clock cpu processor seconds of all
 * threads. */
#ifndef GAMLP_TESTS_BENCH_CLOCK_H
#define GAMLP_TESTS_BENCH_CLOCK_H

#include <string.h>
#include <time.h>

static clockid_t bench_clock_id = CLOCK_MONOTONIC;

static inline void bench_clock_choose(int argc, char **argv) {
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--clock") == 0 && strcmp(argv[i + 1], "cpu") == 0)
            bench_clock_id = CLOCK_PROCESS_CPUTIME_ID;
}

static inline double bench_clock(void) {
    struct timespec now;
    clock_gettime(bench_clock_id, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
