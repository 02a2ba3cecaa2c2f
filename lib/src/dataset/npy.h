/* SPDX-License-Identifier: GPL-2.0-or-later */
/* numpy's .npy format, versions 1.0 to 3.0:
 *   \x93NUMPY major minor length(2 or 4 bytes) header data
 * where the header is the text of a Python dict. */
#ifndef GAMLP_DATASET_NPY_H
#define GAMLP_DATASET_NPY_H

#include "core/file.h"
#include "dataset/array.h"

/* Read the header of an array of `total` bytes from its first `size` ones.
 * *need > size: call again with that many.  *offset: where the data begins.
 * The data must be exactly as long as shape and type say (arrays of objects
 * excepted); array->data is NULL. */
gamlp_status gamlp_npy_head(gamlp_array *array, size_t *need, size_t *offset, const void *data,
                            size_t size, uint64_t total, const char *what);

/* A whole array in memory; array->data points into it. */
gamlp_status gamlp_npy_parse(gamlp_array *array, const void *data, size_t size, const char *what);

/* Bytes of an array in C order: version 1.0, little-endian type such as
 * "<f4", elements of `item` bytes in this machine's order.  Ownership passes
 * to the caller: gamlp_bytes_clear(). */
gamlp_status gamlp_npy_write(gamlp_bytes *bytes, const char *type, const int64_t *shape,
                             int64_t dims, const void *data, size_t item);

/* The bytes before the data of such an array.  Ownership passes to the caller:
 * gamlp_bytes_clear(). */
gamlp_status gamlp_npy_header(gamlp_bytes *bytes, const char *type, const int64_t *shape,
                              int64_t dims);

/* Of an array in Fortran order, the first index running fastest. */
gamlp_status gamlp_npy_columns_header(gamlp_bytes *bytes, const char *type, const int64_t *shape,
                                      int64_t dims);

/* numpy's name for gamlp_real as this machine stores it. */
const char *gamlp_npy_real(void);

#endif
