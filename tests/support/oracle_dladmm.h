/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dlADMM written out literally and slowly, in double, from Algorithm 1 of the paper: every product
 * a triple loop, proximal weights by trial or by exact line search.  Only for tests. */
#ifndef GAMLP_TEST_ORACLE_DLADMM_H
#define GAMLP_TEST_ORACLE_DLADMM_H

#include "gamlp/dladmm.h"
#include "oracle.h"

typedef struct dl_oracle {
    int64_t layers, n;
    double nu, rho, l2;
    bool trial, exact;
    double step_start;
    oracle_labels labels;
    omat a[ORACLE_LAYERS + 1], w[ORACLE_LAYERS + 1], b[ORACLE_LAYERS + 1], z[ORACLE_LAYERS + 1];
    omat u; /* a[0] = X; the others from 1 */
} dl_oracle;

/* As oracle_init(). */
void dl_oracle_init(dl_oracle *o, const gamlp_dense *x, const int32_t *label,
                    const gamlp_model *model, const gamlp_dladmm_options *options);
void dl_oracle_free(dl_oracle *o);

/* The augmented Lagrangian from its definition, and the largest |grad R(z_L) + u|. */
double dl_oracle_lagrangian(const dl_oracle *o);
double dl_oracle_lemma_b2(const dl_oracle *o);

void dl_oracle_a(dl_oracle *o, int64_t l);
void dl_oracle_z(dl_oracle *o, int64_t l);
void dl_oracle_b(dl_oracle *o, int64_t l);
void dl_oracle_w(dl_oracle *o, int64_t l);
void dl_oracle_u(dl_oracle *o);
void dl_oracle_iterate(dl_oracle *o);

#endif
