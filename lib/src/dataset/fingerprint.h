/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of gamlp_dataset_fingerprint(), for a graph that comes in blocks of rows. */
#ifndef GAMLP_DATASET_FINGERPRINT_H
#define GAMLP_DATASET_FINGERPRINT_H

#include "core/hash.h"
#include "gamlp/dataset.h"

enum { GAMLP_FINGERPRINT_BUFFER = 1 << 14 };

typedef struct gamlp_fingerprint {
    gamlp_hash hash;
    size_t used;
    unsigned char buffer[GAMLP_FINGERPRINT_BUFFER];
} gamlp_fingerprint;

/* The front, with the counts; then all rows of the graph in order; then the rest. */
void gamlp_fingerprint_begin(gamlp_fingerprint *f, const gamlp_dataset *dataset);
/* Row i of `block` is node first + i. */
void gamlp_fingerprint_graph(gamlp_fingerprint *f, const gamlp_csr *block, int64_t first);
/* Features and labels; dataset->fingerprint is set. */
void gamlp_fingerprint_end(gamlp_fingerprint *f, gamlp_dataset *dataset);

/* Set dataset->split_fingerprint. */
void gamlp_split_fingerprint(gamlp_dataset *dataset);

/* Both fingerprints when that of the content is not known yet (it is ""), else that of the split,
 * which may have changed: a container knows the one of its content. */
gamlp_status gamlp_fingerprint_complete(gamlp_dataset *dataset);

#endif
