/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Features on a living graph: all of them, those that changes have moved, and the certificate. */
#include <math.h>
#include <string.h>

#include "feature/living_parts.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"

enum { LANES = GAMLP_LANES, COLUMNS_PER_CHUNK = 64, PANEL = 64 };

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
    bool solve;
    double *work;  /* slots times room           */
    int64_t room;  /* n LANES, and for changes   */
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
    gamlp_lowrank_solve(f, &l->lowrank, w, w + f->n * LANES);
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
    if (r->solve) solve_block(r, block, r->work + slot * r->room);
    for (int64_t i = 0; i < r->l->graph.nodes; i++) residual_of_node(square, r, block, i);
    memcpy(r->found + 2 * slot, square, sizeof square);
}

static gamlp_status check_shapes(const gamlp_living *l, const gamlp_dense *y,
                                 const gamlp_dense *x) {
    if (x->cols == l->graph.nodes && y->cols == x->cols && y->rows == x->rows) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_USAGE, "features of %lld nodes, a living graph of %lld nodes",
                      (long long)x->cols, (long long)l->graph.nodes);
}

static gamlp_status run_blocks(apply_round *r, double *residual) {
    const int64_t slots = gamlp_threads_get(), blocks = (r->x->rows + LANES - 1) / LANES;
    double square[2] = {0, 0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_shapes(r->l, r->y, r->x));
    r->room = r->l->graph.nodes * LANES + GAMLP_LOWRANK_WORK;
    if (r->solve)
        GAMLP_TRY(gamlp_new_raw(&r->work, slots * r->room, sizeof *r->work, "blocks of features"));
    GAMLP_TRY(gamlp_new_raw(&r->found, 2 * slots, sizeof *r->found, "residuals"));
    for (r->first = 0; r->first < blocks; r->first += slots) {
        int64_t now = blocks - r->first < slots ? blocks - r->first : slots;
        gamlp_parallel(now, apply_chunk, r);
        for (int64_t k = 0; k < 2 * now; k++) square[k % 2] += r->found[k];
    }
    *residual = square[1] > 0 ? sqrt(square[0] / square[1]) : 0;
done:
    gamlp_free(r->work);
    gamlp_free(r->found);
    return status;
}

gamlp_status gamlp_living_apply(gamlp_dense *y, double *residual, const gamlp_living *living,
                                const gamlp_dense *x) {
    apply_round r = {.l = living, .x = x, .y = y, .solve = true};
    return run_blocks(&r, residual);
}

gamlp_status gamlp_living_residual(double *residual, const gamlp_living *living, gamlp_dense *y,
                                   const gamlp_dense *x) {
    apply_round r = {.l = living, .x = x, .y = y};
    return run_blocks(&r, residual);
}

/* z += M^{-1} E R, where E has the unit vectors of the nodes that changes name. */
typedef struct refresh_job {
    const gamlp_living *l;
    gamlp_dense *y;
    int64_t count, group; /* nodes; the first of the sixteen in turn  */
    int32_t *node;        /* count                                    */
    int32_t *place;       /* of each node in `node`, or -1            */
    double *degree;       /* of count: change of the degree           */
    double *right;        /* R: count rows of d                       */
    double *most;         /* of count: the largest number of a row    */
    double *w;            /* M^{-1} E for sixteen nodes               */
    double least;         /* changes below it are left                */
    unsigned char *touched;
} refresh_job;

/* Column k of the change, the sixteen products added in turn. */
static void refresh_column(const refresh_job *r, int64_t k) {
    const gamlp_living *l = r->l;
    const int64_t i = l->factor.perm[k], rows = r->y->rows;
    const int64_t width = r->count - r->group < LANES ? r->count - r->group : LANES;
    const double scale = l->term.value * left_of(l, degree_of(l, i));
    gamlp_real *y = r->y->data + i * rows;
    double bound = 0;
    for (int64_t t = 0; t < width; t++)
        bound += fabs(scale * r->w[k * LANES + t]) * r->most[r->group + t];
    if (bound <= r->least) return;
    r->touched[i] = 1;
    for (int64_t first = 0; first < rows; first += PANEL) {
        const int64_t size = rows - first < PANEL ? rows - first : PANEL;
        double sum[PANEL] = {0};
        for (int64_t t = 0; t < width; t++) {
            const double *right = r->right + (r->group + t) * rows + first;
            const double v = scale * r->w[k * LANES + t];
            for (int64_t f = 0; f < size; f++) sum[f] += v * right[f];
        }
        for (int64_t f = 0; f < size; f++)
            y[first + f] = (gamlp_real)((double)y[first + f] + sum[f]);
    }
}

static void refresh_chunk(void *context, int64_t chunk) {
    const refresh_job *r = context;
    const int64_t end = (chunk + 1) * COLUMNS_PER_CHUNK;
    for (int64_t k = chunk * COLUMNS_PER_CHUNK; k < end && k < r->l->factor.n; k++)
        refresh_column(r, k);
}

/* The nodes that changes name, and by how much their degrees have changed. */
static void find_nodes(refresh_job *r, const gamlp_living_change *change, int64_t count) {
    for (int64_t i = 0; i < r->l->graph.nodes; i++) r->place[i] = -1;
    for (int64_t c = 0; c < count; c++)
        for (int e = 0; e < 2; e++) {
            const int32_t i = e == 0 ? change[c].i : change[c].j;
            if (r->place[i] < 0) {
                r->place[i] = (int32_t)r->count;
                r->node[r->count++] = i;
            }
            r->degree[r->place[i]] += change[c].add ? 1 : -1;
        }
}

static double old_scale(const refresh_job *r, int64_t t) {
    const gamlp_living *l = r->l;
    return l->term.value * left_of(l, degree_of(l, r->node[t]) - r->degree[t]);
}

/* -s (z_i - (1 - a) z_j) for both ends of an edge, z from before. */
static void add_edge(refresh_job *r, const gamlp_living_change *change) {
    const double a = r->l->term.value, s = change->add ? 1 : -1;
    const int64_t rows = r->y->rows, t[] = {r->place[change->i], r->place[change->j]};
    const double scale[] = {old_scale(r, t[0]), old_scale(r, t[1])};
    const gamlp_real *y[] = {r->y->data + change->i * rows, r->y->data + change->j * rows};
    for (int64_t f = 0; f < rows; f++) {
        const double z[] = {(double)y[0][f] / scale[0], (double)y[1][f] / scale[1]};
        for (int e = 0; e < 2; e++) r->right[t[e] * rows + f] -= s * (z[e] - (1 - a) * z[1 - e]);
    }
}

/* R = (B - B_old) - (M - M_old) Z_old at the named nodes; the scalings of their columns of Y are
 * brought up to date. */
static void make_right(refresh_job *r, const gamlp_dense *x, const gamlp_living_change *change,
                       int64_t count) {
    const gamlp_living *l = r->l;
    const int64_t rows = x->rows;
    for (int64_t c = 0; c < count; c++) add_edge(r, &change[c]);
    for (int64_t t = 0; t < r->count; t++) {
        const int64_t i = r->node[t];
        const double now = degree_of(l, i),
                     more = right_of(l, now) - right_of(l, now - r->degree[t]);
        const double fresh = l->term.value * left_of(l, now) / old_scale(r, t);
        double *right = r->right + t * rows;
        for (int64_t f = 0; f < rows; f++) {
            gamlp_real *y = &r->y->data[i * rows + f];
            right[f] += more * (double)x->data[i * rows + f];
            r->most[t] = fmax(r->most[t], fabs(right[f]));
            *y = (gamlp_real)((double)*y * fresh);
        }
    }
}

static double mean_size(const gamlp_dense *y) {
    const int64_t count = y->rows * y->cols;
    double sum = 0;
    for (int64_t k = 0; k < count; k++) sum += (double)y->data[k] * (double)y->data[k];
    return count > 0 ? sqrt(sum / (double)count) : 0;
}

static gamlp_status refresh_init(refresh_job *r, int64_t changes) {
    const int64_t n = r->l->graph.nodes, most = 2 * changes < n ? 2 * changes : n;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&r->node, most, sizeof *r->node, "changes of a graph"));
    GAMLP_TRY(gamlp_new_raw(&r->place, n, sizeof *r->place, "changes of a graph"));
    GAMLP_TRY(gamlp_new(&r->degree, most, sizeof *r->degree, "changes of a graph"));
    GAMLP_TRY(gamlp_new(&r->most, most, sizeof *r->most, "changes of a graph"));
    GAMLP_TRY(gamlp_new(&r->right, most * r->y->rows, sizeof *r->right, "changes of a graph"));
    GAMLP_TRY(gamlp_new(&r->touched, n, sizeof *r->touched, "changes of a graph"));
    GAMLP_TRY(
        gamlp_new_raw(&r->w, n * LANES + GAMLP_LOWRANK_WORK, sizeof *r->w, "changes of a graph"));
done:
    return status;
}

static void refresh_clear(refresh_job *r) {
    gamlp_free(r->node);
    gamlp_free(r->place);
    gamlp_free(r->degree);
    gamlp_free(r->most);
    gamlp_free(r->right);
    gamlp_free(r->touched);
    gamlp_free(r->w);
}

gamlp_status gamlp_living_refresh(gamlp_dense *y, int64_t *touched, const gamlp_living *living,
                                  const gamlp_dense *x, const gamlp_living_change *change,
                                  int64_t count, double tolerance) {
    const int64_t n = living->graph.nodes;
    refresh_job r = {.l = living, .y = y};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_shapes(living, y, x));
    GAMLP_TRY(refresh_init(&r, count));
    find_nodes(&r, change, count);
    r.least = tolerance * mean_size(y) * LANES / (double)(r.count + LANES);
    make_right(&r, x, change, count);
    for (r.group = 0; r.group < r.count; r.group += LANES) {
        memset(r.w, 0, (size_t)(n * LANES) * sizeof *r.w);
        for (int64_t t = 0; t < LANES && r.group + t < r.count; t++)
            r.w[living->inverse[r.node[r.group + t]] * LANES + t] = 1;
        gamlp_lowrank_solve(&living->factor, &living->lowrank, r.w, r.w + n * LANES);
        gamlp_parallel((n + COLUMNS_PER_CHUNK - 1) / COLUMNS_PER_CHUNK, refresh_chunk, &r);
    }
    *touched = 0;
    for (int64_t i = 0; i < n; i++) *touched += r.touched[i];
done:
    refresh_clear(&r);
    return status;
}
