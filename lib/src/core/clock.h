/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_CORE_CLOCK_H
#define GAMLP_CORE_CLOCK_H

#include <pthread.h>
#include <time.h>

/* Seconds of a monotonic clock. */
double gamlp_clock(void);

/* Seconds that processors have spent on this process, all threads together. */
double gamlp_clock_processor(void);

/* A condition that waits by the monotonic clock, and when so many seconds (0 to 1e9) are over. */
void gamlp_clock_condition(pthread_cond_t *condition);
struct timespec gamlp_clock_after(double seconds);

#endif
