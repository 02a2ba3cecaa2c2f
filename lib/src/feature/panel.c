/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "feature/panel.h"

#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/threads.h"

enum {
    NODES_PER_CHUNK = 4096,
    SMALL_WORK = 1 << 15 /* entries and zeroed elements below which threads do not pay */
};

int64_t gamlp_panel_room(int64_t nodes, int64_t width, int64_t strip) {
    return (width + strip - 1) / strip * strip * nodes;
}

gamlp_status gamlp_panel_init(gamlp_panel *panel, const gamlp_csr *sparse, const gamlp_dense *dense,
                              int64_t width, int64_t strip, bool packed) {
    *panel = (gamlp_panel){.sparse = sparse, .dense = dense, .strip = strip};
    gamlp_status status = GAMLP_OK;
    panel->nodes = sparse ? sparse->rows : dense->cols;
    if (sparse) {
        GAMLP_TRY(gamlp_new(&panel->begin, sparse->rows, sizeof *panel->begin, "panel entries"));
        GAMLP_TRY(gamlp_new(&panel->end, sparse->rows, sizeof *panel->end, "panel entries"));
        if (sparse->rows > 0)
            memcpy(panel->end, sparse->ptr, (size_t)sparse->rows * sizeof *panel->end);
    } else {
        GAMLP_TRY(gamlp_new_raw(&panel->copy, gamlp_panel_room(panel->nodes, width, strip),
                                sizeof *panel->copy, "a panel of features"));
    }
    if (packed)
        GAMLP_TRY(gamlp_new_raw(&panel->packed, panel->nodes * strip, sizeof *panel->packed,
                                "a strip of features"));
done:
    if (status != GAMLP_OK) gamlp_panel_clear(panel);
    return status;
}

void gamlp_panel_clear(gamlp_panel *panel) {
    gamlp_free(panel->begin);
    gamlp_free(panel->end);
    gamlp_free(panel->copy);
    gamlp_free(panel->packed);
    *panel = (gamlp_panel){0};
}

int64_t gamlp_panel_strips(const gamlp_panel *panel) {
    return (panel->width + panel->strip - 1) / panel->strip;
}

int64_t gamlp_panel_offset(const gamlp_panel *panel, int64_t strip) {
    return strip * panel->strip * panel->nodes;
}

int64_t gamlp_panel_wide(const gamlp_panel *panel, int64_t strip) {
    int64_t left = panel->width - strip * panel->strip;
    return left < panel->strip ? left : panel->strip;
}

static void step_sparse(gamlp_panel *panel, int64_t node) {
    const gamlp_csr *h = panel->sparse;
    int64_t k = panel->end[node], last = h->ptr[node + 1], stop = panel->first + panel->width;
    panel->begin[node] = k;
    while (k < last && h->idx[k] < stop) k++;
    panel->end[node] = k;
}

static void step_dense(gamlp_panel *panel, int64_t node) {
    const gamlp_real *from = panel->dense->data + node * panel->dense->rows + panel->first;
    for (int64_t s = 0; s < gamlp_panel_strips(panel); s++)
        memcpy(panel->copy + gamlp_panel_offset(panel, s) + node * panel->strip,
               from + s * panel->strip, (size_t)gamlp_panel_wide(panel, s) * sizeof *from);
}

static void step_chunk(void *context, int64_t chunk) {
    gamlp_panel *panel = context;
    int64_t node = chunk * NODES_PER_CHUNK, end = node + NODES_PER_CHUNK;
    if (end > panel->nodes) end = panel->nodes;
    for (; node < end; node++) {
        if (panel->sparse)
            step_sparse(panel, node);
        else
            step_dense(panel, node);
    }
}

void gamlp_panel_step(gamlp_panel *panel, int64_t width) {
    panel->first += panel->width;
    panel->width = width;
    gamlp_parallel((panel->nodes + NODES_PER_CHUNK - 1) / NODES_PER_CHUNK, step_chunk, panel);
}

/* Feature f of the panel, of node i, is at y + (f / strip) * between + f % strip + i * stride. */
typedef struct sparse_hop {
    const gamlp_panel *panel;
    gamlp_gather job;
    int64_t between;
} sparse_hop;

static void sparse_row(const sparse_hop *hop, int64_t i) {
    const gamlp_panel *panel = hop->panel;
    const gamlp_csr *s = hop->job.s, *h = panel->sparse;
    gamlp_real *y = hop->job.y + i * hop->job.stride;
    for (int64_t strip = 0; strip < gamlp_panel_strips(panel); strip++)
        memset(y + strip * hop->between, 0, (size_t)gamlp_panel_wide(panel, strip) * sizeof *y);
    for (int64_t k = s->ptr[i]; k < s->ptr[i + 1]; k++) {
        int64_t j = s->idx[k];
        for (int64_t e = panel->begin[j]; e < panel->end[j]; e++) {
            uint32_t f = (uint32_t)(h->idx[e] - panel->first), wide = (uint32_t)panel->strip;
            y[f / wide * hop->between + f % wide] += s->val[k] * h->val[e];
        }
    }
}

static void sparse_chunk(void *context, int64_t chunk) {
    const sparse_hop *hop = context;
    const gamlp_gather *job = &hop->job;
    int64_t end = gamlp_csr_chunk(job->s, chunk + 1);
    for (int64_t i = gamlp_csr_chunk(job->s, chunk); i < end; i++)
        if (!job->distance || job->distance[i] <= job->reach) sparse_row(hop, i);
}

static void run_sparse(gamlp_real *to, const gamlp_panel *panel, gamlp_gather job) {
    sparse_hop hop = {panel, job, job.y ? panel->strip : gamlp_panel_offset(panel, 1)};
    if (!job.y) {
        hop.job.y = to;
        hop.job.stride = panel->strip;
    }
    if (job.s->nnz + job.s->rows * panel->width < SMALL_WORK)
        for (int64_t chunk = 0; chunk < GAMLP_CSR_CHUNKS; chunk++) sparse_chunk(&hop, chunk);
    else
        gamlp_parallel(GAMLP_CSR_CHUNKS, sparse_chunk, &hop);
}

typedef struct packing {
    uint16_t *to;
    const gamlp_real *from;
    int64_t nodes, strip, wide;
} packing;

static void pack_chunk(void *context, int64_t chunk) {
    const packing *p = context;
    int64_t node = chunk * NODES_PER_CHUNK, end = node + NODES_PER_CHUNK;
    if (end > p->nodes) end = p->nodes;
    for (; node < end; node++)
        gamlp_bfloat16_pack(p->to + node * p->strip, p->from + node * p->strip, p->wide);
}

static void pack(const gamlp_panel *panel, const gamlp_real *from, int64_t wide) {
    packing p = {panel->packed, from, panel->nodes, panel->strip, wide};
    gamlp_parallel((p.nodes + NODES_PER_CHUNK - 1) / NODES_PER_CHUNK, pack_chunk, &p);
}

void gamlp_panel_run(gamlp_real *to, const gamlp_panel *panel, const gamlp_real *from,
                     gamlp_gather job) {
    if (!from && panel->sparse) {
        run_sparse(to, panel, job);
        return;
    }
    for (int64_t s = 0; s < gamlp_panel_strips(panel); s++) {
        gamlp_gather strip = job;
        strip.x = (from ? from : panel->copy) + gamlp_panel_offset(panel, s);
        strip.x_stride = panel->strip;
        strip.d = gamlp_panel_wide(panel, s);
        if (panel->packed) {
            pack(panel, strip.x, strip.d);
            strip.packed = panel->packed;
            strip.x = NULL;
        }
        if (job.past) strip.past = job.past + s * panel->strip;
        if (job.y)
            strip.y = job.y + s * panel->strip;
        else if (to)
            strip.y = to + gamlp_panel_offset(panel, s);
        if (!job.y) strip.stride = panel->strip;
        gamlp_gather_run(&strip);
    }
}
