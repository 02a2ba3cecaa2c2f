/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run: data, for each split features and one training per seed, the run directory. */
#include "gamlp/train.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "dataset/split_spec.h"
#include "gamlp/alloc.h"
#include "gamlp/blas.h"
#include "gamlp/log.h"
#include "gamlp/threads.h"
#include "runtime/run.h"
#include "runtime/run_files.h"

static bool better(const gamlp_run_result *a, const gamlp_run_result *b) {
    if (a->val_accuracy != b->val_accuracy) return a->val_accuracy > b->val_accuracy;
    return a->val_loss < b->val_loss;
}

static gamlp_status model_name(char **name, const gamlp_report *report, int64_t index) {
    long long seed = (long long)report->run[index].seed;
    if (report->splits == 1) return gamlp_text_format(name, "model-seed%lld.safetensors", seed);
    return gamlp_text_format(name, "model-seed%lld-split%lld.safetensors", seed,
                             (long long)(index / (report->count / report->splits)));
}

/* The model of one seed; with several seeds each keeps its own file too. */
static gamlp_status keep_model(gamlp_run_files *files, gamlp_report *report, int64_t index,
                               const unsigned char *bytes, size_t size) {
    bool best = index == 0 || better(&report->run[index], &report->run[report->best]);
    gamlp_status status = GAMLP_OK;
    char *name = NULL;
    if (best) {
        report->best = index;
        GAMLP_TRY(gamlp_run_files_put(files, "model.safetensors", bytes, size));
    }
    if (report->count > 1) {
        GAMLP_TRY(model_name(&name, report, index));
        GAMLP_TRY(gamlp_run_files_put(files, name, bytes, size));
    }
done:
    gamlp_free(name);
    return status;
}

static gamlp_status run_seeds(gamlp_report *report, gamlp_run *run, gamlp_run_files *files) {
    const gamlp_train_options *o = &run->settings->options;
    gamlp_status status = GAMLP_OK;
    for (int64_t s = 0; s < o->seeds && status == GAMLP_OK; s++) {
        int64_t i = run->seed_index = run->split_index * o->seeds + s;
        unsigned char *model;
        size_t size;
        status = gamlp_run_seed(&report->run[i], &model, &size, run, o->seed + s);
        if (status == GAMLP_OK) status = keep_model(files, report, i, model, size);
        gamlp_free(model);
    }
    return status;
}

/* Split k as the only one: settings under which a model of it says what it was trained on. */
static gamlp_status settings_of_split(gamlp_settings *now, const gamlp_settings *settings,
                                      const char *rule, int64_t k) {
    char text[GAMLP_NAME_MAX];
    *now = *settings;
    if (settings->options.splits == 1) return GAMLP_OK;
    gamlp_status status = gamlp_split_rule_step(text, rule, k);
    if (status != GAMLP_OK) return status;
    snprintf(now->options.source.split, sizeof now->options.source.split, "%s", text);
    now->options.source.asked = 0;
    return GAMLP_OK;
}

/* The data have their first split already. */
static gamlp_status run_splits(gamlp_report *report, gamlp_run *run, gamlp_run_data *data,
                               gamlp_run_files *files) {
    const gamlp_settings *settings = run->settings;
    const gamlp_train_options *o = &settings->options;
    gamlp_settings now;
    gamlp_status status = GAMLP_OK;
    report->splits = o->splits;
    report->count = o->splits * o->seeds;
    GAMLP_TRY(gamlp_new(&report->run, report->count, sizeof *report->run, "the results of a run"));
    for (int64_t k = 0; k < o->splits; k++) {
        GAMLP_TRY(settings_of_split(&now, settings, report->rule, k));
        run->settings = &now;
        run->split_index = k;
        if (k > 0) GAMLP_TRY(gamlp_run_data_split(data, &now.options));
        GAMLP_TRY(run_seeds(report, run, files));
    }
done:
    run->settings = settings;
    return status;
}

/* The last split is there, too, before anything is trained. */
static gamlp_status check_splits(const gamlp_run *run) {
    gamlp_settings last;
    const gamlp_train_options *o = &run->settings->options;
    return settings_of_split(&last, run->settings, run->data->dataset.split.rule, o->splits - 1);
}

static void set_threads(const gamlp_train_options *options) {
    int64_t threads = options->threads > 0 ? options->threads : gamlp_threads_available();
    gamlp_threads_set(threads);
    gamlp_blas_threads_set(threads);
    if (!gamlp_blas_shares_threads() && threads > 1)
        gamlp_log(GAMLP_LOG_WARN, "%s does not use OpenMP: its threads compete with ours",
                  gamlp_blas_name());
}

static gamlp_status begin(const gamlp_run *run) {
    gamlp_progress progress = {.seeds =
                                   run->settings->options.splits * run->settings->options.seeds,
                               .iterations = run->settings->options.iterations,
                               .val_accuracy = -1};
    if (run->progress && !run->progress(run->progress_context, &progress))
        return gamlp_fail(GAMLP_E_STOPPED, "stopped before training began");
    return GAMLP_OK;
}

static gamlp_status put_text(gamlp_run_files *files, const char *name, const char *text) {
    return gamlp_run_files_put(files, name, text, strlen(text));
}

static bool is_plain(const char *text) {
    while (*text > ' ' && *text <= '~') text++;
    return *text == 0;
}

/* The settings, and in comments what data they gave. */
static gamlp_status config_text(char **text, const gamlp_run *run) {
    const gamlp_dataset *d = &run->data->dataset;
    char *options;
    gamlp_status status = gamlp_settings_text(&options, run->settings);
    if (status != GAMLP_OK) return status;
    status = gamlp_text_format(text, "%s# data %s\n# split %s %s\n", options, d->fingerprint,
                               d->split_fingerprint, is_plain(d->split.rule) ? d->split.rule : "");
    gamlp_free(options);
    return status;
}

/* Files of a run: three, the best model twice while it is replaced, and one a seed and split. */
static int64_t files_of(const gamlp_train_options *options) {
    return 3 + 2 * options->splits * options->seeds;
}

gamlp_status gamlp_train(gamlp_report *report, const gamlp_settings *settings,
                         gamlp_progress_sink progress, void *context) {
    gamlp_run_data data = {0};
    gamlp_run_files files = {0};
    char *text = NULL;
    gamlp_run run = {settings, &data, NULL, progress, context, 0, 0};
    int64_t threads = gamlp_threads_get(), blas_threads = gamlp_blas_threads_get();
    gamlp_status status = GAMLP_OK;
    *report = (gamlp_report){0};
    set_threads(&settings->options);
    GAMLP_TRY(gamlp_run_data_init(&data, &settings->options));
    GAMLP_TRY(check_splits(&run));
    gamlp_report_start(report, &data);
    GAMLP_TRY(begin(&run));
    GAMLP_TRY(gamlp_run_files_init(&files, &settings->options, files_of(&settings->options)));
    GAMLP_TRY(gamlp_strdup(&report->directory, files.directory));
    GAMLP_TRY(config_text(&text, &run));
    GAMLP_TRY(put_text(&files, "config.yaml", text));
    GAMLP_TRY(gamlp_run_files_open(&run.journal, &files, "run.jsonl"));
    GAMLP_TRY(run_splits(report, &run, &data, &files));
    GAMLP_TRY(gamlp_report_finish(report, &run));
    GAMLP_TRY(put_text(&files, "summary.json", report->json));
    GAMLP_TRY(gamlp_run_files_commit(&files));
done:
    gamlp_threads_set(threads);
    gamlp_blas_threads_set(blas_threads);
    gamlp_run_files_clear(&files);
    gamlp_free(text);
    gamlp_run_data_clear(&data);
    if (status != GAMLP_OK) gamlp_report_clear(report);
    return status;
}
