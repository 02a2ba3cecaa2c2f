/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mDLAM, Algorithm 2: the iteration, its start, growth and options. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "solver/mdlam.h"

void gamlp_mdlam_options_default(gamlp_mdlam_options *options) {
    *options = (gamlp_mdlam_options){.rho = 1e-2,
                                     .l2 = 0,
                                     .epsilon = 100,
                                     .epsilon_min = 1e-3,
                                     .shrink = GAMLP_SHRINK_SAFE,
                                     .momentum = true,
                                     .mode = GAMLP_MODE_PAPER,
                                     .step = GAMLP_STEP_EXACT,
                                     .step_start = 1e-6,
                                     .last = GAMLP_LAST_NEWTON,
                                     .refresh = 50};
}

/* The block's own, for its steps of W. */
static gamlp_pdadmm_options block_options(const gamlp_mdlam_options *o) {
    gamlp_pdadmm_options options;
    gamlp_pdadmm_options_default(&options);
    options.nu = options.rho = o->rho;
    options.l2 = o->l2;
    options.step = o->step;
    options.step_start = o->step_start;
    options.last = o->last;
    options.refresh = o->refresh;
    options.activation = o->activation;
    options.loss = o->loss;
    options.omega = o->omega;
    options.regularised = o->regularised;
    return options;
}

static gamlp_status check_range(const char *name, double value) {
    if (value >= 1e-12 && value <= 1e12) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CONFIG, "%s is %g, expected a number from 1e-12 to 1e12", name,
                      value);
}

gamlp_status gamlp_mdlam_options_check(const gamlp_mdlam_options *o) {
    gamlp_pdadmm_options options = block_options(o);
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_range("rho", o->rho));
    GAMLP_TRY(gamlp_pdadmm_options_check(&options));
    GAMLP_TRY(check_range("the slack epsilon", o->epsilon));
    GAMLP_TRY(check_range("slack-min", o->epsilon_min));
    if (!gamlp_activation_is_monotone(&o->activation))
        return gamlp_fail(GAMLP_E_CONFIG, "mdlam needs an activation that does not decrease");
    if (o->epsilon_min > o->epsilon)
        return gamlp_fail(GAMLP_E_CONFIG, "slack-min is %g, expected at most the slack, %g",
                          o->epsilon_min, o->epsilon);
    if (o->mode == GAMLP_MODE_THEORY && o->epsilon_min < o->epsilon)
        return gamlp_fail(GAMLP_E_CONFIG,
                          "theory mode needs a fixed tolerance: slack is %g and slack-min %g",
                          o->epsilon, o->epsilon_min);
done:
    return status;
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* What an iteration needs besides the block, of the net's present shape. */
static gamlp_status memory_init(gamlp_mdlam *d) {
    const gamlp_pdadmm *net = d->net;
    int64_t in = 1, out = 1, n = net->columns;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&d->layer, net->layers, sizeof *d->layer, "the layers of a net"));
    d->layers = net->layers;
    for (int64_t l = 1; l <= net->layers; l++) {
        const gamlp_pd_layer *layer = gamlp_pd_layer_at(net, l);
        gamlp_ml_layer *own = &d->layer[l - 1];
        if (layer->w.data) GAMLP_TRY(gamlp_dense_init(&own->w, layer->out, layer->in));
        if (l > 1) GAMLP_TRY(gamlp_dense_init(&own->p, layer->in, n));
        if (l > 1) in = larger(in, layer->in);
        out = larger(out, layer->out);
    }
    if (net->problem->uses_gram) {
        int64_t rows = gamlp_pd_layer_at(net, 1)->out;
        GAMLP_TRY(gamlp_dense_init(&d->input_b, rows, n));
        GAMLP_TRY(gamlp_dense_init(&d->input_m, rows, n));
    }
    GAMLP_TRY(gamlp_dense_init(&d->pull, out, n));
    GAMLP_TRY(gamlp_dense_init(&d->bar_m, out, n));
    GAMLP_TRY(gamlp_dense_init(&d->bar_r, out, n));
    GAMLP_TRY(gamlp_dense_init(&d->step, in, n));
    GAMLP_TRY(gamlp_dense_init(&d->f, in, n));
    status = gamlp_ml_pair_init(d);
done:
    return status;
}

static void memory_clear(gamlp_mdlam *d) {
    gamlp_dense *part[] = {&d->input_b, &d->input_m, &d->pull, &d->bar_m,
                           &d->bar_r,   &d->step,    &d->f};
    for (int64_t l = 0; d->layer && l < d->layers; l++) {
        gamlp_dense_clear(&d->layer[l].w);
        gamlp_dense_clear(&d->layer[l].p);
    }
    gamlp_free(d->layer);
    d->layer = NULL;
    gamlp_ml_pair_clear(d);
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) gamlp_dense_clear(part[i]);
}

gamlp_status gamlp_mdlam_new(gamlp_mdlam **net, const gamlp_problem *problem,
                             const gamlp_pdadmm_plan *plan, const gamlp_mdlam_options *options) {
    gamlp_pdadmm_options own = block_options(options);
    gamlp_mdlam *d = NULL;
    gamlp_status status = GAMLP_OK;
    *net = NULL;
    GAMLP_TRY(gamlp_mdlam_options_check(options));
    GAMLP_TRY(gamlp_new(&d, 1, sizeof *d, "a net"));
    d->options = *options;
    GAMLP_TRY(gamlp_pd_new_sequential(&d->net, problem, plan, &own));
    GAMLP_TRY(memory_init(d));
    *net = d;
    d = NULL;
done:
    gamlp_mdlam_free(d);
    return status;
}

void gamlp_mdlam_free(gamlp_mdlam *d) {
    if (!d) return;
    memory_clear(d);
    gamlp_pdadmm_free(d->net);
    gamlp_free(d);
}

gamlp_status gamlp_mdlam_start(gamlp_mdlam *d) {
    gamlp_ml_pair_start(d);
    gamlp_status status = gamlp_chain_start(d->net);
    if (status != GAMLP_OK) return status;
    for (int64_t l = 1; l <= d->net->layers; l++) {
        d->layer[l - 1].gap = 0;
        d->layer[l - 1].penalty = 0.5 * d->options.l2 * gamlp_pd_layer_at(d->net, l)->weight_square;
    }
    d->epsilon = d->options.epsilon;
    d->s = d->omega = 0;
    d->patience = 0;
    d->comparable = false;
    d->figures = (gamlp_figures){0};
    return GAMLP_OK;
}

/* s <- (1 + sqrt(1 + 4 s^2)) / 2 and omega = (s - 1) / (new s); the first iteration has nothing to
 * extrapolate from. */
static void accelerate(gamlp_mdlam *d) {
    double next = (1 + sqrt(1 + 4 * d->s * d->s)) / 2;
    bool begun = d->net->iteration > 0;
    d->omega = begun && d->options.momentum ? (d->s - 1) / next : 0;
    d->s = next;
}

static void sum_figures(gamlp_mdlam *d) {
    const gamlp_pdadmm *net = d->net;
    gamlp_figures f = {.displacement = d->moved}, previous = d->figures;
    double fit = 0;
    f.risk = f.objective = gamlp_pd_layer_at(net, net->layers)->figures.risk;
    for (int64_t l = 1; l <= net->layers; l++) {
        fit += gamlp_pd_layer_at(net, l)->figures.fit;
        f.objective += d->layer[l - 1].penalty;
    }
    f.objective += 0.5 * d->options.rho * fit;
    f.lagrangian = f.objective;
    f.residual = sqrt(fit);
    gamlp_chain_judge(&f, &previous, d->comparable);
    d->figures = f;
    d->comparable = true;
}

/* Bounds hold to the rounding of f(z) and epsilon. */
static gamlp_status judge_bounds(const gamlp_mdlam *d) {
    double eps = sizeof(gamlp_real) == sizeof(double) ? DBL_EPSILON : FLT_EPSILON;
    for (int64_t l = 1; l < d->net->layers; l++) {
        const gamlp_ml_layer *own = &d->layer[l - 1];
        if (own->gap > d->epsilon + 4 * eps * (own->largest + d->epsilon))
            return gamlp_fail(GAMLP_E_NUMERIC,
                              "iteration %lld, layer %lld: a differs from f(z) by %.9g, expected "
                              "at most %.9g",
                              (long long)d->figures.iteration, (long long)l, own->gap, d->epsilon);
    }
    return GAMLP_OK;
}

static gamlp_status judge(const gamlp_mdlam *d) {
    const gamlp_figures *f = &d->figures;
    if (d->options.mode != GAMLP_MODE_THEORY) return GAMLP_OK;
    char line[128];
    gamlp_chain_blame(line, sizeof line, &d->audit, f->objective);
    if (!f->descending)
        return gamlp_fail(GAMLP_E_NUMERIC,
                          "iteration %lld: the objective rose to %.9g, by a part of %.3g, against "
                          "Lemma 1%s",
                          (long long)f->iteration, f->objective, f->rise, line);
    return judge_bounds(d);
}

/* The terms of F that a step of layer l changes. */
static double terms(const gamlp_mdlam *d, gamlp_chain_line line, int64_t l) {
    const gamlp_pdadmm *net = d->net;
    if (!d->audit.on) return 0;
    int64_t of = line == GAMLP_CHAIN_A ? l + 1 : l; /* whose equation */
    double value = 0.5 * d->options.rho * gamlp_pd_fit(gamlp_pd_layer_at(net, of));
    if (line == GAMLP_CHAIN_W) value += d->layer[l - 1].penalty;
    if (line == GAMLP_CHAIN_Z && l == net->layers) value += gamlp_pd_layer_at(net, l)->figures.risk;
    return value;
}

static gamlp_status step(gamlp_mdlam *d, gamlp_chain_line line, int64_t l,
                         gamlp_status (*update)(gamlp_mdlam *d, int64_t l)) {
    bool known = d->pair.current && l == 1 && line != GAMLP_CHAIN_A;
    double before = known ? 0 : terms(d, line, l);
    d->change = 0;
    gamlp_status status = update(d, l);
    if (status == GAMLP_OK)
        gamlp_chain_audit_note(&d->audit, line, l, known ? d->change : terms(d, line, l) - before);
    return status;
}

gamlp_status gamlp_mdlam_iterate(gamlp_mdlam *d) {
    gamlp_status status = GAMLP_OK;
    d->moved = 0;
    d->redone = 0;
    if (gamlp_chain_refreshes(d->net)) {
        gamlp_pair_leave(&d->pair);
        GAMLP_TRY(gamlp_chain_refresh(d->net));
    }
    GAMLP_TRY(gamlp_ml_shrink(d));
    gamlp_pair_take(&d->pair);
    accelerate(d);
    bool audited = d->options.audit || d->options.mode == GAMLP_MODE_THEORY;
    gamlp_chain_audit_begin(&d->audit, audited && d->comparable);
    for (int64_t l = 1; l <= d->net->layers; l++) {
        GAMLP_TRY(step(d, GAMLP_CHAIN_W, l, gamlp_ml_update_w));
        GAMLP_TRY(step(d, GAMLP_CHAIN_B, l, gamlp_ml_update_b));
        GAMLP_TRY(step(d, GAMLP_CHAIN_Z, l, gamlp_ml_update_z));
        if (l < d->net->layers) GAMLP_TRY(step(d, GAMLP_CHAIN_A, l, gamlp_ml_update_a));
    }
    d->net->iteration++;
    sum_figures(d);
    GAMLP_TRY(judge(d));
done:
    return status;
}

gamlp_status gamlp_mdlam_grow(gamlp_mdlam *d, int64_t layers) {
    int64_t old = d->net->layers;
    gamlp_pair_leave(&d->pair);
    gamlp_status status = gamlp_pdadmm_grow(d->net, layers);
    if (status != GAMLP_OK || layers == old) return status;
    memory_clear(d);
    return memory_init(d);
}

gamlp_status gamlp_mdlam_set(gamlp_mdlam *d, const gamlp_mdlam_options *options) {
    gamlp_status status = gamlp_mdlam_options_check(options);
    if (status != GAMLP_OK) return status;
    gamlp_pdadmm_options own = block_options(options);
    status = gamlp_pdadmm_set(d->net, &own);
    if (status != GAMLP_OK) return status;
    d->options = *options;
    for (int64_t l = 1; l <= d->net->layers; l++)
        d->layer[l - 1].penalty = gamlp_chain_penalty(d->net, gamlp_pd_layer_at(d->net, l));
    d->comparable = false;
    return GAMLP_OK;
}

gamlp_mdlam_stage gamlp_mdlam_stage_of(const gamlp_mdlam *d) {
    gamlp_mdlam_stage stage = {.epsilon = d->epsilon, .omega = d->omega, .redone = d->redone};
    for (int64_t l = 1; l < d->net->layers; l++) stage.gap = fmax(stage.gap, d->layer[l - 1].gap);
    return stage;
}

const gamlp_mdlam_options *gamlp_mdlam_options_now(const gamlp_mdlam *d) {
    return &d->options;
}

const gamlp_figures *gamlp_mdlam_figures(const gamlp_mdlam *d) {
    return &d->figures;
}

gamlp_status gamlp_mdlam_score(gamlp_score *score, gamlp_mdlam *d, int64_t index) {
    return gamlp_pair_score(score, d, index);
}

gamlp_status gamlp_mdlam_adopt(gamlp_mdlam *d, const gamlp_model *model) {
    return gamlp_pair_load(d, model);
}

void gamlp_mdlam_keep(gamlp_mdlam *d) {
    gamlp_pair_keep(d);
}

gamlp_status gamlp_mdlam_restore(gamlp_mdlam *d) {
    return gamlp_pair_restore(d);
}

gamlp_status gamlp_mdlam_export(gamlp_model *model, const gamlp_mdlam *d) {
    return gamlp_pair_to_model(model, d);
}

gamlp_pdadmm_state gamlp_mdlam_state_of(const gamlp_mdlam *d, int64_t l) {
    gamlp_pair_publish(&d->pair);
    return gamlp_pdadmm_state_of(d->net, l);
}
