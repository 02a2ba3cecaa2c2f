/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"
#include "gamlp/feature.h"
#include "gamlp/graph.h"

/* Blocks that no cache holds are written past it: the same bits as the kernel's, in the first two
 * blocks of `terms`; where there is a third it is the second once more. */
static void large_blocks(int64_t features, const char *terms) {
    enum { MANY = 3000, POWERS = 2 };
    int64_t source[MANY], target[MANY], index[MANY];
    gamlp_graph graph;
    gamlp_dense dense, next;
    gamlp_csr s;
    gamlp_stack x;
    gamlp_feature_options options = {.normalise = GAMLP_NORMALISE_NONE};
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
    large_blocks(1408, "sym^1..2");
    large_blocks(1408, "sym^1..2; sym^2");
    large_blocks(1411, "sym^1..2");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_blocks_are_written_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
