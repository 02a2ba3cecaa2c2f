/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: feature.  Diffusions F(S) of a symmetric graph, exact to a tolerance that is certified.
 *
 * Each is a function of N = W^{-1/2} B W^{-1/2}, B >= 0 symmetric and W its row sums:
 *
 *     ppr     a (I - (1 - a) S)^{-1}   personalised PageRank (Klicpera et al., arXiv 1911.05485)
 *     heat    exp(-t (I - S))          heat kernel (Chung, PNAS 104, 2007)
 *     katz    (I - b S)^{-1}           Katz index (Psychometrika 18, 1953)
 *
 * where S is N itself, or similar to it (the row- and column-normalised forms: W^{-1/2} N W^{1/2}
 * and its transpose), or B for the unnormalised form.  ppr and katz are systems with the symmetric
 * positive definite K = I - c N; heat is a polynomial in N, or in the resolvent (I + s (I -
 * N))^{-1}.
 */
#ifndef GAMLP_DIFFUSION_H
#define GAMLP_DIFFUSION_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a diffusion is computed. */
typedef enum gamlp_diffusion_method {
    GAMLP_DIFFUSION_AUTO,      /* the cheapest of those below by prediction           */
    GAMLP_DIFFUSION_CHOLESKY,  /* a sparse factor of K; heat: of its resolvent        */
    GAMLP_DIFFUSION_CG,        /* conjugate gradients with an incomplete factor       */
    GAMLP_DIFFUSION_CHEBYSHEV, /* Chebyshev iteration; heat: a Chebyshev expansion    */
    GAMLP_DIFFUSION_PUSH,      /* forward push from each wanted node                  */
    GAMLP_DIFFUSION_METHODS
} gamlp_diffusion_method;

typedef struct gamlp_diffusion_options {
    int method;       /* gamlp_diffusion_method                                            */
    double tolerance; /* of the relative residual |B - K X| / |B| (heat: of the error over |X|) */
    int64_t memory;   /* bytes that may be taken beyond inputs and results; 0: no limit    */
} gamlp_diffusion_options;

/* Defaults: the cheapest method, 1e-7, no limit; and the check of ranges. */
void gamlp_diffusion_options_default(gamlp_diffusion_options *options);
gamlp_status gamlp_diffusion_options_check(const gamlp_diffusion_options *options);

/* The name of a method, as in options; NULL beyond the last one. */
const char *gamlp_diffusion_method_name(int method);

/* What a method would take. */
typedef struct gamlp_diffusion_cost {
    bool possible;
    double seconds; /* of one thread, by fixed rates: a plan is the same everywhere     */
    double bytes;   /* beyond inputs and results                                        */
    double steps;   /* iterations, degree or pushes of a column                         */
    bool by_nodes;  /* rows of F for the wanted nodes, not F times every feature        */
    char why[96];   /* where it is not possible: why not                                */
} gamlp_diffusion_cost;

typedef struct gamlp_diffusion_plan {
    gamlp_diffusion_method method;
    double fill, flops; /* of the sparse factor; 0: not analysed */
    bool nested;        /* its order is nested dissection, not minimum degree */
    gamlp_diffusion_cost cost[GAMLP_DIFFUSION_METHODS];
} gamlp_diffusion_plan;

/* What was done. */
typedef struct gamlp_diffusion_report {
    gamlp_diffusion_plan plan;
    double residual; /* |B - K X| / |B|, measured in double on the rounded result; heat: the bound
                        of the expansion's error                                                  */
    double error;    /* bound of |F B - result| / |B| that follows                                */
    double analyse_seconds, factor_seconds, solve_seconds;
} gamlp_diffusion_report;

#ifdef __cplusplus
}
#endif
#endif
