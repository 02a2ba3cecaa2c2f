/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mDLAM as a method. */
#include "gamlp/method.h"
#include "solver/mdlam.h"

static gamlp_status check(const void *options) {
    return gamlp_mdlam_options_check(options);
}

/* A tolerance that shrinks only where that does not raise F is as good as a fixed one. */
static bool is_safe(const gamlp_mdlam_options *o) {
    return o->epsilon_min == o->epsilon || o->shrink == GAMLP_SHRINK_SAFE;
}

static void conditions(gamlp_conditions *c, const void *options) {
    const gamlp_mdlam_options *o = options;
    *c = (gamlp_conditions){.applies = is_safe(o)};
    gamlp_conditions_add(c, is_safe(o),
                         "the tolerance is fixed, or shrinks where that does not raise the "
                         "objective: the slack epsilon is %g, at least %g",
                         o->epsilon, o->epsilon_min);
    gamlp_conditions_add(c, true, "any rho: rho is %g", o->rho);
}

static void release(void *net) {
    gamlp_mdlam_free(net);
}

static gamlp_status make(void **net, const gamlp_problem *problem, const gamlp_net_plan *plan,
                         const void *options) {
    gamlp_pdadmm_plan whole = gamlp_chain_plan(plan);
    gamlp_mdlam *d;
    gamlp_status status = gamlp_mdlam_new(&d, problem, &whole, options);
    *net = d;
    return status;
}

static gamlp_status start(void *net) {
    return gamlp_mdlam_start(net);
}

static gamlp_status grow(void *net, int64_t layers) {
    return gamlp_mdlam_grow(net, layers);
}

static gamlp_status set(void *net, const void *options) {
    return gamlp_mdlam_set(net, options);
}

static gamlp_status iterate(void *net) {
    return gamlp_mdlam_iterate(net);
}

static void figures(gamlp_method_figures *figures, const void *net) {
    const gamlp_figures *f = gamlp_mdlam_figures(net);
    gamlp_mdlam_stage stage = gamlp_mdlam_stage_of(net);
    *figures = (gamlp_method_figures){.iteration = f->iteration,
                                      .objective = f->objective,
                                      .risk = f->risk,
                                      .condition_met = is_safe(gamlp_mdlam_options_now(net)),
                                      .rise = f->rise,
                                      .descending = f->descending};
    gamlp_method_figures_add(figures, "rho", gamlp_mdlam_options_now(net)->rho);
    gamlp_method_figures_add(figures, "fit", f->residual);
    gamlp_method_figures_add(figures, "epsilon", stage.epsilon);
    gamlp_method_figures_add(figures, "gap", stage.gap);
    gamlp_method_figures_add(figures, "omega", stage.omega);
    gamlp_method_figures_add(figures, "redone", (double)stage.redone);
    gamlp_method_figures_add(figures, "k_ck", f->k_ck);
    if (gamlp_mdlam_options_now(net)->audit)
        gamlp_chain_audit_figures(figures, &((const gamlp_mdlam *)net)->audit, false);
}

const gamlp_method gamlp_method_mdlam = {
    .name = "mdlam",
    .summary = "alternating minimisation with Nesterov's extrapolation, activations within a "
               "tolerance, no dual variables",
    .theorem = "while the tolerance stays the objective never rises",
    .falls = "objective",
    .check = check,
    .conditions = conditions,
    .make = make,
    .release = release,
    .load = gamlp_pair_load,
    .start = start,
    .grow = grow,
    .set = set,
    .iterate = iterate,
    .figures = figures,
    .score = gamlp_pair_score,
    .keep = gamlp_pair_keep,
    .restore = gamlp_pair_restore,
    .to_model = gamlp_pair_to_model};
