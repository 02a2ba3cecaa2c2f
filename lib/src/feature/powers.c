/* SPDX-License-Identifier: GPL-2.0-or-later */
/* S H, S^2 H, ... at the wanted nodes, panel by panel, and their combinations.
 *
 * Power k is needed only at nodes that a path of K - k steps joins to a wanted one: a breadth-first
 * search gives each node its distance, and rows farther than that are skipped.  When the last power
 * is one block, it is computed at the wanted nodes alone, straight into the result. */
#include <stdint.h>

#include "core/memory.h"
#include "feature/job.h"
#include "feature/panel.h"
#include "feature/stop.h"
#include "gamlp/alloc.h"
#include "matrix/order.h"

enum {
    STRIP_BYTES = 1 << 20,  /* of a strip of all nodes: a private cache                       */
    STRIP_LINES = 2,        /* cache lines of a node in it, if it must be shorter: they are
                               fetched as a pair                                              */
    LINE = 64,              /* bytes of a cache line                                          */
    PANEL_BYTES = 32 << 20, /* of two panels of all nodes: most of a last-level cache         */
    PANEL_LEAST = 64,       /* features: a column is then a few cache lines                  */
    PANEL_MOST = 512,       /* features: wider ones leave the private caches on small graphs  */
    TILE_PASSES = 3         /* hops of a strip that repay the making of tiles                 */
};

typedef struct powers {
    gamlp_feature_job *job;
    const gamlp_operator *op;
    gamlp_csr s, wanted_rows;        /* the operator                                */
    gamlp_tiles tiles, wanted_tiles; /* of them, or empty */
    int64_t last;                    /* highest power                               */
    int64_t width, strip;            /* features of a panel, and of a part of it that fits a
                                        cache                                       */
    int64_t tile;                    /* columns of a tile of S, or 0: hops go by rows */
    gamlp_dense *straight;           /* the block that is power `last`, or NULL     */
    bool all;                        /* every node is wanted, in order              */
    int32_t *distance;               /* of each node to the wanted ones, unless all */
    gamlp_real *panel[2];            /* even and odd powers of a panel of all nodes */
} powers;

static bool concerns(const powers *p, int64_t t) {
    const gamlp_term *term = &p->job->options->set.term[t];
    return gamlp_term_is_polynomial(term) && gamlp_operator_equal(&term->op, p->op);
}

/* The highest power, and whether it is one block and nothing else. */
static void find_last(powers *p) {
    const gamlp_feature_set *set = &p->job->options->set;
    int64_t users = 0;
    for (int64_t t = 0; t < set->count; t++)
        if (concerns(p, t) && set->term[t].last > p->last) p->last = set->term[t].last;
    for (int64_t t = 0; t < set->count; t++) {
        if (!concerns(p, t) || set->term[t].last < p->last) continue;
        users++;
        if (set->term[t].kind == GAMLP_TERM_POWERS)
            p->straight = &p->job->block[p->job->start[t] + p->last - set->term[t].first];
        else
            users = 2; /* its block is not that power */
    }
    if (users != 1 || p->last == 0) p->straight = NULL;
}

/* Breadth-first search from the wanted nodes along the rows of the operator. */
static gamlp_status measure_distances(powers *p) {
    int64_t *queue, head = 0, tail = 0;
    const gamlp_csr *s = &p->s;
    gamlp_status status = gamlp_new_raw(&queue, s->rows, sizeof *queue, "a queue of nodes");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < s->rows; i++) p->distance[i] = INT32_MAX;
    for (int64_t i = 0; i < p->job->count; i++) {
        int64_t node = p->job->index[i];
        if (p->distance[node] == 0) continue;
        p->distance[node] = 0;
        queue[tail++] = node;
    }
    while (head < tail) {
        int64_t i = queue[head++];
        for (int64_t k = s->ptr[i]; k < s->ptr[i + 1]; k++) {
            if (p->distance[s->idx[k]] != INT32_MAX) continue;
            p->distance[s->idx[k]] = p->distance[i] + 1;
            queue[tail++] = s->idx[k];
        }
    }
    gamlp_free(queue);
    return GAMLP_OK;
}

static bool wants_all(const gamlp_feature_job *job) {
    if (job->count != job->nodes) return false;
    for (int64_t i = 0; i < job->count; i++)
        if (job->index[i] != i) return false;
    return true;
}

/* The rows and the distances of the wanted nodes. */
static gamlp_status choose_rows(powers *p) {
    const gamlp_feature_job *job = p->job;
    gamlp_status status = GAMLP_OK;
    p->all = wants_all(job);
    if (p->all) {
        p->wanted_rows = p->s;
        p->wanted_rows.view = true;
        return GAMLP_OK;
    }
    GAMLP_TRY(gamlp_new_raw(&p->distance, job->nodes, sizeof *p->distance, "distances"));
    GAMLP_TRY(measure_distances(p));
    if (p->straight) status = gamlp_csr_rows(&p->wanted_rows, &p->s, job->index, job->count);
done:
    return status;
}

static gamlp_status make_operator(powers *p) {
    const gamlp_feature_input *input = p->job->input;
    gamlp_csr s = {0};
    gamlp_status status = gamlp_operator_make(&s, input->adjacency, input->arcs, p->op);
    if (status != GAMLP_OK || !input->place) {
        p->s = s;
        return status;
    }
    status = gamlp_csr_renumber(&p->s, &s, input->place);
    gamlp_csr_clear(&s);
    return status;
}

static int64_t between(int64_t low, int64_t value, int64_t high) {
    return value < low ? low : value > high ? high : value;
}

/* Features of a strip: as many as let all nodes stay in a private cache, or else `lines` cache
 * lines of a node. */
static int64_t strip_of(const gamlp_feature_job *job, int64_t lines) {
    const int64_t item = (int64_t)sizeof(gamlp_real), line = LINE / item;
    const int64_t strip = STRIP_BYTES / item / job->nodes / line * line;
    const int64_t panel = job->options->panel > 0 ? job->options->panel : job->features;
    return between(1, between(lines * line, strip, PANEL_MOST),
                   panel < job->features ? panel : job->features);
}

/* Columns of a tile where tiles pay, or 0: the hops of a strip need the entries in one order alone.
 * The first hop of sparse features takes rows; those of renumbered nodes do not have increasing
 * columns. */
static int64_t tile_of(const powers *p) {
    const gamlp_feature_job *job = p->job;
    const int64_t item = job->options->bfloat16 ? 2 : (int64_t)sizeof(gamlp_real);
    const int64_t passes = p->last * ((job->features + p->strip - 1) / p->strip);
    if (passes < TILE_PASSES || job->sparse || job->input->place) return 0;
    return gamlp_tiles_width(&p->s, p->strip * item);
}

/* Strips of two lines by tiles, where these pay.  By rows, which take columns in no order, they are
 * of one line if all nodes then stay in most of the shared cache; tiles of such strips do not pay.
 * Dense features are worked on strip by strip; the first hop of sparse ones costs a look at every
 * neighbour for each panel, which is therefore wider. */
static void choose_widths(powers *p) {
    const gamlp_feature_job *job = p->job;
    const int64_t item = (int64_t)sizeof(gamlp_real), line = LINE / item;
    const int64_t shared = gamlp_memory_cache() / 4 * 3 / LINE;
    const int64_t panel = PANEL_BYTES / 2 / item / job->nodes / line * line;
    const bool single = job->nodes <= shared && job->nodes * STRIP_LINES > shared;
    p->strip = strip_of(job, STRIP_LINES);
    p->tile = tile_of(p);
    if (p->tile == 0 && single && !job->options->bfloat16) p->strip = strip_of(job, 1);
    p->width = job->dense ? p->strip : between(PANEL_LEAST, panel, PANEL_MOST);
    if (job->options->panel > 0) p->width = job->options->panel;
    p->width = between(1, p->width, job->features);
}

static gamlp_status make_tiles(powers *p) {
    gamlp_status status = GAMLP_OK;
    if (p->tile == 0) return GAMLP_OK;
    if (!p->all && p->straight)
        GAMLP_TRY(gamlp_tiles_init(&p->wanted_tiles, &p->wanted_rows, p->tile));
    if (p->all || p->last > 1 || !p->straight)
        GAMLP_TRY(gamlp_tiles_init(&p->tiles, &p->s, p->tile));
done:
    return status;
}

static gamlp_status powers_init(powers *p) {
    const gamlp_feature_job *job = p->job;
    gamlp_status status = GAMLP_OK;
    find_last(p);
    int64_t full = p->straight ? p->last - 1 : p->last; /* powers of all nodes */
    GAMLP_TRY(make_operator(p));
    GAMLP_TRY(choose_rows(p));
    choose_widths(p);
    GAMLP_TRY(make_tiles(p));
    const int64_t room = gamlp_panel_room(job->nodes, p->width, p->strip);
    for (int64_t i = 0; i < 2; i++) {
        bool used = full > 1 - i;
        GAMLP_TRY(gamlp_new_raw(&p->panel[i], used ? room : 0, sizeof *p->panel[i],
                                "a panel of features"));
    }
done:
    return status;
}

static void powers_clear(powers *p) {
    gamlp_csr_clear(&p->s);
    gamlp_csr_clear(&p->wanted_rows);
    gamlp_tiles_clear(&p->tiles);
    gamlp_tiles_clear(&p->wanted_tiles);
    gamlp_free(p->distance);
    gamlp_free(p->panel[0]);
    gamlp_free(p->panel[1]);
}

/* Power 0, for sums that begin with it: the panel itself. */
static void add_own(const powers *p, const gamlp_panel *panel, int64_t t) {
    const gamlp_feature_job *job = p->job;
    gamlp_real weight = (gamlp_real)gamlp_term_weight(&job->options->set.term[t], 0);
    gamlp_real *to = job->block[job->start[t]].data;
    if (weight == 0) return;
    for (int64_t i = 0; i < job->count; i++, to += job->features) {
        int64_t node = job->index[i];
        if (panel->sparse)
            for (int64_t e = panel->begin[node]; e < panel->end[node]; e++)
                to[panel->sparse->idx[e]] += weight * panel->sparse->val[e];
        else
            for (int64_t f = panel->first; f < panel->first + panel->width; f++)
                to[f] += weight * panel->dense->data[node * job->features + f];
    }
}

/* A block that is power k at all nodes, or NULL. */
static const gamlp_dense *block_of(const powers *p, int64_t k) {
    const gamlp_feature_job *job = p->job;
    if (k == p->last && p->straight) return p->straight;
    for (int64_t t = 0; p->all && t < job->options->set.count; t++) {
        const gamlp_term *term = &job->options->set.term[t];
        if (concerns(p, t) && term->kind == GAMLP_TERM_POWERS && k >= term->first &&
            k <= term->last)
            return &job->block[job->start[t] + k - term->first];
    }
    return NULL;
}

/* block_of(), if hops of dense columns are to write it past the caches, where it will not stay. */
static const gamlp_dense *written_past(const powers *p, const gamlp_panel *panel, int64_t k) {
    const gamlp_dense *block = block_of(p, k);
    if (!block || (k == 1 && panel->sparse) ||
        block->rows * block->cols * (int64_t)sizeof *block->data <= GAMLP_FEATURE_CACHED)
        return NULL;
    for (int64_t s = 0; s < gamlp_panel_strips(panel); s++)
        if (!gamlp_gather_streams(block->data + panel->first + s * panel->strip, block->rows,
                                  gamlp_panel_wide(panel, s)))
            return NULL;
    return block;
}

/* Whether hand_out() has power k to give to a block. */
static bool is_handed_out(const powers *p, int64_t k, const gamlp_dense *written) {
    const gamlp_feature_job *job = p->job;
    for (int64_t t = 0; t < job->options->set.count; t++) {
        const gamlp_term *term = &job->options->set.term[t];
        if (!concerns(p, t) || k > term->last) continue;
        if (term->kind != GAMLP_TERM_POWERS) return true;
        if (k >= term->first && &job->block[job->start[t] + k - term->first] != written)
            return true;
    }
    return false;
}

/* Power k of a panel to the blocks that it is part of, but for the one that has it. */
static void hand_out(const powers *p, const gamlp_panel *panel, int64_t k,
                     const gamlp_dense *written) {
    const gamlp_feature_job *job = p->job;
    for (int64_t t = 0; t < job->options->set.count; t++) {
        const gamlp_term *term = &job->options->set.term[t];
        if (!concerns(p, t) || k > term->last) continue;
        bool plain = term->kind == GAMLP_TERM_POWERS;
        double weight = plain ? 1 : gamlp_term_weight(term, k);
        if (plain ? k < term->first : weight == 0) continue;
        const gamlp_dense *block = &job->block[job->start[t] + (plain ? k - term->first : 0)];
        for (int64_t s = 0; block != written && s < gamlp_panel_strips(panel); s++)
            gamlp_extract(
                &(gamlp_extraction){.to = block->data + panel->first + s * panel->strip,
                                    .from = p->panel[k % 2] + gamlp_panel_offset(panel, s),
                                    .index = job->index,
                                    .count = job->count,
                                    .stride = job->features,
                                    .from_stride = panel->strip,
                                    .width = gamlp_panel_wide(panel, s),
                                    .add = !plain,
                                    .weight = (gamlp_real)weight});
    }
}

static void step(powers *p, gamlp_panel *panel, int64_t k) {
    const bool last = k == p->last && p->straight;
    const gamlp_tiles *tiles = last && !p->all ? &p->wanted_tiles : &p->tiles;
    const gamlp_dense *past = tiles->tiles > 0 ? NULL : written_past(p, panel, k);
    gamlp_gather job = {.s = last ? &p->wanted_rows : &p->s,
                        .tiles = tiles->tiles > 0 ? tiles : NULL,
                        .y = last && !past ? p->straight->data + panel->first : NULL,
                        .stride = p->job->features,
                        .distance = last ? NULL : p->distance,
                        .reach = (int32_t)(p->last - k),
                        .past = past ? past->data + panel->first : NULL,
                        .past_stride = p->job->features};
    gamlp_real *to = last ? NULL : p->panel[k % 2];
    if (past && panel->packed[0] && !is_handed_out(p, k, past)) to = NULL; /* nobody reads it */
    gamlp_panel_run(to, panel, k == 1 ? NULL : p->panel[(k - 1) % 2], job, k < p->last);
    if (!last) hand_out(p, panel, k, past);
}

static gamlp_status run_panel(powers *p, gamlp_panel *panel) {
    gamlp_status status = GAMLP_OK;
    for (int64_t t = 0; t < p->job->options->set.count; t++)
        if (concerns(p, t) && p->job->options->set.term[t].kind != GAMLP_TERM_POWERS)
            add_own(p, panel, t);
    for (int64_t k = 1; k <= p->last; k++) {
        GAMLP_TRY(gamlp_stop_check(&p->job->options->stop));
        step(p, panel, k);
    }
done:
    return status;
}

/* Features and wanted nodes under the numbers that `place` gives the nodes. */
typedef struct renumbered {
    gamlp_csr sparse;
    gamlp_dense dense;
    int64_t *index;
} renumbered;

static gamlp_status renumber(renumbered *r, gamlp_feature_job *job) {
    const int32_t *place = job->input->place;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&r->index, job->count, sizeof *r->index, "wanted nodes"));
    for (int64_t i = 0; i < job->count; i++) r->index[i] = place[job->index[i]];
    if (job->sparse)
        GAMLP_TRY(gamlp_csr_renumber_rows(&r->sparse, job->sparse, place));
    else
        GAMLP_TRY(gamlp_dense_renumber(&r->dense, job->dense, place));
    job->index = r->index;
    if (job->sparse)
        job->sparse = &r->sparse;
    else
        job->dense = &r->dense;
done:
    return status;
}

static gamlp_status run_panels(gamlp_feature_job *job, const gamlp_operator *op) {
    powers p = {.job = job, .op = op};
    gamlp_panel panel = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(powers_init(&p));
    GAMLP_TRY(gamlp_panel_init(&panel, job->sparse, job->dense, p.width, p.strip,
                               job->options->bfloat16));
    for (int64_t first = 0; first < job->features; first += p.width) {
        int64_t left = job->features - first;
        gamlp_panel_step(&panel, p.width < left ? p.width : left);
        GAMLP_TRY(run_panel(&p, &panel));
    }
done:
    gamlp_panel_clear(&panel);
    powers_clear(&p);
    return status;
}

gamlp_status gamlp_feature_powers(gamlp_feature_job *job, const gamlp_operator *op) {
    gamlp_feature_job own = *job; /* its blocks are those of the job */
    renumbered r = {0};
    gamlp_status status = GAMLP_OK;
    if (job->input->place) GAMLP_TRY(renumber(&r, &own));
    GAMLP_TRY(run_panels(&own, op));
done:
    gamlp_csr_clear(&r.sparse);
    gamlp_dense_clear(&r.dense);
    gamlp_free(r.index);
    return status;
}
