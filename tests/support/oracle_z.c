/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Activations as their definitions say, and the step of z by trying everywhere. */
#include <math.h>

#include "oracle.h"

double oracle_activation(const gamlp_activation *f, double z) {
    switch (f->kind) {
    case GAMLP_RELU:
        return fmax(z, 0);
    case GAMLP_LEAKY_RELU:
        return z > 0 ? z : f->alpha * z;
    case GAMLP_ABS:
        return fabs(z);
    case GAMLP_HARD_TANH:
        return fmin(fmax(z, -1), 1);
    case GAMLP_HARD_SIGMOID:
        return fmin(fmax(z / 6 + 0.5, 0), 1);
    case GAMLP_SIGN:
        return z > 0 ? 1 : -1;
    case GAMLP_STEP:
        return z > 0 ? 1 : 0;
    case GAMLP_TANH:
        return tanh(z);
    case GAMLP_SIGMOID:
        return 1 / (1 + exp(-z));
    case GAMLP_SOFTPLUS:
        return fmax(z, 0) + log1p(exp(-fabs(z)));
    case GAMLP_GELU:
        return z * 0.5 * erfc(-z / sqrt(2));
    default:
        return z;
    }
}

typedef struct task {
    const gamlp_activation *f;
    double kappa, a, q, k;
} task;

static double value(const task *t, double z) {
    double f = oracle_activation(t->f, z);
    return (z - t->a) * (z - t->a) + (t->q - f) * (t->q - f) + t->kappa * (z - t->k) * (z - t->k);
}

double oracle_z_value(const gamlp_activation *f, double kappa, double a, double q, double k,
                      double z) {
    task t = {f, kappa, a, q, k};
    return value(&t, z);
}

/* The least value between two points without a kink in between, by thirds: to the square root of
 * the rounding. */
static double thirds(const task *t, double low, double high) {
    for (int i = 0; i < 60; i++) {
        double left = low + (high - low) / 3, right = high - (high - low) / 3;
        if (value(t, left) <= value(t, right))
            high = right;
        else
            low = left;
    }
    return 0.5 * (low + high);
}

/* The same more exactly where the derivative, by differences of the definition's, changes sign. */
static double polish(const task *t, double z, double low, double high) {
    static const double h = 1e-4;
    for (int i = 0; i < 30; i++) {
        double f = oracle_activation(t->f, z), up = oracle_activation(t->f, z + h);
        double down = oracle_activation(t->f, z - h);
        double up2 = oracle_activation(t->f, z + 2 * h), down2 = oracle_activation(t->f, z - 2 * h);
        double first = (8 * (up - down) - (up2 - down2)) / (12 * h);
        double second = (up + down - 2 * f) / (h * h);
        double g = (z - t->a) + t->kappa * (z - t->k) - (t->q - f) * first;
        double slope = 1 + t->kappa + first * first - (t->q - f) * second;
        if (!(slope > 0)) break;
        z = fmin(fmax(z - g / slope, low), high);
    }
    return z;
}

/* h is a parabola between two kinks when f is piecewise linear. */
static double vertex(const task *t, double low, double high) {
    double d = (high - low) / 2, mid = low + d, at = value(t, mid);
    double left = value(t, low + 1e-12 * d), right = value(t, high);
    double bend = left - 2 * at + right;
    return bend > 0 ? fmin(fmax(mid - d * (right - left) / (2 * bend), low), high) : mid;
}

/* The best of a valley, with its value. */
static void descend(const task *t, double low, double high, double *best, double *least) {
    double z =
        t->f->kind < GAMLP_TANH ? vertex(t, low, high) : polish(t, thirds(t, low, high), low, high);
    double try[] = {low, z, high};
    for (int i = 0; i < 3; i++) {
        double h = value(t, try[i]);
        if (h < *least) *best = try[i];
        if (h < *least) *least = h;
    }
}

double oracle_zstep(const gamlp_activation *f, double kappa, double a, double q, double k) {
    static const double kink[] = {-3, -1, 0, 1e-300, 1, 3};
    enum { KINKS = 6, STEPS = 150 };
    task t = {f, kappa, a, q, k};
    double radius = 4 + fabs(q) + fabs(a) + fabs(k), best = k, least = value(&t, k);
    for (int part = 0; part <= KINKS; part++) {
        double from = part > 0 ? kink[part - 1] : -radius, to = part < KINKS ? kink[part] : radius;
        double h[STEPS + 1], width = (to - from) / STEPS;
        for (int i = 0; i <= STEPS; i++) h[i] = value(&t, i < STEPS ? from + width * i : to);
        for (int i = 0; i <= STEPS; i++) {
            if ((i > 0 && h[i - 1] < h[i]) || (i < STEPS && h[i + 1] < h[i])) continue;
            descend(&t, i > 0 ? from + width * (i - 1) : from,
                    i + 1 < STEPS ? from + width * (i + 1) : to, &best, &least);
        }
    }
    return best;
}
