/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Degree-corrected planted partition (Karrer and Newman, Phys. Rev. E 83,
 * 016107, 2011) with exact numbers of distinct edges.
 *
 * Nodes i, j of weights w_i, w_j are joined with probability proportional to
 * w_i w_j.  With homophily h and m edges, (1 - h) m of them must join
 * different labels: they come from a background game over all nodes, which
 * also joins equal labels by accident; those pairs count too, while the h m
 * equal ones are not complete.  The rest of the h m comes from one game inside
 * each class c, in proportion to S_c = sum of w_i in c, so that expected
 * degrees stay proportional to the weights in every class.
 *
 * Both ends of a pair are drawn by weight, in rounds; repeated pairs and loops
 * are dropped, and the next round draws what is missing.  Pair e of round r is
 * made of the numbers 2 e and 2 e + 1 of stream r, so that a block of pairs is
 * drawn by several threads, and is then entered into a set in its order. */
#include <stdbool.h>

#include "gamlp/alloc.h"
#include "gamlp/graph.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"
#include "graph/edges.h"
#include "graph/weighted.h"

enum {
    ROUNDS = 200,    /* of one game before it is called impossible                          */
    SPARE = 64,      /* pairs drawn beyond those missing, to save rounds that find very few */
    BLOCK = 1 << 16, /* pairs drawn before they are entered                                 */
    CHUNK = 1 << 12, /* of which a thread takes these at once                               */
    AHEAD = 16       /* pairs whose places in the set are fetched before they are needed    */
};

/* A pair i < j: 1 + i * nodes + j; 0 is a loop, or no pair. */
typedef uint64_t pair_key;

typedef struct model {
    int64_t nodes;
    const int32_t *label;
    const double *weight;
    uint64_t seed;
    uint32_t stream;          /* of the next round               */
    int64_t equal, different; /* edges still wanted of each kind */
    int64_t edges;            /* distinct pairs so far           */
    gamlp_weighted draw;      /* the game: weights and nodes     */
    int32_t *member;          /* nodes, class by class           */
    int64_t *class_start;     /* classes + 1                     */
    pair_key *block;          /* BLOCK pairs of a round          */
    unsigned char *kind;      /* of each: 1 for equal labels     */
    pair_key *slot;           /* hash set of pairs               */
    uint64_t slots, at;
} model;

static void model_clear(model *m) {
    gamlp_weighted_clear(&m->draw);
    gamlp_free(m->member);
    gamlp_free(m->class_start);
    gamlp_free(m->block);
    gamlp_free(m->kind);
    gamlp_free(m->slot);
}

/* Nodes of class c, increasing: member[class_start[c] .. class_start[c+1]). */
static void group_nodes(model *m, int64_t classes) {
    int64_t *start = m->class_start;
    for (int64_t i = 0; i < m->nodes; i++) start[m->label[i] + 1]++;
    for (int64_t c = 0; c < classes; c++) start[c + 1] += start[c];
    for (int64_t i = 0; i < m->nodes; i++) m->member[start[m->label[i]]++] = (int32_t)i;
    for (int64_t c = classes; c > 0; c--) start[c] = start[c - 1];
    start[0] = 0;
}

static gamlp_status model_init(model *m, int64_t classes, int64_t edges) {
    gamlp_status status = GAMLP_OK;
    for (m->slots = 16; m->slots < 2 * (uint64_t)edges;) m->slots *= 2;
    GAMLP_TRY(gamlp_weighted_init(&m->draw, m->nodes));
    GAMLP_TRY(gamlp_new_raw(&m->member, m->nodes, sizeof *m->member, "classes"));
    GAMLP_TRY(gamlp_new(&m->class_start, classes + 1, sizeof *m->class_start, "classes"));
    GAMLP_TRY(gamlp_new_raw(&m->block, BLOCK, sizeof *m->block, "pairs"));
    GAMLP_TRY(gamlp_new_raw(&m->kind, BLOCK, sizeof *m->kind, "pairs"));
    GAMLP_TRY(gamlp_new(&m->slot, (int64_t)m->slots, sizeof *m->slot, "a set of edges"));
    group_nodes(m, classes);
done:
    return status;
}

/* Pairs of one game: drawn among member[0..), all nodes when that is NULL. */
typedef struct round_part {
    const model *m;
    const int32_t *member;
    gamlp_rng rng;
    int64_t first, count; /* pairs of the round that go to block[0..count) */
} round_part;

static void draw_chunk(void *context, int64_t chunk) {
    const round_part *r = context;
    const model *m = r->m;
    int64_t end = (chunk + 1) * CHUNK < r->count ? (chunk + 1) * CHUNK : r->count;
    for (int64_t e = chunk * CHUNK; e < end; e++) {
        uint64_t index = 2 * (uint64_t)(r->first + e);
        int64_t i = gamlp_weighted_find(&m->draw, gamlp_rng_uniform(r->rng, index));
        int64_t j = gamlp_weighted_find(&m->draw, gamlp_rng_uniform(r->rng, index + 1));
        if (r->member) i = r->member[i], j = r->member[j];
        int64_t low = i < j ? i : j, high = i < j ? j : i;
        m->block[e] = i == j ? 0 : (pair_key)low * (pair_key)m->nodes + (pair_key)high + 1;
        m->kind[e] = m->label[i] == m->label[j];
    }
}

static uint64_t first_place(const model *m, pair_key key) {
    uint64_t place = key * UINT64_C(0x9E3779B97F4A7C15);
    return (place ^ place >> 32) & (m->slots - 1);
}

/* Enter a pair into the set; false when it was there. */
static bool insert_pair(model *m, pair_key key) {
    for (uint64_t place = first_place(m, key);; place = (place + 1) & (m->slots - 1)) {
        if (m->slot[place] == key) return false;
        if (m->slot[place] != 0) continue;
        m->slot[place] = key;
        return true;
    }
}

/* Keep the pairs of the block that are new and of a kind still wanted, until *wanted == rest. */
static void offer_block(model *m, int64_t count, const int64_t *wanted, int64_t rest) {
    for (int64_t e = 0; e<count && * wanted> rest; e++) {
        if (e + AHEAD < count) __builtin_prefetch(&m->slot[first_place(m, m->block[e + AHEAD])], 1);
        int64_t *left = m->kind[e] ? &m->equal : &m->different;
        if (m->block[e] == 0 || *left == 0 || !insert_pair(m, m->block[e])) continue;
        m->edges++;
        (*left)--;
    }
}

static void play_round(model *m, const int32_t *member, int64_t count, const int64_t *wanted,
                       int64_t rest) {
    gamlp_rng rng = gamlp_rng_key(m->seed, GAMLP_RNG_GRAPH, m->stream++);
    for (int64_t first = 0; first<count && * wanted> rest; first += BLOCK) {
        int64_t part = count - first < BLOCK ? count - first : BLOCK;
        round_part r = {m, member, rng, first, part};
        gamlp_parallel((part + CHUNK - 1) / CHUNK, draw_chunk, &r);
        offer_block(m, part, wanted, rest);
    }
}

/* Rounds among the nodes of `class` (all nodes when negative), until *wanted
 * is down to `rest`. */
static gamlp_status play(model *m, int64_t class, const int64_t *wanted, int64_t rest) {
    const int32_t *member = class < 0 ? NULL : m->member + m->class_start[class];
    int64_t size = class < 0 ? m->nodes : m->class_start[class + 1] - m->class_start[class];
    if (size > 0 && *wanted > rest) gamlp_weighted_set(&m->draw, m->weight, member, size);
    for (int64_t round = 0; size > 0 && *wanted > rest && round < ROUNDS; round++)
        play_round(m, member, *wanted - rest + SPARE, wanted, rest);
    if (*wanted == rest) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_USAGE, "no place for %lld more distinct edges %s %lld",
                      (long long)(*wanted - rest),
                      class < 0 ? "between classes, beside" : "inside class",
                      (long long)(class < 0 ? m->edges : class));
}

/* The set as a list of edges. */

static gamlp_status rewind_set(void *context) {
    model *m = context;
    m->at = 0;
    return GAMLP_OK;
}

static gamlp_status next_of_set(void *context, int32_t *source, int32_t *target, int64_t most,
                                int64_t *got) {
    model *m = context;
    for (*got = 0; *got < most && m->at < m->slots; m->at++) {
        if (m->slot[m->at] == 0) continue;
        source[*got] = (int32_t)((m->slot[m->at] - 1) / (uint64_t)m->nodes);
        target[(*got)++] = (int32_t)((m->slot[m->at] - 1) % (uint64_t)m->nodes);
    }
    return GAMLP_OK;
}

/* Sum of the weights of each class and, last, of all. */
static void sum_weights(double *sum, const model *m, int64_t classes) {
    for (int64_t i = 0; i < m->nodes; i++) sum[m->label[i]] += m->weight[i];
    for (int64_t c = 0; c < classes; c++) sum[classes] += sum[c];
}

/* The missing equal pairs: class c gets its share S_c / S of them. */
static gamlp_status play_classes(model *m, int64_t classes) {
    double *sum, before = 0;
    int64_t total = m->equal;
    gamlp_status status = gamlp_new(&sum, classes + 1, sizeof *sum, "class weights");
    if (status != GAMLP_OK) return status;
    sum_weights(sum, m, classes);
    for (int64_t c = 0; c < classes; c++) {
        before += sum[c];
        int64_t placed = (int64_t)((double)total * (before / sum[classes]) + 0.5);
        GAMLP_TRY(play(m, c, &m->equal, total - placed));
    }
done:
    gamlp_free(sum);
    return status;
}

static gamlp_status check_nodes(const model *m, int64_t classes) {
    for (int64_t i = 0; i < m->nodes; i++) {
        if (m->label[i] < 0 || m->label[i] >= classes)
            return gamlp_fail(GAMLP_E_USAGE, "node %lld has label %lld, expected 0 to %lld",
                              (long long)i, (long long)m->label[i], (long long)classes - 1);
        if (!(m->weight[i] > 0 && m->weight[i] < 1e100))
            return gamlp_fail(GAMLP_E_USAGE, "node %lld has weight %g, expected a positive number",
                              (long long)i, m->weight[i]);
    }
    return GAMLP_OK;
}

/* Are there as many pairs of nodes of each kind as edges are wanted? */
static gamlp_status check_room(const model *m, int64_t classes) {
    int64_t *size, room = 0, all = m->nodes * (m->nodes - 1) / 2;
    gamlp_status status = gamlp_new(&size, classes, sizeof *size, "class sizes");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < m->nodes; i++) size[m->label[i]]++;
    for (int64_t c = 0; c < classes; c++) room += size[c] * (size[c] - 1) / 2;
    gamlp_free(size);
    if (m->equal <= room && m->different <= all - room) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_USAGE,
                      "%lld edges inside classes and %lld between them, expected at most %lld and "
                      "%lld",
                      (long long)m->equal, (long long)m->different, (long long)room,
                      (long long)(all - room));
}

gamlp_status gamlp_graph_block_model(gamlp_graph *graph, int64_t nodes, int64_t classes,
                                     const int32_t *label, const double *weight, int64_t edges,
                                     double homophily, uint64_t seed) {
    *graph = (gamlp_graph){0};
    if (nodes < 1 || nodes > INT32_MAX || classes < 1 || edges < 0 ||
        (double)edges > 0.5 * (double)nodes * (double)(nodes - 1) ||
        !(homophily >= 0 && homophily <= 1))
        return gamlp_fail(GAMLP_E_USAGE,
                          "no block model of %lld nodes, %lld classes, %lld edges, homophily %g",
                          (long long)nodes, (long long)classes, (long long)edges, homophily);
    model m = {.nodes = nodes, .label = label, .weight = weight, .seed = seed};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_nodes(&m, classes));
    m.equal = (int64_t)(homophily * (double)edges + 0.5);
    m.different = edges - m.equal;
    GAMLP_TRY(check_room(&m, classes));
    GAMLP_TRY(model_init(&m, classes, edges));
    GAMLP_TRY(play(&m, -1, &m.different, 0));
    GAMLP_TRY(play_classes(&m, classes));
    const gamlp_edges set = {nodes, m.edges, rewind_set, next_of_set, &m};
    GAMLP_TRY(gamlp_edges_graph(graph, &set));
done:
    model_clear(&m);
    return status;
}
