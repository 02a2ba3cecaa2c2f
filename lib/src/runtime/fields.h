/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fields of an order or an answer between coordinator and workers, one behind the other:
 * integers and reals in 8 bytes, little-endian; texts and bytes behind their length. */
#ifndef GAMLP_RUNTIME_FIELDS_H
#define GAMLP_RUNTIME_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gamlp/status.h"

/* Fields that are written; zeroed before the first.  What could not be stored is reported by
 * gamlp_writer_check(). */
typedef struct gamlp_writer {
    unsigned char *data; /* owned */
    size_t size, room;
    bool full;
} gamlp_writer;

void gamlp_put_int(gamlp_writer *writer, int64_t value);
void gamlp_put_real(gamlp_writer *writer, double value);
void gamlp_put_text(gamlp_writer *writer, const char *text);
void gamlp_put_bytes(gamlp_writer *writer, const void *data, size_t size);
/* Bytes without their length, in a place of their own: where they were put, or NULL. */
void *gamlp_put_raw(gamlp_writer *writer, const void *data, size_t size);
/* GAMLP_E_NOMEM when a field was lost. */
gamlp_status gamlp_writer_check(const gamlp_writer *writer);
/* Release the memory and zero the struct. */
void gamlp_writer_clear(gamlp_writer *writer);

/* Fields that are read; after the first that is not there or not in its range all are 0. */
typedef struct gamlp_reader {
    const unsigned char *at, *end;
    bool bad;
} gamlp_reader;

gamlp_reader gamlp_reader_of(const void *data, size_t size);
/* An integer from `least` to `most`. */
int64_t gamlp_get_int(gamlp_reader *reader, int64_t least, int64_t most);
double gamlp_get_real(gamlp_reader *reader);
/* A text of fewer than `size` bytes, without a NUL inside. */
void gamlp_get_text(char *text, size_t size, gamlp_reader *reader);
/* The next `size` bytes in place; NULL when there are fewer. */
const unsigned char *gamlp_get_raw(gamlp_reader *reader, int64_t size);
/* Bytes behind their length, in place. */
const unsigned char *gamlp_get_bytes(size_t *size, gamlp_reader *reader);
/* GAMLP_E_DATA, which names `what`, unless all fields were good and nothing follows. */
gamlp_status gamlp_reader_check(const gamlp_reader *reader, const char *what);

#endif
