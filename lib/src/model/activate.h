/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_MODEL_ACTIVATE_H
#define GAMLP_MODEL_ACTIVATE_H

#include <stdbool.h>

#include "gamlp/dense.h"

/* z <- z + b 1', then f(z) = max(z, 0) when `relu`. */
void gamlp_activate_bias(gamlp_dense *z, const gamlp_dense *bias, bool relu);

#endif
