/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/log.h"
#include "gamlp/train.h"
#include "program.h"

typedef struct check_flags {
    char data[GAMLP_OPTION_TEXT];
    bool all, json;
} check_flags;

#define AT(field) offsetof(check_flags, field)

const gamlp_option check_table[] = {
    {"data", GAMLP_OPTION_STRING, AT(data), 0, 0, NULL, "DIR",
     "folder of the raw files of named data sets (default: $GAMLP_DATA)", "Options"},
    {"all", GAMLP_OPTION_BOOL, AT(all), 0, 0, NULL, NULL,
     "check every data set with a manifest whose files are there", "Options"},
    {"json", GAMLP_OPTION_BOOL, AT(json), 0, 0, NULL, NULL, "print the findings as JSON",
     "Options"},
    {0},
};

typedef struct check_results {
    gamlp_verification *verification;
    int64_t count, differing, absent;
} check_results;

static void print_verification(const gamlp_verification *v) {
    print_safe(stdout, v->name);
    if (v->absent) {
        printf(": ");
        print_safe(stdout, v->absent);
        printf("\n");
        return;
    }
    if (v->manifest)
        printf(", compared with the manifest %s\n", v->manifest);
    else
        printf(": no manifest to compare with\n");
    print_findings(v, false);
    fflush(stdout);
}

static gamlp_status check_one(check_results *r, const char *name, const check_flags *flags) {
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    memcpy(options.data, flags->data, sizeof options.data);
    gamlp_verification *v = &r->verification[r->count];
    gamlp_status status = gamlp_dataset_verify(v, name, &options);
    if (status != GAMLP_OK) return status;
    r->count++;
    r->differing += v->differing > 0;
    r->absent += v->absent != NULL;
    if (!flags->json) print_verification(v);
    return GAMLP_OK;
}

/* The data sets whose files have a manifest, as far as they are there. */
static gamlp_status check_known(check_results *r, const check_flags *flags) {
    for (int64_t i = 0; i < gamlp_dataset_known_count(); i++) {
        const char *name = gamlp_dataset_known_name(i);
        bool files = false;
        gamlp_status status = gamlp_dataset_has_manifest(&files, name);
        if (status == GAMLP_OK && files) status = check_one(r, name, flags);
        if (status != GAMLP_OK) return status;
    }
    if (r->absent < r->count) r->absent = 0;
    return GAMLP_OK;
}

/* The sentence and the status of what was found. */
static gamlp_status judge(const check_results *r) {
    if (r->differing > 0)
        return gamlp_fail(GAMLP_E_DATA, "check: %lld of %lld data sets %s from what was expected",
                          (long long)r->differing, (long long)r->count,
                          r->differing == 1 ? "differs" : "differ");
    if (r->absent > 0)
        return gamlp_fail(GAMLP_E_NOINPUT, "check: %lld of %lld data sets cannot be found",
                          (long long)r->absent, (long long)r->count);
    return GAMLP_OK;
}

static gamlp_status check_all(const char *const *name, const check_flags *flags) {
    check_results r = {0};
    char *text = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&r.verification, MAX_ARGUMENTS + gamlp_dataset_known_count(),
                        sizeof *r.verification, "the checks"));
    for (int i = 0; i < MAX_ARGUMENTS && name[i]; i++) GAMLP_TRY(check_one(&r, name[i], flags));
    if (flags->all) GAMLP_TRY(check_known(&r, flags));
    if (flags->json) {
        GAMLP_TRY(gamlp_verification_json(&text, r.verification, r.count));
        print_text(text);
    }
    status = judge(&r);
done:
    for (int64_t i = 0; i < r.count; i++) gamlp_verification_clear(&r.verification[i]);
    gamlp_free(r.verification);
    return status;
}

gamlp_status cmd_check(const command *verb, int count, char **words) {
    check_flags flags = {.json = false};
    const option_target target[MAX_TABLES] = {{&flags, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_status status = parse_words(argument, verb, target, count, words);
    if (status != GAMLP_OK) return status;
    if (!argument[0] && !flags.all)
        return gamlp_fail(GAMLP_E_USAGE, "check: name a DATASET, or give --all");
    if (argument[0] && flags.all)
        return gamlp_fail(GAMLP_E_USAGE, "check: either DATASET or --all");
    gamlp_log_set(NULL, NULL); /* what a reader would warn of is compared here */
    return check_all(argument, &flags);
}
