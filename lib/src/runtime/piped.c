/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The coordinator is one iteration ahead with its orders where it can be: iteration k + 1 is
 * ordered before the answers about k have come, so that no worker waits for another one's answers.
 * The weights of iteration k are put aside meanwhile, since they may turn out to be the best. */
#include "runtime/piped.h"

#include <stdio.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "runtime/accounts.h"
#include "runtime/piped_net.h"
#include "solver/method_pdadmm.h"

/* What is scored after an iteration that is ordered. */
static int64_t set_scored(const gamlp_piped *net, int64_t iteration) {
    bool scored = gamlp_is_scored(&net->run->settings->options, iteration);
    return scored ? net->run->data->val_index : GAMLP_SCORE_NONE;
}

static void release(void *context) {
    gamlp_piped *net = context;
    if (!net) return;
    for (int i = 0; i < 2; i++) {
        gamlp_free(net->told[i].layer);
        gamlp_free(net->told[i].account);
    }
    gamlp_free(net->width);
    gamlp_free(net->last);
    gamlp_free(net->levels);
    gamlp_free(net->list);
    gamlp_free(net);
}

/* Room for `layers` layers. */
static gamlp_status make_room(gamlp_piped *net, int64_t layers) {
    gamlp_status status = GAMLP_OK;
    for (int i = 0; i < 2; i++) {
        gamlp_told *told = &net->told[i];
        gamlp_free(told->layer);
        gamlp_free(told->account);
        *told = (gamlp_told){0};
        GAMLP_TRY(gamlp_new(&told->layer, layers, sizeof *told->layer, "figures"));
        GAMLP_TRY(gamlp_new(&told->account, layers, sizeof *told->account, "accounts"));
    }
    gamlp_free(net->last);
    gamlp_free(net->levels);
    gamlp_free(net->list);
    net->last = NULL;
    net->levels = NULL;
    net->list = NULL;
    GAMLP_TRY(gamlp_new(&net->last, layers, sizeof *net->last, "the last layers of shares"));
    GAMLP_TRY(gamlp_new(&net->levels, layers + 1, sizeof *net->levels, "levels"));
    GAMLP_TRY(gamlp_new(&net->list, layers, sizeof *net->list, "figures"));
done:
    return status;
}

/* Whether iteration k + 1 may begin before k is judged: nothing that happens in between changes it,
 * and nothing else is scored. */
static bool may_be_ahead(const gamlp_piped *net) {
    const gamlp_train_options *o = &net->run->settings->options;
    return net->options.schedule == GAMLP_SCHEDULE_FIXED && o->train_score == 0;
}

gamlp_status gamlp_piped_new(void **out, gamlp_crew *crew, const gamlp_run *run,
                             const gamlp_net_plan *plan, const gamlp_pdadmm_options *options,
                             int64_t stage) {
    gamlp_piped *net = NULL;
    gamlp_status status = GAMLP_OK;
    *out = NULL;
    if (plan->layers > GAMLP_LAYERS_MAX)
        return gamlp_fail(GAMLP_E_CONFIG, "workers share at most %d layers", GAMLP_LAYERS_MAX);
    GAMLP_TRY(gamlp_new(&net, 1, sizeof *net, "a net"));
    net->crew = crew;
    net->run = run;
    net->layers = plan->layers;
    net->init = plan->init;
    net->init_scale = plan->init_scale;
    net->seed = plan->seed;
    net->options = *options;
    net->stage = stage;
    net->ahead = may_be_ahead(net);
    GAMLP_TRY(gamlp_new(&net->width, plan->layers + 1, sizeof *net->width, "layer widths"));
    net->width[0] = run->data->train.rows;
    for (int64_t l = 1; l < plan->layers; l++) net->width[l] = plan->hidden[l - 1];
    net->width[plan->layers] = run->data->dataset.classes;
    GAMLP_TRY(make_room(net, net->layers));
    GAMLP_TRY(gamlp_piped_share_out(net));
    *out = net;
    net = NULL;
done:
    release(net);
    return status;
}

static gamlp_status take_started(gamlp_piped *net, int64_t member, gamlp_reader *body,
                                 void *context) {
    (void)context;
    int64_t first = gamlp_get_int(body, gamlp_piped_first(net, member), net->layers);
    int64_t last = gamlp_get_int(body, net->last[member], net->last[member]);
    for (int64_t l = first; l <= last && !body->bad; l++)
        net->levels[l] = (gamlp_levels){.count = gamlp_get_int(body, 0, GAMLP_LEVELS_MAX),
                                        .low = gamlp_get_real(body),
                                        .step = gamlp_get_real(body)};
    return gamlp_reader_check(body, "the levels of a share");
}

gamlp_status gamlp_piped_begin(gamlp_piped *net, gamlp_order order, int64_t iteration) {
    gamlp_writer fields = {0};
    if (order == GAMLP_ORDER_RESUME) gamlp_put_int(&fields, iteration);
    gamlp_status status = gamlp_piped_order(net, order, &fields);
    gamlp_writer_clear(&fields);
    if (status != GAMLP_OK) return status;
    net->iteration = net->granted = iteration;
    net->told[0].iteration = net->told[1].iteration = -1;
    net->restored = false;
    net->barrier = 0;
    return gamlp_piped_await(net, GAMLP_ANSWER_STARTED, net->shares, take_started, NULL);
}

/* What a call that cannot fail ran into. */
static gamlp_status settle(gamlp_piped *net) {
    gamlp_status status = net->pending;
    net->pending = GAMLP_OK;
    return status == GAMLP_OK ? GAMLP_OK : gamlp_fail(status, "%s", net->sentence);
}

static gamlp_status start(void *context) {
    gamlp_piped *net = context;
    gamlp_status status = settle(net);
    if (status != GAMLP_OK) return status;
    net->stall = (gamlp_stall){0};
    net->figures = (gamlp_figures){0};
    net->comparable = false;
    return gamlp_piped_begin(net, GAMLP_ORDER_START, 0);
}

/* The weights of a model in place of the random ones, to the workers that hold the layers. */
static gamlp_status load(void *context, const gamlp_model *model) {
    gamlp_piped *net = context;
    gamlp_status status = GAMLP_OK;
    if (model->layers != net->layers)
        return gamlp_fail(GAMLP_E_DATA, "the model has %lld layers, the net has %lld",
                          (long long)model->layers, (long long)net->layers);
    for (int64_t l = 1; l <= net->layers; l++)
        GAMLP_TRY(gamlp_layer_check(&model->layer[l - 1], l, net->width[l], net->width[l - 1]));
    GAMLP_TRY(gamlp_model_check(model));
    for (int64_t l = 1; l <= net->layers; l++) {
        gamlp_writer fields = {0};
        gamlp_order_weights_put(&fields, l, &model->layer[l - 1]);
        GAMLP_TRY(
            gamlp_crew_tell(net->crew, gamlp_piped_holder(net, l), GAMLP_ORDER_ADOPT, &fields));
    }
done:
    return status;
}

static gamlp_told *told_of(gamlp_piped *net, int64_t iteration) {
    gamlp_told *told = &net->told[iteration & 1];
    if (told->iteration != iteration) {
        told->iteration = iteration;
        told->answers = 0;
    }
    return told;
}

gamlp_status gamlp_piped_take_figures(gamlp_piped *net, int64_t member, gamlp_reader *body) {
    gamlp_answer_figures *f = NULL;
    gamlp_status status = gamlp_new(&f, 1, sizeof *f, "the figures of a worker");
    if (status != GAMLP_OK) return status;
    GAMLP_TRY(gamlp_answer_figures_get(f, body->at, (size_t)(body->end - body->at)));
    if (f->iteration <= net->iteration || f->iteration > net->granted || f->last > net->layers)
        GAMLP_TRY(gamlp_fail(GAMLP_E_INTERNAL, "figures of iteration %lld came in iteration %lld",
                             (long long)f->iteration, (long long)net->iteration + 1));
    gamlp_told *told = told_of(net, f->iteration);
    gamlp_accounts_note(&told->account[member], net->run, member, f);
    told->answers++;
    if (f->last == net->layers) told->score = f->score;
    memcpy(&told->layer[f->first - 1], f->layer,
           (size_t)(f->last - f->first + 1) * sizeof *f->layer);
done:
    gamlp_free(f);
    return status;
}

static gamlp_status grant(gamlp_piped *net, int64_t iteration) {
    gamlp_writer fields = {0};
    if (net->granted >= iteration) return GAMLP_OK;
    gamlp_put_int(&fields, iteration);
    gamlp_put_int(&fields, set_scored(net, iteration));
    gamlp_status status = gamlp_piped_order(net, GAMLP_ORDER_RUN, &fields);
    gamlp_writer_clear(&fields);
    net->granted = iteration;
    return status;
}

/* Until all have told of the iteration. */
static gamlp_status await_told(gamlp_piped *net, int64_t iteration) {
    gamlp_status status = GAMLP_OK;
    while (told_of(net, iteration)->answers < net->shares) {
        gamlp_order order;
        gamlp_reader body;
        int64_t member;
        GAMLP_TRY(gamlp_crew_hear(&member, &order, &body, net->crew));
        if (order != GAMLP_ANSWER_FIGURES)
            GAMLP_TRY(
                gamlp_fail(GAMLP_E_INTERNAL, "a worker answers %d instead of figures", (int)order));
        GAMLP_TRY(gamlp_piped_take_figures(net, member, &body));
    }
done:
    return status;
}

static void sum_figures(gamlp_piped *net) {
    const gamlp_told *told = &net->told[net->iteration & 1];
    gamlp_figures previous = net->figures;
    for (int64_t l = 0; l < net->layers; l++) net->list[l] = &told->layer[l];
    gamlp_figures_sum(&net->figures, net->list, net->layers, &previous, &net->options,
                      net->run->data->train.cols);
    if (!net->comparable) gamlp_figures_restart(&net->figures);
    net->comparable = true;
}

static gamlp_status iterate(void *context) {
    gamlp_piped *net = context;
    int64_t k = net->iteration + 1, most = net->run->settings->options.iterations;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(settle(net));
    GAMLP_TRY(grant(net, k));
    if (net->ahead && k < most && k != net->barrier) GAMLP_TRY(grant(net, k + 1));
    GAMLP_TRY(await_told(net, k));
    net->iteration = k;
    sum_figures(net);
    gamlp_accounts_status(net->run, net->layers, k);
    status = gamlp_figures_check(&net->figures, &net->options);
done:
    return status;
}

static gamlp_status set(void *context, const void *options) {
    gamlp_piped *net = context;
    gamlp_writer fields = {0};
    gamlp_status status = gamlp_pdadmm_options_check(options);
    if (status != GAMLP_OK) return status;
    if (net->granted > net->iteration && !net->restored)
        return gamlp_fail(GAMLP_E_INTERNAL, "penalties change in an iteration that has begun");
    net->options = *(const gamlp_pdadmm_options *)options;
    net->comparable = false;
    gamlp_put_real(&fields, net->options.nu);
    gamlp_put_real(&fields, net->options.rho);
    gamlp_put_real(&fields, net->options.l2);
    status = gamlp_piped_order(net, GAMLP_ORDER_SET, &fields);
    gamlp_writer_clear(&fields);
    return status;
}

static gamlp_status adapt(void *context) {
    gamlp_piped *net = context;
    gamlp_pdadmm_options now = net->options;
    if (!gamlp_schedule_step(&net->stall, &now, &net->figures, net->run->data->train.cols))
        return GAMLP_OK;
    return set(net, &now);
}

static void figures(gamlp_method_figures *figures, const void *context) {
    const gamlp_piped *net = context;
    gamlp_method_pdadmm_figures(figures, &net->figures, &net->options);
}

static gamlp_status take_score(gamlp_piped *net, int64_t member, gamlp_reader *body,
                               void *context) {
    gamlp_score *score = context;
    gamlp_get_int(body, -1, 1);
    gamlp_score told = {.accuracy = gamlp_get_real(body), .loss = gamlp_get_real(body)};
    if (member == net->shares - 1) *score = told;
    return gamlp_reader_check(body, "a score");
}

static gamlp_status score(gamlp_score *score, void *context, int64_t index) {
    gamlp_piped *net = context;
    gamlp_writer fields = {0};
    gamlp_status status = settle(net);
    if (status != GAMLP_OK) return status;
    if (index == set_scored(net, net->iteration) && net->iteration > 0 && !net->restored) {
        *score = net->told[net->iteration & 1].score;
        return GAMLP_OK;
    }
    if (net->granted > net->iteration && !net->restored)
        return gamlp_fail(GAMLP_E_INTERNAL, "a score is asked for in an iteration that has begun");
    gamlp_put_int(&fields, index);
    status = gamlp_piped_order(net, GAMLP_ORDER_SCORE, &fields);
    gamlp_writer_clear(&fields);
    if (status != GAMLP_OK) return status;
    return gamlp_piped_await(net, GAMLP_ANSWER_SCORE, net->shares, take_score, score);
}

static void keep(void *context) {
    gamlp_piped *net = context;
    gamlp_writer fields = {0};
    gamlp_put_int(&fields, net->iteration);
    gamlp_status status = gamlp_piped_order(net, GAMLP_ORDER_KEEP, &fields);
    gamlp_writer_clear(&fields);
    if (status == GAMLP_OK) return;
    net->pending = status;
    snprintf(net->sentence, sizeof net->sentence, "%s", gamlp_error_text());
}

/* What was ordered ahead is done first, and for nothing. */
static gamlp_status restore(void *context) {
    gamlp_piped *net = context;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(settle(net));
    if (net->granted > net->iteration) GAMLP_TRY(await_told(net, net->granted));
    net->iteration = net->granted;
    GAMLP_TRY(gamlp_piped_order(net, GAMLP_ORDER_RESTORE, NULL));
    net->restored = true;
done:
    return status;
}

/* The output layer goes to the top, identities come below it, and all may move. */
static gamlp_status grow(void *context, int64_t layers) {
    gamlp_piped *net = context;
    gamlp_layer_bytes *bytes = NULL;
    int64_t old = net->layers;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(settle(net));
    if (layers == old) return GAMLP_OK;
    GAMLP_TRY(gamlp_new(&bytes, layers + 1, sizeof *bytes, "layers"));
    GAMLP_TRY(gamlp_piped_collect(net, GAMLP_STATE_WEIGHTS, gamlp_layer_bytes_take, bytes));
    bytes[layers] = bytes[old];
    bytes[old] = (gamlp_layer_bytes){0};
    GAMLP_TRY(gamlp_grow(&net->width, old + 1, layers + 1, sizeof *net->width, "layer widths"));
    net->width[layers] = net->width[old];
    for (int64_t l = old; l < layers; l++) net->width[l] = net->width[1];
    net->layers = layers;
    net->stage++;
    GAMLP_TRY(make_room(net, layers));
    GAMLP_TRY(gamlp_piped_share_out(net));
    status = gamlp_piped_distribute(net, GAMLP_STATE_WEIGHTS, gamlp_layer_bytes_give, bytes);
done:
    gamlp_layer_bytes_clear(bytes, layers);
    gamlp_free(bytes);
    return status;
}

static gamlp_status take_weights(gamlp_piped *net, int64_t member, gamlp_reader *body,
                                 void *context) {
    gamlp_model *model = context;
    int64_t l = gamlp_get_int(body, gamlp_piped_first(net, member), net->last[member]);
    if (body->bad) return gamlp_reader_check(body, "weights");
    return gamlp_order_weights_get(&model->layer[l - 1], body);
}

static gamlp_status to_model(gamlp_model *model, const void *context) {
    gamlp_piped *net = NULL;
    memcpy(&net, &context, sizeof net); /* the net is not changed, its workers are asked */
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_model_init(model, net->layers, net->width));
    model->activation = net->options.activation;
    GAMLP_TRY(gamlp_piped_order(net, GAMLP_ORDER_EXPORT, NULL));
    status = gamlp_piped_await(net, GAMLP_ANSWER_WEIGHTS, net->layers, take_weights, model);
done:
    if (status != GAMLP_OK) gamlp_model_clear(model);
    return status;
}

static const gamlp_levels *levels_of(const void *context, int64_t layer) {
    return &((const gamlp_piped *)context)->levels[layer];
}

static int64_t rows_of(const void *context, int64_t layer) {
    return ((const gamlp_piped *)context)->width[layer - 1];
}

static int64_t trials_of(const void *context, int64_t layer) {
    const gamlp_piped *net = context;
    return net->told[net->iteration & 1].layer[layer - 1].trials;
}

static gamlp_level_view piped_levels(const void *context) {
    const gamlp_piped *net = context;
    return (gamlp_level_view){.net = net,
                              .quantise = net->options.quantise,
                              .layers = net->layers,
                              .iteration = net->iteration,
                              .columns = net->run->data->train.cols,
                              .levels = levels_of,
                              .rows = rows_of,
                              .trials = trials_of};
}

/* What was ordered ahead must be done. */
static gamlp_status freeze(gamlp_frozen *frozen, void *context, gamlp_layer_sink sink,
                           void *sink_context) {
    gamlp_piped *net = context;
    gamlp_status status = settle(net);
    if (status != GAMLP_OK) return status;
    if (net->granted != net->iteration)
        return gamlp_fail(GAMLP_E_INTERNAL, "a net is to be kept in an iteration that has begun");
    *frozen = (gamlp_frozen){.iteration = net->iteration,
                             .nu = net->options.nu,
                             .rho = net->options.rho,
                             .l2 = net->options.l2,
                             .stall = net->stall,
                             .figures = net->figures,
                             .comparable = net->comparable};
    return gamlp_piped_collect(net, GAMLP_STATE_ALL, sink, sink_context);
}

static gamlp_status thaw(void *context, const gamlp_frozen *frozen, gamlp_layer_source source,
                         void *source_context) {
    gamlp_piped *net = context;
    gamlp_pdadmm_options now = net->options;
    gamlp_status status = GAMLP_OK;
    now.nu = frozen->nu;
    now.rho = frozen->rho;
    now.l2 = frozen->l2;
    GAMLP_TRY(set(net, &now));
    GAMLP_TRY(gamlp_piped_distribute(net, GAMLP_STATE_ALL, source, source_context));
    GAMLP_TRY(gamlp_piped_begin(net, GAMLP_ORDER_RESUME, frozen->iteration));
    net->stall = frozen->stall;
    net->figures = frozen->figures;
    net->comparable = frozen->comparable;
done:
    return status;
}

static void pause_at(void *context, int64_t iteration) {
    ((gamlp_piped *)context)->barrier = iteration;
}

static bool is_settled(const void *context) {
    const gamlp_piped *net = context;
    return net->granted == net->iteration;
}

static const gamlp_freezer freezer = {freeze, thaw, pause_at, is_settled};

static void record_piped(gamlp_json *record, const void *context, int64_t layers) {
    const gamlp_piped *net = context;
    (void)layers;
    gamlp_accounts_record(record, net->crew, net->told[net->iteration & 1].account, net->shares);
}

static void record_quantised(gamlp_json *record, const void *net, int64_t layers) {
    gamlp_level_view view = piped_levels(net);
    gamlp_report_quantised(record, &view);
    record_piped(record, net, layers);
}

static gamlp_status piped_result(gamlp_run_result *result, const void *net, int64_t layers) {
    (void)layers;
    gamlp_level_view view = piped_levels(net);
    return gamlp_run_levels(result, &view);
}

static const gamlp_method piped_method = {.name = "piped",
                                          .release = release,
                                          .load = load,
                                          .start = start,
                                          .grow = grow,
                                          .set = set,
                                          .iterate = iterate,
                                          .adapt = adapt,
                                          .figures = figures,
                                          .score = score,
                                          .keep = keep,
                                          .restore = restore,
                                          .to_model = to_model};

void gamlp_piped_row(gamlp_solver_row *row, gamlp_method *method, const gamlp_solver_row *solver) {
    *method = piped_method;
    method->name = solver->method->name;
    method->summary = solver->method->summary;
    method->theorem = solver->method->theorem;
    method->falls = solver->method->falls;
    *row = *solver;
    row->method = method;
    row->freezer = &freezer;
    row->record = solver->record ? record_quantised : record_piped;
    if (solver->result) row->result = piped_result;
}
