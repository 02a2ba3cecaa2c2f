/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>

#include "gamlp/dataset.h"
#include "program.h"

typedef struct split_flags {
    char out[GAMLP_OPTION_TEXT];
} split_flags;

const gamlp_option split_table[] = {
    {"out", GAMLP_OPTION_STRING, offsetof(split_flags, out), 0, 0, NULL, "FILE",
     "the file to write (needed): its name ends in .json, .npz or .csv", "Output"},
    {0},
};

static void print_made(const gamlp_dataset *d) {
    printf("%s: %lld train, %lld val, %lld test, fingerprint %s\n", d->split.rule,
           (long long)d->split.train_count, (long long)d->split.val_count,
           (long long)d->split.test_count, d->split_fingerprint);
}

gamlp_status cmd_split(const command *verb, int count, char **words) {
    gamlp_dataset_options options;
    split_flags flags = {.out = ""};
    const option_target target[MAX_TABLES] = {{&options, set_dataset}, {&flags, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_dataset dataset = {0};
    gamlp_status status = GAMLP_OK;
    gamlp_dataset_options_default(&options);
    GAMLP_TRY(parse_words(argument, verb, target, count, words));
    if (!flags.out[0]) GAMLP_TRY(gamlp_fail(GAMLP_E_USAGE, "split: missing: --out FILE"));
    GAMLP_TRY(gamlp_dataset_open(&dataset, argument[0], &options));
    GAMLP_TRY(gamlp_split_write(flags.out, &dataset));
    print_made(&dataset);
done:
    gamlp_dataset_clear(&dataset);
    return status;
}
