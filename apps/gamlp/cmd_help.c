/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "program.h"

typedef struct help_flags {
    bool man, markdown, terms;
} help_flags;

const gamlp_option help_table[] = {
    {"man", GAMLP_OPTION_BOOL, offsetof(help_flags, man), 0, 0, NULL, NULL,
     "print the manual page gamlp(1) as roff", "Options"},
    {"markdown", GAMLP_OPTION_BOOL, offsetof(help_flags, markdown), 0, 0, NULL, NULL,
     "print docs/options.md", "Options"},
    {"terms", GAMLP_OPTION_BOOL, offsetof(help_flags, terms), 0, 0, NULL, NULL,
     "print the table of docs/operators.md", "Options"},
    {0},
};

gamlp_status cmd_help(const command *verb, int count, char **words) {
    help_flags flags = {.man = false};
    const option_target target[MAX_TABLES] = {{&flags, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_status status = parse_words(argument, verb, target, count, words);
    if (status != GAMLP_OK) return status;
    if (argument[0] && !find_verb(argument[0])) return unknown_verb(argument[0]);
    if (argument[1] && strcmp(argument[1], find_verb(argument[0])->arguments) != 0)
        return gamlp_fail(GAMLP_E_USAGE, "help: %s has no part \"%s\"", argument[0], argument[1]);
    if (flags.man)
        print_manual();
    else if (flags.markdown)
        print_markdown();
    else if (flags.terms)
        print_terms_markdown();
    else if (argument[0])
        print_help(find_verb(argument[0]));
    else
        print_usage(stdout);
    return GAMLP_OK;
}
