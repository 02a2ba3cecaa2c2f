/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Masks of dropout.  Whether an element is kept depends on seed, layer, iteration and the element's
 * number only. */
#ifndef GAMLP_SOLVER_DROPOUT_H
#define GAMLP_SOLVER_DROPOUT_H

#include "gamlp/csr.h"
#include "gamlp/rng.h"

typedef struct gamlp_mask {
    gamlp_rng rng;
    uint64_t base;      /* where the iteration's numbers begin                    */
    uint32_t threshold; /* an element is dropped when its 32 bits are below this  */
    gamlp_real scale;   /* 1 / (1 - dropout), of what is kept                     */
} gamlp_mask;

gamlp_mask gamlp_mask_of(uint64_t seed, int64_t layer, int64_t iteration, double dropout);

/* out_ij <- in_ij times the mask of element first + i + j * stride; out may be in. */
void gamlp_mask_dense(gamlp_dense *out, const gamlp_dense *in, const gamlp_mask *mask,
                      int64_t first, int64_t stride);

/* The same for the values of a sparse matrix whose row j is column j: element first + idx + j *
 * stride. */
void gamlp_mask_sparse(gamlp_csr *out, const gamlp_csr *in, const gamlp_mask *mask, int64_t first,
                       int64_t stride);

#endif
