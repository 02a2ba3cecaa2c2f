/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/cells.h"

#include <string.h>
#include <strings.h>

#include "core/number.h"
#include "gamlp/alloc.h"

void gamlp_cells_clear(gamlp_cells *cells) {
    if (!cells) return;
    gamlp_free(cells->text);
    *cells = (gamlp_cells){0};
}

static gamlp_status add(gamlp_cells *cells, char *text) {
    if (cells->count == cells->room) {
        int64_t room = cells->room ? 2 * cells->room : 64;
        gamlp_status status =
            gamlp_grow(&cells->text, cells->room, room, sizeof *cells->text, "cells of a line");
        if (status != GAMLP_OK) return status;
        cells->room = room;
    }
    cells->text[cells->count++] = text;
    return GAMLP_OK;
}

/* The quoted text at *at, in place; *at moves behind the closing quote.  NULL: there is none. */
static char *unquote(char **at) {
    char *from = *at + 1, *to = *at, *text = *at;
    for (; *from; from++) {
        if (*from == '"' && *++from != '"') {
            *at = from;
            if (from == to) return text;
            *to = 0;
            return text;
        }
        *to++ = *from;
    }
    return NULL;
}

static gamlp_status take(gamlp_cells *cells, char *at, const gamlp_lines *lines) {
    char delimiter = cells->delimiter, *text, *end;
    for (bool more = true; more;) {
        while (*at == ' ') at++;
        text = at;
        if (*at == '"') {
            text = unquote(&at);
            if (!text) return gamlp_lines_refuse(lines, "a quote that does not end on its line");
            while (*at == ' ') at++;
            if (*at && *at != delimiter)
                return gamlp_lines_refuse(lines, "text behind a closing quote");
            more = *at != 0;
            at++;
        } else {
            char *next = strchr(at, delimiter);
            more = next != NULL;
            end = next ? next : at + strlen(at);
            at = end + 1;
            while (end > text && end[-1] == ' ') end--;
            *end = 0;
        }
        gamlp_status status = add(cells, text);
        if (status != GAMLP_OK) return status;
    }
    return GAMLP_OK;
}

gamlp_status gamlp_cells_next(bool *more, gamlp_cells *cells, gamlp_lines *lines) {
    char *text;
    size_t size;
    bool gap = false;
    gamlp_status status = GAMLP_OK;
    cells->count = 0;
    *more = false;
    for (;;) {
        GAMLP_TRY(gamlp_lines_next(&text, &size, lines));
        if (!text) return GAMLP_OK;
        if (size > 0) break;
        gap = true;
    }
    if (gap) GAMLP_TRY(gamlp_lines_refuse(lines, "an empty line before it"));
    *more = true;
    if (!cells->delimiter) {
        const char *first = strpbrk(text, ",;\t");
        cells->delimiter = first ? *first : ',';
    }
    GAMLP_TRY(take(cells, text, lines));
done:
    return status;
}

int64_t gamlp_cells_find(const gamlp_cells *cells, const char *const *words) {
    for (int64_t w = 0; words[w]; w++)
        for (int64_t i = 0; i < cells->count; i++)
            if (strcasecmp(cells->text[i], words[w]) == 0) return i;
    return -1;
}

bool gamlp_cells_real(double *value, const gamlp_cells *cells, int64_t index) {
    const char *at = cells->text[index];
    return gamlp_number_real(value, &at) && *at == 0;
}

bool gamlp_cells_int(int64_t *value, const gamlp_cells *cells, int64_t index) {
    const char *at = cells->text[index];
    return gamlp_number_int(value, &at) && *at == 0;
}
