/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ZIP archives (the adapter of libzip). */
#ifndef GAMLP_DATASET_ARCHIVE_H
#define GAMLP_DATASET_ARCHIVE_H

#include "core/file.h"

typedef struct gamlp_archive gamlp_archive;

/* Read `size` bytes, which must outlive the archive, as must `what`.
 * Ownership passes to the caller: gamlp_archive_free(). */
gamlp_status gamlp_archive_open(gamlp_archive **archive, const void *data, size_t size,
                                const char *what);
/* Likewise a file, which is read as entries are asked for; GAMLP_E_NOINPUT when there is none. */
gamlp_status gamlp_archive_open_file(gamlp_archive **archive, const char *path);
void gamlp_archive_free(gamlp_archive *archive);

/* Index of an entry, or -1.  Its size, refused when no compression could
 * make that much of the bytes stored (deflate: 1032 times). */
int64_t gamlp_archive_find(const gamlp_archive *archive, const char *name);
gamlp_status gamlp_archive_size(const gamlp_archive *archive, int64_t index, uint64_t *size);

/* Exactly `size` bytes from the start of an entry; when that is all of it,
 * its checksum is verified.  Ownership passes to the caller:
 * gamlp_bytes_clear(). */
gamlp_status gamlp_archive_read(gamlp_bytes *bytes, const gamlp_archive *archive, int64_t index,
                                size_t size);

/* Hand all of an entry to `sink`, piece by piece; its checksum is verified.  More bytes than its
 * directory says are refused. */
typedef gamlp_status (*gamlp_archive_sink)(void *context, const void *data, size_t size);
gamlp_status gamlp_archive_copy(const gamlp_archive *archive, int64_t index,
                                gamlp_archive_sink sink, void *context);
/* An entry from its start, piece by piece; the archive must outlive it.  Several may be read in
 * turn.  Ownership passes to the caller: gamlp_archive_stream_close(), which accepts NULL. */
typedef struct gamlp_archive_stream gamlp_archive_stream;
gamlp_status gamlp_archive_stream_open(gamlp_archive_stream **stream, const gamlp_archive *archive,
                                       int64_t index);
void gamlp_archive_stream_close(gamlp_archive_stream *stream);
/* The next `size` bytes; those that complete the entry verify its checksum. */
gamlp_status gamlp_archive_stream_read(gamlp_archive_stream *stream, void *data, size_t size);

/* Entries to write; the bytes are borrowed. */
typedef struct gamlp_archive_entry {
    const char *name;
    gamlp_bytes bytes;
} gamlp_archive_entry;

/* An archive of stored entries, dated 1980-01-01: same content, same bytes.
 * Ownership passes to the caller: gamlp_bytes_clear(). */
gamlp_status gamlp_archive_write(gamlp_bytes *bytes, const gamlp_archive_entry *entries,
                                 int64_t count, const char *what);

#endif
