/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pi of a uniform level set, one element, for loops that the compiler makes vectors of. */
#ifndef GAMLP_CODEC_GRID_H
#define GAMLP_CODEC_GRID_H

#include <stdbool.h>

#include "core/hot.h"
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

/* Where x is so far from every bound that (x - low)/step as stored, whose error is less than
 * `doubt`, decides: Pi(x) of those elements.  Returns whether that was all of them. */
__attribute__((always_inline)) static inline bool gamlp_grid_guess(gamlp_real *out,
                                                                   const gamlp_grid *g,
                                                                   gamlp_real doubt,
                                                                   const gamlp_real *x, int64_t n) {
    const gamlp_real round = sizeof(gamlp_real) == sizeof(double) ? 0x1.8p52 : 0x1.8p23;
    gamlp_real low = (gamlp_real)g->low, inverse = (gamlp_real)g->inverse, worst = 0;
    gamlp_real beyond = (gamlp_real)g->top + 1;
    int32_t last = (int32_t)g->top;
    GAMLP_SIMD_MAX(worst)
    for (int64_t i = 0; i < n; i++) {
        gamlp_real t = (x[i] - low) * inverse;
        t = t > -1 ? t : -1;
        t = t < beyond ? t : beyond;
        gamlp_real nearest = (t + round) - round, off = t - nearest;
        off = off < 0 ? -off : off;
        worst = off > worst ? off : worst;
        int32_t k = (int32_t)nearest;
        k = k > 0 ? k : 0;
        k = k < last ? k : last;
        out[i] = gamlp_grid_value(g, (double)k);
    }
    return worst < (gamlp_real)0.5 - doubt;
}

/* x <- Pi(x), n elements. */
__attribute__((always_inline)) static inline void
gamlp_grid_project(gamlp_real *x, const gamlp_grid *g, int64_t n) {
    enum { PIECE = 128 };
    const double epsilon = sizeof(gamlp_real) == sizeof(double) ? 0x1p-52 : 0x1p-23;
    double size = g->low < 0 ? -g->low : g->low, high = g->low + g->top * g->step;
    size = high > size ? high : size;
    double doubt = epsilon * (size * g->inverse + 4 * (g->top + 2));
    for (int64_t at = 0; at < n; at += PIECE) {
        gamlp_real out[PIECE];
        int64_t count = at + PIECE < n ? PIECE : n - at;
        bool sure = doubt < 1e-3 && gamlp_grid_guess(out, g, (gamlp_real)doubt, x + at, count);
        int32_t k;
        for (int64_t i = 0; i < count && !sure; i++) out[i] = gamlp_grid_find(&k, g, x[at + i]);
        for (int64_t i = 0; i < count; i++) x[at + i] = out[i];
    }
}

#endif
