/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Full-batch back-propagation: options and the iteration. */
#include "gamlp/backprop.h"

#include <math.h>

#include "matrix/blas.h"
#include "model/activate.h"
#include "solver/backprop_net.h"
#include "solver/dropout.h"
#include "solver/kernels.h"

/* Iterations between fresh products W_1 X, against drift. */
static const int64_t refresh = 50;

void gamlp_backprop_options_default(gamlp_backprop_options *options, gamlp_optimiser optimiser) {
    static const double rate[] = {0.1, 0.1, 1e-2, 1, 1e-3};
    static const double epsilon[] = {1e-8, 1e-8, 1e-10, 1e-6, 1e-8};
    *options = (gamlp_backprop_options){.optimiser = optimiser,
                                        .learning_rate = rate[optimiser],
                                        .momentum = 0.9,
                                        .beta1 = 0.9,
                                        .beta2 = 0.999,
                                        .averaging = 0.9,
                                        .epsilon = epsilon[optimiser]};
}

static gamlp_status check_positive(const char *name, double value) {
    if (value >= 1e-30 && value <= 1e12) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CONFIG, "%s is %g, expected a number from 1e-30 to 1e12", name,
                      value);
}

static gamlp_status check_part(const char *name, double value) {
    if (value >= 0 && value < 1) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CONFIG, "%s is %g, expected a number from 0 to less than 1", name,
                      value);
}

gamlp_status gamlp_backprop_options_check(const gamlp_backprop_options *o) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_positive("learning-rate", o->learning_rate));
    GAMLP_TRY(check_positive("epsilon", o->epsilon));
    GAMLP_TRY(check_part("momentum", o->momentum));
    GAMLP_TRY(check_part("beta1", o->beta1));
    GAMLP_TRY(check_part("beta2", o->beta2));
    GAMLP_TRY(check_part("averaging", o->averaging));
    GAMLP_TRY(gamlp_activation_check(&o->activation));
    GAMLP_TRY(gamlp_loss_check(&o->loss));
    GAMLP_TRY(check_part("dropout", o->dropout));
    GAMLP_TRY(check_part("feature-dropout", o->feature_dropout));
    if (!(o->weight_decay >= 0 && o->weight_decay <= 1e12))
        return gamlp_fail(GAMLP_E_CONFIG, "weight-decay is %g, expected a number from 0 to 1e12",
                          o->weight_decay);
done:
    return status;
}

static double keep_scale(double dropout) {
    return dropout > 0 ? 1 / (1 - dropout) : 1;
}

/* p_{l+1} <- f(z + b_l) with dropout; of the last layer its logits.  z may be p_{l+1}. */
static void activate(gamlp_backprop *net, int64_t l, const gamlp_dense *z) {
    gamlp_bp_layer *layer = &net->layer[l - 1];
    const gamlp_backprop_options *o = &net->options;
    bool hidden = l < net->layers, relu = o->activation.kind == GAMLP_RELU;
    gamlp_activate_from(&layer->p, z, &layer->b.w, hidden && relu ? &o->activation : NULL);
    if (hidden && !relu) {
        gamlp_kernel_scale_copy(&layer->z, 1, &layer->p);
        gamlp_activation_apply(&layer->p, &o->activation, &layer->z);
    }
    if (!hidden || o->dropout == 0) return;
    gamlp_mask mask = gamlp_mask_of(net->plan.seed, l + 1, net->iteration + 1, o->dropout);
    gamlp_mask_dense(&layer->p, &layer->p, &mask, 0, layer->out);
}

/* *z: W_1 X. */
static gamlp_status forward_input(gamlp_backprop *net, const gamlp_dense **z) {
    gamlp_bp_layer *layer = &net->layer[0];
    *z = net->gram ? &net->image.w : &layer->p;
    if (net->gram) {
        if (net->iteration % refresh == 0)
            gamlp_input_product(&net->image.w, &net->input, net->problem, -1);
        return GAMLP_OK;
    }
    if (net->options.feature_dropout > 0)
        gamlp_source_drop(&net->source, net->plan.seed, net->iteration + 1,
                          net->options.feature_dropout);
    return gamlp_source_multiply(&layer->p, &layer->w.w, &net->source);
}

static gamlp_status forward(gamlp_backprop *net) {
    const gamlp_dense *z;
    gamlp_status status = forward_input(net, &z);
    if (status != GAMLP_OK) return status;
    activate(net, 1, z);
    for (int64_t l = 2; l <= net->layers; l++) {
        gamlp_bp_layer *layer = &net->layer[l - 1];
        gamlp_blas_multiply(&layer->p, 1, GAMLP_PLAIN, &layer->w.w, GAMLP_PLAIN,
                            &net->layer[l - 2].p, 0);
        activate(net, l, &layer->p);
    }
    return GAMLP_OK;
}

/* dR/dz_l from dR/dz_{l+1}, and its row sums. */
static void descend(gamlp_backprop *net, gamlp_dense *d, const gamlp_dense *above, int64_t l) {
    gamlp_blas_multiply(d, 1, GAMLP_TRANSPOSED, &net->layer[l].w.w, GAMLP_PLAIN, above, 0);
    const gamlp_backprop_options *o = &net->options;
    const gamlp_bp_layer *layer = &net->layer[l - 1];
    if (o->activation.kind == GAMLP_RELU) {
        gamlp_backward_relu(d, &net->sums, &layer->p, keep_scale(o->dropout));
        return;
    }
    if (o->dropout > 0) {
        gamlp_mask mask = gamlp_mask_of(net->plan.seed, l + 1, net->iteration + 1, o->dropout);
        gamlp_mask_dense(d, d, &mask, 0, d->rows);
    }
    gamlp_activation_backward(d, &o->activation, &layer->z);
    gamlp_backward_sum(&net->sums, d);
}

/* Everything of W_1 = a W_1^0 + B X' is linear in the gradient D X': B follows D, W_1 X follows D
 * K, a follows 0.  Returns ||D X'||^2 = <D, D K>. */
static double update_gram(gamlp_backprop *net, const gamlp_update *update, const gamlp_dense *d,
                          gamlp_dense *image) {
    gamlp_blas_multiply(image, 1, GAMLP_PLAIN, d, GAMLP_PLAIN, &net->problem->gram, 0);
    gamlp_update_number(&net->input.a, &net->momentum_a, update, 0);
    return gamlp_update_pair(&net->layer[0].w, &net->image, update, d, image);
}

static double update_weight(gamlp_backprop *net, const gamlp_update *update, const gamlp_dense *d,
                            int64_t l, int side) {
    gamlp_bp_layer *layer = &net->layer[l - 1];
    if (l > 1) return gamlp_dense_update(&layer->w, update, d, &net->layer[l - 2].p, &net->tile);
    if (!net->gram) return gamlp_source_update(&layer->w, update, d, &net->source);
    gamlp_dense image = gamlp_bp_view(&net->d[side], d->rows, d->cols);
    return update_gram(net, update, d, &image);
}

/* From the top: dR/dz of the layer below is made before the weights between are changed. */
static gamlp_status backward(gamlp_backprop *net, const gamlp_update *update, gamlp_dense d) {
    double total = 0;
    int side = 1;
    for (int64_t l = net->layers; l >= 1; l--, side = 1 - side) {
        gamlp_bp_layer *layer = &net->layer[l - 1];
        gamlp_dense below = {0};
        double square = gamlp_update_all(&layer->b, update, 0, net->sums.sum.data, layer->out);
        if (l > 1) {
            below = gamlp_bp_view(&net->d[side], layer->in, net->columns);
            descend(net, &below, &d, l - 1);
        }
        square += update_weight(net, update, &d, l, side);
        if (!isfinite(square))
            return gamlp_fail(GAMLP_E_NUMERIC,
                              "iteration %lld, layer %lld: the gradient of W and b is not finite "
                              "(it diverges)",
                              (long long)net->iteration + 1, (long long)l);
        total += square;
        d = below;
    }
    net->figures.gradient = sqrt(total);
    return GAMLP_OK;
}

/* The first layer whose z is not finite. */
static gamlp_status fail_forward(const gamlp_backprop *net) {
    int64_t l = 1;
    while (l < net->layers && isfinite(gamlp_kernel_square(&net->layer[l - 1].p))) l++;
    return gamlp_fail(GAMLP_E_NUMERIC,
                      "iteration %lld, layer %lld: the forward pass is not finite (it diverges)",
                      (long long)net->iteration + 1, (long long)l);
}

gamlp_status gamlp_backprop_iterate(gamlp_backprop *net) {
    const gamlp_backprop_options *o = &net->options;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(forward(net));
    const gamlp_dense *z = &net->layer[net->layers - 1].p;
    gamlp_dense d = gamlp_bp_view(&net->d[0], z->rows, z->cols);
    double scale = o->sum ? 1 : 1 / (double)net->columns;
    gamlp_labels labels = {net->problem->label, &o->loss, net->weight};
    double risk = gamlp_backward_loss(&d, &net->sums, z, &labels, scale);
    if (!isfinite(risk)) return fail_forward(net);
    gamlp_update update = gamlp_update_of(o, net->iteration + 1);
    net->stepped = true;
    GAMLP_TRY(backward(net, &update, d));
    net->iteration++;
    net->figures.iteration = net->iteration;
    net->figures.risk = risk;
    net->figures.loss = scale * risk;
done:
    return status;
}

gamlp_status gamlp_backprop_set(gamlp_backprop *net, const gamlp_backprop_options *options) {
    gamlp_status status = gamlp_backprop_options_check(options);
    if (status != GAMLP_OK) return status;
    if (options->optimiser != net->options.optimiser ||
        options->activation.kind != net->options.activation.kind ||
        (options->feature_dropout > 0) != (net->options.feature_dropout > 0))
        return gamlp_fail(GAMLP_E_USAGE, "the optimiser, the activation and whether features are "
                                         "dropped are fixed when a net is made");
    if (!gamlp_loss_equal(&options->loss, &net->options.loss))
        return gamlp_fail(GAMLP_E_USAGE, "the loss is fixed when a net is made");
    net->options = *options;
    return GAMLP_OK;
}

const gamlp_backprop_figures *gamlp_backprop_figures_of(const gamlp_backprop *net) {
    return &net->figures;
}
