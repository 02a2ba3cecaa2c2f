/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a linear model, shared by its files.  A matrix of the shape of W is represented by
 * V (C x N) with W = V X' where the problem has a Gram matrix, else by itself. */
#ifndef GAMLP_SOLVER_LINEAR_MODEL_H
#define GAMLP_SOLVER_LINEAR_MODEL_H

#include "gamlp/linear.h"
#include "solver/backward.h"
#include "solver/input.h"

/* (W, b) or a direction in their space, with W X. */
typedef struct gamlp_affine {
    gamlp_dense w;     /* represented, see above */
    gamlp_dense image; /* W X, C x N             */
    gamlp_dense b;     /* C x 1                  */
} gamlp_affine;

struct gamlp_linear {
    const gamlp_problem *problem;
    gamlp_linear_options options;
    int64_t classes, columns, features;
    bool gram;
    gamlp_input input; /* with gram: its B is at.w */
    gamlp_affine at;
    gamlp_dense kept_w, kept_b;
    gamlp_affine g, p, h; /* gradient or residual, direction, its image under the Hessian */
    gamlp_affine step;    /* of Newton's method                                          */
    gamlp_dense d, t, v;  /* C x N: dR/dz; scratch                                       */
    gamlp_dense forward;
    gamlp_row_sums sums;
    double *factor, *square, *rhs; /* of ridge regression: n x n, n x n, n x C */
    int64_t watched;
    bool kept;
    gamlp_linear_figures figures;
};

/* z <- W X + b 1'. */
void gamlp_affine_apply(gamlp_dense *z, const gamlp_affine *a);

/* a.image <- W X. */
gamlp_status gamlp_affine_refresh(gamlp_affine *a, const gamlp_linear *linear);

/* g <- (D X' + l2 W, row sums of D) with its image where that is cheap (with gram). */
gamlp_status gamlp_affine_adjoint(gamlp_affine *g, gamlp_linear *linear, const gamlp_dense *d,
                                  double l2, const gamlp_affine *at);

/* <a, b> of the weights; b's image is up to date with gram. */
double gamlp_affine_dot(const gamlp_linear *linear, const gamlp_affine *a, const gamlp_affine *b);

/* The same of the biases. */
double gamlp_affine_dot_bias(const gamlp_affine *a, const gamlp_affine *b);

gamlp_status gamlp_ridge_init(gamlp_linear *linear);
gamlp_status gamlp_ridge_solve(gamlp_linear *linear, double l2);
gamlp_status gamlp_logistic_solve(gamlp_linear *linear, double l2);

#endif
