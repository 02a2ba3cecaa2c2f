/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a quantised run tells of its levels. */
#include "gamlp/alloc.h"
#include "runtime/run.h"

static const gamlp_levels *block_levels(const void *net, int64_t layer) {
    return gamlp_pdadmm_levels(net, layer);
}

static int64_t block_rows(const void *net, int64_t layer) {
    return gamlp_pdadmm_state_of(net, layer).p->rows;
}

static int64_t block_trials(const void *net, int64_t layer) {
    return gamlp_pdadmm_layer_figures(net, layer)->trials;
}

gamlp_level_view gamlp_level_view_of(const gamlp_pdadmm *net, int64_t layers) {
    return (gamlp_level_view){.net = net,
                              .quantise = gamlp_pdadmm_options_now(net)->quantise,
                              .layers = layers,
                              .iteration = gamlp_pdadmm_figures(net)->iteration,
                              .columns = gamlp_pdadmm_state_of(net, layers).z->cols,
                              .levels = block_levels,
                              .rows = block_rows,
                              .trials = block_trials};
}

/* p_l and q_(l-1) have one value for each element of one of them. */
static void add_payload(gamlp_run_result *result, int64_t count, const gamlp_levels *levels,
                        bool both) {
    int64_t stored = count * (int64_t)sizeof(gamlp_real);
    int64_t packed = gamlp_packed_size(count, gamlp_levels_bits(levels));
    result->payload += packed + (both ? packed : stored);
    result->payload_stored += 2 * stored;
}

gamlp_status gamlp_run_levels(gamlp_run_result *result, const gamlp_level_view *view) {
    if (!view->quantise || view->layers < 2) return GAMLP_OK;
    gamlp_status status =
        gamlp_new(&result->level, view->layers - 1, sizeof *result->level, "the levels of a run");
    if (status != GAMLP_OK) return status;
    result->level_sets = view->layers - 1;
    for (int64_t l = 2; l <= view->layers; l++) {
        result->level[l - 2] = *view->levels(view->net, l);
        add_payload(result, view->rows(view->net, l) * view->columns, &result->level[l - 2],
                    view->quantise == GAMLP_QUANTISE_PQ);
    }
    return GAMLP_OK;
}

static gamlp_json *set_object(const gamlp_levels *levels, int64_t layer) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_int(object, "layer", layer);
    gamlp_json_set_int(object, "count", levels->count);
    gamlp_json_set_real(object, "low", levels->low);
    gamlp_json_set_real(object, "step", levels->step);
    return object;
}

void gamlp_report_quantised(gamlp_json *record, const gamlp_level_view *view) {
    int64_t trials = 0;
    for (int64_t l = 2; l <= view->layers; l++) trials += view->trials(view->net, l);
    gamlp_json_set_int(record, "trials", trials);
    if (view->iteration > 1) return;
    gamlp_json *sets = gamlp_json_array();
    for (int64_t l = 2; l <= view->layers; l++)
        gamlp_json_append(sets, set_object(view->levels(view->net, l), l));
    gamlp_json_set(record, "levels", sets);
}

gamlp_json *gamlp_report_levels(const gamlp_run_result *result) {
    gamlp_json *object = gamlp_json_object(), *sets = gamlp_json_array();
    for (int64_t i = 0; i < result->level_sets; i++)
        gamlp_json_append(sets, set_object(&result->level[i], i + 2));
    gamlp_json_set(object, "levels", sets);
    gamlp_json_set_int(object, "payload_bytes", result->payload);
    gamlp_json_set_int(object, "payload_bytes_stored", result->payload_stored);
    return object;
}
