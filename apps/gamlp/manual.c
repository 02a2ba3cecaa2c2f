/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manual page gamlp(1), as roff with the man macros. */
#include <stdio.h>
#include <string.h>

#include "describe.h"
#include "gamlp/train.h"

/* A text line: hyphens that are typed, backslashes, and no control character in front. */
static void print_roff(const char *text) {
    if (*text == '.' || *text == '\'') printf("\\&");
    for (; *text; text++) {
        if (*text == '-')
            printf("\\-");
        else if (*text == '\\')
            printf("\\e");
        else
            putchar(*text);
    }
}

static void print_row(const gamlp_option *row, const void *defaults, bool new_group) {
    char name[DESCRIPTION], text[DESCRIPTION];
    describe_name(name, sizeof name, row);
    describe_row(text, sizeof text, row, defaults);
    if (new_group) printf(".PP\n%s:\n", row->group);
    printf(".TP\n\\fB");
    print_roff(name);
    printf("\\fR\n");
    print_roff(text);
    printf(".\n");
}

static void print_command(const command *verb) {
    printf(".SS gamlp %s %s\n%c%s.\n", verb->name, verb->arguments, verb->summary[0] - 'a' + 'A',
           verb->summary + 1);
    print_roff(verb->text);
    if (*verb->text) printf("\n");
    each_row(verb, print_row);
}

static void print_tail(void) {
    printf(".SH ENVIRONMENT\n.TP\n\\fBGAMLP_DATA\\fR\nFolder of the raw files of named data sets.\n"
           ".SH FILES\n.TP\n\\fIruns/DATASET\\-SOLVER\\-NUMBER\\fR\nThe run directory when "
           "\\fB\\-\\-out"
           "\\fR is not given.\n.SH EXIT STATUS\n");
    for (const exit_code *e = exit_codes; e->text; e++) {
        printf(".TP\n%d\n", e->code);
        print_roff(e->text);
        printf(".\n");
    }
}

void print_manual(void) {
    printf(
        ".TH GAMLP 1 \"\" \"gamlp %s\"\n.SH NAME\ngamlp \\- train graph\\-augmented multi\\-layer "
        "perceptrons\n.SH SYNOPSIS\n",
        gamlp_version());
    for (const command *v = verbs; v->name; v++) {
        printf("%s.B gamlp %s\n", v == verbs ? "" : ".br\n", v->name);
        if (*v->arguments) printf("%s\n", v->arguments);
        printf("[options]\n");
    }
    printf(".SH DESCRIPTION\ngamlp reads a graph with node features, computes multi\\-hop features "
           "and "
           "trains a multi\\-layer perceptron on them by alternating minimisation. It asks no "
           "questions, and the same command gives the same bits. A failure is one sentence on "
           "standard "
           "error and an exit status.\n.SH COMMANDS\n");
    for (const command *v = verbs; v->name; v++) print_command(v);
    print_tail();
}
