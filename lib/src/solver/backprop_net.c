/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A net trained by back-propagation: memory, weights, growth, scores. */
#include "solver/backprop_net.h"

#include <string.h>

#include "gamlp/alloc.h"
#include "matrix/blas.h"
#include "model/activate.h"
#include "solver/kernels.h"

gamlp_dense gamlp_bp_view(const gamlp_dense *scratch, int64_t rows, int64_t cols) {
    return (gamlp_dense){rows, cols, scratch->data, true};
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static void layer_clear(gamlp_bp_layer *layer) {
    gamlp_parameter_clear(&layer->w);
    gamlp_parameter_clear(&layer->b);
    gamlp_dense_clear(&layer->z);
    gamlp_dense_clear(&layer->p);
}

/* A layer without its weights. */
static gamlp_status layer_init(gamlp_bp_layer *layer, const gamlp_backprop *net, int64_t in,
                               int64_t out) {
    gamlp_status status = GAMLP_OK;
    *layer = (gamlp_bp_layer){.in = in, .out = out};
    GAMLP_TRY(gamlp_parameter_init(&layer->b, net->options.optimiser, out, 1));
    GAMLP_TRY(gamlp_dense_init(&layer->p, out, net->columns));
    if (net->options.activation.kind != GAMLP_RELU)
        GAMLP_TRY(gamlp_dense_init(&layer->z, out, net->columns));
done:
    if (status != GAMLP_OK) layer_clear(layer);
    return status;
}

static gamlp_status init_gram(gamlp_backprop *net, gamlp_bp_layer *layer) {
    gamlp_optimiser optimiser = net->options.optimiser;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_input_init(&net->input, net->problem, layer->out));
    GAMLP_TRY(gamlp_input_draw(&net->input, net->problem, &net->plan));
    GAMLP_TRY(gamlp_parameter_init(&net->image, optimiser, layer->out, net->columns));
    layer->w.w = gamlp_bp_view(&net->input.b, layer->out, net->columns);
    if (optimiser == GAMLP_OPTIMISER_MOMENTUM)
        GAMLP_TRY(gamlp_dense_init(&layer->w.first, layer->out, net->columns));
done:
    return status;
}

static gamlp_status init_weights(gamlp_backprop *net, int64_t l) {
    gamlp_bp_layer *layer = &net->layer[l - 1];
    gamlp_status status = GAMLP_OK;
    if (l == 1 && net->gram) return init_gram(net, layer);
    GAMLP_TRY(gamlp_parameter_init(&layer->w, net->options.optimiser, layer->out, layer->in));
    gamlp_init_weight(&layer->w.w, net->plan.init, net->plan.init_scale, net->plan.seed, l);
    if (l == 1)
        GAMLP_TRY(gamlp_source_init(&net->source, net->problem->x, layer->out,
                                    net->options.feature_dropout > 0));
done:
    return status;
}

static void scratch_clear(gamlp_backprop *net) {
    for (int i = 0; i < 2; i++) {
        gamlp_dense_clear(&net->d[i]);
        gamlp_dense_clear(&net->forward[i]);
    }
    gamlp_dense_clear(&net->tile);
    gamlp_row_sums_clear(&net->sums);
}

static gamlp_status scratch_init(gamlp_backprop *net) {
    int64_t out = 1, tile = 1, wide = net->columns;
    gamlp_status status = GAMLP_OK;
    for (int64_t l = 1; l <= net->layers; l++) {
        const gamlp_bp_layer *layer = &net->layer[l - 1];
        out = larger(out, layer->out);
        if (l > 1) tile = larger(tile, gamlp_tile_size(layer->out, layer->in));
    }
    for (int64_t i = 0; i < net->watched; i++)
        wide = larger(wide, net->problem->watched[i].x->cols);
    for (int i = 0; i < 2; i++) {
        GAMLP_TRY(gamlp_dense_init(&net->d[i], out, net->columns));
        GAMLP_TRY(gamlp_dense_init(&net->forward[i], out, wide));
    }
    GAMLP_TRY(gamlp_dense_init(&net->tile, tile, 1));
    GAMLP_TRY(gamlp_row_sums_init(&net->sums, out, net->columns));
done:
    return status;
}

static gamlp_status init_layers(gamlp_backprop *net, const gamlp_net_plan *plan) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&net->layer, plan->layers, sizeof *net->layer, "the layers of a net"));
    for (int64_t l = 1; l <= plan->layers; l++) {
        int64_t in = l == 1 ? net->problem->x->rows : plan->hidden[l - 2];
        int64_t out = l == plan->layers ? net->problem->classes : plan->hidden[l - 1];
        if (l < plan->layers && plan->hidden[l - 1] < 1)
            GAMLP_TRY(gamlp_fail(GAMLP_E_USAGE, "layer %lld has %lld neurons", (long long)l,
                                 (long long)plan->hidden[l - 1]));
        GAMLP_TRY(layer_init(&net->layer[l - 1], net, in, out));
        net->layers = l;
        GAMLP_TRY(init_weights(net, l));
    }
    status = scratch_init(net);
done:
    return status;
}

static int64_t common_width(const gamlp_net_plan *plan) {
    for (int64_t l = 1; l + 1 < plan->layers; l++)
        if (plan->hidden[l] != plan->hidden[0]) return 0;
    return plan->layers > 1 ? plan->hidden[0] : 0;
}

gamlp_status gamlp_backprop_new(gamlp_backprop **net, const gamlp_problem *problem,
                                const gamlp_net_plan *plan, const gamlp_backprop_options *options) {
    gamlp_backprop *fresh = NULL;
    gamlp_status status = GAMLP_OK;
    *net = NULL;
    GAMLP_TRY(gamlp_backprop_options_check(options));
    if (plan->layers < 1)
        GAMLP_TRY(gamlp_fail(GAMLP_E_USAGE, "a net of %lld layers", (long long)plan->layers));
    GAMLP_TRY(gamlp_new(&fresh, 1, sizeof *fresh, "a net"));
    fresh->problem = problem;
    fresh->options = *options;
    fresh->columns = problem->x->cols;
    fresh->watched = problem->watched_count;
    fresh->hidden = common_width(plan);
    fresh->plan = *plan;
    fresh->plan.hidden = NULL;
    GAMLP_TRY(gamlp_new(&fresh->weight, problem->classes, sizeof *fresh->weight,
                        "the weights of classes"));
    GAMLP_TRY(gamlp_loss_class_weights(fresh->weight, &options->loss, problem->label,
                                       fresh->columns, problem->classes));
    fresh->gram = problem->uses_gram && options->optimiser <= GAMLP_OPTIMISER_MOMENTUM &&
                  options->feature_dropout == 0;
    GAMLP_TRY(init_layers(fresh, plan));
    *net = fresh;
    fresh = NULL;
done:
    gamlp_backprop_free(fresh);
    return status;
}

void gamlp_backprop_free(gamlp_backprop *net) {
    if (!net) return;
    for (int64_t l = 0; l < net->layers; l++) layer_clear(&net->layer[l]);
    gamlp_free(net->layer);
    gamlp_free(net->weight);
    gamlp_input_clear(&net->input);
    gamlp_parameter_clear(&net->image);
    gamlp_source_clear(&net->source);
    scratch_clear(net);
    gamlp_free(net);
}

gamlp_status gamlp_backprop_start(gamlp_backprop *net) {
    bool stepped = net->stepped; /* else moments are 0 as they were made */
    net->stepped = false;
    net->iteration = 0;
    net->figures = (gamlp_backprop_figures){0};
    net->momentum_a = 0;
    if (!stepped) return GAMLP_OK;
    for (int64_t l = 0; l < net->layers; l++) {
        gamlp_parameter_forget(&net->layer[l].w);
        gamlp_parameter_forget(&net->layer[l].b);
    }
    gamlp_parameter_forget(&net->image);
    return GAMLP_OK;
}

static void set_identity(gamlp_dense *w) {
    for (int64_t i = 0; i < w->rows && i < w->cols; i++) w->data[i + i * w->rows] = 1;
}

gamlp_status gamlp_backprop_grow(gamlp_backprop *net, int64_t layers) {
    gamlp_bp_layer *grown = NULL;
    int64_t old = net->layers, made = old - 1;
    gamlp_status status = GAMLP_OK;
    if (layers < old || net->hidden == 0)
        return gamlp_fail(GAMLP_E_CONFIG, "a net of %lld layers cannot grow to %lld%s",
                          (long long)old, (long long)layers,
                          net->hidden ? "" : ": it needs hidden layers of one width");
    if (layers == old) return GAMLP_OK;
    GAMLP_TRY(gamlp_new(&grown, layers, sizeof *grown, "the layers of a net"));
    for (; made < layers - 1; made++) {
        GAMLP_TRY(layer_init(&grown[made], net, net->hidden, net->hidden));
        GAMLP_TRY(
            gamlp_parameter_init(&grown[made].w, net->options.optimiser, net->hidden, net->hidden));
        set_identity(&grown[made].w.w);
    }
    memcpy(grown, net->layer, (size_t)(old - 1) * sizeof *grown);
    grown[layers - 1] = net->layer[old - 1];
    gamlp_free(net->layer);
    net->layer = grown;
    net->layers = layers;
    scratch_clear(net);
    return scratch_init(net);
done:
    for (int64_t l = old - 1; grown && l < layers - 1; l++) layer_clear(&grown[l]);
    gamlp_free(grown);
    return status;
}

static gamlp_status input_product(gamlp_dense *z, const gamlp_backprop *net, int64_t index) {
    const gamlp_problem *problem = net->problem;
    if (!net->gram)
        return gamlp_stack_multiply(z, &net->layer[0].w.w,
                                    index < 0 ? problem->x : problem->watched[index].x);
    gamlp_input_product(z, &net->input, problem, index);
    return GAMLP_OK;
}

gamlp_status gamlp_backprop_score(gamlp_score *score, gamlp_backprop *net, int64_t index) {
    gamlp_status status = GAMLP_OK;
    if (index < -1 || index >= net->watched)
        return gamlp_fail(GAMLP_E_USAGE,
                          "set %lld is not one of the %lld watched when the net began",
                          (long long)index, (long long)net->watched);
    int64_t columns = gamlp_problem_columns(net->problem, index);
    gamlp_dense z = {0};
    for (int64_t l = 1; l <= net->layers; l++) {
        const gamlp_bp_layer *layer = &net->layer[l - 1];
        gamlp_dense next = gamlp_bp_view(&net->forward[l % 2], layer->out, columns);
        if (l == 1)
            GAMLP_TRY(input_product(&next, net, index));
        else
            gamlp_blas_multiply(&next, 1, GAMLP_PLAIN, &layer->w.w, GAMLP_PLAIN, &z, 0);
        gamlp_activate_bias(&next, &layer->b.w, l < net->layers ? &net->options.activation : NULL);
        z = next;
    }
    *score = gamlp_score_of(&z, gamlp_problem_label(net->problem, index));
done:
    return status;
}

void gamlp_backprop_keep(gamlp_backprop *net) {
    net->kept = true;
    if (net->gram) gamlp_input_keep(&net->input);
    for (int64_t l = 0; l < net->layers; l++) {
        gamlp_parameter_keep(&net->layer[l].w);
        gamlp_parameter_keep(&net->layer[l].b);
    }
}

gamlp_status gamlp_backprop_restore(gamlp_backprop *net) {
    if (!net->kept) return gamlp_fail(GAMLP_E_USAGE, "no weights have been remembered");
    if (net->gram) gamlp_input_restore(&net->input);
    for (int64_t l = 0; l < net->layers; l++) {
        gamlp_parameter_restore(&net->layer[l].w);
        gamlp_parameter_restore(&net->layer[l].b);
    }
    return GAMLP_OK;
}

static void copy(gamlp_dense *out, const gamlp_dense *in) {
    memcpy(out->data, in->data, (size_t)(in->rows * in->cols) * sizeof *in->data);
}

gamlp_status gamlp_backprop_load(gamlp_backprop *net, const gamlp_model *model) {
    gamlp_status status = GAMLP_OK;
    bool fits = model->layers == net->layers;
    for (int64_t l = 0; fits && l < net->layers; l++)
        fits = model->layer[l].weight.rows == net->layer[l].out &&
               model->layer[l].weight.cols == net->layer[l].in;
    if (!fits) GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "the weights of a net of another shape"));
    if (net->gram) GAMLP_TRY(gamlp_input_load(&net->input, net->problem, &model->layer[0].weight));
    for (int64_t l = 0; l < net->layers; l++) {
        if (l > 0 || !net->gram) copy(&net->layer[l].w.w, &model->layer[l].weight);
        copy(&net->layer[l].b.w, &model->layer[l].bias);
    }
done:
    return status;
}

gamlp_status gamlp_backprop_export(gamlp_model *model, const gamlp_backprop *net) {
    int64_t *width = NULL;
    gamlp_status status = GAMLP_OK;
    *model = (gamlp_model){0};
    GAMLP_TRY(gamlp_new(&width, net->layers + 1, sizeof *width, "layer widths"));
    width[0] = net->layer[0].in;
    for (int64_t l = 1; l <= net->layers; l++) width[l] = net->layer[l - 1].out;
    GAMLP_TRY(gamlp_model_init(model, net->layers, width));
    model->activation = net->options.activation;
    for (int64_t l = 1; l <= net->layers; l++) {
        gamlp_layer *out = &model->layer[l - 1];
        if (l == 1 && net->gram)
            GAMLP_TRY(gamlp_input_export(&out->weight, &net->input, net->problem));
        else
            copy(&out->weight, &net->layer[l - 1].w.w);
        copy(&out->bias, &net->layer[l - 1].b.w);
    }
done:
    gamlp_free(width);
    if (status != GAMLP_OK) gamlp_model_clear(model);
    return status;
}
