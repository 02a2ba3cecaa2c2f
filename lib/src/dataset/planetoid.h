/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layout of kimiyoung/planetoid: eight files PREFIX.x, .tx, .allx, .y,
 * .ty, .ally, .graph (pickles) and .test.index (text).  Row i of allx is node
 * i; row i of tx is the node in line i of test.index. */
#ifndef GAMLP_DATASET_PLANETOID_H
#define GAMLP_DATASET_PLANETOID_H

#include "core/file.h"
#include "gamlp/dataset.h"

enum gamlp_planetoid_part {
    GAMLP_PLANETOID_X,
    GAMLP_PLANETOID_TX,
    GAMLP_PLANETOID_ALLX,
    GAMLP_PLANETOID_Y,
    GAMLP_PLANETOID_TY,
    GAMLP_PLANETOID_ALLY,
    GAMLP_PLANETOID_GRAPH,
    GAMLP_PLANETOID_TEST,
    GAMLP_PLANETOID_PARTS
};

/* The part's ending: "x", ..., "test.index". */
const char *gamlp_planetoid_ending(int part);

typedef struct gamlp_planetoid_files {
    gamlp_bytes bytes[GAMLP_PLANETOID_PARTS];
    const char *name[GAMLP_PLANETOID_PARTS]; /* in sentences */
} gamlp_planetoid_files;

/* As gamlp_planetoid_read() from memory. */
gamlp_status gamlp_planetoid_parse(gamlp_dataset *dataset, const gamlp_planetoid_files *files);

#endif
