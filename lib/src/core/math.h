/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elementary functions whose bits are the same on every IEEE platform: only
 * add, multiply, divide, square root and exponent manipulation. */
#ifndef GAMLP_CORE_MATH_H
#define GAMLP_CORE_MATH_H

#include <stdint.h>

/* Natural logarithm of x > 0, relative error below 2e-16 or so; of NaN and +infinity x itself. */
double gamlp_math_log(double x);

/* The same of `count` numbers, to the same bits; y may be x. */
void gamlp_math_logs(double *y, const double *x, int64_t count);

/* exp(x) of `count` numbers x <= 0, to the bits of gamlp_exp_negative(); y may be x.  Quickest
 * where `count` is a multiple of eight. */
void gamlp_math_exps(double *y, const double *x, int64_t count);

/* Inverse of the standard normal distribution function, 0 < p < 1 (Wichura,
 * Algorithm AS 241, Appl. Statist. 37, 1988: about 16 digits). */
double gamlp_math_normal_quantile(double p);

/* The same of `count` numbers, to the same bits; z may be p. */
void gamlp_math_normal_quantiles(double *z, const double *p, int64_t count);

#endif
