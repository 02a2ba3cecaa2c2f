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
    double load_seconds, feature_seconds;
} gamlp_run_data;

gamlp_status gamlp_run_data_init(gamlp_run_data *data, const gamlp_train_options *options);
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
    int64_t split_index, seed_index; /* seed_index counts the seeds of all splits */
} gamlp_run;

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

/* Delta_2, ..., Delta_L of a net and the bytes of its p and q; nothing when it is not quantised. */
gamlp_status gamlp_run_levels(gamlp_run_result *result, const gamlp_pdadmm *net, int64_t layers);

/* `trials` of the last iteration, added to a record of run.jsonl; `levels` in the first of a stage.
 */
void gamlp_report_quantised(gamlp_json *record, const gamlp_pdadmm *net, int64_t layers);

/* The object `quantised` of a run in summary.json. */
gamlp_json *gamlp_report_levels(const gamlp_run_result *result);

/* Describe the data and their first split. */
void gamlp_report_start(gamlp_report *report, const gamlp_run_data *data);

/* Means, standard deviations and the JSON text of a finished report. */
gamlp_status gamlp_report_finish(gamlp_report *report, const gamlp_run *run);

#endif
