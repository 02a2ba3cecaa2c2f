/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/clock.h"

#include <time.h>

double gamlp_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
