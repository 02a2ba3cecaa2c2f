/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "feature/living_graph.h"

#include <string.h>

#include "gamlp/alloc.h"

void gamlp_living_graph_clear(gamlp_living_graph *g) {
    if (!g) return;
    gamlp_free(g->start);
    gamlp_free(g->count);
    gamlp_free(g->room);
    gamlp_free(g->idx);
    *g = (gamlp_living_graph){0};
}

gamlp_status gamlp_living_graph_init(gamlp_living_graph *g, const gamlp_csr *adjacency) {
    const int64_t n = adjacency->rows;
    *g = (gamlp_living_graph){
        .nodes = n, .edges = adjacency->nnz / 2, .used = adjacency->nnz, .size = adjacency->nnz};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&g->start, n, sizeof *g->start, "lists of neighbours"));
    GAMLP_TRY(gamlp_new_raw(&g->count, n, sizeof *g->count, "lists of neighbours"));
    GAMLP_TRY(gamlp_new_raw(&g->room, n, sizeof *g->room, "lists of neighbours"));
    GAMLP_TRY(gamlp_new_raw(&g->idx, g->size, sizeof *g->idx, "lists of neighbours"));
    for (int64_t i = 0; i < n; i++) {
        g->start[i] = adjacency->ptr[i];
        g->count[i] = g->room[i] = (int32_t)(adjacency->ptr[i + 1] - adjacency->ptr[i]);
    }
    if (g->size > 0) memcpy(g->idx, adjacency->idx, (size_t)g->size * sizeof *g->idx);
done:
    if (status != GAMLP_OK) gamlp_living_graph_clear(g);
    return status;
}

/* The place of j in the list of i, or where it would be. */
static int64_t place_of(const gamlp_living_graph *g, int64_t i, int64_t j) {
    int64_t low = g->start[i], high = low + g->count[i];
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (g->idx[middle] < j)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool gamlp_living_graph_has(const gamlp_living_graph *g, int64_t i, int64_t j) {
    int64_t at = place_of(g, i, j);
    return at < g->start[i] + g->count[i] && g->idx[at] == j;
}

gamlp_status gamlp_living_graph_reserve(gamlp_living_graph *g, int64_t i) {
    if (g->count[i] < g->room[i]) return GAMLP_OK;
    const int64_t wanted = g->count[i] + g->count[i] / 2 + 4;
    if (g->used + wanted > g->size) {
        int64_t size = g->size + g->size / 4 + wanted;
        gamlp_status status =
            gamlp_grow(&g->idx, g->used, size, sizeof *g->idx, "lists of neighbours");
        if (status != GAMLP_OK) return status;
        g->size = size;
    }
    if (g->count[i] > 0)
        memcpy(g->idx + g->used, g->idx + g->start[i], (size_t)g->count[i] * sizeof *g->idx);
    g->start[i] = g->used;
    g->room[i] = (int32_t)wanted;
    g->used += wanted;
    return GAMLP_OK;
}

static void set_half(gamlp_living_graph *g, int64_t i, int64_t j, bool add) {
    int64_t at = place_of(g, i, j), last = g->start[i] + g->count[i];
    if (add) {
        memmove(g->idx + at + 1, g->idx + at, (size_t)(last - at) * sizeof *g->idx);
        g->idx[at] = (int32_t)j;
        g->count[i]++;
    } else {
        memmove(g->idx + at, g->idx + at + 1, (size_t)(last - at - 1) * sizeof *g->idx);
        g->count[i]--;
    }
}

void gamlp_living_graph_set(gamlp_living_graph *g, int64_t i, int64_t j, bool add) {
    set_half(g, i, j, add);
    set_half(g, j, i, add);
    g->edges += add ? 1 : -1;
}
