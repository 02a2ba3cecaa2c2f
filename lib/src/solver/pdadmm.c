/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pdADMM-G, Algorithm 1: the iteration, its start, growth and penalties. */
#include "gamlp/pdadmm.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "solver/block.h"
#include "solver/kernels.h"

double gamlp_pdadmm_least_ratio(const gamlp_activation *f) {
    double lipschitz = gamlp_activation_lipschitz(f);
    return fmax(4 * lipschitz * lipschitz, (sqrt(17) + 1) / 2);
}

/* Somewhat more than the theorems ask for. */
static double theory_ratio(const gamlp_activation *f) {
    return 1.025 * gamlp_pdadmm_least_ratio(f);
}

void gamlp_pdadmm_options_default(gamlp_pdadmm_options *options) {
    *options = (gamlp_pdadmm_options){.nu = 1e-4,
                                      .rho = 1e-4,
                                      .l2 = 0,
                                      .mode = GAMLP_MODE_PAPER,
                                      .step = GAMLP_STEP_EXACT,
                                      .step_start = 1e-6,
                                      .last = GAMLP_LAST_NEWTON,
                                      .schedule = GAMLP_SCHEDULE_FIXED,
                                      .rho_max = 1,
                                      .refresh = 50,
                                      .level_count = 256};
}

/* Beyond this range squares of what is stored leave the range of float. */
static gamlp_status check_penalty(const char *name, double value) {
    if (value >= 1e-12 && value <= 1e12) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CONFIG, "%s is %g, expected a number from 1e-12 to 1e12", name,
                      value);
}

static gamlp_status check_levels(const gamlp_pdadmm_options *o) {
    gamlp_levels levels;
    gamlp_status status = GAMLP_OK;
    if (o->quantise == GAMLP_QUANTISE_NONE) return GAMLP_OK;
    if (o->mode == GAMLP_MODE_THEORY && o->quantise == GAMLP_QUANTISE_PQ)
        return gamlp_fail(GAMLP_E_CONFIG,
                          "theory mode needs a real q: with q quantised Lemma 4 does not hold");
    bool given = o->level_low != 0 || o->level_high != 0;
    status = gamlp_levels_uniform(&levels, given ? o->level_low : 0, given ? o->level_high : 1,
                                  o->level_count);
    return status;
}

static gamlp_status check_theory(const gamlp_pdadmm_options *o) {
    double ratio = theory_ratio(&o->activation);
    if (o->mode != GAMLP_MODE_THEORY) return GAMLP_OK;
    if (o->schedule != GAMLP_SCHEDULE_FIXED)
        return gamlp_fail(GAMLP_E_CONFIG, "theory mode needs fixed penalties");
    if (gamlp_pd_is_relaxed(o))
        return gamlp_fail(GAMLP_E_CONFIG,
                          "theory mode knows nothing of over-relaxation: relax is %g", o->relax);
    if (isinf(ratio))
        return gamlp_fail(GAMLP_E_CONFIG,
                          "theory mode needs an activation without jumps, not sign or step");
    if (o->rho < ratio * o->nu)
        return gamlp_fail(GAMLP_E_CONFIG, "theory mode needs rho >= %g nu: rho is %g and nu is %g",
                          ratio, o->rho, o->nu);
    return GAMLP_OK;
}

gamlp_status gamlp_pdadmm_options_check(const gamlp_pdadmm_options *o) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_activation_check(&o->activation));
    GAMLP_TRY(gamlp_regulariser_check(&o->omega));
    GAMLP_TRY(gamlp_loss_check(&o->loss));
    GAMLP_TRY(check_penalty("nu", o->nu));
    GAMLP_TRY(check_penalty("rho", o->rho));
    GAMLP_TRY(check_penalty("step-start", o->step_start));
    GAMLP_TRY(check_penalty("rho-max", o->rho_max));
    if (!(isfinite(o->l2) && o->l2 >= 0))
        return gamlp_fail(GAMLP_E_CONFIG, "l2 is %g, expected a number of at least 0", o->l2);
    if (o->refresh < 1)
        return gamlp_fail(GAMLP_E_CONFIG, "refresh is %lld, expected at least 1",
                          (long long)o->refresh);
    if (!(o->relax >= 0 && o->relax < 2))
        return gamlp_fail(GAMLP_E_CONFIG, "relax is %g, expected a number from 0 to less than 2",
                          o->relax);
    if (o->anderson < 0 || o->anderson > GAMLP_ANDERSON_MAX)
        return gamlp_fail(GAMLP_E_CONFIG, "anderson is %lld, expected a number from 0 to %d",
                          (long long)o->anderson, GAMLP_ANDERSON_MAX);
    if (o->anderson > 0 && (o->quantise || o->omega.kind != GAMLP_OMEGA_NONE))
        return gamlp_fail(GAMLP_E_CONFIG,
                          "anderson: not with quantised variables or a regulariser, "
                          "which an extrapolated point need not obey");
    if (o->schedule_every < 0 || !(o->schedule_factor == 0 || o->schedule_factor > 1))
        return gamlp_fail(GAMLP_E_CONFIG,
                          "schedule-every is %lld and schedule-factor %g, expected at least 0, and "
                          "more than 1 or 0",
                          (long long)o->schedule_every, o->schedule_factor);
    GAMLP_TRY(check_levels(o));
    status = check_theory(o);
done:
    return status;
}

static gamlp_status send(const gamlp_pdadmm *block, gamlp_tensor kind, int64_t layer,
                         int64_t iteration, const gamlp_dense *a) {
    gamlp_pd_note(block, GAMLP_PHASE_SEND, layer);
    gamlp_status status =
        block->exchange.send(block->exchange.context, (gamlp_address){kind, layer, iteration}, a);
    gamlp_pd_note(block, GAMLP_PHASE_REST, layer);
    return status;
}

static gamlp_status recv(gamlp_dense *a, const gamlp_pdadmm *block, gamlp_tensor kind,
                         int64_t layer, int64_t iteration) {
    gamlp_pd_note(block, GAMLP_PHASE_RECEIVE, layer);
    gamlp_status status =
        block->exchange.recv(a, block->exchange.context, (gamlp_address){kind, layer, iteration});
    gamlp_pd_note(block, GAMLP_PHASE_REST, layer);
    return status;
}

static void copy(gamlp_dense *out, const gamlp_dense *in) {
    memcpy(out->data, in->data, (size_t)(in->rows * in->cols) * sizeof *in->data);
}

static void zero(gamlp_dense *a) {
    if (a->data) memset(a->data, 0, (size_t)(a->rows * a->cols) * sizeof *a->data);
}

/* p_l = q_{l-1}. */
static gamlp_status start_p(gamlp_pdadmm *block, gamlp_pd_layer *layer, gamlp_dense *q) {
    if (block->options.quantise) return gamlp_pd_start_quantised(block, layer, q);
    copy(&layer->p, q);
    zero(&layer->g);
    return GAMLP_OK;
}

/* z = W p + b, q = f(z), u = 0. */
static gamlp_status start_layer(gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    gamlp_pd_note(block, GAMLP_PHASE_START, layer->number);
    gamlp_status status = gamlp_pd_refresh(block, layer);
    if (status != GAMLP_OK) return status;
    zero(&layer->z);
    gamlp_kernel_residual(&layer->z, &layer->m, &layer->b, &layer->z);
    zero(&layer->r);
    layer->explicit_left = 0;
    layer->figures = (gamlp_layer_figures){0}; /* its theta began the next one */
    if (layer->number == block->layers) return GAMLP_OK;
    gamlp_activation_apply(&layer->q, &block->options.activation, &layer->z);
    zero(&layer->u);
    if (layer->number == block->last) return GAMLP_OK;
    return start_p(block, gamlp_pd_layer_at(block, layer->number + 1), &layer->q);
}

static gamlp_status start_below(gamlp_pdadmm *block) {
    if (block->first == 1) return GAMLP_OK;
    gamlp_status status = recv(&block->below_q, block, GAMLP_TENSOR_Q, block->first - 1, 0);
    if (status != GAMLP_OK) return status;
    zero(&block->below_u);
    return start_p(block, gamlp_pd_layer_at(block, block->first), &block->below_q);
}

/* Both ends of a link choose its levels from the q that is not quantised yet. */
static gamlp_status start_above(gamlp_pdadmm *block) {
    if (block->last == block->layers) return GAMLP_OK;
    gamlp_dense *q = &gamlp_pd_layer_at(block, block->last)->q;
    gamlp_status status = send(block, GAMLP_TENSOR_Q, block->last, 0, q);
    if (status != GAMLP_OK || block->options.quantise != GAMLP_QUANTISE_PQ) return status;
    GAMLP_TRY(gamlp_pd_choose_levels(&block->above_levels, &block->options, q));
    GAMLP_TRY(gamlp_pd_reclaim(block, GAMLP_TENSOR_Q, true));
    status = gamlp_levels_project(q, &block->above_levels, q);
done:
    return status;
}

gamlp_status gamlp_pdadmm_start(gamlp_pdadmm *block) {
    gamlp_status status = GAMLP_OK;
    block->iteration = 0;
    block->comparable = block->steady = block->followed = block->held = false;
    block->figures = (gamlp_figures){0};
    gamlp_pd_anderson_forget(block);
    gamlp_pd_obey(block);
    GAMLP_TRY(gamlp_pd_reclaim(block, GAMLP_TENSOR_P, true));
    GAMLP_TRY(gamlp_pd_reclaim(block, GAMLP_TENSOR_Q, true));
    GAMLP_TRY(start_below(block));
    for (int64_t l = block->first; l <= block->last; l++)
        GAMLP_TRY(start_layer(block, gamlp_pd_layer_at(block, l)));
    GAMLP_TRY(start_above(block));
done:
    return status;
}

gamlp_status gamlp_pd_follow_below(gamlp_pdadmm *block) {
    if (block->first == 1 || block->iteration == 0 || block->followed) return GAMLP_OK;
    gamlp_status status =
        recv(&block->below_q, block, GAMLP_TENSOR_Q, block->first - 1, block->iteration);
    if (status != GAMLP_OK) return status;
    gamlp_pd_layer *layer = gamlp_pd_layer_at(block, block->first);
    gamlp_kernel_u(&block->below_u, &layer->p, &block->below_q, (gamlp_real)block->below_rho);
    gamlp_pd_couple(block, layer);
    block->followed = true;
    return GAMLP_OK;
}

static gamlp_status refresh_products(gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    gamlp_status status = gamlp_pd_refresh(block, layer);
    if (status == GAMLP_OK) gamlp_kernel_residual(&layer->r, &layer->m, &layer->b, &layer->z);
    return status;
}

static gamlp_status primal_lines(gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    int64_t l = layer->number;
    gamlp_status status = GAMLP_OK;
    gamlp_pd_note(block, GAMLP_PHASE_P, l);
    gamlp_pd_audit_begin(block, layer);
    if (l > 1)
        GAMLP_TRY((block->options.quantise ? gamlp_pd_update_p_quantised
                                           : gamlp_pd_update_p)(block, layer));
    if (l == block->first && l > 1)
        GAMLP_TRY(send(block, GAMLP_TENSOR_P, l, block->iteration + 1, &layer->p));
    gamlp_pd_note(block, GAMLP_PHASE_W, l);
    gamlp_pd_audit_p(block, layer);
    GAMLP_TRY(gamlp_pd_update_w(block, layer));
    gamlp_pd_note(block, GAMLP_PHASE_B, l);
    GAMLP_TRY(gamlp_pd_update_b(block, layer));
    gamlp_pd_audit_wb(block, layer);
done:
    return status;
}

/* Lines 1 to 3.  The layers are independent of each other here. */
gamlp_status gamlp_pdadmm_step_primal(gamlp_pdadmm *block) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_pd_follow_below(block));
    if (block->iteration > 0 && block->iteration % block->options.refresh == 0)
        GAMLP_TRY(gamlp_pd_each_layer(block, refresh_products));
    block->below_rho = block->options.rho;
    block->followed = false;
    GAMLP_TRY(gamlp_pd_reclaim(block, GAMLP_TENSOR_P, true));
    status = gamlp_pd_each_layer(block, primal_lines);
done:
    return status;
}

/* Lemma 4 for every layer, up to the rounding of u, which is that of rho q. */
static gamlp_status judge_lemma4(const gamlp_pdadmm *block) {
    const gamlp_pdadmm_options *o = &block->options;
    double eps = sizeof(gamlp_real) == sizeof(double) ? DBL_EPSILON : FLT_EPSILON;
    double tolerance = 64 * eps * (1 + o->rho / o->nu);
    for (int64_t l = block->first; l <= block->last && l < block->layers; l++) {
        const gamlp_layer_figures *f = &gamlp_pd_layer_at(block, l)->figures;
        if (f->lemma4 > tolerance * f->lemma4_scale)
            return gamlp_fail(GAMLP_E_NUMERIC,
                              "iteration %lld, layer %lld: u differs from nu (q - f(z)) by %.3g, "
                              "against Lemma 4",
                              (long long)block->iteration, (long long)l, f->lemma4);
    }
    return GAMLP_OK;
}

static gamlp_status judge(const gamlp_pdadmm *block) {
    gamlp_status status = GAMLP_OK;
    if (block->options.mode != GAMLP_MODE_THEORY) return GAMLP_OK;
    GAMLP_TRY(gamlp_figures_check(&block->figures, &block->options));
    status = judge_lemma4(block);
done:
    return status;
}

static bool is_whole(const gamlp_pdadmm *block) {
    return block->first == 1 && block->last == block->layers;
}

static void sum_figures(gamlp_pdadmm *block) {
    for (int64_t l = 1; l <= block->layers; l++)
        block->figure_list[l - 1] = &gamlp_pd_layer_at(block, l)->figures;
    gamlp_figures previous = block->figures;
    gamlp_figures_sum(&block->figures, block->figure_list, block->layers, &previous,
                      &block->options, block->columns);
    if (!block->comparable) gamlp_figures_restart(&block->figures);
    block->comparable = true;
}

static gamlp_status dual_lines(gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    gamlp_pd_note(block, GAMLP_PHASE_ZQU, layer->number);
    gamlp_pd_audit_dual(block, layer);
    gamlp_status status = gamlp_pd_update_zqu(block, layer);
    if (status == GAMLP_OK) gamlp_pd_audit_zqu(block, layer);
    return status;
}

/* Lines 4 to 6, with the p of the layer above.  A layer writes where the gradient of that p begins,
 * which is not read here. */
gamlp_status gamlp_pdadmm_step_dual(gamlp_pdadmm *block) {
    int64_t next = block->iteration + 1, top = block->last;
    gamlp_status status = GAMLP_OK;
    if (top < block->layers) GAMLP_TRY(recv(&block->above_p, block, GAMLP_TENSOR_P, top + 1, next));
    GAMLP_TRY(gamlp_pd_reclaim(block, GAMLP_TENSOR_Q, true));
    GAMLP_TRY(gamlp_pd_each_layer(block, dual_lines));
    if (top < block->layers)
        GAMLP_TRY(send(block, GAMLP_TENSOR_Q, top, next, &gamlp_pd_layer_at(block, top)->q));
    block->iteration = next;
    block->steady = true;
    if (is_whole(block)) sum_figures(block);
    GAMLP_TRY(judge(block));
done:
    return status;
}

gamlp_status gamlp_pdadmm_iterate(gamlp_pdadmm *block) {
    gamlp_status status = GAMLP_OK;
    gamlp_pd_anderson_before(block);
    GAMLP_TRY(gamlp_pdadmm_step_primal(block));
    GAMLP_TRY(gamlp_pdadmm_step_dual(block));
    status = gamlp_pd_anderson_after(block);
done:
    return status;
}

static void set_identity(gamlp_dense *w) {
    zero(w);
    for (int64_t i = 0; i < w->rows && i < w->cols; i++) w->data[i + i * w->rows] = 1;
}

static gamlp_status check_growth(const gamlp_pdadmm *block, int64_t layers) {
    if (!is_whole(block)) return gamlp_fail(GAMLP_E_USAGE, "only a whole net can grow");
    if (layers < block->layers || block->hidden == 0)
        return gamlp_fail(GAMLP_E_CONFIG, "a net of %lld layers cannot grow to %lld%s",
                          (long long)block->layers, (long long)layers,
                          block->hidden ? "" : ": it needs hidden layers of one width");
    return GAMLP_OK;
}

/* Layers 1 .. L-1 and the output layer keep their weights; what they need besides is sized anew. */
gamlp_status gamlp_pdadmm_grow(gamlp_pdadmm *block, int64_t layers) {
    gamlp_pd_layer *grown = NULL;
    int64_t old = block->layers, made = old - 1;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_growth(block, layers));
    if (layers == old) return GAMLP_OK;
    GAMLP_TRY(gamlp_new(&grown, layers, sizeof *grown, "the layers of a block"));
    block->layers = layers;
    for (; made < layers - 1; made++) {
        GAMLP_TRY(gamlp_pd_layer_init(&grown[made], block, made + 1, block->hidden, block->hidden));
        set_identity(&grown[made].w);
    }
    memcpy(grown, block->layer, (size_t)(old - 1) * sizeof *grown);
    grown[layers - 1] = block->layer[old - 1];
    grown[layers - 1].number = layers;
    gamlp_free(block->layer);
    block->layer = grown;
    block->last = layers;
    block->held = false;
    gamlp_pd_scratch_clear(block);
    return gamlp_pd_scratch_init(block);
done:
    block->layers = old;
    for (int64_t l = old - 1; grown && l < made; l++) gamlp_pd_layer_clear(&grown[l]);
    gamlp_free(grown);
    return status;
}

gamlp_status gamlp_pdadmm_set(gamlp_pdadmm *block, const gamlp_pdadmm_options *options) {
    gamlp_status status = gamlp_pdadmm_options_check(options);
    if (status != GAMLP_OK) return status;
    if (options->quantise != block->options.quantise)
        return gamlp_fail(GAMLP_E_USAGE, "what is quantised is fixed when a net is made");
    if (options->anderson != block->options.anderson)
        return gamlp_fail(GAMLP_E_USAGE, "the memory of extrapolation is fixed when a net is made");
    if (options->exact != block->options.exact)
        return gamlp_fail(GAMLP_E_USAGE,
                          "whether weights are minimised exactly is fixed when a net is made");
    if (gamlp_pd_is_relaxed(options) && !is_whole(block))
        return gamlp_fail(GAMLP_E_CONFIG, "relax: a share of a net cannot be over-relaxed");
    if (options->activation.kind != block->options.activation.kind ||
        options->activation.alpha != block->options.activation.alpha)
        return gamlp_fail(GAMLP_E_USAGE, "the activation is fixed when a net is made");
    if (options->omega.kind != block->options.omega.kind ||
        options->regularised != block->options.regularised)
        return gamlp_fail(GAMLP_E_USAGE, "what is regularised is fixed when a net is made");
    if (!gamlp_loss_equal(&options->loss, &block->options.loss))
        return gamlp_fail(GAMLP_E_USAGE, "the loss is fixed when a net is made");
    block->options = *options;
    gamlp_pd_anderson_forget(block);
    block->comparable = block->steady = false;
    int64_t from = block->first > 1 && block->followed ? block->first : block->first + 1;
    for (int64_t l = from; l <= block->last && !block->sequential; l++)
        gamlp_pd_couple(block, gamlp_pd_layer_at(block, l));
    return GAMLP_OK;
}

const gamlp_pdadmm_options *gamlp_pdadmm_options_now(const gamlp_pdadmm *block) {
    return &block->options;
}

const gamlp_layer_figures *gamlp_pdadmm_layer_figures(const gamlp_pdadmm *block, int64_t layer) {
    return &gamlp_pd_layer_at(block, layer)->figures;
}

const gamlp_figures *gamlp_pdadmm_figures(const gamlp_pdadmm *block) {
    return is_whole(block) ? &block->figures : NULL;
}

gamlp_pdadmm_state gamlp_pdadmm_state_of(const gamlp_pdadmm *block, int64_t number) {
    const gamlp_pd_layer *layer = gamlp_pd_layer_at(block, number);
    return (gamlp_pdadmm_state){&layer->p, &layer->w, &layer->b, &layer->z,
                                &layer->q, &layer->u, &layer->m};
}
