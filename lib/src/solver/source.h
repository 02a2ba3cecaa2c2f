/* SPDX-License-Identifier: GPL-2.0-or-later */
/* X for a layer 1 whose weights are stored: blocks with few entries are kept sparse, in both
 * orders, so that the gradient of W_1 is made and used column by column and never stored. */
#ifndef GAMLP_SOLVER_SOURCE_H
#define GAMLP_SOLVER_SOURCE_H

#include "solver/optimiser.h"
#include "solver/problem.h"

typedef struct gamlp_source {
    const gamlp_stack *given;
    gamlp_stack x;      /* the same X; views where nothing had to be changed */
    gamlp_csr *feature; /* of each block: transposed (features x nodes); empty: it is dense */
    gamlp_dense tile;   /* gradient of some columns of W_1 */
    double *sums;       /* of each chunk of features */
    int64_t *order[GAMLP_STACK_BLOCKS]; /* with dropout: where their entries stand in x */
} gamlp_source;

/* `given` is borrowed.  With dropout X gets values of its own. */
gamlp_status gamlp_source_init(gamlp_source *source, const gamlp_stack *given, int64_t out,
                               bool dropout);
void gamlp_source_clear(gamlp_source *source);

/* X <- the given X with the mask of an iteration; only of a source made for dropout. */
void gamlp_source_drop(gamlp_source *source, uint64_t seed, int64_t iteration, double dropout);

/* z <- W_1 X. */
gamlp_status gamlp_source_multiply(gamlp_dense *z, const gamlp_dense *w,
                                   const gamlp_source *source);

/* W_1 <- the optimiser's step with G = D X'; returns ||G||^2. */
double gamlp_source_update(gamlp_parameter *w, const gamlp_update *update, const gamlp_dense *d,
                           const gamlp_source *source);

/* The same for the layer above p (in x N): G = D p'.  `tile` holds the gradient of some columns of
 * W at a time. */
double gamlp_dense_update(gamlp_parameter *w, const gamlp_update *update, const gamlp_dense *d,
                          const gamlp_dense *p, const gamlp_dense *tile);

/* Elements of a tile for weights of `out` rows and at most `in` columns. */
int64_t gamlp_tile_size(int64_t out, int64_t in);

#endif
