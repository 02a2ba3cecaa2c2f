/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/lines.h"

#include <stdbool.h>
#include <string.h>

#include "core/stream.h"
#include "gamlp/alloc.h"

enum { FIRST_ROOM = 1 << 16 };

struct gamlp_lines {
    gamlp_stream *stream;
    char *buffer;
    size_t room, begin, end; /* bytes [begin, end) of the buffer are still to be read */
    int64_t number;
    bool ended;
};

gamlp_status gamlp_lines_open(gamlp_lines **lines, const char *path) {
    gamlp_lines *l;
    gamlp_status status = gamlp_new(lines, 1, sizeof **lines, "a text file");
    if (status != GAMLP_OK) return status;
    l = *lines;
    GAMLP_TRY(gamlp_stream_open(&l->stream, path));
    GAMLP_TRY(gamlp_new_raw(&l->buffer, FIRST_ROOM + 1, 1, "a line"));
    l->room = FIRST_ROOM;
done:
    if (status != GAMLP_OK) {
        gamlp_lines_close(l);
        *lines = NULL;
    }
    return status;
}

void gamlp_lines_close(gamlp_lines *lines) {
    if (!lines) return;
    gamlp_stream_close(lines->stream);
    gamlp_free(lines->buffer);
    gamlp_free(lines);
}

/* More bytes behind those not yet read. */
static gamlp_status fill(gamlp_lines *l) {
    memmove(l->buffer, l->buffer + l->begin, l->end - l->begin);
    l->end -= l->begin;
    l->begin = 0;
    if (l->end == l->room) {
        if (l->room >= GAMLP_LINE_LIMIT)
            return gamlp_fail(GAMLP_E_DATA, "%s: line %lld is longer than %d bytes",
                              gamlp_stream_path(l->stream), (long long)l->number + 1,
                              GAMLP_LINE_LIMIT);
        gamlp_status status =
            gamlp_grow(&l->buffer, (int64_t)l->room, (int64_t)(2 * l->room + 1), 1, "a line");
        if (status != GAMLP_OK) return status;
        l->room *= 2;
    }
    size_t got = gamlp_stream_read(l->stream, l->buffer + l->end, l->room - l->end);
    gamlp_status status = gamlp_stream_check(l->stream);
    if (status != GAMLP_OK) return status;
    l->end += got;
    l->ended = got == 0;
    return GAMLP_OK;
}

gamlp_status gamlp_lines_next(char **text, size_t *size, gamlp_lines *lines) {
    char *found = NULL;
    size_t looked = 0;
    *text = NULL;
    *size = 0;
    for (;;) {
        size_t have = lines->end - lines->begin;
        if (have > looked)
            found = memchr(lines->buffer + lines->begin + looked, '\n', have - looked);
        if (found || lines->ended) break;
        looked = have;
        gamlp_status status = fill(lines);
        if (status != GAMLP_OK) return status;
    }
    if (!found && lines->begin == lines->end) return GAMLP_OK;
    char *line = lines->buffer + lines->begin;
    size_t length = found ? (size_t)(found - line) : lines->end - lines->begin;
    lines->begin += length + (found != NULL);
    lines->number++;
    if (length > 0 && line[length - 1] == '\r') length--;
    if (memchr(line, 0, length)) return gamlp_lines_refuse(lines, "a NUL byte in a text file");
    line[length] = 0; /* the buffer has a byte more than `room` */
    *text = line;
    *size = length;
    return GAMLP_OK;
}

int64_t gamlp_lines_number(const gamlp_lines *lines) {
    return lines->number;
}

gamlp_status gamlp_lines_refuse(const gamlp_lines *lines, const char *problem) {
    return gamlp_fail(GAMLP_E_DATA, "%s: line %lld: %s", gamlp_stream_path(lines->stream),
                      (long long)lines->number, problem);
}
