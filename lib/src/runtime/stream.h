/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Features out of core: a container passes by in blocks of rows, as often as powers are made, and
 * a panel of features of all nodes is what memory holds. */
#ifndef GAMLP_RUNTIME_STREAM_H
#define GAMLP_RUNTIME_STREAM_H

#include "gamlp/container.h"
#include "gamlp/features.h"

/* The features of a container, as .npy in Fortran order at `path`, within `memory` bytes.  Terms
 * are x, powers, sums, mean, appnp and degree, of operators without triangles: another is
 * GAMLP_E_CONFIG.  What is done is recorded every `period` seconds.  Too little memory is
 * GAMLP_E_NOMEM and names how much is needed.  Goes on where an earlier call with the same data and
 * options was interrupted.  The numbers are those of gamlp_feature_make(), to the bit. */
gamlp_status gamlp_stream_features(gamlp_features_report *report, const char *path,
                                   gamlp_container *container, const gamlp_feature_options *feature,
                                   int64_t memory, double period);

#endif
