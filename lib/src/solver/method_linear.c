/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ridge and logistic regression as methods. */
#include "gamlp/linear.h"

static gamlp_status check(const void *options) {
    return gamlp_linear_options_check(options);
}

static gamlp_status make(void **net, const gamlp_problem *problem, const gamlp_net_plan *plan,
                         const void *options) {
    gamlp_linear *made;
    (void)plan; /* nothing is random, and there is one layer */
    gamlp_status status = gamlp_linear_new(&made, problem, options);
    *net = made;
    return status;
}

static void release(void *net) {
    gamlp_linear_free(net);
}

static gamlp_status start(void *net) {
    return gamlp_linear_start(net);
}

static gamlp_status set(void *net, const void *options) {
    return gamlp_linear_set(net, options);
}

static gamlp_status iterate(void *net) {
    return gamlp_linear_iterate(net);
}

static void figures(gamlp_method_figures *figures, const void *net) {
    const gamlp_linear_figures *f = gamlp_linear_figures_of(net);
    *figures = (gamlp_method_figures){
        .iteration = f->iteration, .objective = f->objective, .risk = f->risk, .descending = true};
    gamlp_method_figures_add(figures, "l2", f->l2);
    gamlp_method_figures_add(figures, "gradient", f->gradient);
    gamlp_method_figures_add(figures, "newton_steps", (double)f->newton);
    gamlp_method_figures_add(figures, "cg_steps", (double)f->cg);
}

static gamlp_status score(gamlp_score *score, void *net, int64_t index) {
    return gamlp_linear_score(score, net, index);
}

static void keep(void *net) {
    gamlp_linear_keep(net);
}

static gamlp_status restore(void *net) {
    return gamlp_linear_restore(net);
}

static gamlp_status to_model(gamlp_model *model, const void *net) {
    return gamlp_linear_export(model, net);
}

#define LINEAR(name_, summary_)                                                                    \
    {                                                                                              \
        .name = (name_), .summary = (summary_), .check = check, .make = make, .release = release,  \
        .start = start, .set = set, .iterate = iterate, .figures = figures, .score = score,        \
        .keep = keep, .restore = restore, .to_model = to_model                                     \
    }

const gamlp_method gamlp_method_ridge =
    LINEAR("ridge", "ridge regression on one-hot labels, one l2 after another");
const gamlp_method gamlp_method_logistic =
    LINEAR("logistic", "logistic regression (SGC), one l2 after another");
