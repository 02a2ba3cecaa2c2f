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
 * To be distinct, pairs are drawn in rounds and repeated ones are dropped. */
#include <stdbool.h>

#include "gamlp/alloc.h"
#include "gamlp/graph.h"
#include "gamlp/rng.h"
#include "graph/igraph.h"

enum {
    ROUNDS = 200, /* of one game before it is called impossible                          */
    SPARE = 64    /* pairs drawn beyond those missing, to save rounds that find very few */
};

typedef struct model {
    int64_t nodes;
    const int32_t *label;
    const double *weight;
    uint64_t seed;
    uint32_t stream;                      /* of the next round               */
    int64_t equal, different;             /* edges still wanted of each kind */
    double *masked;                       /* weights of the game             */
    int64_t *source, *target, edges;      /* distinct pairs so far           */
    int64_t *round_source, *round_target; /* pairs of one round              */
    uint64_t *slot, slots;                /* hash set of pairs               */
} model;

static void model_clear(model *m) {
    gamlp_free(m->masked);
    gamlp_free(m->source);
    gamlp_free(m->target);
    gamlp_free(m->round_source);
    gamlp_free(m->round_target);
    gamlp_free(m->slot);
}

static gamlp_status model_init(model *m, int64_t edges) {
    gamlp_status status = GAMLP_OK;
    for (m->slots = 16; m->slots < 2 * (uint64_t)edges;) m->slots *= 2;
    GAMLP_TRY(gamlp_new(&m->masked, m->nodes, sizeof *m->masked, "weights"));
    GAMLP_TRY(gamlp_new(&m->source, edges, sizeof *m->source, "edges"));
    GAMLP_TRY(gamlp_new(&m->target, edges, sizeof *m->target, "edges"));
    GAMLP_TRY(gamlp_new(&m->round_source, edges + SPARE, sizeof *m->round_source, "pairs"));
    GAMLP_TRY(gamlp_new(&m->round_target, edges + SPARE, sizeof *m->round_target, "pairs"));
    GAMLP_TRY(gamlp_new(&m->slot, (int64_t)m->slots, sizeof *m->slot, "a set of edges"));
done:
    return status;
}

/* Enter the pair i < j into the set; false when it was there. */
static bool insert_pair(model *m, int64_t i, int64_t j) {
    uint64_t key = (uint64_t)i * (uint64_t)m->nodes + (uint64_t)j + 1;
    uint64_t place = key * UINT64_C(0x9E3779B97F4A7C15);
    for (place ^= place >> 32;; place++) {
        uint64_t *slot = &m->slot[place & (m->slots - 1)];
        if (*slot == key) return false;
        if (*slot != 0) continue;
        *slot = key;
        return true;
    }
}

/* Keep a pair of the round if it is new and its kind is still wanted. */
static void offer(model *m, int64_t i, int64_t j) {
    int64_t *wanted = m->label[i] == m->label[j] ? &m->equal : &m->different;
    if (i == j || *wanted == 0 || !insert_pair(m, i < j ? i : j, i < j ? j : i)) return;
    m->source[m->edges] = i;
    m->target[m->edges++] = j;
    (*wanted)--;
}

/* Rounds among the nodes of `class` (all nodes when negative), until *wanted
 * is down to `rest`. */
static gamlp_status play(model *m, int64_t class, const int64_t *wanted, int64_t rest) {
    for (int64_t i = 0; i < m->nodes; i++)
        m->masked[i] = class < 0 || m->label[i] == class ? m->weight[i] : 0;
    for (int64_t round = 0; *wanted > rest && round < ROUNDS; round++) {
        int64_t count = *wanted - rest + SPARE;
        gamlp_rng rng = gamlp_rng_key(m->seed, GAMLP_RNG_GRAPH, m->stream++);
        gamlp_status status =
            gamlp_igraph_pairs(m->round_source, m->round_target, count, m->nodes, m->masked, rng);
        if (status != GAMLP_OK) return status;
        for (int64_t e = 0; e<count && * wanted> rest; e++)
            offer(m, m->round_source[e], m->round_target[e]);
    }
    if (*wanted == rest) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_USAGE, "no place for %lld more distinct edges %s %lld",
                      (long long)(*wanted - rest),
                      class < 0 ? "between classes, beside" : "inside class",
                      (long long)(class < 0 ? m->edges : class));
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
    GAMLP_TRY(model_init(&m, edges));
    GAMLP_TRY(play(&m, -1, &m.different, 0));
    GAMLP_TRY(play_classes(&m, classes));
    GAMLP_TRY(gamlp_graph_from_edges(graph, nodes, m.edges, m.source, m.target));
done:
    model_clear(&m);
    return status;
}
