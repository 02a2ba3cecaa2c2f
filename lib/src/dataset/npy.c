/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/npy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/real.h"

enum { HEADER_LIMIT = 1 << 16, PREFIX = 12, ALIGNMENT = 64 };

/* The header's text while it is read. */
typedef struct cursor {
    const char *at, *end;
    const char *what;
} cursor;

static gamlp_status refuse(const cursor *c, const char *expected) {
    return gamlp_fail(GAMLP_E_DATA, "%s: malformed npy header: expected %s", c->what, expected);
}

static void skip_blanks(cursor *c) {
    while (c->at < c->end && *c->at && strchr(" \t\r\n", *c->at)) c->at++;
}

static bool accept(cursor *c, const char *word) {
    skip_blanks(c);
    size_t size = strlen(word);
    if ((size_t)(c->end - c->at) < size || memcmp(c->at, word, size) != 0) return false;
    c->at += size;
    return true;
}

/* A quoted text without escapes. */
static bool accept_text(cursor *c, const char **text, size_t *size) {
    skip_blanks(c);
    if (c->at == c->end || (*c->at != '\'' && *c->at != '"')) return false;
    const char *from = c->at + 1;
    const char *close = memchr(from, *c->at, (size_t)(c->end - from));
    if (!close) return false;
    *text = from;
    *size = (size_t)(close - from);
    c->at = close + 1;
    return true;
}

static bool accept_extent(cursor *c, int64_t *extent) {
    skip_blanks(c);
    const char *from = c->at;
    *extent = 0;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
        if (*extent > (INT64_MAX - 9) / 10) return false;
        *extent = 10 * *extent + (*c->at - '0');
    }
    if (c->at == from) return false;
    accept(c, "L");
    return true;
}

/* "(3, 4)", "(3,)", "()". */
static gamlp_status take_shape(cursor *c, int64_t *shape, int64_t *dims) {
    *dims = 0;
    if (!accept(c, "(")) return refuse(c, "a shape in parentheses");
    while (!accept(c, ")")) {
        if (*dims == GAMLP_ARRAY_DIMS) return refuse(c, "a shape of at most four extents");
        if (!accept_extent(c, &shape[(*dims)++])) return refuse(c, "an extent of 63 bits");
        if (accept(c, ",")) continue;
        if (!accept(c, ")")) return refuse(c, "a comma or a parenthesis");
        break;
    }
    return GAMLP_OK;
}

typedef struct header {
    const char *type;
    size_t type_size;
    bool has_order, has_shape, fortran;
    int64_t shape[GAMLP_ARRAY_DIMS], dims;
} header;

static gamlp_status take_pair(cursor *c, header *h) {
    const char *key = NULL;
    size_t size = 0;
    if (!accept_text(c, &key, &size) || !accept(c, ":")) return refuse(c, "a key and a colon");
    if (size == 5 && memcmp(key, "descr", 5) == 0) {
        if (!accept_text(c, &h->type, &h->type_size)) return refuse(c, "a plain element type");
        return GAMLP_OK;
    }
    if (size == 5 && memcmp(key, "shape", 5) == 0) {
        h->has_shape = true;
        return take_shape(c, h->shape, &h->dims);
    }
    if (size != 13 || memcmp(key, "fortran_order", 13) != 0)
        return refuse(c, "descr, fortran_order or shape");
    h->has_order = true;
    h->fortran = accept(c, "True");
    return h->fortran || accept(c, "False") ? GAMLP_OK : refuse(c, "True or False");
}

static gamlp_status take_header(cursor *c, header *h) {
    if (!accept(c, "{")) return refuse(c, "a dict");
    while (!accept(c, "}")) {
        gamlp_status status = take_pair(c, h);
        if (status != GAMLP_OK) return status;
        if (accept(c, ",")) continue;
        if (!accept(c, "}")) return refuse(c, "a comma or a brace");
        break;
    }
    skip_blanks(c);
    if (c->at != c->end) return refuse(c, "nothing behind the dict");
    if (!h->type || !h->has_order || !h->has_shape)
        return refuse(c, "descr, fortran_order and shape");
    return GAMLP_OK;
}

/* Where the header's text begins and the data begins. */
static gamlp_status measure(size_t *text, size_t *offset, const unsigned char *b, size_t size,
                            uint64_t total, const char *what) {
    if (size < 10 || memcmp(b, "\x93NUMPY", 6) != 0)
        return gamlp_fail(GAMLP_E_DATA, "%s: not an npy array: wrong magic at byte 0", what);
    if (b[6] < 1 || b[6] > 3 || b[7] != 0)
        return gamlp_fail(GAMLP_E_DATA, "%s: npy version %d.%d, expected 1.0 to 3.0", what, b[6],
                          b[7]);
    if (b[6] > 1 && size < PREFIX)
        return gamlp_fail(GAMLP_E_DATA, "%s: the npy header ends at byte %zu", what, size);
    *text = b[6] == 1 ? 10 : PREFIX;
    size_t length = (size_t)b[8] | (size_t)b[9] << 8;
    if (b[6] > 1) length |= (size_t)b[10] << 16 | (size_t)b[11] << 24;
    if (length > HEADER_LIMIT || *text + length > total)
        return gamlp_fail(GAMLP_E_DATA, "%s: an npy header of %zu bytes is impossible", what,
                          length);
    *offset = *text + length;
    return GAMLP_OK;
}

gamlp_status gamlp_npy_head(gamlp_array *array, size_t *need, size_t *offset, const void *data,
                            size_t size, uint64_t total, const char *what) {
    *array = (gamlp_array){0};
    *need = 0;
    size_t text = 0;
    gamlp_status status = measure(&text, offset, data, size, total, what);
    if (status != GAMLP_OK) return status;
    *need = *offset;
    if (*need > size) return GAMLP_OK;
    cursor c = {(const char *)data + text, (const char *)data + *offset, what};
    header h = {0};
    GAMLP_TRY(take_header(&c, &h));
    GAMLP_TRY(gamlp_array_type(array, h.type, h.type_size, what));
    GAMLP_TRY(gamlp_array_shape(array, h.shape, h.dims, what));
    array->fortran = h.fortran;
    uint64_t bytes = (uint64_t)array->count * (uint64_t)array->item_size;
    if (array->kind != 'O' && bytes != total - *offset)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: %llu bytes of data, the header promises %llu", what,
                             (unsigned long long)(total - *offset), (unsigned long long)bytes));
done:
    return status;
}

gamlp_status gamlp_npy_parse(gamlp_array *array, const void *data, size_t size, const char *what) {
    size_t need = 0, offset = 0;
    gamlp_status status = gamlp_npy_head(array, &need, &offset, data, size, size, what);
    if (status == GAMLP_OK) array->data = (const unsigned char *)data + offset;
    return status;
}

/* numpy writes "{'descr': '<f4', ... }" padded with blanks so that the data
 * starts at a multiple of 64.  Room for `data` bytes is left behind it. */
static gamlp_status put_header(gamlp_bytes *bytes, size_t *offset, const char *type, bool columns,
                               const int64_t *shape, int64_t dims, size_t data) {
    char text[256];
    int used = snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': %s, 'shape': (", type,
                        columns ? "True" : "False");
    for (int64_t i = 0; i < dims; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%" PRId64 "%s",
                         i > 0 ? " " : "", shape[i], dims == 1 || i + 1 < dims ? "," : "");
    used += snprintf(text + used, sizeof text - (size_t)used, "), }");
    *offset = (10 + (size_t)used + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    *bytes = (gamlp_bytes){0};
    gamlp_status status = gamlp_new_raw(&bytes->data, (int64_t)(*offset + data), 1, "an npy array");
    if (status != GAMLP_OK) return status;
    bytes->size = *offset + data;
    memcpy(bytes->data, "\x93NUMPY\1\0", 8);
    bytes->data[8] = (unsigned char)((*offset - 10) & 255);
    bytes->data[9] = (unsigned char)((*offset - 10) >> 8);
    memset(bytes->data + 10, ' ', *offset - 10);
    memcpy(bytes->data + 10, text, (size_t)used);
    bytes->data[*offset - 1] = '\n';
    return GAMLP_OK;
}

gamlp_status gamlp_npy_header(gamlp_bytes *bytes, const char *type, const int64_t *shape,
                              int64_t dims) {
    size_t offset;
    return put_header(bytes, &offset, type, false, shape, dims, 0);
}

gamlp_status gamlp_npy_columns_header(gamlp_bytes *bytes, const char *type, const int64_t *shape,
                                      int64_t dims) {
    size_t offset;
    return put_header(bytes, &offset, type, true, shape, dims, 0);
}

const char *gamlp_npy_real(void) {
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    if (sizeof(gamlp_real) == 4) return first ? "<f4" : ">f4";
    return first ? "<f8" : ">f8";
}

gamlp_status gamlp_npy_write(gamlp_bytes *bytes, const char *type, const int64_t *shape,
                             int64_t dims, const void *data, size_t item) {
    int64_t count = 1;
    size_t offset;
    for (int64_t i = 0; i < dims; i++) count *= shape[i];
    gamlp_status status =
        put_header(bytes, &offset, type, false, shape, dims, (size_t)count * item);
    if (status != GAMLP_OK) return status;
    gamlp_array order = {0};
    const unsigned char *from = data;
    bool swapped =
        gamlp_array_type(&order, type, strlen(type), "type") == GAMLP_OK && order.swapped;
    for (size_t i = 0; swapped && i < (size_t)count; i++)
        for (size_t b = 0; b < item; b++)
            bytes->data[offset + i * item + b] = from[i * item + item - 1 - b];
    if (!swapped && count > 0) memcpy(bytes->data + offset, data, (size_t)count * item);
    return GAMLP_OK;
}
