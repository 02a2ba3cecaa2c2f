/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: solver.  How a block of layers talks to its neighbours.
 *
 * Per iteration and boundary two tensors travel: q_l forward and p_{l+1}
 * backward; u_l never does, since both ends compute it from them.  Besides, an
 * evaluation sends what it has reached, f(z_l) of the columns that are scored, forward. */
#ifndef GAMLP_EXCHANGE_H
#define GAMLP_EXCHANGE_H

#include <stdint.h>

#include "gamlp/dense.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gamlp_tensor { GAMLP_TENSOR_Q, GAMLP_TENSOR_P, GAMLP_TENSOR_SCORED } gamlp_tensor;

/* Which tensor: kind, layer l (q_l, p_l or f(z_l) of layer l) and iteration (0: the start), or the
 * number of the evaluation, from 1. */
typedef struct gamlp_address {
    gamlp_tensor kind;
    int64_t layer, iteration;
} gamlp_address;

/* A channel to the neighbours.  recv fills the allocated `a`, whose shape must fit.
 *
 * A channel without reclaim reads nothing of `a` after send has returned.  One with reclaim may go
 * on reading a q or p that was sent until reclaim(a, context, kind, keep) is called, which the
 * block does before it changes or frees `a`; it may give `a` other memory with the same elements
 * or, with `keep` false, when it never fails, take the memory away (a->data NULL). */
typedef struct gamlp_exchange {
    gamlp_status (*send)(void *context, gamlp_address address, const gamlp_dense *a);
    gamlp_status (*recv)(gamlp_dense *a, void *context, gamlp_address address);
    void *context;
    gamlp_status (*reclaim)(gamlp_dense *a, void *context, gamlp_tensor kind, bool keep);
} gamlp_exchange;

/* Blocks of one process, stepped in turn by one thread: a mailbox that keeps
 * the latest tensor of each address kind and layer. */
typedef struct gamlp_mailbox gamlp_mailbox;
gamlp_status gamlp_mailbox_new(gamlp_mailbox **mailbox, int64_t layers);
void gamlp_mailbox_free(gamlp_mailbox *mailbox);
gamlp_exchange gamlp_mailbox_exchange(gamlp_mailbox *mailbox);

#ifdef __cplusplus
}
#endif
#endif
