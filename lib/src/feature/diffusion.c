/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "feature/diffusion.h"

#include <stddef.h>

#include "feature/terms.h"

gamlp_status gamlp_diffusion_new(gamlp_diffusion **diffusion, const gamlp_csr *adjacency,
                                 const gamlp_csr *arcs, const gamlp_term *term) {
    (void)adjacency;
    (void)arcs;
    *diffusion = NULL;
    return gamlp_fail(GAMLP_E_CONFIG, "features: this version cannot solve for %s",
                      gamlp_term_name(term));
}

gamlp_status gamlp_diffusion_apply(gamlp_dense *y, gamlp_diffusion *diffusion,
                                   const gamlp_dense *x) {
    (void)y;
    (void)diffusion;
    (void)x;
    return gamlp_fail(GAMLP_E_INTERNAL, "a diffusion that was never made");
}

void gamlp_diffusion_free(gamlp_diffusion *diffusion) {
    (void)diffusion;
}
