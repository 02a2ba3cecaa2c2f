/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Line 2 with a regulariser Omega that is not smooth, for explicit weights:
 *
 *   W+ = argmin <G, X - W> + (theta/2) ||X - W||^2 + (l2/2) ||X||^2 + Omega(X),  G = nu r p'
 *
 * with the first theta that is tried for which nu ||D p||^2 <= theta ||D||^2, D = W+ - W: then the
 * Lagrangian falls by (theta + l2)/2 ||D||^2 at least when Omega is convex, and does not rise
 * otherwise.  theta starts somewhat below the one that served last. */
#include <math.h>
#include <string.h>

#include "core/hot.h"
#include "solver/block.h"
#include "solver/kernels.h"
#include "solver/sweep.h"

const gamlp_regulariser *gamlp_pdadmm_omega(const gamlp_pdadmm_options *o, int64_t layer,
                                            int64_t layers) {
    bool first = layer == 1, last = layer == layers;
    bool chosen = o->regularised == GAMLP_REGULARISED_ALL ||
                  (o->regularised == GAMLP_REGULARISED_FIRST && first) ||
                  (o->regularised == GAMLP_REGULARISED_HIDDEN && !last) ||
                  (o->regularised == GAMLP_REGULARISED_LAST && last);
    return chosen && o->omega.kind != GAMLP_OMEGA_NONE ? &o->omega : NULL;
}

const gamlp_regulariser *gamlp_pd_omega(const gamlp_pdadmm *block, int64_t layer) {
    return gamlp_pdadmm_omega(&block->options, layer, block->layers);
}

/* out <- W - s G */
GAMLP_HOT static void try_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                               double *sums) {
    (void)sums;
    for (int64_t i = begin; i < end; i++) k->out[i] = k->a[i] - k->s * k->b[i];
}

/* out <- W+ - W; its square. */
GAMLP_HOT static void move_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                double *sums) {
    for (int64_t i = begin; i < end; i++) k->out[i] = k->a[i] - k->b[i];
    sums[0] += gamlp_sweep_dot(k->out + begin, k->out + begin, end - begin);
}

typedef struct trial {
    gamlp_pdadmm *block;
    gamlp_pd_layer *layer;
    const gamlp_regulariser *omega;
    gamlp_dense gradient, fresh, move, image; /* G, W+, D, D p */
} trial;

/* image <- D p, for G and D. */
static gamlp_status image_of(trial *t, const gamlp_dense *d) {
    return gamlp_pd_apply_input(&t->image, d, t->block, t->layer);
}

/* Where theta starts. */
static gamlp_status first_weight(double *theta, trial *t) {
    static const double lower = 0.7;
    const gamlp_pdadmm_options *o = &t->block->options;
    gamlp_status status = GAMLP_OK;
    *theta = lower * t->layer->figures.theta;
    if (o->step == GAMLP_STEP_BACKTRACK) *theta = o->step_start;
    if (*theta > 0) return GAMLP_OK;
    double gg = gamlp_kernel_square(&t->gradient);
    *theta = o->nu;
    if (gg == 0) return GAMLP_OK;
    GAMLP_TRY(image_of(t, &t->gradient));
    double curvature = o->nu * gamlp_kernel_square(&t->image) / gg;
    if (curvature > 0) *theta = curvature;
done:
    return status;
}

/* W+ and D for this theta; ||D||^2. */
static double propose(trial *t, double theta) {
    const gamlp_pdadmm_options *o = &t->block->options;
    int64_t count = gamlp_sweep_elements(&t->layer->w);
    gamlp_sweep_args step = {.out = t->fresh.data,
                             .a = t->layer->w.data,
                             .b = t->gradient.data,
                             .s = (gamlp_real)(1 / theta)};
    gamlp_sweep_args move = {.out = t->move.data, .a = t->fresh.data, .b = t->layer->w.data};
    double sums[GAMLP_SUMS];
    gamlp_sweep(NULL, try_body, &step, count, 1);
    gamlp_regulariser_prox(&t->fresh, t->omega, o->l2, theta, t->layer->lane->omega_work);
    gamlp_sweep(sums, move_body, &move, count, 1);
    return sums[0];
}

/* The first theta that serves, or D = 0. */
static gamlp_status find_weight(trial *t, double theta) {
    enum { TRIALS = 400 };
    gamlp_layer_figures *f = &t->layer->figures;
    gamlp_status status = GAMLP_OK;
    for (int k = 0; k < TRIALS; k++) {
        f->theta = theta;
        f->dw = propose(t, theta);
        if (f->dw == 0) return GAMLP_OK;
        GAMLP_TRY(image_of(t, &t->move));
        double curvature = t->block->options.nu * gamlp_kernel_square(&t->image) / f->dw;
        if (curvature <= theta) return GAMLP_OK;
        if (!isfinite(curvature)) break;
        theta = t->block->options.step == GAMLP_STEP_BACKTRACK ? 2 * theta
                                                               : fmax(curvature, 1.5 * theta);
    }
    status = gamlp_fail(GAMLP_E_NUMERIC,
                        "iteration %lld, layer %lld: no proximal weight of W is large enough",
                        (long long)t->block->iteration + 1, (long long)t->layer->number);
done:
    return status;
}

/* The square of W, and what the regularisers say of it. */
static void weigh(gamlp_pdadmm *block, gamlp_pd_layer *layer, const gamlp_regulariser *omega) {
    layer->weight_square = gamlp_kernel_square(&layer->w);
    layer->figures.penalty =
        0.5 * block->options.l2 * layer->weight_square + gamlp_regulariser_value(omega, &layer->w);
}

gamlp_status gamlp_pd_update_w_omega(gamlp_pdadmm *block, gamlp_pd_layer *layer,
                                     const gamlp_regulariser *omega) {
    trial t = {block,
               layer,
               omega,
               gamlp_pd_view(&layer->lane->gradient_w, layer->out, layer->in),
               gamlp_pd_view(&layer->lane->omega_fresh, layer->out, layer->in),
               gamlp_pd_view(&layer->lane->omega_move, layer->out, layer->in),
               gamlp_pd_view(&layer->lane->image, layer->out, block->columns)};
    double theta;
    gamlp_status status = GAMLP_OK;
    layer->keep = 1;
    layer->s = 0;
    GAMLP_TRY(gamlp_pd_outer_input(&t.gradient, block->options.nu, block, layer));
    GAMLP_TRY(first_weight(&theta, &t));
    GAMLP_TRY(find_weight(&t, theta));
    GAMLP_TRY(gamlp_pd_check_finite(block, layer, "W", layer->figures.dw));
    if (layer->figures.dw > 0) {
        layer->s = -1; /* the image is D p */
        memcpy(layer->w.data, t.fresh.data, (size_t)(layer->out * layer->in) * sizeof(gamlp_real));
    }
    weigh(block, layer, omega);
done:
    return status;
}

void gamlp_pd_obey(gamlp_pdadmm *block) {
    for (int64_t l = block->first; l <= block->last; l++) {
        gamlp_pd_layer *layer = gamlp_pd_layer_at(block, l);
        const gamlp_regulariser *omega = gamlp_pd_omega(block, l);
        if (omega && gamlp_regulariser_is_constraint(omega))
            gamlp_regulariser_prox(&layer->w, omega, 0, 1, layer->lane->omega_work);
    }
}
