/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The step of a hidden layer's pre-activation, for every activation:
 *
 *   z <- argmin (z - a)^2 + (q - f(z))^2 + kappa (z - k)^2,  kappa in {0, 1}
 *
 * element by element (pdADMM, line 4, kappa = 1; dlADMM, kappa = 0). */
#ifndef GAMLP_SOLVER_ZSTEP_H
#define GAMLP_SOLVER_ZSTEP_H

#include <stdbool.h>

#include "gamlp/activation.h"

/* The subproblem of up to GAMLP_STRIP elements; k has the old z even where kappa is 0, since a new
 * z is never worse.  *z may be k. */
typedef struct gamlp_zstep {
    const gamlp_activation *f;
    bool proximal; /* kappa = 1 */
    const gamlp_real *a, *q, *k;
} gamlp_zstep;

/* The n new z, and f of them. */
void gamlp_zstep_strip(gamlp_real *z, gamlp_real *value, const gamlp_zstep *step, int64_t n);

/* z <- argmin with a = m + b 1', for a whole matrix (`b` may be NULL: no bias). */
void gamlp_zstep_run(gamlp_dense *z, const gamlp_activation *f, bool proximal, const gamlp_dense *m,
                     const gamlp_dense *b, const gamlp_dense *q);

#endif
