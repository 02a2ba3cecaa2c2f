/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>

#include "gamlp/spread.h"
#include "program.h"

typedef struct propagate_flags {
    double alpha;
    int known;
    char out[GAMLP_OPTION_TEXT];
    bool json;
} propagate_flags;

#define AT(field) offsetof(propagate_flags, field)

const gamlp_option propagate_table[] = {
    {"alpha", GAMLP_OPTION_REAL, AT(alpha), -1, 0.9999, NULL, "A",
     "how far labels spread; -1: chosen by validation accuracy", "Label spreading"},
    {"known", GAMLP_OPTION_CHOICE, AT(known), 0, 0, "train train+val", "NODES",
     "whose labels are known; with validation labels nothing is chosen by them: -1 stands for 0.9",
     "Label spreading"},
    {"out", GAMLP_OPTION_STRING, AT(out), 0, 0, NULL, "FILE",
     "a CSV file for the predictions, as of gamlp predict", "Output"},
    {"json", GAMLP_OPTION_BOOL, AT(json), 0, 0, NULL, NULL, "print the scores as JSON", "Output"},
    {NULL, GAMLP_OPTION_INT, 0, 0, 0, NULL, NULL, NULL, NULL},
};

const void *propagate_defaults(void) {
    static const propagate_flags flags = {.alpha = -1};
    return &flags;
}

gamlp_status cmd_propagate(const command *verb, int count, char **words) {
    gamlp_dataset_options source;
    propagate_flags flags = {.alpha = -1};
    const option_target target[MAX_TABLES] = {{&source, set_dataset}, {&flags, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_spread_options options;
    gamlp_evaluation evaluation = {0};
    char *text = NULL;
    gamlp_status status = GAMLP_OK;
    gamlp_dataset_options_default(&source);
    gamlp_spread_options_default(&options);
    GAMLP_TRY(parse_words(argument, verb, target, count, words));
    options.smooth = flags.alpha;
    options.known = flags.known;
    GAMLP_TRY(gamlp_propagate(&evaluation, argument[0], &source, &options));
    if (flags.out[0]) GAMLP_TRY(gamlp_predictions_write(flags.out, &evaluation));
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
