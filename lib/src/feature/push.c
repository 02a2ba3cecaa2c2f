/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Forward push (Andersen, Chung and Lang, FOCS 2006) for one unit vector, on K = I - c N.
 *
 * The invariant is K g = e - r.  To push node j is to move r_j into g_j: r loses r_j there and
 * gains c N_kj r_j at the neighbours k.  All r stay >= 0.  A round pushes every node whose r is
 * above a threshold; thresholds fall until |r| <= tolerance, which is the certificate. */
#include <math.h>

#include "feature/diffusion.h"

typedef struct pusher {
    const gamlp_system *s;
    double *g, *r, threshold;
    int32_t *queue; /* n, a ring */
    unsigned char *queued;
    int64_t head, length;
} pusher;

static void enqueue(pusher *p, int64_t node) {
    if (p->queued[node] || p->r[node] <= p->threshold) return;
    p->queued[node] = 1;
    p->queue[(p->head + p->length++) % p->s->n.n] = (int32_t)node;
}

static void push(pusher *p, int64_t node) {
    const gamlp_symmetric *n = &p->s->n;
    const double amount = p->r[node];
    p->g[node] += amount;
    p->r[node] = 0;
    for (int64_t k = n->ptr[node]; k < n->ptr[node + 1]; k++) {
        p->r[n->idx[k]] += p->s->c * n->val[k] * amount;
        enqueue(p, n->idx[k]);
    }
}

static void run_round(pusher *p) {
    while (p->length > 0) {
        int64_t node = p->queue[p->head];
        p->head = (p->head + 1) % p->s->n.n;
        p->length--;
        p->queued[node] = 0;
        push(p, node);
    }
}

void gamlp_push_column(const gamlp_diffusion *d, int64_t node, double *g, double *r, int32_t *queue,
                       unsigned char *queued) {
    const int64_t n = d->matrix.n.n;
    pusher p = {&d->matrix, g, r, 0.5, queue, queued, 0, 0};
    double square = 1;
    r[node] = 1;
    while (square > d->tolerance * d->tolerance && p.threshold > 1e-18) {
        p.threshold /= 8;
        for (int64_t i = 0; i < n; i++) enqueue(&p, i);
        run_round(&p);
        square = 0;
        for (int64_t i = 0; i < n; i++) square += r[i] * r[i];
    }
}
