/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the machine can do: a triad a = b + 3 c whose arrays lie in each level of the memory, and
 * products that are added up in registers. */
#ifndef GAMLP_BENCH_RATES_H
#define GAMLP_BENCH_RATES_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/real.h"

typedef enum rates_level { RATES_PRIVATE, RATES_SHARED, RATES_MEMORY, RATES_LEVELS } rates_level;

typedef struct rates {
    gamlp_real *room;
    double best[RATES_LEVELS]; /* bytes a second, of all threads together       */
    double operations;         /* products and sums a second, rounded each      */
    bool by_cpu;               /* seconds are the processor's, of the slowest thread */
} rates;

/* Memory for the largest arrays, written to once. */
void rates_init(rates *r, bool by_cpu);

/* Every rate once more; the best one of all calls stays. */
void rates_run(rates *r);
void rates_clear(rates *r);

#endif
