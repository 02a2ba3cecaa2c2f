/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A random training problem for solver tests. */
#ifndef GAMLP_TEST_NET_H
#define GAMLP_TEST_NET_H

#include "gamlp/pdadmm.h"

typedef struct net {
    gamlp_stack x;
    gamlp_dense dense; /* the same X as one matrix */
    int32_t *label;
    gamlp_problem *problem;
    int64_t hidden[64];
    gamlp_pdadmm_plan plan;
    gamlp_pdadmm_options options;
} net;

/* n columns of `features` normal features (in two blocks), labels 0, 1, ..., classes - 1, 0, ...;
 * `layers` layers with `width` neurons, penalties nu = rho = 0.1. */
void net_init(net *t, int64_t features, int64_t n, int64_t classes, int64_t layers, int64_t width,
              uint64_t seed);
void net_clear(net *t);

/* One class, one node, fewer nodes than classes, one neuron, one layer, fifty layers. */
enum { EXTREME_SHAPES = 8 };
void net_init_extreme(net *t, int shape);

/* Weights and biases are the same bits. */
void assert_same_weights(const gamlp_model *a, const gamlp_model *b);

/* Making, starting and iterating the whole net, and with `grown` > 0 once more with so many layers,
 * may fail at every allocation. */
void check_training_allocations(net *t, int64_t iterations, int64_t grown);

/* A started block of the whole net. */
gamlp_pdadmm *net_start(const net *t);

#endif
