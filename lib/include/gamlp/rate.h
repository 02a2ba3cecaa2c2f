/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: solver.  Rates of convergence, fitted to what an iteration left. */
#ifndef GAMLP_RATE_H
#define GAMLP_RATE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A straight line by least squares. */
typedef struct gamlp_fit {
    double slope, intercept;
    double r2;      /* part of the variance that it explains; 1 for a constant          */
    int64_t points; /* used: those that are positive and finite; with fewer than 2 all 0 */
} gamlp_fit;

/* log y_k against log k for k = first..last, y[0] being y_1: y_k ~ k^slope. */
gamlp_fit gamlp_fit_power(const double *y, int64_t first, int64_t last);

/* log y_k against k: y_k ~ exp(slope)^k. */
gamlp_fit gamlp_fit_exponential(const double *y, int64_t first, int64_t last);

#ifdef __cplusplus
}
#endif
#endif
