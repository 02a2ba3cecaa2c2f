/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Graphs that come with the library. */
#ifndef GAMLP_DATASET_EMBEDDED_H
#define GAMLP_DATASET_EMBEDDED_H

#include "core/yaml.h"
#include "gamlp/dataset.h"

/* Build the graph `name` from its recipe.  Key `kind` decides: "generate" (a
 * mapping `generate` of options) or "karate" (lists `label`, `train`, `val`,
 * `test`; one-hot features).  The caller checks the
 * result and takes its fingerprints.  Ownership passes to the caller:
 * gamlp_dataset_clear(). */
gamlp_status gamlp_embedded_open(gamlp_dataset *dataset, const char *name,
                                 const gamlp_yaml *recipe);

#endif
