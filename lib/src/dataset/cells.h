/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of CSV with texts: cells between delimiters, in quotes or not (RFC 4180, within a line). */
#ifndef GAMLP_DATASET_CELLS_H
#define GAMLP_DATASET_CELLS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/lines.h"

/* The cells of one line; they point into it.  Zeroed at first; gamlp_cells_clear() releases. */
typedef struct gamlp_cells {
    char delimiter; /* 0: the first comma, semicolon or tab of the next line, else a comma */
    int64_t count, room;
    char **text; /* without spaces around them, and without quotes; each ends with a NUL */
} gamlp_cells;

/* The next line's cells; *more false: the end.  Empty lines at the end are skipped, others
 * GAMLP_E_DATA, as is a quote that does not end. */
gamlp_status gamlp_cells_next(bool *more, gamlp_cells *cells, gamlp_lines *lines);
void gamlp_cells_clear(gamlp_cells *cells);

/* The first cell that is one of these words (NULL behind the last), in any case; -1: none. */
int64_t gamlp_cells_find(const gamlp_cells *cells, const char *const *words);

/* Whether a cell is a number, which is then in *value. */
bool gamlp_cells_real(double *value, const gamlp_cells *cells, int64_t index);
bool gamlp_cells_int(int64_t *value, const gamlp_cells *cells, int64_t index);

#endif
