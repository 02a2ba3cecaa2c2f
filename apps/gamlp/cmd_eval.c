/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>

#include "gamlp/train.h"
#include "program.h"

typedef struct eval_flags {
    char data[GAMLP_OPTION_TEXT], split[GAMLP_OPTION_TEXT];
    bool json;
} eval_flags;

#define AT(field) offsetof(eval_flags, field)

const gamlp_option eval_table[] = {
    {"data", GAMLP_OPTION_STRING, AT(data), 0, 0, NULL, "DIR",
     "folder of the raw files of named data sets (default: as trained, then $GAMLP_DATA)",
     "Options"},
    {"split", GAMLP_OPTION_STRING, AT(split), 0, 0, NULL, "SPEC",
     "score the parts of this split, as for gamlp train (default: as trained)", "Options"},
    {"json", GAMLP_OPTION_BOOL, AT(json), 0, 0, NULL, NULL, "print the scores as JSON", "Options"},
    {0},
};

static void print_part(const char *name, gamlp_score score) {
    printf("%-10s%.2f %%  loss %.4f\n", name, 100 * score.accuracy, score.loss);
}

static void print_scores(const gamlp_evaluation *e) {
    printf("%-10s%s\n", "dataset", e->dataset.name);
    printf("%-10s%s\n", "split", e->dataset.split.rule);
    print_part("train", e->train);
    print_part("val", e->val);
    print_part("test", e->test);
    if (!e->same_data)
        printf("these are other data than the model was trained on\n");
    else if (!e->same_split)
        printf("this is another split than the model was trained on\n");
}

gamlp_status cmd_eval(const command *verb, int count, char **words) {
    eval_flags flags = {.json = false};
    const option_target target[MAX_TABLES] = {{&flags, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_evaluation evaluation = {0};
    char *text = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(parse_words(argument, verb, target, count, words));
    GAMLP_TRY(gamlp_evaluate(&evaluation, argument[0], argument[1],
                             flags.data[0] ? flags.data : NULL,
                             flags.split[0] ? flags.split : NULL));
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
