/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graph/refine.h"

#include <string.h>

#include "check.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"

enum { NODES = 60, COUNT = 150 };

typedef struct edges {
    int64_t nodes, count, source[COUNT], target[COUNT];
} edges;

static void hash_of(char hash[GAMLP_GRAPH_HASH], const edges *e) {
    gamlp_graph graph;
    CHECK_OK(gamlp_graph_from_edges(&graph, e->nodes, e->count, e->source, e->target));
    CHECK_OK(gamlp_graph_hash(hash, &graph));
    assert_int_equal(strlen(hash), 64);
    gamlp_graph_clear(&graph);
}

static void check_equal(const edges *a, const edges *b, bool equal) {
    char x[GAMLP_GRAPH_HASH], y[GAMLP_GRAPH_HASH];
    hash_of(x, a);
    hash_of(y, b);
    assert_int_equal(strcmp(x, y) == 0, equal);
}

static edges draw(uint64_t seed) {
    edges e = {NODES, COUNT, {0}, {0}};
    gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 0);
    for (int64_t i = 0; i < COUNT; i++) {
        e.source[i] = (int64_t)gamlp_rng_below(rng, (uint64_t)(2 * i), NODES);
        e.target[i] = (int64_t)gamlp_rng_below(rng, (uint64_t)(2 * i + 1), NODES);
    }
    return e;
}

/* The same edges, nodes renamed and edges listed in another order and direction. */
static edges shuffled(const edges *e, uint64_t seed) {
    int64_t name[NODES], order[COUNT];
    edges s = *e;
    for (int64_t i = 0; i < e->nodes; i++) name[i] = i;
    for (int64_t i = 0; i < e->count; i++) order[i] = i;
    gamlp_rng_shuffle(gamlp_rng_key(seed, GAMLP_RNG_TEST, 1), name, e->nodes);
    gamlp_rng_shuffle(gamlp_rng_key(seed, GAMLP_RNG_TEST, 2), order, e->count);
    for (int64_t i = 0; i < e->count; i++) {
        s.source[i] = name[e->target[order[i]]];
        s.target[i] = name[e->source[order[i]]];
    }
    return s;
}

static void order_of_nodes(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        edges e = draw(seed), s = shuffled(&e, seed);
        check_equal(&e, &s, true);
    }
}

static void one_change(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        edges e = draw(seed), fewer = e, moved = e, more = e;
        fewer.count--;
        check_equal(&e, &fewer, false);
        moved.target[0] = (e.target[0] + 1) % NODES;
        check_equal(&e, &moved, false);
        more.nodes++;
        check_equal(&e, &more, false);
    }
}

static bool joined(const edges *e, int64_t a, int64_t b) {
    for (int64_t i = 0; i < e->count; i++)
        if ((e->source[i] == a && e->target[i] == b) || (e->source[i] == b && e->target[i] == a))
            return true;
    return a == b;
}

/* The edges a-b and c-d become a-d and c-b: every degree stays. */
static void rewired(void **state) {
    (void)state;
    int64_t changed = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        edges e = draw(seed), r = e;
        int64_t a = e.source[0], b = e.target[0], c = e.source[1], d = e.target[1];
        if (a == b || c == d || joined(&e, a, d) || joined(&e, c, b)) continue;
        r.target[0] = d;
        r.target[1] = b;
        check_equal(&e, &r, false);
        changed++;
    }
    assert_true(changed > 10);
}

enum { SMALL = 5, PAIRS = 10, GRAPHS = 1 << PAIRS };

static edges small_graph(int64_t bits) {
    edges e = {SMALL, 0, {0}, {0}};
    int64_t pair = 0;
    for (int64_t i = 0; i < SMALL; i++)
        for (int64_t j = i + 1; j < SMALL; j++, pair++) {
            if (!(bits >> pair & 1)) continue;
            e.source[e.count] = i;
            e.target[e.count++] = j;
        }
    return e;
}

/* The 1024 graphs on five nodes: 34 up to the order of the nodes, which refinement tells apart. */
static void all_small_graphs(void **state) {
    (void)state;
    static char hash[GRAPHS][GAMLP_GRAPH_HASH];
    int64_t different = 0;
    for (int64_t g = 0; g < GRAPHS; g++) {
        edges e = small_graph(g);
        hash_of(hash[g], &e);
        int64_t k = 0;
        while (k < g && strcmp(hash[k], hash[g]) != 0) k++;
        different += k == g;
    }
    assert_int_equal(different, 34);
}

/* A hexagon and two triangles: six nodes of degree two each.  The documented limit. */
static void regular_graphs(void **state) {
    (void)state;
    const edges hexagon = {6, 6, {0, 1, 2, 3, 4, 5}, {1, 2, 3, 4, 5, 0}};
    const edges triangles = {6, 6, {0, 1, 2, 3, 4, 5}, {1, 2, 0, 4, 5, 3}};
    const edges pentagon = {6, 5, {0, 1, 2, 3, 4}, {1, 2, 3, 4, 0}};
    check_equal(&hexagon, &triangles, true);
    check_equal(&hexagon, &pentagon, false);
}

/* The bits are those of every machine, and of another program for a path of four nodes. */
static void known_hash(void **state) {
    (void)state;
    const edges path = {4, 3, {0, 1, 2}, {1, 2, 3}}, nothing = {0, 0, {0}, {0}};
    gamlp_graph graph;
    char hash[GAMLP_GRAPH_HASH];
    hash_of(hash, &path);
    assert_string_equal(hash, "8b48291d6e69f633d620200830a36588f65fc82cea6d24a2bf8685631849bc9a");
    CHECK_OK(gamlp_graph_karate(&graph));
    CHECK_OK(gamlp_graph_hash(hash, &graph));
    assert_string_equal(hash, "06a0000aa34a1949509beba92df7c8cfc5db5cd21e6954707325369c62a70f78");
    gamlp_graph_clear(&graph);
    check_equal(&path, &nothing, false);
}

/* Of several chunks; a long path needs every round. */
static void threads(void **state) {
    (void)state;
    static int64_t source[20000], target[20000];
    char one[GAMLP_GRAPH_HASH], many[GAMLP_GRAPH_HASH];
    gamlp_rng rng = gamlp_rng_key(1, GAMLP_RNG_TEST, 0);
    gamlp_graph graph;
    int64_t before = gamlp_threads_get();
    for (int64_t e = 0; e < 20000; e++) {
        source[e] = e % 10000;
        target[e] = e < 10000 ? (e + 1) % 9999 : (int64_t)gamlp_rng_below(rng, (uint64_t)e, 9000);
    }
    for (int64_t count = 9998; count <= 20000; count += 10002) {
        CHECK_OK(gamlp_graph_from_edges(&graph, 10000, count, source, target));
        gamlp_threads_set(1);
        CHECK_OK(gamlp_graph_hash(one, &graph));
        gamlp_threads_set(3);
        CHECK_OK(gamlp_graph_hash(many, &graph));
        assert_string_equal(one, many);
        gamlp_graph_clear(&graph);
    }
    gamlp_threads_set(before);
}

/* Colours that the caller begins with count as well: which node of a path is marked. */
static void own_colours(void **state) {
    (void)state;
    static const int64_t source[] = {0, 1}, target[] = {1, 2};
    char hash[3][GAMLP_GRAPH_HASH];
    gamlp_graph graph;
    CHECK_OK(gamlp_graph_from_edges(&graph, 3, 2, source, target));
    for (int64_t mark = 0; mark < 3; mark++) {
        gamlp_colour colour[3] = {{0, 0}, {0, 0}, {0, 0}}, scratch[3];
        gamlp_hash running;
        colour[mark].low = 1;
        gamlp_graph_refine(colour, scratch, &graph);
        gamlp_hash_init(&running);
        gamlp_colours_hash(&running, colour, scratch, 3);
        gamlp_hash_hex(&running, hash[mark]);
    }
    assert_string_equal(hash[0], hash[2]);
    assert_string_not_equal(hash[0], hash[1]);
    gamlp_graph_clear(&graph);
}

static void joined_colours(void **state) {
    (void)state;
    const gamlp_colour a = {1, 2}, b = {1, 3};
    gamlp_colour ab = gamlp_colour_join(a, b), ba = gamlp_colour_join(b, a), sum = a;
    assert_true(ab.low != ba.low && ab.high != ba.high && ab.low != ab.high);
    gamlp_colour_add(&sum, b);
    assert_true(sum.low == 2 && sum.high == 5);
}

static gamlp_status hash_once(void *graph) {
    char hash[GAMLP_GRAPH_HASH];
    return gamlp_graph_hash(hash, graph);
}

static void no_memory(void **state) {
    (void)state;
    gamlp_graph graph;
    CHECK_OK(gamlp_graph_karate(&graph));
    check_every_allocation(hash_once, &graph);
    gamlp_graph_clear(&graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_of_nodes), cmocka_unit_test(one_change),
        cmocka_unit_test(rewired),        cmocka_unit_test(all_small_graphs),
        cmocka_unit_test(regular_graphs), cmocka_unit_test(known_hash),
        cmocka_unit_test(threads),        cmocka_unit_test(own_colours),
        cmocka_unit_test(joined_colours), cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
