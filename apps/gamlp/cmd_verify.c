/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "gamlp/train.h"
#include "program.h"

typedef struct verify_flags {
    char data[GAMLP_OPTION_TEXT];
    bool json, quiet;
} verify_flags;

#define AT(field) offsetof(verify_flags, field)

const gamlp_option verify_table[] = {
    {"data", GAMLP_OPTION_STRING, AT(data), 0, 0, NULL, "DIR",
     "folder of the raw files of named data sets (default: as trained, then $GAMLP_DATA)",
     "Options"},
    {"json", GAMLP_OPTION_BOOL, AT(json), 0, 0, NULL, NULL, "print the findings as JSON",
     "Options"},
    {"quiet", GAMLP_OPTION_BOOL, AT(quiet), 0, 0, NULL, NULL, "print only what differs", "Options"},
    {0},
};

gamlp_status cmd_verify(const command *verb, int count, char **words) {
    verify_flags flags = {.json = false};
    const option_target target[MAX_TABLES] = {{&flags, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_verification v = {0};
    char *text = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(parse_words(argument, verb, target, count, words));
    GAMLP_TRY(gamlp_run_verify(&v, argument[0], flags.data[0] ? flags.data : NULL));
    if (flags.json) {
        GAMLP_TRY(gamlp_run_verification_json(&text, &v));
        print_text(text);
    } else {
        print_findings(&v, flags.quiet);
    }
    if (v.differing > 0)
        status = gamlp_fail(GAMLP_E_DIFFERS, "verify: %lld of %lld findings about %s differ",
                            (long long)v.differing, (long long)v.count, argument[0]);
done:
    gamlp_verification_clear(&v);
    return status;
}
