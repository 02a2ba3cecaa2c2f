/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Data sets of graph files that igraph reads: what the attributes of a vertex mean.
 *
 *   label     the first of label, class, y, target, value, community, club, whatever the case,
 *             that is numeric or does not have a different text for each vertex (a name);
 *             not y beside x, nor y and value that are no integers
 *   split     texts train, val (valid, validation), test, or ""
 *   time      integers
 *   features  the numeric attributes x, f, feat, feature, each with a number behind it, with or
 *             without "_"; when there is none of them, all numeric ones but the label, split, time
 *             and id; in the order of the file
 *
 * Pajek's attributes describe a drawing: of them nothing is read.  Files beside the graph go first
 * (dataset/beside.h); without features each vertex is its own. */
#ifndef GAMLP_DATASET_NETWORK_DATA_H
#define GAMLP_DATASET_NETWORK_DATA_H

#include "gamlp/dataset.h"
#include "graph/network.h"

/* Parse `size` bytes with a NUL behind them.  `stem`: what the names of files beside begin with, or
 * NULL: there are none.  `what` names the bytes. */
gamlp_status gamlp_network_data_parse(gamlp_dataset *dataset, gamlp_network_format format,
                                      const void *data, size_t size, const char *what,
                                      const char *stem);

#endif
