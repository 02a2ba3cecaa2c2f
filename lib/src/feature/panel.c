/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "feature/panel.h"

#include <string.h>

#include "core/team.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"

enum {
    LINE = 64, /* bytes of a vector */
    NODES_PER_CHUNK = 4096,
    SMALL_WORK = 1 << 15,  /* entries and zeroed elements below which threads do not pay    */
    STRIP_CACHED = 1 << 23 /* bytes of a strip that stays in a shared cache beside the next */
};

int64_t gamlp_panel_room(int64_t nodes, int64_t width, int64_t strip) {
    return (width + strip - 1) / strip * strip * nodes;
}

gamlp_status gamlp_panel_init(gamlp_panel *panel, const gamlp_csr *sparse, const gamlp_dense *dense,
                              int64_t width, int64_t strip, bool packed) {
    *panel = (gamlp_panel){.sparse = sparse, .dense = dense, .strip = strip};
    gamlp_status status = GAMLP_OK;
    panel->nodes = sparse ? sparse->rows : dense->cols;
    const int64_t room = gamlp_panel_room(panel->nodes, width, strip);
    if (sparse) {
        GAMLP_TRY(gamlp_new(&panel->begin, sparse->rows, sizeof *panel->begin, "panel entries"));
        GAMLP_TRY(gamlp_new(&panel->end, sparse->rows, sizeof *panel->end, "panel entries"));
        if (sparse->rows > 0)
            memcpy(panel->end, sparse->ptr, (size_t)sparse->rows * sizeof *panel->end);
    } else if (!packed) {
        GAMLP_TRY(gamlp_new_raw(&panel->copy, room, sizeof *panel->copy, "a panel of features"));
    }
    for (int k = 0; packed && k < 2; k++)
        GAMLP_TRY(gamlp_new_raw(&panel->packed[k], room, sizeof *panel->packed[k],
                                "a panel of features"));
done:
    if (status != GAMLP_OK) gamlp_panel_clear(panel);
    return status;
}

void gamlp_panel_clear(gamlp_panel *panel) {
    gamlp_free(panel->begin);
    gamlp_free(panel->end);
    gamlp_free(panel->copy);
    gamlp_free(panel->packed[0]);
    gamlp_free(panel->packed[1]);
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

/* Features of a strip with those, zeros, that fill its last vector where there is room. */
static int64_t filled(const gamlp_panel *panel, int64_t wide) {
    const int64_t lanes = LINE / (int64_t)sizeof(gamlp_real),
                  whole = (wide + lanes - 1) / lanes * lanes;
    return whole <= panel->strip ? whole : wide;
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
    for (int64_t s = 0; s < gamlp_panel_strips(panel); s++, from += panel->strip) {
        const int64_t at = gamlp_panel_offset(panel, s) + node * panel->strip;
        const int64_t wide = gamlp_panel_wide(panel, s);
        if (!panel->copy) {
            gamlp_bfloat16_pack(panel->packed[0] + at, from, wide);
            continue;
        }
        memcpy(panel->copy + at, from, (size_t)wide * sizeof *from);
        for (int64_t f = wide; f < filled(panel, wide); f++) panel->copy[at + f] = 0;
    }
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
    bool narrow; /* y is no panel */
} sparse_hop;

static void sparse_row(const sparse_hop *hop, int64_t i) {
    const gamlp_panel *panel = hop->panel;
    const gamlp_csr *s = hop->job.s, *h = panel->sparse;
    gamlp_real *y = hop->job.y + i * hop->job.stride;
    for (int64_t strip = 0; strip < gamlp_panel_strips(panel); strip++) {
        const int64_t wide = gamlp_panel_wide(panel, strip);
        memset(y + strip * hop->between, 0,
               (size_t)(hop->narrow ? wide : filled(panel, wide)) * sizeof *y);
    }
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
    sparse_hop hop = {panel, job, job.y ? panel->strip : gamlp_panel_offset(panel, 1), job.y};
    if (!job.y) {
        hop.job.y = to;
        hop.job.stride = panel->strip;
    }
    gamlp_parallel_if(job.s->nnz + job.s->rows * panel->width >= SMALL_WORK, GAMLP_CSR_CHUNKS,
                      sparse_chunk, &hop);
}

typedef struct packing {
    const gamlp_panel *panel;
    const gamlp_real *from;
} packing;

static void pack_chunk(void *context, int64_t chunk) {
    const packing *p = context;
    const gamlp_panel *panel = p->panel;
    int64_t first = chunk * NODES_PER_CHUNK, end = first + NODES_PER_CHUNK;
    if (end > panel->nodes) end = panel->nodes;
    for (int64_t s = 0; s < gamlp_panel_strips(panel); s++)
        for (int64_t node = first; node < end; node++) {
            const int64_t at = gamlp_panel_offset(panel, s) + node * panel->strip;
            gamlp_bfloat16_pack(panel->packed[1] + at, p->from + at, gamlp_panel_wide(panel, s));
        }
}

/* Whether the strip that `job` writes will have left the caches before it is read. */
static bool goes_far(const gamlp_panel *panel, const gamlp_gather *job) {
    return job->past && panel->nodes * job->d * (int64_t)sizeof *job->y > STRIP_CACHED &&
           gamlp_gather_streams(job->y, job->stride, job->d);
}

static void run_dense(gamlp_real *to, const gamlp_panel *panel, const gamlp_real *from,
                      const gamlp_gather *job, bool more) {
    for (int64_t s = 0; s < gamlp_panel_strips(panel); s++) {
        const int64_t at = gamlp_panel_offset(panel, s);
        gamlp_gather strip = *job;
        strip.x_stride = panel->strip;
        strip.d = gamlp_panel_wide(panel, s);
        if (panel->packed[0]) {
            strip.packed = panel->packed[0] + at;
            strip.half = more ? panel->packed[1] + at : NULL;
            strip.half_stride = panel->strip;
        } else {
            strip.x = (from ? from : panel->copy) + at;
            const int64_t whole = filled(panel, strip.d);
            strip.roomy = whole * (int64_t)sizeof *strip.x % LINE == 0;
            if (!job->y) strip.d = whole;
        }
        if (job->past) strip.past = job->past + s * panel->strip;
        if (job->y) {
            strip.y = job->y + s * panel->strip;
        } else {
            strip.y = to ? to + at : NULL;
            strip.stride = panel->strip;
            strip.far = to && goes_far(panel, &strip);
        }
        gamlp_gather_run(&strip);
    }
}

void gamlp_panel_run(gamlp_real *to, gamlp_panel *panel, const gamlp_real *from, gamlp_gather job,
                     bool more) {
    packing p = {panel, to};
    const bool sparse = !from && panel->sparse;
    if (sparse)
        run_sparse(to, panel, job);
    else
        run_dense(to, panel, from, &job, more);
    if (!panel->packed[0] || !more) return;
    if (sparse)
        gamlp_parallel((panel->nodes + NODES_PER_CHUNK - 1) / NODES_PER_CHUNK, pack_chunk, &p);
    uint16_t *made = panel->packed[1];
    panel->packed[1] = panel->packed[0];
    panel->packed[0] = made;
}
