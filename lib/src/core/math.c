/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/math.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/exp.h"
#include "core/hot.h"

static inline double of_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* x = m 2^e with m in [sqrt(1/2), sqrt(2)), and ln m = 2 artanh(s),
 * s = (m - 1) / (m + 1), |s| < 0.1716, by its Taylor series. */
GAMLP_HOT_PART double log_of(double x) {
    static const double ln2_high = 0x1.62e42fee00000p-1, ln2_low = 0x1.a39ef35793c76p-33;
    double subnormal = x < DBL_MIN ? 54 : 0, normal = x < DBL_MIN ? x * 0x1p54 : x;
    uint64_t bits;
    memcpy(&bits, &normal, sizeof bits);
    double half = of_bits((bits & 0x000fffffffffffff) | 0x3fe0000000000000); /* in [1/2, 1) */
    /* The low bits of 2^52 + n hold n. */
    double exponent = of_bits((bits >> 52) | 0x4330000000000000) - (0x1p52 + 1022) - subnormal;
    double low = half < 0.70710678118654752440 ? 1 : 0;
    double m = half + low * half, e = exponent - low;
    double s = (m - 1) / (m + 1), s2 = s * s, sum = 0;
    for (int k = 23; k >= 3; k -= 2) sum = (sum + 1.0 / k) * s2;
    double y = e * ln2_high + (2 * s + (2 * s * sum + e * ln2_low));
    return x < (double)INFINITY ? y : x;
}

double gamlp_math_log(double x) {
    return log_of(x);
}

GAMLP_HOT void gamlp_math_logs(double *y, const double *x, int64_t count) {
#pragma omp simd
    for (int64_t i = 0; i < count; i++) y[i] = log_of(x[i]);
}

GAMLP_HOT void gamlp_math_exps(double *y, const double *x, int64_t count) {
#pragma omp simd
    for (int64_t i = 0; i < count; i++) y[i] = gamlp_exp_negative(x[i]);
}

GAMLP_HOT_PART double horner(const double *c, int degree, double x) {
    double sum = c[degree];
    for (int i = degree - 1; i >= 0; i--) sum = sum * x + c[i];
    return sum;
}

GAMLP_HOT_PART double central(double q) {
    static const double a[] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                               1.9715909503065514427e+3, 1.3731693765509461125e+4,
                               4.5921953931549871457e+4, 6.7265770927008700853e+4,
                               3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double b[] = {1.0,
                               4.2313330701600911252e+1,
                               6.8718700749205790830e+2,
                               5.3941960214247511077e+3,
                               2.1213794301586595867e+4,
                               3.9307895800092710610e+4,
                               2.8729085735721942674e+4,
                               5.2264952788528545610e+3};
    double r = 0.180625 - q * q;
    return q * horner(a, 7, r) / horner(b, 7, r);
}

/* r <= 5. */
GAMLP_HOT_PART double near_tail(double r) {
    static const double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                               5.76949722146069140550e0,  3.64784832476320460504e0,
                               1.27045825245236838258e0,  2.41780725177450611770e-1,
                               2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[] = {1.0,
                               2.05319162663775882187e0,
                               1.67638483018380384940e0,
                               6.89767334985100004550e-1,
                               1.48103976427480074590e-1,
                               1.51986665636164571966e-2,
                               5.47593808499534494600e-4,
                               1.05075007164441684324e-9};
    return horner(c, 7, r - 1.6) / horner(d, 7, r - 1.6);
}

/* r > 5: p < 1.4e-11. */
static double far_tail(double r) {
    static const double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                               1.78482653991729133580e0,  2.96560571828504891230e-1,
                               2.65321895265761230930e-2, 1.24266094738807843860e-3,
                               2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[] = {1.0,
                               5.99832206555887937690e-1,
                               1.36929880922735805310e-1,
                               1.48753612908506148525e-2,
                               7.86869131145613259100e-4,
                               1.84631831751005468180e-5,
                               1.42151175831644588870e-7,
                               2.04426310338993978564e-15};
    return horner(e, 7, r - 5) / horner(f, 7, r - 5);
}

static const double central_width = 0.425;

enum { BLOCK = 256 };

/* |quantile|, and r as the tails take it. */
GAMLP_HOT_PART double outer(double *r, double p) {
    *r = sqrt(-log_of(p < 0.5 ? p : 1 - p));
    return near_tail(*r);
}

/* The sign, and what is further out than outer() goes. */
static double finish(double x, double r, double p) {
    if (r > 5) x = far_tail(r);
    return p < 0.5 ? -x : x;
}

double gamlp_math_normal_quantile(double p) {
    double q = p - 0.5, r;
    if (fabs(q) <= central_width) return central(q);
    double x = outer(&r, p);
    return finish(x, r, p);
}

GAMLP_HOT static void central_all(double *z, const double *p, int64_t count) {
#pragma omp simd
    for (int64_t i = 0; i < count; i++) z[i] = central(p[i] - 0.5);
}

GAMLP_HOT static void outer_all(double *x, double *r, const double *p, int64_t count) {
#pragma omp simd
    for (int64_t i = 0; i < count; i++) x[i] = outer(&r[i], p[i]);
}

/* All of a block as if central, then those that are not. */
static void quantiles(double *z, const double *p, int64_t count) {
    double at[BLOCK], x[BLOCK], r[BLOCK];
    int place[BLOCK], outside = 0;
    for (int i = 0; i < count; i++) {
        place[outside] = i;
        at[outside] = p[i];
        outside += fabs(p[i] - 0.5) > central_width;
    }
    central_all(z, p, count);
    outer_all(x, r, at, outside);
    for (int k = 0; k < outside; k++) z[place[k]] = finish(x[k], r[k], at[k]);
}

void gamlp_math_normal_quantiles(double *z, const double *p, int64_t count) {
    for (int64_t from = 0; from < count; from += BLOCK) {
        int64_t left = count - from;
        quantiles(z + from, p + from, left < BLOCK ? left : BLOCK);
    }
}
