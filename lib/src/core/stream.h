/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of a file; a gzip file is read as what it holds (the adapter of ISA-L). */
#ifndef GAMLP_CORE_STREAM_H
#define GAMLP_CORE_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "core/file.h"

typedef struct gamlp_stream gamlp_stream;

/* Open a regular file.  GAMLP_E_NOINPUT names the path.
 * Ownership passes to the caller: gamlp_stream_close(). */
gamlp_status gamlp_stream_open(gamlp_stream **stream, const char *path);
void gamlp_stream_close(gamlp_stream *stream);

/* Fill `data`; returns the number of bytes, less than `size` only at the end or after a failure.
 * It takes no memory and may be called by any thread, one at a time. */
size_t gamlp_stream_read(gamlp_stream *stream, void *data, size_t size);

/* The failure of a read, as a sentence of the calling thread: GAMLP_E_IO, or GAMLP_E_DATA of gzip
 * data that are cut short, damaged (the checksum of each member is compared), followed by something
 * else, or that inflate to more than 256 MiB and 512 times their size. */
gamlp_status gamlp_stream_check(const gamlp_stream *stream);

/* All that a file holds, at most `limit` bytes, with a NUL behind it.
 * Ownership passes to the caller: gamlp_bytes_clear(). */
gamlp_status gamlp_stream_read_all(gamlp_bytes *bytes, const char *path, size_t limit);

/* Bytes of the file, and a bound of the bytes that it can hold. */
int64_t gamlp_stream_size(const gamlp_stream *stream);
int64_t gamlp_stream_bound(const gamlp_stream *stream);

const char *gamlp_stream_path(const gamlp_stream *stream);

#endif
