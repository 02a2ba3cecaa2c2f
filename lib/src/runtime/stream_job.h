/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of gamlp_stream_features(). */
#ifndef GAMLP_RUNTIME_STREAM_JOB_H
#define GAMLP_RUNTIME_STREAM_JOB_H

#include "gamlp/container.h"
#include "gamlp/feature.h"
#include "runtime/partial.h"

typedef struct gamlp_stream {
    gamlp_container *container;
    const gamlp_feature_options *options;
    int64_t nodes, features, rows;       /* rows: of X                                          */
    int64_t start[GAMLP_STACK_BLOCKS];   /* of each term: its first row of X                    */
    int32_t *degree;                     /* of each node                                        */
    int64_t graph_rows, feature_rows;    /* of a block                                          */
    gamlp_csr block;                     /* rows of S, with room for the longest block          */
    int64_t width;                       /* features of a panel                                 */
    gamlp_real *panel[2];                /* even and odd powers, nodes x width                  */
    gamlp_real *sum[GAMLP_STACK_BLOCKS]; /* of terms that add powers up; NULL for others       */
    gamlp_real *turned;                  /* columns on their way to the file                    */
    int64_t head;                        /* bytes before the first column of the file           */
    gamlp_partial file;
    int64_t unit; /* of work: it is done when file.done is larger                             */
} gamlp_stream;

/* Degrees, and the number of entries of the longest block of rows. */
gamlp_status gamlp_stream_degrees(int64_t *entries, gamlp_stream *s);

/* panel[0] <- features [first, first + wide) of all nodes, normalised. */
gamlp_status gamlp_stream_load(gamlp_stream *s, int64_t first, int64_t wide);

/* panel[k % 2] <- S panel[(k - 1) % 2]. */
gamlp_status gamlp_stream_hop(gamlp_stream *s, const gamlp_operator *op, int64_t k, int64_t wide);

/* A panel to rows [row, row + wide) of X, or back. */
gamlp_status gamlp_stream_put(gamlp_stream *s, const gamlp_real *panel, int64_t row, int64_t wide);
gamlp_status gamlp_stream_get(gamlp_real *panel, gamlp_stream *s, int64_t row, int64_t wide);

#endif
