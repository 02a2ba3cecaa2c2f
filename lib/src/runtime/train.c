/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run: data, features, one training per seed, the run directory. */
#include "gamlp/train.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "gamlp/alloc.h"
#include "gamlp/blas.h"
#include "gamlp/log.h"
#include "gamlp/threads.h"
#include "runtime/run.h"

enum { MAX_NUMBER = 1000000 };

/* The next free runs/DATASET-SOLVER-NUMBER; characters of a path become '-'. */
static gamlp_status free_name(char **path, const gamlp_train_options *o) {
    char solver[GAMLP_OPTION_TEXT], name[GAMLP_OPTION_TEXT];
    const char *base = strrchr(o->dataset, '/');
    size_t length = 0;
    for (const char *p = base ? base + 1 : o->dataset; *p; p++)
        name[length++] = strchr(": \t", *p) ? '-' : *p;
    name[length] = 0;
    gamlp_report_solver(o, solver);
    for (int number = 1; number < MAX_NUMBER; number++) {
        gamlp_status status = gamlp_text_format(path, "runs/%s-%s-%d", name, solver, number);
        if (status != GAMLP_OK || !gamlp_file_exists(*path)) return status;
        gamlp_free(*path);
    }
    *path = NULL;
    return gamlp_fail(GAMLP_E_CREATE, "runs: no free name left for %s-%s", name, solver);
}

static gamlp_status join(char **path, const char *directory, const char *name) {
    return gamlp_text_format(path, "%s/%s", directory, name);
}

gamlp_status gamlp_run_directory(char **path, const gamlp_train_options *options) {
    char *summary = NULL;
    gamlp_status status = GAMLP_OK;
    *path = NULL;
    if (options->out[0])
        GAMLP_TRY(gamlp_strdup(path, options->out));
    else
        GAMLP_TRY(free_name(path, options));
    GAMLP_TRY(join(&summary, *path, "summary.json"));
    if (gamlp_file_exists(summary) && !options->overwrite)
        GAMLP_TRY(gamlp_fail(GAMLP_E_CREATE,
                             "%s: holds a run already; name another --out or say --overwrite",
                             *path));
    GAMLP_TRY(gamlp_directory_make(*path));
done:
    gamlp_free(summary);
    if (status != GAMLP_OK) {
        gamlp_free(*path);
        *path = NULL;
    }
    return status;
}

static gamlp_status write_in(const char *directory, const char *name, const void *data,
                             size_t size) {
    char *path;
    gamlp_status status = join(&path, directory, name);
    if (status == GAMLP_OK) status = gamlp_file_write(path, data, size);
    gamlp_free(path);
    return status;
}

static gamlp_status open_journal(gamlp_output *journal, const char *directory) {
    char *path;
    gamlp_status status = join(&path, directory, "run.jsonl");
    if (status == GAMLP_OK) status = gamlp_output_open(journal, path);
    gamlp_free(path);
    return status;
}

static bool better(const gamlp_run_result *a, const gamlp_run_result *b) {
    if (a->val_accuracy != b->val_accuracy) return a->val_accuracy > b->val_accuracy;
    return a->val_loss < b->val_loss;
}

/* The model of one seed; with several seeds each keeps its own file too. */
static gamlp_status keep_model(gamlp_report *report, int64_t index, const unsigned char *bytes,
                               size_t size) {
    bool best = index == 0 || better(&report->run[index], &report->run[report->best]);
    gamlp_status status = GAMLP_OK;
    char *name = NULL;
    if (best) {
        report->best = index;
        GAMLP_TRY(write_in(report->directory, "model.safetensors", bytes, size));
    }
    if (report->count > 1) {
        GAMLP_TRY(gamlp_text_format(&name, "model-seed%lld.safetensors",
                                    (long long)report->run[index].seed));
        GAMLP_TRY(write_in(report->directory, name, bytes, size));
    }
done:
    gamlp_free(name);
    return status;
}

static gamlp_status run_seeds(gamlp_report *report, gamlp_run *run) {
    const gamlp_train_options *o = &run->settings->options;
    gamlp_status status =
        gamlp_new(&report->run, o->seeds, sizeof *report->run, "the results of a run");
    if (status != GAMLP_OK) return status;
    report->count = o->seeds;
    for (int64_t i = 0; i < o->seeds && status == GAMLP_OK; i++) {
        unsigned char *model;
        size_t size;
        run->seed_index = i;
        status = gamlp_run_seed(&report->run[i], &model, &size, run, o->seed + i);
        if (status == GAMLP_OK) status = keep_model(report, i, model, size);
        gamlp_free(model);
    }
    return status;
}

static void set_threads(const gamlp_train_options *options) {
    int64_t threads = options->threads > 0 ? options->threads : gamlp_threads_available();
    gamlp_threads_set(threads);
    gamlp_blas_threads_set(threads);
    if (!gamlp_blas_shares_threads() && threads > 1)
        gamlp_log(GAMLP_LOG_WARN, "%s does not use OpenMP: its threads compete with ours",
                  gamlp_blas_name());
}

gamlp_status gamlp_train(gamlp_report *report, const gamlp_settings *settings,
                         gamlp_progress_sink progress, void *context) {
    gamlp_run_data data = {0};
    gamlp_output journal = {0};
    char *text = NULL;
    gamlp_run run = {settings, &data, &journal, progress, context, 0};
    gamlp_status status = GAMLP_OK;
    *report = (gamlp_report){0};
    set_threads(&settings->options);
    GAMLP_TRY(gamlp_run_data_init(&data, &settings->options));
    report->load_seconds = data.load_seconds;
    report->feature_seconds = data.feature_seconds;
    GAMLP_TRY(gamlp_run_directory(&report->directory, &settings->options));
    GAMLP_TRY(gamlp_settings_text(&text, settings));
    GAMLP_TRY(write_in(report->directory, "config.yaml", text, strlen(text)));
    GAMLP_TRY(open_journal(&journal, report->directory));
    GAMLP_TRY(run_seeds(report, &run));
    GAMLP_TRY(gamlp_report_finish(report, &run));
    status = gamlp_output_commit(&journal);
    if (status == GAMLP_OK)
        status = write_in(report->directory, "summary.json", report->json, strlen(report->json));
done:
    gamlp_output_abandon(&journal);
    gamlp_free(text);
    gamlp_run_data_clear(&data);
    if (status != GAMLP_OK) gamlp_report_clear(report);
    return status;
}
