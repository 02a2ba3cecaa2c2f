/* SPDX-License-Identifier: GPL-2.0-or-later */
/* X = [H; H A~; ...; H A~^{K-1}] at the wanted nodes, panel by panel.
 *
 * Hop k is needed only at nodes that a path of K - 1 - k steps joins to a
 * wanted one: a breadth-first search gives each node its distance, and rows
 * farther than that are skipped.  The last hop is computed at the wanted
 * nodes alone, straight into the result. */
#include <math.h>
#include <string.h>

#include "feature/panel.h"
#include "gamlp/alloc.h"
#include "gamlp/feature.h"
#include "gamlp/threads.h"

enum {
    PANEL_BYTES = 32 << 20, /* of two panels of all nodes: most of a last-level cache         */
    PANEL_LEAST = 64,       /* features: a column is then a few cache lines                  */
    PANEL_MOST = 512,       /* features: wider ones leave the private caches on small graphs  */
    COLUMNS_PER_CHUNK = 64
};

typedef struct hops {
    const gamlp_csr *operator_;
    gamlp_csr wanted_rows; /* of the operator                       */
    const int64_t *index;  /* wanted nodes                          */
    int64_t count, blocks;
    int32_t *distance;        /* of each node to the wanted ones       */
    gamlp_csr scaled_sparse;  /* features with unit sums, or empty     */
    gamlp_dense scaled_dense; /* "                                     */
    const gamlp_csr *sparse;  /* features to propagate, one of the two */
    const gamlp_dense *dense;
    int64_t nodes, features;
    gamlp_real *x, *y;                     /* two panels of all nodes               */
    gamlp_dense block[GAMLP_STACK_BLOCKS]; /* hops 1, 2, ...: features x count      */
} hops;

void gamlp_feature_options_default(gamlp_feature_options *options) {
    *options = (gamlp_feature_options){.hops = 4, .normalise = GAMLP_NORMALISE_NONE};
}

gamlp_status gamlp_feature_options_check(const gamlp_feature_options *options) {
    if (options->hops < 1 || options->hops > GAMLP_STACK_BLOCKS)
        return gamlp_fail(GAMLP_E_CONFIG, "hops is %lld, expected 1 to %d",
                          (long long)options->hops, GAMLP_STACK_BLOCKS);
    if ((int)options->normalise < 0 || options->normalise > GAMLP_NORMALISE_L2)
        return gamlp_fail(GAMLP_E_CONFIG, "normalise is %d, expected none, row or l2",
                          (int)options->normalise);
    if (options->panel < 0)
        return gamlp_fail(GAMLP_E_CONFIG, "panel is %lld, expected 0 or a number of features",
                          (long long)options->panel);
    return GAMLP_OK;
}

static gamlp_status check_input(const gamlp_feature_input *input, const int64_t *index,
                                int64_t count) {
    const gamlp_csr *a = input->operator_;
    if (!a || a->rows != a->cols) return gamlp_fail(GAMLP_E_USAGE, "hops need a square operator");
    if (!input->sparse == !input->dense)
        return gamlp_fail(GAMLP_E_USAGE, "features are sparse or dense, expected one of the two");
    int64_t nodes = input->sparse ? input->sparse->rows : input->dense->cols;
    if (nodes != a->rows)
        return gamlp_fail(GAMLP_E_USAGE, "features of %lld nodes, operator of %lld nodes",
                          (long long)nodes, (long long)a->rows);
    if ((input->sparse ? input->sparse->cols : input->dense->rows) < 1)
        return gamlp_fail(GAMLP_E_USAGE, "nodes without features have no hops");
    if (count < 1) return gamlp_fail(GAMLP_E_USAGE, "no nodes are wanted, expected at least one");
    for (int64_t i = 0; i < count; i++)
        if (index[i] < 0 || index[i] >= nodes)
            return gamlp_fail(GAMLP_E_USAGE, "wanted node %lld is %lld, expected 0 to %lld",
                              (long long)i, (long long)index[i], (long long)nodes - 1);
    return GAMLP_OK;
}

/* Divide by the sum or the length; features where that is zero are left alone. */
static void scale_row(gamlp_real *value, int64_t count, gamlp_normalise rule) {
    double sum = 0;
    for (int64_t k = 0; k < count; k++)
        sum += rule == GAMLP_NORMALISE_L2 ? (double)value[k] * (double)value[k] : value[k];
    if (sum == 0) return;
    if (rule == GAMLP_NORMALISE_L2) sum = sqrt(sum);
    for (int64_t k = 0; k < count; k++) value[k] = (gamlp_real)(value[k] / sum);
}

static gamlp_status normalise_rows(hops *h, gamlp_normalise rule) {
    gamlp_status status = GAMLP_OK;
    if (h->sparse) {
        GAMLP_TRY(gamlp_csr_copy(&h->scaled_sparse, h->sparse));
        h->sparse = &h->scaled_sparse;
        for (int64_t i = 0; i < h->nodes; i++)
            scale_row(h->sparse->val + h->sparse->ptr[i], h->sparse->ptr[i + 1] - h->sparse->ptr[i],
                      rule);
    } else {
        GAMLP_TRY(gamlp_dense_copy(&h->scaled_dense, h->dense));
        h->dense = &h->scaled_dense;
        for (int64_t i = 0; i < h->nodes; i++)
            scale_row(h->dense->data + i * h->features, h->features, rule);
    }
done:
    return status;
}

/* Breadth-first search from the wanted nodes. */
static gamlp_status measure_distances(hops *h) {
    int64_t *queue, head = 0, tail = 0;
    const gamlp_csr *a = h->operator_;
    gamlp_status status = gamlp_new_raw(&queue, h->nodes, sizeof *queue, "a queue of nodes");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < h->nodes; i++) h->distance[i] = INT32_MAX;
    for (int64_t i = 0; i < h->count; i++) {
        if (h->distance[h->index[i]] == 0) continue;
        h->distance[h->index[i]] = 0;
        queue[tail++] = h->index[i];
    }
    while (head < tail) {
        int64_t i = queue[head++];
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++) {
            if (h->distance[a->idx[k]] != INT32_MAX) continue;
            h->distance[a->idx[k]] = h->distance[i] + 1;
            queue[tail++] = a->idx[k];
        }
    }
    gamlp_free(queue);
    return GAMLP_OK;
}

static int64_t panel_width(const hops *h, int64_t asked) {
    int64_t width = PANEL_BYTES / 2 / (int64_t)sizeof(gamlp_real) / h->nodes / 16 * 16;
    if (width > PANEL_MOST) width = PANEL_MOST;
    if (width < PANEL_LEAST) width = PANEL_LEAST;
    if (asked > 0) width = asked;
    return width < h->features ? width : h->features;
}

static gamlp_status hops_init(hops *h, int64_t width) {
    gamlp_status status = GAMLP_OK;
    int64_t room = h->blocks > 2 ? width * h->nodes : 0;
    GAMLP_TRY(gamlp_new_raw(&h->distance, h->nodes, sizeof *h->distance, "distances"));
    GAMLP_TRY(measure_distances(h));
    GAMLP_TRY(gamlp_csr_rows(&h->wanted_rows, h->operator_, h->index, h->count));
    GAMLP_TRY(gamlp_new_raw(&h->x, room, sizeof *h->x, "a panel of features"));
    GAMLP_TRY(gamlp_new_raw(&h->y, h->blocks > 3 ? room : 0, sizeof *h->y, "a panel of features"));
    for (int64_t k = 1; k < h->blocks; k++) {
        gamlp_dense *block = &h->block[k];
        GAMLP_TRY(
            gamlp_new_raw(&block->data, h->features * h->count, sizeof *block->data, "a hop"));
        block->rows = h->features;
        block->cols = h->count;
    }
done:
    return status;
}

static void hops_clear(hops *h) {
    for (int64_t k = 1; k < h->blocks; k++) gamlp_dense_clear(&h->block[k]);
    gamlp_csr_clear(&h->wanted_rows);
    gamlp_csr_clear(&h->scaled_sparse);
    gamlp_dense_clear(&h->scaled_dense);
    gamlp_free(h->distance);
    gamlp_free(h->x);
    gamlp_free(h->y);
}

/* Columns of a panel of all nodes into a block of the result. */
typedef struct extraction {
    gamlp_real *to;
    const gamlp_real *from;
    const int64_t *index;
    int64_t count, stride, width;
} extraction;

static void extract_chunk(void *context, int64_t chunk) {
    const extraction *e = context;
    int64_t end = (chunk + 1) * COLUMNS_PER_CHUNK;
    if (end > e->count) end = e->count;
    for (int64_t i = chunk * COLUMNS_PER_CHUNK; i < end; i++)
        memcpy(e->to + i * e->stride, e->from + e->index[i] * e->width,
               (size_t)e->width * sizeof *e->to);
}

/* Hops 1 .. K-1 of one panel. */
static void propagate(hops *h, const gamlp_panel *panel) {
    int64_t last = h->blocks - 1;
    for (int64_t k = 1; k <= last; k++) {
        gamlp_gather job = {.s = h->operator_,
                            .y = h->y,
                            .stride = panel->width,
                            .x = h->x,
                            .d = panel->width,
                            .distance = h->distance,
                            .reach = (int32_t)(last - k)};
        gamlp_real *result = h->block[k].data + panel->first;
        if (k == 1) job.y = h->x;
        if (k == last) {
            job.s = &h->wanted_rows;
            job.y = result;
            job.stride = h->features;
            job.distance = NULL;
        }
        if (k == 1)
            gamlp_panel_run(panel, job);
        else
            gamlp_gather_run(&job);
        if (k == last) break;
        if (k > 1) {
            gamlp_real *newest = h->y;
            h->y = h->x;
            h->x = newest;
        }
        extraction e = {result, h->x, h->index, h->count, h->features, panel->width};
        gamlp_parallel((h->count + COLUMNS_PER_CHUNK - 1) / COLUMNS_PER_CHUNK, extract_chunk, &e);
    }
}

static gamlp_status run_panels(hops *h, int64_t width) {
    gamlp_panel panel;
    gamlp_status status = gamlp_panel_init(&panel, h->sparse, h->dense, width);
    if (status != GAMLP_OK) return status;
    for (int64_t first = 0; first < h->features; first += width) {
        gamlp_panel_step(&panel, width < h->features - first ? width : h->features - first);
        propagate(h, &panel);
    }
    gamlp_panel_clear(&panel);
    return GAMLP_OK;
}

/* Hop 0, as it is, and then the dense ones. */
static gamlp_status push_blocks(gamlp_stack *x, hops *h) {
    gamlp_csr sparse;
    gamlp_dense dense;
    gamlp_status status = GAMLP_OK;
    if (h->sparse) {
        GAMLP_TRY(gamlp_csr_rows(&sparse, h->sparse, h->index, h->count));
        GAMLP_TRY(gamlp_stack_push_sparse(x, &sparse));
    } else {
        GAMLP_TRY(gamlp_dense_columns(&dense, h->dense, h->index, h->count));
        GAMLP_TRY(gamlp_stack_push_dense(x, &dense));
    }
    for (int64_t k = 1; k < h->blocks; k++) GAMLP_TRY(gamlp_stack_push_dense(x, &h->block[k]));
done:
    return status;
}

gamlp_status gamlp_feature_hops(gamlp_stack *x, const gamlp_feature_input *input,
                                const int64_t *index, int64_t count,
                                const gamlp_feature_options *options) {
    hops h = {.operator_ = input->operator_,
              .index = index,
              .count = count,
              .sparse = input->sparse,
              .dense = input->dense};
    gamlp_status status = GAMLP_OK;
    gamlp_stack_init(x, count);
    GAMLP_TRY(gamlp_feature_options_check(options));
    GAMLP_TRY(check_input(input, index, count));
    h.blocks = options->hops;
    h.nodes = h.operator_->rows;
    h.features = h.sparse ? h.sparse->cols : h.dense->rows;
    if (options->normalise != GAMLP_NORMALISE_NONE)
        GAMLP_TRY(normalise_rows(&h, options->normalise));
    if (h.blocks > 1) {
        int64_t width = panel_width(&h, options->panel);
        GAMLP_TRY(hops_init(&h, width));
        GAMLP_TRY(run_panels(&h, width));
    }
    GAMLP_TRY(push_blocks(x, &h));
done:
    hops_clear(&h);
    if (status != GAMLP_OK) gamlp_stack_clear(x);
    return status;
}
