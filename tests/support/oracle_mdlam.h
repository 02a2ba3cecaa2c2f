/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mDLAM written out literally and slowly, in double, from Algorithm 2 of the paper: every product a
 * triple loop, every safeguard a comparison of two whole objectives.  Only for tests. */
#ifndef GAMLP_TEST_ORACLE_MDLAM_H
#define GAMLP_TEST_ORACLE_MDLAM_H

#include "gamlp/mdlam.h"
#include "oracle.h"

typedef struct ml_oracle {
    int64_t layers, n, iteration, redone;
    double rho, l2, epsilon, s;
    bool trial, momentum;
    double step_start;
    oracle_labels labels;
    gamlp_activation f;
    omat a[ORACLE_LAYERS + 1], w[ORACLE_LAYERS + 1], b[ORACLE_LAYERS + 1], z[ORACLE_LAYERS + 1];
    omat a_before[ORACLE_LAYERS + 1], w_before[ORACLE_LAYERS + 1]; /* an iteration ago */
} ml_oracle;

/* As oracle_init(); epsilon is that of the options for all iterations. */
void ml_oracle_init(ml_oracle *o, const gamlp_dense *x, const int32_t *label,
                    const gamlp_model *model, const gamlp_mdlam_options *options);
void ml_oracle_free(ml_oracle *o);

/* F without its constraints, and the largest |a_l - f(z_l)|. */
double ml_oracle_objective(const ml_oracle *o);
double ml_oracle_gap(const ml_oracle *o);

void ml_oracle_iterate(ml_oracle *o);

#endif
