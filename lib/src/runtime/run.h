/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pieces of a training run. */
#ifndef GAMLP_RUNTIME_RUN_H
#define GAMLP_RUNTIME_RUN_H

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "gamlp/feature.h"
#include "gamlp/method.h"
#include "gamlp/train.h"

/* Data and features of a run and one split, shared by its seeds. */
typedef struct gamlp_run_data {
    gamlp_dataset dataset;
    gamlp_stack train, val, test;
    gamlp_real scale[GAMLP_STACK_BLOCKS]; /* what each block was multiplied with */
    int32_t *train_label, *val_label, *test_label;
    gamlp_problem *problem;
    int64_t val_index, test_index;
    gamlp_stop stop; /* asked while features are made */
    double load_seconds, feature_seconds;
} gamlp_run_data;

gamlp_status gamlp_run_data_init(gamlp_run_data *data, const gamlp_train_options *options,
                                 gamlp_stop stop);
/* Another split, that of options->source, of the same data. */
gamlp_status gamlp_run_data_split(gamlp_run_data *data, const gamlp_train_options *options);
void gamlp_run_data_clear(gamlp_run_data *data);

/* What the seeds of a run share besides. */
typedef struct gamlp_run {
    const gamlp_settings *settings;
    const gamlp_run_data *data;
    gamlp_output *journal; /* run.jsonl */
    gamlp_progress_sink progress;
    void *progress_context;
    int64_t split_index, seed_index;     /* seed_index counts the seeds of all splits */
    gamlp_output *trace;                 /* with workers: what they did; or NULL */
    const char *directory;               /* of the run */
    struct gamlp_checkpoint *checkpoint; /* NULL: none is kept */
    struct gamlp_crew *crew; /* of workers that hold the layers; NULL: this process does */
} gamlp_run;

/* Whether the layers are to be in workers. */
bool gamlp_has_workers(const gamlp_train_options *options);

/* Layers of the last stage. */
int64_t gamlp_most_layers(const gamlp_train_options *options);

/* Whether one score is better than another: more accurate, or as accurate with a lower loss.  One
 * without a finite loss is better than none, and all others are better than it. */
bool gamlp_is_better(gamlp_score score, gamlp_score than);

/* Whether the validation nodes are scored after iteration k of a stage. */
bool gamlp_is_scored(const gamlp_train_options *options, int64_t iteration);

/* Iterations between checkpoints; 0: none are kept. */
int64_t gamlp_checkpoint_interval(const gamlp_train_options *options);

/* Whether a worker is lost. */
bool gamlp_run_is_broken(const gamlp_run *run);

/* Train one seed; the best model is returned encoded. */
gamlp_status gamlp_run_seed(gamlp_run_result *result, unsigned char **model, size_t *model_size,
                            const gamlp_run *run, int64_t seed);

/* SHA-256 of a model file. */
void gamlp_run_hash(char hex[GAMLP_HASH_TEXT], const unsigned char *bytes, size_t size);

/* The weights of the model options->from into a net that was just made, W_1 in terms of the scaled
 * features.  Warns when the model was trained on other data or other features; `sha256` is that of
 * the model file. */
gamlp_status gamlp_run_warm_start(char sha256[GAMLP_HASH_TEXT], void *net,
                                  const gamlp_method *method, const gamlp_run_data *data,
                                  const gamlp_train_options *options);

/* Objects shared by summary.json, model metadata and `gamlp info --json`. */
gamlp_json *gamlp_report_dataset(const gamlp_dataset *dataset);
gamlp_json *gamlp_report_split(const gamlp_dataset *dataset);
gamlp_json *gamlp_report_options(const gamlp_train_options *options);
const char *gamlp_report_solver(const gamlp_train_options *options, char *text);

/* A net with quantised variables, wherever its layers are; functions of the net and a layer. */
typedef struct gamlp_level_view {
    const void *net;
    gamlp_quantise quantise;
    int64_t layers, iteration, columns;
    const gamlp_levels *(*levels)(const void *net, int64_t layer);
    int64_t (*rows)(const void *net, int64_t layer); /* of p_l */
    int64_t (*trials)(const void *net, int64_t layer);
} gamlp_level_view;

/* Of a block that is a whole net. */
gamlp_level_view gamlp_level_view_of(const gamlp_pdadmm *net, int64_t layers);

/* Delta_2, ..., Delta_L of a net and the bytes of its p and q; nothing when it is not quantised. */
gamlp_status gamlp_run_levels(gamlp_run_result *result, const gamlp_level_view *view);

/* `trials` of the last iteration, added to a record of run.jsonl; `levels` in the first of a stage.
 */
void gamlp_report_quantised(gamlp_json *record, const gamlp_level_view *view);

/* The object `quantised` of a run in summary.json. */
gamlp_json *gamlp_report_levels(const gamlp_run_result *result);

/* Describe the data and their first split. */
void gamlp_report_start(gamlp_report *report, const gamlp_run_data *data);

/* Means, standard deviations and the JSON text of a finished report. */
gamlp_status gamlp_report_finish(gamlp_report *report, const gamlp_run *run);

#endif
