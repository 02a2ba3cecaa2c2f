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
 * bytes that gamlp_cholesky_factor() takes, the factor included: INFINITY when it has more than
 * 2^31 - 1 entries and cannot be computed. */
double gamlp_cholesky_fill(const gamlp_cholesky *cholesky);
double gamlp_cholesky_flops(const gamlp_cholesky *cholesky);
double gamlp_cholesky_bytes(const gamlp_cholesky *cholesky);

/* Factorise a matrix of the analysed pattern.  GAMLP_E_NUMERIC when it is not positive definite,
 * GAMLP_E_NOMEM also when it would have too many entries.
 * Ownership of the factor passes to the caller: gamlp_factor_clear(). */
gamlp_status gamlp_cholesky_factor(gamlp_factor *f, gamlp_cholesky *cholesky,
                                   const gamlp_symmetric *a);

#endif
