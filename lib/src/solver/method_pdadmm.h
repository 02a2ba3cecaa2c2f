/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_SOLVER_METHOD_PDADMM_H
#define GAMLP_SOLVER_METHOD_PDADMM_H

#include "gamlp/pdadmm.h"

/* The whole net as a block, of a net made by one of the three pdADMM methods.  Borrowed. */
const gamlp_pdadmm *gamlp_method_pdadmm_block(const void *net);

#endif
