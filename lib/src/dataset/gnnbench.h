/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layout of shchur/gnn-benchmark: an npz with the adjacency as scipy CSR
 * (adj_data, adj_indices, adj_indptr, adj_shape; also adj_matrix.data, ...),
 * features likewise (attr_...) or dense (attr_matrix), and labels. */
#ifndef GAMLP_DATASET_GNNBENCH_H
#define GAMLP_DATASET_GNNBENCH_H

#include <stddef.h>

#include "gamlp/dataset.h"

/* As gamlp_gnnbench_read() from memory; `what` names the bytes in sentences. */
gamlp_status gamlp_gnnbench_parse(gamlp_dataset *dataset, const void *data, size_t size,
                                  const char *what);

#endif
