/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A warm start: weights of a model in place of random ones. */
#include <string.h>

#include "solver/block.h"

static void copy(gamlp_dense *out, const gamlp_dense *in) {
    memcpy(out->data, in->data, (size_t)(in->rows * in->cols) * sizeof *in->data);
}

/* W_1^0 is the model's from now on. */
static gamlp_status load_input(gamlp_pdadmm *block, gamlp_pd_layer *layer,
                               const gamlp_dense *weight) {
    gamlp_dense *first = &block->input.first;
    gamlp_status status = GAMLP_OK;
    if (!first->data) status = gamlp_dense_init(first, layer->out, layer->in);
    if (status != GAMLP_OK) return status;
    copy(first, weight);
    return gamlp_pd_set_input(block, layer, first);
}

gamlp_status gamlp_pdadmm_adopt_layer(gamlp_pdadmm *block, int64_t number,
                                      const gamlp_layer *from) {
    gamlp_status status = GAMLP_OK;
    if (number < block->first || number > block->last)
        return gamlp_fail(GAMLP_E_USAGE, "layer %lld in a block of layers %lld to %lld",
                          (long long)number, (long long)block->first, (long long)block->last);
    gamlp_pd_layer *layer = gamlp_pd_layer_at(block, number);
    GAMLP_TRY(gamlp_layer_check(from, number, layer->out, layer->in));
    if (gamlp_pd_is_gram(block, layer))
        GAMLP_TRY(load_input(block, layer, &from->weight));
    else
        copy(&layer->w, &from->weight);
    copy(&layer->b, &from->bias);
done:
    return status;
}

/* The widths of layers outside the block are not known here. */
gamlp_status gamlp_pdadmm_adopt(gamlp_pdadmm *block, const gamlp_model *model) {
    gamlp_status status = GAMLP_OK;
    if (model->layers != block->layers)
        return gamlp_fail(GAMLP_E_DATA, "the model has %lld layers, the net has %lld",
                          (long long)model->layers, (long long)block->layers);
    for (int64_t l = block->first; l <= block->last; l++) {
        const gamlp_pd_layer *layer = gamlp_pd_layer_at(block, l);
        GAMLP_TRY(gamlp_layer_check(&model->layer[l - 1], l, layer->out, layer->in));
    }
    GAMLP_TRY(gamlp_model_check(model));
    for (int64_t l = block->first; l <= block->last; l++)
        GAMLP_TRY(gamlp_pdadmm_adopt_layer(block, l, &model->layer[l - 1]));
done:
    return status;
}
