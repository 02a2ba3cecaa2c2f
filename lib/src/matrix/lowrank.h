/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Symmetric changes of a matrix whose factor stays as it is: Woodbury's formula.
 *
 * With A = L D L' in the order of the pivots and changes s_k v_k v_k', s_k = 1 or -1,
 *
 *     (A + V S V')^{-1} = L'^{-1} (D^{-1} - D^{-1} W C^{-1} W' D^{-1}) L^{-1},
 *     W = L^{-1} V,  C = S + W' D^{-1} W.
 *
 * A column of W is zero but on the paths to the root of the elimination tree from the rows that it
 * is about, so that a change reads these columns of L once, and writes none.  C = L_C E L_C' grows
 * by a row at a time; as every A + ... stays positive definite, E_k has the sign of s_k, and no
 * pivoting is needed. */
#ifndef GAMLP_MATRIX_LOWRANK_H
#define GAMLP_MATRIX_LOWRANK_H

#include "matrix/factor.h"

/* Changes that are held: each of rank two.  With k of them a solve for a block of right-hand sides
 * takes in the order of k^2 operations more, and L_C 16 k^2 bytes; W takes 16 for each pivot of
 * each path. */
enum { GAMLP_LOWRANK_MOST = 1024 };

/* Doubles of work that gamlp_lowrank_solve() needs. */
enum { GAMLP_LOWRANK_WORK = 2 * GAMLP_LOWRANK_MOST * GAMLP_LANES };

/* Pivots first, first + 1, ... */
typedef struct gamlp_lowrank_run {
    int32_t first, count;
} gamlp_lowrank_run;

/* Change e in one block of memory, which none of the later ones moves. */
typedef struct gamlp_lowrank_change {
    double *w;              /* two numbers of W at each pivot that it reaches */
    double *row[2];         /* of L_C: 2 e and 2 e + 1 numbers                */
    gamlp_lowrank_run *run; /* these pivots, in increasing order              */
    int64_t runs;
} gamlp_lowrank_change;

typedef struct gamlp_lowrank {
    int64_t changes;
    gamlp_lowrank_change *change; /* GAMLP_LOWRANK_MOST of room                     */
    double *pivot;                /* E                                              */
    double *row;                  /* two rows of C                                  */
    int32_t *path;                /* n: pivots that a new change reaches            */
    double *work;                 /* 2 n, zero between calls                        */
    double *turned;               /* 2 n: the two numbers of a pivot swapped        */
} gamlp_lowrank;

/* No changes of a nested factor.  Ownership passes to the caller: gamlp_lowrank_clear(). */
gamlp_status gamlp_lowrank_init(gamlp_lowrank *r, const gamlp_factor *f);
void gamlp_lowrank_clear(gamlp_lowrank *r);

/* A <- A + s (u u' + v v'), where u and v have entries at two pivots of f, pivot[0] and pivot[1]:
 * u[0], u[1] and v[0], v[1].  s is 1 (`add`) or -1.  GAMLP_E_NUMERIC when the matrix would not be
 * positive definite any more, GAMLP_E_USAGE when no more changes can be held: nothing has changed
 * then. */
gamlp_status gamlp_lowrank_add(gamlp_lowrank *r, const gamlp_factor *f, const int64_t pivot[2],
                               const double u[2], const double v[2], bool add);

/* gamlp_factor_solve() for the changed matrix; `work`: GAMLP_LOWRANK_WORK doubles. */
void gamlp_lowrank_solve(const gamlp_factor *f, const gamlp_lowrank *r, double *x, double *work);

#endif
