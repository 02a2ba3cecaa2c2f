/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>

#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/container.h"
#include "gamlp/train.h"
#include "program.h"

typedef struct info_flags {
    bool figures, json, stored;
} info_flags;

const gamlp_option info_table[] = {
    {"figures", GAMLP_OPTION_BOOL, offsetof(info_flags, figures), 0, 0, NULL, NULL,
     "say what triangles, clustering, cores and PageRank of the nodes come to; the triangles of "
     "a large graph take a while",
     "Output"},
    {"json", GAMLP_OPTION_BOOL, offsetof(info_flags, json), 0, 0, NULL, NULL, "print it as JSON",
     "Output"},
    {"stored", GAMLP_OPTION_BOOL, offsetof(info_flags, stored), 0, 0, NULL, NULL,
     "print what a container says of itself, as JSON, without reading graph and features",
     "Output"},
    {0},
};

/* A container may be larger than the memory. */
static gamlp_status show_stored(const char *name) {
    static const char prefix[] = "gamlp:";
    char *text = NULL;
    bool named = strncmp(name, prefix, sizeof prefix - 1) == 0;
    gamlp_status status = gamlp_dataset_passport(&text, named ? name + sizeof prefix - 1 : name);
    if (status == GAMLP_OK) print_text(text);
    return status;
}

static gamlp_status show(const char *name, const gamlp_dataset_options *options,
                         const info_flags *flags) {
    gamlp_dataset dataset = {0};
    gamlp_passport passport = {0};
    char *text = NULL, *lack = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_dataset_inspect(&dataset, &lack, name, options));
    GAMLP_TRY(gamlp_passport_of(&passport, &dataset));
    if (flags->figures) GAMLP_TRY(gamlp_graph_summary_of(&passport.figures, &dataset.graph));
    passport.summarised = flags->figures;
    if (!flags->json) {
        print_passport(&dataset, &passport, lack);
    } else {
        GAMLP_TRY(gamlp_passport_json(&text, &dataset, &passport));
        print_text(text);
    }
done:
    gamlp_free(lack);
    gamlp_passport_clear(&passport);
    gamlp_dataset_clear(&dataset);
    return status;
}

gamlp_status cmd_info(const command *verb, int count, char **words) {
    gamlp_dataset_options options;
    info_flags flags = {.json = false};
    const option_target target[MAX_TABLES] = {{&options, set_dataset}, {&flags, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_dataset_options_default(&options);
    gamlp_status status = parse_words(argument, verb, target, count, words);
    if (status != GAMLP_OK) return status;
    if (!argument[0] && (flags.json || flags.stored || flags.figures))
        return gamlp_fail(GAMLP_E_USAGE, "info: %s needs a DATASET",
                          flags.stored    ? "--stored"
                          : flags.figures ? "--figures"
                                          : "--json");
    if (flags.stored && flags.figures)
        return gamlp_fail(GAMLP_E_USAGE,
                          "info: --figures reads the graph, which --stored does not");
    if (argument[0] && flags.stored) return show_stored(argument[0]);
    if (argument[0]) return show(argument[0], &options, &flags);
    for (int64_t i = 0; i < gamlp_dataset_known_count(); i++)
        printf("%s\n", gamlp_dataset_known_name(i));
    return GAMLP_OK;
}
