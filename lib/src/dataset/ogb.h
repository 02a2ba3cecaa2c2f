/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OGB node-property prediction: what its downloads unpack to.
 *
 *   raw/edge.csv.gz          a pair of nodes a line, an arc from the first to the second
 *   raw/node-feat.csv.gz     the features of a node a line
 *   raw/node-label.csv.gz    the class of a node a line, nan where there is none
 *   raw/num-node-list.csv.gz the number of nodes
 *   raw/num-edge-list.csv.gz the number of edges, if it is there
 *   raw/node_year.csv.gz     the year of a node a line, if it is there
 *   split/TYPE/{train,valid,test}.csv.gz  nodes of the parts
 *
 * or, in binary form, raw/data.npz (edge_index, node_feat, num_nodes_list, num_edges_list,
 * node_year) and raw/node-label.npz (node_label) with the same splits. */
#ifndef GAMLP_DATASET_OGB_H
#define GAMLP_DATASET_OGB_H

#include <stdbool.h>

#include "gamlp/dataset.h"

/* Whether the order of an edge's nodes means anything.  Of OGB's own undirected data sets it does
 * not: they list each edge once, and OGB adds the other direction, which it knows by the name. */
bool gamlp_ogb_is_directed(const gamlp_dataset *dataset);

/* Graph, features, labels and times of the binary form. */
gamlp_status gamlp_ogb_read_binary(gamlp_dataset *dataset, const char *raw);

#endif
