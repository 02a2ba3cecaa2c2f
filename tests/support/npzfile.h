/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An npz being made: entries that can be replaced. */
#ifndef GAMLP_TEST_NPZFILE_H
#define GAMLP_TEST_NPZFILE_H

#include "dataset/archive.h"

typedef struct npzfile {
    gamlp_archive_entry entry[16];
    int64_t count;
} npzfile;

/* Put or replace an array of `rows` elements (cols 0) or rows x cols; `name` (with ".npy") must
 * outlive the file. */
void npz_put(npzfile *z, const char *name, const char *type, int64_t rows, int64_t cols,
             const void *data, size_t item);
void npz_drop(npzfile *z, const char *name);
void npz_clear(npzfile *z);

/* The archive's bytes; gamlp_bytes_clear(). */
gamlp_bytes npz_bytes(const npzfile *z);
void npz_write(const npzfile *z, const char *path);

#endif
