/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Over-relaxation (Eckstein, Bertsekas, Mathematical Programming 55, 1992; Boyd et al., Foundations
 * and Trends in Machine Learning 3, 2011, section 3.4.3): lines 5 and 6 see
 *
 *   p^ = a p_{l+1} + (1 - a) q_l    instead of p_{l+1},
 *
 * with q_l as it was.  Lemma 4 holds as before, since line 5 minimises with the same p^ that line 6
 * uses; that the Lagrangian falls is not proved. */
#include "solver/accelerate.h"

#include "solver/block.h"
#include "solver/kernels.h"

bool gamlp_pd_is_relaxed(const gamlp_pdadmm_options *options) {
    return options->relax > 0 && options->relax != 1;
}

gamlp_dense gamlp_pd_relax(const gamlp_pd_layer *layer, const gamlp_dense *p, double a) {
    const gamlp_dense *q = &layer->q;
    gamlp_dense relaxed = gamlp_pd_view(&layer->lane->image, p->rows, p->cols);
    gamlp_kernel_scale_copy(&relaxed, (gamlp_real)a, p);
    gamlp_kernel_step(&relaxed, (gamlp_real)(a - 1), q);
    return relaxed;
}

void gamlp_pd_unrelax(gamlp_zqu_sums *sums, gamlp_zqu_state state, gamlp_dense *relaxed,
                      const gamlp_dense *p, double rho) {
    gamlp_kernel_step(state.g, (gamlp_real)-rho, p);
    gamlp_kernel_step(state.g, (gamlp_real)rho, relaxed);
    gamlp_kernel_scale_copy(relaxed, 1, p);
    sums->residual = gamlp_kernel_step(relaxed, 1, state.q);
    sums->dual = gamlp_kernel_dot(state.u, relaxed);
}
