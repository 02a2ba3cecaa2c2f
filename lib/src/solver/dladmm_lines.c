/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of dlADMM, one layer at a time.  With beta_l = nu (l < L), beta_L = rho, U_l = 0 and
 * U_L = u the layer equation contributes (beta_l/2) ||W_l a_{l-1} + b_l - z_l - U_l/beta_l||^2, up
 * to what does not depend on W_l, b_l and a_{l-1}.
 *
 * Departures from the paper, each an equality or an improvement of it:
 *  - a and W: the smallest admissible proximal weight is Q(g) / ||g||^2, no trial loop; one weight
 *    for the whole matrix.
 *  - b: the exact minimiser; z_L: Newton to rounding instead of FISTA (which is selectable).
 *  - L2 is a proximal step; W_l a_{l-1} is carried along. */

#include "matrix/blas.h"
#include "solver/chain_kernels.h"
#include "solver/dladmm.h"
#include "solver/kernels.h"

static double beta_of(const gamlp_dladmm *d, int64_t l) {
    return l < d->net->layers ? d->options.nu : d->options.rho;
}

/* g = beta W'(W a + b - z - U/beta) + nu (a - f(z_l)) with the layer above;  a <- a - g/tau. */
gamlp_status gamlp_dl_update_a(gamlp_dladmm *d, int64_t l) {
    gamlp_pdadmm *net = d->net;
    gamlp_pd_layer *layer = gamlp_pd_layer_at(net, l), *above = gamlp_pd_layer_at(net, l + 1);
    gamlp_dense image = gamlp_chain_image(net, above);
    const gamlp_activation *f = gamlp_chain_activation(net);
    double nu = d->options.nu, beta = beta_of(d, l + 1);
    gamlp_blas_multiply(&above->g, (gamlp_real)beta, GAMLP_TRANSPOSED, &above->w, GAMLP_PLAIN,
                        &above->r, 0);
    double gg = gamlp_chain_pull(&above->g, &above->p, f, &layer->z, (gamlp_real)nu);
    if (gg == 0) return GAMLP_OK;
    gamlp_blas_multiply(&image, 1, GAMLP_PLAIN, &above->w, GAMLP_PLAIN, &above->g, 0);
    double tau = gamlp_pd_weight(&net->options, nu + beta * gamlp_kernel_square(&image) / gg);
    gamlp_real s = (gamlp_real)(1 / tau);
    layer->figures.activation = gamlp_chain_step_a(&above->p, s, &above->g, f, &layer->z);
    gamlp_kernel_step_residual(&above->m, &above->r, s, &image, &above->b, &above->z);
    layer->figures.tau = tau;
    layer->figures.dp = gg / (tau * tau);
    d->moved += layer->figures.dp;
    return gamlp_pd_check_finite(net, layer, "a", layer->figures.dp);
}

void gamlp_dl_aim(gamlp_dladmm *d) {
    gamlp_pd_layer *layer = gamlp_pd_layer_at(d->net, d->net->layers);
    gamlp_chain_offset(&layer->z, &d->z, (gamlp_real)(1 / d->options.rho), &d->u);
    gamlp_kernel_residual(&layer->r, &layer->m, &layer->b, &layer->z);
}

/* z_L <- argmin R(z) + (rho/2) ||z - c||^2,  c = W_L a_{L-1} + b_L - u/rho. */
static gamlp_status update_z_last(gamlp_dladmm *d) {
    gamlp_pdadmm *net = d->net;
    gamlp_pd_layer *layer = gamlp_pd_layer_at(net, net->layers);
    gamlp_chain_offset(&d->centre, &layer->m, (gamlp_real)(-1 / d->options.rho), &d->u);
    bool newton = d->options.last == GAMLP_LAST_NEWTON;
    gamlp_last_sums sums = (newton ? gamlp_last_newton : gamlp_last_fista)(
        &d->z, &layer->r, &net->last_solve, &d->centre, &layer->b, net->problem->label,
        d->options.rho);
    gamlp_dl_aim(d);
    layer->figures.risk = sums.risk;
    layer->figures.dz = sums.dz;
    d->moved += sums.dz;
    return gamlp_pd_check_finite(net, layer, "z", sums.risk + sums.dz + sums.fit);
}

/* z_l in closed form.  Going back, the means of its residual are kept for b_l. */
gamlp_status gamlp_dl_update_z(gamlp_dladmm *d, int64_t l, bool back) {
    gamlp_pdadmm *net = d->net;
    gamlp_pd_layer *layer = gamlp_pd_layer_at(net, l);
    if (l == net->layers) {
        gamlp_status status = update_z_last(d);
        if (back) gamlp_chain_mean(layer->lane->mean, layer->lane->row_work, &layer->r);
        return status;
    }
    gamlp_layer_figures *f = &layer->figures;
    gamlp_chain_sums sums = gamlp_chain_z(&layer->z, &layer->r, back ? layer->lane->mean : NULL,
                                          layer->lane->row_work, gamlp_chain_activation(net),
                                          &layer->m, &layer->b, &gamlp_pd_layer_at(net, l + 1)->p);
    f->fit = sums.fit;
    f->dz = sums.dz;
    f->activation = sums.activation;
    d->moved += f->dz;
    return gamlp_pd_check_finite(net, layer, "z", f->fit + f->dz + f->activation);
}

/* b_l <- row means of z_l + U_l/beta_l - W_l a_{l-1}. */
gamlp_status gamlp_dl_update_b(gamlp_dladmm *d, int64_t l) {
    gamlp_pd_layer *layer = gamlp_pd_layer_at(d->net, l);
    gamlp_status status = gamlp_chain_step_b(d->net, layer);
    d->moved += layer->figures.db;
    return status;
}

static gamlp_status step_w(gamlp_dladmm *d, gamlp_pd_layer *layer) {
    double beta = beta_of(d, layer->number);
    return d->pair.current ? gamlp_pair_step_w(&d->pair, beta)
                           : gamlp_chain_step_w(d->net, layer, beta);
}

/* G = beta (W a + b - z - U/beta) a' + l2 W;  W <- W - G/(theta + l2). */
gamlp_status gamlp_dl_update_w(gamlp_dladmm *d, int64_t l) {
    gamlp_pd_layer *layer = gamlp_pd_layer_at(d->net, l);
    gamlp_status status = step_w(d, layer);
    if (status != GAMLP_OK) return status;
    gamlp_chain_apply_w(d->net, layer);
    d->moved += layer->figures.dw;
    return GAMLP_OK;
}

gamlp_status gamlp_dl_update_wb(gamlp_dladmm *d, int64_t l) {
    gamlp_pd_layer *layer = gamlp_pd_layer_at(d->net, l);
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(step_w(d, layer));
    GAMLP_TRY(gamlp_pd_update_b(d->net, layer));
    d->moved += layer->figures.dw + layer->figures.db;
done:
    return status;
}

/* u <- u + rho (z_L - W_L a_{L-1} - b_L) */
gamlp_status gamlp_dl_update_u(gamlp_dladmm *d) {
    gamlp_pd_layer *layer = gamlp_pd_layer_at(d->net, d->net->layers);
    gamlp_layer_figures *f = &layer->figures;
    f->residual =
        gamlp_chain_dual(&f->dual, &d->u, &d->z, &layer->m, &layer->b, (gamlp_real)d->options.rho);
    f->du = d->options.rho * d->options.rho * f->residual;
    gamlp_dl_aim(d);
    return gamlp_pd_check_finite(d->net, layer, "u", f->residual + f->dual);
}
