/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A numpy array as it lies in a file: npy and pickled arrays share it. */
#ifndef GAMLP_DATASET_ARRAY_H
#define GAMLP_DATASET_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gamlp/status.h"

enum { GAMLP_ARRAY_DIMS = 4, GAMLP_ARRAY_BLOCK = 512 };

typedef struct gamlp_array {
    char kind;         /* b bool, i u integers, f float, S U texts, O Python objects     */
    bool swapped;      /* byte order other than this machine's                           */
    bool fortran;      /* first index fastest                                            */
    int64_t item_size; /* bytes of an element                                            */
    int64_t dims, shape[GAMLP_ARRAY_DIMS];
    int64_t count;             /* product of the shape                                   */
    const unsigned char *data; /* count * item_size bytes, any alignment; borrowed       */
} gamlp_array;

/* Set kind, size and order from a numpy type text of `size` bytes such as
 * "<f4"; GAMLP_E_DATA names `what`. */
gamlp_status gamlp_array_type(gamlp_array *array, const char *text, size_t size, const char *what);

/* Set the shape; a negative extent, or a product of elements and bytes that
 * exceeds 2^62, is GAMLP_E_DATA. */
gamlp_status gamlp_array_shape(gamlp_array *array, const int64_t *shape, int64_t dims,
                               const char *what);

/* Elements first .. first+count (count at most GAMLP_ARRAY_BLOCK), in memory
 * order, as integers (kinds b i u; unsigned ones saturate at INT64_MAX) or as
 * floating-point numbers (also kind f). */
void gamlp_array_ints(const gamlp_array *array, int64_t first, int64_t count, int64_t *out);
void gamlp_array_reals(const gamlp_array *array, int64_t first, int64_t count, double *out);

/* GAMLP_E_DATA names `what` unless the array is one of integers (with or
 * without floating-point numbers) with `dims` extents. */
gamlp_status gamlp_array_expect_ints(const gamlp_array *array, int64_t dims, const char *what);
gamlp_status gamlp_array_expect_reals(const gamlp_array *array, int64_t dims, const char *what);

#endif
