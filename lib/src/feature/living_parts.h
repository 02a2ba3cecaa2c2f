/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a living graph is made of, for the file it is written to. */
#ifndef GAMLP_FEATURE_LIVING_PARTS_H
#define GAMLP_FEATURE_LIVING_PARTS_H

#include "feature/living.h"
#include "feature/living_graph.h"
#include "matrix/cholesky.h"

struct gamlp_living {
    gamlp_term term;
    gamlp_living_graph graph;
    gamlp_cholesky *cholesky;
    gamlp_factor factor; /* a view of the one that is updated */
};

gamlp_status gamlp_living_check_term(const gamlp_term *term);

#endif
