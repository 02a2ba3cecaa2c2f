/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A net of two layers, the first one in Gram form, whose hidden neurons are stored in slabs: what
 * dlADMM and mDLAM have in common when they train it.  Between two layers that are thin (few
 * columns, few classes) steps cost as much as products, and all that couples neurons is the layer
 * above: sums, and images W_2 x. */
#ifndef GAMLP_SOLVER_PAIR_H
#define GAMLP_SOLVER_PAIR_H

#include "model/activate.h"
#include "solver/chain.h"
#include "solver/kernels.h"
#include "solver/slabs.h"

typedef struct gamlp_pair {
    bool serves;  /* the net is such a one                     */
    bool current; /* the slabs hold the state, not the net     */
    gamlp_pdadmm *net;
    gamlp_pd_layer *layer, *above;
    gamlp_slabs slabs;
    gamlp_real *block;             /* of the matrices that follow, which may change places */
    gamlp_real *m, *z, *a, *big_b; /* W_1 X, z_1, a_1 and B                               */
    gamlp_real *b;                 /* of layer 1                                          */
    gamlp_real *base;              /* W_1^0 X                                             */
    gamlp_real *t, *g;             /* r K and the gradient of a, of no meaning afterwards */
} gamlp_pair;

/* `pair` does not serve when the net is of another kind. */
gamlp_status gamlp_pair_init(gamlp_pair *pair, gamlp_pdadmm *net);
void gamlp_pair_clear(gamlp_pair *pair);

/* Take the state from the net before an iteration. */
void gamlp_pair_take(gamlp_pair *pair);

/* Bring the net's own matrices up to date: what its scores and weights need, or all. */
void gamlp_pair_publish_weights(const gamlp_pair *pair);
void gamlp_pair_publish(const gamlp_pair *pair);

/* Publish, and let the net change. */
void gamlp_pair_leave(gamlp_pair *pair);

/* Functions of a gamlp_method whose net begins with a gamlp_pair, of two layers or not. */
gamlp_status gamlp_pair_load(void *net, const gamlp_model *model);
gamlp_status gamlp_pair_score(gamlp_score *score, void *net, int64_t index);
void gamlp_pair_keep(void *net);
gamlp_status gamlp_pair_restore(void *net);
gamlp_status gamlp_pair_to_model(gamlp_model *model, const void *net);

/* In a pass: t <- r K;  g <- scale W_2' r_2;  image <- W x of a slab, whose r and x these are. */
void gamlp_pair_gram(const gamlp_pair *pair, const gamlp_slab *slab, const gamlp_real *r);
void gamlp_pair_pull(const gamlp_pair *pair, const gamlp_slab *slab, double scale,
                     const gamlp_dense *r);
void gamlp_pair_push(gamlp_real *image, const gamlp_slab *slab, const gamlp_dense *w,
                     const gamlp_real *x);

/* image <- W a for a W of the shape of W_2. */
void gamlp_pair_image(gamlp_dense *image, gamlp_pair *pair, const gamlp_dense *w);

/* The step of W_2 for (beta/2) ||W_2 a + b - z||^2, as gamlp_chain_step_w(). */
gamlp_status gamlp_pair_step_w(gamlp_pair *pair, double beta);

/* f(z) of a strip, for another f than ReLU. */
static inline void gamlp_pair_apply(gamlp_real *value, const gamlp_activation *f,
                                    const gamlp_real *z, int64_t n) {
    for (int64_t i = 0; i < n; i++) value[i] = (gamlp_real)gamlp_activation_value(f, (double)z[i]);
}

/* b <- b + total / cols; ||b - old b||^2. */
static inline double gamlp_pair_move_bias(gamlp_real *b, const double *total,
                                          const gamlp_slab *slab) {
    double db = 0;
    for (int64_t i = 0; i < slab->rows; i++) {
        gamlp_real fresh = (gamlp_real)((double)b[i] + total[i] / (double)slab->cols);
        double d = (double)fresh - (double)b[i];
        db += d * d;
        b[i] = fresh;
    }
    return db;
}

#endif
