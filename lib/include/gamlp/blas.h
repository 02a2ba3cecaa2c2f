/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: matrix.  The dense linear algebra library beneath us. */
#ifndef GAMLP_BLAS_H
#define GAMLP_BLAS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Number of threads of the dense products; their bits may depend on it. */
void gamlp_blas_threads_set(int64_t threads);
int64_t gamlp_blas_threads_get(void);

/* Name and version of the library, e.g. "OpenBLAS 0.3.21 ... SkylakeX".  Never NULL. */
const char *gamlp_blas_name(void);

/* Whether it shares the OpenMP threads of our kernels.  When it does not, two
 * pools of threads compete, and a program should say so. */
bool gamlp_blas_shares_threads(void);

#ifdef __cplusplus
}
#endif
#endif
