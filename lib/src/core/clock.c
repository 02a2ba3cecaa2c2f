/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/clock.h"

#include <time.h>

static double read_clock(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double gamlp_clock(void) {
    return read_clock(CLOCK_MONOTONIC);
}

double gamlp_clock_processor(void) {
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}
