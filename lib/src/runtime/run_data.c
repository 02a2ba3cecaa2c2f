/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>

#include "dataset/fingerprint.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"
#include "runtime/feature_cache.h"
#include "runtime/features.h"
#include "runtime/run.h"

static gamlp_status labels_of(int32_t **label, const gamlp_dataset *dataset, const int64_t *node,
                              int64_t count) {
    gamlp_status status = gamlp_new_raw(label, count, sizeof **label, "labels");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < count; i++) (*label)[i] = dataset->label[node[i]];
    return GAMLP_OK;
}

/* Columns [begin, begin + count) of x. */
static gamlp_status part_of(gamlp_stack *part, const gamlp_stack *x, int64_t begin, int64_t count) {
    int64_t *index;
    gamlp_status status = gamlp_new_raw(&index, count, sizeof *index, "node numbers");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < count; i++) index[i] = begin + i;
    status = gamlp_stack_columns(part, x, index, count);
    gamlp_free(index);
    return status;
}

/* X for the nodes of the three parts, in one pass over the graph. */
static gamlp_status make_features(gamlp_run_data *data, const gamlp_train_options *options) {
    const gamlp_dataset *d = &data->dataset;
    const gamlp_split *s = &d->split;
    int64_t count = s->train_count + s->val_count + s->test_count, *node = NULL;
    gamlp_feature_options feature;
    gamlp_stack x = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_run_feature_options(&feature, options));
    feature.stop = data->stop;
    GAMLP_TRY(gamlp_new_raw(&node, count, sizeof *node, "node numbers"));
    memcpy(node, s->train, (size_t)s->train_count * sizeof *node);
    memcpy(node + s->train_count, s->val, (size_t)s->val_count * sizeof *node);
    memcpy(node + s->train_count + s->val_count, s->test, (size_t)s->test_count * sizeof *node);
    GAMLP_TRY(gamlp_cached_features(&x, d, &feature, node, count, options->cache));
    GAMLP_TRY(part_of(&data->train, &x, 0, s->train_count));
    GAMLP_TRY(part_of(&data->val, &x, s->train_count, s->val_count));
    GAMLP_TRY(part_of(&data->test, &x, s->train_count + s->val_count, s->test_count));
done:
    gamlp_stack_clear(&x);
    gamlp_free(node);
    return status;
}

static void scale_block(gamlp_run_data *data, int64_t k, double square) {
    double s = square > 0 ? sqrt((double)data->train.cols / square) : 1;
    data->scale[k] = (gamlp_real)s;
    gamlp_stack_block_scale(&data->train, k, data->scale[k]);
    gamlp_stack_block_scale(&data->val, k, data->scale[k]);
    gamlp_stack_block_scale(&data->test, k, data->scale[k]);
}

static void scale_features(gamlp_run_data *data, gamlp_scale rule) {
    double square[GAMLP_STACK_BLOCKS], total = 0;
    for (int64_t k = 0; k < data->train.blocks; k++) {
        square[k] = gamlp_stack_block_square(&data->train, k);
        total += square[k];
        data->scale[k] = 1;
    }
    for (int64_t k = 0; rule != GAMLP_SCALE_NONE && k < data->train.blocks; k++)
        scale_block(data, k, rule == GAMLP_SCALE_HOP ? square[k] : total);
}

static gamlp_status make_problem(gamlp_run_data *data) {
    const gamlp_dataset *d = &data->dataset;
    const gamlp_split *s = &d->split;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(labels_of(&data->train_label, d, s->train, s->train_count));
    GAMLP_TRY(labels_of(&data->val_label, d, s->val, s->val_count));
    GAMLP_TRY(labels_of(&data->test_label, d, s->test, s->test_count));
    GAMLP_TRY(gamlp_problem_new(&data->problem, &data->train, data->train_label, d->classes));
    GAMLP_TRY(gamlp_problem_watch(&data->val_index, data->problem, &data->val, data->val_label));
    GAMLP_TRY(gamlp_problem_watch(&data->test_index, data->problem, &data->test, data->test_label));
done:
    return status;
}

/* What the solver sees of the present split. */
static gamlp_status prepare(gamlp_run_data *data, const gamlp_train_options *options) {
    int64_t threads = gamlp_threads_get();
    double start = gamlp_clock();
    gamlp_threads_set(options->feature_threads > 0 ? options->feature_threads
                                                   : gamlp_threads_available());
    gamlp_status status = make_features(data, options);
    gamlp_threads_set(threads);
    if (status == GAMLP_OK) {
        scale_features(data, (gamlp_scale)options->scale);
        status = make_problem(data);
    }
    data->feature_seconds = gamlp_clock() - start;
    return status;
}

static void clear_split(gamlp_run_data *data) {
    gamlp_problem_free(data->problem);
    gamlp_stack_clear(&data->train);
    gamlp_stack_clear(&data->val);
    gamlp_stack_clear(&data->test);
    gamlp_free(data->train_label);
    gamlp_free(data->val_label);
    gamlp_free(data->test_label);
    data->problem = NULL;
    data->train_label = data->val_label = data->test_label = NULL;
}

gamlp_status gamlp_run_data_init(gamlp_run_data *data, const gamlp_train_options *options,
                                 gamlp_stop stop) {
    memset(data, 0, sizeof *data);
    data->stop = stop;
    double start = gamlp_clock();
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_dataset_open(&data->dataset, options->dataset, &options->source));
    data->load_seconds = gamlp_clock() - start;
    GAMLP_TRY(prepare(data, options));
done:
    if (status != GAMLP_OK) gamlp_run_data_clear(data);
    return status;
}

gamlp_status gamlp_run_data_split(gamlp_run_data *data, const gamlp_train_options *options) {
    gamlp_status status = GAMLP_OK;
    clear_split(data);
    GAMLP_TRY(gamlp_dataset_split(&data->dataset, &options->source));
    GAMLP_TRY(gamlp_dataset_check(&data->dataset));
    GAMLP_TRY(gamlp_fingerprint_complete(&data->dataset));
    GAMLP_TRY(prepare(data, options));
done:
    return status;
}

void gamlp_run_data_clear(gamlp_run_data *data) {
    clear_split(data);
    gamlp_dataset_clear(&data->dataset);
    memset(data, 0, sizeof *data);
}
