/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decimal to binary.  w 10^e with w < 2^53 and |e| <= 22 is one correctly rounded operation on two
 * exact doubles (Clinger 1990).  With the 64 bits of x87's long double the same holds of w < 2^64
 * and |e| <= 27, and rounding the result again to 53 bits is right unless its last 11 bits are
 * those of a tie.  What is left goes to strtod() in the locale "C". */
#define _GNU_SOURCE
#include "core/number.h"

#include <float.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

bool gamlp_number_int(int64_t *value, const char **text) {
    const char *p = *text;
    bool negative = *p == '-';
    uint64_t w = 0;
    if (*p == '-' || *p == '+') p++;
    const char *digits = p;
    for (; *p >= '0' && *p <= '9'; p++) {
        unsigned digit = (unsigned)(*p - '0');
        if (w > (UINT64_MAX - digit) / 10) return false;
        w = 10 * w + digit;
    }
    if (p == digits || w > (uint64_t)INT64_MAX + negative) return false;
    *value = negative ? (int64_t)(0 - w) : (int64_t)w;
    *text = p;
    return true;
}

/* [e [+-] digits] at *text; values beyond any double's are cut. */
static int64_t exponent(const char **text) {
    const char *p = *text;
    if (*p != 'e' && *p != 'E') return 0;
    p++;
    bool negative = *p == '-';
    if (*p == '-' || *p == '+') p++;
    if (*p < '0' || *p > '9') return 0;
    int64_t e = 0;
    for (; *p >= '0' && *p <= '9'; p++)
        if (e < 100000) e = 10 * e + (*p - '0');
    *text = p;
    return negative ? -e : e;
}

#if LDBL_MANT_DIG == 64
static const long double long_power[] = {1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,
                                         1e7L,  1e8L,  1e9L,  1e10L, 1e11L, 1e12L, 1e13L,
                                         1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L, 1e20L,
                                         1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};

static bool by_long_double(double *value, uint64_t w, int64_t e) {
    if (e < -27 || e > 27 || w == 0) return false;
    long double x = e < 0 ? (long double)w / long_power[-e] : (long double)w * long_power[e];
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    *value = (double)x;
    return (bits & 0x7ff) != 0x400;
}
#else
static bool by_long_double(double *value, uint64_t w, int64_t e) {
    (void)value, (void)w, (void)e;
    return false;
}
#endif

static double by_library(const char *text) {
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double value = c ? strtod_l(text, NULL, c) : strtod(text, NULL);
    if (c) freelocale(c);
    return value;
}

bool gamlp_number_real(double *value, const char **text) {
    const char *p = *text;
    bool negative = *p == '-';
    if (*p == '-' || *p == '+') p++;
    uint64_t w = 0; /* of the first digits; exact when there are at most 19 that count */
    const char *first = p;
    while (*p == '0') p++;
    const char *start = p;
    for (; *p >= '0' && *p <= '9'; p++) w = 10 * w + (unsigned)(*p - '0');
    int64_t digits = p - start, total = p - first, e = 0;
    if (*p == '.') {
        const char *point = ++p;
        if (digits == 0)
            while (*p == '0') p++;
        start = p;
        for (; *p >= '0' && *p <= '9'; p++) w = 10 * w + (unsigned)(*p - '0');
        digits += p - start;
        total += p - point;
        e = point - p;
    }
    if (total == 0) return false;
    e += exponent(&p);
    double x;
    if (digits <= 19 && w >> 53 == 0 && e >= -22 && e <= 22)
        x = e < 0 ? (double)w / power[-e] : (double)w * power[e];
    else if (digits > 19 || !by_long_double(&x, w, e)) {
        *value = by_library(*text);
        *text = p;
        return true;
    }
    *value = negative ? -x : x;
    *text = p;
    return true;
}
