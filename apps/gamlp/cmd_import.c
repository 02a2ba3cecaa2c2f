/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>

#include "budget.h"
#include "gamlp/container.h"
#include "program.h"

typedef struct import_flags {
    char out[GAMLP_OPTION_TEXT], memory[GAMLP_OPTION_TEXT], name[GAMLP_OPTION_TEXT];
    int64_t nodes;
} import_flags;

#define AT(field) offsetof(import_flags, field)

const gamlp_option import_table[] = {
    {"out", GAMLP_OPTION_STRING, AT(out), 0, 0, NULL, "FILE.gamlp",
     "the container to write (needed)", "Options"},
    {"name", GAMLP_OPTION_STRING, AT(name), 0, 0, NULL, "NAME",
     "name of the data set (default: as the source has it)", "Options"},
    {"memory", GAMLP_OPTION_STRING, AT(memory), 0, 0, NULL, "BYTES",
     "memory the program may take, e.g. 500M or 2G (default: as much as is good)", "Options"},
    {"nodes", GAMLP_OPTION_INT, AT(nodes), 0, 2147483647, NULL, "N",
     "nodes of a list of edges (0: the largest number in it and one)", "Options"},
    {0},
};

static void print_made(const gamlp_import_report *r, const char *path) {
    printf("%s: %s, %lld nodes, %lld edges, %lld features, %lld classes, %lld bytes\n"
           "fingerprint %s\n",
           path, r->name, (long long)r->counts.nodes, (long long)r->counts.edges,
           (long long)r->counts.features, (long long)r->counts.classes, (long long)r->counts.bytes,
           r->fingerprint);
}

gamlp_status cmd_import(const command *verb, int count, char **words) {
    import_flags flags = {.out = ""};
    gamlp_dataset_options options;
    const option_target target[MAX_TABLES] = {{&options, set_dataset}, {&flags, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_import_options import;
    gamlp_import_report report;
    gamlp_import_options_default(&import);
    gamlp_dataset_options_default(&options);
    gamlp_status status = parse_words(argument, verb, target, count, words);
    if (status != GAMLP_OK) return status;
    if (!flags.out[0]) return gamlp_fail(GAMLP_E_USAGE, "import: missing: --out FILE.gamlp");
    if (flags.memory[0]) status = gamlp_option_bytes(&import.memory, "memory", flags.memory);
    if (status != GAMLP_OK) return status;
    import.name = flags.name[0] ? flags.name : NULL;
    import.nodes = flags.nodes;
    if (import.memory > 0) budget_begin(import.memory);
    status = gamlp_import(&report, flags.out, argument[0], &options, &import);
    if (import.memory > 0) status = budget_end(status, argument[0], "memory");
    if (status == GAMLP_OK) print_made(&report, flags.out);
    return status;
}
