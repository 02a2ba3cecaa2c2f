/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the program gamlp. */
#ifndef GAMLP_APPS_PROGRAM_H
#define GAMLP_APPS_PROGRAM_H

#include <stdbool.h>
#include <stdio.h>

#include "gamlp/option.h"
#include "gamlp/passport.h"
#include "gamlp/status.h"

enum { MAX_TABLES = 2, MAX_ARGUMENTS = 64 };

/* Options a verb accepts: a table, and a struct of its defaults (NULL: say nothing of them). */
typedef struct option_set {
    const gamlp_option *table;
    const void *(*defaults)(void);
} option_set;

typedef struct command {
    const char *name;
    const char *arguments;       /* as in the usage line, e.g. "RUN|MODEL [DATASET]" */
    int least, most;             /* how many arguments there may be                  */
    const char *summary;         /* a clause without a full stop                     */
    const char *text;            /* a paragraph for help and manual                  */
    option_set sets[MAX_TABLES]; /* table NULL: no more                              */
    gamlp_status (*run)(const struct command *verb, int count, char **words);
} command;

/* The verbs in the order of the help; the last one has no name. */
extern const command verbs[];
const command *find_verb(const char *name);
/* GAMLP_E_USAGE with the nearest verb. */
gamlp_status unknown_verb(const char *name);

/* Where the values of a verb's i-th table go: set(target, row, text). */
typedef struct option_target {
    void *target;
    gamlp_status (*set)(void *target, const gamlp_option *row, const char *text);
} option_target;

/* For a plain options struct: gamlp_option_set(). */
gamlp_status set_plain(void *target, const gamlp_option *row, const char *text);
/* For gamlp_dataset_options: gamlp_dataset_options_set(). */
gamlp_status set_dataset(void *target, const gamlp_option *row, const char *text);

/* Read the words behind the verb: options go to their targets, the others to
 * argument[], NULL where there is none.  Everything wrong is GAMLP_E_USAGE. */
gamlp_status parse_words(const char *argument[MAX_ARGUMENTS], const command *verb,
                         const option_target target[MAX_TABLES], int count, char **words);

/* Whether the words ask for help. */
bool asks_for_help(int count, char **words);

/* Help: of everything; on stdout of one verb, the manual page; docs/options.md. */
void print_usage(FILE *stream);
void print_help(const command *verb);
void print_manual(void);
void print_markdown(void);
/* The table of the terms of feature sets in docs/operators.md. */
void print_terms_markdown(void);

/* Print a text that the library made, and release it. */
void print_text(char *text);

/* Print a text that may hold anything so that a terminal only shows it. */
void print_safe(FILE *stream, const char *text);

/* Print all of a passport, line by line; `lack`: why it has no split, or NULL. */
void print_passport(const gamlp_dataset *dataset, const gamlp_passport *passport, const char *lack);

/* Print data set, split and scores of an evaluation. */
struct gamlp_evaluation;
void print_scores(const struct gamlp_evaluation *evaluation);

/* Print the findings of a check, one a line, or those that differ. */
void print_findings(const gamlp_verification *v, bool only_differing);

/* SIGINT, SIGTERM and SIGHUP end, but no temporary file of an output is left. */
void catch_ends(void);
/* The first one asks for an end in order, the second one ends. */
void catch_stops(void);
bool stop_wanted(void);

/* Commands. */
gamlp_status cmd_train(const command *verb, int count, char **words);
gamlp_status cmd_eval(const command *verb, int count, char **words);
gamlp_status cmd_predict(const command *verb, int count, char **words);
gamlp_status cmd_propagate(const command *verb, int count, char **words);
gamlp_status cmd_verify(const command *verb, int count, char **words);
gamlp_status cmd_table(const command *verb, int count, char **words);
gamlp_status cmd_info(const command *verb, int count, char **words);
gamlp_status cmd_check(const command *verb, int count, char **words);
gamlp_status cmd_import(const command *verb, int count, char **words);
gamlp_status cmd_split(const command *verb, int count, char **words);
gamlp_status cmd_generate(const command *verb, int count, char **words);
gamlp_status cmd_fetch(const command *verb, int count, char **words);
gamlp_status cmd_export(const command *verb, int count, char **words);
gamlp_status cmd_features(const command *verb, int count, char **words);
gamlp_status cmd_bench(const command *verb, int count, char **words);
gamlp_status cmd_version(const command *verb, int count, char **words);
gamlp_status cmd_help(const command *verb, int count, char **words);

/* Their own options. */
extern const gamlp_option train_flags_table[], eval_table[], predict_table[], verify_table[],
    info_table[], import_table[], split_table[], generate_flags_table[], version_table[],
    help_table[], check_table[], fetch_table[], export_table[], propagate_table[],
    table_flags_table[];
const void *train_defaults(void);
const void *eval_defaults(void);
const void *predict_defaults(void);
const void *propagate_defaults(void);
const void *theory_defaults(void);
const void *table_defaults(void);
const void *generate_defaults(void);
const void *dataset_defaults(void);
const void *fetch_defaults(void);
const void *export_defaults(void);
const void *features_defaults(void);

#endif
