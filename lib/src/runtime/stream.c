/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Units of work, in this order: for each operator, for each panel of features, each of its powers;
 * then the terms that need no graph.  After each the file holds what it made, so that a run that
 * was killed loses one power of one panel; when a term adds powers up, one panel, since sums are in
 * memory until they are whole. */
#include "runtime/stream.h"

#include <math.h>

#include <stdio.h>
#include <string.h>

#include "core/hash.h"
#include "dataset/container.h"
#include "dataset/npy.h"
#include "feature/operator.h"
#include "feature/terms.h"
#include "gamlp/alloc.h"
#include "runtime/stream_job.h"

enum {
    BLOCK_ENTRIES = 1 << 20, /* of rows of the graph that are worked on at once, on average */
    BLOCK_VALUES = 1 << 20,  /* of nodes' own features, likewise                            */
    TURNED_NODES = 1 << 14,
    LANES = 16,
    PAIR = 2 * LANES, /* the narrowest panel that is made for the sake of UNITS: two cache lines */
    UNITS = 4, /* of work, so that a run that is killed does not begin again                  */
    PROGRAM = 48 << 20 /* bytes of program, libraries, stacks and pages of the file */
};

static gamlp_status refuse(const gamlp_term *term) {
    return gamlp_fail(GAMLP_E_CONFIG, "features: %s cannot be made out of core",
                      gamlp_term_name(term));
}

static gamlp_status check_terms(gamlp_stream *s) {
    const gamlp_feature_set *set = &s->options->set;
    for (int64_t t = 0; t < set->count; t++) {
        const gamlp_term *term = &set->term[t];
        gamlp_feature_set one = {1, {*term}};
        bool degree =
            term->kind == GAMLP_TERM_STRUCTURE && term->structure == GAMLP_STRUCTURE_DEGREE;
        if (!degree && term->kind != GAMLP_TERM_X && !gamlp_term_is_polynomial(term))
            return refuse(term);
        if (gamlp_term_is_polynomial(term) && !gamlp_operator_is_local(&term->op))
            return refuse(term);
        s->start[t] = s->rows;
        s->rows += gamlp_feature_set_rows(&one, s->features);
    }
    return GAMLP_OK;
}

static bool adds_up(const gamlp_term *term) {
    return gamlp_term_is_polynomial(term) && term->kind != GAMLP_TERM_POWERS;
}

static bool is_of(const gamlp_term *term, const gamlp_operator *op) {
    return gamlp_term_is_polynomial(term) && gamlp_operator_equal(&term->op, op);
}

/* The most terms of one operator that add powers up. */
static int64_t most_sums(const gamlp_feature_set *set) {
    int64_t most = 0;
    for (int64_t t = 0; t < set->count; t++) {
        int64_t sums = 0;
        for (int64_t u = 0; u < set->count; u++)
            sums += is_of(&set->term[u], &set->term[t].op) && adds_up(&set->term[u]);
        if (gamlp_term_is_polynomial(&set->term[t]) && sums > most) most = sums;
    }
    return most;
}

/* Whether no term before t has the same operator. */
static bool is_first(const gamlp_feature_set *set, int64_t t) {
    for (int64_t u = 0; u < t; u++)
        if (is_of(&set->term[u], &set->term[t].op)) return false;
    return true;
}

static int64_t last_power(const gamlp_feature_set *set, const gamlp_operator *op) {
    int64_t last = 0;
    for (int64_t t = 0; t < set->count; t++)
        if (is_of(&set->term[t], op) && set->term[t].last > last) last = set->term[t].last;
    return last;
}

static int64_t units_of_panel(const gamlp_feature_set *set) {
    int64_t units = 0;
    for (int64_t t = 0; t < set->count; t++) {
        if (gamlp_term_is_polynomial(&set->term[t]) && is_first(set, t))
            units += last_power(set, &set->term[t].op);
        if (set->term[t].kind == GAMLP_TERM_X) units++;
    }
    return units;
}

/* Panels for UNITS units, in whole pairs of cache lines: the most features of one. */
static int64_t widest(const gamlp_stream *s) {
    const int64_t units = units_of_panel(&s->options->set);
    if (units == 0) return s->features;
    const int64_t panels = (UNITS + units - 1) / units, each = (s->features + panels - 1) / panels;
    return (each + PAIR - 1) / PAIR * PAIR;
}

/* As wide as memory allows, in whole cache lines where it allows one, and no wider than leaves some
 * units of work. */
static gamlp_status choose_width(gamlp_stream *s, int64_t entries, int64_t memory) {
    int64_t item = (int64_t)sizeof(gamlp_real), panels = 2 + most_sums(&s->options->set);
    int64_t fixed = PROGRAM + s->nodes * (int64_t)sizeof *s->degree +
                    (entries + s->graph_rows) * (item + (int64_t)sizeof(int32_t)) +
                    3 * s->graph_rows * (int64_t)sizeof(int64_t) + BLOCK_VALUES * item;
    int64_t each = item * (panels * s->nodes + TURNED_NODES);
    s->width = memory > fixed ? (memory - fixed) / each : 0;
    if (s->width > widest(s)) s->width = widest(s);
    if (s->width > s->features) s->width = s->features;
    if (s->width >= LANES && s->width < s->features) s->width -= s->width % LANES;
    if (s->width < 1)
        return gamlp_fail(GAMLP_E_NOMEM,
                          "features: needs at least %lld bytes of memory, and --stream allows %lld",
                          (long long)(fixed + each), (long long)memory);
    return GAMLP_OK;
}

static gamlp_status make_room(gamlp_stream *s, int64_t entries) {
    gamlp_status status = GAMLP_OK;
    int64_t room = s->nodes * s->width;
    gamlp_csr *b = &s->block;
    GAMLP_TRY(gamlp_new_raw(&b->ptr, s->graph_rows + 1, sizeof *b->ptr, "rows"));
    GAMLP_TRY(gamlp_new_raw(&b->idx, entries + s->graph_rows, sizeof *b->idx, "entries"));
    GAMLP_TRY(gamlp_new_raw(&b->val, entries + s->graph_rows, sizeof *b->val, "entries"));
    for (int i = 0; i < 2; i++)
        GAMLP_TRY(gamlp_new_raw(&s->panel[i], room, sizeof *s->panel[i], "a panel of features"));
    status = gamlp_new_raw(&s->turned, TURNED_NODES * s->width, sizeof *s->turned, "columns");
done:
    return status;
}

/* What the file is to be, and how it is cut into units. */
static gamlp_status open_file(gamlp_stream *s, const char *path) {
    char name[GAMLP_NAME_MAX], fingerprint[GAMLP_HASH_TEXT], text[2048], key[GAMLP_HASH_TEXT];
    const int64_t shape[] = {s->nodes, s->rows};
    gamlp_bytes head = {0};
    gamlp_hash hash;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_container_identity(name, fingerprint, s->container));
    gamlp_feature_set_text(text, sizeof text, &s->options->set);
    gamlp_hash_init(&hash);
    gamlp_hash_bytes(&hash, fingerprint, strlen(fingerprint));
    gamlp_hash_bytes(&hash, text, strlen(text) + 1);
    int size = snprintf(text, sizeof text, "%d %lld %d", (int)s->options->normalise,
                        (long long)s->width, (int)sizeof(gamlp_real));
    gamlp_hash_bytes(&hash, text, (size_t)size);
    gamlp_hash_hex(&hash, key);
    GAMLP_TRY(gamlp_partial_init(&s->file, path, key));
    GAMLP_TRY(gamlp_npy_columns_header(&head, gamlp_npy_real(), shape, 2));
    s->head = (int64_t)head.size;
    GAMLP_TRY(gamlp_partial_write(&s->file, head.data, head.size, 0));
done:
    gamlp_bytes_clear(&head);
    return status;
}

/* The end of a unit; whether it was done before this run. */
static bool is_done(const gamlp_stream *s) {
    return s->unit < s->file.done;
}

static gamlp_status end_unit(gamlp_stream *s) {
    gamlp_status status = is_done(s) ? GAMLP_OK : gamlp_partial_step(&s->file);
    s->unit++;
    return status;
}

static void add(gamlp_real *sum, const gamlp_real *value, gamlp_real weight, int64_t count) {
    for (int64_t i = 0; i < count; i++) sum[i] += weight * value[i];
}

/* Power k of a panel: to the file where it is a block, to the sums it is part of, and sums to the
 * file with their last power. */
static gamlp_status hand_out(gamlp_stream *s, const gamlp_operator *op, int64_t k, int64_t first,
                             int64_t wide) {
    const gamlp_feature_set *set = &s->options->set;
    gamlp_status status = GAMLP_OK;
    for (int64_t t = 0; t < set->count && status == GAMLP_OK; t++) {
        const gamlp_term *term = &set->term[t];
        if (!is_of(term, op) || k > term->last) continue;
        if (!adds_up(term)) {
            if (k >= term->first)
                status =
                    gamlp_stream_put(s, s->panel[k % 2],
                                     s->start[t] + (k - term->first) * s->features + first, wide);
            continue;
        }
        gamlp_real weight = (gamlp_real)gamlp_term_weight(term, k);
        if (weight != 0) add(s->sum[t], s->panel[k % 2], weight, s->nodes * wide);
        if (k == term->last) status = gamlp_stream_put(s, s->sum[t], s->start[t] + first, wide);
    }
    return status;
}

/* A block that is power k of the operator: what a run that was killed can go on from. */
static int64_t row_of_power(const gamlp_stream *s, const gamlp_operator *op, int64_t k) {
    const gamlp_feature_set *set = &s->options->set;
    for (int64_t t = 0; t < set->count; t++)
        if (is_of(&set->term[t], op) && adds_up(&set->term[t])) return -1;
    for (int64_t t = 0; t < set->count; t++)
        if (is_of(&set->term[t], op) && k >= set->term[t].first && k <= set->term[t].last)
            return s->start[t] + (k - set->term[t].first) * s->features;
    return -1;
}

/* Powers 1 .. last of a panel, from the first unit on that is not done. */
static gamlp_status run_panel(gamlp_stream *s, const gamlp_operator *op, int64_t last,
                              int64_t first, int64_t wide) {
    gamlp_status status = GAMLP_OK;
    int64_t done = s->file.done - s->unit, begin = 0;
    if (done >= last) {
        s->unit += last;
        return GAMLP_OK;
    }
    if (done > 0 && row_of_power(s, op, done) >= 0) begin = done;
    if (begin > 0) {
        GAMLP_TRY(
            gamlp_stream_get(s->panel[begin % 2], s, row_of_power(s, op, begin) + first, wide));
    } else {
        GAMLP_TRY(gamlp_stream_load(s, first, wide));
        for (int64_t t = 0; t < s->options->set.count; t++)
            if (s->sum[t]) memset(s->sum[t], 0, (size_t)(s->nodes * wide) * sizeof *s->sum[t]);
        GAMLP_TRY(hand_out(s, op, 0, first, wide));
    }
    s->unit += begin;
    for (int64_t k = begin + 1; k <= last; k++) {
        GAMLP_TRY(gamlp_stream_hop(s, op, k, wide));
        GAMLP_TRY(hand_out(s, op, k, first, wide));
        GAMLP_TRY(end_unit(s));
    }
done:
    return status;
}

static gamlp_status run_operator(gamlp_stream *s, const gamlp_operator *op) {
    const gamlp_feature_set *set = &s->options->set;
    const int64_t last = last_power(set, op), room = s->nodes * s->width;
    gamlp_status status = GAMLP_OK;
    for (int64_t t = 0; t < set->count; t++)
        if (is_of(&set->term[t], op) && adds_up(&set->term[t]))
            GAMLP_TRY(gamlp_new_raw(&s->sum[t], room, sizeof *s->sum[t], "a sum of powers"));
    for (int64_t first = 0; first < s->features; first += s->width) {
        int64_t left = s->features - first;
        GAMLP_TRY(run_panel(s, op, last, first, s->width < left ? s->width : left));
    }
done:
    for (int64_t t = 0; t < set->count; t++) {
        gamlp_free(s->sum[t]);
        s->sum[t] = NULL;
    }
    return status;
}

static gamlp_status run_own(gamlp_stream *s, int64_t row) {
    gamlp_status status = GAMLP_OK;
    for (int64_t first = 0; first < s->features; first += s->width) {
        int64_t left = s->features - first, wide = s->width < left ? s->width : left;
        if (!is_done(s)) {
            GAMLP_TRY(gamlp_stream_load(s, first, wide));
            GAMLP_TRY(gamlp_stream_put(s, s->panel[0], row + first, wide));
        }
        GAMLP_TRY(end_unit(s));
    }
done:
    return status;
}

static gamlp_status run_degree(gamlp_stream *s, const gamlp_term *term, int64_t row) {
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < s->nodes && !is_done(s); i++) {
        double degree = s->degree[i];
        s->panel[0][i] = (gamlp_real)(term->logarithm ? log1p(degree) : degree);
    }
    if (!is_done(s)) status = gamlp_stream_put(s, s->panel[0], row, 1);
    return status == GAMLP_OK ? end_unit(s) : status;
}

static gamlp_status run_terms(gamlp_stream *s) {
    const gamlp_feature_set *set = &s->options->set;
    gamlp_status status = GAMLP_OK;
    for (int64_t t = 0; t < set->count; t++)
        if (gamlp_term_is_polynomial(&set->term[t]) && is_first(set, t))
            GAMLP_TRY(run_operator(s, &set->term[t].op));
    for (int64_t t = 0; t < set->count; t++) {
        if (set->term[t].kind == GAMLP_TERM_X) GAMLP_TRY(run_own(s, s->start[t]));
        if (set->term[t].kind == GAMLP_TERM_STRUCTURE)
            GAMLP_TRY(run_degree(s, &set->term[t], s->start[t]));
    }
done:
    return status;
}

static void stream_clear(gamlp_stream *s) {
    gamlp_free(s->degree);
    gamlp_csr_clear(&s->block);
    gamlp_free(s->panel[0]);
    gamlp_free(s->panel[1]);
    gamlp_free(s->turned);
    gamlp_partial_clear(&s->file);
}

static int64_t rows_for(int64_t nodes, int64_t entries, int64_t goal) {
    int64_t rows = entries > 0 ? (int64_t)((double)goal * (double)nodes / (double)entries) : goal;
    return rows < 1 ? 1 : rows < nodes ? rows : nodes;
}

gamlp_status gamlp_stream_features(gamlp_features_report *report, const char *path,
                                   gamlp_container *container, const gamlp_feature_options *feature,
                                   int64_t memory, double period) {
    const gamlp_container_counts *n = gamlp_container_counts_of(container);
    gamlp_stream s = {
        .container = container, .options = feature, .nodes = n->nodes, .features = n->features};
    int64_t entries;
    gamlp_status status = GAMLP_OK;
    if (n->features < 1) GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "its nodes have no features"));
    GAMLP_TRY(gamlp_feature_options_check(feature));
    GAMLP_TRY(check_terms(&s));
    s.graph_rows = rows_for(s.nodes, 2 * n->edges, BLOCK_ENTRIES);
    s.feature_rows = rows_for(
        s.nodes, n->feature_entries >= 0 ? n->feature_entries : s.nodes * s.features, BLOCK_VALUES);
    GAMLP_TRY(gamlp_stream_degrees(&entries, &s));
    GAMLP_TRY(choose_width(&s, entries, memory));
    GAMLP_TRY(make_room(&s, entries));
    GAMLP_TRY(open_file(&s, path));
    s.file.period = period;
    report->resumed = s.file.done;
    GAMLP_TRY(run_terms(&s));
    report->width = s.width;
    report->bytes = s.head + s.nodes * s.rows * (int64_t)sizeof(gamlp_real);
    GAMLP_TRY(gamlp_partial_finish(&s.file));
done:
    stream_clear(&s);
    return status;
}
