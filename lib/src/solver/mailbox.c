/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/exchange.h"

typedef struct slot {
    gamlp_dense tensor;
    int64_t iteration;
} slot;

enum { KINDS = 3 };

struct gamlp_mailbox {
    int64_t layers;
    slot *slot; /* KINDS * (layers + 1): layer, kind */
};

gamlp_status gamlp_mailbox_new(gamlp_mailbox **mailbox, int64_t layers) {
    gamlp_status status = gamlp_new(mailbox, 1, sizeof **mailbox, "a mailbox");
    if (status != GAMLP_OK) return status;
    status =
        gamlp_new(&(*mailbox)->slot, KINDS * (layers + 1), sizeof(slot), "the slots of a mailbox");
    if (status != GAMLP_OK) {
        gamlp_free(*mailbox);
        *mailbox = NULL;
        return status;
    }
    (*mailbox)->layers = layers;
    return GAMLP_OK;
}

void gamlp_mailbox_free(gamlp_mailbox *mailbox) {
    if (!mailbox) return;
    for (int64_t i = 0; i < KINDS * (mailbox->layers + 1); i++)
        gamlp_dense_clear(&mailbox->slot[i].tensor);
    gamlp_free(mailbox->slot);
    gamlp_free(mailbox);
}

static gamlp_status find(slot **found, gamlp_mailbox *mailbox, gamlp_address address) {
    *found = NULL;
    if (address.layer < 0 || address.layer > mailbox->layers)
        return gamlp_fail(GAMLP_E_USAGE, "layer %lld in a mailbox for %lld layers",
                          (long long)address.layer, (long long)mailbox->layers);
    *found = &mailbox->slot[KINDS * address.layer + (int64_t)address.kind];
    return GAMLP_OK;
}

static gamlp_status mailbox_send(void *context, gamlp_address address, const gamlp_dense *a) {
    slot *s = NULL;
    gamlp_status status = find(&s, context, address);
    if (status != GAMLP_OK) return status;
    if (s->tensor.rows != a->rows || s->tensor.cols != a->cols) {
        gamlp_dense_clear(&s->tensor);
        status = gamlp_dense_init(&s->tensor, a->rows, a->cols);
        if (status != GAMLP_OK) return status;
    }
    memcpy(s->tensor.data, a->data, (size_t)(a->rows * a->cols) * sizeof *a->data);
    s->iteration = address.iteration;
    return GAMLP_OK;
}

static gamlp_status mailbox_recv(gamlp_dense *a, void *context, gamlp_address address) {
    static const char *const name[KINDS] = {"q", "p", "f(z)"};
    slot *s = NULL;
    gamlp_status status = find(&s, context, address);
    if (status != GAMLP_OK) return status;
    if (!s->tensor.data || s->iteration != address.iteration || s->tensor.rows != a->rows ||
        s->tensor.cols != a->cols)
        return gamlp_fail(GAMLP_E_USAGE, "%s of layer %lld, iteration %lld, has not been sent",
                          name[address.kind], (long long)address.layer,
                          (long long)address.iteration);
    memcpy(a->data, s->tensor.data, (size_t)(a->rows * a->cols) * sizeof *a->data);
    return GAMLP_OK;
}

gamlp_exchange gamlp_mailbox_exchange(gamlp_mailbox *mailbox) {
    return (gamlp_exchange){mailbox_send, mailbox_recv, mailbox};
}
