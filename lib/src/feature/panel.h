/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One panel of features for all nodes, and its first hop. */
#ifndef GAMLP_FEATURE_PANEL_H
#define GAMLP_FEATURE_PANEL_H

#include "gamlp/csr.h"
#include "gamlp/dense.h"
#include "matrix/gather.h"

/* Features [first, first + width) of the input.  For sparse input, the
 * entries of node i in the panel are [begin[i], end[i]). */
typedef struct gamlp_panel {
    const gamlp_csr *sparse;  /* nodes x d, or NULL */
    const gamlp_dense *dense; /* d x nodes, or NULL */
    int64_t first, width;
    int64_t *begin, *end; /* nodes, sparse input; owned               */
    gamlp_real *copy;     /* width_max x nodes, dense input; owned, or
                             NULL when a panel is the whole input     */
} gamlp_panel;

/* A panel before the first one, of at most `width` features. */
gamlp_status gamlp_panel_init(gamlp_panel *panel, const gamlp_csr *sparse, const gamlp_dense *dense,
                              int64_t width);
void gamlp_panel_clear(gamlp_panel *panel);

/* Move on to the next `width` features. */
void gamlp_panel_step(gamlp_panel *panel, int64_t width);

/* The hop of `job` from the panel's features: x and d of the job are set here.
 * Sparse input costs its entries only; skipping zeros leaves the bits as they are. */
void gamlp_panel_run(const gamlp_panel *panel, gamlp_gather job);

#endif
