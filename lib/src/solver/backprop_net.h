/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a net trained by back-propagation, shared by its files. */
#ifndef GAMLP_SOLVER_BACKPROP_NET_H
#define GAMLP_SOLVER_BACKPROP_NET_H

#include "gamlp/backprop.h"
#include "solver/backward.h"
#include "solver/input.h"
#include "solver/source.h"

typedef struct gamlp_bp_layer {
    int64_t in, out;
    gamlp_parameter w; /* n_l x n_{l-1}; of layer 1 in Gram form a view of B, with its moments   */
    gamlp_parameter b; /* n_l x 1                                                                */
    gamlp_dense z;     /* z_l, l < L, unless f is ReLU, whose derivative p tells                 */
    gamlp_dense p;     /* f(z_l) with dropout, n_l x N: the input of layer l + 1; of layer L z_L */
} gamlp_bp_layer;

struct gamlp_backprop {
    const gamlp_problem *problem;
    gamlp_backprop_options options;
    int64_t layers, columns, iteration;
    int64_t hidden; /* width of layers that growing inserts; 0: hidden widths differ */
    gamlp_net_plan plan;
    bool gram;             /* W_1 = a W_1^0 + B X'                                        */
    gamlp_input input;     /* with gram                                                   */
    gamlp_parameter image; /* W_1 X and its moments, which follow the recurrences of W_1  */
    double momentum_a;     /* the moment of a                                             */
    gamlp_source source;   /* without gram                                                */
    gamlp_bp_layer *layer; /* layers 1..L at [0..L-1]                                     */
    gamlp_dense d[2];      /* dR/dz of two layers that follow each other                  */
    gamlp_dense forward[2];
    gamlp_dense tile;
    gamlp_row_sums sums;
    double *weight;  /* of each class in the loss    */
    int64_t watched; /* sets that may be scored      */
    bool kept;       /* weights have been remembered */
    bool stepped;    /* moments may differ from 0    */
    gamlp_backprop_figures figures;
};

/* A matrix of this shape in a scratch buffer. */
gamlp_dense gamlp_bp_view(const gamlp_dense *scratch, int64_t rows, int64_t cols);

#endif
