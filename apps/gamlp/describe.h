/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What help, manual and docs/options.md say alike. */
#ifndef GAMLP_APPS_DESCRIBE_H
#define GAMLP_APPS_DESCRIBE_H

#include <stddef.h>

#include "program.h"

enum { DESCRIPTION = 1024 };

/* "--name ARG" or, for a switch, "--[no-]name". */
void describe_name(char *text, size_t size, const gamlp_option *row);

/* The help sentence with choices and default. */
void describe_row(char *text, size_t size, const gamlp_option *row, const void *defaults);

/* Call `visit` for each option of a verb, group by group as the rows have them; the row `dataset`,
 * which is the argument of the command, is left out. */
typedef void (*row_visitor)(const gamlp_option *row, const void *defaults, bool new_group);
void each_row(const command *verb, row_visitor visit);

/* Exit codes and what they mean; ends with a NULL text. */
typedef struct exit_code {
    int code;
    const char *text;
} exit_code;
extern const exit_code exit_codes[];

#endif
