/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "gamlp/alloc.h"
#include "gamlp/blas.h"
#include "gamlp/printable.h"
#include "gamlp/real.h"
#include "gamlp/threads.h"
#include "gamlp/train.h"
#include "program.h"

typedef struct version_flags {
    bool json;
} version_flags;

const gamlp_option version_table[] = {
    {"json", GAMLP_OPTION_BOOL, 0, 0, 0, NULL, NULL, "print it as JSON", "Options"},
    {0},
};

void print_text(char *text) {
    fputs(text, stdout);
    gamlp_free(text);
}

void print_safe(FILE *stream, const char *text) {
    char *safe;
    if (gamlp_printable(&safe, text) != GAMLP_OK) return;
    fputs(safe, stream);
    gamlp_free(safe);
}

gamlp_status cmd_version(const command *verb, int count, char **words) {
    version_flags flags = {false};
    const option_target target[MAX_TABLES] = {{&flags, set_plain}};
    const char *argument[MAX_ARGUMENTS];
    char *text;
    gamlp_status status = parse_words(argument, verb, target, count, words);
    if (status != GAMLP_OK) return status;
    if (flags.json) {
        status = gamlp_version_json(&text);
        if (status == GAMLP_OK) print_text(text);
        return status;
    }
    printf("gamlp %s (%s)\n", gamlp_version(),
           sizeof(gamlp_real) == sizeof(double) ? "double" : "float");
    printf("%s\n", gamlp_blas_name());
    printf("%lld threads\n", (long long)gamlp_threads_available());
    return GAMLP_OK;
}
