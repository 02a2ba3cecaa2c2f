/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>

#include "dataset/format.h"
#include "gamlp/alloc.h"

gamlp_status gamlp_dataset_check_whole(const gamlp_dataset *d) {
    const char *lacking = d->classes < 1 ? "classes" : d->features < 1 ? "features" : NULL;
    if (d->nodes < 1) lacking = "nodes";
    if (d->nodes > 0 && d->classes < 1 && d->features < 1)
        return gamlp_fail(GAMLP_E_DATA, "%s: has neither features nor labels: expected both",
                          d->name);
    if (!lacking) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_DATA, "%s: has no %s", d->name, lacking);
}

static gamlp_status check_counts(const gamlp_dataset *d) {
    if (d->nodes < 1) return gamlp_fail(GAMLP_E_DATA, "%s: has no nodes", d->name);
    if (d->graph.nodes != d->nodes)
        return gamlp_fail(GAMLP_E_DATA, "%s: the graph has %" PRId64 " nodes, expected %" PRId64,
                          d->name, d->graph.nodes, d->nodes);
    int64_t rows = d->sparse.rows ? d->sparse.rows : d->dense.cols;
    int64_t cols = d->sparse.rows ? d->sparse.cols : d->dense.rows;
    if (d->features == 0 && rows == 0 && cols == 0) return GAMLP_OK;
    if (rows != d->nodes || cols != d->features)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: features of %" PRId64 " nodes x %" PRId64 ", expected %" PRId64
                          " x %" PRId64,
                          d->name, rows, cols, d->nodes, d->features);
    return GAMLP_OK;
}

static gamlp_status check_labels(const gamlp_dataset *d) {
    for (int64_t i = 0; d->label && i < d->nodes; i++)
        if (d->label[i] < GAMLP_UNLABELLED || d->label[i] >= d->classes)
            return gamlp_fail(GAMLP_E_DATA,
                              "%s: node %" PRId64 " has label %d, expected 0..%" PRId64, d->name, i,
                              d->label[i], d->classes - 1);
    return GAMLP_OK;
}

static gamlp_status check_features(const gamlp_dataset *d) {
    if (d->sparse.view || d->dense.view) return GAMLP_OK; /* of a file that was checked */
    if (d->sparse.rows) return gamlp_csr_check(&d->sparse);
    for (int64_t i = 0; i < d->nodes; i++)
        for (int64_t j = 0; j < d->features; j++)
            if (!isfinite((float)d->dense.data[j + i * d->features]))
                return gamlp_fail(GAMLP_E_DATA,
                                  "%s: node %" PRId64 ", feature %" PRId64 ": not a finite number",
                                  d->name, i, j);
    return GAMLP_OK;
}

/* `used` marks the nodes of the parts seen so far; `whole`: it can be trained on. */
static gamlp_status check_part(const gamlp_dataset *d, const char *part, const int64_t *node,
                               int64_t count, bool whole, unsigned char *used) {
    if (whole && count < 1)
        return gamlp_fail(GAMLP_E_DATA, "%s: the %s part is empty", d->name, part);
    for (int64_t i = 0; i < count; i++) {
        const char *problem = NULL;
        if (node[i] < 0 || node[i] >= d->nodes)
            problem = "does not exist";
        else if (i > 0 && node[i] <= node[i - 1])
            problem = "is out of order";
        else if (used[node[i]])
            problem = "is in another part, too";
        else if (whole && d->label[node[i]] == GAMLP_UNLABELLED)
            problem = "has no label";
        if (problem)
            return gamlp_fail(GAMLP_E_DATA, "%s: %s part: node %" PRId64 " %s", d->name, part,
                              node[i], problem);
        used[node[i]] = 1;
    }
    return GAMLP_OK;
}

static gamlp_status check_split(const gamlp_dataset *d, bool whole) {
    const gamlp_split *split = &d->split;
    unsigned char *used = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&used, d->nodes, sizeof *used, "a split"));
    GAMLP_TRY(check_part(d, "train", split->train, split->train_count, whole, used));
    GAMLP_TRY(check_part(d, "val", split->val, split->val_count, whole, used));
    GAMLP_TRY(check_part(d, "test", split->test, split->test_count, whole, used));
done:
    gamlp_free(used);
    return status;
}

static gamlp_status check(const gamlp_dataset *dataset, bool whole) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_counts(dataset));
    GAMLP_TRY(check_labels(dataset));
    if (!dataset->graph.adjacency.view) GAMLP_TRY(gamlp_csr_check(&dataset->graph.adjacency));
    GAMLP_TRY(check_features(dataset));
    GAMLP_TRY(check_split(dataset, whole));
done:
    return status;
}

gamlp_status gamlp_dataset_check_stored(const gamlp_dataset *dataset) {
    return check(dataset, false);
}

gamlp_status gamlp_dataset_check(const gamlp_dataset *dataset) {
    gamlp_status status = gamlp_dataset_check_whole(dataset);
    return status == GAMLP_OK ? check(dataset, true) : status;
}
