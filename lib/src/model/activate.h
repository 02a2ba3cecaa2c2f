/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_MODEL_ACTIVATE_H
#define GAMLP_MODEL_ACTIVATE_H

#include "gamlp/activation.h"

/* z <- z + b 1', then f(z) unless `f` is NULL. */
void gamlp_activate_bias(gamlp_dense *z, const gamlp_dense *bias, const gamlp_activation *f);

/* The same from `z` to `out`. */
void gamlp_activate_from(gamlp_dense *out, const gamlp_dense *z, const gamlp_dense *bias,
                         const gamlp_activation *f);

/* out_i <- f(z_i) for n numbers; `out` may be z. */
void gamlp_activate_values(gamlp_real *out, const gamlp_activation *f, const gamlp_real *z,
                           int64_t n);

#endif
