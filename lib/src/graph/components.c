/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graph/components.h"

/* A forest of which every tree is a part of a component and its root the first node of that part;
 * paths are halved on the way (Tarjan and van Leeuwen, 1984). */
static int32_t find_root(int32_t *parent, int32_t i) {
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

void gamlp_graph_components(int32_t *first, const gamlp_graph *graph) {
    const gamlp_csr *a = &graph->adjacency;
    for (int64_t i = 0; i < a->rows; i++) {
        first[i] = (int32_t)i;
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1] && a->idx[k] < i; k++) {
            int32_t here = find_root(first, (int32_t)i), there = find_root(first, a->idx[k]);
            first[here > there ? here : there] = here > there ? there : here;
        }
    }
    for (int64_t i = 0; i < a->rows; i++) first[i] = first[first[i]];
}
