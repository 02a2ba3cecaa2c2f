/* SPDX-License-Identifier: GPL-2.0-or-later */
/* numpy's .npz format: a ZIP archive of NAME.npy. */
#ifndef GAMLP_DATASET_NPZ_H
#define GAMLP_DATASET_NPZ_H

#include "core/file.h"
#include "dataset/archive.h"
#include "dataset/array.h"

typedef struct gamlp_npz {
    gamlp_archive *archive;
    const char *what;
} gamlp_npz;

/* Open `size` bytes, which must outlive it, as must `what`.
 * Ownership passes to the caller: gamlp_npz_clear(). */
gamlp_status gamlp_npz_open(gamlp_npz *npz, const void *data, size_t size, const char *what);
/* Likewise a file, which is read as arrays are asked for; `path` must outlive it. */
gamlp_status gamlp_npz_open_file(gamlp_npz *npz, const char *path);
void gamlp_npz_clear(gamlp_npz *npz);

bool gamlp_npz_has(const gamlp_npz *npz, const char *name);

/* Whether a path is that of an npz file that has all these arrays (`names` ends with NULL). */
gamlp_status gamlp_npz_shows(bool *shows, const char *path, const char *const *names);

/* Type and shape of an array, without its data. */
gamlp_status gamlp_npz_head(gamlp_array *array, const gamlp_npz *npz, const char *name);

/* Likewise, and its entry in the archive with the byte where the data begins. */
gamlp_status gamlp_npz_locate(gamlp_array *array, int64_t *entry, size_t *offset,
                              const gamlp_npz *npz, const char *name);

/* The pickle of an array of Python objects, of which array has the shape: bytes from `offset` on.
 * Ownership passes to the caller: gamlp_bytes_clear(). */
gamlp_status gamlp_npz_objects(gamlp_array *array, gamlp_bytes *bytes, size_t *offset,
                               const gamlp_npz *npz, const char *name);

/* An array with its data, which lives in `bytes`; an absent one is
 * GAMLP_E_DATA.  Ownership passes to the caller: gamlp_bytes_clear(). */
gamlp_status gamlp_npz_read(gamlp_array *array, gamlp_bytes *bytes, const gamlp_npz *npz,
                            const char *name);

/* Likewise one of integers and one dimension; what is wrong with it names the array. */
gamlp_status gamlp_npz_ints(gamlp_array *array, gamlp_bytes *bytes, const gamlp_npz *npz,
                            const char *name);

#endif
