/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "check.h"
#include "gamlp/alloc.h"
#include "gamlp/feature.h"
#include "gamlp/graph.h"
#include "gamlp/threads.h"
#include "matrix/gather.h"

/* The numbers that bfloat16 has next to those of x. */
static void round_all(gamlp_dense *x) {
    for (int64_t k = 0; k < x->rows * x->cols; k++) {
        uint16_t packed;
        gamlp_bfloat16_pack(&packed, &x->data[k], 1);
        x->data[k] = gamlp_bfloat16_value(packed);
    }
}

/* Blocks that no cache holds are written past it: the same bits as the kernel's, in the first two
 * blocks of `terms`; where there is a third it is the second once more. */
static void large_blocks(int64_t features, const char *terms, bool bfloat16) {
    enum { MANY = 3000, POWERS = 2 };
    int64_t source[MANY], target[MANY], index[MANY];
    gamlp_graph graph;
    gamlp_dense dense, next;
    gamlp_csr s;
    gamlp_stack x;
    gamlp_feature_options options = {.normalise = GAMLP_NORMALISE_NONE, .bfloat16 = bfloat16};
    const gamlp_operator op = gamlp_operator_default();
    for (int64_t i = 0; i < MANY; i++) source[i] = index[i] = i, target[i] = (7 * i + 3) % MANY;
    CHECK_OK(gamlp_feature_set_parse(&options.set, terms));
    CHECK_OK(gamlp_graph_from_edges(&graph, MANY, MANY, source, target));
    CHECK_OK(gamlp_operator_make(&s, &graph.adjacency, NULL, &op));
    CHECK_OK(gamlp_dense_init(&dense, features, MANY));
    fill_normal(&dense, 4);
    const gamlp_feature_input input = {.adjacency = &graph.adjacency, .dense = &dense};
    CHECK_OK(gamlp_feature_make(&x, &input, index, MANY, &options));
    for (int64_t k = 0; k < POWERS; k++) {
        CHECK_OK(gamlp_dense_init(&next, features, MANY));
        if (bfloat16) round_all(&dense);
        gamlp_csr_gather(&next, &s, &dense);
        assert_memory_equal(x.block[k].dense.data, next.data,
                            (size_t)(features * MANY) * sizeof *next.data);
        gamlp_dense_clear(&dense);
        dense = next;
    }
    if (x.blocks > POWERS)
        assert_memory_equal(x.block[POWERS].dense.data, dense.data,
                            (size_t)(features * MANY) * sizeof *dense.data);
    gamlp_dense_clear(&dense);
    gamlp_stack_clear(&x);
    gamlp_csr_clear(&s);
    gamlp_graph_clear(&graph);
}

static void large_blocks_are_written_whole(void **state) {
    (void)state;
    large_blocks(1408, "sym^1..2", false);
    large_blocks(1408, "sym^1..2; sym^2", false);
    large_blocks(1411, "sym^1..2", false);
    large_blocks(1408, "sym^1..2", true);
    large_blocks(1411, "sym^1..2", true);
}

/* Memory but for blocks of `*context` bytes. */
static void *acquire_others(void *context, size_t bytes) {
    const size_t *refused = context;
    return bytes == *refused ? NULL : aligned_alloc(64, (bytes + 63) / 64 * 64);
}

static void release(void *context, void *block) {
    (void)context;
    free(block);
}

/* Features of all nodes are made by tiles: without memory for their entries there are none. */
static void check_tiled(const gamlp_feature_input *input, const int64_t *index,
                        const gamlp_feature_options *options, size_t bytes) {
    const gamlp_allocator others = {acquire_others, release, &bytes};
    gamlp_stack x;
    gamlp_allocator_set(&others);
    gamlp_status status = gamlp_feature_make(&x, input, index, input->adjacency->rows, options);
    gamlp_stack_clear(&x);
    gamlp_allocator_set(NULL);
    CHECK_FAILS(status, GAMLP_E_NOMEM, "entries of tiles");
}

/* A graph dense enough for tiles of columns: they are made, with the same bits as the kernel's on
 * rows, for all nodes, for some of them, and for any number of threads. */
static void dense_graphs_go_by_tiles(void **state) {
    (void)state;
    enum { MANY = 34000, SOME = 500, STEPS = 17, FEATURES = 50 };
    static int64_t source[MANY * STEPS], target[MANY * STEPS], index[MANY];
    gamlp_graph graph;
    gamlp_dense dense, next[2];
    gamlp_csr s;
    gamlp_feature_options options = {.normalise = GAMLP_NORMALISE_NONE};
    const gamlp_operator op = gamlp_operator_default();
    for (int64_t k = 0; k < MANY * STEPS; k++) {
        source[k] = k / STEPS;
        target[k] = (source[k] + 1 + k % STEPS * 1997) % MANY;
    }
    CHECK_OK(gamlp_graph_from_edges(&graph, MANY, MANY * STEPS, source, target));
    CHECK_OK(gamlp_operator_make(&s, &graph.adjacency, NULL, &op));
    const int64_t width = gamlp_tiles_width(&s, 128);
    assert_true(width > 0);
    CHECK_OK(gamlp_dense_init(&dense, FEATURES, MANY));
    fill_normal(&dense, 4);
    for (int64_t k = 0; k < 2; k++) {
        CHECK_OK(gamlp_dense_init(&next[k], FEATURES, MANY));
        gamlp_csr_gather(&next[k], &s, k == 0 ? &dense : &next[0]);
    }
    for (int64_t i = 0; i < MANY; i++) index[i] = i;
    const gamlp_feature_input input = {.adjacency = &graph.adjacency, .dense = &dense};
    for (int64_t run = 0; run < 4; run++) {
        const int64_t count = run % 2 ? SOME : MANY;
        gamlp_stack x;
        CHECK_OK(gamlp_feature_set_parse(&options.set, run < 2 ? "sym^1..2" : "sym^2"));
        gamlp_threads_set(1 + run);
        CHECK_OK(gamlp_feature_make(&x, &input, index, count, &options));
        for (int64_t k = 0; k < x.blocks; k++)
            assert_memory_equal(x.block[k].dense.data, next[k + 2 - x.blocks].data,
                                (size_t)(FEATURES * count) * sizeof *dense.data);
        gamlp_stack_clear(&x);
    }
    check_tiled(&input, index, &options,
                (size_t)(MANY * ((MANY + width - 1) / width)) * sizeof(uint16_t));
    gamlp_threads_set(gamlp_threads_available());
    gamlp_dense_clear(&dense);
    for (int64_t k = 0; k < 2; k++) gamlp_dense_clear(&next[k]);
    gamlp_csr_clear(&s);
    gamlp_graph_clear(&graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_blocks_are_written_whole),
        cmocka_unit_test(dense_graphs_go_by_tiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
