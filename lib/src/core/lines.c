/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The only file that includes zlib's header. */
#include "core/lines.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "gamlp/alloc.h"

enum { FIRST_ROOM = 1 << 16 };

struct gamlp_lines {
    char *path, *buffer;
    gzFile file;
    size_t room, begin, end; /* bytes [begin, end) of the buffer are still to be read */
    int64_t number;
    bool ended;
};

gamlp_status gamlp_lines_open(gamlp_lines **lines, const char *path) {
    gamlp_lines *l;
    struct stat info;
    gamlp_status status = gamlp_new(lines, 1, sizeof **lines, "a text file");
    if (status != GAMLP_OK) return status;
    l = *lines;
    GAMLP_TRY(gamlp_strdup(&l->path, path));
    GAMLP_TRY(gamlp_new_raw(&l->buffer, FIRST_ROOM + 1, 1, "a line"));
    l->room = FIRST_ROOM;
    if (stat(path, &info) != 0)
        GAMLP_TRY(gamlp_fail(GAMLP_E_NOINPUT, "%s: %s", path, strerror(errno)));
    if (!S_ISREG(info.st_mode))
        GAMLP_TRY(gamlp_fail(GAMLP_E_NOINPUT, "%s: expected a regular file", path));
    l->file = gzopen(path, "rb");
    if (!l->file) GAMLP_TRY(gamlp_fail(GAMLP_E_NOINPUT, "%s: %s", path, strerror(errno)));
    gzbuffer(l->file, 1 << 17);
done:
    if (status != GAMLP_OK) {
        gamlp_lines_close(l);
        *lines = NULL;
    }
    return status;
}

void gamlp_lines_close(gamlp_lines *lines) {
    if (!lines) return;
    if (lines->file) gzclose(lines->file);
    gamlp_free(lines->buffer);
    gamlp_free(lines->path);
    gamlp_free(lines);
}

/* More bytes behind those not yet read. */
static gamlp_status fill(gamlp_lines *l) {
    memmove(l->buffer, l->buffer + l->begin, l->end - l->begin);
    l->end -= l->begin;
    l->begin = 0;
    if (l->end == l->room) {
        if (l->room >= GAMLP_LINE_LIMIT)
            return gamlp_fail(GAMLP_E_DATA, "%s: line %lld is longer than %d bytes", l->path,
                              (long long)l->number + 1, GAMLP_LINE_LIMIT);
        gamlp_status status =
            gamlp_grow(&l->buffer, (int64_t)l->room, (int64_t)(2 * l->room + 1), 1, "a line");
        if (status != GAMLP_OK) return status;
        l->room *= 2;
    }
    int got = gzread(l->file, l->buffer + l->end, (unsigned)(l->room - l->end));
    int code = Z_OK;
    const char *text = gzerror(l->file, &code);
    if (got < 0 || code == Z_BUF_ERROR)
        return gamlp_fail(code == Z_ERRNO ? GAMLP_E_IO : GAMLP_E_DATA, "%s: line %lld: %s", l->path,
                          (long long)l->number + 1,
                          code == Z_ERRNO       ? strerror(errno)
                          : code == Z_BUF_ERROR ? "the gzip file is cut short"
                                                : text);
    l->end += (size_t)got;
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
    return gamlp_fail(GAMLP_E_DATA, "%s: line %lld: %s", lines->path, (long long)lines->number,
                      problem);
}
