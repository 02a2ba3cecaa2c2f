/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pi of a uniform level set, one element, for loops that the compiler makes vectors of. */
#ifndef GAMLP_CODEC_GRID_H
#define GAMLP_CODEC_GRID_H

#include <math.h>
#include <stdbool.h>

#include "core/hot.h"
#include "gamlp/levels.h"

typedef struct gamlp_grid {
    double low, step;
    gamlp_real first, width, inverse, last; /* low, step, 1/step and m - 1 as stored */
    bool exact; /* all delta_k, and the sums of neighbours, are stored without rounding */
} gamlp_grid;

/* With low = j step, a delta_k is (j + k) step and the sum of two neighbours (2 (j + k) + 1) step.
 * These have no more digits than the largest odd multiple. */
static inline bool gamlp_grid_is_exact(const gamlp_levels *levels) {
    double j = nearbyint(levels->low / levels->step);
    double odd = 2 * (fabs(j) + (double)levels->count) + 1, most = odd * levels->step;
    return j * levels->step == levels->low && fma(j, levels->step, -levels->low) == 0 &&
           fma(odd, levels->step, -most) == 0 && (double)(gamlp_real)most == most;
}

static inline gamlp_grid gamlp_grid_of(const gamlp_levels *levels) {
    return (gamlp_grid){levels->low,
                        levels->step,
                        (gamlp_real)levels->low,
                        (gamlp_real)levels->step,
                        (gamlp_real)(1 / levels->step),
                        (gamlp_real)(levels->count - 1),
                        gamlp_grid_is_exact(levels)};
}

static inline gamlp_real gamlp_grid_value(const gamlp_grid *g, double k) {
    return (gamlp_real)(g->low + k * g->step);
}

/* Pi(x), and k of Pi(x) = delta_k; k = 0 when x is not a number.  (x - low)/step as stored, whose
 * error is less than a half, tells two neighbours of which one is Pi(x): 2 x is compared with their
 * sum.  `exact` is g->exact, a constant where this is in a loop; else the sum is taken as it is,
 * s + e (Knuth's two-sum), or with double storage as it is rounded, s. */
__attribute__((always_inline)) static inline gamlp_real
gamlp_grid_find(int32_t *index, const gamlp_grid *g, gamlp_real x, bool exact) {
    gamlp_real within = x > g->first ? x : g->first, t = (within - g->first) * g->inverse;
    t = t < g->last - 1 ? t : g->last - 1;
    int32_t k = (int32_t)t;
    gamlp_real here = g->first + (gamlp_real)k * g->width, there = here + g->width;
    if (!exact) {
        double number = (double)k;
        here = gamlp_grid_value(g, number);
        there = gamlp_grid_value(g, number + 1);
    }
    gamlp_real s = here + there, off = x + x - s;
    if (!exact && sizeof(gamlp_real) < sizeof(double)) {
        gamlp_real part = s - here;
        off -= (here - (s - part)) + (there - part);
    }
    *index = off > 0 ? k + 1 : k;
    return off > 0 ? there : here;
}

/* x <- Pi(x), n elements. */
__attribute__((always_inline)) static inline void
gamlp_grid_project(gamlp_real *x, const gamlp_grid *grid, int64_t n) {
    const gamlp_grid g = *grid;
    int32_t k;
    if (g.exact)
        for (int64_t i = 0; i < n; i++) x[i] = gamlp_grid_find(&k, &g, x[i], true);
    else
        for (int64_t i = 0; i < n; i++) x[i] = gamlp_grid_find(&k, &g, x[i], false);
}

#endif
