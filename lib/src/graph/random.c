/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graph/random.h"

#include <math.h>

#include "gamlp/threads.h"
#include "graph/igraph.h"

/* Streams of GAMLP_RNG_GRAPH; those of labels and weights are 2^30 and 2^30 + 1. */
enum {
    STREAM_NODES = (1 << 30) + 2,
    STREAM_PAIRS,
    STREAM_ATTACH,
    STREAM_RMAT = (1 << 30) + 64 /* one for each attempt */
};

enum { ATTEMPTS = 64, LEVELS = 4, BLOCKS = 8, CHUNK = 1 << 11 };

static gamlp_status check_nodes(int64_t nodes, int64_t edges) {
    if (nodes >= 1 && nodes <= INT32_MAX && edges >= 0) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_USAGE, "no random graph of %lld nodes and %lld edges",
                      (long long)nodes, (long long)edges);
}

static gamlp_status check_pairs(int64_t nodes, int64_t edges) {
    gamlp_status status = check_nodes(nodes, edges);
    if (status != GAMLP_OK || edges <= nodes * (nodes - 1) / 2) return status;
    return gamlp_fail(GAMLP_E_USAGE, "%lld edges, expected at most %lld between %lld nodes",
                      (long long)edges, (long long)(nodes * (nodes - 1) / 2), (long long)nodes);
}

/* A block of edges, cut into chunks for the threads. */
typedef struct part {
    const void *state;
    int32_t *source, *target;
    int64_t first, count;
} part;

static void fill(part *p, gamlp_chunk body) {
    gamlp_parallel((p->count + CHUNK - 1) / CHUNK, body, p);
}

static int64_t chunk_end(const part *p, int64_t chunk) {
    int64_t end = (chunk + 1) * CHUNK;
    return end < p->count ? end : p->count;
}

/* R-MAT. */

/* Attempt k of edge e: 16 bits for each level, the highest first, four levels a number. */
static void draw_place(int64_t *row, int64_t *col, const gamlp_rmat *r, int64_t e, int k) {
    gamlp_rng rng = gamlp_rng_key(r->seed, GAMLP_RNG_GRAPH, STREAM_RMAT + (uint32_t)k);
    uint64_t bits = 0, i = 0, j = 0;
    for (int level = 0; level < r->scale; level++) {
        if (level % LEVELS == 0)
            bits = gamlp_rng_bits(rng, (uint64_t)e * BLOCKS + (uint64_t)(level / LEVELS));
        uint32_t u = (uint32_t)(bits & 0xFFFF);
        bits >>= 16;
        i = 2 * i + (u >= r->below[1]);
        j = 2 * j + ((u >= r->below[0] && u < r->below[1]) || u >= r->below[2]);
    }
    *row = (int64_t)i;
    *col = (int64_t)j;
}

void gamlp_rmat_place(int64_t *row, int64_t *col, const gamlp_rmat *r, int64_t e) {
    for (int k = 0; k < ATTEMPTS; k++) {
        draw_place(row, col, r, e, k);
        if (*row < r->nodes && *col < r->nodes && *row != *col) return;
    }
    *row %= r->nodes;
    *col %= r->nodes;
}

static void rmat_chunk(void *context, int64_t chunk) {
    const part *p = context;
    const gamlp_rmat *r = p->state;
    for (int64_t e = chunk * CHUNK; e < chunk_end(p, chunk); e++) {
        int64_t row, col;
        gamlp_rmat_place(&row, &col, r, p->first + e);
        p->source[e] = (int32_t)gamlp_permute(&r->order, (uint64_t)row);
        p->target[e] = (int32_t)gamlp_permute(&r->order, (uint64_t)col);
    }
}

static gamlp_status rmat_rewind(void *context) {
    gamlp_rmat *r = context;
    r->at = 0;
    return GAMLP_OK;
}

static gamlp_status rmat_next(void *context, int32_t *source, int32_t *target, int64_t most,
                              int64_t *got) {
    gamlp_rmat *r = context;
    *got = r->edges - r->at < most ? r->edges - r->at : most;
    part p = {r, source, target, r->at, *got};
    fill(&p, rmat_chunk);
    r->at += *got;
    return GAMLP_OK;
}

static uint32_t round16(double probability) {
    return (uint32_t)(probability * 65536 + 0.5);
}

gamlp_status gamlp_rmat_edges(gamlp_edges *edges, gamlp_rmat *state, int64_t nodes, int64_t count,
                              const double quadrant[3], uint64_t seed) {
    const double a = quadrant[0], b = quadrant[1], c = quadrant[2];
    gamlp_status status = check_nodes(nodes, count);
    if (status != GAMLP_OK) return status;
    if (!(a >= 0 && b >= 0 && c >= 0 && a + b + c <= 1 + 1e-9))
        return gamlp_fail(GAMLP_E_USAGE,
                          "%g, %g and %g are not three of four probabilities that sum to 1", a, b,
                          c);
    *state = (gamlp_rmat){.nodes = nodes, .edges = count, .seed = seed};
    state->below[0] = round16(a);
    state->below[1] = round16(a + b);
    state->below[2] = round16(a + b + c);
    while ((nodes - 1) >> state->scale > 0) state->scale++;
    state->order =
        gamlp_permutation_of(gamlp_rng_key(seed, GAMLP_RNG_GRAPH, STREAM_NODES), (uint64_t)nodes);
    *edges = (gamlp_edges){nodes, count, rmat_rewind, rmat_next, state};
    return GAMLP_OK;
}

/* G(n, m). */

/* j (j - 1) / 2 <= e; the square root of a double may be off by one. */
void gamlp_pairs_unrank(int64_t *i, int64_t *j, uint64_t e) {
    uint64_t k = (uint64_t)((1 + sqrt(1 + 8 * (double)e)) / 2);
    while (k * (k - 1) / 2 > e) k--;
    while (k * (k + 1) / 2 <= e) k++;
    *j = (int64_t)k;
    *i = (int64_t)(e - k * (k - 1) / 2);
}

static void pairs_chunk(void *context, int64_t chunk) {
    const part *p = context;
    const gamlp_pairs *r = p->state;
    for (int64_t e = chunk * CHUNK; e < chunk_end(p, chunk); e++) {
        int64_t i, j;
        gamlp_pairs_unrank(&i, &j, gamlp_permute(&r->order, (uint64_t)(p->first + e)));
        p->source[e] = (int32_t)i;
        p->target[e] = (int32_t)j;
    }
}

static gamlp_status pairs_rewind(void *context) {
    gamlp_pairs *r = context;
    r->at = 0;
    return GAMLP_OK;
}

static gamlp_status pairs_next(void *context, int32_t *source, int32_t *target, int64_t most,
                               int64_t *got) {
    gamlp_pairs *r = context;
    *got = r->edges - r->at < most ? r->edges - r->at : most;
    part p = {r, source, target, r->at, *got};
    fill(&p, pairs_chunk);
    r->at += *got;
    return GAMLP_OK;
}

gamlp_status gamlp_pairs_edges(gamlp_edges *edges, gamlp_pairs *state, int64_t nodes, int64_t count,
                               uint64_t seed) {
    gamlp_status status = check_pairs(nodes, count);
    if (status != GAMLP_OK) return status;
    uint64_t all = (uint64_t)nodes * (uint64_t)(nodes - 1) / 2;
    *state = (gamlp_pairs){.nodes = nodes, .edges = count};
    state->order =
        gamlp_permutation_of(gamlp_rng_key(seed, GAMLP_RNG_GRAPH, STREAM_PAIRS), all > 0 ? all : 1);
    *edges = (gamlp_edges){nodes, count, pairs_rewind, pairs_next, state};
    return GAMLP_OK;
}

gamlp_status gamlp_graph_attach(gamlp_graph *graph, int64_t nodes, int64_t edges, uint64_t seed) {
    *graph = (gamlp_graph){0};
    gamlp_status status = check_pairs(nodes, edges);
    if (status != GAMLP_OK) return status;
    gamlp_permutation order =
        gamlp_permutation_of(gamlp_rng_key(seed, GAMLP_RNG_GRAPH, STREAM_NODES), (uint64_t)nodes);
    return gamlp_igraph_attach(graph, nodes, edges,
                               gamlp_rng_key(seed, GAMLP_RNG_GRAPH, STREAM_ATTACH), &order);
}
