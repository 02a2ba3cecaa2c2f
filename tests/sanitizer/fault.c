/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deliberate faults, each behind its name: a sanitizer that does not report them is not on.
 * `clean` does the same work without a fault. */
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/threads.h"

enum { CHUNKS = 64, SIZE = 100 };

static int64_t cells[CHUNKS][SIZE];

static void own_cells(void *context, int64_t chunk) {
    int64_t *step = context;
    for (int i = 0; i < SIZE; i++) cells[chunk][i] += *step;
}

static void same_cells(void *context, int64_t chunk) {
    int64_t *step = context;
    for (int i = 0; i < SIZE; i++) cells[0][i] += *step + chunk;
}

/* Two regions over the same cells, cut differently, with serial work between. */
static int threads(gamlp_chunk body) {
    int64_t step = 1;
    for (int threads = 2; threads <= 4; threads++) {
        gamlp_threads_set(threads);
        gamlp_parallel(CHUNKS, body, &step);
        step += cells[CHUNKS - 1][SIZE - 1];
    }
    return step == 0;
}

static int overflow(int64_t count) {
    unsigned char *block;
    if (gamlp_new(&block, 64, 1, "a block") != GAMLP_OK) return 1;
    volatile unsigned char *past = block;
    past[count] = 1;
    gamlp_free(block);
    return 0;
}

static int undefined(int add) {
    volatile int large = INT_MAX - 1;
    large = large + add;
    return large == 0;
}

static int leak(int release) {
    void *volatile block;
    void *fresh;
    if (gamlp_new(&fresh, 1000, 1, "a block") != GAMLP_OK) return 1;
    block = fresh;
    if (release) gamlp_free(block);
    fresh = block = NULL;
    return block != NULL;
}

int main(int argc, char **argv) {
    const char *fault = argc > 1 ? argv[1] : "clean";
    if (strcmp(fault, "race") == 0) return threads(same_cells);
    if (strcmp(fault, "overflow") == 0) return overflow(64);
    if (strcmp(fault, "undefined") == 0) return undefined(2);
    if (strcmp(fault, "leak") == 0) return leak(0);
    return threads(own_cells) + overflow(63) + undefined(1) + leak(1);
}
