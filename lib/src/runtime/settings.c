/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "core/yaml.h"
#include "gamlp/alloc.h"
#include "runtime/features.h"
#include "runtime/settings.h"
#include "runtime/solvers.h"

/* Room for a list: numbers of 25 bytes at most, and commas. */
enum { LIST_TEXT = GAMLP_OPTION_LIST * 26 };

static const char *const origin_name[] = {"default", "preset", "configuration file",
                                          "command line"};

static const gamlp_train_options defaults = {
    .preset = "none",
    .solver = GAMLP_SOLVER_PDADMM_G,
    .layers = 2,
    .hidden = 500,
    .iterations = 200,
    .hops = 4,
    .normalise = GAMLP_NORMALISE_L2,
    .scale = GAMLP_SCALE_HOP,
    .nu = {1, {1e-2}},
    .rho = {1, {1e-2}},
    .l2 = {1, {1e-3}},
    .schedule = GAMLP_SCHEDULE_FIXED,
    .mode = GAMLP_MODE_PAPER,
    .step = GAMLP_STEP_EXACT,
    .last = GAMLP_LAST_NEWTON,
    .init = GAMLP_INIT_NORMAL,
    .rho_max = 1,
    .step_start = 1e-6,
    .init_scale = 0.1,
    .refresh = 50,
    .bits = 8,
    .seed = 0,
    .seeds = 1,
    .splits = 1,
    .threads = 1,
};

void gamlp_settings_default(gamlp_settings *settings) {
    *settings = (gamlp_settings){.options = defaults};
    gamlp_dataset_options_default(&settings->options.source);
}

static gamlp_status find_row(const gamlp_option **row, const char *name) {
    *row = gamlp_option_find(gamlp_train_table, name);
    if (*row) return GAMLP_OK;
    const char *nearest = gamlp_option_nearest(gamlp_train_table, name);
    return gamlp_fail(GAMLP_E_CONFIG, "unknown option %s%s%s%s", name,
                      nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

gamlp_status gamlp_settings_set(gamlp_settings *settings, const char *name, const char *text,
                                gamlp_origin origin) {
    const gamlp_option *row;
    gamlp_status status = find_row(&row, name);
    if (status != GAMLP_OK) return status;
    gamlp_origin *known = &settings->origin[row - gamlp_train_table];
    gamlp_train_options trial = settings->options;
    status = gamlp_option_set(&trial, row, text);
    if (status != GAMLP_OK || *known > origin) return status;
    settings->options = trial;
    *known = origin;
    return GAMLP_OK;
}

/* The text of a scalar, or of a sequence of scalars joined by commas. */
static gamlp_status value_text(char *text, size_t size, const gamlp_yaml *yaml,
                               gamlp_yaml_node node, const char *key, const char *what) {
    const char *scalar = gamlp_yaml_text(yaml, node);
    int64_t items = gamlp_yaml_items(yaml, node);
    bool good = gamlp_yaml_pairs(yaml, node) == 0;
    size_t used = (size_t)snprintf(text, size, "%s", scalar ? scalar : "");
    for (int64_t i = 0; i < items && used < size && good; i++) {
        const char *item = gamlp_yaml_text(yaml, gamlp_yaml_item(yaml, node, i));
        good = item != NULL;
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? "," : "", item ? item : "");
    }
    if (!good || used >= size)
        return gamlp_fail(GAMLP_E_CONFIG,
                          "%s: line %lld: %s: expected a value or a short list of values", what,
                          (long long)gamlp_yaml_line(yaml, node), key);
    return GAMLP_OK;
}

static gamlp_status set_all(gamlp_settings *settings, const gamlp_yaml *yaml, gamlp_yaml_node map,
                            const char *what, gamlp_origin origin) {
    for (int64_t i = 0; i < gamlp_yaml_pairs(yaml, map); i++) {
        const char *key = gamlp_yaml_key(yaml, map, i);
        gamlp_yaml_node node = gamlp_yaml_value(yaml, map, i);
        char text[LIST_TEXT];
        gamlp_status status = value_text(text, sizeof text, yaml, node, key, what);
        if (status != GAMLP_OK) return status;
        status = gamlp_settings_set(settings, key, text, origin);
        if (status != GAMLP_OK)
            return gamlp_fail(status, "%s: line %lld: %s", what,
                              (long long)gamlp_yaml_line(yaml, node), gamlp_error_text());
    }
    return GAMLP_OK;
}

gamlp_status gamlp_settings_parse(gamlp_settings *settings, const void *text, size_t size,
                                  const char *what) {
    gamlp_yaml *yaml = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_yaml_parse(&yaml, text, size, what));
    gamlp_yaml_node root = gamlp_yaml_root(yaml);
    if (root && gamlp_yaml_pairs(yaml, root) == 0 &&
        (gamlp_yaml_text(yaml, root) || gamlp_yaml_items(yaml, root) > 0))
        GAMLP_TRY(gamlp_fail(GAMLP_E_CONFIG, "%s: line 1: expected lines of the form option: value",
                             what));
    GAMLP_TRY(set_all(settings, yaml, root, what, GAMLP_ORIGIN_CONFIG));
done:
    gamlp_yaml_free(yaml);
    return status;
}

gamlp_status gamlp_settings_read(gamlp_settings *settings, const char *path) {
    enum { LIMIT = 1 << 20 };
    gamlp_bytes bytes;
    gamlp_status status = gamlp_file_read(&bytes, path, LIMIT);
    if (status != GAMLP_OK) return status;
    status = gamlp_settings_parse(settings, bytes.data, bytes.size, path);
    gamlp_bytes_clear(&bytes);
    return status;
}

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
    GAMLP_TRY(set_all(settings, yaml, values, o->dataset, GAMLP_ORIGIN_PRESET));
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
                              .refresh = o->refresh};
    set_quantised(&p, o);
    return p;
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
    return GAMLP_OK;
}

static gamlp_origin *origin_of(gamlp_settings *settings, const char *name) {
    return &settings->origin[gamlp_option_find(gamlp_train_table, name) - gamlp_train_table];
}

/* Of `layers` and `grow` the one of higher origin says how many layers there are in the end. */
static void settle_growth(gamlp_settings *settings) {
    gamlp_train_options *o = &settings->options;
    const gamlp_origin *layers = origin_of(settings, "layers");
    gamlp_origin *grow = origin_of(settings, "grow");
    if (o->grow.count > 0 && *layers > *grow) {
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
    gamlp_train_options *o = &settings->options, standard = defaults;
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
    GAMLP_TRY(set_all(settings, yaml, gamlp_yaml_root(yaml), "defaults", GAMLP_ORIGIN_DEFAULT));
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

gamlp_status gamlp_settings_resolve(gamlp_settings *settings) {
    gamlp_train_options *o = &settings->options;
    gamlp_status status = GAMLP_OK;
    if (!o->dataset[0]) GAMLP_TRY(gamlp_fail(GAMLP_E_USAGE, "no data set given"));
    GAMLP_TRY(apply_standard(settings));
    GAMLP_TRY(apply_preset(settings));
    GAMLP_TRY(settle_split(settings));
    GAMLP_TRY(settle_features(settings));
    GAMLP_TRY(gamlp_solver_check_options(settings, &defaults));
    GAMLP_TRY(check_quantised(o));
    settle_growth(settings);
    GAMLP_TRY(fit_lists(settings));
    GAMLP_TRY(check_growth(o));
    GAMLP_TRY(check_stages(o));
done:
    return status;
}

/* Neither a line break nor refused by readers of YAML 1.1. */
static bool is_printable(uint32_t code) {
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false;
    return code != 0x2028 && code != 0x2029 && code != 0xfeff && code != 0xfffe && code != 0xffff;
}

/* A plain scalar where YAML allows it, else a double-quoted one. */
static void yaml_scalar(char *out, size_t size, const char *text) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_+-";
    if (text[0] && text[0] != '-' && strspn(text, plain) == strlen(text)) {
        snprintf(out, size, "%s", text);
        return;
    }
    size_t used = (size_t)snprintf(out, size, "\"");
    for (int bytes; *text; text += bytes) {
        uint32_t code = gamlp_text_code_point(&bytes, text);
        if (bytes == 0 || used + 8 > size) break;
        bool quoted = code == '"' || code == '\\';
        if (is_printable(code))
            used += (size_t)snprintf(out + used, size - used, "%s%.*s", quoted ? "\\" : "", bytes,
                                     text);
        else if (code < 0x100)
            used += (size_t)snprintf(out + used, size - used, "\\x%02X", (unsigned)code);
        else
            used += (size_t)snprintf(out + used, size - used, "\\u%04X", (unsigned)code);
    }
    snprintf(out + used, size - used, "\"");
}

static void print_row(char *line, size_t size, const gamlp_settings *settings,
                      const gamlp_option *row) {
    char text[LIST_TEXT], value[4 * GAMLP_OPTION_TEXT + 16];
    gamlp_option_get(&settings->options, row, text, sizeof text);
    if (row->type == GAMLP_OPTION_INTS || row->type == GAMLP_OPTION_REALS)
        snprintf(value, sizeof value, "[%s]", text);
    else
        yaml_scalar(value, sizeof value, text);
    snprintf(line, size, "%s: %s # %s\n", row->name, value,
             origin_name[settings->origin[row - gamlp_train_table]]);
}

gamlp_status gamlp_settings_text(char **text, const gamlp_settings *settings) {
    enum { LINE = 5 * GAMLP_OPTION_TEXT };
    gamlp_status status = gamlp_new(text, GAMLP_TRAIN_ROWS * LINE, 1, "the text of the settings");
    if (status != GAMLP_OK) return status;
    char *end = *text;
    for (const gamlp_option *row = gamlp_train_table; row->name; row++) {
        print_row(end, LINE, settings, row);
        end += strlen(end);
    }
    return GAMLP_OK;
}
