/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Features in the smaller of two forms. */
#ifndef GAMLP_DATASET_PACK_H
#define GAMLP_DATASET_PACK_H

#include "gamlp/dataset.h"

/* Whether `nonzero` of nodes x features values take less memory sparse than dense, as float: the
 * same in every build. */
bool gamlp_pack_is_sparse(int64_t nodes, int64_t features, int64_t nonzero);

/* Make the dense features of a data set sparse where that takes less memory. */
gamlp_status gamlp_pack_features(gamlp_dataset *dataset);

#endif
