/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers in text, whatever the locale. */
#ifndef GAMLP_CORE_NUMBER_H
#define GAMLP_CORE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Both read at *text, which a character that is no part of a number must end (NUL, comma, newline,
 * ...), and set *text behind what they read; false, and *text is unchanged, where there is no
 * number. */

/* [+-] digits; false also beyond 64 bits. */
bool gamlp_number_int(int64_t *value, const char **text);

/* [+-] digits [. digits] [e [+-] digits], with a digit before or behind the point: the double next
 * to it (ties to even); infinite when it is too large.  No inf, nan or hexadecimal digits. */
bool gamlp_number_real(double *value, const char **text);

#endif
