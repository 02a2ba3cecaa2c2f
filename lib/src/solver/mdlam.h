/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of mDLAM, shared by its files. */
#ifndef GAMLP_SOLVER_MDLAM_H
#define GAMLP_SOLVER_MDLAM_H

#include "gamlp/mdlam.h"
#include "solver/chain.h"

/* What a layer had an iteration ago. */
typedef struct gamlp_ml_layer {
    gamlp_dense w; /* W_l; layer 1 in Gram form: none */
    gamlp_dense p; /* a_{l-1}, l >= 2                  */
    double penalty;
    double gap, largest; /* max |a_l - f(z_l)| and |f(z_l)|, l < L */
} gamlp_ml_layer;

struct gamlp_mdlam {
    gamlp_pdadmm *net; /* weights, products and scores */
    gamlp_mdlam_options options;
    double epsilon, s, omega;
    int64_t layers;               /* of the net when `layer` was made                     */
    gamlp_ml_layer *layer;        /* 1..L at [l - 1]                                      */
    gamlp_dense input_b, input_m; /* B and M = W_1 X an iteration ago, in Gram form       */
    double input_a;
    gamlp_dense pull;         /* what the extrapolation, then a step, adds to W a     */
    gamlp_dense bar_m, bar_r; /* W a and W a + b - z at the extrapolated point        */
    gamlp_dense step, f;      /* displacement of a; f(z)                              */
    double moved;             /* squared displacements of this iteration              */
    int64_t redone;
    int64_t patience; /* iterations before epsilon is tried to shrink again   */
    gamlp_figures figures;
    gamlp_chain_audit audit;
    bool comparable;
};

/* The steps of Algorithm 2 for layer l, each with the newest values. */
gamlp_status gamlp_ml_update_w(gamlp_mdlam *d, int64_t l);
gamlp_status gamlp_ml_update_b(gamlp_mdlam *d, int64_t l);
gamlp_status gamlp_ml_update_z(gamlp_mdlam *d, int64_t l);
gamlp_status gamlp_ml_update_a(gamlp_mdlam *d, int64_t l);

/* Halve epsilon as the options say. */
gamlp_status gamlp_ml_shrink(gamlp_mdlam *d);

/* A matrix of layer l's output, or of its input, in scratch. */
gamlp_dense gamlp_ml_out(const gamlp_dense *scratch, const gamlp_pdadmm *net,
                         const gamlp_pd_layer *layer);
gamlp_dense gamlp_ml_in(const gamlp_dense *scratch, const gamlp_pdadmm *net,
                        const gamlp_pd_layer *layer);

#endif
