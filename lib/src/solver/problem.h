/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_SOLVER_PROBLEM_H
#define GAMLP_SOLVER_PROBLEM_H

#include "gamlp/pdadmm.h"

enum { GAMLP_MAX_WATCHED = 4 };

/* Columns that are only evaluated. */
typedef struct gamlp_watched {
    const gamlp_stack *x;
    const int32_t *label;
    gamlp_dense cross; /* X' X_set, N x its columns; with the Gram matrix only */
    gamlp_stack shape; /* x where layer 1 is elsewhere: no blocks */
} gamlp_watched;

struct gamlp_problem {
    const gamlp_stack *x;
    const int32_t *label;
    int64_t classes;
    bool uses_gram;
    gamlp_dense gram;  /* X'X, N x N */
    gamlp_stack shape; /* x where layer 1 is elsewhere: no blocks */
    int64_t watched_count;
    gamlp_watched watched[GAMLP_MAX_WATCHED];
};

/* Columns of watched set `index`, or of the training set for -1. */
int64_t gamlp_problem_columns(const gamlp_problem *problem, int64_t index);
const int32_t *gamlp_problem_label(const gamlp_problem *problem, int64_t index);

#endif
