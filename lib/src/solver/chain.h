/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the methods share that go from layer to layer, dlADMM and mDLAM.  Their net is a
 * gamlp_pdadmm block without q and u: its weights (layer 1 as a W_1^0 + B X'), the products W a,
 * its scores and the step of W are the block's.  The input p of layer l + 1 is a_l. */
#ifndef GAMLP_SOLVER_CHAIN_H
#define GAMLP_SOLVER_CHAIN_H

#include "gamlp/method.h"
#include "solver/block.h"

/* The plan of a whole net in one block. */
gamlp_pdadmm_plan gamlp_chain_plan(const gamlp_net_plan *plan);

/* f of the hidden layers. */
const gamlp_activation *gamlp_chain_activation(const gamlp_pdadmm *net);

/* Rows of `layer`'s output in the scratch matrix of images. */
gamlp_dense gamlp_chain_image(gamlp_pdadmm *net, const gamlp_pd_layer *layer);

/* Forward pass: m = W a, z = m + b, a = f(z), r = 0. */
gamlp_status gamlp_chain_start(gamlp_pdadmm *net);

/* (l2/2) ||W||^2 + Omega(W) of a layer whose W obeys the constraints. */
double gamlp_chain_penalty(const gamlp_pdadmm *net, const gamlp_pd_layer *layer);

/* m and r from scratch, every `refresh` iterations. */
gamlp_status gamlp_chain_refresh(gamlp_pdadmm *net);

/* The step of W for (beta/2) ||W a + b - z||^2 + Omega(W), r being its residual.  What it changes
 * in m is left in the block's image: gamlp_chain_apply_w() carries it to m, r (and B),
 * gamlp_pd_update_b() to m and then sets b. */
gamlp_status gamlp_chain_step_w(gamlp_pdadmm *net, gamlp_pd_layer *layer, double beta);
void gamlp_chain_apply_w(gamlp_pdadmm *net, gamlp_pd_layer *layer);

/* b <- b - net->mean, the row means of r, and r likewise; returns ||b - old b||^2 or not finite. */
gamlp_status gamlp_chain_step_b(gamlp_pdadmm *net, gamlp_pd_layer *layer);

/* Descent of a figure that must not rise, and the least displacement so far.  `previous` is the
 * last iteration's; `comparable`: it may be compared with. */
void gamlp_chain_judge(gamlp_figures *figures, const gamlp_figures *previous, bool comparable);

#endif
