/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matrix/cholesky.h"

#include <cholmod.h>
#include <string.h>

#include "core/memory.h"
#include "gamlp/alloc.h"
#include "gamlp/blas.h"

/* Operations for each entry of L from which on dense blocks pay. */
static const double supernodal_switch = 150;

struct gamlp_cholesky {
    cholmod_common common;
    cholmod_factor *symbolic; /* NULL for an adopted factor */
    cholmod_factor *kept;     /* L D L', or NULL            */
    int32_t *inverse;         /* pivot of each row of A     */
    double fill, flops;
};

/* Blocks of CHOLMOD while an allocator is installed: the size stands before them. */
enum { HEADER = 64 };

/* Whether a block was refused: CHOLMOD may do without, and take a worse order, unseen. */
static bool refused;

static void *route_malloc(size_t bytes) {
    unsigned char *block;
    if (bytes > PTRDIFF_MAX - HEADER ||
        gamlp_new_raw(&block, (int64_t)bytes + HEADER, 1, "sparse Cholesky") != GAMLP_OK) {
        refused = true;
        return NULL;
    }
    memcpy(block, &bytes, sizeof bytes);
    return block + HEADER;
}

static void *route_calloc(size_t count, size_t size) {
    if (size > 0 && count > SIZE_MAX / size) return NULL;
    void *block = route_malloc(count * size);
    if (block) memset(block, 0, count * size);
    return block;
}

static void route_free(void *block) {
    if (block) gamlp_free((unsigned char *)block - HEADER);
}

static void *route_realloc(void *old, size_t bytes) {
    size_t had = 0;
    if (old) memcpy(&had, (unsigned char *)old - HEADER, sizeof had);
    if (old && bytes <= had) return old; /* to shrink cannot fail */
    void *block = route_malloc(bytes);
    if (!block) return NULL;
    if (old) memcpy(block, old, had);
    route_free(old);
    return block;
}

/* CHOLMOD's memory is malloc()'s, unless tests count ours. */
static void route(void) {
    static struct SuiteSparse_config_struct theirs;
    if (!theirs.malloc_func) theirs = SuiteSparse_config;
    bool ours = gamlp_allocator_installed();
    refused = false;
    SuiteSparse_config.malloc_func = ours ? route_malloc : theirs.malloc_func;
    SuiteSparse_config.calloc_func = ours ? route_calloc : theirs.calloc_func;
    SuiteSparse_config.realloc_func = ours ? route_realloc : theirs.realloc_func;
    SuiteSparse_config.free_func = ours ? route_free : theirs.free_func;
}

static gamlp_status failure(const cholmod_common *common, const char *what) {
    if (common->status == CHOLMOD_OUT_OF_MEMORY)
        return gamlp_fail(GAMLP_E_NOMEM, "cannot allocate memory for %s", what);
    if (common->status == CHOLMOD_TOO_LARGE)
        return gamlp_fail(GAMLP_E_NOMEM, "%s: the factor has more than 2147483647 entries", what);
    return gamlp_fail(GAMLP_E_INTERNAL, "CHOLMOD: %s failed with status %d", what, common->status);
}

static gamlp_status start(gamlp_cholesky **cholesky, int64_t n) {
    gamlp_status status = gamlp_new(cholesky, 1, sizeof **cholesky, "sparse Cholesky");
    if (status != GAMLP_OK) return status;
    gamlp_cholesky *c = *cholesky;
    route();
    cholmod_start(&c->common);
    c->common.print = 0;
    c->common.error_handler = NULL;
    c->common.nmethods = 1;
    c->common.postorder = true;
    c->common.final_asis = false;
    c->common.final_super = true;
    c->common.final_ll = true; /* L D L' would accept an indefinite matrix */
    c->common.supernodal_switch = supernodal_switch;
    c->common.grow0 = 1.5; /* room of a factor that is updated: as a whole, */
    c->common.grow1 = 1.2; /* and of a column, a factor and */
    c->common.grow2 = 16;  /* an addend */
    status = gamlp_new_raw(&c->inverse, n, sizeof *c->inverse, "sparse Cholesky");
    if (status != GAMLP_OK) {
        gamlp_cholesky_free(c);
        *cholesky = NULL;
    }
    return status;
}

void gamlp_cholesky_free(gamlp_cholesky *c) {
    if (!c) return;
    route();
    cholmod_free_factor(&c->symbolic, &c->common);
    cholmod_free_factor(&c->kept, &c->common);
    cholmod_finish(&c->common);
    gamlp_free(c->inverse);
    gamlp_free(c);
}

/* The lower triangle by columns: rows of A from the diagonal on. */
static gamlp_status lower_of(cholmod_sparse **lower, const gamlp_symmetric *a, gamlp_cholesky *c) {
    *lower = cholmod_allocate_sparse((size_t)a->n, (size_t)a->n, (size_t)(a->nnz + a->n) / 2, 1, 1,
                                     -1, CHOLMOD_REAL, &c->common);
    if (!*lower) return failure(&c->common, "a matrix");
    int *ptr = (*lower)->p, *idx = (*lower)->i, place = 0;
    double *val = (*lower)->x;
    for (int64_t j = 0; j < a->n; j++) {
        ptr[j] = place;
        for (int64_t k = a->ptr[j]; k < a->ptr[j + 1]; k++) {
            if (a->idx[k] < j) continue;
            idx[place] = a->idx[k];
            val[place++] = a->val[k];
        }
    }
    ptr[a->n] = place;
    return GAMLP_OK;
}

static void invert(gamlp_cholesky *c, const cholmod_factor *l) {
    const int *perm = l->Perm;
    for (size_t k = 0; k < l->n; k++) c->inverse[perm[k]] = (int32_t)k;
}

gamlp_status gamlp_cholesky_new(gamlp_cholesky **cholesky, const gamlp_symmetric *a,
                                gamlp_ordering ordering) {
    static const int method[] = {CHOLMOD_NATURAL, CHOLMOD_AMD, CHOLMOD_METIS};
    cholmod_sparse *lower = NULL;
    gamlp_cholesky *c = NULL;
    gamlp_status status = GAMLP_OK;
    *cholesky = NULL;
    if (a->n < 1) return gamlp_fail(GAMLP_E_USAGE, "a matrix without rows has no factor");
    GAMLP_TRY(start(&c, a->n));
    c->common.method[0].ordering = method[ordering];
    GAMLP_TRY(lower_of(&lower, a, c));
    c->symbolic = cholmod_analyze(lower, &c->common);
    if (!c->symbolic) GAMLP_TRY(failure(&c->common, "the analysis"));
    if (refused)
        GAMLP_TRY(gamlp_fail(GAMLP_E_NOMEM, "cannot allocate memory for an order of elimination"));
    c->fill = c->common.lnz;
    c->flops = c->common.fl;
    invert(c, c->symbolic);
    *cholesky = c;
    c = NULL;
done:
    if (lower) cholmod_free_sparse(&lower, c ? &c->common : &(*cholesky)->common);
    gamlp_cholesky_free(c);
    return status;
}

double gamlp_cholesky_fill(const gamlp_cholesky *cholesky) {
    return cholesky->fill;
}

double gamlp_cholesky_flops(const gamlp_cholesky *cholesky) {
    return cholesky->flops;
}

/* Entries of CHOLMOD's factor (with the zeros in its dense blocks: `xsize`) and of ours. */
double gamlp_cholesky_bytes(const gamlp_cholesky *c) {
    const cholmod_factor *l = c->symbolic;
    double entries = l->is_super ? (double)l->xsize : c->fill;
    double theirs = entries * (l->is_super ? 8 : 12);
    return theirs + entries * 12 + (double)l->maxcsize * 8 + (double)l->n * 64;
}

static void copy_perm(gamlp_factor *f, const cholmod_factor *l) {
    memcpy(f->perm, l->Perm, l->n * sizeof *f->perm);
}

/* Column k of L L' as one of L D L'. */
static void scale_column(gamlp_factor *f, int64_t k) {
    double *val = f->val + f->ptr[k];
    const double pivot = val[0];
    for (int64_t e = 1; e < f->count[k]; e++) val[e] /= pivot;
    val[0] = pivot * pivot;
}

static int64_t entries_of_super(const cholmod_factor *l) {
    const int *super = l->super, *pi = l->pi;
    int64_t sum = 0;
    for (size_t s = 0; s < l->nsuper; s++) {
        int64_t cols = super[s + 1] - super[s], rows = pi[s + 1] - pi[s];
        sum += cols * rows - cols * (cols - 1) / 2;
    }
    return sum;
}

/* Supernode s: columns super[s] .. of the dense block at px[s], with the rows s[pi[s] ..]. */
static void copy_super(gamlp_factor *f, const cholmod_factor *l, size_t s, int32_t *place) {
    const int *super = l->super, *pi = l->pi, *px = l->px, *row = (const int *)l->s + pi[s];
    const int rows = pi[s + 1] - pi[s];
    for (int c = 0; c < super[s + 1] - super[s]; c++) {
        const double *column = (const double *)l->x + px[s] + (int64_t)c * rows;
        const int k = super[s] + c;
        f->ptr[k] = *place;
        f->count[k] = rows - c;
        memcpy(f->idx + *place, row + c, (size_t)(rows - c) * sizeof *f->idx);
        memcpy(f->val + *place, column + c, (size_t)(rows - c) * sizeof *f->val);
        *place += rows - c;
        scale_column(f, k);
    }
}

static void copy_simple(gamlp_factor *f, const cholmod_factor *l) {
    const int *ptr = l->p, *count = l->nz, *idx = l->i;
    const double *val = l->x;
    int32_t place = 0;
    for (size_t k = 0; k < l->n; k++) {
        f->ptr[k] = place;
        f->count[k] = count[k];
        memcpy(f->idx + place, idx + ptr[k], (size_t)count[k] * sizeof *f->idx);
        memcpy(f->val + place, val + ptr[k], (size_t)count[k] * sizeof *f->val);
        place += count[k];
        if (l->is_ll) scale_column(f, (int64_t)k);
    }
}

static gamlp_status copy_factor(gamlp_factor *f, const cholmod_factor *l) {
    int64_t entries = 0;
    if (l->is_super)
        entries = entries_of_super(l);
    else
        for (size_t k = 0; k < l->n; k++) entries += ((const int *)l->nz)[k];
    gamlp_status status = gamlp_factor_init(f, (int64_t)l->n, entries);
    if (status != GAMLP_OK) return status;
    f->nested = true;
    copy_perm(f, l);
    int32_t place = 0;
    for (size_t s = 0; l->is_super && s < l->nsuper; s++) copy_super(f, l, s, &place);
    if (!l->is_super) copy_simple(f, l);
    return GAMLP_OK;
}

static gamlp_status indefinite(const cholmod_factor *l) {
    return gamlp_fail(GAMLP_E_NUMERIC,
                      "the matrix is not positive definite: the pivot of row %lld is not positive",
                      (long long)((const int *)l->Perm)[l->minor < l->n ? l->minor : 0]);
}

/* *l <- the numbers of `a` in a copy of the analysis. */
static gamlp_status factorise(cholmod_factor **l, gamlp_cholesky *c, const gamlp_symmetric *a) {
    cholmod_sparse *lower = NULL;
    int64_t threads = gamlp_blas_threads_get();
    gamlp_status status = GAMLP_OK;
    route();
    if ((int64_t)c->symbolic->n != a->n)
        return gamlp_fail(GAMLP_E_USAGE, "a matrix of %lld rows, analysed was one of %lld",
                          (long long)a->n, (long long)c->symbolic->n);
    GAMLP_TRY(lower_of(&lower, a, c));
    *l = cholmod_copy_factor(c->symbolic, &c->common);
    if (!*l) GAMLP_TRY(failure(&c->common, "a factor"));
    gamlp_blas_threads_set(1);
    int fine = cholmod_factorize(lower, *l, &c->common);
    gamlp_blas_threads_set(threads);
    if (!fine || c->common.status < CHOLMOD_OK) GAMLP_TRY(failure(&c->common, "a factor"));
    if (c->common.status == CHOLMOD_NOT_POSDEF || (*l)->minor < (*l)->n) GAMLP_TRY(indefinite(*l));
done:
    cholmod_free_sparse(&lower, &c->common);
    if (status != GAMLP_OK) cholmod_free_factor(l, &c->common);
    return status;
}

gamlp_status gamlp_cholesky_factor(gamlp_factor *f, gamlp_cholesky *cholesky,
                                   const gamlp_symmetric *a) {
    cholmod_factor *l = NULL;
    gamlp_status status = GAMLP_OK;
    *f = (gamlp_factor){0};
    GAMLP_TRY(factorise(&l, cholesky, a));
    status = copy_factor(f, l);
done:
    cholmod_free_factor(&l, &cholesky->common);
    return status;
}

static void view_kept(gamlp_factor *f, const gamlp_cholesky *c) {
    const cholmod_factor *l = c->kept;
    *f = (gamlp_factor){.n = (int64_t)l->n,
                        .room = (int64_t)l->nzmax,
                        .perm = l->Perm,
                        .ptr = l->p,
                        .count = l->nz,
                        .idx = l->i,
                        .val = l->x,
                        .nested = true,
                        .view = true};
}

/* Drop a factor that is not one of a positive definite matrix, or not valid any more. */
static gamlp_status drop_kept(gamlp_factor *f, gamlp_cholesky *c, gamlp_status status) {
    *f = (gamlp_factor){0};
    cholmod_free_factor(&c->kept, &c->common);
    return status;
}

static gamlp_status check_pivots(gamlp_factor *f, gamlp_cholesky *c) {
    for (int64_t k = 0; k < f->n; k++)
        if (!(f->val[f->ptr[k]] > 0)) {
            long long row = f->perm[k];
            return drop_kept(f, c,
                             gamlp_fail(GAMLP_E_NUMERIC,
                                        "the matrix is not positive definite: the pivot of row "
                                        "%lld is not positive",
                                        row));
        }
    return GAMLP_OK;
}

gamlp_status gamlp_cholesky_keep(gamlp_factor *f, gamlp_cholesky *cholesky,
                                 const gamlp_symmetric *a) {
    cholmod_common *common = &cholesky->common;
    cholmod_factor *l = NULL;
    cholmod_sparse *lower = NULL;
    gamlp_status status = GAMLP_OK;
    *f = (gamlp_factor){0};
    GAMLP_TRY(factorise(&l, cholesky, a));
    GAMLP_TRY(lower_of(&lower, a, cholesky));
    /* Columns by themselves, without the zeros of dense blocks, with room to grow. */
    if (!cholmod_change_factor(CHOLMOD_REAL, false, false, true, true, l, common) ||
        !cholmod_resymbol(lower, NULL, 0, true, l, common) ||
        !cholmod_change_factor(CHOLMOD_REAL, false, false, false, true, l, common))
        GAMLP_TRY(failure(common, "a factor"));
    cholmod_free_factor(&cholesky->kept, &cholesky->common);
    cholesky->kept = l;
    l = NULL;
    view_kept(f, cholesky);
    status = check_pivots(f, cholesky);
done:
    cholmod_free_sparse(&lower, common);
    cholmod_free_factor(&l, common);
    return status;
}

/* A simplicial L D L' with the columns one after the other. */
static gamlp_status build_kept(gamlp_cholesky *c, const gamlp_factor *f) {
    cholmod_factor *l = cholmod_allocate_factor((size_t)f->n, &c->common);
    if (!l) return failure(&c->common, "a factor");
    c->kept = l;
    memcpy(l->Perm, f->perm, (size_t)f->n * sizeof *f->perm);
    memcpy(l->ColCount, f->count, (size_t)f->n * sizeof *f->count);
    l->ordering = CHOLMOD_GIVEN;
    /* Not packed: then columns get the room of their counts. */
    if (!cholmod_change_factor(CHOLMOD_REAL, false, false, false, true, l, &c->common))
        return failure(&c->common, "a factor");
    int *ptr = l->p, *count = l->nz, *idx = l->i;
    double *val = l->x;
    for (int64_t k = 0; k < f->n; k++) {
        count[k] = f->count[k];
        memcpy(idx + ptr[k], f->idx + f->ptr[k], (size_t)f->count[k] * sizeof *idx);
        memcpy(val + ptr[k], f->val + f->ptr[k], (size_t)f->count[k] * sizeof *val);
    }
    return GAMLP_OK;
}

gamlp_status gamlp_cholesky_adopt(gamlp_factor *view, gamlp_cholesky **cholesky,
                                  const gamlp_factor *f) {
    gamlp_status status = GAMLP_OK;
    *view = (gamlp_factor){0};
    *cholesky = NULL;
    GAMLP_TRY(gamlp_factor_check(f));
    GAMLP_TRY(start(cholesky, f->n));
    GAMLP_TRY(build_kept(*cholesky, f));
    invert(*cholesky, (*cholesky)->kept);
    (*cholesky)->fill = (double)gamlp_factor_entries(f);
    view_kept(view, *cholesky);
done:
    if (status != GAMLP_OK) {
        gamlp_cholesky_free(*cholesky);
        *cholesky = NULL;
    }
    return status;
}

/* The places of row[0..count) in the order of the pivots, increasing; order[k]: which row is k-th.
 */
static void sort_rows(int32_t order[], const gamlp_cholesky *c, const int64_t *row, int64_t count) {
    for (int32_t e = 0; e < count; e++) {
        int64_t at = e;
        for (; at > 0 && c->inverse[row[order[at - 1]]] > c->inverse[row[e]]; at--)
            order[at] = order[at - 1];
        order[at] = e;
    }
}

/* V in the order of the pivots. */
static gamlp_status permuted_columns(cholmod_sparse **v, gamlp_cholesky *c, const int64_t *row,
                                     const double *value, int64_t count, int64_t rank) {
    int32_t order[GAMLP_UPDATE_MOST];
    *v = cholmod_allocate_sparse(c->kept->n, (size_t)rank, (size_t)(count * rank), 1, 1, 0,
                                 CHOLMOD_REAL, &c->common);
    if (!*v) return failure(&c->common, "an update");
    int *ptr = (*v)->p, *idx = (*v)->i;
    double *val = (*v)->x;
    sort_rows(order, c, row, count);
    for (int64_t r = 0; r < rank; r++)
        for (int64_t k = 0; k < count; k++) {
            idx[r * count + k] = c->inverse[row[order[k]]];
            val[r * count + k] = value[r * count + order[k]];
        }
    for (int64_t r = 0; r <= rank; r++) ptr[r] = (int)(r * count);
    return GAMLP_OK;
}

static gamlp_status check_update(const gamlp_cholesky *c, const int64_t *row, int64_t count,
                                 int64_t rank) {
    if (!c->kept)
        return gamlp_fail(GAMLP_E_USAGE, "an update of a factor that was not kept, or was lost");
    if (count < 1 || count > GAMLP_UPDATE_MOST || rank < 1 || rank > GAMLP_UPDATE_MOST)
        return gamlp_fail(GAMLP_E_USAGE, "an update of %lld rows and rank %lld, expected 1 to %d",
                          (long long)count, (long long)rank, GAMLP_UPDATE_MOST);
    for (int64_t e = 0; e < count; e++) {
        if (row[e] < 0 || row[e] >= (int64_t)c->kept->n)
            return gamlp_fail(GAMLP_E_USAGE, "an update of row %lld, expected 0 to %lld",
                              (long long)row[e], (long long)c->kept->n - 1);
        for (int64_t d = 0; d < e; d++)
            if (row[d] == row[e])
                return gamlp_fail(GAMLP_E_USAGE, "an update names row %lld twice",
                                  (long long)row[e]);
    }
    return GAMLP_OK;
}

/* Pivots that an update changed: those on the path from its first row to the root. */
static gamlp_status check_path(gamlp_factor *f, gamlp_cholesky *c, int64_t first) {
    for (int64_t k = first; k<f->n; k = f->count[k]> 1 ? f->idx[f->ptr[k] + 1] : f->n)
        if (!(f->val[f->ptr[k]] > 0)) return check_pivots(f, c);
    return GAMLP_OK;
}

gamlp_status gamlp_cholesky_update(gamlp_factor *f, gamlp_cholesky *cholesky, const int64_t *row,
                                   const double *value, int64_t count, int64_t rank, bool add) {
    cholmod_sparse *v = NULL;
    gamlp_status status = GAMLP_OK;
    route();
    GAMLP_TRY(check_update(cholesky, row, count, rank));
    GAMLP_TRY(permuted_columns(&v, cholesky, row, value, count, rank));
    if (!cholmod_updown(add, v, cholesky->kept, &cholesky->common) ||
        cholesky->common.status < CHOLMOD_OK)
        GAMLP_TRY(drop_kept(f, cholesky, failure(&cholesky->common, "an update")));
    view_kept(f, cholesky);
    status = check_path(f, cholesky, ((const int *)v->i)[0]);
done:
    cholmod_free_sparse(&v, &cholesky->common);
    return status;
}
