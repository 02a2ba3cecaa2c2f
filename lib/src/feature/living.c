/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "feature/living.h"

#include <math.h>
#include <string.h>

#include "feature/living_graph.h"
#include "feature/living_parts.h"
#include "feature/terms.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"

enum { LANES = GAMLP_LANES, COLUMNS_PER_CHUNK = 64 };

void gamlp_living_free(gamlp_living *living) {
    if (!living) return;
    gamlp_living_graph_clear(&living->graph);
    gamlp_factor_clear(&living->factor);
    gamlp_cholesky_free(living->cholesky);
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

gamlp_status gamlp_living_new(gamlp_living **living, const gamlp_csr *adjacency,
                              const gamlp_term *term) {
    gamlp_living *l = NULL;
    gamlp_symmetric m = {0};
    gamlp_status status = GAMLP_OK;
    *living = NULL;
    GAMLP_TRY(gamlp_living_check_term(term));
    GAMLP_TRY(gamlp_new(&l, 1, sizeof *l, "a living graph"));
    l->term = *term;
    GAMLP_TRY(make_matrix(&m, adjacency, term->value));
    GAMLP_TRY(gamlp_living_graph_init(&l->graph, adjacency));
    GAMLP_TRY(gamlp_cholesky_new(&l->cholesky, &m, GAMLP_ORDERING_METIS));
    GAMLP_TRY(gamlp_cholesky_keep(&l->factor, l->cholesky, &m));
    *living = l;
    l = NULL;
done:
    gamlp_symmetric_clear(&m);
    gamlp_living_free(l);
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

gamlp_status gamlp_living_edge(gamlp_living *living, int64_t i, int64_t j, bool add) {
    const double a = living->term.value, s = sqrt(a / 2), d = sqrt((2 - a) / 2);
    const int64_t row[] = {i, j};
    const double value[] = {s, s, d, -d};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_edge(living, i, j, add));
    if (add) GAMLP_TRY(gamlp_living_graph_reserve(&living->graph, i));
    if (add) GAMLP_TRY(gamlp_living_graph_reserve(&living->graph, j));
    GAMLP_TRY(gamlp_cholesky_update(&living->factor, living->cholesky, row, value, 2, 2, add));
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

/* D~^{1 - p} and D~^p of a node. */
static double right_of(const gamlp_living *l, double degree) {
    if (l->term.op.kind == GAMLP_OPERATOR_COL) return 1;
    return l->term.op.kind == GAMLP_OPERATOR_ROW ? degree : sqrt(degree);
}

static double left_of(const gamlp_living *l, double degree) {
    if (l->term.op.kind == GAMLP_OPERATOR_ROW) return 1;
    return l->term.op.kind == GAMLP_OPERATOR_COL ? degree : sqrt(degree);
}

static double degree_of(const gamlp_living *l, int64_t i) {
    return (double)l->graph.count[i] + 1;
}

/* One round of blocks, a block for each slot. */
typedef struct apply_round {
    const gamlp_living *l;
    const gamlp_dense *x;
    gamlp_dense *y;
    int64_t first;
    double *work;  /* slots times n LANES        */
    double *found; /* of each slot: |r|^2, |b|^2 */
} apply_round;

static int64_t width_of(int64_t rows, int64_t block) {
    return rows - block * LANES < LANES ? rows - block * LANES : LANES;
}

/* Solve features [16 block, ...) and round them to Y. */
static void solve_block(const apply_round *r, int64_t block, double *w) {
    const gamlp_living *l = r->l;
    const gamlp_factor *f = &l->factor;
    const int64_t width = width_of(r->x->rows, block);
    for (int64_t k = 0; k < f->n; k++) {
        const int64_t i = f->perm[k];
        const gamlp_real *from = r->x->data + i * r->x->rows + block * LANES;
        const double scale = right_of(l, degree_of(l, i));
        for (int64_t t = 0; t < LANES; t++)
            w[k * LANES + t] = t < width ? scale * (double)from[t] : 0;
    }
    gamlp_factor_solve(f, w);
    for (int64_t k = 0; k < f->n; k++) {
        const int64_t i = f->perm[k];
        gamlp_real *to = r->y->data + i * r->y->rows + block * LANES;
        const double scale = l->term.value * left_of(l, degree_of(l, i));
        for (int64_t t = 0; t < width; t++) to[t] = (gamlp_real)(scale * w[k * LANES + t]);
    }
}

/* r = D~^{-1/2} (b - M z) of one node, z = (a left)^{-1} y. */
static void residual_of_node(double square[2], const apply_round *r, int64_t block, int64_t i) {
    const gamlp_living *l = r->l;
    const gamlp_living_graph *g = &l->graph;
    const int64_t width = width_of(r->x->rows, block), rows = r->x->rows;
    const double degree = degree_of(l, i), a = l->term.value;
    double sum[LANES] = {0};
    for (int64_t k = g->start[i]; k < g->start[i] + g->count[i]; k++) {
        const int64_t j = g->idx[k];
        const gamlp_real *from = r->y->data + j * rows + block * LANES;
        const double scale = (1 - a) / (a * left_of(l, degree_of(l, j)));
        for (int64_t t = 0; t < width; t++) sum[t] += scale * (double)from[t];
    }
    const gamlp_real *x = r->x->data + i * rows + block * LANES;
    const gamlp_real *y = r->y->data + i * rows + block * LANES;
    for (int64_t t = 0; t < width; t++) {
        const double b = right_of(l, degree) * (double)x[t];
        const double e = b + sum[t] - (degree - 1 + a) * (double)y[t] / (a * left_of(l, degree));
        square[0] += e * e / degree;
        square[1] += b * b / degree;
    }
}

static void apply_chunk(void *context, int64_t slot) {
    const apply_round *r = context;
    const int64_t block = r->first + slot;
    double square[2] = {0, 0};
    solve_block(r, block, r->work + slot * r->l->factor.n * LANES);
    for (int64_t i = 0; i < r->l->graph.nodes; i++) residual_of_node(square, r, block, i);
    memcpy(r->found + 2 * slot, square, sizeof square);
}

static gamlp_status check_shapes(const gamlp_living *l, const gamlp_dense *y,
                                 const gamlp_dense *x) {
    if (x->cols == l->graph.nodes && y->cols == x->cols && y->rows == x->rows) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_USAGE, "features of %lld nodes, a living graph of %lld nodes",
                      (long long)x->cols, (long long)l->graph.nodes);
}

gamlp_status gamlp_living_apply(gamlp_dense *y, double *residual, const gamlp_living *living,
                                const gamlp_dense *x) {
    const int64_t slots = gamlp_threads_get(), blocks = (x->rows + LANES - 1) / LANES;
    apply_round r = {.l = living, .x = x, .y = y};
    double square[2] = {0, 0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_shapes(living, y, x));
    GAMLP_TRY(gamlp_new_raw(&r.work, slots * living->graph.nodes * LANES, sizeof *r.work,
                            "blocks of features"));
    GAMLP_TRY(gamlp_new_raw(&r.found, 2 * slots, sizeof *r.found, "residuals"));
    for (r.first = 0; r.first < blocks; r.first += slots) {
        int64_t now = blocks - r.first < slots ? blocks - r.first : slots;
        gamlp_parallel(now, apply_chunk, &r);
        for (int64_t k = 0; k < 2 * now; k++) square[k % 2] += r.found[k];
    }
    *residual = square[1] > 0 ? sqrt(square[0] / square[1]) : 0;
done:
    gamlp_free(r.work);
    gamlp_free(r.found);
    return status;
}

/* The change of rank two, z_k += w_k T, of the columns in a chunk; T is 2 x d. */
typedef struct refresh_job {
    const gamlp_living *l;
    gamlp_dense *y;
    const double *w, *t; /* LANES n: lanes 0 and 1; 2 d */
    double most[2];      /* of |T_0|, |T_1|             */
    double least;        /* changes below it are left   */
    unsigned char *touched;
} refresh_job;

static void refresh_chunk(void *context, int64_t chunk) {
    refresh_job *r = context;
    const int64_t rows = r->y->rows, end = (chunk + 1) * COLUMNS_PER_CHUNK;
    for (int64_t k = chunk * COLUMNS_PER_CHUNK; k < end && k < r->l->factor.n; k++) {
        const int64_t i = r->l->factor.perm[k];
        const double scale = r->l->term.value * left_of(r->l, degree_of(r->l, i));
        const double u = scale * r->w[k * LANES], v = scale * r->w[k * LANES + 1];
        if (fabs(u) * r->most[0] + fabs(v) * r->most[1] <= r->least) continue;
        gamlp_real *y = r->y->data + i * rows;
        r->touched[i] = 1;
        for (int64_t f = 0; f < rows; f++)
            y[f] = (gamlp_real)((double)y[f] + (u * r->t[f] + v * r->t[rows + f]));
    }
}

/* T = Delta B - s Q [z_i; z_j], with z from before; the two columns' own scalings changed, too. */
static void make_change(double *t, const gamlp_living *l, gamlp_dense *y, const gamlp_dense *x,
                        const int64_t node[2], bool add) {
    const double a = l->term.value, s = add ? 1 : -1;
    const int64_t rows = x->rows;
    double right[2], left[2], fresh[2];
    for (int e = 0; e < 2; e++) {
        double now = degree_of(l, node[e]), then = now - s;
        right[e] = right_of(l, now) - right_of(l, then);
        left[e] = a * left_of(l, then);
        fresh[e] = left_of(l, now) / left_of(l, then);
    }
    for (int64_t f = 0; f < rows; f++) {
        double z[2];
        for (int e = 0; e < 2; e++) z[e] = (double)y->data[node[e] * rows + f] / left[e];
        for (int e = 0; e < 2; e++) {
            t[e * rows + f] =
                right[e] * (double)x->data[node[e] * rows + f] - s * (z[e] - (1 - a) * z[1 - e]);
            gamlp_real *here = &y->data[node[e] * rows + f];
            *here = (gamlp_real)((double)*here * fresh[e]);
        }
    }
}

static double largest(const double *v, int64_t count) {
    double most = 0;
    for (int64_t k = 0; k < count; k++) most = fmax(most, fabs(v[k]));
    return most;
}

static double largest_of(const gamlp_dense *y) {
    double most = 0;
    for (int64_t k = 0; k < y->rows * y->cols; k++) most = fmax(most, fabs((double)y->data[k]));
    return most;
}

gamlp_status gamlp_living_refresh(gamlp_dense *y, int64_t *touched, const gamlp_living *living,
                                  const gamlp_dense *x, int64_t i, int64_t j, bool add,
                                  double tolerance) {
    const gamlp_factor *f = &living->factor;
    const int64_t node[2] = {i, j};
    double *w = NULL, *t = NULL;
    refresh_job r = {.l = living, .y = y};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_shapes(living, y, x));
    GAMLP_TRY(gamlp_new(&w, f->n * LANES, sizeof *w, "a change of rank two"));
    GAMLP_TRY(gamlp_new_raw(&t, 2 * x->rows, sizeof *t, "a change of rank two"));
    GAMLP_TRY(gamlp_new(&r.touched, f->n, sizeof *r.touched, "a change of rank two"));
    for (int64_t k = 0; k < f->n; k++)
        for (int e = 0; e < 2; e++)
            if (f->perm[k] == node[e]) w[k * LANES + e] = 1;
    gamlp_factor_solve(f, w);
    r.least = tolerance * largest_of(y);
    make_change(t, living, y, x, node, add);
    r.w = w;
    r.t = t;
    for (int e = 0; e < 2; e++) r.most[e] = largest(t + e * x->rows, x->rows);
    gamlp_parallel((f->n + COLUMNS_PER_CHUNK - 1) / COLUMNS_PER_CHUNK, refresh_chunk, &r);
    *touched = 0;
    for (int64_t k = 0; k < f->n; k++) *touched += r.touched[k];
done:
    gamlp_free(w);
    gamlp_free(t);
    gamlp_free(r.touched);
    return status;
}
