/* SPDX-License-Identifier: GPL-2.0-or-later */
/* S H, S^2 H, ... at the wanted nodes, panel by panel, and their combinations.
 *
 * Power k is needed only at nodes that a path of K - k steps joins to a wanted one: a breadth-first
 * search gives each node its distance, and rows farther than that are skipped.  When the last power
 * is one block, it is computed at the wanted nodes alone, straight into the result. */
#include <stdint.h>

#include "feature/job.h"
#include "feature/panel.h"
#include "gamlp/alloc.h"

typedef struct powers {
    gamlp_feature_job *job;
    const gamlp_operator *op;
    gamlp_csr s, wanted_rows; /* the operator                                */
    int64_t last;             /* highest power                               */
    gamlp_dense *straight;    /* the block that is power `last`, or NULL     */
    int32_t *distance;        /* of each node to the wanted ones             */
    gamlp_real *panel[2];     /* even and odd powers of a panel of all nodes */
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
        p->straight = &p->job->block[p->job->start[t] + p->last - set->term[t].first];
        if (set->term[t].kind != GAMLP_TERM_POWERS) users = 2;
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

static gamlp_status powers_init(powers *p) {
    const gamlp_feature_job *job = p->job;
    gamlp_status status = GAMLP_OK;
    int64_t room = job->width * job->nodes;
    find_last(p);
    int64_t full = p->straight ? p->last - 1 : p->last; /* powers of all nodes */
    GAMLP_TRY(gamlp_operator_make(&p->s, job->input->adjacency, job->input->arcs, p->op));
    GAMLP_TRY(gamlp_new_raw(&p->distance, job->nodes, sizeof *p->distance, "distances"));
    GAMLP_TRY(measure_distances(p));
    if (p->straight) GAMLP_TRY(gamlp_csr_rows(&p->wanted_rows, &p->s, job->index, job->count));
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

/* Power k of a panel to the blocks that it is part of. */
static void hand_out(const powers *p, const gamlp_panel *panel, int64_t k) {
    const gamlp_feature_job *job = p->job;
    for (int64_t t = 0; t < job->options->set.count; t++) {
        const gamlp_term *term = &job->options->set.term[t];
        if (!concerns(p, t) || k > term->last) continue;
        bool plain = term->kind == GAMLP_TERM_POWERS;
        double weight = plain ? 1 : gamlp_term_weight(term, k);
        if (plain ? k < term->first : weight == 0) continue;
        const gamlp_dense *block = &job->block[job->start[t] + (plain ? k - term->first : 0)];
        gamlp_extract(&(gamlp_extraction){.to = block->data + panel->first,
                                          .from = p->panel[k % 2],
                                          .index = job->index,
                                          .count = job->count,
                                          .stride = job->features,
                                          .width = panel->width,
                                          .add = !plain,
                                          .weight = (gamlp_real)weight});
    }
}

static void step(powers *p, const gamlp_panel *panel, int64_t k) {
    bool last = k == p->last && p->straight;
    int64_t reach = p->last - k;
    gamlp_gather job = {.s = last ? &p->wanted_rows : &p->s,
                        .y = last ? p->straight->data + panel->first : p->panel[k % 2],
                        .stride = last ? p->job->features : panel->width,
                        .x = p->panel[(k - 1) % 2],
                        .d = panel->width,
                        .distance = last ? NULL : p->distance,
                        .reach = (int32_t)reach};
    if (k == 1)
        gamlp_panel_run(panel, job);
    else
        gamlp_gather_run(&job);
    if (!last) hand_out(p, panel, k);
}

static void run_panel(powers *p, const gamlp_panel *panel) {
    for (int64_t t = 0; t < p->job->options->set.count; t++)
        if (concerns(p, t) && p->job->options->set.term[t].kind != GAMLP_TERM_POWERS)
            add_own(p, panel, t);
    for (int64_t k = 1; k <= p->last; k++) step(p, panel, k);
}

gamlp_status gamlp_feature_powers(gamlp_feature_job *job, const gamlp_operator *op) {
    powers p = {.job = job, .op = op};
    gamlp_panel panel = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(powers_init(&p));
    GAMLP_TRY(gamlp_panel_init(&panel, job->sparse, job->dense, job->width));
    for (int64_t first = 0; first < job->features; first += job->width) {
        int64_t left = job->features - first;
        gamlp_panel_step(&panel, job->width < left ? job->width : left);
        run_panel(&p, &panel);
    }
done:
    gamlp_panel_clear(&panel);
    powers_clear(&p);
    return status;
}
