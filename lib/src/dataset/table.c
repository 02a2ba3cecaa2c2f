/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table is read in blocks of text that end with whole lines, while another thread inflates the
 * next.  A block is parsed in as many pieces as there are other threads; each writes the rows that
 * lie in it to their places, so that the result is that of one thread. */
#define _GNU_SOURCE
#include "dataset/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/ahead.h"
#include "core/lines.h"
#include "dataset/table_rows.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"
#include "graph/edges.h"

enum { BLOCK = 1 << 21, MAX_PIECES = 63, PAD = 8 };

typedef struct reading {
    gamlp_table *table;
    const gamlp_table_layout *layout;
    gamlp_ahead *file;
    const gamlp_stream *stream;
    char *text; /* whole lines in [0, cut), the beginning of another in [cut, have) */
    size_t have, cut, room;
    bool ended;
    int64_t lines, capacity; /* lines before this block; rows there is memory for */
    char delimiter;
    int64_t pieces;
    gamlp_rows piece[MAX_PIECES];
    int64_t first[MAX_PIECES]; /* rows of the block before the piece */
} reading;

void gamlp_table_clear(gamlp_table *table) {
    if (!table) return;
    gamlp_free(table->ints);
    gamlp_free(table->reals);
    *table = (gamlp_table){0};
}

/* Lines end at the first newline of the last run of them, so that empty lines at the end of the
 * file can be told from others; behind a last line a newline is added. */
static void find_cut(reading *r) {
    char *text = r->text;
    size_t cut = r->have;
    if (r->ended) {
        while (cut > 0 && (text[cut - 1] == '\n' || text[cut - 1] == '\r')) cut--;
        if (cut > 0) text[cut++] = '\n';
        r->have = r->cut = cut;
        return;
    }
    const char *newline = memrchr(text, '\n', cut);
    cut = newline ? (size_t)(newline - text) : 0;
    while (cut > 0 && (text[cut - 1] == '\n' || text[cut - 1] == '\r')) cut--;
    while (cut > 0 && text[cut] != '\n') cut++;
    r->cut = cut > 0 ? cut + 1 : 0;
}

/* The next block: what was behind the cut, and more.  Only a line that is longer makes it larger.
 */
static gamlp_status fill(reading *r) {
    r->have -= r->cut;
    memmove(r->text, r->text + r->cut, r->have);
    r->cut = 0;
    while (r->cut == 0 && !r->ended) {
        if (r->have == r->room) {
            if (r->room >= GAMLP_LINE_LIMIT)
                return gamlp_fail(GAMLP_E_DATA, "%s: line %" PRId64 " is longer than %d bytes",
                                  gamlp_stream_path(r->stream), r->lines + 1, GAMLP_LINE_LIMIT);
            int64_t room = (int64_t)r->room;
            gamlp_status status =
                gamlp_grow(&r->text, room + PAD, 2 * room + PAD, 1, "a block of text");
            if (status != GAMLP_OK) return status;
            r->room *= 2;
        }
        size_t want = r->room - r->have, got = gamlp_ahead_read(r->file, r->text + r->have, want);
        r->have += got;
        r->ended = got < want;
        find_cut(r);
    }
    if (r->ended && r->cut == 0) find_cut(r);
    return r->ended ? gamlp_ahead_check(r->file) : GAMLP_OK;
}

/* The first comma, semicolon or tab of the line, else the spaces between its words. */
static char find_delimiter(const char *text, const char *end) {
    for (const char *p = text; p < end; p++)
        if (*p == ',' || *p == ';' || *p == '\t') return *p;
    const char *p = text;
    while (p < end && *p == ' ') p++;
    const char *space = memchr(p, ' ', (size_t)(end - p));
    while (space && space < end && *space == ' ') space++;
    return space && space < end && *space != '\r' ? ' ' : ',';
}

static int64_t count_cells(const char *text, const char *end, char delimiter) {
    int64_t count = delimiter != ' ';
    for (const char *p = text; p < end; p++)
        if (delimiter == ' ')
            count += *p != ' ' && *p != '\r' && (p == text || p[-1] == ' ');
        else
            count += *p == delimiter;
    return count > 0 ? count : 1;
}

/* What the line at `text` tells of all lines. */
static void look(reading *r, const char *text, const char *limit) {
    const char *end = memchr(text, '\n', (size_t)(limit - text));
    r->delimiter = find_delimiter(text, end);
    r->table->columns = r->layout->columns;
    if (r->table->columns == 0) r->table->columns = count_cells(text, end, r->delimiter);
}

static gamlp_status refuse_rows(const reading *r, int64_t rows) {
    const gamlp_table_layout *l = r->layout;
    return gamlp_fail(
        GAMLP_E_DATA, "%s: %s%" PRId64 " rows, expected %s%" PRId64 " rows of %" PRId64 " cells",
        gamlp_stream_path(r->stream), rows > l->rows ? "more than " : "",
        rows > l->rows ? l->rows : rows, l->any_rows ? "at most " : "", l->rows, r->table->columns);
}

/* Memory for this many rows: of a known number all at once, after a look at whether the file can
 * hold them (a cell takes two bytes at least). */
static gamlp_status make_room(reading *r, int64_t rows) {
    gamlp_table *t = r->table;
    const gamlp_table_layout *l = r->layout;
    if (rows > l->rows) return refuse_rows(r, rows);
    if (rows <= r->capacity) return GAMLP_OK;
    int64_t room = rows > 2 * r->capacity ? rows : 2 * r->capacity;
    if (room > l->rows || !l->any_rows) room = l->rows;
    if (room > INT64_MAX / 2 / t->columns)
        return gamlp_fail(GAMLP_E_DATA, "%s: %" PRId64 " rows of %" PRId64 " cells are impossible",
                          gamlp_stream_path(r->stream), room, t->columns);
    if (!l->any_rows && 2 * room * t->columns - 1 > gamlp_stream_bound(r->stream))
        return gamlp_fail(
            GAMLP_E_DATA,
            "%s: %" PRId64 " bytes cannot hold the expected %" PRId64 " rows of %" PRId64 " cells",
            gamlp_stream_path(r->stream), gamlp_stream_size(r->stream), room, t->columns);
    int64_t old = t->rows * t->columns, count = room * t->columns;
    gamlp_status status = l->reals ? gamlp_grow(&t->reals, old, count, sizeof *t->reals, "a table")
                                   : gamlp_grow(&t->ints, old, count, sizeof *t->ints, "a table");
    if (status == GAMLP_OK) r->capacity = room;
    return status;
}

static int64_t count_lines(const char *text, const char *end) {
    int64_t count = 0;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        text = newline + 1;
        count++;
    }
    return count;
}

/* Cut text..end at line ends into pieces and count their rows. */
static int64_t cut_pieces(reading *r, const char *text, const char *end) {
    int64_t threads = gamlp_threads_get() - 1, rows = 0;
    int64_t pieces = threads < 1 ? 1 : threads > MAX_PIECES ? MAX_PIECES : threads;
    size_t share = (size_t)(end - text) / (size_t)pieces + 1;
    r->pieces = 0;
    while (text < end) {
        const char *stop = end;
        if ((size_t)(end - text) > share)
            stop = (const char *)memchr(text + share, '\n', (size_t)(end - text) - share) + 1;
        gamlp_rows *piece = &r->piece[r->pieces];
        *piece = (gamlp_rows){.text = text,
                              .end = stop,
                              .layout = r->layout,
                              .columns = r->table->columns,
                              .delimiter = r->delimiter};
        r->first[r->pieces++] = rows;
        rows += count_lines(text, stop);
        text = stop;
    }
    return rows;
}

static void parse(void *context, int64_t piece) {
    gamlp_rows_parse(&((reading *)context)->piece[piece]);
}

static gamlp_status refuse_row(const reading *r, const gamlp_rows *piece, int64_t line) {
    static const char *const problem[] = {[GAMLP_ROW_SHORT] = "the line ends behind this cell",
                                          [GAMLP_ROW_LONG] = "the line goes on behind this cell",
                                          [GAMLP_ROW_CELL] = "not a number",
                                          [GAMLP_ROW_INFINITE] = "too large for a float",
                                          [GAMLP_ROW_RANGE] = "out of range"};
    char cell[41];
    int n = 0;
    for (const char *p = piece->at; n < 40 && *p != piece->delimiter && *p != '\n' && *p != '\r';
         p++)
        cell[n++] = *p >= ' ' && *p <= '~' ? *p : '?';
    cell[n] = 0;
    const gamlp_table_layout *l = r->layout;
    char range[64] = "";
    if (piece->fault == GAMLP_ROW_RANGE)
        snprintf(range, sizeof range, " in %" PRId64 "..%" PRId64, l->low, l->high);
    return gamlp_fail(GAMLP_E_DATA,
                      "%s: line %" PRId64 ", column %" PRId64 ": \"%s\": %s, expected %s%s in each "
                      "of %" PRId64 " columns",
                      gamlp_stream_path(r->stream), line, piece->column + 1, cell,
                      problem[piece->fault], l->cell, range, piece->columns);
}

/* Parse this block. */
static gamlp_status step(reading *r) {
    gamlp_table *t = r->table;
    const char *text = r->text, *end = r->text + r->cut;
    int64_t skipped = r->lines == 0 && r->layout->header;
    if (skipped) text = (const char *)memchr(text, '\n', r->cut) + 1;
    if (t->columns == 0 && text < end) look(r, text, end);
    int64_t rows = cut_pieces(r, text, end);
    gamlp_status status = rows > 0 ? make_room(r, t->rows + rows) : GAMLP_OK;
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < r->pieces; i++) {
        int64_t cell = (t->rows + r->first[i]) * t->columns;
        if (r->layout->reals)
            r->piece[i].reals = t->reals + cell;
        else
            r->piece[i].ints = t->ints + cell;
    }
    gamlp_parallel(r->pieces, parse, r);
    for (int64_t i = 0; i < r->pieces; i++)
        if (r->piece[i].fault != GAMLP_ROW_FINE)
            return refuse_row(r, &r->piece[i],
                              r->lines + skipped + r->first[i] + r->piece[i].row + 1);
    t->rows += rows;
    r->lines += rows + skipped;
    return GAMLP_OK;
}

static gamlp_status read_all(reading *r) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&r->text, BLOCK + PAD, 1, "a block of text"));
    r->room = BLOCK;
    for (;;) {
        GAMLP_TRY(fill(r));
        if (r->cut == 0) break;
        GAMLP_TRY(step(r));
    }
    if (r->table->rows == 0)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: no rows, expected %s in each",
                             gamlp_stream_path(r->stream), r->layout->cell));
    if (!r->layout->any_rows && r->table->rows != r->layout->rows)
        GAMLP_TRY(refuse_rows(r, r->table->rows));
done:
    return status;
}

gamlp_status gamlp_table_read(gamlp_table *table, const char *path,
                              const gamlp_table_layout *layout) {
    *table = (gamlp_table){0};
    reading *r;
    gamlp_status status = gamlp_new(&r, 1, sizeof *r, "a table's reader");
    if (status != GAMLP_OK) return status;
    r->table = table;
    r->layout = layout;
    GAMLP_TRY(gamlp_ahead_open(&r->file, path));
    r->stream = gamlp_ahead_stream(r->file);
    GAMLP_TRY(read_all(r));
done:
    gamlp_ahead_close(r->file);
    gamlp_free(r->text);
    gamlp_free(r);
    if (status != GAMLP_OK) gamlp_table_clear(table);
    return status;
}

gamlp_status gamlp_table_graph(gamlp_graph *graph, const gamlp_table *edges, int64_t nodes,
                               bool directed) {
    const int64_t *source = edges->ints, *target = source ? source + 1 : NULL;
    return gamlp_edges_listed(graph, nodes, edges->rows, source, target, 2, directed);
}
