/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/fields.h"

#include <string.h>

#include "gamlp/alloc.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "fields are little-endian");

void *gamlp_put_raw(gamlp_writer *w, const void *data, size_t size) {
    enum { FIRST = 256 };
    if (w->full) return NULL;
    if (!w->data || size > w->room - w->size) {
        size_t room = w->room ? 2 * w->room : FIRST, needed = w->size + size;
        if (room < needed) room = needed; /* what is long comes last, as a rule */
        if (needed < size || room > INT64_MAX ||
            gamlp_grow(&w->data, (int64_t)w->room, (int64_t)room, 1, "a message") != GAMLP_OK) {
            w->full = true;
            return NULL;
        }
        w->room = room;
    }
    unsigned char *to = w->data + w->size;
    if (size > 0 && data) memcpy(to, data, size);
    w->size += size;
    return to;
}

void gamlp_put_int(gamlp_writer *writer, int64_t value) {
    gamlp_put_raw(writer, &value, sizeof value);
}

void gamlp_put_real(gamlp_writer *writer, double value) {
    gamlp_put_raw(writer, &value, sizeof value);
}

void gamlp_put_bytes(gamlp_writer *writer, const void *data, size_t size) {
    gamlp_put_int(writer, (int64_t)size);
    gamlp_put_raw(writer, data, size);
}

void gamlp_put_text(gamlp_writer *writer, const char *text) {
    gamlp_put_bytes(writer, text, strlen(text));
}

gamlp_status gamlp_writer_check(const gamlp_writer *writer) {
    return writer->full ? gamlp_fail(GAMLP_E_NOMEM,
                                     "no memory for a message of more than %zu bytes", writer->size)
                        : GAMLP_OK;
}

void gamlp_writer_clear(gamlp_writer *writer) {
    gamlp_free(writer->data);
    *writer = (gamlp_writer){0};
}

gamlp_reader gamlp_reader_of(const void *data, size_t size) {
    const unsigned char *at = data;
    return (gamlp_reader){at, size > 0 ? at + size : at, false};
}

const unsigned char *gamlp_get_raw(gamlp_reader *r, int64_t size) {
    const unsigned char *at = r->at;
    if (r->bad || size < 0 || size > r->end - at) {
        r->bad = true;
        return NULL;
    }
    r->at += size;
    return at;
}

int64_t gamlp_get_int(gamlp_reader *reader, int64_t least, int64_t most) {
    int64_t value = 0;
    const unsigned char *at = gamlp_get_raw(reader, sizeof value);
    if (at) memcpy(&value, at, sizeof value);
    if (!at || value < least || value > most) reader->bad = true;
    return reader->bad ? 0 : value;
}

double gamlp_get_real(gamlp_reader *reader) {
    double value = 0;
    const unsigned char *at = gamlp_get_raw(reader, sizeof value);
    if (at) memcpy(&value, at, sizeof value);
    return value;
}

const unsigned char *gamlp_get_bytes(size_t *size, gamlp_reader *reader) {
    int64_t length = gamlp_get_int(reader, 0, INT64_MAX);
    const unsigned char *at = gamlp_get_raw(reader, length);
    *size = at ? (size_t)length : 0;
    return at;
}

void gamlp_get_text(char *text, size_t size, gamlp_reader *reader) {
    size_t length;
    const unsigned char *at = gamlp_get_bytes(&length, reader);
    text[0] = 0;
    if (!at || length >= size || memchr(at, 0, length)) {
        reader->bad = true;
        return;
    }
    memcpy(text, at, length);
    text[length] = 0;
}

gamlp_status gamlp_reader_check(const gamlp_reader *reader, const char *what) {
    if (!reader->bad && reader->at == reader->end) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_DATA, "%s: not a message of this version of gamlp", what);
}
