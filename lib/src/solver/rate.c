/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/rate.h"

#include <math.h>
#include <stdbool.h>

typedef double (*scale)(double);

static double same(double k) {
    return k;
}

static bool counts(double y) {
    return y > 0 && isfinite(y);
}

/* Sums about the means, so that nothing cancels. */
static gamlp_fit fit(const double *y, int64_t first, int64_t last, scale of_k) {
    gamlp_fit f = {0};
    double mean_k = 0, mean_y = 0, kk = 0, ky = 0, yy = 0;
    for (int64_t k = first; k <= last; k++) {
        if (!counts(y[k - 1])) continue;
        f.points++;
        mean_k += of_k((double)k);
        mean_y += log(y[k - 1]);
    }
    if (f.points < 2) return (gamlp_fit){.points = 0};
    mean_k /= (double)f.points;
    mean_y /= (double)f.points;
    for (int64_t k = first; k <= last; k++) {
        if (!counts(y[k - 1])) continue;
        double dk = of_k((double)k) - mean_k, dy = log(y[k - 1]) - mean_y;
        kk += dk * dk;
        ky += dk * dy;
        yy += dy * dy;
    }
    f.slope = ky / kk;
    f.intercept = mean_y - f.slope * mean_k;
    f.r2 = yy > 0 ? ky * ky / (kk * yy) : 1;
    return f;
}

gamlp_fit gamlp_fit_power(const double *y, int64_t first, int64_t last) {
    return fit(y, first, last, log);
}

gamlp_fit gamlp_fit_exponential(const double *y, int64_t first, int64_t last) {
    return fit(y, first, last, same);
}
