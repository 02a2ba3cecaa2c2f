/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operators as matrices: the pattern B, then its values scaled by its row and column sums. */
#include <math.h>
#include <string.h>

#include "core/hot.h"
#include "feature/operator.h"
#include "feature/triangles.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"
#include "matrix/gather.h"

enum { TOGETHER = 1024 }; /* entries whose square roots are taken at a time: rows are short */

/* B without values and loops: a view where that is the adjacency or the arcs as they are. */
static gamlp_status pattern_of(gamlp_csr *b, const gamlp_csr *adjacency, const gamlp_csr *arcs,
                               const gamlp_operator *op) {
    if (op->direction == GAMLP_DIRECTION_IN) return gamlp_csr_transpose(b, arcs);
    *b = op->direction == GAMLP_DIRECTION_OUT ? *arcs : *adjacency;
    b->view = true;
    return GAMLP_OK;
}

/* Row i of B without zeros and loops of the source, and i itself where loops are wanted. */
static void fill_row(gamlp_csr *s, const gamlp_csr *b, const gamlp_real *weight, int64_t i,
                     bool loop) {
    int64_t place = s->ptr[i];
    for (int64_t k = b->ptr[i]; k < b->ptr[i + 1]; k++) {
        if (b->idx[k] == i || (weight && weight[k] == 0)) continue;
        if (loop && b->idx[k] > i) {
            s->idx[place] = (int32_t)i;
            s->val[place++] = 1;
            loop = false;
        }
        s->idx[place] = b->idx[k];
        s->val[place++] = weight ? weight[k] : 1;
    }
    if (loop) {
        s->idx[place] = (int32_t)i;
        s->val[place++] = 1;
    }
    s->ptr[i + 1] = place;
}

static gamlp_status fill(gamlp_csr *s, const gamlp_csr *b, const gamlp_operator *op) {
    gamlp_real *weight = NULL;
    bool loops = op->loops || op->kind == GAMLP_OPERATOR_LAZY;
    gamlp_status status = GAMLP_OK;
    if (op->triangles) {
        GAMLP_TRY(gamlp_new_raw(&weight, b->nnz, sizeof *weight, "triangles of edges"));
        gamlp_triangles_of_edges(weight, b);
    }
    GAMLP_TRY(gamlp_csr_init(s, b->rows, b->cols, b->nnz + (loops ? b->rows : 0)));
    for (int64_t i = 0; i < b->rows; i++) fill_row(s, b, weight, i, loops);
    s->nnz = s->ptr[s->rows];
done:
    gamlp_free(weight);
    return status;
}

/* The lazy operator has a place on the diagonal, which counts in the sums only when B has loops. */
static bool counts(const gamlp_csr *s, const gamlp_operator *op, int64_t i, int64_t k) {
    return op->loops || op->kind != GAMLP_OPERATOR_LAZY || s->idx[k] != i;
}

static void sum_rows_and_columns(double *row, double *col, const gamlp_csr *s,
                                 const gamlp_operator *op) {
    for (int64_t i = 0; i < s->rows; i++)
        for (int64_t k = s->ptr[i]; k < s->ptr[i + 1]; k++) {
            if (!counts(s, op, i, k)) continue;
            row[i] += (double)s->val[k];
            col[s->idx[k]] += (double)s->val[k];
        }
}

static double scaled(const gamlp_operator *op, double b, double row, double col) {
    if (op->kind == GAMLP_OPERATOR_ADJ || b == 0) return b;
    if (op->kind == GAMLP_OPERATOR_ROW) return b / row;
    if (op->kind == GAMLP_OPERATOR_COL) return b / col;
    return b / sqrt(row * col);
}

/* The value of S where B has b between a row and a column of these sums. */
static gamlp_real value_of(const gamlp_operator *op, double b, double row, double col,
                           bool diagonal) {
    double value = scaled(op, b, row, col);
    if (op->kind == GAMLP_OPERATOR_LAZY) value = op->delta * value + (diagonal ? 1 - op->delta : 0);
    return (gamlp_real)value;
}

static void scale_row(gamlp_csr *s, const double *row, const double *col, const gamlp_operator *op,
                      int64_t i) {
    for (int64_t k = s->ptr[i]; k < s->ptr[i + 1]; k++) {
        int64_t j = s->idx[k];
        double b = counts(s, op, i, k) ? (double)s->val[k] : 0;
        s->val[k] = value_of(op, b, row[i], col[j], j == i);
    }
}

typedef struct scaling {
    gamlp_csr *s;
    const double *row, *col;
    const gamlp_operator *op;
} scaling;

static void scale_chunk(void *context, int64_t chunk) {
    const scaling *t = context;
    int64_t end = gamlp_csr_chunk(t->s, chunk + 1);
    for (int64_t i = gamlp_csr_chunk(t->s, chunk); i < end; i++)
        scale_row(t->s, t->row, t->col, t->op, i);
}

static gamlp_status check_inputs(const gamlp_csr *adjacency, const gamlp_csr *arcs,
                                 const gamlp_operator *op) {
    if (!adjacency || adjacency->rows != adjacency->cols)
        return gamlp_fail(GAMLP_E_USAGE, "an operator needs a square adjacency");
    if (op->direction == GAMLP_DIRECTION_NONE) return GAMLP_OK;
    if (!arcs)
        return gamlp_fail(GAMLP_E_USAGE,
                          "an operator along arcs, of a graph that has no directions");
    if (arcs->rows != adjacency->rows || arcs->cols != adjacency->rows)
        return gamlp_fail(GAMLP_E_USAGE, "arcs of %lld nodes, adjacency of %lld",
                          (long long)arcs->rows, (long long)adjacency->rows);
    return GAMLP_OK;
}

bool gamlp_operator_is_local(const gamlp_operator *op) {
    return !op->triangles && op->direction == GAMLP_DIRECTION_NONE;
}

typedef struct local {
    gamlp_csr *s;
    const gamlp_csr *rows;
    int64_t first;
    const int32_t *degree;
    const gamlp_operator *op;
} local;

/* val_k <- 1 / sqrt((row_k + loop) (degree_j + loop)), as scaled() has it. */
GAMLP_HOT static void inverse_roots(gamlp_real *restrict val, const int32_t *restrict idx,
                                    int64_t count, const int32_t *restrict row,
                                    const int32_t *restrict degree, double loop) {
    for (int64_t k = 0; k < count; k++)
        val[k] = (gamlp_real)(1 / sqrt((row[k] + loop) * (degree[idx[k]] + loop)));
}

/* Entries from `done` on that have no values yet, with the degrees of their rows. */
typedef struct pending {
    int64_t done;
    int32_t row[TOGETHER];
} pending;

static void finish(pending *p, const local *l, int64_t end) {
    inverse_roots(l->s->val + p->done, l->s->idx + p->done, end - p->done, p->row, l->degree,
                  l->op->loops ? 1 : 0);
    p->done = end;
}

/* Whether row i has a place on the diagonal that the pattern does not have. */
static bool lacks_diagonal(const local *l, int64_t i) {
    return l->s->ptr[i + 1] - l->s->ptr[i] > l->rows->ptr[i + 1] - l->rows->ptr[i];
}

/* The columns of row i: those of the pattern, and where there is a place for it i itself. */
static void place_row(const local *l, int64_t i) {
    const int32_t *from = l->rows->idx + l->rows->ptr[i], self = (int32_t)(l->first + i);
    const int64_t count = l->rows->ptr[i + 1] - l->rows->ptr[i];
    int32_t *to = l->s->idx + l->s->ptr[i];
    int64_t k = 0;
    if (lacks_diagonal(l, i)) {
        for (; k < count && from[k] < self; k++) to[k] = from[k];
        to[k] = self;
        to++;
    }
    for (; k < count; k++) to[k] = from[k];
}

static void local_row(const local *l, int64_t i, pending *p) {
    const gamlp_csr *s = l->s;
    const int32_t degree = l->degree[l->first + i], self = (int32_t)(l->first + i);
    const double loop = l->op->loops ? 1 : 0;
    int64_t at = s->ptr[i];
    place_row(l, i);
    if (l->op->kind != GAMLP_OPERATOR_SYM) {
        for (; at < s->ptr[i + 1]; at++) {
            const bool diagonal = s->idx[at] == self && lacks_diagonal(l, i);
            s->val[at] = value_of(l->op, diagonal ? loop : 1, degree + loop,
                                  l->degree[s->idx[at]] + loop, diagonal);
        }
        return;
    }
    while (at < s->ptr[i + 1]) {
        if (at - p->done == TOGETHER) finish(p, l, at);
        const int64_t room = p->done + TOGETHER, end = room < s->ptr[i + 1] ? room : s->ptr[i + 1];
        for (; at < end; at++) p->row[at - p->done] = degree;
    }
}

static void local_chunk(void *context, int64_t chunk) {
    const local *l = context;
    const int64_t begin = gamlp_csr_chunk(l->s, chunk), end = gamlp_csr_chunk(l->s, chunk + 1);
    pending p;
    p.done = l->s->ptr[begin];
    for (int64_t i = begin; i < end; i++) local_row(l, i, &p);
    if (l->op->kind == GAMLP_OPERATOR_SYM) finish(&p, l, l->s->ptr[end]);
}

void gamlp_operator_rows(gamlp_csr *s, const gamlp_csr *rows, int64_t first, const int32_t *degree,
                         const gamlp_operator *op) {
    local l = {s, rows, first, degree, op};
    int64_t more = op->loops || op->kind == GAMLP_OPERATOR_LAZY;
    for (int64_t i = 0; i <= rows->rows; i++) s->ptr[i] = rows->ptr[i] + more * i;
    s->rows = rows->rows;
    s->cols = rows->cols;
    s->nnz = s->ptr[s->rows];
    gamlp_parallel(GAMLP_CSR_CHUNKS, local_chunk, &l);
}

typedef struct counting {
    const gamlp_csr *a;
    int32_t *degree;
    bool loop[GAMLP_CSR_CHUNKS];
} counting;

static void count_chunk(void *context, int64_t chunk) {
    counting *c = context;
    const gamlp_csr *a = c->a;
    const int64_t end = gamlp_csr_chunk(a, chunk + 1);
    for (int64_t i = gamlp_csr_chunk(a, chunk); i < end; i++) {
        c->degree[i] = (int32_t)(a->ptr[i + 1] - a->ptr[i]);
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1] && a->idx[k] <= i; k++)
            if (a->idx[k] == i) c->loop[chunk] = true;
    }
}

/* Degrees of a pattern without loops; false if it has one. */
static bool count_degrees(int32_t *degree, const gamlp_csr *a) {
    counting c = {.a = a, .degree = degree};
    bool none = true;
    gamlp_parallel(GAMLP_CSR_CHUNKS, count_chunk, &c);
    for (int64_t chunk = 0; chunk < GAMLP_CSR_CHUNKS; chunk++) none = none && !c.loop[chunk];
    return none;
}

static gamlp_status make_local(gamlp_csr *s, const gamlp_csr *a, const int32_t *degree,
                               const gamlp_operator *op) {
    const int64_t room = a->nnz + a->rows;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&s->ptr, a->rows + 1, sizeof *s->ptr, "row pointers"));
    GAMLP_TRY(gamlp_new_raw(&s->idx, room, sizeof *s->idx, "column indices"));
    GAMLP_TRY(gamlp_new_raw(&s->val, room, sizeof *s->val, "sparse values"));
    gamlp_operator_rows(s, a, 0, degree, op);
done:
    return status;
}

/* For any operator. */
static gamlp_status make_general(gamlp_csr *s, const gamlp_csr *adjacency, const gamlp_csr *arcs,
                                 const gamlp_operator *op) {
    gamlp_csr b = {0};
    double *sum = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(pattern_of(&b, adjacency, arcs, op));
    GAMLP_TRY(fill(s, &b, op));
    GAMLP_TRY(gamlp_new(&sum, 2 * s->rows, sizeof *sum, "sums of rows and columns"));
    sum_rows_and_columns(sum, sum + s->rows, s, op);
    scaling all = {s, sum, sum + s->rows, op};
    gamlp_parallel(GAMLP_CSR_CHUNKS, scale_chunk, &all);
done:
    gamlp_free(sum);
    gamlp_csr_clear(&b);
    return status;
}

gamlp_status gamlp_operator_make(gamlp_csr *s, const gamlp_csr *adjacency, const gamlp_csr *arcs,
                                 const gamlp_operator *op) {
    int32_t *degree = NULL;
    gamlp_status status = GAMLP_OK;
    *s = (gamlp_csr){0};
    GAMLP_TRY(check_inputs(adjacency, arcs, op));
    if (gamlp_operator_is_local(op))
        GAMLP_TRY(gamlp_new_raw(&degree, adjacency->rows, sizeof *degree, "degrees"));
    if (degree && count_degrees(degree, adjacency))
        GAMLP_TRY(make_local(s, adjacency, degree, op));
    else
        GAMLP_TRY(make_general(s, adjacency, arcs, op));
done:
    gamlp_free(degree);
    if (status != GAMLP_OK) gamlp_csr_clear(s);
    return status;
}
