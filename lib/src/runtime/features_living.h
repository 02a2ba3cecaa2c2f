/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_RUNTIME_FEATURES_LIVING_H
#define GAMLP_RUNTIME_FEATURES_LIVING_H

#include "gamlp/features.h"

/* The block of the one term of feature->set for all nodes, from the factor that options->factor
 * names, with the changes of options->update made to it first. */
gamlp_status gamlp_features_living(gamlp_stack *x, gamlp_features_report *report,
                                   const gamlp_dataset *dataset,
                                   const gamlp_feature_options *feature,
                                   const gamlp_features_options *options);

#endif
