/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "feature/series.h"

#include <math.h>
#include <string.h>

enum { NODES = 2 * GAMLP_SERIES_MOST, SHIFTS = 60 };

/* What exp(-t (1 - v)) and the function of the resolvent are at v in [-1, 1]. */
static double value_at(const gamlp_series *series, double t, double v) {
    if (series->shift == 0) return exp(-t * (1 - v));
    double u = (v * (1 - series->low) + (1 + series->low)) / 2;
    return exp(-t / series->shift * (1 / u - 1));
}

/* Coefficients by interpolation at the Chebyshev nodes: exact up to those beyond 2 MOST terms,
 * which are below rounding for t <= 1000. */
static void interpolate(double *coefficient, const gamlp_series *series, double t) {
    static const double pi = 3.14159265358979323846;
    double value[NODES];
    for (int m = 0; m < NODES; m++) value[m] = value_at(series, t, cos(pi * (m + 0.5) / NODES));
    for (int k = 0; k < GAMLP_SERIES_MOST; k++) {
        double sum = 0, step = cos(pi * k / NODES), now = cos(pi * k / 2 / NODES), before = now;
        for (int m = 0; m < NODES; m++) { /* cos(pi k (m + 1/2) / NODES) by its recurrence */
            double next = 2 * step * now - before;
            sum += value[m] * now;
            before = now;
            now = next;
        }
        coefficient[k] = sum * (k == 0 ? 1.0 : 2.0) / NODES;
    }
}

/* Cut where the rest is small enough; 1e-15 for the coefficients that are rounding only. */
static void cut(gamlp_series *series, double tolerance) {
    double rest = 1e-15;
    int64_t terms = GAMLP_SERIES_MOST;
    while (terms > 1 && rest + fabs(series->coefficient[terms - 1]) <= tolerance)
        rest += fabs(series->coefficient[--terms]);
    series->error = rest;
    series->terms = terms == GAMLP_SERIES_MOST ? 0 : terms;
}

void gamlp_series_polynomial(gamlp_series *series, double t, double tolerance) {
    memset(series, 0, sizeof *series);
    series->low = -1;
    interpolate(series->coefficient, series, t);
    cut(series, tolerance);
}

static void try_shift(gamlp_series *series, double t, double tolerance, double shift) {
    memset(series, 0, sizeof *series);
    series->shift = shift;
    series->low = 1 / (1 + 2 * shift);
    interpolate(series->coefficient, series, t);
    cut(series, tolerance);
}

/* Shifts of t / 64 to t, by equal factors. */
void gamlp_series_rational(gamlp_series *series, double t, double tolerance) {
    gamlp_series best = {0};
    for (int m = 0; m <= SHIFTS; m += 4) {
        try_shift(series, t, tolerance, t * exp2(-6.0 * m / SHIFTS));
        if (series->terms > 0 && (best.terms == 0 || series->terms < best.terms)) best = *series;
    }
    *series = best;
}
