/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of Algorithm 1, one layer at a time.
 *
 * Departures from the paper, each an equality or an improvement of it:
 *  - p and W: phi(x + d) <= U(x + d; t) is Q(d) <= t ||d||^2, so for d = -g/t
 *    the smallest admissible t is Q(g)/||g||^2; no trial loop.
 *  - W p is carried along: four products per layer and iteration; where N is small against the
 *    widths, two of them go through p'p, which is cheaper.
 *  - b: the exact minimiser, the row mean, instead of a step of it.
 *  - L2 is a proximal step: with g = grad phi + l2 W, W <- W - g/(theta + l2).
 *  - z_L: Newton to rounding instead of FISTA (which is selectable). */
#include <float.h>
#include <math.h>

#include "matrix/blas.h"
#include "solver/block.h"
#include "solver/kernels.h"
#include "solver/thin.h"

gamlp_dense gamlp_pd_view(const gamlp_dense *scratch, int64_t rows, int64_t cols) {
    return (gamlp_dense){rows, cols, scratch->data, true};
}

gamlp_status gamlp_pd_check_finite(const gamlp_pdadmm *block, const gamlp_pd_layer *layer,
                                   const char *what, double value) {
    if (isfinite(value)) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_NUMERIC,
                      "iteration %lld, layer %lld: the update of %s is not finite (it diverges)",
                      (long long)block->iteration + 1, (long long)layer->number, what);
}

double gamlp_pd_weight(const gamlp_pdadmm_options *options, double curvature) {
    static const double least = 1e-30;
    if (options->step == GAMLP_STEP_EXACT) return curvature > least ? curvature : least;
    double t = options->step_start;
    while (t < curvature) t *= 2;
    return t;
}

/* theta for G with these ||G||^2 and ||G p||^2; 0, for no step, where p is so small that the
 * squares of G p are lost in storage (a dead input of layer l), and theta with them. */
static double weight_of_w(const gamlp_pdadmm_options *o, double gg, double image) {
    static const double least = 1e3 * (sizeof(gamlp_real) == sizeof(double) ? DBL_MIN : FLT_MIN);
    if (gg <= 0 || (o->l2 == 0 && image < least)) return 0;
    return gamlp_pd_weight(o, o->nu * image / gg);
}

void gamlp_pd_couple(gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    const gamlp_pd_layer *below =
        layer->number > block->first ? gamlp_pd_layer_at(block, layer->number - 1) : NULL;
    gamlp_kernel_couple(&layer->g, below ? &below->u : &block->below_u, &layer->p,
                        below ? &below->q : &block->below_q, (gamlp_real)block->options.rho);
}

gamlp_thin_sums gamlp_pd_gradient(gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    gamlp_dense image = gamlp_pd_view(&layer->lane->image, layer->out, block->columns);
    gamlp_thin_sums sums = {0};
    if (gamlp_thin_serves(layer)) return gamlp_thin_gradient(layer, block->options.nu);
    gamlp_blas_multiply(&layer->g, (gamlp_real)block->options.nu, GAMLP_TRANSPOSED, &layer->w,
                        GAMLP_PLAIN, &layer->r, 1);
    sums.own = gamlp_kernel_square(&layer->g);
    if (sums.own == 0) return sums;
    gamlp_blas_multiply(&image, 1, GAMLP_PLAIN, &layer->w, GAMLP_PLAIN, &layer->g, 0);
    sums.image = gamlp_kernel_square(&image);
    return sums;
}

static void move_p(gamlp_pdadmm *block, gamlp_pd_layer *layer, double s) {
    gamlp_dense image = gamlp_pd_view(&layer->lane->image, layer->out, block->columns);
    if (gamlp_thin_serves(layer)) {
        gamlp_thin_move(layer, s);
        return;
    }
    gamlp_kernel_step(&layer->p, (gamlp_real)s, &layer->g);
    gamlp_kernel_step_residual(&layer->m, &layer->r, (gamlp_real)s, &image, &layer->b, &layer->z);
}

/* Line 1: g = nu W'(W p + b - z) + u_{l-1} + rho (p - q_{l-1});  p <- p - g/tau.
 * The last two terms stand in g already. */
gamlp_status gamlp_pd_update_p(gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    const gamlp_pdadmm_options *o = &block->options;
    gamlp_layer_figures *f = &layer->figures;
    gamlp_thin_sums g = gamlp_pd_gradient(block, layer);
    f->tau = f->dp = 0;
    if (g.own == 0) return GAMLP_OK;
    f->tau = gamlp_pd_weight(o, o->rho + o->nu * g.image / g.own);
    f->dp = g.own / (f->tau * f->tau);
    move_p(block, layer, 1 / f->tau);
    return gamlp_pd_check_finite(block, layer, "p", f->dp);
}

gamlp_status gamlp_pd_outer_input(gamlp_dense *g, double alpha, const gamlp_pdadmm *block,
                                  const gamlp_pd_layer *layer) {
    if (layer->number == 1)
        return gamlp_stack_multiply_transposed(g, (gamlp_real)alpha, &layer->r, block->problem->x,
                                               0);
    gamlp_blas_multiply(g, (gamlp_real)alpha, GAMLP_PLAIN, &layer->r, GAMLP_TRANSPOSED, &layer->p,
                        0);
    return GAMLP_OK;
}

gamlp_status gamlp_pd_apply_input(gamlp_dense *out, const gamlp_dense *w, const gamlp_pdadmm *block,
                                  const gamlp_pd_layer *layer) {
    if (layer->number == 1) return gamlp_stack_multiply(out, w, block->problem->x);
    gamlp_blas_multiply(out, 1, GAMLP_PLAIN, w, GAMLP_PLAIN, &layer->p, 0);
    return GAMLP_OK;
}

gamlp_status gamlp_pd_step_explicit(gamlp_pdadmm *block, gamlp_pd_layer *layer,
                                    const gamlp_dense *g, double gg, const gamlp_dense *image) {
    const gamlp_pdadmm_options *o = &block->options;
    gamlp_layer_figures *f = &layer->figures;
    f->theta = f->dw = layer->s = 0;
    f->penalty = 0.5 * o->l2 * layer->weight_square;
    layer->keep = 1;
    if (gg == 0) return GAMLP_OK;
    f->theta = weight_of_w(o, gg, gamlp_kernel_square(image));
    if (f->theta == 0) return GAMLP_OK;
    layer->s = 1 / (f->theta + o->l2);
    f->dw = layer->s * layer->s * gg;
    layer->weight_square = gamlp_kernel_step(&layer->w, (gamlp_real)layer->s, g);
    f->penalty = 0.5 * o->l2 * layer->weight_square;
    return gamlp_pd_check_finite(block, layer, "W", f->dw);
}

/* Line 2 for explicit weights: G = nu (W p + b - z) p' + l2 W;  W <- W - G/(theta + l2). */
static gamlp_status update_w_explicit(gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    const gamlp_pdadmm_options *o = &block->options;
    gamlp_dense g = gamlp_pd_view(&layer->lane->gradient_w, layer->out, layer->in);
    gamlp_dense image = gamlp_pd_view(&layer->lane->image, layer->out, block->columns);
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_pd_outer_input(&g, o->nu, block, layer));
    double gg = gamlp_kernel_w_gradient(&g, (gamlp_real)o->l2, &layer->w);
    if (gg != 0) GAMLP_TRY(gamlp_pd_apply_input(&image, &g, block, layer));
    status = gamlp_pd_step_explicit(block, layer, &g, gg, &image);
done:
    return status;
}

/* X'X for layer 1, p'p above it. */
static const gamlp_dense *gram_of(gamlp_pdadmm *block, const gamlp_pd_layer *layer) {
    if (layer->number == 1) return &block->problem->gram;
    gamlp_blas_gram(&layer->lane->cross, &layer->p);
    return &layer->lane->cross;
}

/* What the length of the step needs: ||G||^2, ||G p||^2, <G, W>, ||W||^2. */
typedef struct gram_lengths {
    double gg, image, gw, ww;
} gram_lengths;

/* ||G||^2 as a sum of three products loses all digits where nu r p' and l2 W cancel. */
static bool cancels(const gram_lengths *g, double nu_tr, double l2_ww) {
    static const double digits = sizeof(gamlp_real) == sizeof(double) ? 1e-6 : 1e-2;
    return g->gg <= digits * (nu_tr + l2_ww);
}

/* The same for layer 1 without cancellation, with E = nu r + l2 B and D = G X = nu T + l2 M:
 *   G = E X' + l2 a W^0,  ||G||^2 = <E, D> + l2 a <E, W^0 X> + l2^2 a^2 ||W^0||^2. */
static gram_lengths lengths_of_input(const gamlp_pdadmm *block, const gamlp_input_sums *sums) {
    const gamlp_pdadmm_options *o = &block->options;
    const gamlp_pd_input *input = &block->input;
    double la = o->l2 * input->a;
    gram_lengths g = {.gg = sums->ed + la * sums->e_base + la * la * input->base_square,
                      .image = sums->image,
                      .ww = input->a * input->a * input->base_square + input->a * sums->b_base +
                            sums->bm};
    g.gw = o->nu * sums->rm + o->l2 * g.ww;
    return g;
}

static gram_lengths measure_input(const gamlp_pdadmm *block, const gamlp_pd_layer *layer,
                                  const gamlp_dense *image) {
    const gamlp_pdadmm_options *o = &block->options;
    const gamlp_pd_input *input = &block->input;
    gamlp_input_sums sums = gamlp_kernel_input(image, &layer->r, &layer->m, &input->b, &input->base,
                                               (gamlp_real)o->nu, (gamlp_real)o->l2);
    return lengths_of_input(block, &sums);
}

static gram_lengths measure(const gamlp_pdadmm *block, const gamlp_pd_layer *layer,
                            const gamlp_dense *image, bool *reliable) {
    const gamlp_pdadmm_options *o = &block->options;
    *reliable = true;
    if (layer->number == 1 && o->l2 > 0) return measure_input(block, layer, image);
    gamlp_gram_sums sums =
        gamlp_kernel_gram(image, &layer->r, &layer->m, (gamlp_real)o->nu, (gamlp_real)o->l2);
    double ww = layer->weight_square, nu_tr = o->nu * o->nu * sums.tr, l2_ww = o->l2 * o->l2 * ww;
    gram_lengths g = {.gg = nu_tr + 2 * o->nu * o->l2 * sums.rm + l2_ww,
                      .image = sums.image,
                      .gw = o->nu * sums.rm + o->l2 * ww,
                      .ww = ww};
    *reliable = o->l2 == 0 || !cancels(&g, nu_tr, l2_ww);
    return g;
}

/* Line 2 through K = p'p, with r = W p + b - z, T = r K and M = W p:
 *   G        = nu r p' + l2 W
 *   G p      = nu T + l2 M
 *   ||G||^2  = nu^2 <T, r> + 2 nu l2 <r, M> + l2^2 ||W||^2
 *   <G, W>   = nu <r, M> + l2 ||W||^2
 * so that the step s = 1/(theta + l2) needs no G:
 *   W <- (1 - s l2) W - s nu r p',  M <- (1 - s l2) M - s nu T,
 * and in layer 1, W_1 = a W_1^0 + B X',  a <- (1 - s l2) a,  B <- (1 - s l2) B - s nu r. */
static gamlp_status take_step(gamlp_pdadmm *block, gamlp_pd_layer *layer, const gram_lengths *g) {
    const gamlp_pdadmm_options *o = &block->options;
    gamlp_layer_figures *f = &layer->figures;
    f->theta = f->dw = layer->s = 0;
    f->penalty = 0.5 * o->l2 * g->ww;
    layer->keep = 1;
    f->theta = weight_of_w(o, g->gg, g->image);
    if (f->theta == 0) return GAMLP_OK;
    double s = 1 / (f->theta + o->l2);
    f->dw = s * s * g->gg;
    layer->s = s * o->nu;
    layer->keep = 1 - s * o->l2;
    if (layer->number == 1)
        block->input.a *= layer->keep;
    else
        gamlp_blas_multiply(&layer->w, (gamlp_real)-layer->s, GAMLP_PLAIN, &layer->r,
                            GAMLP_TRANSPOSED, &layer->p, (gamlp_real)layer->keep);
    layer->weight_square = fmax(g->ww - 2 * s * g->gw + f->dw, 0);
    f->penalty = 0.5 * o->l2 * layer->weight_square;
    return gamlp_pd_check_finite(block, layer, "W", f->dw);
}

gamlp_status gamlp_pd_step_input(gamlp_pdadmm *block, gamlp_pd_layer *layer,
                                 const gamlp_input_sums *sums) {
    gram_lengths g = lengths_of_input(block, sums);
    return take_step(block, layer, &g);
}

static gamlp_status update_w_gram(gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    gamlp_dense image = gamlp_pd_view(&layer->lane->image, layer->out, block->columns);
    bool reliable;
    gamlp_blas_multiply(&image, 1, GAMLP_PLAIN, &layer->r, GAMLP_PLAIN, gram_of(block, layer), 0);
    gram_lengths g = measure(block, layer, &image, &reliable);
    if (!reliable) {
        layer->explicit_left = block->options.refresh;
        return update_w_explicit(block, layer);
    }
    return take_step(block, layer, &g);
}

/* Where ||G||^2 cancelled, G itself is formed for some iterations. */
gamlp_status gamlp_pd_update_w(gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    const gamlp_regulariser *omega = gamlp_pd_omega(block, layer->number);
    if (omega) return gamlp_pd_update_w_omega(block, layer, omega);
    if (gamlp_pd_is_exact(block, layer)) return gamlp_pd_update_w_exact(block, layer);
    if (layer->explicit_left > 0)
        layer->explicit_left--;
    else if (gamlp_pd_steps_by_gram(block, layer))
        return update_w_gram(block, layer);
    return update_w_explicit(block, layer);
}

/* Line 3: b <- row means of z - W p, after the step of W has been carried to W p (and to B). */
gamlp_status gamlp_pd_update_b(gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    gamlp_dense image = gamlp_pd_view(&layer->lane->image, layer->out, block->columns);
    if (gamlp_pd_is_gram(block, layer))
        gamlp_kernel_gram_step(&layer->m, &block->input.b, layer->lane->mean, layer->lane->row_work,
                               (gamlp_real)layer->keep, (gamlp_real)layer->s, &image, &layer->r,
                               &layer->z);
    else
        gamlp_kernel_step_bias(&layer->m, layer->lane->mean, layer->lane->row_work,
                               (gamlp_real)layer->keep, (gamlp_real)layer->s, &image, &layer->z);
    double db = 0;
    for (int64_t i = 0; i < layer->out; i++) {
        double d = layer->lane->mean[i] - (double)layer->b.data[i];
        db += d * d;
        layer->b.data[i] = (gamlp_real)layer->lane->mean[i];
    }
    layer->figures.db = db;
    return gamlp_pd_check_finite(block, layer, "b", db);
}

/* Line 4 for the last layer, a convex problem per column. */
static gamlp_status update_z_last(gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    gamlp_layer_figures *f = &layer->figures;
    bool newton = block->options.last == GAMLP_LAST_NEWTON;
    gamlp_last_sums sums = (newton ? gamlp_last_newton : gamlp_last_fista)(
        &layer->z, &layer->r, &block->last_solve, &layer->m, &layer->b, block->problem->label,
        block->options.nu);
    f->risk = sums.risk;
    f->fit = sums.fit;
    f->dz = sums.dz;
    return gamlp_pd_check_finite(block, layer, "z", f->fit + f->dz + f->risk);
}

/* Lines 4 to 6.  Line 4 does not need p_{l+1}; one pass over memory does all three. */
gamlp_status gamlp_pd_update_zqu(gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    const gamlp_pdadmm_options *o = &block->options;
    gamlp_layer_figures *f = &layer->figures;
    if (layer->number == block->layers) return update_z_last(block, layer);
    gamlp_pd_layer *above =
        layer->number < block->last ? gamlp_pd_layer_at(block, layer->number + 1) : NULL;
    gamlp_zqu_state state = {&layer->z, &layer->r, &layer->q, &layer->u,
                             above ? &above->g : &block->spare};
    const gamlp_levels *levels = NULL;
    if (o->quantise == GAMLP_QUANTISE_PQ) levels = above ? &above->levels : &block->above_levels;
    const gamlp_dense *p = above ? &above->p : &block->above_p;
    bool relaxed = gamlp_pd_is_relaxed(o);
    gamlp_dense other = relaxed ? gamlp_pd_relax(layer, p, o->relax) : *p;
    gamlp_zqu_sums sums = gamlp_kernel_zqu(state, &o->activation, &layer->m, &layer->b, &other,
                                           levels, (gamlp_real)o->nu, (gamlp_real)o->rho);
    if (relaxed) gamlp_pd_unrelax(&sums, state, &other, p, o->rho);
    f->fit = sums.fit;
    f->dz = sums.dz;
    f->activation = sums.activation;
    f->residual = sums.residual;
    f->dual = sums.dual;
    f->dq = sums.dq;
    f->du = sums.du;
    f->lemma4 = sums.lemma4;
    f->lemma4_scale = o->nu * sums.q_max;
    return gamlp_pd_check_finite(block, layer, "z, q and u",
                                 f->fit + f->dz + f->activation + f->residual);
}
