/* SPDX-License-Identifier: GPL-2.0-or-later */
/* docs/options.md. */
#include <stdio.h>

#include "describe.h"
#include "gamlp/feature.h"

/* A table's cell: bars, and what would be markup, are escaped. */
static void print_cell(const char *text) {
    for (; *text; text++) {
        if (*text == '|' || *text == '<' || *text == '*' || *text == '_') putchar('\\');
        putchar(*text);
    }
}

static void print_row(const gamlp_option *row, const void *defaults, bool new_group) {
    char name[DESCRIPTION], text[DESCRIPTION];
    describe_name(name, sizeof name, row);
    describe_row(text, sizeof text, row, defaults);
    if (new_group) printf("\n| %s | |\n|---|---|\n", row->group);
    printf("| `%s` | ", name);
    print_cell(text);
    printf(" |\n");
}

void print_terms_markdown(void) {
    printf("| term | rows of X | meaning |\n|---|---|---|\n");
    for (const gamlp_term_row *row = gamlp_term_table; row->name; row++)
        printf("| `%s` | `%s` | %s |\n", row->usage, row->formula, row->help);
}

void print_markdown(void) {
    printf("<!-- Made by `gamlp help --markdown`; a test holds this file equal to it. -->\n"
           "# Commands and options\n\n"
           "`--name VALUE` and `--name=VALUE` are the same; `--` ends the options. The options of\n"
           "`gamlp train` have the same names in a YAML file for `--config`; the command line wins "
           "over\nthe file, the file over the preset, the preset over the defaults.\n");
    for (const command *v = verbs; v->name; v++) {
        printf("\n## gamlp %s\n\n`gamlp %s%s%s [options]`: %s.\n", v->name, v->name,
               *v->arguments ? " " : "", v->arguments, v->summary);
        if (*v->text) printf("%s\n", v->text);
        each_row(v, print_row);
    }
    printf("\n## Exit status\n\n| code | when |\n|---|---|\n");
    for (const exit_code *e = exit_codes; e->text; e++) printf("| %d | %s |\n", e->code, e->text);
}
