/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts: formatted copies and the nearest of several names. */
#ifndef GAMLP_CORE_TEXT_H
#define GAMLP_CORE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/status.h"

/* A formatted text of any length.  Ownership passes to the caller: gamlp_free(). */
gamlp_status gamlp_text_format(char **text, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

bool gamlp_text_ends_with(const char *text, const char *ending);

/* The first code point of an UTF-8 text and its number of bytes; 0 bytes at the end of the text and
 * where it is not UTF-8 (too long, cut off, a surrogate, beyond U+10FFFF). */
uint32_t gamlp_text_code_point(int *bytes, const char *text);

/* The first byte at which a text is not UTF-8, or -1. */
int64_t gamlp_text_bad_byte(const char *text);

/* Edits (insert, delete, replace, exchange of neighbours) that lead from one
 * text to the other; only the first 63 characters of each count. */
int64_t gamlp_text_distance(const char *a, const char *b);

/* The i-th name of a list, or NULL behind its end. */
typedef const char *(*gamlp_text_list)(const void *context, int64_t index);

/* The name of the list that `name` begins (three letters or more), else the nearest one (the first
 * of equals), or NULL when none is within a third of its length, or two edits. */
const char *gamlp_text_nearest(gamlp_text_list list, const void *context, const char *name);

#endif
