/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of a table in memory: what one thread does. */
#ifndef GAMLP_DATASET_TABLE_ROWS_H
#define GAMLP_DATASET_TABLE_ROWS_H

#include "dataset/table.h"

typedef enum gamlp_row_fault {
    GAMLP_ROW_FINE,
    GAMLP_ROW_SHORT,    /* too few cells                */
    GAMLP_ROW_LONG,     /* too many                     */
    GAMLP_ROW_CELL,     /* not a number                 */
    GAMLP_ROW_INFINITE, /* too large for float          */
    GAMLP_ROW_RANGE     /* an integer outside low..high */
} gamlp_row_fault;

/* Whole lines of text and where their cells go. */
typedef struct gamlp_rows {
    const char *text, *end; /* the last byte is a newline */
    const gamlp_table_layout *layout;
    int64_t columns;
    char delimiter;
    int64_t *ints;
    gamlp_real *reals;
    /* Found: */
    gamlp_row_fault fault;
    int64_t row, column; /* of the fault, from 0 */
    const char *at;      /* where its cell begins */
} gamlp_rows;

/* Fill the cells until the end or a fault. */
void gamlp_rows_parse(gamlp_rows *rows);

#endif
