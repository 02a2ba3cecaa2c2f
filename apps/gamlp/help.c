/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Help for a terminal, 80 columns wide. */
#include <stdio.h>
#include <string.h>

#include "describe.h"
#include "gamlp/feature.h"

enum { WIDTH = 79, COLUMN = 28 };

/* Print words from column `at` on, later lines indented by `indent`. */
static void print_wrapped(const char *text, size_t at, size_t indent) {
    bool first = true;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (!first && at + 1 + length > WIDTH) {
            printf("\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        printf("%s%.*s", first ? "" : " ", (int)length, text);
        at += length + (first ? 0 : 1);
        first = false;
        text += length;
        text += strspn(text, " ");
    }
    printf("\n");
}

static void print_row(const gamlp_option *row, const void *defaults, bool new_group) {
    char name[DESCRIPTION], text[DESCRIPTION];
    describe_name(name, sizeof name, row);
    describe_row(text, sizeof text, row, defaults);
    if (new_group) printf("\n%s:\n", row->group);
    printf("  %-*s", COLUMN - 2, name);
    size_t length = 2 + strlen(name);
    if (length >= COLUMN) {
        printf("\n%*s", COLUMN, "");
        length = COLUMN;
    }
    print_wrapped(text, length > COLUMN ? length : COLUMN, COLUMN);
}

/* Of the verb that makes features: what they can be made of. */
static void print_terms(void) {
    printf("\nTerms (H: own features, a node a row; A: adjacency; R: row sums of B):\n");
    for (const gamlp_term_row *row = gamlp_term_table; row->name; row++) {
        char text[DESCRIPTION];
        snprintf(text, sizeof text, "%s; %s", row->formula, row->help);
        printf("  %-*s", COLUMN - 2, row->usage);
        print_wrapped(text, COLUMN, COLUMN);
    }
    printf("\nPowers are ^K or ^I..J, each a block of its own. An operator OP is sym, row,\n"
           "col, lazy, adj or tri, with words in brackets: loops, noloops, triangles,\n"
           "transposed, in, out. A figure of nodes is a block of one row; (log) takes\n"
           "log(1 + figure). Example: \"x; sym^1..4; row(noloops)^2; ppr(0.1); degree(log)\"\n");
}

void print_help(const command *verb) {
    printf("usage: gamlp %s%s%s%s\n\n", verb->name, *verb->arguments ? " " : "", verb->arguments,
           " [options]");
    char text[DESCRIPTION];
    snprintf(text, sizeof text, "%c%s.%s%s", verb->summary[0] - 'a' + 'A', verb->summary + 1,
             *verb->text ? " " : "", verb->text);
    print_wrapped(text, 0, 0);
    each_row(verb, print_row);
    if (verb->run == cmd_features) print_terms();
}

void print_usage(FILE *stream) {
    fprintf(stream, "usage: gamlp COMMAND [arguments] [options]\n\nCommands:\n");
    for (const command *v = verbs; v->name; v++) {
        char usage[DESCRIPTION];
        snprintf(usage, sizeof usage, "%s %s", v->name, v->arguments);
        fprintf(stream, "  %-*s %s\n", COLUMN, usage, v->summary);
    }
    fprintf(stream, "\ngamlp help COMMAND shows the options of a command.\n");
}
