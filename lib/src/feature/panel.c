/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "feature/panel.h"

#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/threads.h"

enum {
    NODES_PER_CHUNK = 4096,
    SMALL_WORK = 1 << 15 /* entries and zeroed elements below which threads do not pay */
};

gamlp_status gamlp_panel_init(gamlp_panel *panel, const gamlp_csr *sparse, const gamlp_dense *dense,
                              int64_t width) {
    *panel = (gamlp_panel){.sparse = sparse, .dense = dense};
    gamlp_status status = GAMLP_OK;
    if (sparse) {
        GAMLP_TRY(gamlp_new(&panel->begin, sparse->rows, sizeof *panel->begin, "panel entries"));
        GAMLP_TRY(gamlp_new(&panel->end, sparse->rows, sizeof *panel->end, "panel entries"));
        if (sparse->rows > 0)
            memcpy(panel->end, sparse->ptr, (size_t)sparse->rows * sizeof *panel->end);
    } else if (width < dense->rows) {
        GAMLP_TRY(gamlp_new_raw(&panel->copy, width * dense->cols, sizeof *panel->copy,
                                "a panel of features"));
    }
done:
    if (status != GAMLP_OK) gamlp_panel_clear(panel);
    return status;
}

void gamlp_panel_clear(gamlp_panel *panel) {
    gamlp_free(panel->begin);
    gamlp_free(panel->end);
    gamlp_free(panel->copy);
    *panel = (gamlp_panel){0};
}

static void step_sparse(gamlp_panel *panel, int64_t node) {
    const gamlp_csr *h = panel->sparse;
    int64_t k = panel->end[node], last = h->ptr[node + 1], stop = panel->first + panel->width;
    panel->begin[node] = k;
    while (k < last && h->idx[k] < stop) k++;
    panel->end[node] = k;
}

static void step_dense(gamlp_panel *panel, int64_t node) {
    memcpy(panel->copy + node * panel->width,
           panel->dense->data + node * panel->dense->rows + panel->first,
           (size_t)panel->width * sizeof *panel->copy);
}

static int64_t panel_nodes(const gamlp_panel *panel) {
    return panel->sparse ? panel->sparse->rows : panel->dense->cols;
}

static void step_chunk(void *context, int64_t chunk) {
    gamlp_panel *panel = context;
    int64_t node = chunk * NODES_PER_CHUNK, end = node + NODES_PER_CHUNK;
    if (end > panel_nodes(panel)) end = panel_nodes(panel);
    for (; node < end; node++) {
        if (panel->sparse)
            step_sparse(panel, node);
        else if (panel->copy)
            step_dense(panel, node);
    }
}

void gamlp_panel_step(gamlp_panel *panel, int64_t width) {
    panel->first += panel->width;
    panel->width = width;
    gamlp_parallel((panel_nodes(panel) + NODES_PER_CHUNK - 1) / NODES_PER_CHUNK, step_chunk, panel);
}

typedef struct sparse_hop {
    const gamlp_panel *panel;
    gamlp_gather job;
} sparse_hop;

static void sparse_row(const sparse_hop *hop, int64_t i) {
    const gamlp_panel *panel = hop->panel;
    const gamlp_csr *s = hop->job.s, *h = panel->sparse;
    gamlp_real *y = hop->job.y + i * hop->job.stride;
    memset(y, 0, (size_t)panel->width * sizeof *y);
    for (int64_t k = s->ptr[i]; k < s->ptr[i + 1]; k++) {
        int64_t j = s->idx[k];
        for (int64_t e = panel->begin[j]; e < panel->end[j]; e++)
            y[h->idx[e] - panel->first] += s->val[k] * h->val[e];
    }
}

static void sparse_chunk(void *context, int64_t chunk) {
    const sparse_hop *hop = context;
    const gamlp_gather *job = &hop->job;
    int64_t end = gamlp_csr_chunk(job->s, chunk + 1);
    for (int64_t i = gamlp_csr_chunk(job->s, chunk); i < end; i++)
        if (!job->distance || job->distance[i] <= job->reach) sparse_row(hop, i);
}

void gamlp_panel_run(const gamlp_panel *panel, gamlp_gather job) {
    if (panel->sparse) {
        sparse_hop hop = {panel, job};
        if (job.s->nnz + job.s->rows * panel->width < SMALL_WORK)
            for (int64_t chunk = 0; chunk < GAMLP_CSR_CHUNKS; chunk++) sparse_chunk(&hop, chunk);
        else
            gamlp_parallel(GAMLP_CSR_CHUNKS, sparse_chunk, &hop);
        return;
    }
    job.x = panel->copy ? panel->copy : panel->dense->data;
    job.d = panel->width;
    gamlp_gather_run(&job);
}
