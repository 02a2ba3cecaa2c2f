/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pdADMM-G written out literally and slowly, in double: every product a triple loop, every
 * subproblem evaluated as the paper writes it, proximal weights found by trial.  Only for tests. */
#ifndef GAMLP_TEST_ORACLE_H
#define GAMLP_TEST_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/pdadmm.h"

/* A matrix of doubles, column-major. */
typedef struct omat {
    int64_t rows, cols;
    double *v;
} omat;

omat omat_new(int64_t rows, int64_t cols);
omat omat_from(const gamlp_dense *a);
omat omat_copy(const omat *a);
void omat_free(omat *a);
omat omat_mul(const omat *a, bool ta, const omat *b, bool tb);
double omat_square(const omat *a);

/* to <- from, unless that is empty. */
void omat_take(omat *to, const gamlp_dense *from);

/* Fails when they differ by more than `tolerance` of the largest element, which may be below 0.01.
 */
void omat_compare(const omat *ours, const omat *theirs, double tolerance, int64_t layer,
                  const char *what);

/* b <- b A^-1 by elimination; A is symmetric positive definite, and overwritten. */
void oracle_solve(omat *b, omat *a);

/* f(z), and argmin (z - a)^2 + (q - f(z))^2 + kappa (z - k)^2 with its objective, by trying
 * everywhere. */
double oracle_activation(const gamlp_activation *f, double z);
double oracle_z_value(const gamlp_activation *f, double kappa, double a, double q, double k,
                      double z);
double oracle_zstep(const gamlp_activation *f, double kappa, double a, double q, double k);

enum { ORACLE_LAYERS = 12 };

typedef struct oracle {
    int64_t layers, n;
    double nu, rho, l2;
    bool trial; /* trial loops from step_start, otherwise the exact line search */
    double step_start;
    gamlp_activation f;
    gamlp_quantise quantise;
    const gamlp_levels *levels[ORACLE_LAYERS + 1]; /* borrowed; of p_l, l >= 2, when quantised */
    const int32_t *label;
    omat p[ORACLE_LAYERS + 1], w[ORACLE_LAYERS + 1], b[ORACLE_LAYERS + 1], z[ORACLE_LAYERS + 1];
    omat q[ORACLE_LAYERS + 1], u[ORACLE_LAYERS + 1]; /* index l = 1..L as in the paper */
} oracle;

/* max(x, 0), the cross-entropy of one column, and min over z of it + (nu/2) ||z - a||^2 by many
 * damped Newton steps with a dense solve. */
double oracle_relu(double x);
double oracle_risk(const double *z, int64_t classes, int32_t label);
void oracle_z_last(double *z, const double *a, int64_t classes, int32_t label, double nu);

/* The same with a loss: each column j has the weight of its class among all labels, and a target.
 * The minimum is found by gradient descent, of which there is no simpler method. */
typedef struct oracle_labels {
    gamlp_loss loss;
    const int32_t *label;
    int64_t n;
} oracle_labels;
double oracle_loss(const oracle_labels *labels, int64_t j, const double *z, int64_t classes);
void oracle_loss_gradient(double *g, const oracle_labels *labels, int64_t j, const double *z,
                          int64_t classes);
void oracle_z_loss(double *z, const double *a, const oracle_labels *labels, int64_t j,
                   int64_t classes, double nu);

/* The element of a level set nearest to x, the lower one of two as near. */
double oracle_nearest(const gamlp_levels *levels, double x);

/* Input X (n_0 x N) and weights of `model`; biases of the model; a forward pass sets the rest.
 * With `levels` (of layer l at [l]) p, and q as the options say, are quantised. */
void oracle_init(oracle *o, const gamlp_dense *x, const int32_t *label, const gamlp_model *model,
                 const gamlp_pdadmm_options *options, const gamlp_levels *const *levels);
void oracle_free(oracle *o);

/* The augmented Lagrangian from its definition. */
double oracle_lagrangian(const oracle *o);

/* One line for one layer, and a whole iteration. */
void oracle_p(oracle *o, int64_t l);
void oracle_w(oracle *o, int64_t l);
void oracle_b(oracle *o, int64_t l);
void oracle_z(oracle *o, int64_t l);
void oracle_q(oracle *o, int64_t l);
void oracle_u(oracle *o, int64_t l);
void oracle_iterate(oracle *o);

#endif
