/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "feature/living.h"

#include <math.h>
#include <string.h>

#include "feature/living_parts.h"
#include "feature/terms.h"
#include "gamlp/alloc.h"
#include "matrix/cholesky.h"

void gamlp_living_free(gamlp_living *living) {
    if (!living) return;
    gamlp_living_graph_clear(&living->graph);
    gamlp_factor_clear(&living->factor);
    gamlp_lowrank_clear(&living->lowrank);
    gamlp_free(living->inverse);
    gamlp_free(living->pending);
    gamlp_free(living);
}

int64_t gamlp_living_nodes(const gamlp_living *living) {
    return living->graph.nodes;
}

int64_t gamlp_living_edges(const gamlp_living *living) {
    return living->graph.edges;
}

int64_t gamlp_living_entries(const gamlp_living *living) {
    return gamlp_factor_entries(&living->factor);
}

int64_t gamlp_living_pending(const gamlp_living *living) {
    return living->lowrank.changes;
}

uint64_t gamlp_living_mark(const gamlp_living *living) {
    return living->mark;
}

void gamlp_living_set_mark(gamlp_living *living, uint64_t mark) {
    living->mark = mark;
}

gamlp_term gamlp_living_term(const gamlp_living *living) {
    return living->term;
}

gamlp_status gamlp_living_check_term(const gamlp_term *term) {
    const gamlp_operator *op = &term->op;
    if (term->kind == GAMLP_TERM_PPR && op->direction == GAMLP_DIRECTION_NONE && op->loops &&
        !op->triangles && term->value > 0 && term->value <= 1 &&
        (op->kind == GAMLP_OPERATOR_SYM || op->kind == GAMLP_OPERATOR_ROW ||
         op->kind == GAMLP_OPERATOR_COL))
        return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CONFIG,
                      "features: the factor of %s cannot follow a graph that changes, expected "
                      "ppr(A), ppr(A, row) or ppr(A, col)",
                      gamlp_term_name(term));
}

/* M = D~ - (1 - a)(A + I). */
static gamlp_status make_matrix(gamlp_symmetric *m, const gamlp_csr *a, double alpha) {
    gamlp_status status = gamlp_symmetric_init(m, a->rows, a->nnz + a->rows);
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0, place = 0; i < a->rows; i++) {
        bool done = false;
        for (int64_t k = a->ptr[i]; k <= a->ptr[i + 1]; k++) {
            bool end = k == a->ptr[i + 1];
            if (!done && (end || a->idx[k] >= i)) {
                m->idx[place] = (int32_t)i;
                m->val[place++] = (double)(a->ptr[i + 1] - a->ptr[i]) + alpha;
                done = true;
            }
            if (end) continue;
            m->idx[place] = a->idx[k];
            m->val[place++] = -(1 - alpha);
        }
        m->ptr[i + 1] = place;
    }
    return gamlp_symmetric_check(m);
}

gamlp_status gamlp_living_adopt(gamlp_living *l, gamlp_factor *f) {
    gamlp_lowrank lowrank = {0};
    int32_t *inverse = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_lowrank_init(&lowrank, f));
    GAMLP_TRY(gamlp_new_raw(&inverse, f->n, sizeof *inverse, "an order of nodes"));
    if (!l->pending)
        GAMLP_TRY(gamlp_new_raw(&l->pending, GAMLP_LOWRANK_MOST, sizeof *l->pending,
                                "changes of a graph"));
    for (int64_t k = 0; k < f->n; k++) inverse[f->perm[k]] = (int32_t)k;
    gamlp_factor_clear(&l->factor);
    gamlp_lowrank_clear(&l->lowrank);
    gamlp_free(l->inverse);
    l->factor = *f;
    l->lowrank = lowrank;
    l->inverse = inverse;
    *f = (gamlp_factor){0};
    return GAMLP_OK;
done:
    gamlp_lowrank_clear(&lowrank);
    gamlp_free(inverse);
    return status;
}

static gamlp_status factorise(gamlp_living *l, const gamlp_csr *adjacency) {
    gamlp_symmetric m = {0};
    gamlp_cholesky *cholesky = NULL;
    gamlp_factor f = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(make_matrix(&m, adjacency, l->term.value));
    GAMLP_TRY(gamlp_cholesky_new(&cholesky, &m, GAMLP_ORDERING_METIS));
    GAMLP_TRY(gamlp_cholesky_factor(&f, cholesky, &m));
    status = gamlp_living_adopt(l, &f);
done:
    gamlp_factor_clear(&f);
    gamlp_cholesky_free(cholesky);
    gamlp_symmetric_clear(&m);
    return status;
}

gamlp_status gamlp_living_new(gamlp_living **living, const gamlp_csr *adjacency,
                              const gamlp_term *term) {
    gamlp_living *l = NULL;
    gamlp_status status = GAMLP_OK;
    *living = NULL;
    GAMLP_TRY(gamlp_living_check_term(term));
    GAMLP_TRY(gamlp_new(&l, 1, sizeof *l, "a living graph"));
    l->term = *term;
    GAMLP_TRY(gamlp_living_graph_init(&l->graph, adjacency));
    GAMLP_TRY(factorise(l, adjacency));
    *living = l;
    l = NULL;
done:
    gamlp_living_free(l);
    return status;
}

gamlp_status gamlp_living_fold(gamlp_living *living) {
    gamlp_csr adjacency = {0};
    gamlp_status status = GAMLP_OK;
    if (living->lowrank.changes == 0) return GAMLP_OK;
    GAMLP_TRY(gamlp_living_adjacency(&adjacency, living));
    status = factorise(living, &adjacency);
done:
    gamlp_csr_clear(&adjacency);
    return status;
}

static gamlp_status check_edge(const gamlp_living *l, int64_t i, int64_t j, bool add) {
    const int64_t n = l->graph.nodes;
    if (i < 0 || j < 0 || i >= n || j >= n)
        return gamlp_fail(GAMLP_E_DATA, "edge %lld %lld: expected nodes 0 to %lld", (long long)i,
                          (long long)j, (long long)n - 1);
    if (i == j)
        return gamlp_fail(GAMLP_E_DATA, "edge %lld %lld joins a node to itself", (long long)i,
                          (long long)j);
    if (gamlp_living_graph_has(&l->graph, i, j) == add)
        return gamlp_fail(GAMLP_E_DATA, "edge %lld %lld is to %s, but it is %s", (long long)i,
                          (long long)j, add ? "come" : "go", add ? "there already" : "not there");
    return GAMLP_OK;
}

gamlp_status gamlp_living_pend(gamlp_living *l, const gamlp_living_change *change) {
    const double a = l->term.value, s = sqrt(a / 2), d = sqrt((2 - a) / 2);
    const int64_t pivot[] = {l->inverse[change->i], l->inverse[change->j]};
    gamlp_status status = gamlp_lowrank_add(&l->lowrank, &l->factor, pivot, (const double[]){s, s},
                                            (const double[]){d, -d}, change->add);
    if (status == GAMLP_OK) l->pending[l->lowrank.changes - 1] = *change;
    return status;
}

gamlp_status gamlp_living_edge(gamlp_living *living, int64_t i, int64_t j, bool add) {
    const gamlp_living_change change = {(int32_t)i, (int32_t)j, add};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_edge(living, i, j, add));
    if (add) GAMLP_TRY(gamlp_living_graph_reserve(&living->graph, i));
    if (add) GAMLP_TRY(gamlp_living_graph_reserve(&living->graph, j));
    if (living->lowrank.changes == GAMLP_LOWRANK_MOST) GAMLP_TRY(gamlp_living_fold(living));
    GAMLP_TRY(gamlp_living_pend(living, &change));
    gamlp_living_graph_set(&living->graph, i, j, add);
done:
    return status;
}

gamlp_status gamlp_living_adjacency(gamlp_csr *adjacency, const gamlp_living *living) {
    const gamlp_living_graph *g = &living->graph;
    gamlp_status status = gamlp_csr_init(adjacency, g->nodes, g->nodes, 2 * g->edges);
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0, place = 0; i < g->nodes; i++) {
        if (g->count[i] > 0)
            memcpy(adjacency->idx + place, g->idx + g->start[i],
                   (size_t)g->count[i] * sizeof *g->idx);
        place += g->count[i];
        adjacency->ptr[i + 1] = place;
    }
    gamlp_csr_drop_values(adjacency);
    return GAMLP_OK;
}
