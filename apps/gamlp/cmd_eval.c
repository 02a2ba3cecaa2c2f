/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>

#include "gamlp/train.h"
#include "program.h"
#include "spread_rows.h"

typedef struct eval_flags {
    char data[GAMLP_OPTION_TEXT], split[GAMLP_OPTION_TEXT];
    bool json;
    spread_flags spread;
} eval_flags;

#define AT(field) offsetof(eval_flags, field)

const gamlp_option eval_table[] = {
    {"data", GAMLP_OPTION_STRING, AT(data), 0, 0, NULL, "DIR",
     "folder of the raw files of named data sets (default: as trained, then $GAMLP_DATA)",
     "Options"},
    {"split", GAMLP_OPTION_STRING, AT(split), 0, 0, NULL, "SPEC",
     "score the parts of this split, as for gamlp train (default: as trained)", "Options"},
    {"json", GAMLP_OPTION_BOOL, AT(json), 0, 0, NULL, NULL, "print the scores as JSON", "Options"},
    SPREAD_ROWS(AT(spread)),
    {0},
};

static const eval_flags plain = {.spread = {.correct = SPREAD_CHOSEN, .smooth = SPREAD_CHOSEN}};

const void *eval_defaults(void) {
    return &plain;
}

gamlp_status cmd_eval(const command *verb, int count, char **words) {
    eval_flags flags = plain;
    const option_target target[MAX_TABLES] = {{&flags, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_evaluation evaluation = {0};
    char *text = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(parse_words(argument, verb, target, count, words));
    GAMLP_TRY(gamlp_evaluate(&evaluation, argument[0], argument[1],
                             flags.data[0] ? flags.data : NULL,
                             flags.split[0] ? flags.split : NULL));
    GAMLP_TRY(correct_and_smooth(&evaluation, &flags.spread));
    if (!flags.json) {
        print_scores(&evaluation);
    } else {
        GAMLP_TRY(gamlp_evaluation_json(&text, &evaluation));
        print_text(text);
    }
done:
    gamlp_evaluation_clear(&evaluation);
    return status;
}
