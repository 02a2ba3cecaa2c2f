/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_DATASET_IMPORT_H
#define GAMLP_DATASET_IMPORT_H

#include "dataset/format.h"

/* Write the container `path` from a stream, in at most `limit` bytes of memory (0: as many as are
 * good).  stream->rest gets the sizes of the graph, its row pointers and the fingerprint. */
gamlp_status gamlp_import_stream(const char *path, gamlp_source *stream, int64_t limit);

#endif
