/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/table_features.h"

#include <inttypes.h>
#include <math.h>

#include "gamlp/alloc.h"

/* A walk over an array in memory order. */
typedef struct walk {
    const gamlp_array *array;
    int64_t at, count; /* of the block: its first element and how many */
    double value[GAMLP_ARRAY_BLOCK];
} walk;

static bool next_block(walk *w) {
    int64_t left = w->array->count - w->at - w->count;
    if (left <= 0) return false;
    w->at += w->count;
    w->count = left < GAMLP_ARRAY_BLOCK ? left : GAMLP_ARRAY_BLOCK;
    gamlp_array_reals(w->array, w->at, w->count, w->value);
    return true;
}

/* Node and feature of element `at`. */
static void place(int64_t *node, int64_t *feature, const gamlp_array *array, int64_t at) {
    int64_t nodes = array->shape[0], features = array->shape[1];
    *node = array->fortran ? at % nodes : at / features;
    *feature = array->fortran ? at / nodes : at % features;
}

static gamlp_status refuse(const walk *w, int64_t i, const char *what) {
    int64_t node, feature;
    place(&node, &feature, w->array, w->at + i);
    return gamlp_fail(GAMLP_E_DATA,
                      "%s: node %" PRId64 ", feature %" PRId64 ": %g is not a finite float", what,
                      node, feature, w->value[i]);
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

gamlp_status gamlp_array_features(gamlp_dense *features, const gamlp_array *array,
                                  const char *what) {
    *features = (gamlp_dense){0};
    gamlp_status status = check_shape(array, what);
    if (status == GAMLP_OK) status = gamlp_dense_init(features, array->shape[1], array->shape[0]);
    if (status != GAMLP_OK) return status;
    walk w = {.array = array};
    while (next_block(&w))
        for (int64_t i = 0; i < w.count; i++) {
            int64_t node, feature;
            if (!isfinite((float)w.value[i])) {
                gamlp_dense_clear(features);
                return refuse(&w, i, what);
            }
            place(&node, &feature, array, w.at + i);
            features->data[feature + node * features->rows] = (gamlp_real)w.value[i];
        }
    return GAMLP_OK;
}

/* ptr[node + 1]: nonzero values of the node.  All are finite. */
static gamlp_status count_values(int64_t *ptr, const gamlp_array *array, const char *what) {
    walk w = {.array = array};
    while (next_block(&w))
        for (int64_t i = 0; i < w.count; i++) {
            int64_t node, feature;
            if (!isfinite((float)w.value[i])) return refuse(&w, i, what);
            if ((gamlp_real)w.value[i] == 0) continue;
            place(&node, &feature, array, w.at + i);
            ptr[node + 1]++;
        }
    for (int64_t i = 0; i < array->shape[0]; i++) ptr[i + 1] += ptr[i];
    return GAMLP_OK;
}

/* ptr[node] becomes where the node's values end, which is where the next one's begin.  In either
 * order of memory the features of a node come increasingly. */
static void put_values(gamlp_csr *a, const gamlp_array *array) {
    walk w = {.array = array};
    while (next_block(&w))
        for (int64_t i = 0; i < w.count; i++) {
            int64_t node, feature;
            if ((gamlp_real)w.value[i] == 0) continue;
            place(&node, &feature, array, w.at + i);
            a->idx[a->ptr[node]] = (int32_t)feature;
            a->val[a->ptr[node]++] = (gamlp_real)w.value[i];
        }
    for (int64_t i = a->rows; i > 0; i--) a->ptr[i] = a->ptr[i - 1];
    a->ptr[0] = 0;
}

/* Empty rows and their pointers. */
static gamlp_status count_rows(gamlp_csr *a, const gamlp_array *array, const char *what) {
    *a = (gamlp_csr){0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_shape(array, what));
    GAMLP_TRY(gamlp_new(&a->ptr, array->shape[0] + 1, sizeof *a->ptr, "row pointers"));
    GAMLP_TRY(count_values(a->ptr, array, what));
    a->rows = array->shape[0];
    a->cols = array->shape[1];
    a->nnz = a->ptr[a->rows];
done:
    if (status != GAMLP_OK) gamlp_csr_clear(a);
    return status;
}

static gamlp_status fill_rows(gamlp_csr *a, const gamlp_array *array) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&a->idx, a->nnz, sizeof *a->idx, "column indices"));
    GAMLP_TRY(gamlp_new_raw(&a->val, a->nnz, sizeof *a->val, "sparse values"));
    put_values(a, array);
done:
    if (status != GAMLP_OK) gamlp_csr_clear(a);
    return status;
}

gamlp_status gamlp_array_sparse_features(gamlp_csr *features, const gamlp_array *array,
                                         const char *what) {
    gamlp_status status = count_rows(features, array, what);
    return status == GAMLP_OK ? fill_rows(features, array) : status;
}

gamlp_status gamlp_dataset_take_features(gamlp_dataset *dataset, const gamlp_array *array,
                                         const char *what) {
    gamlp_csr a;
    gamlp_status status = count_rows(&a, array, what);
    if (status != GAMLP_OK) return status;
    double entry = sizeof *a.idx + sizeof *a.val, dense = sizeof *a.val;
    double sparse = (double)a.nnz * entry + (double)a.rows * sizeof *a.ptr;
    dataset->features = array->shape[1];
    if (sparse < dense * (double)array->count) {
        dataset->sparse = a;
        return fill_rows(&dataset->sparse, array);
    }
    gamlp_csr_clear(&a);
    return gamlp_array_features(&dataset->dense, array, what);
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
