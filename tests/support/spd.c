/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gamlp/rng.h"

/* The upper triangle drawn into a dense table. */
gamlp_status spd_random(gamlp_symmetric *a, int64_t n, int64_t edges, double c, uint64_t seed) {
    gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 7);
    char *joined = calloc((size_t)(n * n), 1);
    int64_t *degree = calloc((size_t)n, sizeof *degree), entries = n;
    for (int64_t e = 0; e < edges; e++) {
        int64_t i = (int64_t)gamlp_rng_below(rng, (uint64_t)(2 * e), (uint64_t)n);
        int64_t j = (int64_t)gamlp_rng_below(rng, (uint64_t)(2 * e + 1), (uint64_t)n);
        if (i == j || joined[i * n + j]) continue;
        joined[i * n + j] = joined[j * n + i] = 1;
        degree[i]++;
        degree[j]++;
        entries += 2;
    }
    gamlp_status status = gamlp_symmetric_init(a, n, entries);
    for (int64_t i = 0, k = 0; status == GAMLP_OK && i < n; i++) {
        for (int64_t j = 0; j < n; j++) {
            if (i != j && !joined[i * n + j]) continue;
            a->idx[k] = (int32_t)j;
            a->val[k++] = i == j ? (double)degree[i] + 1 - c : -c;
        }
        a->ptr[i + 1] = k;
    }
    free(joined);
    free(degree);
    return status;
}

static void eliminate(double *m, double *x, int64_t n, int64_t k) {
    int64_t best = k;
    for (int64_t i = k; i < n; i++)
        if (fabs(m[i * n + k]) > fabs(m[best * n + k])) best = i;
    for (int64_t j = 0; j < n; j++) {
        double t = m[k * n + j];
        m[k * n + j] = m[best * n + j];
        m[best * n + j] = t;
    }
    double t = x[k];
    x[k] = x[best];
    x[best] = t;
    for (int64_t i = k + 1; i < n; i++) {
        double l = m[i * n + k] / m[k * n + k];
        for (int64_t j = k; j < n; j++) m[i * n + j] -= l * m[k * n + j];
        x[i] -= l * x[k];
    }
}

void spd_solve(double *x, const gamlp_symmetric *a, const double *b) {
    const int64_t n = a->n;
    double *m = calloc((size_t)(n * n), sizeof *m);
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++) m[i * n + a->idx[k]] = a->val[k];
    memcpy(x, b, (size_t)n * sizeof *x);
    for (int64_t k = 0; k < n; k++) eliminate(m, x, n, k);
    for (int64_t i = n - 1; i >= 0; i--) {
        for (int64_t j = i + 1; j < n; j++) x[i] -= m[i * n + j] * x[j];
        x[i] /= m[i * n + i];
    }
    free(m);
}

void spd_multiply(double *b, const gamlp_symmetric *a, const double *x) {
    for (int64_t i = 0; i < a->n; i++) {
        b[i] = 0;
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++) b[i] += a->val[k] * x[a->idx[k]];
    }
}
