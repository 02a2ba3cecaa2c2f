/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "gamlp/bench.h"
#include "program.h"

const void *theory_defaults(void) {
    static gamlp_theory_options options;
    gamlp_theory_options_default(&options);
    return &options;
}

static void print_line(void *context, const char *line) {
    (void)context;
    puts(line);
    fflush(stdout);
}

gamlp_status cmd_bench(const command *verb, int count, char **words) {
    gamlp_theory_options options;
    const option_target target[MAX_TABLES] = {{&options, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    gamlp_theory_options_default(&options);
    gamlp_status status = parse_words(argument, verb, target, count, words);
    if (status != GAMLP_OK) return status;
    if (strcmp(argument[0], "theory") != 0)
        return gamlp_fail(GAMLP_E_USAGE, "bench: \"%s\": expected theory", argument[0]);
    return gamlp_bench_theory(print_line, NULL, &options);
}
