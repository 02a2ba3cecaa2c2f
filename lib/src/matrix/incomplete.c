/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IC(0): column j of the factor has the pattern of A's, and the Schur complements are cut off to
 * it.  Right-looking on that pattern: with w_i = L_ij D_j,
 *
 *     A_ik <- A_ik - w_i L_kj   for all i >= k in the pattern of column j for which (i, k) is in A.
 */
#include "gamlp/alloc.h"
#include "matrix/factor.h"

/* The lower triangle of A by columns, which are A's rows from the diagonal on. */
static void copy_lower(gamlp_factor *f, const gamlp_symmetric *a) {
    int32_t place = 0;
    for (int64_t j = 0; j < a->n; j++) {
        f->perm[j] = (int32_t)j;
        f->ptr[j] = place;
        for (int64_t k = a->ptr[j]; k < a->ptr[j + 1]; k++) {
            if (a->idx[k] < j) continue;
            f->idx[place] = a->idx[k];
            f->val[place++] = a->val[k];
        }
        f->count[j] = place - f->ptr[j];
    }
}

/* Column k less l times the entries w of column j from `first` on. */
static void reduce_column(gamlp_factor *f, int64_t k, double l, int64_t j, int64_t first) {
    int64_t e = f->ptr[k];
    const int64_t last = e + f->count[k], end = f->ptr[j] + f->count[j];
    for (int64_t s = first; s < end && e < last; s++) {
        while (e < last && f->idx[e] < f->idx[s]) e++;
        if (e < last && f->idx[e] == f->idx[s]) f->val[e] -= f->val[s] * l;
    }
}

static gamlp_status eliminate(gamlp_factor *f, int64_t j) {
    const int64_t first = f->ptr[j], end = first + f->count[j];
    const double pivot = f->val[first];
    if (!(pivot > 0))
        return gamlp_fail(
            GAMLP_E_NUMERIC,
            "incomplete factor: pivot %lld is %g, expected a positive one: the matrix "
            "is not positive definite, or far from diagonally dominant",
            (long long)j, pivot);
    for (int64_t s = first + 1; s < end; s++) reduce_column(f, f->idx[s], f->val[s] / pivot, j, s);
    for (int64_t s = first + 1; s < end; s++) f->val[s] /= pivot;
    return GAMLP_OK;
}

gamlp_status gamlp_factor_incomplete(gamlp_factor *f, const gamlp_symmetric *a) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_factor_init(f, a->n, (a->nnz + a->n) / 2));
    copy_lower(f, a);
    for (int64_t j = 0; j < a->n; j++) GAMLP_TRY(eliminate(f, j));
done:
    if (status != GAMLP_OK) gamlp_factor_clear(f);
    return status;
}
