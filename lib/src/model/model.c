/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/model.h"

#include <math.h>
#include <stdbool.h>

#include "gamlp/alloc.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"
#include "matrix/blas.h"
#include "model/activate.h"

gamlp_status gamlp_model_init(gamlp_model *model, int64_t layers, const int64_t *width) {
    *model = (gamlp_model){0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&model->layer, layers, sizeof *model->layer, "the layers of a model"));
    model->layers = layers;
    for (int64_t l = 0; l < layers; l++) {
        GAMLP_TRY(gamlp_dense_init(&model->layer[l].weight, width[l + 1], width[l]));
        GAMLP_TRY(gamlp_dense_init(&model->layer[l].bias, width[l + 1], 1));
    }
done:
    if (status != GAMLP_OK) gamlp_model_clear(model);
    return status;
}

void gamlp_model_clear(gamlp_model *model) {
    if (!model) return;
    for (int64_t l = 0; l < model->layers; l++) {
        gamlp_dense_clear(&model->layer[l].weight);
        gamlp_dense_clear(&model->layer[l].bias);
    }
    gamlp_free(model->layer);
    gamlp_free(model->metadata);
    *model = (gamlp_model){0};
}

static bool finite(const gamlp_dense *a) {
    for (int64_t i = 0; i < a->rows * a->cols; i++)
        if (!isfinite(a->data[i])) return false;
    return true;
}

gamlp_status gamlp_model_check(const gamlp_model *model) {
    if (model->layers < 1) return gamlp_fail(GAMLP_E_DATA, "a model without layers");
    gamlp_status status = gamlp_activation_check(&model->activation);
    if (status != GAMLP_OK) return status;
    for (int64_t l = 0; l < model->layers; l++) {
        const gamlp_layer *layer = &model->layer[l];
        if (layer->weight.rows < 1 || layer->weight.cols < 1)
            return gamlp_fail(GAMLP_E_DATA, "layer %lld is empty", (long long)l + 1);
        if (layer->bias.rows != layer->weight.rows || layer->bias.cols != 1)
            return gamlp_fail(GAMLP_E_DATA, "layer %lld: bias of %lld, expected %lld",
                              (long long)l + 1, (long long)layer->bias.rows,
                              (long long)layer->weight.rows);
        if (l > 0 && layer->weight.cols != model->layer[l - 1].weight.rows)
            return gamlp_fail(GAMLP_E_DATA, "layer %lld takes %lld inputs, layer %lld gives %lld",
                              (long long)l + 1, (long long)layer->weight.cols, (long long)l,
                              (long long)model->layer[l - 1].weight.rows);
        if (!finite(&layer->weight) || !finite(&layer->bias))
            return gamlp_fail(GAMLP_E_NUMERIC, "layer %lld has a weight that is not finite",
                              (long long)l + 1);
    }
    return GAMLP_OK;
}

gamlp_status gamlp_layer_check(const gamlp_layer *layer, int64_t number, int64_t out, int64_t in) {
    const gamlp_dense *w = &layer->weight, *b = &layer->bias;
    if (w->rows == out && w->cols == in && b->rows == out && b->cols == 1) return GAMLP_OK;
    return gamlp_fail(
        GAMLP_E_DATA, "layer %lld of the model is %lld x %lld, that of the net %lld x %lld",
        (long long)number, (long long)w->rows, (long long)w->cols, (long long)out, (long long)in);
}

gamlp_status gamlp_model_forward(gamlp_dense *logits, const gamlp_model *model,
                                 const gamlp_stack *x) {
    gamlp_dense z = {0}, next = {0};
    gamlp_status status = GAMLP_OK;
    *logits = (gamlp_dense){0};
    const gamlp_layer *layer = model->layer;
    if (layer[0].weight.cols != x->rows)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "the model takes %lld features, the data has %lld",
                             (long long)layer[0].weight.cols, (long long)x->rows));
    GAMLP_TRY(gamlp_dense_init(&z, layer[0].weight.rows, x->cols));
    GAMLP_TRY(gamlp_stack_multiply(&z, &layer[0].weight, x));
    gamlp_activate_bias(&z, &layer[0].bias, model->layers > 1 ? &model->activation : NULL);
    for (int64_t l = 1; l < model->layers; l++) {
        GAMLP_TRY(gamlp_dense_init(&next, layer[l].weight.rows, x->cols));
        gamlp_blas_multiply(&next, 1, GAMLP_PLAIN, &layer[l].weight, GAMLP_PLAIN, &z, 0);
        gamlp_activate_bias(&next, &layer[l].bias,
                            l + 1 < model->layers ? &model->activation : NULL);
        gamlp_dense_clear(&z);
        z = next;
        next = (gamlp_dense){0};
    }
    *logits = z;
    z = (gamlp_dense){0};
done:
    gamlp_dense_clear(&z);
    return status;
}

static double deviation(gamlp_init rule, double scale, double in, double out) {
    if (rule == GAMLP_INIT_HE) return scale * sqrt(2 / in);
    if (rule == GAMLP_INIT_GLOROT) return scale * sqrt(2 / (in + out));
    return scale;
}

typedef struct init_task {
    gamlp_dense *weight;
    gamlp_rng rng;
    uint64_t first; /* number of the first element */
    double deviation;
} init_task;

static void init_column(void *context, int64_t j) {
    const init_task *task = context;
    enum { BLOCK = 256 };
    int64_t rows = task->weight->rows, end = (j + 1) * rows;
    double normal[BLOCK];
    for (int64_t from = j * rows; from < end; from += BLOCK) {
        int64_t n = end - from < BLOCK ? end - from : BLOCK;
        gamlp_rng_normals(normal, task->rng, task->first + (uint64_t)from, n);
        for (int64_t i = 0; i < n; i++)
            task->weight->data[from + i] = (gamlp_real)(task->deviation * normal[i]);
    }
}

void gamlp_init_columns(gamlp_dense *part, int64_t first, int64_t columns, gamlp_init rule,
                        double scale, uint64_t seed, int64_t layer) {
    init_task task = {.weight = part,
                      .rng = gamlp_rng_key(seed, GAMLP_RNG_WEIGHT, (uint32_t)layer),
                      .first = (uint64_t)(first * part->rows),
                      .deviation = deviation(rule, scale, (double)columns, (double)part->rows)};
    gamlp_parallel(part->cols, init_column, &task);
}

void gamlp_init_weight(gamlp_dense *weight, gamlp_init rule, double scale, uint64_t seed,
                       int64_t layer) {
    gamlp_init_columns(weight, 0, weight->cols, rule, scale, seed, layer);
}
