/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draws with given probabilities, by inversion of the cumulative distribution.
 * A table of guides (Chen and Asau, AIIE Transactions 6, 1974) leaves a few
 * steps of bisection; what is found depends on the cumulative sums alone. */
#ifndef GAMLP_GRAPH_WEIGHTED_H
#define GAMLP_GRAPH_WEIGHTED_H

#include <stdint.h>

#include "gamlp/status.h"

typedef struct gamlp_weighted {
    int64_t count, room;
    double *cumulative; /* sums of the weights 0..i */
    int32_t *guide;     /* count + 1                */
} gamlp_weighted;

/* Room for `room` weights, at most 2^31 - 1.  Ownership passes to the caller:
 * gamlp_weighted_clear(). */
gamlp_status gamlp_weighted_init(gamlp_weighted *w, int64_t room);
void gamlp_weighted_clear(gamlp_weighted *w);

/* Take weight[member[0..count)] (member NULL: weight[0..count)), 0 < count <= room; positive. */
void gamlp_weighted_set(gamlp_weighted *w, const double *weight, const int32_t *member,
                        int64_t count);

/* The first i whose sum exceeds u times the total, 0 <= u < 1. */
int64_t gamlp_weighted_find(const gamlp_weighted *w, double u);

#endif
