/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cells of `gamlp table`: published results from manifests, ours from runs. */
#include "gamlp/published.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/json.h"
#include "core/text.h"
#include "core/yaml.h"
#include "gamlp/alloc.h"
#include "runtime/solvers.h"

#define AT(field) offsetof(gamlp_table_options, field)

const gamlp_option gamlp_table_table[] = {
    {"data", GAMLP_OPTION_STRING, AT(data), 0, 0, NULL, "DIR",
     "folder of the raw files of named data sets (default: $GAMLP_DATA)", "Options"},
    {"presets", GAMLP_OPTION_STRING, AT(presets), 0, 0, NULL, "A,B",
     "these presets only (default: all of the manifests)", "Options"},
    {"solvers", GAMLP_OPTION_STRING, AT(solvers), 0, 0, NULL, "A,B",
     "these solvers only (default: all that the presets have)", "Options"},
    {"seeds", GAMLP_OPTION_INT, AT(seeds), 0, 10000, NULL, "N",
     "seeds of each run (0: as the preset has it)", "Options"},
    {"threads", GAMLP_OPTION_INT, AT(threads), 0, 4096, NULL, "N",
     "threads of training (0: all processors)", "Options"},
    {"runs", GAMLP_OPTION_STRING, AT(runs), 0, 0, NULL, "DIR",
     "folder of the runs; those that are there are not made again", "Options"},
    {"train", GAMLP_OPTION_BOOL, AT(train), 0, 0, NULL, NULL,
     "make the runs that are not there; --no-train tells what there is", "Options"},
    {NULL, GAMLP_OPTION_INT, 0, 0, 0, NULL, NULL, NULL, NULL},
};

void gamlp_table_options_default(gamlp_table_options *options) {
    *options = (gamlp_table_options){.runs = "runs/table", .threads = 1, .train = true};
}

typedef struct job {
    const gamlp_table_options *options;
    const char *dataset;
    const gamlp_yaml *yaml;
    gamlp_table_sink sink;
    void *context;
    gamlp_progress_sink progress;
    void *progress_context;
} job;

/* Whether a list by commas has the name; an empty one has all. */
static bool lists(const char *names, const char *name) {
    size_t length = strlen(name);
    if (!*names) return true;
    for (const char *p = names; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
        if (strncmp(p, name, length) == 0 && (p[length] == ',' || p[length] == 0)) return true;
    return false;
}

/* Item i of [test, std, validation]; NaN when there is none. */
static double published(const job *j, const gamlp_table_cell *cell, int64_t i) {
    gamlp_yaml_node all = gamlp_yaml_find(j->yaml, gamlp_yaml_root(j->yaml), "published");
    gamlp_yaml_node preset = gamlp_yaml_find(j->yaml, all, cell->preset);
    gamlp_yaml_node list = gamlp_yaml_find(j->yaml, preset, cell->solver);
    const char *text = i < gamlp_yaml_items(j->yaml, list)
                           ? gamlp_yaml_text(j->yaml, gamlp_yaml_item(j->yaml, list, i))
                           : NULL;
    char *end;
    double value = text ? strtod(text, &end) : (double)NAN;
    return text && end != text && *end == 0 ? value : (double)NAN;
}

static gamlp_status read_pair(double *mean, double *std, const gamlp_json *summary, const char *key,
                              const char *path) {
    const gamlp_json *object = gamlp_json_get(summary, key);
    if (gamlp_json_get_real(object, "mean", mean) && gamlp_json_get_real(object, "std", std))
        return GAMLP_OK;
    return gamlp_fail(GAMLP_E_DATA, "%s: no %s", path, key);
}

static double mean_seconds(const gamlp_json *runs) {
    double sum = 0, seconds = 0;
    int64_t count = gamlp_json_length(runs);
    for (int64_t i = 0; i < count; i++)
        if (gamlp_json_get_real(gamlp_json_get(gamlp_json_at(runs, i), "seconds"), "train",
                                &seconds))
            sum += seconds;
    return count > 0 ? sum / (double)count : 0;
}

static gamlp_status read_run(gamlp_table_cell *cell) {
    enum { LIMIT = 1 << 28 };
    gamlp_bytes bytes = {0};
    gamlp_json *summary = NULL;
    char *path = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_text_format(&path, "%s/summary.json", cell->directory));
    if (!gamlp_file_exists(path)) goto done;
    GAMLP_TRY(gamlp_file_read(&bytes, path, LIMIT));
    GAMLP_TRY(gamlp_json_parse(&summary, bytes.data, bytes.size, path));
    GAMLP_TRY(read_pair(&cell->test_mean, &cell->test_std, summary, "test_accuracy", path));
    GAMLP_TRY(read_pair(&cell->val_mean, &cell->val_std, summary, "val_accuracy", path));
    cell->seeds = gamlp_json_length(gamlp_json_get(summary, "runs"));
    cell->train_seconds = mean_seconds(gamlp_json_get(summary, "runs"));
    cell->done = true;
done:
    gamlp_json_free(summary);
    gamlp_bytes_clear(&bytes);
    gamlp_free(path);
    return status;
}

static gamlp_status train(const job *j, const gamlp_table_cell *cell) {
    const gamlp_table_options *o = j->options;
    gamlp_settings settings;
    gamlp_report report = {0};
    char number[24];
    const struct {
        const char *name, *text;
    } given[] = {{"dataset", cell->dataset},
                 {"preset", cell->preset},
                 {"solver", cell->solver},
                 {"data", o->data},
                 {"out", cell->directory}};
    gamlp_status status = GAMLP_OK;
    gamlp_settings_default(&settings);
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        GAMLP_TRY(
            gamlp_settings_set(&settings, given[i].name, given[i].text, GAMLP_ORIGIN_COMMAND));
    snprintf(number, sizeof number, "%lld", (long long)o->threads);
    GAMLP_TRY(gamlp_settings_set(&settings, "threads", number, GAMLP_ORIGIN_COMMAND));
    snprintf(number, sizeof number, "%lld", (long long)o->seeds);
    if (o->seeds > 0)
        GAMLP_TRY(gamlp_settings_set(&settings, "seeds", number, GAMLP_ORIGIN_COMMAND));
    GAMLP_TRY(gamlp_settings_resolve(&settings));
    GAMLP_TRY(gamlp_train(&report, &settings, j->progress, j->progress_context));
done:
    gamlp_report_clear(&report);
    return status;
}

static gamlp_status run_cell(const job *j, const char *preset, const char *solver) {
    gamlp_table_cell cell = {.done = false};
    gamlp_status status = GAMLP_OK;
    snprintf(cell.dataset, sizeof cell.dataset, "%s", j->dataset);
    snprintf(cell.preset, sizeof cell.preset, "%s", preset);
    snprintf(cell.solver, sizeof cell.solver, "%s", solver);
    int length = snprintf(cell.directory, sizeof cell.directory, "%s/%s-%s-%s", j->options->runs,
                          j->dataset, preset, solver);
    if (length >= (int)sizeof cell.directory)
        GAMLP_TRY(gamlp_fail(GAMLP_E_USAGE, "runs: %s is too long", j->options->runs));
    cell.published_test = published(j, &cell, 0);
    cell.published_std = published(j, &cell, 1);
    cell.published_val = published(j, &cell, 2);
    GAMLP_TRY(read_run(&cell));
    if (!cell.done && j->options->train) {
        GAMLP_TRY(train(j, &cell));
        GAMLP_TRY(read_run(&cell));
    }
    if (!j->sink(j->context, &cell))
        status = gamlp_fail(GAMLP_E_STOPPED, "stopped at %s %s %s", j->dataset, preset, solver);
done:
    return status;
}

static gamlp_status run_preset(const job *j, const char *preset, gamlp_yaml_node solvers) {
    gamlp_status status = GAMLP_OK;
    for (int s = 0; s < gamlp_solver_count() && status == GAMLP_OK; s++) {
        const char *solver = gamlp_solver_row_of(s)->method->name;
        if (lists(j->options->solvers, solver) && gamlp_yaml_find(j->yaml, solvers, solver))
            status = run_cell(j, preset, solver);
    }
    return status;
}

/* Of one data set; *published_too: it has published results. */
static gamlp_status run_dataset(job *j, bool only_published) {
    const char *manifest = gamlp_dataset_manifest(j->dataset);
    gamlp_yaml *yaml = NULL;
    gamlp_status status = GAMLP_OK;
    if (!manifest)
        return gamlp_fail(GAMLP_E_NOINPUT, "%s is not a data set with presets", j->dataset);
    GAMLP_TRY(gamlp_yaml_parse(&yaml, manifest, strlen(manifest), j->dataset));
    j->yaml = yaml;
    gamlp_yaml_node root = gamlp_yaml_root(yaml), presets = gamlp_yaml_find(yaml, root, "presets");
    if (only_published && !gamlp_yaml_find(yaml, root, "published")) goto done;
    if (!only_published && gamlp_yaml_pairs(yaml, presets) == 0)
        GAMLP_TRY(gamlp_fail(GAMLP_E_NOINPUT, "%s is a data set without presets", j->dataset));
    for (int64_t i = 0; i < gamlp_yaml_pairs(yaml, presets); i++) {
        const char *name = gamlp_yaml_key(yaml, presets, i);
        if (lists(j->options->presets, name))
            GAMLP_TRY(run_preset(j, name, gamlp_yaml_value(yaml, presets, i)));
    }
done:
    gamlp_yaml_free(yaml);
    return status;
}

gamlp_status gamlp_table_run(const char *dataset, const gamlp_table_options *options,
                             gamlp_table_sink sink, void *context, gamlp_progress_sink progress,
                             void *progress_context) {
    job j = {.options = options,
             .dataset = dataset,
             .sink = sink,
             .context = context,
             .progress = progress,
             .progress_context = progress_context};
    gamlp_status status = GAMLP_OK, missing = GAMLP_OK;
    char text[GAMLP_ERROR_TEXT];
    if (dataset) return run_dataset(&j, false);
    for (int64_t i = 0; i < gamlp_dataset_known_count() && status == GAMLP_OK; i++) {
        j.dataset = gamlp_dataset_known_name(i);
        status = run_dataset(&j, true);
        if (status != GAMLP_E_NOINPUT) continue;
        if (missing == GAMLP_OK) snprintf(text, sizeof text, "%s", gamlp_error_text());
        missing = status;
        status = GAMLP_OK;
    }
    if (status == GAMLP_OK && missing != GAMLP_OK) status = gamlp_fail(missing, "%s", text);
    return status;
}
