/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: feature.  Graph-augmented features X = [H; H A~; ...; H A~^{K-1}]
 * (pdADMM-G, section III: K = 4). */
#ifndef GAMLP_FEATURE_H
#define GAMLP_FEATURE_H

#include <stdint.h>

#include "gamlp/csr.h"
#include "gamlp/stack.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Input features: sparse (nodes x d) or dense (d x nodes), the other one empty. */
typedef struct gamlp_feature_input {
    const gamlp_csr *operator_; /* A~, nodes x nodes, symmetric */
    const gamlp_csr *sparse;    /* NULL when dense              */
    const gamlp_dense *dense;   /* NULL when sparse             */
} gamlp_feature_input;

typedef enum gamlp_normalise {
    GAMLP_NORMALISE_NONE,
    GAMLP_NORMALISE_ROW, /* divide by the sum              */
    GAMLP_NORMALISE_L2   /* divide by the Euclidean length */
} gamlp_normalise;

typedef struct gamlp_feature_options {
    int64_t hops;              /* number of blocks K >= 1                       */
    gamlp_normalise normalise; /* of each node's own features                  */
    int64_t panel;             /* features per panel; 0: chosen by cache size   */
} gamlp_feature_options;

/* Defaults: four hops as in the paper, features as they are; and the check of ranges. */
void gamlp_feature_options_default(gamlp_feature_options *options);
gamlp_status gamlp_feature_options_check(const gamlp_feature_options *options);

/* X restricted to the nodes `index[0..count)` (in that order).  Works panel
 * by panel of features, so that memory beyond the result is one panel for
 * all nodes.  Hop 0 stays sparse when the input is.  float32, the same bits
 * for any number of threads.  Ownership passes to the caller:
 * gamlp_stack_clear(). */
gamlp_status gamlp_feature_hops(gamlp_stack *x, const gamlp_feature_input *input,
                                const int64_t *index, int64_t count,
                                const gamlp_feature_options *options);

#ifdef __cplusplus
}
#endif
#endif
