/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dlADMM, Algorithm 1: the iteration, its start, growth and penalties. */
#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "solver/dladmm.h"

void gamlp_dladmm_options_default(gamlp_dladmm_options *options) {
    *options = (gamlp_dladmm_options){.nu = 1e-2,
                                      .rho = 1,
                                      .l2 = 0,
                                      .mode = GAMLP_MODE_PAPER,
                                      .step = GAMLP_STEP_EXACT,
                                      .step_start = 1e-6,
                                      .last = GAMLP_LAST_NEWTON,
                                      .refresh = 50,
                                      .rho_max = 1};
}

/* The block's own, for its steps of W. */
static gamlp_pdadmm_options block_options(const gamlp_dladmm_options *o) {
    gamlp_pdadmm_options options;
    gamlp_pdadmm_options_default(&options);
    options.nu = o->nu;
    options.rho = o->rho;
    options.l2 = o->l2;
    options.step = o->step;
    options.step_start = o->step_start;
    options.last = o->last;
    options.refresh = o->refresh;
    options.exact = o->exact;
    options.loss = o->loss;
    options.activation = o->activation;
    options.omega = o->omega;
    options.regularised = o->regularised;
    options.schedule = o->schedule;
    options.rho_max = o->rho_max;
    options.schedule_every = o->schedule_every;
    options.schedule_factor = o->schedule_factor;
    return options;
}

gamlp_status gamlp_dladmm_options_check(const gamlp_dladmm_options *o) {
    gamlp_pdadmm_options options = block_options(o);
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_pdadmm_options_check(&options));
    if (o->schedule == GAMLP_SCHEDULE_BALANCE)
        return gamlp_fail(GAMLP_E_CONFIG, "schedule: dladmm takes fixed, stall or every");
    if (o->mode == GAMLP_MODE_THEORY && o->schedule != GAMLP_SCHEDULE_FIXED)
        return gamlp_fail(GAMLP_E_CONFIG, "theory mode needs fixed penalties");
    double least = 2 * gamlp_loss_lipschitz(&o->loss);
    if (o->mode == GAMLP_MODE_THEORY && isinf(least))
        return gamlp_fail(GAMLP_E_CONFIG, "theory mode needs class weights that are known, not "
                                          "balanced");
    if (o->mode == GAMLP_MODE_THEORY && !(o->rho > least))
        return gamlp_fail(GAMLP_E_CONFIG, "theory mode needs rho > %g: rho is %g", least, o->rho);
done:
    return status;
}

gamlp_status gamlp_dladmm_new(gamlp_dladmm **net, const gamlp_problem *problem,
                              const gamlp_pdadmm_plan *plan, const gamlp_dladmm_options *options) {
    gamlp_pdadmm_options own = block_options(options);
    gamlp_dladmm *d = NULL;
    int64_t classes = problem->classes, columns = problem->x->cols;
    gamlp_status status = GAMLP_OK;
    *net = NULL;
    GAMLP_TRY(gamlp_dladmm_options_check(options));
    GAMLP_TRY(gamlp_new(&d, 1, sizeof *d, "a net"));
    d->options = *options;
    GAMLP_TRY(gamlp_pd_new_sequential(&d->net, problem, plan, &own));
    GAMLP_TRY(gamlp_dense_init(&d->z, classes, columns));
    GAMLP_TRY(gamlp_dense_init(&d->u, classes, columns));
    GAMLP_TRY(gamlp_dense_init(&d->centre, classes, columns));
    GAMLP_TRY(gamlp_new(&d->work, classes * GAMLP_DL_COLUMNS, sizeof *d->work, "figures"));
    GAMLP_TRY(gamlp_pair_init(&d->pair, d->net));
    *net = d;
    d = NULL;
done:
    gamlp_dladmm_free(d);
    return status;
}

void gamlp_dladmm_free(gamlp_dladmm *d) {
    if (!d) return;
    gamlp_pdadmm_free(d->net);
    gamlp_dense_clear(&d->z);
    gamlp_dense_clear(&d->u);
    gamlp_dense_clear(&d->centre);
    gamlp_pair_clear(&d->pair);
    gamlp_free(d->work);
    gamlp_free(d);
}

gamlp_status gamlp_dladmm_start(gamlp_dladmm *d) {
    d->pair.current = false;
    gamlp_status status = gamlp_chain_start(d->net);
    size_t bytes = (size_t)(d->z.rows * d->z.cols) * sizeof *d->z.data;
    if (status != GAMLP_OK) return status;
    memcpy(d->z.data, gamlp_pd_layer_at(d->net, d->net->layers)->z.data, bytes);
    memset(d->u.data, 0, bytes);
    d->comparable = false;
    d->stall = (gamlp_stall){0};
    d->figures = (gamlp_figures){0};
    return GAMLP_OK;
}

/* The terms of the Lagrangian that a step of layer l changes. */
static double terms(const gamlp_dladmm *d, gamlp_chain_line line, int64_t l) {
    const gamlp_pdadmm *net = d->net;
    const gamlp_pd_layer *layer = gamlp_pd_layer_at(net, l);
    const gamlp_layer_figures *f = &layer->figures;
    bool hidden = l < net->layers;
    if (!d->audit.on) return 0;
    double nu = d->options.nu, beta = hidden ? nu : d->options.rho;
    switch (line) {
    case GAMLP_CHAIN_A:
        beta = l + 1 < net->layers ? nu : d->options.rho;
        return 0.5 * beta * gamlp_pd_fit(gamlp_pd_layer_at(net, l + 1)) + 0.5 * nu * f->activation;
    case GAMLP_CHAIN_Z:
        return 0.5 * beta * gamlp_pd_fit(layer) + (hidden ? 0.5 * nu * f->activation : f->risk);
    default:
        return 0.5 * beta * gamlp_pd_fit(layer) + f->penalty;
    }
}

static gamlp_status step(gamlp_dladmm *d, gamlp_chain_line line, int64_t l, bool back) {
    double before = terms(d, line, l);
    gamlp_status status = GAMLP_OK;
    switch (line) {
    case GAMLP_CHAIN_A:
        status = gamlp_dl_update_a(d, l);
        break;
    case GAMLP_CHAIN_Z:
        status = gamlp_dl_update_z(d, l, back);
        break;
    case GAMLP_CHAIN_B:
        status = gamlp_dl_update_b(d, l);
        break;
    default:
        status = gamlp_dl_update_w(d, l);
    }
    if (status == GAMLP_OK) gamlp_chain_audit_note(&d->audit, line, l, terms(d, line, l) - before);
    return status;
}

/* Both lower it; the part of b, an exact mean, is known. */
static gamlp_status step_wb(gamlp_dladmm *d, int64_t l) {
    double before = terms(d, GAMLP_CHAIN_W, l);
    gamlp_status status = gamlp_dl_update_wb(d, l);
    if (status != GAMLP_OK) return status;
    double beta = l < d->net->layers ? d->options.nu : d->options.rho;
    double b = -0.5 * beta * (double)d->net->columns * gamlp_pd_layer_at(d->net, l)->figures.db;
    gamlp_chain_audit_note(&d->audit, GAMLP_CHAIN_B, l, b);
    gamlp_chain_audit_note(&d->audit, GAMLP_CHAIN_W, l, terms(d, GAMLP_CHAIN_W, l) - before - b);
    return GAMLP_OK;
}

/* The layers above `first`. */
static gamlp_status sweep_back(gamlp_dladmm *d, int64_t first) {
    gamlp_status status = GAMLP_OK;
    for (int64_t l = d->net->layers; l > first; l--) {
        if (l < d->net->layers) GAMLP_TRY(step(d, GAMLP_CHAIN_A, l, true));
        GAMLP_TRY(step(d, GAMLP_CHAIN_Z, l, true));
        GAMLP_TRY(step(d, GAMLP_CHAIN_B, l, true));
        GAMLP_TRY(step(d, GAMLP_CHAIN_W, l, true));
    }
done:
    return status;
}

static gamlp_status sweep_forward(gamlp_dladmm *d, int64_t first) {
    gamlp_status status = GAMLP_OK;
    for (int64_t l = first + 1; l <= d->net->layers; l++) {
        GAMLP_TRY(step_wb(d, l));
        GAMLP_TRY(step(d, GAMLP_CHAIN_Z, l, false));
        if (l < d->net->layers) GAMLP_TRY(step(d, GAMLP_CHAIN_A, l, false));
    }
done:
    return status;
}

gamlp_status gamlp_dladmm_iterate(gamlp_dladmm *d) {
    gamlp_status status = GAMLP_OK;
    d->moved = 0;
    int64_t first = d->pair.serves ? 1 : 0;
    bool audited = d->options.audit || d->options.mode == GAMLP_MODE_THEORY;
    if (gamlp_chain_refreshes(d->net)) {
        gamlp_pair_leave(&d->pair);
        GAMLP_TRY(gamlp_chain_refresh(d->net));
    }
    gamlp_pair_take(&d->pair);
    gamlp_chain_audit_begin(&d->audit, audited && d->comparable);
    GAMLP_TRY(sweep_back(d, first));
    if (first == 1) GAMLP_TRY(gamlp_dl_update_input(d));
    GAMLP_TRY(sweep_forward(d, first));
    GAMLP_TRY(gamlp_dl_update_u(d));
    gamlp_chain_audit_note(&d->audit, GAMLP_CHAIN_U, d->net->layers,
                           gamlp_pd_layer_at(d->net, d->net->layers)->figures.du / d->options.rho);
    d->net->iteration++;
    GAMLP_TRY(gamlp_dl_sum_figures(d));
done:
    return status;
}

gamlp_status gamlp_dladmm_grow(gamlp_dladmm *d, int64_t layers) {
    gamlp_pair_leave(&d->pair);
    gamlp_status status = gamlp_pdadmm_grow(d->net, layers);
    if (status != GAMLP_OK) return status;
    gamlp_pair_clear(&d->pair);
    return gamlp_pair_init(&d->pair, d->net);
}

gamlp_status gamlp_dladmm_set(gamlp_dladmm *d, const gamlp_dladmm_options *options) {
    gamlp_status status = gamlp_dladmm_options_check(options);
    if (status != GAMLP_OK) return status;
    gamlp_pdadmm_options own = block_options(options);
    status = gamlp_pdadmm_set(d->net, &own);
    if (status != GAMLP_OK) return status;
    d->options = *options;
    d->comparable = false;
    if (d->figures.iteration > 0) gamlp_dl_aim(d);
    return GAMLP_OK;
}

gamlp_status gamlp_dladmm_adapt(gamlp_dladmm *d) {
    gamlp_pdadmm_options own = block_options(&d->options);
    gamlp_dladmm_options now = d->options;
    if (!gamlp_schedule_step(&d->stall, &own, &d->figures, d->net->columns)) return GAMLP_OK;
    now.nu = own.nu;
    now.rho = own.rho;
    return gamlp_dladmm_set(d, &now);
}

const gamlp_dladmm_options *gamlp_dladmm_options_now(const gamlp_dladmm *d) {
    return &d->options;
}

const gamlp_figures *gamlp_dladmm_figures(const gamlp_dladmm *d) {
    return &d->figures;
}

gamlp_status gamlp_dladmm_score(gamlp_score *score, gamlp_dladmm *d, int64_t index) {
    return gamlp_pair_score(score, d, index);
}

gamlp_status gamlp_dladmm_adopt(gamlp_dladmm *d, const gamlp_model *model) {
    return gamlp_pair_load(d, model);
}

void gamlp_dladmm_keep(gamlp_dladmm *d) {
    gamlp_pair_keep(d);
}

gamlp_status gamlp_dladmm_restore(gamlp_dladmm *d) {
    return gamlp_pair_restore(d);
}

gamlp_status gamlp_dladmm_export(gamlp_model *model, const gamlp_dladmm *d) {
    return gamlp_pair_to_model(model, d);
}

gamlp_pdadmm_state gamlp_dladmm_state_of(const gamlp_dladmm *d, int64_t l) {
    gamlp_pair_publish(&d->pair);
    gamlp_pdadmm_state state = gamlp_pdadmm_state_of(d->net, l);
    if (l < d->net->layers) return state;
    state.z = &d->z;
    state.u = &d->u;
    return state;
}
