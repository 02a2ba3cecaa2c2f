/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One seed of a run: growth stages, the choice of the best iteration on
 * validation data, the journal. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/log.h"
#include "runtime/accounts.h"
#include "runtime/certificate.h"
#include "runtime/checkpoint.h"
#include "runtime/piped.h"
#include "runtime/run.h"
#include "runtime/solvers.h"

typedef struct training {
    const gamlp_run *run;
    const gamlp_train_options *options;
    const gamlp_solver_row *solver;
    const gamlp_method *method;
    gamlp_solver_row piped_row; /* with workers: what `solver` and */
    gamlp_method piped_method;  /* ... `method` point to           */
    void *net;
    gamlp_method_figures figures; /* of the last iteration */
    int64_t seed, stage, stages, layers;
    gamlp_score best, val, train;
    bool train_scored;                  /* in this iteration */
    int64_t best_iteration, iterations; /* of this stage: the best one, and how many there were */
    gamlp_theory theory;
    gamlp_history history;             /* of this stage, with --certify */
    char from_sha256[GAMLP_HASH_TEXT]; /* of the model whose weights were the first ones, or "" */
    double start;
    bool resumed, stopping; /* a checkpoint is to be taken up; the caller wants to stop */
} training;

bool gamlp_is_scored(const gamlp_train_options *options, int64_t iteration) {
    return iteration % options->val_score == 0 || iteration == options->iterations;
}

bool gamlp_is_better(gamlp_score score, gamlp_score than) {
    if (!isfinite(score.loss) || !isfinite(than.loss)) return isfinite(score.loss);
    return score.accuracy > than.accuracy ||
           (score.accuracy == than.accuracy && score.loss < than.loss);
}

static gamlp_status write_record(const training *t, int64_t iteration) {
    const gamlp_method_figures *f = &t->figures;
    gamlp_json *record = gamlp_json_object();
    gamlp_json_set_int(record, "split", t->run->split_index);
    gamlp_json_set_int(record, "seed", t->seed);
    gamlp_json_set_int(record, "layers", t->layers);
    gamlp_json_set_int(record, "iteration", iteration);
    gamlp_json_set_real(record, "objective", f->objective);
    gamlp_json_set_real(record, "residual", f->residual);
    gamlp_json_set_real(record, "risk", f->risk);
    for (int64_t i = 0; i < f->count; i++)
        gamlp_json_set_real(record, f->figure[i].name, f->figure[i].value);
    if (t->solver->record) t->solver->record(record, t->net, t->layers);
    gamlp_json_set_real(record, "rise", f->rise);
    gamlp_json_set_bool(record, "descending", f->descending);
    if (gamlp_is_scored(t->options, iteration)) {
        gamlp_json_set_real(record, "val_accuracy", t->val.accuracy);
        gamlp_json_set_real(record, "val_loss", t->val.loss);
    }
    if (t->train_scored) {
        gamlp_json_set_real(record, "train_accuracy", t->train.accuracy);
        gamlp_json_set_real(record, "train_loss", t->train.loss);
    }
    gamlp_json_set_real(record, "seconds", gamlp_clock() - t->start);
    char *text = NULL;
    gamlp_status status = gamlp_json_dump(&text, record, false);
    gamlp_json_free(record);
    if (status == GAMLP_OK) {
        gamlp_output_write(t->run->journal, text, strlen(text));
        gamlp_output_write(t->run->journal, "\n", 1);
    }
    gamlp_free(text);
    return status;
}

static gamlp_status show_progress(training *t, int64_t iteration) {
    gamlp_progress progress = {.seed_index = t->run->seed_index,
                               .seeds = t->options->splits * t->options->seeds,
                               .stage = t->stage,
                               .stages = t->stages,
                               .layers = t->layers,
                               .iteration = iteration,
                               .iterations = t->options->iterations,
                               .objective = t->figures.objective,
                               .residual = t->figures.residual,
                               .val_accuracy = t->val.accuracy};
    if (t->run->crew) {
        progress.workers = gamlp_accounts_show(t->run->crew);
        progress.worker = t->run->crew->shown;
    }
    if (!t->run->progress || t->run->progress(t->run->progress_context, &progress)) return GAMLP_OK;
    t->stopping = true;
    if (t->run->checkpoint && t->solver->freezer) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_STOPPED, "stopped at iteration %lld of seed %lld",
                      (long long)iteration, (long long)t->seed);
}

/* The best validation score, of equals the earlier. */
static void choose(training *t, int64_t iteration) {
    if (!gamlp_is_better(t->val, t->best)) return;
    t->best = t->val;
    t->best_iteration = iteration;
    t->method->keep(t->net);
}

static void note_theory(training *t) {
    const gamlp_method_figures *f = &t->figures;
    const gamlp_figure *lemma4 = gamlp_method_figures_find(f, "lemma4");
    gamlp_theory *theory = &t->theory;
    theory->condition_met = theory->condition_met && f->condition_met;
    theory->rises += !f->descending;
    if (f->rise > theory->worst_rise) theory->worst_rise = f->rise;
    theory->has_lemma4 = lemma4 != NULL;
    if (lemma4 && lemma4->value > theory->lemma4_max) theory->lemma4_max = lemma4->value;
}

/* The figure that must not rise. */
static double falling(const training *t) {
    const gamlp_figure *f = gamlp_method_figures_find(&t->figures, t->method->falls);
    return f ? f->value : t->figures.objective;
}

static void note_history(training *t) {
    const gamlp_figure *k_ck = gamlp_method_figures_find(&t->figures, "k_ck");
    if (t->history.capacity == 0) return;
    gamlp_history_add(&t->history, k_ck ? k_ck->value : (double)NAN, falling(t),
                      t->figures.residual);
}

static gamlp_status write_checkpoint(const training *t) {
    gamlp_checkpoint *c = t->run->checkpoint;
    gamlp_history own = c->history;
    c->position = (gamlp_position){.seed_index = t->run->seed_index,
                                   .begun = true,
                                   .stage = t->stage,
                                   .layers = t->layers,
                                   .iterations = t->iterations,
                                   .best_iteration = t->best_iteration,
                                   .best = t->best,
                                   .val = t->val,
                                   .theory = t->theory,
                                   .seconds = gamlp_clock() - t->start};
    memcpy(c->position.from_sha256, t->from_sha256, sizeof t->from_sha256);
    c->history = t->history;
    gamlp_status status = gamlp_checkpoint_write(c, t->run, t->solver, t->net);
    c->history = own;
    return status;
}

/* A checkpoint that cannot be written costs no result: the one before stays.  When it is to stop,
 * an iteration that was begun ahead is finished first. */
static gamlp_status keep_state(const training *t, int64_t k) {
    const gamlp_freezer *f = t->solver->freezer;
    int64_t every = gamlp_checkpoint_interval(t->options);
    bool due = every > 0 && k % every == 0;
    if (!t->run->checkpoint || !f || !(t->stopping || due)) return GAMLP_OK;
    if (f->is_settled && !f->is_settled(t->net)) {
        f->pause(t->net, k + 1);
        return GAMLP_OK;
    }
    gamlp_status status = write_checkpoint(t);
    if (status != GAMLP_OK && !t->stopping && !gamlp_run_is_broken(t->run)) {
        gamlp_log(GAMLP_LOG_WARN, "no checkpoint: %s", gamlp_error_text());
        return GAMLP_OK;
    }
    if (status != GAMLP_OK || !t->stopping) return status;
    return gamlp_fail(GAMLP_E_STOPPED,
                      "stopped at iteration %lld of seed %lld; gamlp train --resume %s goes on",
                      (long long)k, (long long)t->seed, t->run->directory);
}

/* Whether a checkpoint is due behind this iteration, so that none may begin ahead. */
static bool pauses(const training *t, int64_t k) {
    const gamlp_freezer *f = t->solver->freezer;
    int64_t every = gamlp_checkpoint_interval(t->options);
    return t->run->checkpoint && f && f->pause && every > 0 && k % every == 0;
}

static gamlp_status iterate(training *t, int64_t k) {
    const gamlp_method *m = t->method;
    gamlp_status status = GAMLP_OK;
    if (pauses(t, k)) t->solver->freezer->pause(t->net, k);
    GAMLP_TRY(m->iterate(t->net));
    m->figures(&t->figures, t->net);
    bool scored = gamlp_is_scored(t->options, k);
    if (scored) GAMLP_TRY(m->score(&t->val, t->net, t->run->data->val_index));
    t->train_scored = t->options->train_score > 0 && k % t->options->train_score == 0;
    if (t->train_scored) GAMLP_TRY(m->score(&t->train, t->net, -1));
    if (scored) choose(t, k);
    note_theory(t);
    note_history(t);
    GAMLP_TRY(write_record(t, k));
    GAMLP_TRY(show_progress(t, k));
    if (m->adapt) GAMLP_TRY(m->adapt(t->net));
    status = keep_state(t, k);
done:
    return status;
}

/* Whether validation has not improved for too long. */
static bool is_over(const training *t, int64_t k) {
    const gamlp_train_options *o = t->options;
    return o->patience > 0 && k >= o->min_iterations && k - t->best_iteration >= o->patience &&
           gamlp_is_scored(o, k);
}

/* A stage ends with the weights of its best iteration: what the next one grows, or the result. */
static gamlp_status begin_stage(training *t) {
    t->theory = (gamlp_theory){.stated = t->method->theorem != NULL, .condition_met = true};
    t->best = (gamlp_score){.loss = (double)NAN};
    t->best_iteration = t->history.count = 0;
    t->iterations = 0;
    return t->method->start(t->net);
}

static void copy_series(double *to, const double *from, int64_t count) {
    if (count > 0) memcpy(to, from, (size_t)count * sizeof *to);
}

/* Go on where the checkpoint was written. */
static gamlp_status take_up(training *t) {
    const gamlp_checkpoint *c = t->run->checkpoint;
    const gamlp_position *p = &c->position;
    t->theory = p->theory;
    t->best = p->best;
    t->val = p->val;
    t->best_iteration = p->best_iteration;
    t->iterations = p->iterations;
    t->history.count = c->history.count < t->history.capacity ? c->history.count : 0;
    copy_series(t->history.c_k, c->history.c_k, t->history.count);
    copy_series(t->history.falls, c->history.falls, t->history.count);
    copy_series(t->history.residual, c->history.residual, t->history.count);
    gamlp_status status = gamlp_checkpoint_thaw(c, t->solver, t->net);
    if (status == GAMLP_OK) t->method->figures(&t->figures, t->net);
    t->resumed = false;
    return status;
}

static gamlp_status run_stage(training *t) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(t->resumed ? take_up(t) : begin_stage(t));
    if (t->method->ahead && t->options->train_score == 0)
        t->method->ahead(t->net, t->options->iterations);
    while (t->iterations < t->options->iterations && !(t->iterations && is_over(t, t->iterations)))
        GAMLP_TRY(iterate(t, ++t->iterations));
    if (t->best_iteration == 0)
        GAMLP_TRY(gamlp_fail(GAMLP_E_NUMERIC,
                             "seed %lld, %lld layers: in none of %lld iterations the loss of the "
                             "validation nodes was finite (it diverges)",
                             (long long)t->seed, (long long)t->layers, (long long)t->iterations));
    GAMLP_TRY(t->method->restore(t->net));
done:
    return status;
}

static gamlp_status run_stages(training *t) {
    const gamlp_train_options *o = t->options;
    gamlp_status status = GAMLP_OK;
    for (t->stage = t->resumed ? t->run->checkpoint->position.stage : 0; t->stage < t->stages;
         t->stage++) {
        gamlp_solver_options now;
        t->solver->fill(&now, o, t->stage);
        t->layers = o->grow.count > 0 ? o->grow.value[t->stage] : o->layers;
        if (t->stage > 0 && !t->resumed) {
            GAMLP_TRY(t->method->grow(t->net, t->layers));
            GAMLP_TRY(t->method->set(t->net, &now));
        }
        GAMLP_TRY(run_stage(t));
    }
done:
    return status;
}

static gamlp_status make_net(training *t) {
    const gamlp_train_options *o = t->options;
    int64_t stage = t->resumed ? t->run->checkpoint->position.stage : 0, *hidden = NULL;
    int64_t layers = o->grow.count > 0 ? o->grow.value[stage] : o->layers;
    gamlp_status status = gamlp_new(&hidden, layers, sizeof *hidden, "layer widths");
    if (status != GAMLP_OK) return status;
    for (int64_t l = 1; l <= layers; l++) hidden[l - 1] = gamlp_train_width(o, l);
    gamlp_net_plan plan = {.layers = layers,
                           .hidden = hidden,
                           .init = (gamlp_init)o->init,
                           .init_scale = o->init_scale,
                           .seed = (uint64_t)t->seed};
    gamlp_solver_options first;
    t->solver->fill(&first, o, stage);
    if (t->run->crew)
        status = gamlp_piped_new(&t->net, t->run->crew, t->run, &plan, &first.pdadmm, stage);
    else
        status = t->method->make(&t->net, t->run->data->problem, &plan, &first);
    if (status == GAMLP_OK && o->from[0] && !t->resumed)
        status = gamlp_run_warm_start(t->from_sha256, t->net, t->method, t->run->data, o);
    gamlp_free(hidden);
    return status;
}

/* What a model must know to be applied again; nothing of the machine or the clock. */
static gamlp_status describe(char **metadata, const training *t) {
    char solver[GAMLP_OPTION_TEXT];
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_text(object, "version", gamlp_version());
    gamlp_json_set(object, "dataset", gamlp_report_dataset(&t->run->data->dataset));
    gamlp_json_set(object, "split", gamlp_report_split(&t->run->data->dataset));
    gamlp_json_set_text(object, "solver", gamlp_report_solver(t->options, solver));
    gamlp_json_set(object, "options", gamlp_report_options(t->options));
    gamlp_json_set_int(object, "seed", t->seed);
    if (t->from_sha256[0]) gamlp_json_set_text(object, "from", t->from_sha256);
    gamlp_status status = gamlp_json_dump(metadata, object, false);
    gamlp_json_free(object);
    return status;
}

/* W_1 diag(scale) takes features as they are. */
static void fold_scale(gamlp_dense *weight, const gamlp_run_data *data) {
    gamlp_real *column = weight->data;
    for (int64_t k = 0; k < data->train.blocks; k++) {
        int64_t count = gamlp_stack_block_rows(&data->train, k) * weight->rows;
        for (int64_t i = 0; i < count; i++) column[i] *= data->scale[k];
        column += count;
    }
}

/* How many columns of W_1 are not zero, where a regulariser takes whole ones out. */
static void count_inputs(gamlp_run_result *result, const training *t, const gamlp_dense *weight) {
    const gamlp_train_options *o = t->options;
    if (o->regulariser != GAMLP_OMEGA_GROUP ||
        (o->regularised == GAMLP_REGULARISED_LAST && t->layers > 1) ||
        (o->regularised == GAMLP_REGULARISED_HIDDEN && t->layers == 1))
        return;
    result->inputs = weight->cols;
    for (int64_t k = 0; k < weight->cols; k++) {
        const gamlp_real *column = weight->data + k * weight->rows;
        int64_t i = 0;
        while (i < weight->rows && column[i] == 0) i++;
        result->selected += i < weight->rows;
    }
}

static gamlp_status finish(gamlp_run_result *result, unsigned char **bytes, size_t *size,
                           training *t) {
    const gamlp_dataset *d = &t->run->data->dataset;
    gamlp_score train, test;
    gamlp_model model = {0};
    gamlp_status status = GAMLP_OK;
    *result = (gamlp_run_result){.seed = t->seed,
                                 .iterations = t->iterations,
                                 .best_iteration = t->best_iteration,
                                 .val_accuracy = t->best.accuracy,
                                 .val_loss = t->best.loss,
                                 .objective = t->figures.objective,
                                 .residual = t->figures.residual,
                                 .theory = t->theory};
    const char *theorem;
    gamlp_train_conditions(&result->conditions, &theorem, t->options, t->stages - 1);
    gamlp_certificate_of(&result->certificate, &t->history);
    result->feature_seconds = t->run->data->feature_seconds;
    snprintf(result->rule, sizeof result->rule, "%s", d->split.rule);
    snprintf(result->split_fingerprint, sizeof result->split_fingerprint, "%s",
             d->split_fingerprint);
    if (t->solver->result) GAMLP_TRY(t->solver->result(result, t->net, t->layers));
    GAMLP_TRY(t->method->score(&train, t->net, -1));
    GAMLP_TRY(t->method->score(&test, t->net, t->run->data->test_index));
    result->train_accuracy = train.accuracy;
    result->test_accuracy = test.accuracy;
    GAMLP_TRY(t->method->to_model(&model, t->net));
    count_inputs(result, t, &model.layer[0].weight);
    fold_scale(&model.layer[0].weight, t->run->data);
    GAMLP_TRY(describe(&model.metadata, t));
    GAMLP_TRY(gamlp_model_encode(bytes, size, &model));
    gamlp_run_hash(result->model_sha256, *bytes, *size);
    result->train_seconds = gamlp_clock() - t->start;
done:
    gamlp_model_clear(&model);
    return status;
}

gamlp_status gamlp_run_seed(gamlp_run_result *result, unsigned char **model, size_t *model_size,
                            const gamlp_run *run, int64_t seed) {
    const gamlp_train_options *options = &run->settings->options;
    training t = {.run = run,
                  .options = options,
                  .seed = seed,
                  .stages = options->grow.count > 0 ? options->grow.count : 1,
                  .start = gamlp_clock()};
    gamlp_status status = GAMLP_OK;
    *model = NULL;
    t.solver = gamlp_solver_row_of(options->solver);
    if (run->crew) {
        gamlp_piped_row(&t.piped_row, &t.piped_method, t.solver);
        t.solver = &t.piped_row;
    }
    t.method = t.solver->method;
    if (options->certify && t.method->falls)
        GAMLP_TRY(gamlp_history_init(&t.history, options->iterations));
    const gamlp_checkpoint *c = run->checkpoint;
    if (c && c->serial > 0 && c->position.begun && c->position.seed_index == run->seed_index) {
        t.resumed = true;
        t.start -= c->position.seconds;
        memcpy(t.from_sha256, c->position.from_sha256, sizeof t.from_sha256);
    }
    GAMLP_TRY(make_net(&t));
    GAMLP_TRY(run_stages(&t));
    GAMLP_TRY(finish(result, model, model_size, &t));
done:
    t.method->release(t.net);
    gamlp_history_clear(&t.history);
    return status;
}
