/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: matrix.  The dense linear algebra library beneath us. */
#ifndef GAMLP_BLAS_H
#define GAMLP_BLAS_H

#ifdef __cplusplus
extern "C" {
#endif

/* Name and version of the library, e.g. "OpenBLAS 0.3.21 ... SkylakeX".  Never NULL. */
const char *gamlp_blas_name(void);
#ifdef __cplusplus
}
#endif
#endif
