/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/solvers.h"

#include <stdio.h>
#include <string.h>

#include "runtime/run.h"
#include "solver/method_pdadmm.h"

static void fill_pdadmm(gamlp_solver_options *options, const gamlp_train_options *train,
                        int64_t stage) {
    options->pdadmm = gamlp_train_stage_options(train, stage);
}

static void fill_dladmm(gamlp_solver_options *options, const gamlp_train_options *train,
                        int64_t stage) {
    gamlp_pdadmm_options p = gamlp_train_stage_options(train, stage);
    options->dladmm = (gamlp_dladmm_options){.nu = p.nu,
                                             .rho = p.rho,
                                             .l2 = p.l2,
                                             .mode = p.mode,
                                             .step = p.step,
                                             .step_start = p.step_start,
                                             .last = p.last,
                                             .refresh = p.refresh,
                                             .exact = p.exact,
                                             .loss = p.loss,
                                             .audit = p.audit,
                                             .schedule = p.schedule,
                                             .rho_max = p.rho_max,
                                             .schedule_every = p.schedule_every,
                                             .schedule_factor = p.schedule_factor,
                                             .omega = p.omega,
                                             .regularised = p.regularised,
                                             .activation = p.activation};
}

static void fill_mdlam(gamlp_solver_options *options, const gamlp_train_options *train,
                       int64_t stage) {
    gamlp_pdadmm_options p = gamlp_train_stage_options(train, stage);
    options->mdlam = (gamlp_mdlam_options){.rho = p.rho,
                                           .l2 = p.l2,
                                           .epsilon = train->slack,
                                           .epsilon_min = train->slack_min,
                                           .shrink = (gamlp_shrink)train->shrink,
                                           .momentum = train->extrapolate,
                                           .mode = p.mode,
                                           .step = p.step,
                                           .step_start = p.step_start,
                                           .last = p.last,
                                           .refresh = p.refresh,
                                           .loss = p.loss,
                                           .audit = p.audit,
                                           .omega = p.omega,
                                           .regularised = p.regularised,
                                           .activation = p.activation};
}

static void fill_backprop(gamlp_solver_options *options, const gamlp_train_options *train,
                          int64_t stage) {
    gamlp_backprop_options *o = &options->backprop;
    (void)stage;
    gamlp_backprop_options_default(o, (gamlp_optimiser)(train->solver - GAMLP_SOLVER_GD));
    if (train->learning_rate != 0) o->learning_rate = train->learning_rate;
    if (train->epsilon != 0) o->epsilon = train->epsilon;
    o->momentum = train->momentum;
    o->beta1 = train->beta1;
    o->beta2 = train->beta2;
    o->averaging = train->averaging;
    o->weight_decay = train->weight_decay;
    o->decoupled = train->decoupled;
    o->sum = train->reduction == 1;
    o->activation = gamlp_train_activation(train);
    o->loss = gamlp_train_loss(train);
    o->dropout = train->dropout;
    o->feature_dropout = train->feature_dropout;
}

static void fill_linear(gamlp_solver_options *options, const gamlp_train_options *train,
                        int64_t stage) {
    bool ridge = train->solver == GAMLP_SOLVER_RIDGE;
    (void)stage;
    options->linear = (gamlp_linear_options){
        .kind = ridge ? GAMLP_LINEAR_RIDGE : GAMLP_LINEAR_LOGISTIC,
        .layers = train->grow.count > 0 ? train->grow.value[train->grow.count - 1] : train->layers,
        .l2 = train->l2.value[0],
        .l2_factor = train->l2_factor};
}

static void record_quantised(gamlp_json *record, const void *net, int64_t layers) {
    gamlp_level_view view = gamlp_level_view_of(gamlp_method_pdadmm_block(net), layers);
    gamlp_report_quantised(record, &view);
}

static gamlp_status quantised_result(gamlp_run_result *result, const void *net, int64_t layers) {
    gamlp_level_view view = gamlp_level_view_of(gamlp_method_pdadmm_block(net), layers);
    return gamlp_run_levels(result, &view);
}

#define LOSS " loss smoothing class-weights"

#define SEQUENTIAL                                                                                 \
    "rho l2 mode step step-start last refresh activation leak regulariser regularised omega "      \
    "box-low box-high bound keep" LOSS

#define SCHEDULED "nu schedule rho-max schedule-every schedule-factor " SEQUENTIAL

#define PENALTIES SCHEDULED " weights relax anderson"

#define RATES                                                                                      \
    "learning-rate weight-decay decoupled reduction dropout feature-dropout activation leak" LOSS
#define BACKPROP(method, more)                                                                     \
    { &(method), RATES more, "init: he\ninit-scale: 1\n", fill_backprop, NULL, NULL }

/* From 1000 to 0.001, three a decade. */
#define LINEAR_PATH "layers: 1\nl2: 1000\nl2-factor: 0.46415888336127786\niterations: 19\n"

static const gamlp_freezer freezer = {gamlp_method_pdadmm_freeze, gamlp_method_pdadmm_thaw,
                                      gamlp_method_pdadmm_pause, gamlp_method_pdadmm_is_settled};

/* In the order of gamlp_solver. */
static const gamlp_solver_row registry[] = {
    [GAMLP_SOLVER_PDADMM_G] = {&gamlp_method_pdadmm_g, PENALTIES, NULL, fill_pdadmm, NULL, NULL,
                               &freezer},
    [GAMLP_SOLVER_PDADMM] = {&gamlp_method_pdadmm, PENALTIES, NULL, fill_pdadmm, NULL, NULL,
                             &freezer},
    [GAMLP_SOLVER_PDADMM_G_Q] = {&gamlp_method_pdadmm_g_q,
                                 PENALTIES " quantise levels bits level-low level-high", NULL,
                                 fill_pdadmm, record_quantised, quantised_result, &freezer},
    [GAMLP_SOLVER_DLADMM] = {&gamlp_method_dladmm, SCHEDULED " weights", NULL, fill_dladmm, NULL,
                             NULL},
    [GAMLP_SOLVER_MDLAM] = {&gamlp_method_mdlam, SEQUENTIAL " slack slack-min shrink extrapolate",
                            "l2: 5e-3\n", fill_mdlam, NULL, NULL},
    [GAMLP_SOLVER_GD] = BACKPROP(gamlp_method_gd, ""),
    [GAMLP_SOLVER_MOMENTUM] = BACKPROP(gamlp_method_momentum, " momentum"),
    [GAMLP_SOLVER_ADAGRAD] = BACKPROP(gamlp_method_adagrad, " epsilon"),
    [GAMLP_SOLVER_ADADELTA] = BACKPROP(gamlp_method_adadelta, " epsilon averaging"),
    [GAMLP_SOLVER_ADAM] = BACKPROP(gamlp_method_adam, " epsilon beta1 beta2"),
    [GAMLP_SOLVER_RIDGE] = {&gamlp_method_ridge, "l2 l2-factor", LINEAR_PATH, fill_linear, NULL,
                            NULL},
    [GAMLP_SOLVER_LOGISTIC] = {&gamlp_method_logistic, "l2 l2-factor", LINEAR_PATH, fill_linear,
                               NULL, NULL},
};

enum { ROWS = sizeof registry / sizeof registry[0] };

int gamlp_solver_count(void) {
    return ROWS;
}

const gamlp_solver_row *gamlp_solver_row_of(int solver) {
    return &registry[solver];
}

static bool lists(const char *names, const char *name) {
    size_t length = strlen(name);
    for (const char *p = names; (p = strstr(p, name)); p += length)
        if ((p == names || p[-1] == ' ') && (p[length] == ' ' || p[length] == 0)) return true;
    return false;
}

bool gamlp_solver_takes(int solver, const char *option) {
    bool special = false;
    for (int i = 0; i < ROWS; i++) special = special || lists(registry[i].takes, option);
    return !special || lists(registry[solver].takes, option);
}

/* The solvers that take it, for the sentence. */
static void list_takers(char *text, size_t size, const char *option) {
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < ROWS && used < size; i++)
        if (lists(registry[i].takes, option))
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "",
                                     registry[i].method->name);
}

gamlp_status gamlp_solver_check_options(const gamlp_settings *settings,
                                        const gamlp_train_options *standard) {
    const gamlp_train_options *o = &settings->options;
    char ours[GAMLP_OPTION_TEXT], usual[GAMLP_OPTION_TEXT], takers[GAMLP_OPTION_TEXT];
    for (const gamlp_option *row = gamlp_train_table; row->name; row++) {
        if (gamlp_solver_takes(o->solver, row->name)) continue;
        gamlp_option_get(o, row, ours, sizeof ours);
        gamlp_option_get(standard, row, usual, sizeof usual);
        if (settings->origin[row - gamlp_train_table] != GAMLP_ORIGIN_COMMAND &&
            strcmp(ours, usual) == 0)
            continue;
        list_takers(takers, sizeof takers, row->name);
        return gamlp_fail(GAMLP_E_CONFIG,
                          "%s: the solver %s does not use it (it is an option of %s)", row->name,
                          registry[o->solver].method->name, takers);
    }
    return GAMLP_OK;
}
