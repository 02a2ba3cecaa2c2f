/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>

#include "gamlp/train.h"
#include "program.h"
#include "spread_rows.h"

typedef struct predict_flags {
    char data[GAMLP_OPTION_TEXT], out[GAMLP_OPTION_TEXT];
    spread_flags spread;
} predict_flags;

#define AT(field) offsetof(predict_flags, field)

const gamlp_option predict_table[] = {
    {"out", GAMLP_OPTION_STRING, AT(out), 0, 0, NULL, "FILE", "the CSV file to write (needed)",
     "Options"},
    {"data", GAMLP_OPTION_STRING, AT(data), 0, 0, NULL, "DIR",
     "folder of the raw files of named data sets (default: as trained, then $GAMLP_DATA)",
     "Options"},
    SPREAD_ROWS(AT(spread)),
    {0},
};

static const predict_flags plain = {.spread = {.correct = SPREAD_CHOSEN, .smooth = SPREAD_CHOSEN}};

const void *predict_defaults(void) {
    return &plain;
}

gamlp_status cmd_predict(const command *verb, int count, char **words) {
    predict_flags flags = plain;
    const option_target target[MAX_TABLES] = {{&flags, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_evaluation evaluation = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(parse_words(argument, verb, target, count, words));
    if (!flags.out[0]) GAMLP_TRY(gamlp_fail(GAMLP_E_USAGE, "predict: missing: --out FILE"));
    GAMLP_TRY(gamlp_evaluate(&evaluation, argument[0], argument[1],
                             flags.data[0] ? flags.data : NULL, NULL));
    GAMLP_TRY(correct_and_smooth(&evaluation, &flags.spread));
    GAMLP_TRY(gamlp_predictions_write(flags.out, &evaluation));
done:
    gamlp_evaluation_clear(&evaluation);
    return status;
}
