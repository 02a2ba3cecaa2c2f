/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matrix/cholesky.h"

#include <cholmod.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "core/memory.h"
#include "gamlp/alloc.h"
#include "gamlp/blas.h"
#include "matrix/blas.h"

/* Operations for each entry of L from which on dense blocks pay. */
static const double supernodal_switch = 150;

struct gamlp_cholesky {
    cholmod_common common;
    cholmod_factor *symbolic; /* NULL: of a factor that is too large for CHOLMOD */
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

static gamlp_status start(gamlp_cholesky **cholesky) {
    gamlp_status status = gamlp_new(cholesky, 1, sizeof **cholesky, "sparse Cholesky");
    if (status != GAMLP_OK) return status;
    cholmod_common *common = &(*cholesky)->common;
    route();
    cholmod_start(common);
    common->print = 0;
    common->error_handler = NULL;
    common->nmethods = 1;
    common->postorder = true;
    common->final_asis = false;
    common->final_super = true;
    common->final_ll = true; /* L D L' would accept an indefinite matrix */
    common->supernodal_switch = supernodal_switch;
    return GAMLP_OK;
}

void gamlp_cholesky_free(gamlp_cholesky *c) {
    if (!c) return;
    route();
    cholmod_free_factor(&c->symbolic, &c->common);
    cholmod_finish(&c->common);
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

gamlp_status gamlp_cholesky_new(gamlp_cholesky **cholesky, const gamlp_symmetric *a,
                                gamlp_ordering ordering) {
    static const int method[] = {CHOLMOD_NATURAL, CHOLMOD_AMD, CHOLMOD_METIS};
    cholmod_sparse *lower = NULL;
    gamlp_cholesky *c = NULL;
    gamlp_status status = GAMLP_OK;
    *cholesky = NULL;
    if (a->n < 1) return gamlp_fail(GAMLP_E_USAGE, "a matrix without rows has no factor");
    GAMLP_TRY(start(&c));
    c->common.method[0].ordering = method[ordering];
    GAMLP_TRY(lower_of(&lower, a, c));
    c->symbolic = cholmod_analyze(lower, &c->common);
    if (!c->symbolic && c->common.status != CHOLMOD_TOO_LARGE)
        GAMLP_TRY(failure(&c->common, "the analysis"));
    if (refused)
        GAMLP_TRY(gamlp_fail(GAMLP_E_NOMEM, "cannot allocate memory for an order of elimination"));
    c->fill = c->common.lnz;
    c->flops = c->common.fl;
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
    if (!l || c->fill > INT_MAX) return INFINITY;
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
    gamlp_status status = GAMLP_OK;
    route();
    if (!c->symbolic)
        return gamlp_fail(GAMLP_E_NOMEM, "the factor has more than 2147483647 entries");
    if ((int64_t)c->symbolic->n != a->n)
        return gamlp_fail(GAMLP_E_USAGE, "a matrix of %lld rows, analysed was one of %lld",
                          (long long)a->n, (long long)c->symbolic->n);
    GAMLP_TRY(lower_of(&lower, a, c));
    *l = cholmod_copy_factor(c->symbolic, &c->common);
    if (!*l) GAMLP_TRY(failure(&c->common, "a factor"));
    gamlp_blas_alone();
    int fine = cholmod_factorize(lower, *l, &c->common);
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
