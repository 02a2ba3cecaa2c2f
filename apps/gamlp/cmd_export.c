/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "gamlp/dataset.h"
#include "program.h"

typedef struct export_flags {
    int format;
    char out[GAMLP_OPTION_TEXT];
} export_flags;

/* The first one: what the ending of the path says. */
static const char *const formats[] = {"auto", "gnn-benchmark", "mtx", "graphml", NULL};
static const char *const endings[] = {"", ".npz", ".mtx", ".graphml", NULL};

const gamlp_option export_table[] = {
    {"format", GAMLP_OPTION_CHOICE, offsetof(export_flags, format), 0, 0,
     "auto gnn-benchmark mtx graphml", "NAME",
     "auto: by the ending of the path, .npz, .mtx or .graphml", "Output"},
    {"out", GAMLP_OPTION_STRING, offsetof(export_flags, out), 0, 0, NULL, "PATH",
     "the file to write (needed)", "Output"},
    {0},
};

const void *export_defaults(void) {
    static const export_flags flags = {.out = ""};
    return &flags;
}

static gamlp_status find_format(export_flags *flags) {
    size_t size = strlen(flags->out);
    if (size == 0) return gamlp_fail(GAMLP_E_USAGE, "export: missing: --out PATH");
    for (int f = 1; formats[f] && flags->format == 0; f++)
        if (size > strlen(endings[f]) &&
            strcmp(flags->out + size - strlen(endings[f]), endings[f]) == 0)
            flags->format = f;
    if (flags->format > 0) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_USAGE,
                      "export: %s: expected an ending .npz, .mtx or .graphml, or --format",
                      flags->out);
}

gamlp_status cmd_export(const command *verb, int count, char **words) {
    gamlp_dataset_options options;
    export_flags flags = {.out = ""};
    const option_target target[MAX_TABLES] = {{&options, set_dataset}, {&flags, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_dataset dataset = {0};
    gamlp_status status = GAMLP_OK;
    gamlp_dataset_options_default(&options);
    GAMLP_TRY(parse_words(argument, verb, target, count, words));
    GAMLP_TRY(find_format(&flags));
    GAMLP_TRY(gamlp_dataset_open(&dataset, argument[0], &options));
    GAMLP_TRY(gamlp_dataset_write(flags.out, &dataset, formats[flags.format]));
    printf("%lld nodes, %lld edges, %lld features, %lld classes, fingerprint %s\n",
           (long long)dataset.nodes, (long long)dataset.graph.edges, (long long)dataset.features,
           (long long)dataset.classes, dataset.fingerprint);
done:
    gamlp_dataset_clear(&dataset);
    return status;
}
