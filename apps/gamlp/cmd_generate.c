/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "gamlp/dataset.h"
#include "program.h"

typedef struct generate_flags {
    char recipe[GAMLP_OPTION_TEXT], out[GAMLP_OPTION_TEXT];
} generate_flags;

const gamlp_option generate_flags_table[] = {
    {"recipe", GAMLP_OPTION_STRING, offsetof(generate_flags, recipe), 0, 0, NULL, "NAME",
     "take the options that are not given from a known recipe, e.g. arxiv-sim", "Recipe"},
    {"out", GAMLP_OPTION_STRING, offsetof(generate_flags, out), 0, 0, NULL, "FILE",
     "the file to write, .npz or .gamlp (needed)", "Output"},
    {0},
};

const void *generate_defaults(void) {
    static gamlp_generate_options options;
    return gamlp_generate_options_default(&options) == GAMLP_OK ? &options : NULL;
}

static bool ends_with(const char *path, const char *ending) {
    size_t size = strlen(path), tail = strlen(ending);
    return size >= tail && strcmp(path + size - tail, ending) == 0;
}

static void print_made(const gamlp_dataset *d) {
    printf("%lld nodes, %lld edges, %lld features, %lld classes, fingerprint %s\n",
           (long long)d->nodes, (long long)d->graph.edges, (long long)d->features,
           (long long)d->classes, d->fingerprint);
}

/* A recipe gives what the other words leave open: they are read once more, over it. */
static gamlp_status read_words(gamlp_generate_options *options, generate_flags *flags,
                               const command *verb, int count, char **words) {
    const option_target target[MAX_TABLES] = {{options, set_plain}, {flags, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_generate_options_default(options));
    GAMLP_TRY(parse_words(argument, verb, target, count, words));
    if (flags->recipe[0]) {
        GAMLP_TRY(gamlp_generate_options_recipe(options, flags->recipe));
        GAMLP_TRY(parse_words(argument, verb, target, count, words));
    }
    if (!flags->out[0]) GAMLP_TRY(gamlp_fail(GAMLP_E_USAGE, "generate: missing: --out FILE"));
    if (!ends_with(flags->out, ".npz") && !ends_with(flags->out, ".gamlp"))
        status = gamlp_fail(
            GAMLP_E_USAGE, "generate: %s: expected a name that ends in .npz or .gamlp", flags->out);
done:
    return status;
}

gamlp_status cmd_generate(const command *verb, int count, char **words) {
    gamlp_generate_options options;
    generate_flags flags = {.out = ""};
    gamlp_dataset dataset = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(read_words(&options, &flags, verb, count, words));
    GAMLP_TRY(gamlp_generate_write(&dataset, flags.out, &options));
    print_made(&dataset);
done:
    gamlp_dataset_clear(&dataset);
    return status;
}
