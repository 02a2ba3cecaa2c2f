/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_CORE_CLOCK_H
#define GAMLP_CORE_CLOCK_H

/* Seconds of a monotonic clock. */
double gamlp_clock(void);

/* Seconds that processors have spent on this process, all threads together. */
double gamlp_clock_processor(void);

#endif
