/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/table_rows.h"

#include <math.h>
#include <string.h>

#include "core/number.h"

/* nan, NaN, "" or nothing, up to the end of the cell. */
static bool is_missing(const char **at, char delimiter) {
    static const char *const words[] = {"nan", "NaN", "\"\"", ""};
    for (int i = 0; i < 4; i++) {
        size_t size = strlen(words[i]);
        if (strncmp(*at, words[i], size) != 0) continue;
        char next = (*at)[size];
        if (next != delimiter && next != '\n' && next != '\r') continue;
        *at += size;
        return true;
    }
    return false;
}

static gamlp_row_fault parse_real(gamlp_real *cell, const char **at, const gamlp_rows *rows) {
    double value;
    if (!gamlp_number_real(&value, at)) {
        if (!rows->layout->missing || !is_missing(at, rows->delimiter)) return GAMLP_ROW_CELL;
        *cell = NAN;
        return GAMLP_ROW_FINE;
    }
    if (!isfinite((float)value)) return GAMLP_ROW_INFINITE;
    *cell = (gamlp_real)value;
    return GAMLP_ROW_FINE;
}

/* An integer that is written as 12.0 or 1e3. */
static bool int_by_real(int64_t *value, const char **at) {
    double real;
    if (!gamlp_number_real(&real, at) || fabs(real) > 9e15 || real != floor(real)) return false;
    *value = (int64_t)real;
    return true;
}

static gamlp_row_fault parse_int(int64_t *cell, const char **at, const gamlp_rows *rows) {
    const gamlp_table_layout *layout = rows->layout;
    const char *start = *at;
    bool found = gamlp_number_int(cell, at);
    if (found && (**at == '.' || **at == 'e' || **at == 'E')) {
        *at = start;
        found = int_by_real(cell, at);
    }
    if (!found) {
        *at = start;
        if (!layout->missing || !is_missing(at, rows->delimiter)) return GAMLP_ROW_CELL;
        *cell = GAMLP_TABLE_MISSING;
        return GAMLP_ROW_FINE;
    }
    return !layout->bounded || (*cell >= layout->low && *cell <= layout->high) ? GAMLP_ROW_FINE
                                                                               : GAMLP_ROW_RANGE;
}

static void skip_spaces(const char **at) {
    while (**at == ' ') ++*at;
}

/* What stands behind cell `column`; *at moves to the next cell. */
static gamlp_row_fault parse_end(const char **at, const gamlp_rows *rows, int64_t column) {
    const char *p = *at;
    bool last = column + 1 == rows->columns;
    bool by_space = rows->delimiter == ' ' && *p == ' ';
    skip_spaces(&p);
    if (*p == '\r' && p[1] == '\n') p++;
    if (*p == '\n') {
        if (!last) return GAMLP_ROW_SHORT;
        *at = p + 1;
        return GAMLP_ROW_FINE;
    }
    if (!by_space && *p != rows->delimiter) return GAMLP_ROW_CELL;
    if (last) return GAMLP_ROW_LONG;
    *at = by_space ? p : p + 1;
    return GAMLP_ROW_FINE;
}

static gamlp_row_fault parse_row(gamlp_rows *rows, int64_t row, const char **at) {
    int64_t columns = rows->columns;
    for (int64_t j = 0; j < columns; j++) {
        skip_spaces(at);
        rows->column = j;
        rows->at = *at;
        gamlp_row_fault fault = rows->reals ? parse_real(&rows->reals[row * columns + j], at, rows)
                                            : parse_int(&rows->ints[row * columns + j], at, rows);
        if (fault == GAMLP_ROW_FINE) fault = parse_end(at, rows, j);
        if (fault != GAMLP_ROW_FINE) return fault;
    }
    return GAMLP_ROW_FINE;
}

void gamlp_rows_parse(gamlp_rows *rows) {
    const char *at = rows->text;
    rows->fault = GAMLP_ROW_FINE;
    for (int64_t row = 0; at < rows->end && rows->fault == GAMLP_ROW_FINE; row++) {
        rows->row = row;
        rows->fault = parse_row(rows, row, &at);
    }
}
