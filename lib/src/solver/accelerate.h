/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Accelerations of pdADMM-G that are not in the papers. */
#ifndef GAMLP_SOLVER_ACCELERATE_H
#define GAMLP_SOLVER_ACCELERATE_H

#include "gamlp/pdadmm.h"
#include "solver/kernels.h"

struct gamlp_pd_layer;

/* What exact minimisation by W needs, for all layers of a block. */
typedef struct gamlp_pd_exact {
    gamlp_dense inverse; /* of layer 1 in Gram form: (K + ratio I)^-1                */
    gamlp_dense outer;   /* of layer 1 in no Gram form: X X'                         */
    double *input;       /* the factor of X X' + ratio I                             */
    double ratio;        /* that these were made for; 0: they have to be made        */
    bool known;          /* X X' has been made                                       */
    gamlp_dense square;  /* p'p or p p' of a layer above                             */
    double *factor;      /* its Cholesky factor                                      */
    double *rhs;         /* right-hand sides                                         */
} gamlp_pd_exact;

gamlp_status gamlp_pd_exact_init(gamlp_pdadmm *block);
void gamlp_pd_exact_clear(gamlp_pd_exact *exact);

/* Line 2 as the minimiser of the Lagrangian by W. */
gamlp_status gamlp_pd_update_w_exact(gamlp_pdadmm *block, struct gamlp_pd_layer *layer);

/* Whether W of this layer is minimised exactly: the options say so and there is no Omega but L2. */
bool gamlp_pd_is_exact(const gamlp_pdadmm *block, const struct gamlp_pd_layer *layer);

/* Whether lines 5 and 6 are over-relaxed. */
bool gamlp_pd_is_relaxed(const gamlp_pdadmm_options *options);

/* What takes the place of p = p_{l+1} for layer l with the relaxation a, in the scratch of images.
 */
gamlp_dense gamlp_pd_relax(const struct gamlp_pd_layer *layer, const gamlp_dense *p, double a);

/* Afterwards: the gradient of p_{l+1} and the sums that are about p itself. */
void gamlp_pd_unrelax(gamlp_zqu_sums *sums, gamlp_zqu_state state, gamlp_dense *relaxed,
                      const gamlp_dense *p, double rho);

/* Anderson acceleration of a whole net: the last iterations, as vectors of all variables. */
typedef struct gamlp_pd_anderson {
    int64_t memory;      /* iterations that are remembered; 0: none                     */
    int64_t size;        /* of a vector                                                 */
    int64_t count, next; /* differences that there are; where the next one goes         */
    int64_t taken;       /* extrapolated points that lowered the Lagrangian             */
    bool follows;        /* the iteration before is stored                              */
    gamlp_real *store;   /* 2 memory + 4 vectors                                        */
    double scalar[4 + 2 * GAMLP_ANDERSON_MAX]; /* the factor a of W_1 = a W_1^0 + B X' of each */
} gamlp_pd_anderson;

gamlp_status gamlp_pd_anderson_init(gamlp_pdadmm *block);
void gamlp_pd_anderson_clear(gamlp_pd_anderson *anderson);
void gamlp_pd_anderson_forget(gamlp_pdadmm *block);

/* To be called before and after an iteration. */
void gamlp_pd_anderson_before(gamlp_pdadmm *block);
gamlp_status gamlp_pd_anderson_after(gamlp_pdadmm *block);

#endif
