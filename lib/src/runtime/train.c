/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run: data, for each split features and one training per seed, the run directory. */
#include "gamlp/train.h"

#include <stdio.h>
#include <string.h>

#include "core/hash.h"
#include "core/text.h"
#include "dataset/split_spec.h"
#include "gamlp/alloc.h"
#include "gamlp/log.h"
#include "gamlp/threads.h"
#include "runtime/accounts.h"
#include "runtime/checkpoint.h"
#include "runtime/crew.h"
#include "runtime/run.h"
#include "runtime/run_files.h"

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
        if (run->crew) run->crew->data_serial = k + 1;
        if (k > 0) GAMLP_TRY(gamlp_run_data_split(data, &now.options));
        GAMLP_TRY(gamlp_run_seeds(report, run, files));
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
}

/* Whether the caller wants to go on, asked before training. */
static bool goes_on(const gamlp_run *run, bool preparing) {
    const gamlp_train_options *o = &run->settings->options;
    const gamlp_progress progress = {.preparing = preparing,
                                     .seed_index = run->split_index * o->seeds,
                                     .seeds = o->splits * o->seeds,
                                     .iterations = o->iterations,
                                     .val_accuracy = -1};
    return !run->progress || run->progress(run->progress_context, &progress);
}

static gamlp_status begin(const gamlp_run *run) {
    if (goes_on(run, false)) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_STOPPED, "stopped before training began");
}

static bool is_stop_wanted(void *run) {
    return !goes_on(run, true);
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
    return 4 + 2 * options->splits * options->seeds;
}

/* Their logs lie in the run directory; those of a killed run with workers go. */
static gamlp_status start_workers(gamlp_run *run, const gamlp_run_files *files) {
    const gamlp_train_options *o = &run->settings->options;
    char *logs = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_text_format(&logs, "%s/workers", files->directory));
    if (gamlp_has_workers(o)) {
        GAMLP_TRY(gamlp_directory_make(NULL, logs));
        GAMLP_TRY(gamlp_crew_new(&run->crew, o, logs));
    } else if (o->resume || o->overwrite) {
        gamlp_crew_sweep(logs);
    }
done:
    gamlp_free(logs);
    return status;
}

bool gamlp_has_workers(const gamlp_train_options *o) {
    return o->workers > 0 || o->hosts[0] || o->launcher != GAMLP_LAUNCHER_LOCAL;
}

int64_t gamlp_most_layers(const gamlp_train_options *o) {
    return o->grow.count > 0 ? o->grow.value[o->grow.count - 1] : o->layers;
}

int64_t gamlp_checkpoint_interval(const gamlp_train_options *o) {
    enum { WITH_WORKERS = 100 };
    if (o->checkpoint_every > 0) return o->checkpoint_every;
    return gamlp_has_workers(o) ? WITH_WORKERS : 0;
}

/* What a checkpoint was made of: the configuration, with the fingerprints in it, but for rows that
 * may change from one start to the next. */
static void identify(char hex[GAMLP_HASH_TEXT], const gamlp_run *run) {
    const gamlp_train_options *o = &run->settings->options;
    char value[GAMLP_OPTION_TEXT * 2];
    gamlp_hash hash;
    gamlp_hash_init(&hash);
    for (const gamlp_option *row = gamlp_train_table; row->name; row++) {
        if (strcmp(row->group, "Workers") == 0 || strcmp(row->name, "out") == 0 ||
            strcmp(row->name, "overwrite") == 0 || strcmp(row->name, "data") == 0)
            continue;
        gamlp_option_get(o, row, value, sizeof value);
        gamlp_hash_text(&hash, row->name);
        gamlp_hash_text(&hash, value);
    }
    gamlp_hash_text(&hash, run->data->dataset.fingerprint);
    gamlp_hash_text(&hash, run->data->dataset.split_fingerprint);
    gamlp_hash_hex(&hash, hex);
}

static gamlp_status take_up(gamlp_checkpoint *c, gamlp_run *run) {
    char own[GAMLP_HASH_TEXT];
    gamlp_bytes journal = {0};
    gamlp_status status = GAMLP_OK;
    memcpy(own, c->run, sizeof own);
    status = gamlp_checkpoint_read(c);
    if (status == GAMLP_E_NOINPUT) return GAMLP_OK; /* it did not get that far: from the start */
    GAMLP_TRY(status);
    if (strcmp(own, c->run) != 0)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: is of other data, another split or other options",
                             c->directory));
    GAMLP_TRY(gamlp_checkpoint_file(&journal, c, "journal", 0));
    gamlp_output_write(run->journal, journal.data, journal.size);
done:
    gamlp_bytes_clear(&journal);
    return status;
}

static gamlp_status put_config(const gamlp_checkpoint *c, const char *text) {
    char *path;
    gamlp_status status = gamlp_directory_make(NULL, c->directory);
    if (status == GAMLP_OK) status = gamlp_text_format(&path, "%s/config.yaml", c->directory);
    if (status != GAMLP_OK) return status;
    status = gamlp_file_write(path, text, strlen(text));
    gamlp_free(path);
    return status;
}

/* Begin to keep checkpoints, and take up the last one if that was asked for. */
static gamlp_status open_checkpoint(gamlp_checkpoint *c, gamlp_run *run, const char *directory,
                                    const char *config) {
    const gamlp_train_options *o = &run->settings->options;
    gamlp_status status = GAMLP_OK;
    run->directory = directory;
    if (gamlp_checkpoint_interval(o) == 0 && !o->resume) return GAMLP_OK;
    GAMLP_TRY(gamlp_checkpoint_init(c, directory, o->splits * o->seeds));
    if (o->certify) GAMLP_TRY(gamlp_history_init(&c->history, o->iterations));
    identify(c->run, run);
    if (o->resume) GAMLP_TRY(take_up(c, run));
    c->fresh = !o->resume;
    if (c->fresh) gamlp_checkpoint_remove(c);
    GAMLP_TRY(put_config(c, config));
    run->checkpoint = c;
done:
    return status;
}

/* Of a run that did not get far nothing stays. */
static void close_checkpoint(gamlp_checkpoint *c) {
    if (c->directory && c->fresh && c->serial == 0) gamlp_checkpoint_remove(c);
    gamlp_checkpoint_clear(c);
}

gamlp_status gamlp_train(gamlp_report *report, const gamlp_settings *settings,
                         gamlp_progress_sink progress, void *context) {
    gamlp_run_data data = {0};
    gamlp_run_files files = {0};
    gamlp_checkpoint checkpoint = {0};
    gamlp_output trace = {0};
    char *text = NULL;
    gamlp_run run = {
        .settings = settings, .data = &data, .progress = progress, .progress_context = context};
    int64_t threads = gamlp_threads_get();
    gamlp_status status = GAMLP_OK;
    *report = (gamlp_report){0};
    set_threads(&settings->options);
    GAMLP_TRY(gamlp_run_data_init(&data, &settings->options, (gamlp_stop){is_stop_wanted, &run}));
    GAMLP_TRY(check_splits(&run));
    gamlp_report_start(report, &data);
    GAMLP_TRY(begin(&run));
    GAMLP_TRY(gamlp_run_files_init(&files, &settings->options, files_of(&settings->options)));
    GAMLP_TRY(gamlp_strdup(&report->directory, files.directory));
    GAMLP_TRY(config_text(&text, &run));
    GAMLP_TRY(put_text(&files, "config.yaml", text));
    GAMLP_TRY(gamlp_run_files_open(&run.journal, &files, "run.jsonl"));
    GAMLP_TRY(start_workers(&run, &files));
    if (run.crew) GAMLP_TRY(gamlp_accounts_open(&run, &trace));
    GAMLP_TRY(open_checkpoint(&checkpoint, &run, files.directory, text));
    GAMLP_TRY(run_splits(report, &run, &data, &files));
    GAMLP_TRY(gamlp_report_finish(report, &run));
    GAMLP_TRY(put_text(&files, "summary.json", report->json));
    GAMLP_TRY(gamlp_accounts_close(&run));
    GAMLP_TRY(gamlp_run_files_commit(&files));
    if (run.checkpoint) gamlp_checkpoint_remove(&checkpoint);
done:
    gamlp_threads_set(threads);
    gamlp_crew_free(run.crew);
    gamlp_output_abandon(&trace);
    close_checkpoint(&checkpoint);
    gamlp_run_files_clear(&files);
    gamlp_free(text);
    gamlp_run_data_clear(&data);
    if (status != GAMLP_OK) gamlp_report_clear(report);
    return status;
}
