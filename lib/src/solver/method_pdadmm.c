/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pdADMM-G, pdADMM and pdADMM-G-Q as methods: a whole net in one block, and its schedule. */
#include "solver/method_pdadmm.h"

#include <stdio.h>

#include "gamlp/alloc.h"
#include "gamlp/method.h"
#include "gamlp/threads.h"
#include "solver/block.h"
#include "solver/problem.h"

typedef struct pdadmm_net {
    gamlp_pdadmm *block;
    gamlp_stall stall;
    int64_t columns;
    int64_t last, barrier; /* no iteration begins ahead behind these: for good, and this once */
    bool ahead;            /* the block is one iteration ahead of the last that was asked for, */
    gamlp_figures told;    /* ... which has these figures                                     */
    gamlp_status status;   /* of the one that was not                                         */
    char failure[GAMLP_ERROR_TEXT];
} pdadmm_net;

/* What was begun ahead was for nothing, and nothing more begins so. */
static gamlp_pdadmm *block_alone(pdadmm_net *n) {
    n->ahead = false;
    n->last = n->barrier = 0;
    return n->block;
}

const gamlp_pdadmm *gamlp_method_pdadmm_block(const void *net) {
    return ((const pdadmm_net *)net)->block;
}

static gamlp_status check(const void *options) {
    return gamlp_pdadmm_options_check(options);
}

/* Lemma 1 asks for rho > 4 nu S^2 and rho > (1 + sqrt 17) nu / 2, where f has slopes of at most S;
 * with S <= 1 the second is enough, by Young's inequality with the best split and the exact
 * decrease of line 5. */
static void conditions(gamlp_conditions *c, const void *options) {
    static const double sharp = 2.5615528128088303; /* (1 + sqrt 17) / 2 */
    const gamlp_pdadmm_options *o = options;
    bool fixed = o->schedule == GAMLP_SCHEDULE_FIXED, real_q = o->quantise != GAMLP_QUANTISE_PQ;
    double lemma = gamlp_pdadmm_least_ratio(&o->activation), ratio = o->rho / o->nu;
    bool relaxed = o->relax != 0 && o->relax != 1;
    bool flat = gamlp_activation_lipschitz(&o->activation) <= 1;
    *c = (gamlp_conditions){.applies =
                                ratio > (flat ? sharp : lemma) && fixed && real_q && !relaxed};
    gamlp_conditions_add(c, ratio > lemma, "rho > %.4g nu (Lemma 1): rho is %g, nu is %g", lemma,
                         o->rho, o->nu);
    if (flat)
        gamlp_conditions_add(c, ratio > sharp,
                             "rho > 2.562 nu, which is enough where f has slopes of at most 1: rho "
                             "is %.4g nu",
                             ratio);
    gamlp_conditions_add(c, fixed, "penalties that are the same in every iteration");
    if (relaxed) gamlp_conditions_add(c, false, "no over-relaxation: relax is %g", o->relax);
    if (o->quantise == GAMLP_QUANTISE_NONE) return;
    gamlp_conditions_add(c, true, "p in its levels from the start");
    gamlp_conditions_add(c, real_q, "q not quantised");
}

static void release(void *net) {
    pdadmm_net *n = net;
    if (!n) return;
    gamlp_pdadmm_free(n->block);
    gamlp_free(n);
}

/* Whether nothing that happens between a score and the next iteration changes that one, nor what it
 * has changed anything else. */
static bool may_be_ahead(const gamlp_pdadmm_options *o) {
    return o->schedule == GAMLP_SCHEDULE_FIXED && !o->quantise && o->anderson == 0 &&
           o->omega.kind == GAMLP_OMEGA_NONE;
}

static gamlp_status make(void **net, const gamlp_problem *problem, const gamlp_net_plan *plan,
                         const void *options) {
    gamlp_pdadmm_plan whole = {
        .layers = plan->layers,
        .hidden = plan->hidden,
        .first = 1,
        .last = plan->layers,
        .init = plan->init,
        .init_scale = plan->init_scale,
        .seed = plan->seed,
        .hold = plan->layers == 2 && gamlp_threads_get() == 2 && problem->uses_gram &&
                gamlp_pairs_thin_pays(problem->classes) && may_be_ahead(options)};
    pdadmm_net *n = NULL;
    gamlp_status status = GAMLP_OK;
    *net = NULL;
    GAMLP_TRY(gamlp_new(&n, 1, sizeof *n, "a net"));
    n->columns = gamlp_problem_columns(problem, -1);
    GAMLP_TRY(gamlp_pdadmm_new(&n->block, problem, &whole, options));
    *net = n;
    n = NULL;
done:
    release(n);
    return status;
}

static gamlp_status load(void *net, const gamlp_model *model) {
    return gamlp_pdadmm_adopt(block_alone(net), model);
}

static gamlp_status start(void *net) {
    pdadmm_net *n = net;
    n->stall = (gamlp_stall){0};
    return gamlp_pdadmm_start(block_alone(n));
}

static gamlp_status grow(void *net, int64_t layers) {
    return gamlp_pdadmm_grow(block_alone(net), layers);
}

static gamlp_status set(void *net, const void *options) {
    return gamlp_pdadmm_set(block_alone(net), options);
}

static gamlp_status iterate(void *net) {
    pdadmm_net *n = net;
    if (!n->ahead) return gamlp_pdadmm_iterate(n->block);
    n->ahead = false;
    return n->status == GAMLP_OK ? GAMLP_OK : gamlp_fail(n->status, "%s", n->failure);
}

static void ahead(void *net, int64_t last) {
    ((pdadmm_net *)net)->last = last;
}

void gamlp_method_pdadmm_pause(void *net, int64_t iteration) {
    ((pdadmm_net *)net)->barrier = iteration;
}

bool gamlp_method_pdadmm_is_settled(const void *net) {
    return !((const pdadmm_net *)net)->ahead;
}

static gamlp_status check_settled(const void *net) {
    if (gamlp_method_pdadmm_is_settled(net)) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_INTERNAL, "the next iteration has begun");
}

/* Whether the next iteration may begin before this one is judged. */
static bool goes_ahead(const pdadmm_net *n, int64_t index) {
    return n->block->iteration < n->last && n->block->iteration != n->barrier &&
           may_be_ahead(gamlp_pdadmm_options_now(n->block)) &&
           gamlp_pd_can_overlap(n->block, index);
}

static gamlp_status adapt(void *net) {
    pdadmm_net *n = net;
    gamlp_pdadmm_options now = *gamlp_pdadmm_options_now(n->block);
    const gamlp_figures *f = gamlp_pdadmm_figures(n->block);
    if (!gamlp_schedule_step(&n->stall, &now, f, n->columns)) return GAMLP_OK;
    return gamlp_pdadmm_set(n->block, &now);
}

void gamlp_method_pdadmm_figures(gamlp_method_figures *figures, const gamlp_figures *f,
                                 const gamlp_pdadmm_options *o) {
    *figures = (gamlp_method_figures){.iteration = f->iteration,
                                      .objective = f->objective,
                                      .residual = f->residual,
                                      .risk = f->risk,
                                      .condition_met =
                                          o->rho > gamlp_pdadmm_least_ratio(&o->activation) * o->nu,
                                      .rise = f->rise,
                                      .descending = f->descending};
    gamlp_method_figures_add(figures, "nu", o->nu);
    gamlp_method_figures_add(figures, "rho", o->rho);
    gamlp_method_figures_add(figures, "lagrangian", f->lagrangian);
    gamlp_method_figures_add(figures, "lemma4", f->lemma4);
    gamlp_method_figures_add(figures, "certificate", f->certificate);
    gamlp_method_figures_add(figures, "displacement", f->displacement);
    gamlp_method_figures_add(figures, "k_ck", f->k_ck);
    static const char *const line[] = {"line_p", "line_w", "line_b", "line_z", "line_q", "line_u"};
    for (int i = 0; o->audit && i < GAMLP_LINES; i++)
        gamlp_method_figures_add(figures, line[i], f->change[i]);
}

static void figures(gamlp_method_figures *figures, const void *net) {
    const gamlp_pdadmm *block = gamlp_method_pdadmm_block(net);
    const pdadmm_net *n = net;
    gamlp_method_pdadmm_figures(figures, n->ahead ? &n->told : gamlp_pdadmm_figures(block),
                                gamlp_pdadmm_options_now(block));
    if (gamlp_pdadmm_options_now(block)->anderson > 0)
        gamlp_method_figures_add(figures, "extrapolated", (double)gamlp_pdadmm_extrapolated(block));
}

static gamlp_status score(gamlp_score *score, void *net, int64_t index) {
    pdadmm_net *n = net;
    gamlp_status status = check_settled(net);
    if (status != GAMLP_OK) return status;
    if (!goes_ahead(n, index)) return gamlp_pdadmm_score(score, n->block, index);
    n->told = *gamlp_pdadmm_figures(n->block);
    n->status = gamlp_pd_overlap(score, n->block, index);
    if (n->status != GAMLP_OK) snprintf(n->failure, sizeof n->failure, "%s", gamlp_error_text());
    n->ahead = true;
    return GAMLP_OK;
}

static void keep(void *net) {
    pdadmm_net *n = net;
    if (n->ahead)
        (void)gamlp_pdadmm_keep_held(n->block); /* twice is once */
    else
        gamlp_pdadmm_keep(n->block);
}

static gamlp_status restore(void *net) {
    return gamlp_pdadmm_restore(block_alone(net));
}

static gamlp_status to_model(gamlp_model *model, const void *net) {
    gamlp_status status = check_settled(net);
    if (status != GAMLP_OK) return status;
    return gamlp_pdadmm_export(model, gamlp_method_pdadmm_block(net));
}

gamlp_status gamlp_method_pdadmm_freeze(gamlp_frozen *frozen, void *net, gamlp_layer_sink sink,
                                        void *context) {
    const pdadmm_net *n = net;
    const gamlp_pdadmm_options *o = gamlp_pdadmm_options_now(n->block);
    const gamlp_figures *f = gamlp_pdadmm_figures(n->block);
    gamlp_status status = check_settled(net);
    if (status != GAMLP_OK) return status;
    if (o->anderson > 0)
        return gamlp_fail(
            GAMLP_E_CONFIG,
            "anderson: no checkpoints, which do not hold the iterations it remembers");
    *frozen = (gamlp_frozen){.iteration = f->iteration,
                             .nu = o->nu,
                             .rho = o->rho,
                             .l2 = o->l2,
                             .stall = n->stall,
                             .figures = *f,
                             .comparable = gamlp_pdadmm_comparable(n->block)};
    for (int64_t l = 1; l <= n->block->layers && status == GAMLP_OK; l++) {
        unsigned char *bytes;
        size_t size;
        status = gamlp_pdadmm_save(&bytes, &size, n->block, l, GAMLP_STATE_ALL);
        if (status != GAMLP_OK) break;
        status = sink(context, l, bytes, size);
        gamlp_free(bytes);
    }
    return status;
}

gamlp_status gamlp_method_pdadmm_thaw(void *net, const gamlp_frozen *frozen,
                                      gamlp_layer_source source, void *context) {
    pdadmm_net *n = net;
    gamlp_pdadmm_options now = *gamlp_pdadmm_options_now(n->block);
    gamlp_status status = GAMLP_OK;
    now.nu = frozen->nu;
    now.rho = frozen->rho;
    now.l2 = frozen->l2;
    GAMLP_TRY(gamlp_pdadmm_set(block_alone(n), &now));
    for (int64_t l = 1; l <= n->block->layers; l++) {
        unsigned char *bytes;
        size_t size;
        GAMLP_TRY(source(&bytes, &size, context, l));
        status = gamlp_pdadmm_load(n->block, l, bytes, size);
        gamlp_free(bytes);
        if (status != GAMLP_OK) goto done;
    }
    gamlp_pdadmm_resume(n->block, frozen->iteration, &frozen->figures, frozen->comparable);
    n->stall = frozen->stall;
done:
    return status;
}

#define PDADMM(name_, summary_, theorem_)                                                          \
    {                                                                                              \
        .name = (name_), .summary = (summary_), .theorem = (theorem_), .falls = "lagrangian",      \
        .check = check, .conditions = conditions, .make = make, .release = release, .load = load,  \
        .start = start, .grow = grow, .set = set, .iterate = iterate, .ahead = ahead,              \
        .adapt = adapt, .figures = figures, .score = score, .keep = keep, .restore = restore,      \
        .to_model = to_model                                                                       \
    }

const gamlp_method gamlp_method_pdadmm_g =
    PDADMM("pdadmm-g", "ADMM in which all layers are updated in parallel, on hops of features",
           "with rho > 4 nu the augmented Lagrangian never rises and k c_k tends to 0");
const gamlp_method gamlp_method_pdadmm =
    PDADMM("pdadmm", "pdadmm-g on the nodes' own features",
           "with rho > 4 nu the augmented Lagrangian never rises and k c_k tends to 0");
const gamlp_method gamlp_method_pdadmm_g_q =
    PDADMM("pdadmm-g-q", "pdadmm-g with the inputs of layers taken from a few levels",
           "with rho > 4 nu and real q the augmented Lagrangian never rises and k d_k tends to 0");
