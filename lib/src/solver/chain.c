/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/chain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "solver/chain_kernels.h"
#include "solver/kernels.h"

static const double slack = sizeof(gamlp_real) == sizeof(double) ? 1e-9 : 1e-5;

gamlp_pdadmm_plan gamlp_chain_plan(const gamlp_net_plan *plan) {
    return (gamlp_pdadmm_plan){.layers = plan->layers,
                               .hidden = plan->hidden,
                               .first = 1,
                               .last = plan->layers,
                               .init = plan->init,
                               .init_scale = plan->init_scale,
                               .seed = plan->seed};
}

const gamlp_activation *gamlp_chain_activation(const gamlp_pdadmm *net) {
    return &net->options.activation;
}

gamlp_dense gamlp_chain_image(gamlp_pdadmm *net, const gamlp_pd_layer *layer) {
    return gamlp_pd_view(&layer->lane->image, layer->out, net->columns);
}

static void zero(gamlp_dense *a) {
    memset(a->data, 0, (size_t)(a->rows * a->cols) * sizeof *a->data);
}

gamlp_status gamlp_chain_start(gamlp_pdadmm *net) {
    gamlp_status status = GAMLP_OK;
    net->iteration = 0;
    gamlp_pd_obey(net);
    gamlp_pd_obey(net);
    for (int64_t l = 1; l <= net->layers; l++) {
        gamlp_pd_layer *layer = gamlp_pd_layer_at(net, l);
        GAMLP_TRY(gamlp_pd_refresh(net, layer));
        zero(&layer->r);
        gamlp_kernel_residual(&layer->z, &layer->m, &layer->b, &layer->r);
        layer->explicit_left = 0;
        layer->figures = (gamlp_layer_figures){0};
        if (l < net->layers)
            gamlp_activation_apply(&gamlp_pd_layer_at(net, l + 1)->p, &net->options.activation,
                                   &layer->z);
    }
done:
    return status;
}

double gamlp_chain_penalty(const gamlp_pdadmm *net, const gamlp_pd_layer *layer) {
    const gamlp_regulariser *omega = gamlp_pd_omega(net, layer->number);
    double value = omega ? gamlp_regulariser_value(omega, &layer->w) : 0;
    return 0.5 * net->options.l2 * layer->weight_square + value;
}

bool gamlp_chain_refreshes(const gamlp_pdadmm *net) {
    return net->iteration > 0 && net->iteration % net->options.refresh == 0;
}

gamlp_status gamlp_chain_refresh(gamlp_pdadmm *net) {
    gamlp_status status = GAMLP_OK;
    for (int64_t l = 1; l <= net->layers; l++) {
        gamlp_pd_layer *layer = gamlp_pd_layer_at(net, l);
        GAMLP_TRY(gamlp_pd_refresh(net, layer));
        gamlp_kernel_residual(&layer->r, &layer->m, &layer->b, &layer->z);
    }
done:
    return status;
}

gamlp_status gamlp_chain_step_w(gamlp_pdadmm *net, gamlp_pd_layer *layer, double beta) {
    net->options.nu = beta;
    return gamlp_pd_update_w(net, layer);
}

void gamlp_chain_apply_w(gamlp_pdadmm *net, gamlp_pd_layer *layer) {
    gamlp_dense image = gamlp_chain_image(net, layer);
    gamlp_dense *big_b = gamlp_pd_is_gram(net, layer) ? &net->input.b : NULL;
    gamlp_chain_apply(&layer->m, &layer->r, big_b, (gamlp_real)layer->keep, (gamlp_real)layer->s,
                      &image, &layer->b, &layer->z);
}

gamlp_status gamlp_chain_step_b(gamlp_pdadmm *net, gamlp_pd_layer *layer) {
    gamlp_dense shift = gamlp_pd_view(&layer->lane->image, layer->out, 1);
    double db = 0;
    for (int64_t i = 0; i < layer->out; i++) {
        gamlp_real b = (gamlp_real)((double)layer->b.data[i] - layer->lane->mean[i]);
        shift.data[i] = b - layer->b.data[i];
        db += (double)shift.data[i] * (double)shift.data[i];
        layer->b.data[i] = b;
    }
    layer->figures.db = db;
    gamlp_chain_shift(&layer->r, &shift);
    return gamlp_pd_check_finite(net, layer, "b", db);
}

void gamlp_chain_audit_begin(gamlp_chain_audit *audit, bool on) {
    *audit = (gamlp_chain_audit){.on = on};
}

void gamlp_chain_audit_note(gamlp_chain_audit *audit, gamlp_chain_line line, int64_t layer,
                            double change) {
    if (!audit->on) return;
    audit->change[line] += change;
    if (line == GAMLP_CHAIN_U || change <= audit->worst) return;
    audit->worst = change;
    audit->worst_line = line;
    audit->worst_layer = layer;
}

void gamlp_chain_blame(char *text, size_t size, const gamlp_chain_audit *audit, double value) {
    static const char *const name[] = {"a", "z", "b", "W"};
    text[0] = 0;
    if (audit->worst > slack * fmax(1, fabs(value)))
        snprintf(text, size, ": the step of %s of layer %lld raised it by %.3g",
                 name[audit->worst_line], (long long)audit->worst_layer, audit->worst);
}

void gamlp_chain_audit_figures(gamlp_method_figures *figures, const gamlp_chain_audit *audit,
                               bool dual) {
    static const char *const name[] = {"line_a", "line_z", "line_b", "line_w", "line_u"};
    for (int i = 0; i < (dual ? GAMLP_CHAIN_LINES : GAMLP_CHAIN_U); i++)
        gamlp_method_figures_add(figures, name[i], audit->change[i]);
}

void gamlp_chain_judge(gamlp_figures *figures, const gamlp_figures *previous, bool comparable) {
    figures->iteration = previous->iteration + 1;
    figures->rise = 0;
    figures->c_k = figures->displacement;
    if (comparable) {
        double scale = fmax(1, fabs(previous->lagrangian));
        figures->rise = (figures->lagrangian - previous->lagrangian) / scale;
        figures->c_k = fmin(previous->c_k, figures->displacement);
    }
    figures->descending = figures->rise <= slack;
    figures->k_ck = (double)figures->iteration * figures->c_k;
}
