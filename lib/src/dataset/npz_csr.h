/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scipy CSR matrix in an npz: the arrays data, indices, indptr and shape. */
#ifndef GAMLP_DATASET_NPZ_CSR_H
#define GAMLP_DATASET_NPZ_CSR_H

#include "dataset/npz.h"
#include "dataset/scipy.h"

/* The matrix and the bytes its arrays live in; zeroed: nothing. */
typedef struct gamlp_npz_csr {
    gamlp_scipy_csr csr;
    gamlp_bytes bytes[4];
} gamlp_npz_csr;

/* The arrays of `npz` whose names begin with `prefix`, which may be empty.  *csr is zeroed before;
 * gamlp_npz_csr_clear() releases what it got, also after a failure. */
gamlp_status gamlp_npz_csr_read(gamlp_npz_csr *csr, const gamlp_npz *npz, const char *prefix);
void gamlp_npz_csr_clear(gamlp_npz_csr *csr);

#endif
