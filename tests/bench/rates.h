/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the machine can do: a triad a = b + 3 c whose arrays lie in each level of the memory,
 * products that are added up in registers, and how much of a set that is read in no order is found
 * in its caches.
 *
 * The last of it is measured, since a shared cache holds the lines of other programs and, on a
 * virtual machine, of other machines, and how many of them depends on how fast one reads: lines
 * come and go at the rates of all that use it.  So all threads read lines of the same set, as fast
 * as a hop does, and wait for one of every 49, whose address depends on the one before.  If of the
 * sets of size s a fraction h(s) is found, a step lasts h(s) c + (1 - h(s)) m: c is taken from a
 * set of 4 MB, of which all is found, and m from one of six times the cache as described.  The
 * cache is the largest s h(s), that is, more than 4 MB and, as this is noisy, rather too large; no
 * more than described counts. */
#ifndef GAMLP_BENCH_RATES_H
#define GAMLP_BENCH_RATES_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/real.h"

typedef enum rates_level { RATES_PRIVATE, RATES_SHARED, RATES_MEMORY, RATES_LEVELS } rates_level;

typedef struct rates {
    gamlp_real *room;
    uint32_t *place;           /* at random */
    double best[RATES_LEVELS]; /* bytes a second, of all threads together       */
    double operations;         /* products and sums a second, rounded each      */
    double found;              /* bytes of cache, the most of all calls         */
    bool by_cpu;               /* seconds are the processor's, of the slowest thread */
} rates;

/* Memory for the largest arrays, written to once. */
void rates_init(rates *r, bool by_cpu);

/* Every rate once more; the best one of all calls stays. */
void rates_run(rates *r);
void rates_clear(rates *r);

/* Bytes that are found of sets of `count` sizes, increasing, if reads of a set last time[k]
 * seconds, of the first one all is found, and reads of memory last `memory` seconds. */
double rates_found(const double *size, const double *time, int64_t count, double memory);

#endif
