/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_SOLVER_METHOD_PDADMM_H
#define GAMLP_SOLVER_METHOD_PDADMM_H

#include "gamlp/method.h"

/* What these methods tell of an iteration with these figures and options. */
void gamlp_method_pdadmm_figures(gamlp_method_figures *figures, const gamlp_figures *f,
                                 const gamlp_pdadmm_options *o);

/* What of a net is no layer, after an iteration. */
typedef struct gamlp_frozen {
    int64_t iteration;
    double nu, rho, l2; /* in force for the next one */
    gamlp_stall stall;
    gamlp_figures figures;
    bool comparable;
} gamlp_frozen;

/* Take the bytes of a layer, in any order of layers; give those of a layer, which pass to the
 * caller. */
typedef gamlp_status (*gamlp_layer_sink)(void *context, int64_t layer, const unsigned char *bytes,
                                         size_t size);
typedef gamlp_status (*gamlp_layer_source)(unsigned char **bytes, size_t *size, void *context,
                                           int64_t layer);

/* A net after a complete iteration, and a fresh net of the same plan that goes on from there. */
gamlp_status gamlp_method_pdadmm_freeze(gamlp_frozen *frozen, void *net, gamlp_layer_sink sink,
                                        void *context);
gamlp_status gamlp_method_pdadmm_thaw(void *net, const gamlp_frozen *frozen,
                                      gamlp_layer_source source, void *context);

/* Begin none ahead while this iteration is scored; and whether none has begun that was not asked
 * for. */
void gamlp_method_pdadmm_pause(void *net, int64_t iteration);
bool gamlp_method_pdadmm_is_settled(const void *net);

/* The whole net as a block, of a net made by one of the three pdADMM methods.  Borrowed. */
const gamlp_pdadmm *gamlp_method_pdadmm_block(const void *net);

#endif
