/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzing of readers that read files: a folder in memory, if there is one. */
#ifndef GAMLP_TEST_FUZZ_FOLDER_H
#define GAMLP_TEST_FUZZ_FOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "dataset/archive.h"
#include "gamlp/dataset.h"

/* A folder of this process, removed when it ends. */
const char *fuzz_folder(void);

/* FOLDER/NAME, valid until the fourth call from now. */
const char *fuzz_path(const char *name);

/* (Re)write FOLDER/NAME. */
void fuzz_write(const char *name, const void *data, size_t size);

/* The next piece of an input, up to a byte 30 (which no text has), or the rest. */
typedef struct fuzz_piece {
    const uint8_t *data;
    size_t size;
} fuzz_piece;
fuzz_piece fuzz_text(const uint8_t **data, size_t *size);

/* The next piece, behind its length in four bytes, least first; cut at the end of the input. */
fuzz_piece fuzz_part(const uint8_t **data, size_t *size);

/* An npz of parts: `names` (with ".npy"), NULL behind the last; an empty part is left out.
 * gamlp_bytes_clear(). */
gamlp_status fuzz_npz(gamlp_bytes *bytes, const char *const *names, const uint8_t **data,
                      size_t *size);

/* Check and fingerprint a data set, each of its fixed splits, too, and clear it. */
void fuzz_finish(gamlp_dataset *dataset);

#endif
