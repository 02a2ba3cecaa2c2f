/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files in, atomic files out. */
#ifndef GAMLP_CORE_FILE_H
#define GAMLP_CORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "gamlp/status.h"

/* A file's bytes, with a NUL behind them that `size` does not count. */
typedef struct gamlp_bytes {
    unsigned char *data;
    size_t size;
} gamlp_bytes;

/* Read a regular file of at most `limit` bytes.  GAMLP_E_NOINPUT / _DATA / _IO name the path.
 * Ownership passes to the caller: gamlp_bytes_clear(). */
gamlp_status gamlp_file_read(gamlp_bytes *bytes, const char *path, size_t limit);
void gamlp_bytes_clear(gamlp_bytes *bytes);

bool gamlp_file_exists(const char *path);
bool gamlp_file_is_directory(const char *path);
/* Whether both are there and one file, under whatever names and links. */
bool gamlp_file_is_same(const char *path, const char *other);
/* Bytes of a regular file, or -1. */
int64_t gamlp_file_size(const char *path);
/* A regular file whose first bytes are those of `text` (at most 16). */
bool gamlp_file_begins(const char *path, const char *text);

/* An output that appears under its name only when it is whole: written to a
 * temporary name beside it (NAME.tmp-XXXXXX), synced, renamed.  Such a file is
 * locked as long as its process lives; those of dead processes are removed when the same name is
 * written again. */
typedef struct gamlp_output {
    FILE *stream; /* NULL once sealed                       */
    char *path, *temporary;
    bool noted; /* for gamlp_temporaries_remove() */
    int lock;   /* descriptor that holds the lock of the temporary file, or 0 */
    int reason; /* errno of the first write that failed, or 0 */
} gamlp_output;

gamlp_status gamlp_output_open(gamlp_output *output, const char *path);
/* Write; the first failure is remembered and reported by commit. */
void gamlp_output_write(gamlp_output *output, const void *data, size_t size);
/* How much was written; and forget what lies behind `size`.  GAMLP_E_IO names the path. */
gamlp_status gamlp_output_size(int64_t *size, gamlp_output *output);
gamlp_status gamlp_output_cut(gamlp_output *output, int64_t size);
/* Another stream that reads what was written, from `offset` on.  Ownership passes to the caller:
 * fclose(). */
gamlp_status gamlp_output_reread(FILE **stream, gamlp_output *output, int64_t offset);
/* Flush, sync and close, but leave the temporary name; commit then only renames.  On failure the
 * temporary file is removed and the output cleared. */
gamlp_status gamlp_output_seal(gamlp_output *output);
/* Sync and rename; on failure the temporary file is removed.  Always clears. */
gamlp_status gamlp_output_commit(gamlp_output *output);
/* Drop the temporary file; accepts a cleared output. */
void gamlp_output_abandon(gamlp_output *output);

/* All of `data` as the new content of `path`, atomically. */
gamlp_status gamlp_file_write(const char *path, const void *data, size_t size);

/* Make a directory and its parents; existing ones are fine.  *made (may be NULL): whether `path`
 * itself is new, so that of several processes only one gets true. */
gamlp_status gamlp_directory_make(bool *made, const char *path);

#endif
