/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The largest connected component as a data set: node i of it is the i-th of its nodes in the
 * source. */
#include "dataset/split.h"
#include "gamlp/alloc.h"

/* The kept nodes in increasing order, and the new number of each old node, -1 when it is gone. */
typedef struct renumbering {
    int64_t count, *node, *number;
} renumbering;

static gamlp_status restrict_matrix(gamlp_csr *a, const renumbering *r) {
    gamlp_csr kept;
    gamlp_status status = gamlp_csr_rows(&kept, a, r->node, r->count);
    if (status != GAMLP_OK) return status;
    for (int64_t k = 0; k < kept.nnz; k++) kept.idx[k] = (int32_t)r->number[kept.idx[k]];
    kept.cols = r->count;
    gamlp_csr_clear(a);
    *a = kept;
    return GAMLP_OK;
}

static gamlp_status restrict_graph(gamlp_dataset *d, const renumbering *r) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(restrict_matrix(&d->graph.adjacency, r));
    if (d->graph.arcs.rows) GAMLP_TRY(restrict_matrix(&d->graph.arcs, r));
    d->graph.nodes = r->count;
    d->graph.edges = d->graph.adjacency.nnz / 2;
done:
    return status;
}

/* Nodes without features cannot be told from empty ones any more: at most so many. */
static void bound_missing(gamlp_dataset *d) {
    int64_t empty = 0;
    for (int64_t i = 0; i < d->sparse.rows; i++) empty += d->sparse.ptr[i] == d->sparse.ptr[i + 1];
    if (d->sparse.rows && d->missing_rows > empty) d->missing_rows = empty;
}

static gamlp_status restrict_features(gamlp_dataset *d, const renumbering *r) {
    gamlp_csr sparse = {0};
    gamlp_dense dense = {0};
    gamlp_status status = GAMLP_OK;
    if (d->sparse.rows) {
        GAMLP_TRY(gamlp_csr_rows(&sparse, &d->sparse, r->node, r->count));
        gamlp_csr_clear(&d->sparse);
        d->sparse = sparse;
    } else if (d->dense.cols) { /* a graph alone has neither */
        GAMLP_TRY(gamlp_dense_columns(&dense, &d->dense, r->node, r->count));
        gamlp_dense_clear(&d->dense);
        d->dense = dense;
    }
    bound_missing(d);
done:
    return status;
}

static int64_t restrict_part(int64_t *node, int64_t count, const renumbering *r) {
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++)
        if (r->number[node[i]] >= 0) node[kept++] = r->number[node[i]];
    return kept;
}

static void restrict_split(gamlp_split *s, const renumbering *r) {
    s->train_count = restrict_part(s->train, s->train_count, r);
    s->val_count = restrict_part(s->val, s->val_count, r);
    s->test_count = restrict_part(s->test, s->test_count, r);
}

static gamlp_status restrict_all(gamlp_dataset *d, const renumbering *r) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(restrict_graph(d, r));
    GAMLP_TRY(restrict_features(d, r));
    for (int64_t i = 0; i < r->count; i++) {
        d->label[i] = d->label[r->node[i]];
        if (d->time) d->time[i] = d->time[r->node[i]];
    }
    restrict_split(&d->split, r);
    for (int64_t k = 0; k < d->fixed_count; k++) restrict_split(&d->fixed[k], r);
    d->nodes = r->count;
done:
    return status;
}

gamlp_status gamlp_dataset_largest_component(gamlp_dataset *dataset) {
    renumbering r = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_graph_largest_component(&r.node, &r.count, &dataset->graph));
    if (r.count < dataset->nodes) {
        GAMLP_TRY(gamlp_new_raw(&r.number, dataset->nodes, sizeof *r.number, "node numbers"));
        for (int64_t i = 0; i < dataset->nodes; i++) r.number[i] = -1;
        for (int64_t i = 0; i < r.count; i++) r.number[r.node[i]] = i;
        GAMLP_TRY(restrict_all(dataset, &r));
        dataset->fingerprint[0] = 0; /* of other data */
    }
    dataset->component = GAMLP_COMPONENT_LARGEST;
done:
    gamlp_free(r.node);
    gamlp_free(r.number);
    return status;
}
