/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each edge is counted once, at the end of larger degree: the neighbours of the other end are
 * looked up in the larger list, which sums to the arboricity bound of Chiba and Nishizeki (SIAM J.
 * Comput. 14, 1985). */
#include "feature/triangles.h"

#include "gamlp/threads.h"
#include "matrix/gather.h"

typedef struct counting {
    gamlp_real *count;
    const gamlp_csr *a;
} counting;

/* The place in [low, high) of the first index that is not below `wanted`. */
static int64_t lower_bound(const int32_t *idx, int64_t low, int64_t high, int32_t wanted) {
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (idx[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Both lists increase, so the search goes on where the one before ended, in steps that double. */
static int64_t common(const gamlp_csr *a, int64_t small, int64_t large) {
    int64_t found = 0, at = a->ptr[large], end = a->ptr[large + 1];
    for (int64_t k = a->ptr[small]; k < a->ptr[small + 1] && at < end; k++) {
        int64_t step = 1;
        while (at + step < end && a->idx[at + step] < a->idx[k]) step *= 2;
        int64_t high = at + step < end ? at + step + 1 : end;
        at = lower_bound(a->idx, at, high, a->idx[k]);
        found += at < end && a->idx[at] == a->idx[k];
    }
    return found;
}

static void count_row(const counting *c, int64_t i) {
    const gamlp_csr *a = c->a;
    int64_t degree = a->ptr[i + 1] - a->ptr[i];
    for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++) {
        int64_t j = a->idx[k], other = a->ptr[j + 1] - a->ptr[j];
        if (other > degree || (other == degree && j > i)) continue;
        gamlp_real number = (gamlp_real)common(a, j, i);
        c->count[k] = number;
        c->count[lower_bound(a->idx, a->ptr[j], a->ptr[j + 1], (int32_t)i)] = number;
    }
}

static void count_chunk(void *context, int64_t chunk) {
    const counting *c = context;
    int64_t end = gamlp_csr_chunk(c->a, chunk + 1);
    for (int64_t i = gamlp_csr_chunk(c->a, chunk); i < end; i++) count_row(c, i);
}

void gamlp_triangles_of_edges(gamlp_real *count, const gamlp_csr *adjacency) {
    counting c = {count, adjacency};
    gamlp_parallel(GAMLP_CSR_CHUNKS, count_chunk, &c);
}
