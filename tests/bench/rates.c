/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rates.h"

#include <time.h>

#include "check.h"
#include "core/hot.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"

enum {
    LANES = 64 / (int)sizeof(gamlp_real),
    CHAINS = 12,    /* of products and sums that do not wait for each other */
    STEPS = 200000, /* of each chain                                        */
    REPEATS = 3,
    MOST_THREADS = 256
};

typedef gamlp_real lanes __attribute__((vector_size(64)));

/* Bytes of the three arrays of a thread, and that move in one measurement. */
static const int64_t size_of[RATES_LEVELS] = {600 << 10, 6 << 20, 192 << 20};
static const double moved[RATES_LEVELS] = {2e8, 2e8, 4e8};

typedef struct triad {
    lanes *memory;
    int64_t count, repeats; /* vectors of an array of a thread */
    clockid_t clock;
    double seconds[MOST_THREADS];
} triad;

static double now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

GAMLP_HOT static void triad_rows(lanes *restrict a, const lanes *restrict b,
                                 const lanes *restrict c, int64_t count) {
    for (int64_t i = 0; i < count; i++) a[i] = b[i] + 3 * c[i];
}

static void triad_thread(void *context, int64_t thread) {
    triad *t = context;
    lanes *a = t->memory + 3 * t->count * thread;
    const double start = now(t->clock);
    for (int64_t r = 0; r < t->repeats; r++)
        triad_rows(a, a + t->count, a + 2 * t->count, t->count);
    t->seconds[thread] = now(t->clock) - start;
}

GAMLP_HOT static void chain_rows(gamlp_real *result, gamlp_real factor) {
    lanes sum[CHAINS], by = factor - (lanes){0}, one = 1 - (lanes){0};
    for (int q = 0; q < CHAINS; q++) sum[q] = one;
    for (int64_t k = 0; k < STEPS; k++)
        for (int q = 0; q < CHAINS; q++) sum[q] = sum[q] * by + one;
    for (int q = 1; q < CHAINS; q++) sum[0] += sum[q];
    *result = sum[0][0];
}

static void chain_thread(void *context, int64_t thread) {
    triad *t = context;
    const double start = now(t->clock);
    chain_rows((gamlp_real *)(t->memory + thread), (gamlp_real)0.5);
    t->seconds[thread] = now(t->clock) - start;
}

/* The best rate of some runs of which every thread does `amount`. */
static void measure(double *best, triad *t, gamlp_chunk body, double amount) {
    const int64_t threads = gamlp_threads_get();
    for (int again = 0; again < REPEATS; again++) {
        double slowest = 0;
        gamlp_parallel(threads, body, t);
        for (int64_t i = 0; i < threads; i++)
            if (t->seconds[i] > slowest) slowest = t->seconds[i];
        if (amount * (double)threads / slowest > *best) *best = amount * (double)threads / slowest;
    }
}

void rates_init(rates *r, bool by_cpu) {
    *r = (rates){.by_cpu = by_cpu};
    const int64_t threads = gamlp_threads_get(), bytes = size_of[RATES_MEMORY] * threads;
    if (threads > MOST_THREADS) fail_msg("more than %d threads", MOST_THREADS);
    CHECK_OK(gamlp_new(&r->room, bytes / (int64_t)sizeof *r->room, sizeof *r->room, "a triad"));
}

void rates_clear(rates *r) {
    gamlp_free(r->room);
}

void rates_run(rates *r) {
    triad t = {.memory = (lanes *)(void *)r->room,
               .clock = r->by_cpu ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC};
    for (int level = 0; level < RATES_LEVELS; level++) {
        t.count = size_of[level] / 3 / (int64_t)sizeof(lanes);
        const double bytes = (double)(3 * t.count * (int64_t)sizeof(lanes));
        t.repeats = 1 + (int64_t)(moved[level] / bytes);
        measure(&r->best[level], &t, triad_thread, bytes * (double)t.repeats);
    }
    measure(&r->operations, &t, chain_thread, 2.0 * STEPS * CHAINS * LANES);
}
