/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what was set to what is run: presets, defaults of the solver, and the checks of the whole.
 */
#include <stdio.h>
#include <string.h>

#include "core/yaml.h"
#include "runtime/features.h"
#include "runtime/run.h"
#include "runtime/settings.h"
#include "runtime/solvers.h"

static const char *option_text(const gamlp_train_options *options, const char *name, char *text) {
    gamlp_option_get(options, gamlp_option_find(gamlp_train_table, name), text, GAMLP_OPTION_TEXT);
    return text;
}

static gamlp_status unknown_preset(const gamlp_settings *settings, const gamlp_yaml *yaml,
                                   gamlp_yaml_node presets, const char *solver) {
    char list[GAMLP_OPTION_TEXT] = "";
    size_t used = 0;
    for (int64_t i = 0; i < gamlp_yaml_pairs(yaml, presets) && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, " %s",
                                 gamlp_yaml_key(yaml, presets, i));
    return gamlp_fail(GAMLP_E_CONFIG, "%s has no preset %s for solver %s; it has:%s",
                      settings->options.dataset, settings->options.preset, solver,
                      used ? list : " none");
}

/* presets: { NAME: { SOLVER: { option: value } } } of the manifest. */
static gamlp_status apply_preset(gamlp_settings *settings) {
    const gamlp_train_options *o = &settings->options;
    const char *manifest = gamlp_dataset_manifest(o->dataset);
    char solver[GAMLP_OPTION_TEXT];
    gamlp_yaml *yaml = NULL;
    gamlp_status status = GAMLP_OK;
    if (strcmp(o->preset, "none") == 0) return GAMLP_OK;
    if (!manifest)
        return gamlp_fail(GAMLP_E_CONFIG, "%s is not a data set with presets", o->dataset);
    GAMLP_TRY(gamlp_yaml_parse(&yaml, manifest, strlen(manifest), o->dataset));
    gamlp_yaml_node presets = gamlp_yaml_find(yaml, gamlp_yaml_root(yaml), "presets");
    gamlp_yaml_node preset = gamlp_yaml_find(yaml, presets, o->preset);
    gamlp_yaml_node values = gamlp_yaml_find(yaml, preset, option_text(o, "solver", solver));
    if (!values) GAMLP_TRY(unknown_preset(settings, yaml, presets, solver));
    GAMLP_TRY(gamlp_settings_set_all(settings, yaml, values, o->dataset, GAMLP_ORIGIN_PRESET));
done:
    gamlp_yaml_free(yaml);
    return status;
}

static double stage_value(const gamlp_reals *list, int64_t stage) {
    return list->value[stage < list->count ? stage : list->count - 1];
}

/* The paper's set of levels leaves nothing to choose. */
static gamlp_status check_quantised(const gamlp_train_options *o) {
    if (o->bits != 4 && o->bits != 8 && o->bits != 16)
        return gamlp_fail(GAMLP_E_CONFIG, "bits is %lld, expected 4, 8 or 16", (long long)o->bits);
    if (o->levels == GAMLP_LEVEL_PAPER && (o->level_low != 0 || o->level_high != 0))
        return gamlp_fail(GAMLP_E_CONFIG,
                          "level-low and level-high: the levels of the paper are from -1 to 20");
    return GAMLP_OK;
}

/* The level sets in terms of the solver. */
static void set_quantised(gamlp_pdadmm_options *p, const gamlp_train_options *o) {
    if (o->solver != GAMLP_SOLVER_PDADMM_G_Q) return;
    p->quantise = (gamlp_quantise)(GAMLP_QUANTISE_P + o->quantise);
    p->level_count = (int64_t)1 << o->bits;
    p->level_low = o->level_low;
    p->level_high = o->level_high;
    if (o->levels != GAMLP_LEVEL_PAPER) return;
    p->level_count = 22;
    p->level_low = -1;
    p->level_high = 20;
}

gamlp_loss gamlp_train_loss(const gamlp_train_options *o) {
    gamlp_loss loss = {.kind = (gamlp_loss_kind)o->loss, .smoothing = o->smoothing};
    if (gamlp_loss_weights(&loss, o->class_weights) != GAMLP_OK) loss.count = 0;
    return loss;
}

gamlp_activation gamlp_train_activation(const gamlp_train_options *o) {
    bool leaks = o->activation == GAMLP_LEAKY_RELU;
    return (gamlp_activation){(gamlp_activation_kind)o->activation, leaks ? o->leak : 0};
}

gamlp_pdadmm_options gamlp_train_stage_options(const gamlp_train_options *o, int64_t stage) {
    gamlp_pdadmm_options p = {.nu = stage_value(&o->nu, stage),
                              .rho = stage_value(&o->rho, stage),
                              .l2 = stage_value(&o->l2, stage),
                              .mode = (gamlp_mode)o->mode,
                              .step = (gamlp_step_rule)o->step,
                              .step_start = o->step_start,
                              .last = (gamlp_last_rule)o->last,
                              .schedule = (gamlp_schedule)o->schedule,
                              .rho_max = o->rho_max,
                              .schedule_every = o->schedule_every,
                              .schedule_factor = o->schedule_factor,
                              .refresh = o->refresh,
                              .loss = gamlp_train_loss(o),
                              .regularised = (gamlp_regularised)o->regularised,
                              .omega = {.kind = (gamlp_regulariser_kind)o->regulariser,
                                        .weight = stage_value(&o->omega, stage),
                                        .low = o->box_low,
                                        .high = o->box_high,
                                        .bound = o->bound,
                                        .share = stage_value(&o->keep, stage)},
                              .activation = gamlp_train_activation(o),
                              .exact = o->weights == 1,
                              .relax = o->relax,
                              .anderson = o->anderson,
                              .audit = o->certify};
    set_quantised(&p, o);
    return p;
}

void gamlp_train_conditions(gamlp_conditions *conditions, const char **theorem,
                            const gamlp_train_options *options, int64_t stage) {
    const gamlp_solver_row *solver = gamlp_solver_row_of(options->solver);
    gamlp_solver_options now;
    *conditions = (gamlp_conditions){0};
    *theorem = solver->method->theorem;
    solver->fill(&now, options, stage);
    if (solver->method->conditions) solver->method->conditions(conditions, &now);
}

static gamlp_status check_growth(const gamlp_train_options *o) {
    for (int64_t s = 0; s < o->grow.count; s++)
        if (s > 0 && o->grow.value[s] <= o->grow.value[s - 1])
            return gamlp_fail(GAMLP_E_CONFIG, "grow: %lld layers after %lld, expected more",
                              (long long)o->grow.value[s], (long long)o->grow.value[s - 1]);
    if (o->grow.count > 0 && o->grow.value[o->grow.count - 1] != o->layers)
        return gamlp_fail(GAMLP_E_CONFIG, "grow ends at %lld layers but layers is %lld",
                          (long long)o->grow.value[o->grow.count - 1], (long long)o->layers);
    if (o->grow.count > 1 && o->grow.value[0] < 2)
        return gamlp_fail(GAMLP_E_CONFIG, "grow: a net of one layer has no hidden width to grow");
    if (o->grow.count > 1 && o->hidden.count > 1)
        return gamlp_fail(GAMLP_E_CONFIG, "grow: a net that grows has one width, hidden gives %lld",
                          (long long)o->hidden.count);
    return GAMLP_OK;
}

static gamlp_status check_widths(const gamlp_train_options *o) {
    if (o->hidden.count == 0)
        return gamlp_fail(GAMLP_E_CONFIG, "hidden: expected at least one value");
    if (o->hidden.count > 1 && o->hidden.count > o->layers - 1)
        return gamlp_fail(GAMLP_E_CONFIG, "hidden: %lld widths for %lld hidden layers",
                          (long long)o->hidden.count, (long long)o->layers - 1);
    return GAMLP_OK;
}

int64_t gamlp_train_width(const gamlp_train_options *o, int64_t layer) {
    return o->hidden.value[layer < o->hidden.count ? layer - 1 : o->hidden.count - 1];
}

static gamlp_origin *origin_of(gamlp_settings *settings, const char *name) {
    return &settings->origin[gamlp_option_find(gamlp_train_table, name) - gamlp_train_table];
}

/* A list of widths that is of higher origin than both `layers` and `grow` says how many layers
 * there are; of these two the one of higher origin does. */
static void settle_growth(gamlp_settings *settings) {
    gamlp_train_options *o = &settings->options;
    const gamlp_origin *layers = origin_of(settings, "layers");
    gamlp_origin *grow = origin_of(settings, "grow");
    gamlp_origin hidden = *origin_of(settings, "hidden");
    if (o->hidden.count > 1 && hidden > *layers && hidden > *grow) {
        o->layers = o->hidden.count + 1;
        o->grow.count = 0;
        *grow = hidden;
    } else if (o->grow.count > 0 && *layers > *grow) {
        o->grow.count = 0;
        *grow = *layers;
    } else if (o->grow.count > 0 && *layers < *grow) {
        o->layers = o->grow.value[o->grow.count - 1];
    }
}

/* A list of lower origin than the stages was made for other stages, and is cut. */
static gamlp_status fit_lists(gamlp_settings *settings) {
    gamlp_train_options *o = &settings->options;
    int64_t stages = o->grow.count > 0 ? o->grow.count : 1;
    gamlp_origin decided = *origin_of(settings, "grow");
    for (const gamlp_option *row = gamlp_train_table; row->name; row++) {
        if (row->type != GAMLP_OPTION_REALS) continue;
        gamlp_reals *list = (gamlp_reals *)((char *)o + row->offset);
        if (list->count == 0)
            return gamlp_fail(GAMLP_E_CONFIG, "%s: expected at least one value", row->name);
        if (list->count <= stages) continue;
        if (*origin_of(settings, row->name) >= decided)
            return gamlp_fail(GAMLP_E_CONFIG, "%s: %lld values for %lld stage%s of growth",
                              row->name, (long long)list->count, (long long)stages,
                              stages > 1 ? "s" : "");
        list->count = stages;
    }
    return GAMLP_OK;
}

/* pdadmm takes the nodes' own features alone. */
static gamlp_status settle_pdadmm(gamlp_settings *settings) {
    gamlp_train_options *o = &settings->options;
    if (o->hops != 1 && *origin_of(settings, "hops") != GAMLP_ORIGIN_DEFAULT)
        return gamlp_fail(GAMLP_E_CONFIG, "hops: the solver pdadmm takes 1, not %lld",
                          (long long)o->hops);
    if (o->features[0])
        return gamlp_fail(GAMLP_E_CONFIG, "features: the solver pdadmm takes the nodes' own alone");
    o->hops = 1;
    return GAMLP_OK;
}

/* Of `hops` and `features` the one of higher origin counts. */
static gamlp_status settle_features(gamlp_settings *settings) {
    gamlp_train_options *o = &settings->options;
    gamlp_origin hops = *origin_of(settings, "hops"), *features = origin_of(settings, "features");
    gamlp_feature_options feature;
    if (o->features[0] && hops == GAMLP_ORIGIN_COMMAND && *features == GAMLP_ORIGIN_COMMAND)
        return gamlp_fail(GAMLP_E_CONFIG, "hops and features: expected one of the two");
    if (o->features[0] && hops > *features) {
        o->features[0] = 0;
        *features = hops;
    }
    if (o->solver == GAMLP_SOLVER_PDADMM) return settle_pdadmm(settings);
    return gamlp_run_feature_options(&feature, o);
}

/* What the split must obey or refuse: what the command line says, and what differs from the
 * default, but not what is of lower origin than the choice of the split. */
static gamlp_status settle_split(gamlp_settings *settings) {
    static const struct {
        const char *name;
        unsigned bit;
    } drawn[] = {{"split-seed", GAMLP_ASKED_SEED},
                 {"train-per-class", GAMLP_ASKED_TRAIN},
                 {"val", GAMLP_ASKED_VAL},
                 {"test", GAMLP_ASKED_TEST}};
    gamlp_train_options *o = &settings->options, standard = gamlp_train_defaults;
    char now[GAMLP_OPTION_TEXT], usual[GAMLP_OPTION_TEXT];
    gamlp_dataset_options_default(&standard.source);
    o->source.asked = 0;
    for (size_t i = 0; i < sizeof drawn / sizeof drawn[0]; i++) {
        gamlp_origin origin = *origin_of(settings, drawn[i].name);
        bool differs = strcmp(option_text(o, drawn[i].name, now),
                              option_text(&standard, drawn[i].name, usual)) != 0;
        if (origin >= *origin_of(settings, "split") && (differs || origin == GAMLP_ORIGIN_COMMAND))
            o->source.asked |= drawn[i].bit;
    }
    return gamlp_dataset_options_check(&o->source);
}

/* The defaults of the solver, where they differ from the table's. */
static gamlp_status apply_standard(gamlp_settings *settings) {
    const char *text = gamlp_solver_row_of(settings->options.solver)->standard;
    gamlp_yaml *yaml = NULL;
    gamlp_status status = GAMLP_OK;
    if (!text) return GAMLP_OK;
    GAMLP_TRY(gamlp_yaml_parse(&yaml, text, strlen(text), "defaults"));
    GAMLP_TRY(gamlp_settings_set_all(settings, yaml, gamlp_yaml_root(yaml), "defaults",
                                     GAMLP_ORIGIN_DEFAULT));
done:
    gamlp_yaml_free(yaml);
    return status;
}

/* The options of each stage are in the ranges of the method. */
static gamlp_status check_stages(const gamlp_train_options *o) {
    const gamlp_solver_row *solver = gamlp_solver_row_of(o->solver);
    gamlp_status status = GAMLP_OK;
    for (int64_t s = 0; (s == 0 || s < o->grow.count) && status == GAMLP_OK; s++) {
        gamlp_solver_options stage;
        solver->fill(&stage, o, s);
        status = solver->method->check(&stage);
    }
    if (status == GAMLP_OK && o->grow.count > 1 && !solver->method->grow)
        return gamlp_fail(GAMLP_E_CONFIG, "grow: a net of the solver %s cannot grow",
                          solver->method->name);
    return status;
}

/* What the command asks of workers that there are none of; a run that goes on in one process may
 * have it from before.  Three options tell whether there are any. */
static gamlp_status check_no_workers(const gamlp_settings *settings) {
    static const char *const fine[] = {"workers", "hosts", "launcher", "checkpoint-every"};
    for (const gamlp_option *row = gamlp_train_table; row->name; row++) {
        bool good = strcmp(row->group, "Workers") != 0 ||
                    settings->origin[row - gamlp_train_table] != GAMLP_ORIGIN_COMMAND;
        for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
            good = good || strcmp(row->name, fine[i]) == 0;
        if (!good)
            return gamlp_fail(GAMLP_E_CONFIG, "%s: is about workers; say --workers", row->name);
    }
    return GAMLP_OK;
}

/* Workers share layers that are trained by pdADMM. */
static gamlp_status check_workers(const gamlp_settings *settings) {
    const gamlp_train_options *o = &settings->options;
    char solver[GAMLP_OPTION_TEXT];
    int64_t memory;
    gamlp_status status;
    if (!gamlp_has_workers(o)) return check_no_workers(settings);
    if (o->solver != GAMLP_SOLVER_PDADMM_G && o->solver != GAMLP_SOLVER_PDADMM &&
        o->solver != GAMLP_SOLVER_PDADMM_G_Q)
        return gamlp_fail(GAMLP_E_CONFIG, "workers: the solver %s trains in one process",
                          gamlp_report_solver(o, solver));
    if (o->worker_memory[0]) {
        status = gamlp_option_bytes(&memory, "worker-memory", o->worker_memory);
        if (status != GAMLP_OK) return status;
    }
    if (o->workers > gamlp_most_layers(o))
        return gamlp_fail(GAMLP_E_CONFIG,
                          "workers: %lld for %lld layers, of which each has one at most",
                          (long long)o->workers, (long long)gamlp_most_layers(o));
    return GAMLP_OK;
}

gamlp_status gamlp_settings_resolve(gamlp_settings *settings) {
    gamlp_train_options *o = &settings->options;
    gamlp_status status = GAMLP_OK;
    if (!o->dataset[0]) GAMLP_TRY(gamlp_fail(GAMLP_E_USAGE, "no data set given"));
    GAMLP_TRY(apply_standard(settings));
    GAMLP_TRY(apply_preset(settings));
    GAMLP_TRY(settle_split(settings));
    GAMLP_TRY(settle_features(settings));
    GAMLP_TRY(gamlp_solver_check_options(settings, &gamlp_train_defaults));
    GAMLP_TRY(check_quantised(o));
    settle_growth(settings);
    GAMLP_TRY(fit_lists(settings));
    GAMLP_TRY(check_widths(o));
    GAMLP_TRY(check_growth(o));
    gamlp_loss loss;
    GAMLP_TRY(gamlp_loss_weights(&loss, o->class_weights));
    GAMLP_TRY(check_stages(o));
    GAMLP_TRY(check_workers(settings));
done:
    return status;
}
