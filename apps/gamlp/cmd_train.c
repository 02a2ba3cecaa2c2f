/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gamlp/train.h"
#include "gamlp/worker.h"
#include "program.h"
#include "progress.h"

typedef struct train_flags {
    char config[GAMLP_OPTION_TEXT];
    char resume[GAMLP_OPTION_TEXT];
    bool json, quiet, dry_run;
} train_flags;

#define AT(field) offsetof(train_flags, field)

const gamlp_option train_flags_table[] = {
    {"config", GAMLP_OPTION_STRING, AT(config), 0, 0, NULL, "FILE",
     "read options from a YAML file, e.g. the config.yaml of a run; the command line wins", "Run"},
    {"resume", GAMLP_OPTION_STRING, AT(resume), 0, 0, NULL, "RUN",
     "go on with a run that was stopped, from its last checkpoint; options of Workers may differ",
     "Run"},
    {"json", GAMLP_OPTION_BOOL, AT(json), 0, 0, NULL, NULL,
     "print the summary (summary.json) and nothing else", "Run"},
    {"dry-run", GAMLP_OPTION_BOOL, AT(dry_run), 0, 0, NULL, NULL,
     "start nothing: print the commands that start the workers, and the layers of each", "Run"},
    {"quiet", GAMLP_OPTION_BOOL, AT(quiet), 0, 0, NULL, NULL,
     "no progress and no table: print the run directory only", "Run"},
    {0},
};

const void *train_defaults(void) {
    static gamlp_settings settings;
    gamlp_settings_default(&settings);
    return &settings.options;
}

static gamlp_status set_setting(void *settings, const gamlp_option *row, const char *text) {
    if (strcmp(row->name, "dataset") == 0)
        return gamlp_fail(GAMLP_E_USAGE,
                          "dataset: the data set is the argument: gamlp train DATASET");
    return gamlp_settings_set(settings, row->name, text, GAMLP_ORIGIN_COMMAND);
}

static bool on_progress(void *context, const gamlp_progress *now) {
    if (context) progress_show(context, now);
    return !stop_wanted();
}

static double train_seconds(const gamlp_report *r) {
    double sum = 0;
    for (int64_t i = 0; i < r->count; i++) sum += r->run[i].train_seconds;
    return sum;
}

static void print_percent(const char *name, const gamlp_report *r, double mean, double std) {
    printf("%-10s%.2f", name, 100 * mean);
    if (r->count > 1) printf(" +- %.2f", 100 * std);
    printf(" %%\n");
}

/* Of each growth stage, before it is trained. */
static void print_conditions(const gamlp_train_options *o) {
    for (int64_t stage = 0; stage == 0 || stage < o->grow.count; stage++) {
        gamlp_conditions c;
        const char *theorem;
        gamlp_train_conditions(&c, &theorem, o, stage);
        if (!theorem) {
            printf("%-10snothing is proved of this solver\n", "theorem");
            return;
        }
        if (stage == 0) printf("%-10s%s\n", "theorem", theorem);
        if (o->grow.count > 1)
            printf("%-10s%lld layers\n", "stage", (long long)o->grow.value[stage]);
        for (int64_t i = 0; i < c.count; i++)
            printf("%-10s%s\n", c.condition[i].holds ? "  holds" : "  fails", c.condition[i].text);
        printf("%-10sthe theorem %s\n", "", c.applies ? "applies" : "does not apply");
    }
    fflush(stdout);
}

static void print_certificate(const gamlp_run_result *r) {
    const gamlp_certificate *c = &r->certificate;
    if (!c->made) return;
    printf("%-10sseed %lld: rises %lld, worst %.3g", "certified", (long long)r->seed,
           (long long)r->theory.rises, r->theory.worst_rise);
    if (r->theory.has_lemma4) printf("; Lemma 4 to %.3g", r->theory.lemma4_max);
    printf("\n");
    if (c->has_ck)
        printf("%-10sc_k ~ k^%.2f (r2 %.3f); k c_k from %.3g at half time to %.3g\n", "",
               c->c_k.slope, c->c_k.r2, c->k_ck_half, c->k_ck_last);
    printf("%-10swhat is left to gain shrinks to %.4f of itself an iteration (r2 %.3f); residual "
           "%.3g, at most %.3g\n",
           "", c->factor, c->tail.r2, c->residual_last, c->residual_most);
}

static void print_table(const gamlp_report *r) {
    printf("%-10s%s: %lld nodes, %lld edges, %lld features, %lld classes\n", "dataset", r->dataset,
           (long long)r->nodes, (long long)r->edges, (long long)r->features, (long long)r->classes);
    printf("%-10s%lld train, %lld val, %lld test (%s)\n", "split", (long long)r->train_count,
           (long long)r->val_count, (long long)r->test_count, r->rule);
    if (r->splits > 1) printf("%-10s%s to %s\n", "splits", r->rule, r->run[r->count - 1].rule);
    printf("%-10s%lld", "seeds", (long long)r->run[0].seed);
    if (r->count > r->splits) printf("..%lld", (long long)r->run[r->count - 1].seed);
    printf("\n");
    print_percent("val", r, r->val_mean, r->val_std);
    print_percent("test", r, r->test_mean, r->test_std);
    for (int64_t i = 0; i < r->count; i++) print_certificate(&r->run[i]);
    printf("%-10sload %.3f, features %.3f, train %.3f\n", "seconds", r->load_seconds,
           r->feature_seconds, train_seconds(r));
}

static gamlp_status read_command(gamlp_settings *settings, train_flags *flags, const command *verb,
                                 int count, char **words) {
    const option_target target[MAX_TABLES] = {{settings, set_setting}, {flags, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_status status = GAMLP_OK;
    gamlp_settings_default(settings);
    GAMLP_TRY(parse_words(argument, verb, target, count, words));
    if (argument[0])
        GAMLP_TRY(gamlp_settings_set(settings, "dataset", argument[0], GAMLP_ORIGIN_COMMAND));
    if (flags->config[0]) GAMLP_TRY(gamlp_settings_read(settings, flags->config));
    if (flags->resume[0]) GAMLP_TRY(gamlp_settings_resume(settings, flags->resume));
    GAMLP_TRY(gamlp_settings_resolve(settings));
done:
    return status;
}

static gamlp_status dry_run(const gamlp_settings *settings) {
    char *text;
    gamlp_status status = gamlp_train_dry_run(&text, settings);
    if (status == GAMLP_OK) print_text(text);
    return status;
}

gamlp_status cmd_train(const command *verb, int count, char **words) {
    gamlp_settings settings;
    train_flags flags = {.json = false};
    gamlp_report report = {0};
    progress_line line = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(read_command(&settings, &flags, verb, count, words));
    if (flags.dry_run) return dry_run(&settings);
    catch_stops();
    if (settings.options.certify && !flags.json && !flags.quiet)
        print_conditions(&settings.options);
    bool shown = !flags.quiet && isatty(STDERR_FILENO);
    status = gamlp_train(&report, &settings, on_progress, shown ? &line : NULL);
    progress_clear();
    GAMLP_TRY(status);
    if (flags.json) {
        fputs(report.json, stdout);
    } else {
        if (!flags.quiet) print_table(&report);
        printf("%s\n", report.directory);
    }
done:
    gamlp_report_clear(&report);
    return status;
}
