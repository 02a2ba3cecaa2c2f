/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of dlADMM, shared by its files. */
#ifndef GAMLP_SOLVER_DLADMM_H
#define GAMLP_SOLVER_DLADMM_H

#include "gamlp/dladmm.h"
#include "solver/chain.h"
#include "solver/pair.h"

enum { GAMLP_DL_COLUMNS = 256 }; /* whose figures are taken together */

struct gamlp_dladmm {
    gamlp_pair pair; /* first, for the functions of any net that begins with one */
    /* Weights, products and scores.  z of its last layer is what W_L a_{L-1} + b_L aims at,
     * z_L + u / rho, so that the steps of W_L and b_L are those of any layer. */
    gamlp_pdadmm *net;
    gamlp_dladmm_options options;
    gamlp_dense z, u, centre; /* z_L, u and W_L a_{L-1} - u / rho, n_L x N         */
    double *work;             /* of the figures                                    */
    double moved;             /* squared displacements of this iteration           */
    gamlp_stall stall;
    gamlp_figures figures;
    gamlp_chain_audit audit;
    bool comparable; /* the last figures were made with the same penalties */
};

/* The steps of layer l, each with the newest values: on the way back a_l, z_l, b_l, W_l, on the way
 * forward W_l and b_l, z_l, a_l. */
gamlp_status gamlp_dl_update_a(gamlp_dladmm *d, int64_t l);
gamlp_status gamlp_dl_update_z(gamlp_dladmm *d, int64_t l, bool back);
gamlp_status gamlp_dl_update_b(gamlp_dladmm *d, int64_t l);
gamlp_status gamlp_dl_update_w(gamlp_dladmm *d, int64_t l);
gamlp_status gamlp_dl_update_wb(gamlp_dladmm *d, int64_t l);

/* Layer 1 of a pair, on the way back and on the way forward. */
gamlp_status gamlp_dl_update_input(gamlp_dladmm *d);

gamlp_status gamlp_dl_update_u(gamlp_dladmm *d);

/* z_L + u / rho, at which the last layer aims, and its residual. */
void gamlp_dl_aim(gamlp_dladmm *d);

/* The figures after an iteration, and in theory mode what they must satisfy. */
gamlp_status gamlp_dl_sum_figures(gamlp_dladmm *d);

#endif
