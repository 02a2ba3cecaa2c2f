/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "feature/terms.h"
#include "fuzz.h"
#include "gamlp/graph.h"

enum { NODES = 6, FEATURES = 3, TEXT = 1 << 12, POWERS = 300 };

static bool is_small(const gamlp_feature_set *set) {
    for (int64_t t = 0; t < set->count; t++) {
        const gamlp_term *term = &set->term[t];
        bool finite = term->kind == GAMLP_TERM_X || term->kind == GAMLP_TERM_STRUCTURE ||
                      (gamlp_term_is_polynomial(term) && term->last <= POWERS);
        if (!finite || term->op.direction != GAMLP_DIRECTION_NONE) return false;
    }
    return true;
}

/* A set that can be made of a little graph is, and has the size that it says. */
static void make(const gamlp_feature_set *set) {
    static const int64_t source[] = {0, 1, 2, 3}, target[] = {1, 2, 0, 0}, wanted[] = {5, 0, 3};
    static const double figure[NODES] = {3, 2, 2, 1, 0, 0};
    gamlp_graph graph;
    gamlp_dense h;
    gamlp_stack x;
    gamlp_feature_options options = {.set = *set, .normalise = GAMLP_NORMALISE_L2};
    gamlp_feature_input input = {.adjacency = &graph.adjacency, .dense = &h};
    for (int s = 0; s < GAMLP_STRUCTURES; s++) input.column[s] = figure;
    if (gamlp_graph_from_edges(&graph, NODES, 4, source, target) != GAMLP_OK) abort();
    if (gamlp_dense_init(&h, FEATURES, NODES) != GAMLP_OK) abort();
    for (int64_t i = 0; i < NODES * FEATURES; i++) h.data[i] = (gamlp_real)(i % 5);
    if (gamlp_feature_make(&x, &input, wanted, 3, &options) != GAMLP_OK) abort();
    if (x.blocks != gamlp_feature_set_blocks(set)) abort();
    if (x.rows != gamlp_feature_set_rows(set, FEATURES)) abort();
    gamlp_stack_clear(&x);
    gamlp_dense_clear(&h);
    gamlp_graph_clear(&graph);
}

/* A set that is read is written as a text that reads back to the same text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char text[TEXT], twice[TEXT];
    gamlp_feature_set set, again;
    if (size >= 512) return 0;
    memcpy(text, data, size);
    text[size] = 0;
    if (gamlp_feature_set_parse(&set, text) != GAMLP_OK) return 0;
    if (gamlp_feature_set_text(text, TEXT, &set) >= TEXT) return 0;
    if (gamlp_feature_set_parse(&again, text) != GAMLP_OK) abort();
    gamlp_feature_set_text(twice, TEXT, &again);
    if (strcmp(text, twice) != 0) abort();
    if (is_small(&set)) make(&set);
    return 0;
}
