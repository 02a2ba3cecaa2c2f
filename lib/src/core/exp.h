/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exp(x) for x <= 0, inline so that loops vectorise; only IEEE add and
 * multiply, so the same bits everywhere; relative error below 1e-15, and 0
 * below -708. */
#ifndef GAMLP_CORE_EXP_H
#define GAMLP_CORE_EXP_H

#include <stdint.h>
#include <string.h>

__attribute__((always_inline)) static inline double gamlp_exp_negative(double x) {
    /* x = n ln 2 + r, |r| <= ln 2 / 2; adding 1.5 * 2^52 rounds to an integer. */
    double shifted = x * 1.4426950408889634074 + 0x1.8p52;
    double n = shifted - 0x1.8p52;
    double r = (x - n * 0x1.62e42fee00000p-1) - n * 0x1.a39ef35793c76p-33;
    double e = 1.0 / 6227020800.0;
    e = e * r + 1.0 / 479001600.0;
    e = e * r + 1.0 / 39916800.0;
    e = e * r + 1.0 / 3628800.0;
    e = e * r + 1.0 / 362880.0;
    e = e * r + 1.0 / 40320.0;
    e = e * r + 1.0 / 5040.0;
    e = e * r + 1.0 / 720.0;
    e = e * r + 1.0 / 120.0;
    e = e * r + 1.0 / 24.0;
    e = e * r + 1.0 / 6.0;
    e = e * r + 0.5;
    e = e * r + 1.0;
    e = e * r + 1.0;
    /* The low bits of `shifted` hold n; 2^n is built from them. */
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return x < -708 ? 0 : e * power;
}

#endif
