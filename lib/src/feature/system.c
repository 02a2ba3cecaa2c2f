/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "feature/system.h"

#include <math.h>
#include <string.h>

#include "core/hot.h"
#include "feature/terms.h"
#include "feature/triangles.h"
#include "gamlp/alloc.h"
#include "matrix/factor.h"

enum { LANES = GAMLP_LANES, BOUND_STEPS = 100 };

void gamlp_system_clear(gamlp_system *s) {
    if (!s) return;
    gamlp_symmetric_clear(&s->n);
    gamlp_free(s->left);
    gamlp_free(s->right);
    *s = (gamlp_system){0};
}

/* B with a place for the diagonal of every row; `weight` NULL: all ones. */
static void fill_row(gamlp_symmetric *n, const gamlp_csr *a, const gamlp_real *weight, int64_t i,
                     double diagonal) {
    int64_t place = n->ptr[i];
    bool done = false;
    for (int64_t k = a->ptr[i]; k <= a->ptr[i + 1]; k++) {
        bool end = k == a->ptr[i + 1];
        if (!done && (end || a->idx[k] >= i)) {
            n->idx[place] = (int32_t)i;
            n->val[place++] = diagonal;
            done = true;
        }
        if (end || a->idx[k] == i || (weight && weight[k] == 0)) continue;
        n->idx[place] = a->idx[k];
        n->val[place++] = weight ? (double)weight[k] : 1;
    }
    n->ptr[i + 1] = place;
}

static gamlp_status fill(gamlp_system *s, const gamlp_csr *a, const gamlp_operator *op) {
    gamlp_real *weight = NULL;
    gamlp_status status = GAMLP_OK;
    if (op->triangles) {
        GAMLP_TRY(gamlp_new_raw(&weight, a->nnz, sizeof *weight, "triangles of edges"));
        gamlp_triangles_of_edges(weight, a);
    }
    GAMLP_TRY(gamlp_symmetric_init(&s->n, a->rows, a->nnz + a->rows));
    for (int64_t i = 0; i < a->rows; i++) fill_row(&s->n, a, weight, i, op->loops ? 1 : 0);
    s->n.nnz = s->n.ptr[a->rows];
done:
    gamlp_free(weight);
    return status;
}

/* W^{1/2} of the row sums; 1 where there is none, whose row of N is zero. */
static gamlp_status root_sums(double **root, const gamlp_symmetric *n) {
    gamlp_status status = gamlp_new_raw(root, n->n, sizeof **root, "sums of rows");
    for (int64_t i = 0; status == GAMLP_OK && i < n->n; i++) {
        double sum = 0;
        for (int64_t k = n->ptr[i]; k < n->ptr[i + 1]; k++) sum += n->val[k];
        (*root)[i] = sum > 0 ? sqrt(sum) : 1;
    }
    return status;
}

/* N = W^{-1/2} B W^{-1/2}, and the similarities of the row- and column-normalised forms. */
static gamlp_status scale(gamlp_system *s, gamlp_operator_kind kind) {
    double *root = NULL, *inverse = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(root_sums(&root, &s->n));
    for (int64_t i = 0; i < s->n.n; i++)
        for (int64_t k = s->n.ptr[i]; k < s->n.ptr[i + 1]; k++)
            s->n.val[k] /= root[i] * root[s->n.idx[k]];
    if (kind != GAMLP_OPERATOR_ROW && kind != GAMLP_OPERATOR_COL) goto done;
    GAMLP_TRY(gamlp_new_raw(&inverse, s->n.n, sizeof *inverse, "sums of rows"));
    for (int64_t i = 0; i < s->n.n; i++) inverse[i] = 1 / root[i];
    s->left = kind == GAMLP_OPERATOR_ROW ? inverse : root;
    s->right = kind == GAMLP_OPERATOR_ROW ? root : inverse;
    root = inverse = NULL;
done:
    gamlp_free(root);
    gamlp_free(inverse);
    return status;
}

/* Bounds of the largest eigenvalue of B from the positive vector v, and v <- (B + I) v, scaled. */
static void bound_step(double *least, double *most, double *v, double *y,
                       const gamlp_symmetric *n) {
    double largest = 0;
    *least = INFINITY;
    *most = 0;
    for (int64_t i = 0; i < n->n; i++) {
        double sum = 0;
        for (int64_t k = n->ptr[i]; k < n->ptr[i + 1]; k++) sum += n->val[k] * v[n->idx[k]];
        *least = fmin(*least, sum / v[i]);
        *most = fmax(*most, sum / v[i]);
        y[i] = sum + v[i];
        largest = fmax(largest, y[i]);
    }
    for (int64_t i = 0; i < n->n; i++) v[i] = fmax(y[i] / largest, 1e-12);
}

/* Collatz (1942), Wielandt (1950). */
static gamlp_status bound_spectrum(gamlp_system *s) {
    double *v = NULL, *y = NULL, least, most;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&v, s->n.n, sizeof *v, "a vector"));
    GAMLP_TRY(gamlp_new_raw(&y, s->n.n, sizeof *y, "a vector"));
    for (int64_t i = 0; i < s->n.n; i++) v[i] = 1;
    s->bound = INFINITY;
    for (int step = 0; step < BOUND_STEPS; step++) {
        bound_step(&least, &most, v, y, &s->n);
        s->bound = fmin(s->bound, most);
        if (s->bound - least <= 1e-6 * s->bound) break;
    }
done:
    gamlp_free(v);
    gamlp_free(y);
    return status;
}

/* S is similar to s0 I + s1 N, from which c, t and the gain follow. */
static gamlp_status set_function(gamlp_system *s, const gamlp_term *term) {
    const bool lazy = term->op.kind == GAMLP_OPERATOR_LAZY;
    const double s1 = lazy ? term->op.delta : 1, s0 = 1 - s1;
    s->heat = term->kind == GAMLP_TERM_HEAT;
    s->t = term->value * s1;
    s->gain = 1;
    if (s->heat) return GAMLP_OK;
    const double damping = term->kind == GAMLP_TERM_PPR ? 1 - term->value : term->value;
    const double rest = 1 - damping * s0;
    s->c = damping * s1 / rest;
    s->gain = (term->kind == GAMLP_TERM_PPR ? term->value : 1) / rest;
    if (rest > 0 && s->c * s->bound < 1) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CONFIG,
                      "features: %s(%g) does not exist: I - %.6g S is not positive definite, whose "
                      "eigenvalues reach %.6g: expected a factor below %.6g",
                      gamlp_term_name(term), term->value, damping, s->bound, 1 / s->bound);
}

static gamlp_status check_term(const gamlp_csr *adjacency, const gamlp_term *term) {
    if (adjacency->rows != adjacency->cols || adjacency->rows < 1)
        return gamlp_fail(GAMLP_E_USAGE, "a diffusion needs a square adjacency");
    if (term->op.direction != GAMLP_DIRECTION_NONE)
        return gamlp_fail(GAMLP_E_CONFIG,
                          "features: %s needs a symmetric operator, expected none along arcs",
                          gamlp_term_name(term));
    if (term->kind == GAMLP_TERM_HEAT && term->op.kind == GAMLP_OPERATOR_ADJ)
        return gamlp_fail(GAMLP_E_CONFIG, "features: heat needs a normalised operator, not adj");
    return GAMLP_OK;
}

gamlp_status gamlp_system_init(gamlp_system *s, const gamlp_csr *adjacency,
                               const gamlp_term *term) {
    gamlp_status status = GAMLP_OK;
    *s = (gamlp_system){.bound = 1};
    GAMLP_TRY(check_term(adjacency, term));
    GAMLP_TRY(fill(s, adjacency, &term->op));
    GAMLP_TRY(gamlp_symmetric_check(&s->n));
    if (term->op.kind == GAMLP_OPERATOR_ADJ)
        GAMLP_TRY(bound_spectrum(s));
    else
        GAMLP_TRY(scale(s, term->op.kind));
    GAMLP_TRY(set_function(s, term));
done:
    if (status != GAMLP_OK) gamlp_system_clear(s);
    return status;
}

/* Row perm[k] of N as row k; its columns are sorted by insertion, since rows are short. */
static void permute_row(gamlp_symmetric *to, const gamlp_symmetric *n, const int32_t *place,
                        int64_t row, int64_t k) {
    int64_t first = to->ptr[k], end = first;
    for (int64_t e = n->ptr[row]; e < n->ptr[row + 1]; e++, end++) {
        int32_t column = place[n->idx[e]];
        int64_t at = end;
        for (; at > first && to->idx[at - 1] > column; at--) {
            to->idx[at] = to->idx[at - 1];
            to->val[at] = to->val[at - 1];
        }
        to->idx[at] = column;
        to->val[at] = n->val[e];
    }
    to->ptr[k + 1] = end;
}

static gamlp_status permute_vector(double **v, const int32_t *perm, int64_t n) {
    double *fresh;
    if (!*v) return GAMLP_OK;
    gamlp_status status = gamlp_new_raw(&fresh, n, sizeof *fresh, "a vector");
    if (status != GAMLP_OK) return status;
    for (int64_t k = 0; k < n; k++) fresh[k] = (*v)[perm[k]];
    gamlp_free(*v);
    *v = fresh;
    return GAMLP_OK;
}

gamlp_status gamlp_system_permute(gamlp_system *s, const int32_t *perm) {
    const int64_t n = s->n.n;
    gamlp_symmetric fresh = {0};
    int32_t *place = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&place, n, sizeof *place, "an order of nodes"));
    for (int64_t k = 0; k < n; k++) place[perm[k]] = (int32_t)k;
    GAMLP_TRY(gamlp_symmetric_init(&fresh, n, s->n.nnz));
    for (int64_t k = 0; k < n; k++) permute_row(&fresh, &s->n, place, perm[k], k);
    gamlp_symmetric_clear(&s->n);
    s->n = fresh;
    GAMLP_TRY(permute_vector(&s->left, perm, n));
    GAMLP_TRY(permute_vector(&s->right, perm, n));
done:
    gamlp_free(place);
    return status;
}

gamlp_status gamlp_system_shifted(gamlp_symmetric *k, const gamlp_system *s, double a, double b) {
    const gamlp_symmetric *n = &s->n;
    gamlp_status status = gamlp_symmetric_init(k, n->n, n->nnz);
    if (status != GAMLP_OK) return status;
    memcpy(k->ptr, n->ptr, (size_t)(n->n + 1) * sizeof *k->ptr);
    memcpy(k->idx, n->idx, (size_t)n->nnz * sizeof *k->idx);
    for (int64_t i = 0; i < n->n; i++)
        for (int64_t e = n->ptr[i]; e < n->ptr[i + 1]; e++)
            k->val[e] = b * n->val[e] + (n->idx[e] == i ? a : 0);
    return GAMLP_OK;
}

GAMLP_HOT void gamlp_system_apply(double *restrict y, const gamlp_system *s, double a, double b,
                                  const double *restrict x) {
    const gamlp_symmetric *n = &s->n;
    for (int64_t i = 0; i < n->n; i++) {
        double sum[LANES] = {0};
        for (int64_t k = n->ptr[i]; k < n->ptr[i + 1]; k++) {
            const double *restrict from = x + (int64_t)n->idx[k] * LANES, v = n->val[k];
            for (int t = 0; t < LANES; t++) sum[t] += v * from[t];
        }
        for (int t = 0; t < LANES; t++) y[i * LANES + t] = a * x[i * LANES + t] + b * sum[t];
    }
}

double gamlp_system_gap(const gamlp_system *s) {
    return 1 - s->c * s->bound;
}
