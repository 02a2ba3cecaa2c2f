/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "core/yaml.h"
#include "gamlp/alloc.h"
#include "gamlp/feature.h"
#include "runtime/settings.h"

/* Room for a list: numbers of 25 bytes at most, and commas. */
enum { LIST_TEXT = GAMLP_OPTION_LIST * 26 };

static const char *const origin_name[] = {"default", "preset", "configuration file",
                                          "command line"};

const gamlp_train_options gamlp_train_defaults = {
    .preset = "none",
    .join_timeout = 60,
    .peer_timeout = 30,
    .ssh = "ssh",
    .srun = "srun",
    .max_restarts = 3,
    .solver = GAMLP_SOLVER_PDADMM_G,
    .layers = 2,
    .hidden = {1, {500}},
    .leak = 0.01,
    .class_weights = "none",
    .omega = {1, {0.01}},
    .keep = {1, {0.1}},
    .box_low = -1,
    .box_high = 1,
    .bound = 1,
    .iterations = 200,
    .val_score = 1,
    .hops = 4,
    .diffusion = {.tolerance = 1e-7},
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
    .l2_factor = 1,
    .slack = 1e-3,
    .slack_min = 1e-3,
    .extrapolate = true,
    .relax = 1,
    .momentum = 0.9,
    .beta1 = 0.9,
    .beta2 = 0.999,
    .averaging = 0.9,
    .seed = 0,
    .seeds = 1,
    .seed_step = 1,
    .splits = 1,
    .threads = 1,
};

void gamlp_settings_default(gamlp_settings *settings) {
    *settings = (gamlp_settings){.options = gamlp_train_defaults};
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

gamlp_status gamlp_settings_set_all(gamlp_settings *settings, const gamlp_yaml *yaml,
                                    gamlp_yaml_node map, const char *what, gamlp_origin origin) {
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
    GAMLP_TRY(gamlp_settings_set_all(settings, yaml, root, what, GAMLP_ORIGIN_CONFIG));
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

/* A run that is complete keeps no checkpoint. */
static gamlp_status refuse_resume(const char *run) {
    char *path = NULL;
    gamlp_status status = gamlp_text_format(&path, "%s/summary.json", run);
    if (status != GAMLP_OK) return status;
    bool complete = gamlp_file_exists(path);
    gamlp_free(path);
    if (complete)
        return gamlp_fail(GAMLP_E_USAGE, "%s: the run is complete, there is nothing left to do",
                          run);
    return gamlp_fail(GAMLP_E_NOINPUT, "%s: there is no checkpoint to go on from", run);
}

gamlp_status gamlp_settings_resume(gamlp_settings *settings, const char *run) {
    char *path = NULL;
    gamlp_status status = GAMLP_OK;
    for (const gamlp_option *row = gamlp_train_table; row->name; row++)
        if (settings->origin[row - gamlp_train_table] == GAMLP_ORIGIN_COMMAND &&
            strcmp(row->group, "Workers") != 0)
            return gamlp_fail(GAMLP_E_USAGE, "resume: %s is what it was when the run began",
                              row->name);
    GAMLP_TRY(gamlp_text_format(&path, "%s/checkpoint/config.yaml", run));
    if (!gamlp_file_exists(path)) GAMLP_TRY(refuse_resume(run));
    GAMLP_TRY(gamlp_settings_read(settings, path));
    GAMLP_TRY(gamlp_settings_set(settings, "out", run, GAMLP_ORIGIN_COMMAND));
    settings->options.resume = true;
done:
    gamlp_free(path);
    return status;
}
