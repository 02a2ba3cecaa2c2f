/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Back-propagation with each optimiser as a method. */
#include "gamlp/backprop.h"

static gamlp_status check(const void *options) {
    return gamlp_backprop_options_check(options);
}

static gamlp_status make(void **net, const gamlp_problem *problem, const gamlp_net_plan *plan,
                         const void *options) {
    gamlp_backprop *made;
    gamlp_status status = gamlp_backprop_new(&made, problem, plan, options);
    *net = made;
    return status;
}

static void release(void *net) {
    gamlp_backprop_free(net);
}

static gamlp_status load(void *net, const gamlp_model *model) {
    return gamlp_backprop_load(net, model);
}

static gamlp_status start(void *net) {
    return gamlp_backprop_start(net);
}

static gamlp_status grow(void *net, int64_t layers) {
    return gamlp_backprop_grow(net, layers);
}

static gamlp_status set(void *net, const void *options) {
    return gamlp_backprop_set(net, options);
}

static gamlp_status iterate(void *net) {
    return gamlp_backprop_iterate(net);
}

static void figures(gamlp_method_figures *figures, const void *net) {
    const gamlp_backprop_figures *f = gamlp_backprop_figures_of(net);
    *figures = (gamlp_method_figures){
        .iteration = f->iteration, .objective = f->loss, .risk = f->risk, .descending = true};
    gamlp_method_figures_add(figures, "gradient", f->gradient);
}

static gamlp_status score(gamlp_score *score, void *net, int64_t index) {
    return gamlp_backprop_score(score, net, index);
}

static void keep(void *net) {
    gamlp_backprop_keep(net);
}

static gamlp_status restore(void *net) {
    return gamlp_backprop_restore(net);
}

static gamlp_status to_model(gamlp_model *model, const void *net) {
    return gamlp_backprop_export(model, net);
}

#define BACKPROP(name_, summary_)                                                                  \
    {                                                                                              \
        .name = (name_), .summary = (summary_), .check = check, .make = make, .release = release,  \
        .load = load, .start = start, .grow = grow, .set = set, .iterate = iterate,                \
        .figures = figures, .score = score, .keep = keep, .restore = restore, .to_model = to_model \
    }

const gamlp_method gamlp_method_gd = BACKPROP("gd", "back-propagation with gradient descent");
const gamlp_method gamlp_method_momentum =
    BACKPROP("momentum", "back-propagation with gradient descent and momentum");
const gamlp_method gamlp_method_adagrad = BACKPROP("adagrad", "back-propagation with Adagrad");
const gamlp_method gamlp_method_adadelta = BACKPROP("adadelta", "back-propagation with Adadelta");
const gamlp_method gamlp_method_adam = BACKPROP("adam", "back-propagation with Adam");
