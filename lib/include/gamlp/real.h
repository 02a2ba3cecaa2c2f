/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: core.  The storage type: float, or double in a library configured with
 * GAMLP_REAL=double (for checking theory). */
#ifndef GAMLP_REAL_H
#define GAMLP_REAL_H

#if defined(GAMLP_REAL_IS_DOUBLE)
typedef double gamlp_real;
#else
typedef float gamlp_real;
#endif

#endif
