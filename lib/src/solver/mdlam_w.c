/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The step of W in mDLAM: from W + omega (W - W'), W' being W an iteration ago, and from W itself
 * where that did not lower
 *
 *   (rho/2) ||W a + b - z||^2 + Omega(W),
 *
 * all of F that depends on it.  The difference is taken from what the step adds to W a, since two
 * values of F would cancel.  In Gram form W_1 = a W_1^0 + B X', a and B are extrapolated. */
#include <string.h>

#include "matrix/blas.h"
#include "solver/chain_kernels.h"
#include "solver/kernels.h"
#include "solver/mdlam.h"
#include "solver/mdlam_kernels.h"

static void copy(gamlp_dense *out, const gamlp_dense *in) {
    memcpy(out->data, in->data, (size_t)(in->rows * in->cols) * sizeof *in->data);
}

static void swap(gamlp_dense *a, gamlp_dense *b) {
    gamlp_real *data = a->data;
    a->data = b->data;
    b->data = data;
}

/* W itself becomes W', and what it has is put aside. */
static void remember(gamlp_mdlam *d, gamlp_pd_layer *layer) {
    if (!gamlp_pd_is_gram(d->net, layer)) {
        copy(&d->layer[layer->number - 1].w, &layer->w);
        return;
    }
    copy(&d->input_b, &d->net->input.b);
    copy(&d->input_m, &layer->m);
    d->input_a = d->net->input.a;
}

/* After a step that failed: W' once more. */
static void bring_back(gamlp_mdlam *d, gamlp_pd_layer *layer, double weight_square) {
    layer->weight_square = weight_square;
    if (!gamlp_pd_is_gram(d->net, layer)) {
        copy(&layer->w, &d->layer[layer->number - 1].w);
        return;
    }
    copy(&d->net->input.b, &d->input_b);
    d->net->input.a = d->input_a;
}

/* W <- W + omega (W - W'), the old one becoming W'; pull = omega (W - W') a. */
static gamlp_status extrapolate_explicit(gamlp_mdlam *d, gamlp_pd_layer *layer, gamlp_dense *pull) {
    gamlp_pdadmm *net = d->net;
    gamlp_dense step = gamlp_pd_view(&layer->lane->gradient_w, layer->out, layer->in);
    gamlp_dense *before = &d->layer[layer->number - 1].w;
    gamlp_ml_extrapolate(before, &step, &layer->w, (gamlp_real)d->omega);
    swap(&layer->w, before);
    layer->weight_square = gamlp_kernel_square(&layer->w);
    if (layer->number == 1) return gamlp_stack_multiply(pull, &step, net->problem->x);
    if (d->pair.current)
        gamlp_pair_image(pull, &d->pair, &step);
    else
        gamlp_blas_multiply(pull, 1, GAMLP_PLAIN, &step, GAMLP_PLAIN, &layer->p, 0);
    return GAMLP_OK;
}

/* The same in Gram form; ||W_1||^2 = a^2 ||W_1^0||^2 + a <B, W_1^0 X> + <B, W_1 X>. */
static void extrapolate_input(gamlp_mdlam *d, gamlp_pd_layer *layer, gamlp_dense *pull) {
    gamlp_pd_input *input = &d->net->input;
    gamlp_dense scratch = gamlp_chain_image(d->net, layer), m = layer->m;
    double a = input->a;
    m.data = d->bar_m.data;
    gamlp_ml_extrapolate(&d->input_b, &scratch, &input->b, (gamlp_real)d->omega);
    swap(&input->b, &d->input_b);
    gamlp_ml_pull(&d->input_m, pull, &layer->m, (gamlp_real)d->omega);
    input->a = a + d->omega * (a - d->input_a);
    d->input_a = a;
    gamlp_chain_offset(&m, &layer->m, 1, pull);
    layer->weight_square = input->a * input->a * input->base_square +
                           input->a * gamlp_kernel_dot(&input->b, &input->base) +
                           gamlp_kernel_dot(&input->b, &m);
}

/* The step from where W is; `delta` is what it adds to W a, and *rise to F. */
static gamlp_status try_step(gamlp_mdlam *d, gamlp_pd_layer *layer, gamlp_dense *delta, bool pulled,
                             double *rise) {
    gamlp_dense image = gamlp_chain_image(d->net, layer);
    double rho = d->options.rho, penalty = d->layer[layer->number - 1].penalty;
    gamlp_status status = GAMLP_OK;
    if (pulled) {
        swap(&layer->m, &d->bar_m);
        swap(&layer->r, &d->bar_r);
    }
    status =
        d->pair.current ? gamlp_pair_step_w(&d->pair, rho) : gamlp_chain_step_w(d->net, layer, rho);
    if (pulled) {
        swap(&layer->m, &d->bar_m);
        swap(&layer->r, &d->bar_r);
    }
    if (status != GAMLP_OK) return status;
    *rise = layer->figures.penalty - penalty +
            0.5 * rho *
                gamlp_ml_rise(delta, pulled ? delta : NULL, (gamlp_real)layer->keep, &layer->m,
                              (gamlp_real)layer->s, &image, &layer->r);
    return gamlp_pd_check_finite(d->net, layer, "W", *rise);
}

/* ||W - W'||^2, W_1 - W_1' being (a - a') W_1^0 + (B - B') X'. */
static double displacement(const gamlp_mdlam *d, const gamlp_pd_layer *layer) {
    const gamlp_pd_input *input = &d->net->input;
    if (!gamlp_pd_is_gram(d->net, layer))
        return gamlp_ml_distance(&layer->w, &d->layer[layer->number - 1].w);
    double da = input->a - d->input_a;
    double cross = gamlp_ml_cross(&input->b, &d->input_b, (gamlp_real)da, &input->base, &layer->m,
                                  &d->input_m);
    return da * da * input->base_square + cross;
}

/* Carry an accepted step to B, W a and its residual. */
static void accept(gamlp_mdlam *d, gamlp_pd_layer *layer, const gamlp_dense *delta,
                   const gamlp_dense *r) {
    if (gamlp_pd_is_gram(d->net, layer))
        gamlp_ml_combine(&d->net->input.b, (gamlp_real)layer->keep, (gamlp_real)layer->s, r);
    gamlp_ml_add(&layer->m, &layer->r, delta);
    d->layer[layer->number - 1].penalty = layer->figures.penalty;
    layer->figures.dw = displacement(d, layer);
    d->moved += layer->figures.dw;
}

/* From the extrapolated point; *rise >= 0 and W as it was when that does not lower F. */
static gamlp_status try_extrapolated(gamlp_mdlam *d, gamlp_pd_layer *layer, gamlp_dense *delta,
                                     double *rise) {
    gamlp_dense r = gamlp_ml_out(&d->bar_r, d->net, layer);
    gamlp_dense m = gamlp_ml_out(&d->bar_m, d->net, layer);
    double weight_square = layer->weight_square;
    gamlp_status status = GAMLP_OK;
    if (gamlp_pd_is_gram(d->net, layer))
        extrapolate_input(d, layer, delta);
    else
        GAMLP_TRY(extrapolate_explicit(d, layer, delta));
    gamlp_chain_offset(&m, &layer->m, 1, delta);
    gamlp_chain_offset(&r, &layer->r, 1, delta);
    GAMLP_TRY(try_step(d, layer, delta, true, rise));
    if (*rise < 0)
        accept(d, layer, delta, &r);
    else
        bring_back(d, layer, weight_square);
done:
    return status;
}

gamlp_status gamlp_ml_update_w(gamlp_mdlam *d, int64_t l) {
    gamlp_pd_layer *layer = gamlp_pd_layer_at(d->net, l);
    gamlp_dense delta = gamlp_ml_out(&d->pull, d->net, layer);
    double rise = 0, weight_square = layer->weight_square;
    gamlp_status status = GAMLP_OK;
    if (d->pair.current && l == 1) return gamlp_ml_pair_update_w(d);
    if (d->omega > 0) {
        GAMLP_TRY(try_extrapolated(d, layer, &delta, &rise));
        if (rise < 0) return GAMLP_OK;
        d->redone++;
    } else {
        remember(d, layer);
    }
    GAMLP_TRY(try_step(d, layer, &delta, false, &rise));
    if (rise <= 0) {
        accept(d, layer, &delta, &layer->r);
    } else { /* rounding only */
        bring_back(d, layer, weight_square);
        layer->figures.dw = 0;
    }
done:
    return status;
}
