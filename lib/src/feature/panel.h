/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One panel of features for all nodes, and its first hop. */
#ifndef GAMLP_FEATURE_PANEL_H
#define GAMLP_FEATURE_PANEL_H

#include <stdbool.h>

#include "gamlp/csr.h"
#include "gamlp/dense.h"
#include "matrix/gather.h"

/* Features [first, first + width) of the input, in strips of `strip` features: a panel of all nodes
 * has one strip behind the other, and in each the nodes one behind the other, so that a narrow
 * strip of many nodes fits a cache.  For sparse input, the entries of node i in the panel are
 * [begin[i], end[i]). */
typedef struct gamlp_panel {
    const gamlp_csr *sparse;  /* nodes x d, or NULL */
    const gamlp_dense *dense; /* d x nodes, or NULL */
    int64_t nodes, strip;
    int64_t first, width;
    int64_t *begin, *end; /* nodes, sparse input; owned    */
    gamlp_real *copy;     /* the panel, dense input in full precision; owned */
    uint16_t *packed[2];  /* what hops take columns from, and what they leave for the next one, in
                             bfloat16, or NULL; owned */
} gamlp_panel;

/* Numbers that a panel of `width` features takes. */
int64_t gamlp_panel_room(int64_t nodes, int64_t width, int64_t strip);

/* A panel before the first one, of at most `width` features; with `packed` hops take columns as
 * they are after rounding to bfloat16. */
gamlp_status gamlp_panel_init(gamlp_panel *panel, const gamlp_csr *sparse, const gamlp_dense *dense,
                              int64_t width, int64_t strip, bool packed);
void gamlp_panel_clear(gamlp_panel *panel);

/* Move on to the next `width` features. */
void gamlp_panel_step(gamlp_panel *panel, int64_t width);

/* Number of strips; offset of one in a panel of all nodes, and its features. */
int64_t gamlp_panel_strips(const gamlp_panel *panel);
int64_t gamlp_panel_offset(const gamlp_panel *panel, int64_t strip);
int64_t gamlp_panel_wide(const gamlp_panel *panel, int64_t strip);

/* A hop of every strip, with `more` one that another follows.  Columns come from the panel `from`,
 * or from the features of the panel when it is NULL, or with `packed` from what the hop before left
 * there; they go to the panel `to`, or when job.y is not NULL to rows [first, first + width)
 * of a matrix of column stride job.stride there.  Where job.past is not NULL, which takes dense
 * columns, they go to those rows of a matrix there as well, or alone if `to` is NULL.  x, d and
 * x_stride of the job are set here. Sparse input costs its entries only; skipping zeros leaves the
 * bits as they are. */
void gamlp_panel_run(gamlp_real *to, gamlp_panel *panel, const gamlp_real *from, gamlp_gather job,
                     bool more);

#endif
