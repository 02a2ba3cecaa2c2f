/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scores (gamlp/model.h) a chunk of nodes at a time, for nodes whose logits come so. */
#ifndef GAMLP_MODEL_SCORE_H
#define GAMLP_MODEL_SCORE_H

#include "gamlp/model.h"

enum { GAMLP_SLAB = 8192, GAMLP_SLAB_GRAIN = 2048, GAMLP_SCORE_LANES = 8 };

/* Up to GAMLP_SLAB nodes in chunks of `grain`, a multiple of GAMLP_SCORE_LANES and at most
 * GAMLP_SLAB_GRAIN. */
typedef struct gamlp_slab {
    const gamlp_real *z;  /* logits, classes x nodes       */
    const int32_t *label; /* of each node; < 0: it has none */
    int64_t classes, nodes, grain;
    double loss[GAMLP_SLAB]; /* of the labelled nodes of each chunk, from its first node on */
    int64_t count[GAMLP_SLAB / GAMLP_SCORE_LANES]; /* of a chunk's nodes: labelled */
    int64_t right[GAMLP_SLAB / GAMLP_SCORE_LANES]; /* ... and correct              */
} gamlp_slab;

void gamlp_slab_init(gamlp_slab *slab, const gamlp_real *z, const int32_t *label, int64_t classes,
                     int64_t nodes, int64_t grain);

/* For gamlp_parallel(): chunks 0, 1, ... of a slab, in any order; each once. */
void gamlp_slab_run(void *slab, int64_t chunk);

/* The same for a chunk whose logits are not at slab->z, which may be NULL: that of class c and node
 * j of the chunk is z[c stride + j]. */
void gamlp_slab_run_by_class(gamlp_slab *slab, int64_t chunk, const gamlp_real *z, int64_t stride);

/* The score, once all its chunks are there; it has the bits of gamlp_score_of(). */
gamlp_score gamlp_slab_score(const gamlp_slab *slab);

#endif
