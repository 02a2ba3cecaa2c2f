/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Orders about a worker's block. */
#include <string.h>

#include "core/clock.h"
#include "gamlp/alloc.h"
#include "runtime/worker.h"

static const double patience = 3600; /* for a coordinator that is alive but slow to take answers */

static gamlp_status answer(gamlp_worker *w, gamlp_order order, gamlp_writer *fields) {
    return gamlp_wire_send_fields(&w->control, order, fields, patience);
}

static gamlp_status load(gamlp_worker *w, gamlp_reader *r) {
    int64_t layer = gamlp_get_int(r, 1, GAMLP_LAYERS_MAX);
    size_t size;
    const unsigned char *bytes = gamlp_get_bytes(&size, r);
    gamlp_status status = gamlp_reader_check(r, "a layer");
    return status == GAMLP_OK ? gamlp_pdadmm_load(w->block, layer, bytes, size) : status;
}

static void put_levels(gamlp_writer *fields, const gamlp_levels *levels) {
    gamlp_put_int(fields, levels ? levels->count : 0);
    gamlp_put_real(fields, levels ? levels->low : 0);
    gamlp_put_real(fields, levels ? levels->step : 0);
}

static gamlp_status tell_started(gamlp_worker *w) {
    gamlp_writer fields = {0};
    gamlp_put_int(&fields, w->share.first);
    gamlp_put_int(&fields, w->share.last);
    for (int64_t l = w->share.first; l <= w->share.last; l++)
        put_levels(&fields, gamlp_pdadmm_levels(w->block, l));
    return answer(w, GAMLP_ANSWER_STARTED, &fields);
}

static void take_ledgers(gamlp_ledger sent[GAMLP_LEDGERS], const gamlp_worker *w) {
    gamlp_link_figures below = {0}, above = {0};
    if (w->below) gamlp_link_figures_of(&below, w->below);
    if (w->above) gamlp_link_figures_of(&above, w->above);
    const gamlp_ledger *scored = &above.sent_of[GAMLP_TENSOR_SCORED + 1];
    sent[GAMLP_LEDGER_P] = below.sent;
    sent[GAMLP_LEDGER_Q] = above.sent;
    sent[GAMLP_LEDGER_SCORED] = *scored;
    gamlp_ledger_take(&sent[GAMLP_LEDGER_Q], scored);
}

static gamlp_status tell_figures(gamlp_worker *w) {
    gamlp_answer_figures *f = &w->figures;
    gamlp_writer fields = {0};
    double now = gamlp_clock();
    w->spent[w->phase] += now - w->since;
    w->since = now;
    f->iteration = w->iteration;
    f->wait = w->spent[GAMLP_PHASE_RECEIVE] + w->spent[GAMLP_PHASE_SEND];
    f->compute = -f->wait - w->spent[GAMLP_PHASE_REST];
    for (int i = 0; i < GAMLP_PHASES; i++) f->compute += w->spent[i];
    take_ledgers(f->sent, w);
    gamlp_hub_faults(f->dropped, w->hub);
    f->first = w->share.first;
    f->last = w->share.last;
    for (int64_t l = f->first; l <= f->last; l++)
        f->layer[l - f->first] = *gamlp_pdadmm_layer_figures(w->block, l);
    gamlp_answer_figures_put(&fields, f);
    f->events = 0;
    memset(w->spent, 0, sizeof w->spent);
    return answer(w, GAMLP_ANSWER_FIGURES, &fields);
}

/* One iteration, the weights before it put aside, and a set scored with those after it. */
static gamlp_status run(gamlp_worker *w, gamlp_reader *r) {
    int64_t iteration = gamlp_get_int(r, w->iteration + 1, w->iteration + 1);
    int64_t set = gamlp_get_int(r, GAMLP_SCORE_NONE, 1);
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_reader_check(r, "an iteration"));
    if (w->share.hold) GAMLP_TRY(gamlp_pdadmm_hold(w->block));
    GAMLP_TRY(gamlp_pdadmm_iterate(w->block));
    w->iteration = iteration;
    w->figures.score = (gamlp_score){0};
    if (set != GAMLP_SCORE_NONE) GAMLP_TRY(gamlp_pdadmm_score(&w->figures.score, w->block, set));
    w->phase = GAMLP_PHASE_REST;
    status = tell_figures(w);
done:
    return status;
}

static gamlp_status keep(gamlp_worker *w, gamlp_reader *r) {
    int64_t iteration = gamlp_get_int(r, w->iteration - 1, w->iteration);
    gamlp_status status = gamlp_reader_check(r, "the best iteration");
    if (status != GAMLP_OK) return status;
    if (iteration < w->iteration) return gamlp_pdadmm_keep_held(w->block);
    gamlp_pdadmm_keep(w->block);
    return GAMLP_OK;
}

static gamlp_status set_penalties(gamlp_worker *w, gamlp_reader *r) {
    const gamlp_pdadmm_options *old = NULL;
    gamlp_pdadmm_options now;
    gamlp_status status = GAMLP_OK;
    old = gamlp_pdadmm_options_now(w->block);
    now = *old;
    now.nu = gamlp_get_real(r);
    now.rho = gamlp_get_real(r);
    now.l2 = gamlp_get_real(r);
    status = gamlp_reader_check(r, "penalties");
    return status == GAMLP_OK ? gamlp_pdadmm_set(w->block, &now) : status;
}

static gamlp_status score(gamlp_worker *w, gamlp_reader *r) {
    int64_t set = gamlp_get_int(r, -1, 1);
    gamlp_score score;
    gamlp_writer fields = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_reader_check(r, "a set of columns"));
    GAMLP_TRY(gamlp_pdadmm_score(&score, w->block, set));
    gamlp_put_int(&fields, set);
    gamlp_put_real(&fields, score.accuracy);
    gamlp_put_real(&fields, score.loss);
    status = answer(w, GAMLP_ANSWER_SCORE, &fields);
done:
    return status;
}

static gamlp_status save(gamlp_worker *w, gamlp_reader *r) {
    gamlp_state_kind kind =
        (gamlp_state_kind)gamlp_get_int(r, GAMLP_STATE_WEIGHTS, GAMLP_STATE_ALL);
    gamlp_status status = gamlp_reader_check(r, "what is to be saved");
    for (int64_t l = w->share.first; l <= w->share.last && status == GAMLP_OK; l++) {
        gamlp_writer fields = {0};
        unsigned char *bytes;
        size_t size;
        status = gamlp_pdadmm_save(&bytes, &size, w->block, l, kind);
        if (status != GAMLP_OK) break;
        gamlp_put_int(&fields, l);
        gamlp_put_bytes(&fields, bytes, size);
        gamlp_free(bytes);
        status = answer(w, GAMLP_ANSWER_LAYER, &fields);
    }
    return status;
}

static int64_t rows_of(const gamlp_worker *w, int64_t l) {
    const gamlp_order_share *s = &w->share;
    return l == 0 ? w->data.features : l == s->layers ? w->data.classes : s->hidden[l - 1];
}

static gamlp_status layer_init(gamlp_layer *layer, const gamlp_worker *w, int64_t l) {
    gamlp_status status = gamlp_dense_init(&layer->weight, rows_of(w, l), rows_of(w, l - 1));
    return status == GAMLP_OK ? gamlp_dense_init(&layer->bias, rows_of(w, l), 1) : status;
}

static void layer_clear(gamlp_layer *layer) {
    gamlp_dense_clear(&layer->weight);
    gamlp_dense_clear(&layer->bias);
}

static gamlp_status adopt(gamlp_worker *w, gamlp_reader *r) {
    gamlp_layer layer = {0};
    int64_t l = gamlp_get_int(r, w->share.first, w->share.last);
    gamlp_status status = GAMLP_OK;
    if (r->bad) return gamlp_reader_check(r, "weights");
    GAMLP_TRY(layer_init(&layer, w, l));
    GAMLP_TRY(gamlp_order_weights_get(&layer, r));
    status = gamlp_pdadmm_adopt_layer(w->block, l, &layer);
done:
    layer_clear(&layer);
    return status;
}

static gamlp_status export_one(gamlp_worker *w, int64_t l) {
    gamlp_layer layer = {0};
    gamlp_writer fields = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(layer_init(&layer, w, l));
    GAMLP_TRY(gamlp_pdadmm_export_layer(&layer, w->block, l));
    gamlp_order_weights_put(&fields, l, &layer);
    status = answer(w, GAMLP_ANSWER_WEIGHTS, &fields);
done:
    layer_clear(&layer);
    return status;
}

static gamlp_status export(gamlp_worker *w, gamlp_reader *r) {
    gamlp_status status = gamlp_reader_check(r, "an order to export");
    for (int64_t l = w->share.first; l <= w->share.last && status == GAMLP_OK; l++)
        status = export_one(w, l);
    return status;
}

static gamlp_status resume(gamlp_worker *w, gamlp_reader *r) {
    int64_t iteration = gamlp_get_int(r, 0, INT64_MAX);
    gamlp_status status = gamlp_reader_check(r, "an iteration");
    if (status != GAMLP_OK) return status;
    gamlp_pdadmm_resume(w->block, iteration, NULL, false);
    w->iteration = iteration;
    return tell_started(w);
}

static gamlp_status start(gamlp_worker *w) {
    w->iteration = 0;
    gamlp_status status = gamlp_pdadmm_start(w->block);
    return status == GAMLP_OK ? tell_started(w) : status;
}

static gamlp_status identity(gamlp_worker *w, gamlp_reader *r) {
    int64_t layer = gamlp_get_int(r, w->share.first, w->share.last);
    gamlp_status status = gamlp_reader_check(r, "a layer");
    return status == GAMLP_OK ? gamlp_pdadmm_set_identity(w->block, layer) : status;
}

gamlp_status gamlp_worker_obey(gamlp_worker *w, gamlp_order order, const gamlp_reader *body) {
    gamlp_reader r = *body;
    if (!w->block) return gamlp_fail(GAMLP_E_DATA, "order %d without a share", (int)order);
    switch (order) {
    case GAMLP_ORDER_LOAD:
        return load(w, &r);
    case GAMLP_ORDER_ADOPT:
        return adopt(w, &r);
    case GAMLP_ORDER_IDENTITY:
        return identity(w, &r);
    case GAMLP_ORDER_START:
        return start(w);
    case GAMLP_ORDER_RESUME:
        return resume(w, &r);
    case GAMLP_ORDER_RUN:
        return run(w, &r);
    case GAMLP_ORDER_KEEP:
        return keep(w, &r);
    case GAMLP_ORDER_SET:
        return set_penalties(w, &r);
    case GAMLP_ORDER_SCORE:
        return score(w, &r);
    case GAMLP_ORDER_RESTORE:
        return gamlp_pdadmm_restore(w->block);
    case GAMLP_ORDER_SAVE:
        return save(w, &r);
    case GAMLP_ORDER_EXPORT:
        return export(w, &r);
    default:
        return gamlp_fail(GAMLP_E_DATA, "order %d is unknown", (int)order);
    }
}
