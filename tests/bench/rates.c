/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rates.h"

#include <string.h>
#include <time.h>

#include "check.h"
#include "core/hot.h"
#include "core/memory.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"

enum {
    LANES = 64 / (int)sizeof(gamlp_real),
    CHAINS = 12,    /* of products and sums that do not wait for each other */
    STEPS = 200000, /* of each chain                                        */
    REPEATS = 3,
    BESIDE = 48,           /* lines read beside one that is waited for: about as fast as a hop's */
    PLACES = 340 * BESIDE, /* of lines, drawn once and moved along in every pass                 */
    PASSES = 60,           /* of them in one measurement                                         */
    SMALL = 4 << 20,       /* bytes of which most are in no private cache, all in a shared one   */
    FAR = 6,               /* times the shared cache: bytes that are in none                     */
    SIZES = 64,
    MOST_THREADS = 256
};

typedef gamlp_real lanes __attribute__((vector_size(64)));

/* Bytes of the three arrays of a thread, and that move in one measurement. */
static const int64_t size_of[RATES_LEVELS] = {600 << 10, 6 << 20, 192 << 20};
static const double moved[RATES_LEVELS] = {2e8, 2e8, 4e8};

typedef struct triad {
    lanes *memory;
    int64_t count, repeats; /* vectors of an array of a thread, or of a set that all read */
    const uint32_t *place;
    uint64_t drawn[MOST_THREADS];
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

static void draw(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
}

/* Lines of a set in no order: one after the other that is known only when the one before has come,
 * and BESIDE of them others, asked for and a step later added, as a hop reads its columns. */
GAMLP_HOT static uint64_t read_places(const lanes *memory, const uint32_t *place, uint64_t lines,
                                      uint64_t state) {
    const uint32_t shift = (uint32_t)(state >> 32);
    lanes sum = {0};
    for (int64_t k = BESIDE; k < PLACES; k += BESIDE) {
        uint64_t value;
        draw(&state);
        memcpy(&value, memory + ((state >> 32) * lines >> 32), sizeof value);
        state += value;
        for (int64_t q = k; q < k + BESIDE; q++) {
            __builtin_prefetch(memory + ((uint32_t)(place[q] + shift) * lines >> 32), 0, 2);
            sum += memory[(uint32_t)(place[q - BESIDE] + shift) * lines >> 32];
        }
    }
    return state + (sum[0] != 0);
}

static void read_thread(void *context, int64_t thread) {
    triad *t = context;
    uint64_t state = t->drawn[thread] + (uint64_t)thread;
    const double start = now(t->clock);
    for (int64_t r = 0; r < PASSES; r++)
        state = read_places(t->memory, t->place, (uint64_t)t->count, state);
    t->seconds[thread] = now(t->clock) - start;
    t->drawn[thread] = state;
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

double rates_found(const double *size, const double *time, int64_t count, double memory) {
    double most = 0;
    for (int64_t k = 0; k < count; k++) {
        double hits = (memory - time[k]) / (memory - time[0]);
        if (hits > 1 || memory <= time[0]) hits = 1;
        if (size[k] * hits > most) most = size[k] * hits;
    }
    return most;
}

/* Seconds of a read that is waited for, of a set of so many bytes. */
static double wait_of(triad *t, int64_t bytes) {
    double best = 0;
    t->count = bytes / (int64_t)sizeof(lanes);
    measure(&best, t, read_thread, PASSES);
    return (double)gamlp_threads_get() / best / (PLACES / BESIDE - 1);
}

static void find_cache(rates *r, triad *t) {
    const int64_t described = gamlp_memory_cache();
    double size[SIZES], time[SIZES];
    int64_t count = 0, bytes = SMALL;
    do {
        size[count] = (double)bytes;
        time[count++] = wait_of(t, bytes);
        bytes += bytes / 4;
    } while (bytes <= described + described / 2 && count < SIZES);
    const double found = rates_found(size, time, count, wait_of(t, FAR * described));
    if (found > r->found) r->found = found < (double)described ? found : (double)described;
}

void rates_init(rates *r, bool by_cpu) {
    *r = (rates){.by_cpu = by_cpu};
    const int64_t threads = gamlp_threads_get(), far = FAR * gamlp_memory_cache();
    const int64_t bytes = size_of[RATES_MEMORY] * threads;
    uint64_t state = 0;
    if (threads > MOST_THREADS) fail_msg("more than %d threads", MOST_THREADS);
    CHECK_OK(gamlp_new(&r->room, (bytes > far ? bytes : far) / (int64_t)sizeof *r->room,
                       sizeof *r->room, "a triad"));
    CHECK_OK(gamlp_new_raw(&r->place, PLACES, sizeof *r->place, "places"));
    for (int64_t k = 0; k < PLACES; k++) {
        draw(&state);
        r->place[k] = (uint32_t)(state >> 32);
    }
}

void rates_clear(rates *r) {
    gamlp_free(r->room);
    gamlp_free(r->place);
}

void rates_run(rates *r) {
    triad t = {.memory = (lanes *)(void *)r->room,
               .place = r->place,
               .clock = r->by_cpu ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC};
    for (int level = 0; level < RATES_LEVELS; level++) {
        t.count = size_of[level] / 3 / (int64_t)sizeof(lanes);
        const double bytes = (double)(3 * t.count * (int64_t)sizeof(lanes));
        t.repeats = 1 + (int64_t)(moved[level] / bytes);
        measure(&r->best[level], &t, triad_thread, bytes * (double)t.repeats);
    }
    measure(&r->operations, &t, chain_thread, 2.0 * STEPS * CHAINS * LANES);
    find_cache(r, &t);
}
