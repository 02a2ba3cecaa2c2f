/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The elements of a numpy array, block by block, from memory or from a file
 * that need not be in memory as a whole. */
#ifndef GAMLP_DATASET_ELEMENTS_H
#define GAMLP_DATASET_ELEMENTS_H

#include <stdio.h>

#include "dataset/npz.h"

typedef struct gamlp_elements {
    gamlp_array array;            /* type and shape; data: all of it, or NULL            */
    const char *what;             /* the file, in sentences                              */
    int64_t at;                   /* elements that were taken                            */
    FILE *file;                   /* of an npy file, or NULL                             */
    size_t offset;                /* in it: where the elements begin                     */
    const gamlp_archive *archive; /* of an npz entry, or NULL                            */
    gamlp_archive_stream *stream;
    int64_t entry;
    unsigned char buffer[8 * GAMLP_ARRAY_BLOCK];
} gamlp_elements;

/* Of an array in memory; of an entry of an npz; of an npy file.  `what` and the npz must outlive
 * the elements.  Arrays of objects and texts are refused.  Ownership passes to the caller:
 * gamlp_elements_clear(). */
void gamlp_elements_of(gamlp_elements *elements, const gamlp_array *array, const char *what);
gamlp_status gamlp_elements_of_npz(gamlp_elements *elements, const gamlp_npz *npz, const char *name,
                                   const char *what);
gamlp_status gamlp_elements_of_file(gamlp_elements *elements, const char *path);
void gamlp_elements_clear(gamlp_elements *elements);

/* Begin again with the first one. */
gamlp_status gamlp_elements_rewind(gamlp_elements *elements);

/* The next `count` elements, at most GAMLP_ARRAY_BLOCK and no more than there are; the last ones of
 * an npz entry verify its checksum. */
gamlp_status gamlp_elements_ints(gamlp_elements *elements, int64_t count, int64_t *out);
gamlp_status gamlp_elements_reals(gamlp_elements *elements, int64_t count, double *out);

/* How many the next block has: 0 at the end. */
int64_t gamlp_elements_block(const gamlp_elements *elements);

#endif
