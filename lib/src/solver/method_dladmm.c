/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dlADMM as a method. */
#include "gamlp/method.h"
#include "solver/dladmm.h"

static gamlp_status check(const void *options) {
    return gamlp_dladmm_options_check(options);
}

/* H is the Lipschitz constant of the gradient of the loss. */
static bool is_large(const gamlp_dladmm_options *o) {
    return o->rho > 2 * gamlp_loss_lipschitz(&o->loss);
}

static void conditions(gamlp_conditions *c, const void *options) {
    const gamlp_dladmm_options *o = options;
    *c = (gamlp_conditions){.applies = is_large(o)};
    gamlp_conditions_add(c, is_large(o), "rho > 2 H = %g: rho is %g",
                         2 * gamlp_loss_lipschitz(&o->loss), o->rho);
    gamlp_conditions_add(c, true, "any nu: nu is %g", o->nu);
}

static void release(void *net) {
    gamlp_dladmm_free(net);
}

static gamlp_status make(void **net, const gamlp_problem *problem, const gamlp_net_plan *plan,
                         const void *options) {
    gamlp_pdadmm_plan whole = gamlp_chain_plan(plan);
    gamlp_dladmm *d;
    gamlp_status status = gamlp_dladmm_new(&d, problem, &whole, options);
    *net = d;
    return status;
}

static gamlp_status start(void *net) {
    return gamlp_dladmm_start(net);
}

static gamlp_status grow(void *net, int64_t layers) {
    return gamlp_dladmm_grow(net, layers);
}

static gamlp_status set(void *net, const void *options) {
    return gamlp_dladmm_set(net, options);
}

static gamlp_status iterate(void *net) {
    return gamlp_dladmm_iterate(net);
}

static gamlp_status adapt(void *net) {
    return gamlp_dladmm_adapt(net);
}

static void figures(gamlp_method_figures *figures, const void *net) {
    const gamlp_figures *f = gamlp_dladmm_figures(net);
    const gamlp_dladmm_options *o = gamlp_dladmm_options_now(net);
    *figures = (gamlp_method_figures){.iteration = f->iteration,
                                      .objective = f->objective,
                                      .residual = f->residual,
                                      .risk = f->risk,
                                      .condition_met = is_large(o),
                                      .rise = f->rise,
                                      .descending = f->descending};
    gamlp_method_figures_add(figures, "nu", o->nu);
    gamlp_method_figures_add(figures, "rho", o->rho);
    gamlp_method_figures_add(figures, "lagrangian", f->lagrangian);
    gamlp_method_figures_add(figures, "lemma_b2", f->lemma4);
    gamlp_method_figures_add(figures, "displacement", f->displacement);
    gamlp_method_figures_add(figures, "k_ck", f->k_ck);
    if (o->audit) gamlp_chain_audit_figures(figures, &((const gamlp_dladmm *)net)->audit, true);
}

const gamlp_method gamlp_method_dladmm = {
    .name = "dladmm",
    .summary = "ADMM that goes back and forth through the layers, one dual variable at the output",
    .theorem =
        "with rho > 2 H the augmented Lagrangian does not rise after the first iteration, and "
        "k c_k tends to 0",
    .falls = "lagrangian",
    .check = check,
    .conditions = conditions,
    .make = make,
    .release = release,
    .load = gamlp_pair_load,
    .start = start,
    .grow = grow,
    .set = set,
    .iterate = iterate,
    .adapt = adapt,
    .figures = figures,
    .score = gamlp_pair_score,
    .keep = gamlp_pair_keep,
    .restore = gamlp_pair_restore,
    .to_model = gamlp_pair_to_model};
