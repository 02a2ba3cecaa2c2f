/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: core.  Option tables.
 *
 * One table describes the fields of one options struct.  The same table
 * reads the command line, the configuration file and presets, checks ranges,
 * writes config.yaml with the origin of each value, and prints --help, the
 * manual page and docs/options.md. */
#ifndef GAMLP_OPTION_H
#define GAMLP_OPTION_H

#include <stddef.h>
#include <stdint.h>

#include "gamlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GAMLP_OPTION_TEXT 256 /* capacity of a text field, with the final NUL   */
#define GAMLP_OPTION_LIST 16  /* capacity of a list field                       */

typedef enum gamlp_option_type {
    GAMLP_OPTION_INT,    /* int64_t                                        */
    GAMLP_OPTION_REAL,   /* double                                         */
    GAMLP_OPTION_BOOL,   /* bool (command line: --name or --no-name)        */
    GAMLP_OPTION_STRING, /* char[GAMLP_OPTION_TEXT]                         */
    GAMLP_OPTION_CHOICE, /* int: index into `choices`                       */
    GAMLP_OPTION_INTS,   /* gamlp_ints: comma-separated, may be empty       */
    GAMLP_OPTION_REALS,  /* gamlp_reals: comma-separated, may be empty      */
    GAMLP_OPTION_BYTES   /* int64_t, e.g. 800000000, 500M or 2G; 0: none     */
} gamlp_option_type;

/* A short list of numbers, e.g. the growth schedule 2,5,10. */
typedef struct gamlp_ints {
    int64_t count;
    int64_t value[GAMLP_OPTION_LIST];
} gamlp_ints;

typedef struct gamlp_reals {
    int64_t count;
    double value[GAMLP_OPTION_LIST];
} gamlp_reals;

/* One row of a table.  A table ends with a row whose name is NULL. */
typedef struct gamlp_option {
    const char *name; /* long name, words joined by '-'                 */
    gamlp_option_type type;
    size_t offset;        /* of the field in the options struct             */
    double min, max;      /* closed range for numbers (each list element)   */
    const char *choices;  /* "a b c" for GAMLP_OPTION_CHOICE                */
    const char *argument; /* placeholder in help, e.g. "N"                  */
    const char *help;     /* one sentence, lower case, no full stop         */
    const char *group;    /* heading in help, e.g. "Network"                */
} gamlp_option;

/* The row of that name, or NULL. */
const gamlp_option *gamlp_option_find(const gamlp_option *table, const char *name);

/* The name in the table nearest to `name` by edit distance, or NULL when nothing is near. */
const char *gamlp_option_nearest(const gamlp_option *table, const char *name);

/* Parse `text` into the field; GAMLP_E_CONFIG names the option, the value and
 * what was expected.  `options` is left as it was on failure. */
gamlp_status gamlp_option_set(void *options, const gamlp_option *row, const char *text);

/* Print the field as gamlp_option_set() reads it (shortest text that reads
 * back to the same value) into `text` of `size` bytes. */
void gamlp_option_get(const void *options, const gamlp_option *row, char *text, size_t size);

/* The bytes that the text of the option `name` stands for, e.g. 800000000, 500M or 2G;
 * GAMLP_E_USAGE for another. */
gamlp_status gamlp_option_bytes(int64_t *bytes, const char *name, const char *text);

#ifdef __cplusplus
}
#endif
#endif
