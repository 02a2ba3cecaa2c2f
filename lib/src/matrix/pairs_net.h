/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logits of a net of two layers by pairs (pairs.h),
 *
 *     Z = W_2 max(beta base + B G + b_1 1', 0) + b_2 1',
 *
 * where G (terms x nodes) and base (units x nodes) stay what they are from one call to the next:
 * the hidden units of a strip of nodes are added up where they are made, and never stored.  Where
 * gamlp_pairs_net_pays(), Z has the bits of gamlp_pairs_multiply() with its end, then
 * gamlp_pairs_thin(), then the sum with b_2, for any number of threads. */
#ifndef GAMLP_MATRIX_PAIRS_NET_H
#define GAMLP_MATRIX_PAIRS_NET_H

#include "matrix/pairs.h"

typedef struct gamlp_pairs_net {
    int64_t units, terms, nodes;
    void *strip;      /* columns of G, sorted                                */
    gamlp_real *base; /* in the order in which it is added                   */
    int64_t copies;   /* of halves of B, sorted: one for each thread         */
    gamlp_real *b;    /* copies                                              */
    gamlp_real *z;    /* what the logits have from either half of the units  */
    void *passes;     /* how often strips of nodes got something; turns that are taken */
} gamlp_pairs_net;

/* Whether it is faster than the two products, with so many classes: rows of W_2. */
bool gamlp_pairs_net_pays(int64_t units, int64_t nodes, int64_t terms, int64_t classes);

/* Room for a net of at most 252 terms and 16 classes; G and base are looked at by
 * gamlp_pairs_net_sort() alone.  Ownership passes to the caller: gamlp_pairs_net_clear(). */
gamlp_status gamlp_pairs_net_init(gamlp_pairs_net *net, int64_t units, int64_t terms,
                                  int64_t nodes);
void gamlp_pairs_net_clear(gamlp_pairs_net *net);
void gamlp_pairs_net_sort(gamlp_pairs_net *net, const gamlp_dense *g, const gamlp_dense *base);

typedef struct gamlp_pairs_layers {
    const gamlp_dense *b, *bias_1, *w_2, *bias_2;
    gamlp_real beta;
} gamlp_pairs_layers;

/* Takes what is there of Z: the nodes from GAMLP_PAIRS_NODES i on, class c of node j of them at
 * z[c GAMLP_PAIRS_NODES + j].  It is called once for each i, by some thread, and may write to z,
 * which is the net's.  Behind the last node there are numbers of no node. */
enum { GAMLP_PAIRS_NODES = 32 };
typedef void (*gamlp_pairs_ready)(void *context, int64_t i, gamlp_real *z);

/* Z (classes x nodes) = W_2 max(beta base + B G + b_1 1', 0) + b_2 1', NaN staying. */
void gamlp_pairs_net_score(gamlp_pairs_net *net, const gamlp_pairs_layers *layers,
                           gamlp_pairs_ready ready, void *context);

/* The same by one or two threads that do other things besides, where the net has ends: once it has
 * begun, each takes what is to be done from an end of its own, 0 or 1, until all is taken; it is
 * done when both have come back.  Threads of an end may come late: the other does the rest. */
bool gamlp_pairs_net_has_ends(const gamlp_pairs_net *net);
void gamlp_pairs_net_begin(gamlp_pairs_net *net);
void gamlp_pairs_net_take(gamlp_pairs_net *net, const gamlp_pairs_layers *layers,
                          gamlp_pairs_ready ready, void *context, int end);

/* Z <- W H for W of few rows: every element is the sum of two chains of fused products in order, of
 * the first columns of W and of the others. */
bool gamlp_pairs_thin_pays(int64_t classes);
void gamlp_pairs_thin(gamlp_dense *z, const gamlp_dense *w, const gamlp_dense *h);

#endif
