/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JSON objects of a run; docs/formats.md describes them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dataset/split_spec.h"
#include "gamlp/alloc.h"
#include "gamlp/blas.h"
#include "gamlp/threads.h"
#include "runtime/accounts.h"
#include "runtime/certificate.h"
#include "runtime/run.h"
#include "runtime/solvers.h"

gamlp_json *gamlp_report_dataset(const gamlp_dataset *d) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_text(object, "name", d->name);
    gamlp_json_set_int(object, "nodes", d->nodes);
    gamlp_json_set_int(object, "edges", d->graph.edges);
    gamlp_json_set_int(object, "features", d->features);
    gamlp_json_set_int(object, "classes", d->classes);
    if (d->component == GAMLP_COMPONENT_LARGEST)
        gamlp_json_set_text(object, "component", "largest");
    gamlp_json_set_text(object, "fingerprint", d->fingerprint);
    return object;
}

static gamlp_json *split_object(int64_t train, int64_t val, int64_t test, const char *rule,
                                const char *fingerprint) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_int(object, "train", train);
    gamlp_json_set_int(object, "val", val);
    gamlp_json_set_int(object, "test", test);
    gamlp_json_set_text(object, "rule", rule);
    gamlp_json_set_text(object, "fingerprint", fingerprint);
    return object;
}

gamlp_json *gamlp_report_split(const gamlp_dataset *d) {
    const gamlp_split *s = &d->split;
    return split_object(s->train_count, s->val_count, s->test_count, s->rule, d->split_fingerprint);
}

/* Names of files, and what says where and how often a run took place, stay out of models, whose
 * hash tells whether two runs agree.  The number of threads does too, although the dense products
 * may round otherwise with one thread than with several: it is in `machine`. */
static bool is_circumstance(const gamlp_option *row) {
    static const char *const names[] = {
        "dataset", "cache",     "data", "threads",   "feature-threads",
        "out",     "overwrite", "seed", "seeds",     "solver",
        "split",   "splits",    "from", "seed-step", "certify"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], row->name) == 0) return true;
    return strcmp(row->group, "Workers") == 0;
}

static gamlp_json *list_of(const gamlp_ints *ints, const gamlp_reals *reals) {
    gamlp_json *array = gamlp_json_array();
    for (int64_t i = 0; ints && i < ints->count; i++) gamlp_json_append_int(array, ints->value[i]);
    for (int64_t i = 0; reals && i < reals->count; i++)
        gamlp_json_append_real(array, reals->value[i]);
    return array;
}

/* One width for all hidden layers is a number. */
static void set_ints(gamlp_json *object, const char *name, const gamlp_ints *ints) {
    if (strcmp(name, "hidden") == 0 && ints->count == 1)
        gamlp_json_set_int(object, name, ints->value[0]);
    else
        gamlp_json_set(object, name, list_of(ints, NULL));
}

static void set_option(gamlp_json *object, const gamlp_train_options *options,
                       const gamlp_option *row) {
    const void *field = (const char *)options + row->offset;
    char text[GAMLP_OPTION_TEXT];
    gamlp_option_get(options, row, text, sizeof text);
    if (row->type == GAMLP_OPTION_INT || row->type == GAMLP_OPTION_BYTES)
        gamlp_json_set_int(object, row->name, *(const int64_t *)field);
    else if (row->type == GAMLP_OPTION_REAL)
        gamlp_json_set_real(object, row->name, *(const double *)field);
    else if (row->type == GAMLP_OPTION_BOOL)
        gamlp_json_set_bool(object, row->name, *(const bool *)field);
    else if (row->type == GAMLP_OPTION_INTS)
        set_ints(object, row->name, field);
    else if (row->type == GAMLP_OPTION_REALS)
        gamlp_json_set(object, row->name, list_of(NULL, field));
    else
        gamlp_json_set_text(object, row->name, text);
}

/* Without the folders of a file: what is in it, the fingerprint says. */
static void set_split(gamlp_json *object, const char *text) {
    gamlp_split_spec spec;
    char name[GAMLP_NAME_MAX] = "";
    if (gamlp_split_spec_parse(&spec, text) == GAMLP_OK) gamlp_split_spec_text(name, &spec);
    gamlp_json_set_text(object, "split", name);
}

/* Options that models told from the first version on, whatever their value. */
static bool is_first(const char *name) {
    static const char *const names[] = {"component", "split-seed", "train-per-class", "val",
                                        "test",      "normalise",  "scale",           "preset",
                                        "hops",      "layers",     "hidden",          "grow",
                                        "init",      "init-scale", "iterations",      "nu",
                                        "rho",       "l2",         "schedule",        "rho-max",
                                        "mode",      "step",       "step-start",      "last",
                                        "refresh",   "quantise",   "levels",          "bits",
                                        "level-low", "level-high"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

/* What a solver does not take does not become part of its models, and an option that came later
 * does only when it differs from its default: the model of an older command keeps its hash. */
static bool concerns(const gamlp_option *row, const gamlp_train_options *options) {
    char ours[GAMLP_OPTION_TEXT], usual[GAMLP_OPTION_TEXT];
    gamlp_settings standard;
    if (!gamlp_solver_takes(options->solver, row->name)) return false;
    if (is_first(row->name)) return true;
    gamlp_settings_default(&standard);
    gamlp_option_get(options, row, ours, sizeof ours);
    gamlp_option_get(&standard.options, row, usual, sizeof usual);
    return strcmp(ours, usual) != 0;
}

gamlp_json *gamlp_report_options(const gamlp_train_options *options) {
    gamlp_json *object = gamlp_json_object();
    for (const gamlp_option *row = gamlp_train_table; row->name; row++)
        if (!is_circumstance(row) && concerns(row, options)) set_option(object, options, row);
    set_split(object, options->source.split);
    return object;
}

const char *gamlp_report_solver(const gamlp_train_options *options, char *text) {
    gamlp_option_get(options, gamlp_option_find(gamlp_train_table, "solver"), text,
                     GAMLP_OPTION_TEXT);
    return text;
}

static gamlp_json *theory_object(const gamlp_theory *t, const gamlp_train_options *o) {
    gamlp_json *object = gamlp_json_object();
    char mode[GAMLP_OPTION_TEXT];
    gamlp_option_get(o, gamlp_option_find(gamlp_train_table, "mode"), mode, sizeof mode);
    gamlp_json_set_text(object, "mode", mode);
    gamlp_json_set_bool(object, "condition_met", t->condition_met);
    gamlp_json_set_int(object, "rises", t->rises);
    gamlp_json_set_real(object, "worst_rise", t->worst_rise);
    if (t->has_lemma4) gamlp_json_set_real(object, "lemma4_max", t->lemma4_max);
    return object;
}

static gamlp_json *machine_object(const gamlp_train_options *o) {
    gamlp_json *object = gamlp_json_object();
    int64_t threads = gamlp_threads_get();
    gamlp_json_set_text(object, "blas", gamlp_blas_name());
    gamlp_json_set_int(object, "threads", threads);
    gamlp_json_set_int(object, "feature_threads",
                       o->feature_threads > 0 ? o->feature_threads : gamlp_threads_available());
    return object;
}

static gamlp_json *run_object(const gamlp_run_result *r, const gamlp_report *report,
                              const gamlp_train_options *o) {
    gamlp_json *object = gamlp_json_object(), *seconds = gamlp_json_object();
    gamlp_json_set_int(object, "seed", r->seed);
    gamlp_json_set_text(object, "split", r->rule);
    gamlp_json_set_text(object, "split_fingerprint", r->split_fingerprint);
    gamlp_json_set_int(object, "iterations", r->iterations);
    gamlp_json_set_int(object, "best_iteration", r->best_iteration);
    gamlp_json_set_real(object, "train_accuracy", r->train_accuracy);
    gamlp_json_set_real(object, "val_accuracy", r->val_accuracy);
    gamlp_json_set_real(object, "val_loss", r->val_loss);
    gamlp_json_set_real(object, "test_accuracy", r->test_accuracy);
    gamlp_json_set_real(object, "objective", r->objective);
    gamlp_json_set_real(object, "residual", r->residual);
    gamlp_json_set_real(seconds, "load", report->load_seconds);
    gamlp_json_set_real(seconds, "features", r->feature_seconds);
    gamlp_json_set_real(seconds, "train", r->train_seconds);
    gamlp_json_set(object, "seconds", seconds);
    if (r->theory.stated) gamlp_json_set(object, "theory", theory_object(&r->theory, o));
    if (r->certificate.made)
        gamlp_json_set(object, "certificate",
                       gamlp_report_certificate(&r->certificate, &r->conditions));
    if (r->inputs > 0) {
        gamlp_json_set_int(object, "inputs", r->inputs);
        gamlp_json_set_int(object, "selected", r->selected);
    }
    if (r->level_sets > 0) gamlp_json_set(object, "quantised", gamlp_report_levels(r));
    gamlp_json_set_text(object, "model_sha256", r->model_sha256);
    return object;
}

static gamlp_json *mean_object(double mean, double std) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_real(object, "mean", mean);
    gamlp_json_set_real(object, "std", std);
    return object;
}

static void mean_and_deviation(double *mean, double *std, const gamlp_report *report,
                               double (*pick)(const gamlp_run_result *)) {
    double sum = 0, square = 0;
    for (int64_t i = 0; i < report->count; i++) sum += pick(&report->run[i]);
    *mean = sum / (double)report->count;
    for (int64_t i = 0; i < report->count; i++) {
        double d = pick(&report->run[i]) - *mean;
        square += d * d;
    }
    *std = report->count > 1 ? sqrt(square / (double)(report->count - 1)) : 0;
}

static double test_of(const gamlp_run_result *r) {
    return r->test_accuracy;
}
static double val_of(const gamlp_run_result *r) {
    return r->val_accuracy;
}

void gamlp_report_start(gamlp_report *report, const gamlp_run_data *data) {
    const gamlp_dataset *d = &data->dataset;
    snprintf(report->dataset, sizeof report->dataset, "%s", d->name);
    snprintf(report->rule, sizeof report->rule, "%s", d->split.rule);
    report->nodes = d->nodes;
    report->edges = d->graph.edges;
    report->features = d->features;
    report->classes = d->classes;
    report->train_count = d->split.train_count;
    report->val_count = d->split.val_count;
    report->test_count = d->split.test_count;
    snprintf(report->split_fingerprint, sizeof report->split_fingerprint, "%s",
             d->split_fingerprint);
    report->load_seconds = data->load_seconds;
}

/* The seeds of a split share its features. */
static void add_feature_seconds(gamlp_report *report) {
    int64_t seeds = report->count / report->splits;
    report->feature_seconds = 0;
    for (int64_t i = 0; i < report->count; i += seeds)
        report->feature_seconds += report->run[i].feature_seconds;
}

gamlp_status gamlp_report_finish(gamlp_report *report, const gamlp_run *run) {
    const gamlp_train_options *o = &run->settings->options;
    char solver[GAMLP_OPTION_TEXT];
    add_feature_seconds(report);
    mean_and_deviation(&report->test_mean, &report->test_std, report, test_of);
    mean_and_deviation(&report->val_mean, &report->val_std, report, val_of);
    gamlp_json *object = gamlp_json_object(), *runs = gamlp_json_array();
    gamlp_json_set_text(object, "version", gamlp_version());
    gamlp_json_set(object, "dataset", gamlp_report_dataset(&run->data->dataset));
    gamlp_json_set(object, "split",
                   split_object(report->train_count, report->val_count, report->test_count,
                                report->rule, report->split_fingerprint));
    gamlp_json_set_int(object, "splits", report->splits);
    gamlp_json_set_text(object, "solver", gamlp_report_solver(o, solver));
    gamlp_json_set(object, "options", gamlp_report_options(o));
    gamlp_json_set(object, "machine", machine_object(o));
    for (int64_t i = 0; i < report->count; i++)
        gamlp_json_append(runs, run_object(&report->run[i], report, o));
    gamlp_json_set(object, "runs", runs);
    gamlp_json_set(object, "test_accuracy", mean_object(report->test_mean, report->test_std));
    gamlp_json_set(object, "val_accuracy", mean_object(report->val_mean, report->val_std));
    if (run->crew) gamlp_json_set(object, "workers", gamlp_report_workers(run->crew));
    gamlp_json_set_text(object, "directory", report->directory);
    gamlp_status status = gamlp_json_dump(&report->json, object, true);
    gamlp_json_free(object);
    return status;
}

void gamlp_report_clear(gamlp_report *report) {
    if (!report) return;
    for (int64_t i = 0; report->run && i < report->count; i++) gamlp_free(report->run[i].level);
    gamlp_free(report->run);
    gamlp_free(report->directory);
    gamlp_free(report->json);
    *report = (gamlp_report){0};
}
