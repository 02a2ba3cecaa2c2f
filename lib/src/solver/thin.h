/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Line 1 for a layer with few neurons, such as the last one, between whose products with W there is
 * as much to do as in them: passes over columns of p, which take the products and sums of the
 * columns in hand with them. */
#ifndef GAMLP_SOLVER_THIN_H
#define GAMLP_SOLVER_THIN_H

#include "solver/block.h"

/* ||x||^2 and ||W x||^2. */
typedef struct gamlp_thin_sums {
    double own, image;
} gamlp_thin_sums;

bool gamlp_thin_serves(const gamlp_pd_layer *layer);

/* g <- nu W'r + g;  W g into the lane's image;  the squares of both. */
gamlp_thin_sums gamlp_thin_gradient(gamlp_pd_layer *layer, double nu);

/* The same for any layer, but W g only where g is not 0. */
gamlp_thin_sums gamlp_pd_gradient(gamlp_pdadmm *block, gamlp_pd_layer *layer);

/* next <- Pi(p - s g);  W d into the lane's image for d = next - p;  the squares of d and W d. */
gamlp_thin_sums gamlp_thin_trial(gamlp_pd_layer *layer, double s);

/* p <- p - s g, and so with m and r. */
void gamlp_thin_move(gamlp_pd_layer *layer, double s);

/* p <- next, and so with m and r. */
void gamlp_thin_take(gamlp_pd_layer *layer);

#endif
