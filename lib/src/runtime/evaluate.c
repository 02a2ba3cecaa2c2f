/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trained model applied to a data set.  How it was trained stands in the
 * model's metadata; where the data were stands in the config.yaml beside it,
 * since paths are kept out of models. */
#include "runtime/evaluate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "core/yaml.h"
#include "gamlp/alloc.h"
#include "model/activate.h"
#include "runtime/features.h"
#include "runtime/run.h"

static const int64_t feature_budget = (int64_t)2 << 30; /* bytes */

/* What the metadata say. */
typedef struct origin {
    char dataset[GAMLP_OPTION_TEXT];
    char fingerprint[GAMLP_HASH_TEXT], split_fingerprint[GAMLP_HASH_TEXT];
    gamlp_dataset_options source;
    gamlp_feature_options feature;
} origin;

static gamlp_status lacks(const char *path, const char *key) {
    return gamlp_fail(GAMLP_E_DATA, "%s: its metadata lack %s: not a model of gamlp train", path,
                      key);
}

static void copy_text(char *to, size_t size, const char *text) {
    snprintf(to, size, "%s", text ? text : "");
}

static gamlp_status read_split_options(origin *o, const gamlp_json *options, const char *path) {
    const struct {
        const char *key;
        int64_t *value;
    } field[] = {{"split-seed", &o->source.split_seed},
                 {"train-per-class", &o->source.train_per_class},
                 {"val", &o->source.val_count},
                 {"test", &o->source.test_count}};
    for (size_t i = 0; i < sizeof field / sizeof field[0]; i++)
        if (!gamlp_json_get_int(options, field[i].key, field[i].value))
            return lacks(path, field[i].key);
    return GAMLP_OK;
}

/* The texts of these options; models of earlier versions lack them. */
static gamlp_status read_split_rule(origin *o, const gamlp_json *options, const char *path) {
    static const char *const key[] = {"split", "component"};
    for (int i = 0; i < 2; i++) {
        const char *text = gamlp_json_get_text(options, key[i]);
        gamlp_status status = GAMLP_OK;
        if (text)
            status =
                gamlp_option_set(&o->source, gamlp_option_find(gamlp_dataset_table, key[i]), text);
        if (status == GAMLP_OK) status = gamlp_dataset_options_check(&o->source);
        if (status != GAMLP_OK) return gamlp_fail(GAMLP_E_DATA, "%s: %s", path, gamlp_error_text());
    }
    return GAMLP_OK;
}

/* The option of that name, where it is told. */
static gamlp_status take_option(gamlp_train_options *trained, const gamlp_json *options,
                                const char *name) {
    const char *text = gamlp_json_get_text(options, name);
    char number[40];
    double value;
    if (!text && gamlp_json_get_real(options, name, &value)) {
        snprintf(number, sizeof number, "%.17g", value);
        text = number;
    }
    return text ? gamlp_option_set(trained, gamlp_option_find(gamlp_train_table, name), text)
                : GAMLP_OK;
}

/* Hops or a feature set, the rule for a node's own features, their storage between hops, and how
 * diffusions are computed.  What is not told is the default. */
static gamlp_status read_features(origin *o, const gamlp_json *options, const char *path) {
    static const char *const key[] = {"normalise", "features",  "storage",
                                      "diffusion", "tolerance", "memory"};
    gamlp_train_options trained = {0};
    gamlp_status status = GAMLP_OK;
    gamlp_diffusion_options_default(&trained.diffusion);
    if (!gamlp_json_get_int(options, "hops", &trained.hops)) return lacks(path, "hops");
    if (!gamlp_json_get_text(options, "normalise")) return lacks(path, "normalise");
    for (size_t i = 0; i < sizeof key / sizeof key[0] && status == GAMLP_OK; i++)
        status = take_option(&trained, options, key[i]);
    if (status == GAMLP_OK) status = gamlp_run_feature_options(&o->feature, &trained);
    if (status == GAMLP_OK) status = gamlp_feature_options_check(&o->feature);
    if (status != GAMLP_OK) return gamlp_fail(GAMLP_E_DATA, "%s: %s", path, gamlp_error_text());
    return GAMLP_OK;
}

static gamlp_status read_metadata(origin *o, const gamlp_model *model, const char *path) {
    gamlp_json *object = NULL;
    gamlp_status status = GAMLP_OK;
    if (!model->metadata) return lacks(path, "everything");
    GAMLP_TRY(gamlp_json_parse(&object, model->metadata, strlen(model->metadata), path));
    const gamlp_json *dataset = gamlp_json_get(object, "dataset");
    const gamlp_json *split = gamlp_json_get(object, "split");
    const gamlp_json *options = gamlp_json_get(object, "options");
    if (!gamlp_json_get_text(dataset, "fingerprint")) GAMLP_TRY(lacks(path, "dataset"));
    if (!gamlp_json_get_text(split, "fingerprint")) GAMLP_TRY(lacks(path, "split"));
    copy_text(o->dataset, sizeof o->dataset, gamlp_json_get_text(dataset, "name"));
    copy_text(o->fingerprint, sizeof o->fingerprint, gamlp_json_get_text(dataset, "fingerprint"));
    copy_text(o->split_fingerprint, sizeof o->split_fingerprint,
              gamlp_json_get_text(split, "fingerprint"));
    GAMLP_TRY(read_split_options(o, options, path));
    GAMLP_TRY(read_split_rule(o, options, path));
    GAMLP_TRY(read_features(o, options, path));
done:
    gamlp_json_free(object);
    return status;
}

/* Whether the files of a data set are looked for in the folder of the data sets. */
static gamlp_status wants_folder(bool *wants, const char *dataset) {
    const char *manifest = gamlp_dataset_manifest(dataset);
    gamlp_yaml *yaml = NULL;
    *wants = false;
    if (!manifest) return GAMLP_OK;
    gamlp_status status = gamlp_yaml_parse(&yaml, manifest, strlen(manifest), dataset);
    if (status != GAMLP_OK) return status;
    const char *kind = gamlp_yaml_text(yaml, gamlp_yaml_find(yaml, gamlp_yaml_root(yaml), "kind"));
    *wants = kind && strcmp(kind, "files") == 0;
    gamlp_yaml_free(yaml);
    return GAMLP_OK;
}

static bool is_file(const char *split) {
    return strncmp(split, "file:", 5) == 0;
}

/* Name or path of the data set, the folder of its files and the path of its split, from config.yaml
 * if there is one. */
static gamlp_status read_config(origin *o, const char *model_path) {
    const char *slash = strrchr(model_path, '/');
    char *path = NULL;
    gamlp_settings settings;
    gamlp_status status = GAMLP_OK;
    gamlp_settings_default(&settings);
    GAMLP_TRY(gamlp_text_format(&path, "%.*sconfig.yaml", slash ? (int)(slash + 1 - model_path) : 0,
                                model_path));
    if (!gamlp_file_exists(path)) goto done;
    GAMLP_TRY(gamlp_settings_read(&settings, path));
    copy_text(o->dataset, sizeof o->dataset, settings.options.dataset);
    copy_text(o->source.data, sizeof o->source.data, settings.options.source.data);
    if (is_file(o->source.split) && is_file(settings.options.source.split))
        copy_text(o->source.split, sizeof o->source.split, settings.options.source.split);
done:
    gamlp_free(path);
    return status;
}

gamlp_status gamlp_model_path(char **path, const char *model) {
    if (gamlp_file_is_directory(model))
        return gamlp_text_format(path, "%s/model.safetensors", model);
    return gamlp_strdup(path, model);
}

static gamlp_status forward_nodes(gamlp_dense *logits, const gamlp_model *model,
                                  const gamlp_feature_input *input, int64_t first, int64_t count,
                                  const gamlp_feature_options *options) {
    gamlp_stack x = {0};
    gamlp_dense part = {0};
    int64_t *node = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&node, count, sizeof *node, "node numbers"));
    for (int64_t i = 0; i < count; i++) node[i] = first + i;
    GAMLP_TRY(gamlp_feature_make(&x, input, node, count, options));
    GAMLP_TRY(gamlp_model_forward(&part, model, &x));
    memcpy(logits->data + first * logits->rows, part.data,
           (size_t)(part.rows * part.cols) * sizeof *part.data);
done:
    gamlp_stack_clear(&x);
    gamlp_dense_clear(&part);
    gamlp_free(node);
    return status;
}

/* Nodes whose features and hidden values fit the budget. */
static int64_t batch_of(const gamlp_model *model, int64_t nodes, int64_t budget) {
    int64_t widest = model->layer[0].weight.cols;
    for (int64_t l = 0; l < model->layers; l++) widest += 2 * model->layer[l].weight.rows;
    int64_t batch = budget / (widest * (int64_t)sizeof(gamlp_real));
    return batch < 1 ? 1 : batch > nodes ? nodes : batch;
}

gamlp_status gamlp_evaluate_logits(gamlp_dense *logits, const gamlp_model *model,
                                   const gamlp_dataset *d, const gamlp_feature_options *options,
                                   int64_t budget) {
    gamlp_feature_source source = {0};
    gamlp_feature_options shared = *options;
    int64_t inputs = model->layer[0].weight.cols, batch = batch_of(model, d->nodes, budget);
    gamlp_status status = GAMLP_OK;
    *logits = (gamlp_dense){0};
    if (inputs != gamlp_feature_set_rows(&options->set, d->features))
        return gamlp_fail(GAMLP_E_DATA,
                          "the model takes %lld features, %s has %lld, which make %lld",
                          (long long)inputs, d->name, (long long)d->features,
                          (long long)gamlp_feature_set_rows(&options->set, d->features));
    GAMLP_TRY(gamlp_feature_source_init(&source, d, &options->set));
    if (model->layers == 1 &&
        gamlp_linear_suits(&source.input, options, model->layer[0].weight.rows)) {
        GAMLP_TRY(gamlp_linear_product(logits, &model->layer[0].weight, &source.input, options));
        gamlp_activate_bias(logits, &model->layer[0].bias, NULL);
        goto done;
    }
    GAMLP_TRY(gamlp_dense_init(logits, model->layer[model->layers - 1].weight.rows, d->nodes));
    if (batch < d->nodes) GAMLP_TRY(gamlp_feature_kept_new(&shared.kept, d->nodes));
    for (int64_t first = 0; first < d->nodes; first += batch) {
        int64_t count = batch < d->nodes - first ? batch : d->nodes - first;
        GAMLP_TRY(forward_nodes(logits, model, &source.input, first, count, &shared));
    }
done:
    gamlp_feature_kept_free(shared.kept);
    gamlp_feature_source_clear(&source);
    if (status != GAMLP_OK) gamlp_dense_clear(logits);
    return status;
}

gamlp_status gamlp_evaluate_part(gamlp_score *score, const gamlp_dense *logits,
                                 const int32_t *label, const int64_t *node, int64_t count) {
    gamlp_dense part = {0};
    int32_t *part_label = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_dense_columns(&part, logits, node, count));
    GAMLP_TRY(gamlp_new_raw(&part_label, count, sizeof *part_label, "labels"));
    for (int64_t i = 0; i < count; i++) part_label[i] = label[node[i]];
    *score = gamlp_score_of(&part, part_label);
done:
    gamlp_free(part_label);
    gamlp_dense_clear(&part);
    return status;
}

gamlp_status gamlp_evaluation_score(gamlp_evaluation *evaluation) {
    gamlp_evaluation *e = evaluation;
    const gamlp_split *s = &e->dataset.split;
    const int32_t *label = e->dataset.label;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_evaluate_part(&e->train, &e->logits, label, s->train, s->train_count));
    GAMLP_TRY(gamlp_evaluate_part(&e->val, &e->logits, label, s->val, s->val_count));
    GAMLP_TRY(gamlp_evaluate_part(&e->test, &e->logits, label, s->test, s->test_count));
done:
    return status;
}

static gamlp_status apply(gamlp_evaluation *e, const gamlp_model *model, const origin *o) {
    const gamlp_dataset *d = &e->dataset;
    int64_t outputs = model->layer[model->layers - 1].weight.rows;
    gamlp_status status = GAMLP_OK;
    if (outputs != d->classes)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "the model knows %lld classes, %s has %lld",
                             (long long)outputs, d->name, (long long)d->classes));
    GAMLP_TRY(gamlp_evaluate_logits(&e->logits, model, d, &o->feature, feature_budget));
    GAMLP_TRY(gamlp_evaluation_score(e));
    e->same_data = strcmp(d->fingerprint, o->fingerprint) == 0;
    e->same_split = e->same_data && strcmp(d->split_fingerprint, o->split_fingerprint) == 0;
done:
    return status;
}

gamlp_status gamlp_evaluate(gamlp_evaluation *evaluation, const char *model, const char *dataset,
                            const char *data, const char *split) {
    char *path = NULL;
    gamlp_model net = {0};
    origin o = {0};
    bool asks_config = !dataset, asks_path;
    gamlp_status status = GAMLP_OK;
    *evaluation = (gamlp_evaluation){0};
    gamlp_dataset_options_default(&o.source);
    gamlp_feature_options_default(&o.feature);
    GAMLP_TRY(gamlp_model_path(&path, model));
    GAMLP_TRY(gamlp_model_read(&net, path));
    GAMLP_TRY(read_metadata(&o, &net, path));
    if (dataset && !data) GAMLP_TRY(wants_folder(&asks_config, dataset));
    asks_path = !split && is_file(o.source.split);
    if (asks_config || asks_path) GAMLP_TRY(read_config(&o, path));
    if (data) copy_text(o.source.data, sizeof o.source.data, data);
    if (split) copy_text(o.source.split, sizeof o.source.split, split);
    GAMLP_TRY(gamlp_dataset_open(&evaluation->dataset, dataset ? dataset : o.dataset, &o.source));
    GAMLP_TRY(apply(evaluation, &net, &o));
done:
    gamlp_model_clear(&net);
    gamlp_free(path);
    if (status != GAMLP_OK) gamlp_evaluation_clear(evaluation);
    return status;
}

void gamlp_evaluation_clear(gamlp_evaluation *evaluation) {
    if (!evaluation) return;
    gamlp_dataset_clear(&evaluation->dataset);
    gamlp_dense_clear(&evaluation->logits);
    *evaluation = (gamlp_evaluation){0};
}
