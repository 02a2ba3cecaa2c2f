/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of b, z and a in mDLAM.
 *
 * Departures from the paper, each an equality or an improvement of it:
 *  - b is the exact mean instead of a column of W.
 *  - the majoriser of z_l has constant rho and is exact, so that extrapolating z changes nothing:
 *    z_l = W_l a_{l-1} + b_l clipped to the bounds.
 *  - a: the trial weight starts from Q(g) / ||g||^2, the exact one where no bound holds, and
 * doubles until rho ||W d||^2 <= tau ||d||^2 for the clipped displacement d. */
#include <string.h>

#include "matrix/blas.h"
#include "solver/chain_kernels.h"
#include "solver/kernels.h"
#include "solver/mdlam.h"
#include "solver/mdlam_kernels.h"

gamlp_dense gamlp_ml_out(const gamlp_dense *scratch, const gamlp_pdadmm *net,
                         const gamlp_pd_layer *layer) {
    return gamlp_pd_view(scratch, layer->out, net->columns);
}

gamlp_dense gamlp_ml_in(const gamlp_dense *scratch, const gamlp_pdadmm *net,
                        const gamlp_pd_layer *layer) {
    return gamlp_pd_view(scratch, layer->in, net->columns);
}

gamlp_status gamlp_ml_update_b(gamlp_mdlam *d, int64_t l) {
    gamlp_pd_layer *layer = gamlp_pd_layer_at(d->net, l);
    if (d->pair.current && l == 1) return GAMLP_OK; /* with z */
    gamlp_chain_mean(layer->lane->mean, layer->lane->row_work, &layer->r);
    gamlp_status status = gamlp_chain_step_b(d->net, layer);
    d->moved += layer->figures.db;
    return status;
}

/* z_L <- argmin R(z) + (rho/2) ||z - W_L a_{L-1} - b_L||^2 */
static gamlp_status update_z_last(gamlp_mdlam *d, gamlp_pd_layer *layer) {
    gamlp_pdadmm *net = d->net;
    gamlp_layer_figures *f = &layer->figures;
    bool newton = d->options.last == GAMLP_LAST_NEWTON;
    gamlp_last_sums sums = (newton ? gamlp_last_newton : gamlp_last_fista)(
        &layer->z, &layer->r, &net->last_solve, &layer->m, &layer->b, net->problem->label,
        d->options.rho);
    f->risk = sums.risk;
    f->fit = sums.fit;
    f->dz = sums.dz;
    d->moved += f->dz;
    return gamlp_pd_check_finite(net, layer, "z", f->risk + f->fit + f->dz);
}

gamlp_status gamlp_ml_update_z(gamlp_mdlam *d, int64_t l) {
    gamlp_pdadmm *net = d->net;
    gamlp_pd_layer *layer = gamlp_pd_layer_at(net, l);
    gamlp_layer_figures *f = &layer->figures;
    if (l == net->layers) return update_z_last(d, layer);
    if (d->pair.current) return gamlp_ml_pair_update_z(d);
    gamlp_ml_sums sums =
        gamlp_ml_z(&layer->z, &layer->r, &layer->m, &layer->b, &gamlp_pd_layer_at(net, l + 1)->p,
                   gamlp_chain_activation(net), (gamlp_real)d->epsilon);
    f->fit = sums.fit;
    f->dz = sums.dz;
    d->moved += f->dz;
    return gamlp_pd_check_finite(net, layer, "z", f->fit + f->dz);
}

/* A step of a_l, the input of the layer above, and matrices of the shapes it needs. */
typedef struct a_step {
    gamlp_pd_layer *above;
    gamlp_dense *before;    /* a_l an iteration ago                                   */
    gamlp_dense f;          /* f(z_l)                                                 */
    gamlp_dense d, image;   /* displacement from where the step starts, and W d       */
    gamlp_dense delta, bar; /* what is added to W a; W a + b - z at the start of it   */
    bool pulled;            /* it starts from the extrapolated point                  */
    double tau;
    gamlp_ml_moved moved;
} a_step;

static void swap(gamlp_dense *a, gamlp_dense *b) {
    gamlp_real *data = a->data;
    a->data = b->data;
    b->data = data;
}

static void copy(gamlp_dense *out, const gamlp_dense *in) {
    memcpy(out->data, in->data, (size_t)(in->rows * in->cols) * sizeof *in->data);
}

/* Where tau starts: at Q(g)/||g||^2, with W g in step->image, or where the papers start it. */
static double first_weight(gamlp_mdlam *d, a_step *step, double gg) {
    const gamlp_pd_layer *above = step->above;
    if (d->options.step == GAMLP_STEP_BACKTRACK) return d->options.step_start;
    gamlp_blas_multiply(&step->image, 1, GAMLP_PLAIN, &above->w, GAMLP_PLAIN, &above->g, 0);
    return gamlp_pd_weight(&d->net->options,
                           d->options.rho * gamlp_kernel_square(&step->image) / gg);
}

/* The first tau that serves for the clipped displacement d along g, with W d in step->image. */
static gamlp_status find_weight(gamlp_mdlam *d, a_step *step, double gg) {
    enum { TRIALS = 256 }; /* beyond them tau leaves the range of double */
    const gamlp_pd_layer *above = step->above;
    bool exact = d->options.step == GAMLP_STEP_EXACT;
    double clipped;
    step->tau = first_weight(d, step, gg);
    for (int i = 0; i < TRIALS; i++, step->tau *= 2) {
        gamlp_real s = (gamlp_real)(1 / step->tau);
        double dd = gamlp_ml_trial(&clipped, &step->d, &above->p, s, &above->g, &step->f,
                                   (gamlp_real)d->epsilon);
        if (exact && i == 0 && clipped == 0) { /* d = -g/tau, whose image is known */
            gamlp_kernel_scale_copy(&step->image, -s, &step->image);
            return GAMLP_OK;
        }
        gamlp_blas_multiply(&step->image, 1, GAMLP_PLAIN, &above->w, GAMLP_PLAIN, &step->d, 0);
        if (d->options.rho * gamlp_kernel_square(&step->image) <= step->tau * dd) return GAMLP_OK;
    }
    return gamlp_fail(GAMLP_E_NUMERIC,
                      "iteration %lld, layer %lld: no proximal weight of a is large enough",
                      (long long)d->net->iteration + 1, (long long)above->number - 1);
}

static void move(const gamlp_mdlam *d, a_step *step, gamlp_real s) {
    step->moved = gamlp_ml_move(&step->above->p, s, &step->above->g, &step->f,
                                (gamlp_real)d->epsilon, step->before);
}

/* g = rho W'(W a + b - z), r being that residual;  a <- clip(a - g/tau) if that lowers F. */
static gamlp_status try_a(bool *lowered, gamlp_mdlam *d, a_step *step, const gamlp_dense *r) {
    gamlp_pd_layer *above = step->above, *layer = gamlp_pd_layer_at(d->net, above->number - 1);
    double rho = d->options.rho;
    gamlp_status status = GAMLP_OK;
    *lowered = false;
    gamlp_blas_multiply(&above->g, (gamlp_real)rho, GAMLP_TRANSPOSED, &above->w, GAMLP_PLAIN, r, 0);
    double gg = gamlp_kernel_square(&above->g);
    GAMLP_TRY(gamlp_pd_check_finite(d->net, layer, "a", gg));
    if (gg == 0) return GAMLP_OK;
    GAMLP_TRY(find_weight(d, step, gg));
    double rise = gamlp_ml_rise(&step->delta, step->pulled ? &step->delta : NULL, 1, &above->m, -1,
                                &step->image, &above->r);
    GAMLP_TRY(gamlp_pd_check_finite(d->net, layer, "a", rise));
    *lowered = rise < 0;
    if (!*lowered) return GAMLP_OK;
    move(d, step, (gamlp_real)(1 / step->tau));
    gamlp_ml_add(&above->m, &above->r, &step->delta);
done:
    return status;
}

/* a <- a + omega (a - a'), the old one becoming a'. */
static void extrapolate(gamlp_mdlam *d, a_step *step) {
    gamlp_pd_layer *above = step->above;
    gamlp_ml_extrapolate(step->before, &step->d, &above->p, (gamlp_real)d->omega);
    swap(&above->p, step->before);
    gamlp_blas_multiply(&step->delta, 1, GAMLP_PLAIN, &above->w, GAMLP_PLAIN, &step->d, 0);
    gamlp_chain_offset(&step->bar, &above->r, 1, &step->delta);
}

static gamlp_status step_a(gamlp_mdlam *d, a_step *step) {
    gamlp_status status = GAMLP_OK;
    bool lowered = false;
    if (step->pulled) {
        extrapolate(d, step);
        GAMLP_TRY(try_a(&lowered, d, step, &step->bar));
        if (lowered) return GAMLP_OK;
        d->redone++;
        copy(&step->above->p, step->before);
        step->pulled = false;
    } else {
        copy(step->before, &step->above->p);
    }
    GAMLP_TRY(try_a(&lowered, d, step, &step->above->r));
    if (!lowered) move(d, step, 0); /* at rest: its gap is measured */
done:
    return status;
}

gamlp_status gamlp_ml_update_a(gamlp_mdlam *d, int64_t l) {
    gamlp_pdadmm *net = d->net;
    if (d->pair.current) return gamlp_ml_pair_update_a(d);
    gamlp_pd_layer *layer = gamlp_pd_layer_at(net, l), *above = gamlp_pd_layer_at(net, l + 1);
    a_step step = {.above = above,
                   .before = &d->layer[l].p,
                   .f = gamlp_ml_in(&d->f, net, above),
                   .d = gamlp_ml_in(&d->step, net, above),
                   .image = gamlp_chain_image(net, above),
                   .delta = gamlp_ml_out(&d->pull, net, above),
                   .bar = gamlp_ml_out(&d->bar_r, net, above),
                   .pulled = d->omega > 0};
    gamlp_activation_apply(&step.f, gamlp_chain_activation(net), &layer->z);
    gamlp_status status = step_a(d, &step);
    layer->figures.tau = step.tau;
    layer->figures.dp = step.moved.square;
    d->layer[l - 1].gap = step.moved.gap;
    d->layer[l - 1].largest = step.moved.largest;
    d->moved += step.moved.square;
    return status == GAMLP_OK ? gamlp_pd_check_finite(net, layer, "a", step.moved.square) : status;
}
