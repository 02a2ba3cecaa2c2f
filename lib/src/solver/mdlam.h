/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of mDLAM, shared by its files. */
#ifndef GAMLP_SOLVER_MDLAM_H
#define GAMLP_SOLVER_MDLAM_H

#include "gamlp/mdlam.h"
#include "solver/pair.h"

/* What a layer had an iteration ago. */
typedef struct gamlp_ml_layer {
    gamlp_dense w; /* W_l; layer 1 in Gram form: none */
    gamlp_dense p; /* a_{l-1}, l >= 2                  */
    double penalty;
    double gap, largest; /* max |a_l - f(z_l)| and |f(z_l)|, l < L */
} gamlp_ml_layer;

/* The same of a pair, in slabs: M, B and a; and the next a. */
typedef struct gamlp_ml_pair {
    gamlp_real *block; /* of the matrices that follow */
    gamlp_real *m, *b, *a, *fresh;
} gamlp_ml_pair;

struct gamlp_mdlam {
    gamlp_pair pair;   /* first, for the functions of any net that begins with one */
    gamlp_pdadmm *net; /* weights, products and scores */
    gamlp_mdlam_options options;
    double epsilon, s, omega;
    int64_t layers;               /* of the net when `layer` was made                     */
    gamlp_ml_layer *layer;        /* 1..L at [l - 1]                                      */
    gamlp_dense input_b, input_m; /* B and M = W_1 X an iteration ago, in Gram form       */
    double input_a;
    gamlp_ml_pair own;
    double change;            /* what the last step in slabs did to F                 */
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

/* The same of layer 1 of a pair; that of z does that of b, too. */
gamlp_status gamlp_ml_pair_init(gamlp_mdlam *d);
void gamlp_ml_pair_clear(gamlp_mdlam *d);
void gamlp_ml_pair_start(gamlp_mdlam *d);
gamlp_status gamlp_ml_pair_update_w(gamlp_mdlam *d);
gamlp_status gamlp_ml_pair_update_z(gamlp_mdlam *d);
gamlp_status gamlp_ml_pair_update_a(gamlp_mdlam *d);

/* Halve epsilon as the options say. */
gamlp_status gamlp_ml_shrink(gamlp_mdlam *d);

/* A matrix of layer l's output, or of its input, in scratch. */
gamlp_dense gamlp_ml_out(const gamlp_dense *scratch, const gamlp_pdadmm *net,
                         const gamlp_pd_layer *layer);
gamlp_dense gamlp_ml_in(const gamlp_dense *scratch, const gamlp_pdadmm *net,
                        const gamlp_pd_layer *layer);

#endif
