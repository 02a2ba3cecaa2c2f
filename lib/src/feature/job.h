/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The making of X = [blocks of term 1; blocks of term 2; ...] at the wanted nodes. */
#ifndef GAMLP_FEATURE_JOB_H
#define GAMLP_FEATURE_JOB_H

#include "feature/terms.h"

/* Bytes of a result that may still be in a cache when it is read. */
enum { GAMLP_FEATURE_CACHED = 1 << 24 };

typedef struct gamlp_feature_job {
    const gamlp_feature_input *input;
    const gamlp_feature_options *options;
    const int64_t *index; /* wanted nodes                                     */
    int64_t count, nodes, features;
    gamlp_csr scaled_sparse;  /* features with unit sums, or empty     */
    gamlp_dense scaled_dense; /* "                                     */
    const gamlp_csr *sparse;  /* features to work on, one of the two   */
    const gamlp_dense *dense;
    gamlp_dense block[GAMLP_STACK_BLOCKS]; /* dense results; empty for the term x   */
    int64_t start[GAMLP_STACK_BLOCKS];     /* of each term: its first block         */
} gamlp_feature_job;

/* The blocks of all combinations of powers of `op`. */
gamlp_status gamlp_feature_powers(gamlp_feature_job *job, const gamlp_operator *op);

/* The block of term t: ppr, heat or katz. */
gamlp_status gamlp_feature_diffuse(gamlp_feature_job *job, int64_t t);

/* `width` elements of the columns index[0..count) of a strip of a panel, to a result with columns
 * `stride` apart: copied, or `weight` times them added where `add` is true. */
typedef struct gamlp_extraction {
    gamlp_real *to;
    const gamlp_real *from;
    const int64_t *index;
    int64_t count, stride, from_stride, width;
    bool add;
    gamlp_real weight;
} gamlp_extraction;
void gamlp_extract(const gamlp_extraction *extraction);

#endif
