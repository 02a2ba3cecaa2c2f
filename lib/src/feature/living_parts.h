/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a living graph is made of, for the file it is written to. */
#ifndef GAMLP_FEATURE_LIVING_PARTS_H
#define GAMLP_FEATURE_LIVING_PARTS_H

#include "feature/living.h"
#include "feature/living_graph.h"
#include "matrix/lowrank.h"

struct gamlp_living {
    gamlp_term term;
    gamlp_living_graph graph;     /* as it is now                                         */
    gamlp_factor factor;          /* of the graph as it was before the changes in pending */
    int32_t *inverse;             /* pivot of each node                                   */
    gamlp_lowrank lowrank;        /* the changes since                                    */
    gamlp_living_change *pending; /* the same, GAMLP_LOWRANK_MOST of room                 */
    uint64_t mark;
};

gamlp_status gamlp_living_check_term(const gamlp_term *term);

/* Take over a factor of the graph before all pending changes. */
gamlp_status gamlp_living_adopt(gamlp_living *l, gamlp_factor *f);

/* One change of the factored matrix, not of the graph, and of what is pending. */
gamlp_status gamlp_living_pend(gamlp_living *l, const gamlp_living_change *change);

#endif
