/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/table_features.h"

#include <inttypes.h>
#include <math.h>

#include "dataset/pack.h"
#include "gamlp/alloc.h"

/* A walk over elements in memory order: the next one is `feature` of `node`. */
typedef struct walk {
    gamlp_elements *elements;
    int64_t node, feature, count;
    double value[GAMLP_ARRAY_BLOCK];
} walk;

/* count 0: the end. */
static gamlp_status next_block(walk *w) {
    w->count = gamlp_elements_block(w->elements);
    return w->count ? gamlp_elements_reals(w->elements, w->count, w->value) : GAMLP_OK;
}

static void step(walk *w) {
    const gamlp_array *array = &w->elements->array;
    if (array->fortran) {
        if (++w->node < array->shape[0]) return;
        w->node = 0;
        w->feature++;
    } else {
        if (++w->feature < array->shape[1]) return;
        w->feature = 0;
        w->node++;
    }
}

static gamlp_status check_value(const walk *w, double value) {
    if (isfinite((float)value)) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_DATA,
                      "%s: node %" PRId64 ", feature %" PRId64 ": %g is not a finite float",
                      w->elements->what, w->node, w->feature, value);
}

/* Numbers, nodes x features, of sizes that our matrices can have. */
static gamlp_status check_shape(const gamlp_array *array, const char *what) {
    gamlp_status status = gamlp_array_expect_reals(array, 2, what);
    if (status != GAMLP_OK) return status;
    if (array->shape[0] > INT32_MAX || array->shape[1] > INT32_MAX)
        return gamlp_fail(GAMLP_E_DATA, "%s: a matrix of %" PRId64 " x %" PRId64 " is impossible",
                          what, array->shape[0], array->shape[1]);
    return GAMLP_OK;
}

static gamlp_status take_dense(gamlp_dense *features, gamlp_elements *e) {
    walk w = {.elements = e};
    *features = (gamlp_dense){0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_shape(&e->array, e->what));
    GAMLP_TRY(gamlp_elements_rewind(e));
    GAMLP_TRY(gamlp_dense_init(features, e->array.shape[1], e->array.shape[0]));
    do {
        GAMLP_TRY(next_block(&w));
        for (int64_t i = 0; i < w.count; i++, step(&w)) {
            GAMLP_TRY(check_value(&w, w.value[i]));
            features->data[w.feature + w.node * features->rows] = (gamlp_real)w.value[i];
        }
    } while (w.count > 0);
done:
    if (status != GAMLP_OK) gamlp_dense_clear(features);
    return status;
}

gamlp_status gamlp_array_features(gamlp_dense *features, const gamlp_array *array,
                                  const char *what) {
    gamlp_elements e;
    gamlp_elements_of(&e, array, what);
    return take_dense(features, &e);
}

/* Row pointers of the nonzero values, which are not there yet; all values are finite. */
static gamlp_status count_rows(gamlp_csr *a, gamlp_elements *e) {
    walk w = {.elements = e};
    *a = (gamlp_csr){0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_shape(&e->array, e->what));
    GAMLP_TRY(gamlp_elements_rewind(e));
    a->rows = e->array.shape[0];
    a->cols = e->array.shape[1];
    GAMLP_TRY(gamlp_new(&a->ptr, a->rows + 1, sizeof *a->ptr, "row pointers"));
    do {
        GAMLP_TRY(next_block(&w));
        for (int64_t i = 0; i < w.count; i++, step(&w)) {
            GAMLP_TRY(check_value(&w, w.value[i]));
            if ((gamlp_real)w.value[i] != 0) a->ptr[w.node + 1]++;
        }
    } while (w.count > 0);
    for (int64_t i = 0; i < a->rows; i++) a->ptr[i + 1] += a->ptr[i];
    a->nnz = a->ptr[a->rows];
done:
    if (status != GAMLP_OK) gamlp_csr_clear(a);
    return status;
}

/* In either order of memory the features of a node come increasingly.  ptr[node] becomes where the
 * node's values end, which is where the next one's begin. */
static gamlp_status fill_rows(gamlp_csr *a, gamlp_elements *e) {
    walk w = {.elements = e};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&a->idx, a->nnz, sizeof *a->idx, "column indices"));
    GAMLP_TRY(gamlp_new_raw(&a->val, a->nnz, sizeof *a->val, "sparse values"));
    GAMLP_TRY(gamlp_elements_rewind(e));
    do {
        GAMLP_TRY(next_block(&w));
        for (int64_t i = 0; i < w.count; i++, step(&w)) {
            if ((gamlp_real)w.value[i] == 0) continue;
            if (a->ptr[w.node] == a->nnz)
                GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: changed while it was read", e->what));
            a->idx[a->ptr[w.node]] = (int32_t)w.feature;
            a->val[a->ptr[w.node]++] = (gamlp_real)w.value[i];
        }
    } while (w.count > 0);
    for (int64_t i = a->rows; i > 0; i--) a->ptr[i] = a->ptr[i - 1];
    a->ptr[0] = 0;
done:
    return status;
}

gamlp_status gamlp_dataset_take_elements(gamlp_dataset *dataset, gamlp_elements *elements) {
    gamlp_csr *a = &dataset->sparse;
    gamlp_status status = count_rows(a, elements);
    if (status != GAMLP_OK) return status;
    dataset->features = a->cols;
    if (gamlp_pack_is_sparse(a->rows, a->cols, a->nnz)) return fill_rows(a, elements);
    gamlp_csr_clear(a);
    return take_dense(&dataset->dense, elements);
}

gamlp_status gamlp_dataset_take_features(gamlp_dataset *dataset, const gamlp_array *array,
                                         const char *what) {
    gamlp_elements e;
    gamlp_elements_of(&e, array, what);
    return gamlp_dataset_take_elements(dataset, &e);
}

gamlp_status gamlp_dataset_take_labels(gamlp_dataset *dataset, const gamlp_array *array,
                                       const char *what) {
    int64_t label[GAMLP_ARRAY_BLOCK], nodes = dataset->nodes;
    gamlp_status status = gamlp_array_expect_ints(array, 1, what);
    if (status == GAMLP_OK && array->count != nodes)
        status = gamlp_fail(GAMLP_E_DATA, "%s: %" PRId64 " labels for %" PRId64 " nodes", what,
                            array->count, nodes);
    if (status == GAMLP_OK)
        status = gamlp_new_raw(&dataset->label, nodes, sizeof *dataset->label, "labels");
    if (status != GAMLP_OK) return status;
    for (int64_t at = 0; at < nodes; at += GAMLP_ARRAY_BLOCK) {
        int64_t n = nodes - at < GAMLP_ARRAY_BLOCK ? nodes - at : GAMLP_ARRAY_BLOCK;
        gamlp_array_ints(array, at, n, label);
        for (int64_t i = 0; i < n; i++) {
            if (label[i] < GAMLP_UNLABELLED || label[i] >= nodes)
                return gamlp_fail(GAMLP_E_DATA,
                                  "%s: node %" PRId64 " has label %" PRId64
                                  ", expected -1..%" PRId64,
                                  what, at + i, label[i], nodes - 1);
            dataset->label[at + i] = (int32_t)label[i];
            if (label[i] >= dataset->classes) dataset->classes = label[i] + 1;
        }
    }
    if (dataset->classes < 1) return gamlp_fail(GAMLP_E_DATA, "%s: no node has a label", what);
    return GAMLP_OK;
}
