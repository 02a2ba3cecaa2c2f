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

/* m and r from scratch, and whether it is time for it, every `refresh` iterations. */
bool gamlp_chain_refreshes(const gamlp_pdadmm *net);
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

/* What the steps of an iteration did to the Lagrangian, or to F. */
typedef enum gamlp_chain_line {
    GAMLP_CHAIN_A,
    GAMLP_CHAIN_Z,
    GAMLP_CHAIN_B,
    GAMLP_CHAIN_W,
    GAMLP_CHAIN_U,
    GAMLP_CHAIN_LINES
} gamlp_chain_line;

typedef struct gamlp_chain_audit {
    bool on;
    double change[GAMLP_CHAIN_LINES]; /* over all layers and sweeps                     */
    double worst;                     /* the largest rise by a step of a, z, b or W     */
    gamlp_chain_line worst_line;
    int64_t worst_layer;
} gamlp_chain_audit;

void gamlp_chain_audit_begin(gamlp_chain_audit *audit, bool on);
void gamlp_chain_audit_note(gamlp_chain_audit *audit, gamlp_chain_line line, int64_t layer,
                            double change);

/* Which step it was, with a colon before it, when the value rose to `value` and one step alone
 * raised it; else "". */
void gamlp_chain_blame(char *text, size_t size, const gamlp_chain_audit *audit, double value);

/* line_a, line_z, line_b, line_w, and of the methods with a dual variable line_u. */
void gamlp_chain_audit_figures(gamlp_method_figures *figures, const gamlp_chain_audit *audit,
                               bool dual);

#endif
