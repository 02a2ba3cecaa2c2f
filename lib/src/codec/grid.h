/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pi of a uniform level set, one element, for loops that the compiler makes vectors of. */
#ifndef GAMLP_CODEC_GRID_H
#define GAMLP_CODEC_GRID_H

#include "gamlp/levels.h"

typedef struct gamlp_grid {
    double low, step, inverse;
    double top; /* m - 1 */
} gamlp_grid;

static inline gamlp_grid gamlp_grid_of(const gamlp_levels *levels) {
    return (gamlp_grid){levels->low, levels->step, 1 / levels->step, (double)(levels->count - 1)};
}

__attribute__((always_inline)) static inline gamlp_real gamlp_grid_value(const gamlp_grid *g,
                                                                         double k) {
    return (gamlp_real)(g->low + k * g->step);
}

/* The k of Pi(x) = delta_k; 0 when x is not a number.  (x - low)/step rounded is k or off by one,
 * since a stored value is less than step/8 from low + k step; the bounds themselves decide. */
__attribute__((always_inline)) static inline double gamlp_grid_index(const gamlp_grid *g,
                                                                     double x) {
    double t = (x - g->low) * g->inverse + 0.5;
    t = t > 0 ? t : 0;
    t = t < g->top ? t : g->top;
    double k = (double)(int32_t)t;
    double here = (double)gamlp_grid_value(g, k);
    double above = 0.5 * (here + (double)gamlp_grid_value(g, k + 1));
    double below = 0.5 * ((double)gamlp_grid_value(g, k - 1) + here);
    double up = x > above ? 1 : 0, down = x <= below ? 1 : 0;
    k += up - down;
    k = k > 0 ? k : 0;
    return k < g->top ? k : g->top;
}

__attribute__((always_inline)) static inline gamlp_real gamlp_grid_nearest(const gamlp_grid *g,
                                                                           gamlp_real x) {
    return gamlp_grid_value(g, gamlp_grid_index(g, (double)x));
}

#endif
