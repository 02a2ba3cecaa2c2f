/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the tolerance of mDLAM shrinks.  A narrower one leaves a_l outside of its bounds, so that F
 * is infinite until a_l is projected, and the finite part of F may then be higher than before: F is
 * known not to rise within a stage of one epsilon only.  GAMLP_SHRINK_SAFE projects when the finite
 * part does not rise either. */
#include <math.h>

#include "matrix/blas.h"
#include "solver/mdlam.h"
#include "solver/mdlam_kernels.h"

/* Where projecting was in vain it is tried again after so many iterations. */
enum { PATIENCE = 10 };

static double widest(const gamlp_mdlam *d) {
    double gap = 0;
    for (int64_t l = 1; l < d->net->layers; l++) gap = fmax(gap, d->layer[l - 1].gap);
    return gap;
}

/* The displacement of a_l into the bounds of `epsilon`, and in delta what it adds to W_{l+1} a_l;
 * *rise is what it adds to F. */
static void project(double *rise, gamlp_dense *delta, gamlp_mdlam *d, gamlp_pd_layer *above,
                    double epsilon) {
    gamlp_pdadmm *net = d->net;
    gamlp_dense f = gamlp_ml_in(&d->f, net, above), step = gamlp_ml_in(&d->step, net, above);
    gamlp_dense image = gamlp_chain_image(net, above);
    double clipped;
    *delta = gamlp_ml_out(&d->pull, net, above);
    gamlp_activation_apply(&f, gamlp_chain_activation(net),
                           &gamlp_pd_layer_at(net, above->number - 1)->z);
    gamlp_ml_trial(&clipped, &step, &above->p, 0, &above->g, &f, (gamlp_real)epsilon);
    gamlp_blas_multiply(&image, 1, GAMLP_PLAIN, &above->w, GAMLP_PLAIN, &step, 0);
    *rise = 0.5 * d->options.rho * gamlp_ml_rise(delta, NULL, 1, &above->m, -1, &image, &above->r);
}

static double rise_of(gamlp_mdlam *d, double epsilon) {
    gamlp_dense delta;
    double sum = 0, rise;
    for (int64_t l = 1; l < d->net->layers; l++) {
        project(&rise, &delta, d, gamlp_pd_layer_at(d->net, l + 1), epsilon);
        sum += rise;
    }
    return sum;
}

static void project_all(gamlp_mdlam *d, double epsilon) {
    gamlp_dense delta;
    double rise;
    for (int64_t l = 1; l < d->net->layers; l++) {
        gamlp_pd_layer *above = gamlp_pd_layer_at(d->net, l + 1);
        project(&rise, &delta, d, above, epsilon);
        gamlp_dense f = gamlp_ml_in(&d->f, d->net, above);
        gamlp_ml_add(&above->m, &above->r, &delta);
        d->layer[l - 1].gap =
            gamlp_ml_move(&above->p, 0, &above->g, &f, (gamlp_real)epsilon, &above->p).gap;
    }
}

gamlp_status gamlp_ml_shrink(gamlp_mdlam *d) {
    double next = fmax(d->epsilon / 2, d->options.epsilon_min);
    if (next >= d->epsilon) return GAMLP_OK;
    if (widest(d) > next) {
        bool safe = d->options.shrink == GAMLP_SHRINK_SAFE;
        if (safe && d->patience-- > 0) return GAMLP_OK;
        d->patience = PATIENCE;
        gamlp_pair_publish(&d->pair);
        if (safe && !(rise_of(d, next) <= 0)) return GAMLP_OK;
        d->pair.current = false;
        project_all(d, next);
        d->comparable = d->comparable && safe;
    }
    d->epsilon = next;
    return GAMLP_OK;
}
