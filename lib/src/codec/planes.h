/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements of 1, 2, 4 or 8 bytes as planes: all their first bytes, then all their second ones, ...
 * Differences are such that small ones have zeros in the higher planes. */
#ifndef GAMLP_CODEC_PLANES_H
#define GAMLP_CODEC_PLANES_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/real.h"

/* Numbers below 2^bits, one plane for up to 8 bits, else two.  With `before`, differences to it
 * modulo 2^bits, folded: 0, -1, 1, -2, ... become 0, 1, 2, 3, ... */
void gamlp_planes_of_index(uint8_t *plane, const uint16_t *index, const uint16_t *before,
                           int64_t count, int bits);

/* The reverse; false when a number is not below 2^bits. */
bool gamlp_planes_to_index(uint16_t *index, const uint16_t *before, const uint8_t *plane,
                           int64_t count, int bits);

/* Stored numbers; with `before`, the exclusive or of their bits. */
void gamlp_planes_of_real(uint8_t *plane, const gamlp_real *x, const gamlp_real *before,
                          int64_t count);
void gamlp_planes_to_real(gamlp_real *x, const gamlp_real *before, const uint8_t *plane,
                          int64_t count);

#endif
