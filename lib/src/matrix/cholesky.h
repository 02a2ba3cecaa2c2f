/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sparse Cholesky factorisation (adapter of CHOLMOD; Chen, Davis, Hager and Rajamanickam, ACM TOMS
 * 35, 2008): analyse once, factorise often.
 *
 * Dense kernels run with one thread of BLAS, so that the bits of a factor do not depend on the
 * number of threads. */
#ifndef GAMLP_MATRIX_CHOLESKY_H
#define GAMLP_MATRIX_CHOLESKY_H

#include "matrix/factor.h"
#include "matrix/symmetric.h"

/* The order of elimination: as given; approximate minimum degree (Amestoy, Davis and Duff, 1996);
 * nested dissection (METIS, Karypis and Kumar, 1998). */
typedef enum gamlp_ordering {
    GAMLP_ORDERING_NATURAL,
    GAMLP_ORDERING_AMD,
    GAMLP_ORDERING_METIS
} gamlp_ordering;

typedef struct gamlp_cholesky gamlp_cholesky;

/* Order and analyse the pattern of `a`; its values do not matter.  Ownership passes to the caller:
 * gamlp_cholesky_free(). */
gamlp_status gamlp_cholesky_new(gamlp_cholesky **cholesky, const gamlp_symmetric *a,
                                gamlp_ordering ordering);
void gamlp_cholesky_free(gamlp_cholesky *cholesky);

/* What the analysis found: entries of L, floating-point operations of its computation, and the most
 * bytes that gamlp_cholesky_factor() takes, the factor included. */
double gamlp_cholesky_fill(const gamlp_cholesky *cholesky);
double gamlp_cholesky_flops(const gamlp_cholesky *cholesky);
double gamlp_cholesky_bytes(const gamlp_cholesky *cholesky);

/* Factorise a matrix of the analysed pattern.  GAMLP_E_NUMERIC when it is not positive definite.
 * Ownership of the factor passes to the caller: gamlp_factor_clear(). */
gamlp_status gamlp_cholesky_factor(gamlp_factor *f, gamlp_cholesky *cholesky,
                                   const gamlp_symmetric *a);

/* Factorise as L D L' and keep the factor, to be updated.  *f is a view of it that each update
 * renews. */
gamlp_status gamlp_cholesky_keep(gamlp_factor *f, gamlp_cholesky *cholesky,
                                 const gamlp_symmetric *a);

/* Keep a copy of a factor, as gamlp_cholesky_keep() does; the analysis is not needed.  Ownership
 * passes to the caller: gamlp_cholesky_free(). */
gamlp_status gamlp_cholesky_adopt(gamlp_factor *view, gamlp_cholesky **cholesky,
                                  const gamlp_factor *f);

/* A <- A + s V V' (s = 1 or -1), where V has `rank` columns with entries at the `count` rows row[e]
 * of A, all different: value[r * count + e] (Davis and Hager, SIAM J. Matrix Anal. Appl. 20, 1999;
 * 22, 2001).  GAMLP_E_NUMERIC when a pivot is not positive any more.  After a failure other than
 * GAMLP_E_USAGE the factor is gone, and all further updates fail. */
enum { GAMLP_UPDATE_MOST = 8 };
gamlp_status gamlp_cholesky_update(gamlp_factor *f, gamlp_cholesky *cholesky, const int64_t *row,
                                   const double *value, int64_t count, int64_t rank, bool add);

#endif
