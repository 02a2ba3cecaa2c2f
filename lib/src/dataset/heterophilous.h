/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layout of yandex-research/heterophilous-graphs: an npz with edges
 * (edges x 2), node_features (nodes x features), node_labels and train_masks,
 * val_masks, test_masks (splits x nodes). */
#ifndef GAMLP_DATASET_HETEROPHILOUS_H
#define GAMLP_DATASET_HETEROPHILOUS_H

#include <stddef.h>

#include "gamlp/dataset.h"

/* As the reader, from memory; `what` names the bytes in sentences. */
gamlp_status gamlp_heterophilous_parse(gamlp_dataset *dataset, const void *data, size_t size,
                                       const char *what);

#endif
