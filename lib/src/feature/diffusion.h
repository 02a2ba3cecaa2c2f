/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Diffusion terms: ppr, heat and katz. */
#ifndef GAMLP_FEATURE_DIFFUSION_H
#define GAMLP_FEATURE_DIFFUSION_H

#include "gamlp/feature.h"

/* F(S) of one term, ready to be applied to any number of panels. */
typedef struct gamlp_diffusion gamlp_diffusion;

/* `adjacency` and `arcs` as in gamlp_feature_input, and they must outlive the diffusion.
 * GAMLP_E_CONFIG when the term is none that can be computed.  Ownership passes to the caller:
 * gamlp_diffusion_free(). */
gamlp_status gamlp_diffusion_new(gamlp_diffusion **diffusion, const gamlp_csr *adjacency,
                                 const gamlp_csr *arcs, const gamlp_term *term);

/* Y <- X F(S)', for a panel of features of all nodes: X and Y are d x nodes, d >= 1, allocated by
 * the caller; X is left as it is. */
gamlp_status gamlp_diffusion_apply(gamlp_dense *y, gamlp_diffusion *diffusion,
                                   const gamlp_dense *x);
void gamlp_diffusion_free(gamlp_diffusion *diffusion);

#endif
