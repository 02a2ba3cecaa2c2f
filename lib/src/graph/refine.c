/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graph/refine.h"

#include <stdlib.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/threads.h"

enum { CHUNK = 4096, BUCKETS = 256 };

/* The finaliser of SplitMix64 (Steele, Lea and Flood, 2014), a bijection. */
static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint64_t chain(uint64_t key, gamlp_colour a, gamlp_colour b) {
    return mix(mix(mix(mix(key ^ a.low) ^ a.high) ^ b.low) ^ b.high);
}

/* The keys are the fractions of the golden ratio and of the square root of two. */
gamlp_colour gamlp_colour_join(gamlp_colour a, gamlp_colour b) {
    return (gamlp_colour){chain(UINT64_C(0x9e3779b97f4a7c15), a, b),
                          chain(UINT64_C(0x6a09e667f3bcc908), b, a)};
}

typedef struct round {
    gamlp_colour *next;
    const gamlp_colour *colour;
    const gamlp_csr *adjacency;
} round;

static void refine_chunk(void *context, int64_t chunk) {
    const round *r = context;
    const gamlp_csr *a = r->adjacency;
    int64_t last = (chunk + 1) * CHUNK < a->rows ? (chunk + 1) * CHUNK : a->rows;
    for (int64_t i = chunk * CHUNK; i < last; i++) {
        gamlp_colour sum = {0, 0};
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++)
            gamlp_colour_add(&sum, r->colour[a->idx[k]]);
        r->next[i] = gamlp_colour_join(r->colour[i], sum);
    }
}

static int compare(const void *x, const void *y) {
    gamlp_colour a, b;
    memcpy(&a, x, sizeof a);
    memcpy(&b, y, sizeof b);
    if (a.high != b.high) return a.high < b.high ? -1 : 1;
    return (a.low > b.low) - (a.low < b.low);
}

typedef struct buckets {
    gamlp_colour *colour;
    int64_t start[BUCKETS + 1];
} buckets;

static void sort_bucket(void *context, int64_t bucket) {
    const buckets *b = context;
    int64_t count = b->start[bucket + 1] - b->start[bucket];
    if (count > 1) qsort(b->colour + b->start[bucket], (size_t)count, sizeof *b->colour, compare);
}

/* sorted <- the colours in increasing order: spread by their highest byte, then sorted apart. */
static void sort(gamlp_colour *sorted, const gamlp_colour *colour, int64_t count) {
    buckets b = {sorted, {0}};
    int64_t place[BUCKETS];
    for (int64_t i = 0; i < count; i++) b.start[(colour[i].high >> 56) + 1]++;
    for (int k = 0; k < BUCKETS; k++) b.start[k + 1] += b.start[k];
    memcpy(place, b.start, sizeof place);
    for (int64_t i = 0; i < count; i++) sorted[place[colour[i].high >> 56]++] = colour[i];
    gamlp_parallel(BUCKETS, sort_bucket, &b);
}

static int64_t run_length(const gamlp_colour *sorted, int64_t from, int64_t count) {
    int64_t last = from + 1;
    while (last < count && compare(sorted + from, sorted + last) == 0) last++;
    return last - from;
}

static int64_t count_classes(const gamlp_colour *colour, gamlp_colour *scratch, int64_t count) {
    int64_t classes = 0;
    sort(scratch, colour, count);
    for (int64_t i = 0; i < count; i += run_length(scratch, i, count)) classes++;
    return classes;
}

void gamlp_graph_refine(gamlp_colour *colour, gamlp_colour *scratch, const gamlp_graph *graph) {
    const int64_t n = graph->nodes, chunks = (n + CHUNK - 1) / CHUNK;
    round r = {scratch, colour, &graph->adjacency};
    int64_t classes = count_classes(colour, scratch, n);
    for (int k = 0; k < GAMLP_REFINE_ROUNDS; k++) {
        int64_t before = classes;
        gamlp_parallel(chunks, refine_chunk, &r);
        if (n > 0) memcpy(colour, scratch, (size_t)n * sizeof *colour);
        classes = count_classes(colour, scratch, n);
        if (classes == before) return;
    }
}

void gamlp_colours_hash(gamlp_hash *hash, const gamlp_colour *colour, gamlp_colour *scratch,
                        int64_t count) {
    int64_t run;
    gamlp_hash_int(hash, count_classes(colour, scratch, count));
    for (int64_t i = 0; i < count; i += run) {
        run = run_length(scratch, i, count);
        gamlp_hash_int(hash, (int64_t)scratch[i].low);
        gamlp_hash_int(hash, (int64_t)scratch[i].high);
        gamlp_hash_int(hash, run);
    }
}

gamlp_status gamlp_graph_hash(char hash[GAMLP_GRAPH_HASH], const gamlp_graph *graph) {
    const int64_t *ptr = graph->adjacency.ptr;
    gamlp_colour *colour = NULL, *scratch = NULL;
    gamlp_hash running;
    gamlp_status status = GAMLP_OK;
    hash[0] = 0;
    GAMLP_TRY(gamlp_new_raw(&colour, graph->nodes, sizeof *colour, "colours"));
    GAMLP_TRY(gamlp_new_raw(&scratch, graph->nodes, sizeof *scratch, "colours"));
    for (int64_t i = 0; i < graph->nodes; i++)
        colour[i] = (gamlp_colour){(uint64_t)(ptr[i + 1] - ptr[i]), 0};
    gamlp_graph_refine(colour, scratch, graph);
    gamlp_hash_init(&running);
    gamlp_hash_text(&running, "gamlp-graph-1");
    gamlp_hash_int(&running, graph->nodes);
    gamlp_hash_int(&running, graph->edges);
    gamlp_colours_hash(&running, colour, scratch, graph->nodes);
    gamlp_hash_hex(&running, hash);
done:
    gamlp_free(colour);
    gamlp_free(scratch);
    return status;
}
