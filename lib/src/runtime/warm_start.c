/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Training that begins with the weights of a model. */
#include <string.h>

#include "core/hash.h"
#include "gamlp/alloc.h"
#include "gamlp/log.h"
#include "runtime/evaluate.h"
#include "runtime/run.h"

enum { LARGEST_MODEL = 0x7fffffff };

void gamlp_run_hash(char hex[GAMLP_HASH_TEXT], const unsigned char *bytes, size_t size) {
    gamlp_hash hash;
    gamlp_hash_init(&hash);
    gamlp_hash_bytes(&hash, bytes, size);
    gamlp_hash_hex(&hash, hex);
}

/* W_1 diag(scale)^-1 takes the scaled features. */
static void unfold_scale(gamlp_dense *weight, const gamlp_run_data *data) {
    gamlp_real *column = weight->data;
    for (int64_t k = 0; k < data->train.blocks; k++) {
        int64_t count = gamlp_stack_block_rows(&data->train, k) * weight->rows;
        for (int64_t i = 0; i < count; i++) column[i] /= data->scale[k];
        column += count;
    }
}

/* Whether the option is what a model tells of it, or `usual` where it tells nothing. */
static bool same_option(const gamlp_json *theirs, const gamlp_train_options *options,
                        const char *name, const char *usual) {
    char ours[GAMLP_OPTION_TEXT];
    const char *text = gamlp_json_get_text(theirs, name);
    gamlp_option_get(options, gamlp_option_find(gamlp_train_table, name), ours, sizeof ours);
    return strcmp(text ? text : usual, ours) == 0;
}

/* Other data and other features of the same size are allowed, and worth a word. */
static gamlp_status compare(const gamlp_model *model, const gamlp_run_data *data,
                            const gamlp_train_options *options, const char *path) {
    gamlp_json *object = NULL;
    int64_t hops = -1;
    if (!model->metadata) {
        gamlp_log(GAMLP_LOG_WARN, "%s does not say what it was trained on", path);
        return GAMLP_OK;
    }
    gamlp_status status = gamlp_json_parse(&object, model->metadata, strlen(model->metadata), path);
    if (status != GAMLP_OK) return status;
    const gamlp_json *theirs = gamlp_json_get(object, "options");
    const char *trained = gamlp_json_get_text(gamlp_json_get(object, "dataset"), "fingerprint");
    if (!trained || strcmp(trained, data->dataset.fingerprint) != 0)
        gamlp_log(GAMLP_LOG_WARN, "%s was trained on other data than %s", path, data->dataset.name);
    gamlp_json_get_int(theirs, "hops", &hops);
    if (!same_option(theirs, options, "features", "") ||
        !(options->features[0] || hops == options->hops) ||
        !same_option(theirs, options, "normalise", "") ||
        !same_option(theirs, options, "storage", "full"))
        gamlp_log(GAMLP_LOG_WARN,
                  "%s was trained on other features: features, hops, normalise or storage differ",
                  path);
    gamlp_json_free(object);
    return GAMLP_OK;
}

static gamlp_status check_inputs(const gamlp_model *model, const gamlp_run_data *data,
                                 const char *path) {
    if (model->layers > 0 && model->layer[0].weight.cols == data->train.rows) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_DATA, "%s takes %lld features, these data have %lld", path,
                      (long long)(model->layers > 0 ? model->layer[0].weight.cols : 0),
                      (long long)data->train.rows);
}

gamlp_status gamlp_run_warm_start(char sha256[GAMLP_HASH_TEXT], void *net,
                                  const gamlp_method *method, const gamlp_run_data *data,
                                  const gamlp_train_options *options) {
    char *path = NULL;
    gamlp_bytes bytes = {0};
    gamlp_model model = {0};
    gamlp_status status = GAMLP_OK;
    if (!method->load)
        GAMLP_TRY(gamlp_fail(GAMLP_E_CONFIG, "from: the solver %s cannot begin with a model",
                             method->name));
    GAMLP_TRY(gamlp_model_path(&path, options->from));
    GAMLP_TRY(gamlp_file_read(&bytes, path, LARGEST_MODEL));
    GAMLP_TRY(gamlp_model_decode(&model, bytes.data, bytes.size, path));
    GAMLP_TRY(check_inputs(&model, data, path));
    GAMLP_TRY(compare(&model, data, options, path));
    unfold_scale(&model.layer[0].weight, data);
    status = method->load(net, &model);
    if (status != GAMLP_OK) GAMLP_TRY(gamlp_fail(status, "%s: %s", path, gamlp_error_text()));
    gamlp_run_hash(sha256, bytes.data, bytes.size);
done:
    gamlp_model_clear(&model);
    gamlp_bytes_clear(&bytes);
    gamlp_free(path);
    return status;
}
