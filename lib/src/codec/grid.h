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

/* Pi(x), and k of Pi(x) = delta_k; k = 0 when x is not a number.  (x - low)/step rounded is k or
 * off by one; the level that is next to it on the side of x decides: 2 x is compared with the sum
 * of both as it is, s + e (Knuth's two-sum), or with double storage as it is rounded, s. */
__attribute__((always_inline)) static inline gamlp_real
gamlp_grid_find(int32_t *index, const gamlp_grid *g, gamlp_real x) {
    gamlp_real low = (gamlp_real)g->low, inverse = (gamlp_real)g->inverse, top = (gamlp_real)g->top;
    gamlp_real t = (x - low) * inverse + (gamlp_real)0.5;
    t = t > 0 ? t : 0;
    t = t < top ? t : top;
    int32_t k = (int32_t)t, last = (int32_t)g->top;
    gamlp_real here = gamlp_grid_value(g, (double)k);
    int32_t side = x > here ? 1 : -1;
    gamlp_real there = gamlp_grid_value(g, (double)(k + side));
    gamlp_real s = here + there, part = s - here, e = (here - (s - part)) + (there - part);
    gamlp_real off = x + x - s;
    if (sizeof(gamlp_real) < sizeof(double)) off -= e;
    int32_t up = off > 0 ? 1 : 0, down = off <= 0 ? -1 : 0, next = k + (side > 0 ? up : down);
    next = next > 0 ? next : 0;
    next = next < last ? next : last;
    *index = next;
    return next != k ? there : here;
}

__attribute__((always_inline)) static inline gamlp_real gamlp_grid_nearest(const gamlp_grid *g,
                                                                           gamlp_real x) {
    int32_t k;
    return gamlp_grid_find(&k, g, x);
}

#endif
