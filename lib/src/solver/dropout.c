/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/dropout.h"

#include "gamlp/backprop.h"
#include "gamlp/threads.h"

/* Pairs of elements of one iteration: 2^36; iterations: 2^28. */
enum { ITERATION_BITS = 36, WORDS = 128, CHUNK = 8 };

gamlp_mask gamlp_mask_of(uint64_t seed, int64_t layer, int64_t iteration, double dropout) {
    return (gamlp_mask){.rng = gamlp_rng_key(seed, GAMLP_RNG_DROPOUT, (uint32_t)layer),
                        .base = (uint64_t)iteration << ITERATION_BITS,
                        .threshold = (uint32_t)(dropout * 0x1p32),
                        .scale = (gamlp_real)(1 / (1 - dropout))};
}

/* One word of 64 bits serves elements 2k and 2k + 1. */
static bool keeps(const gamlp_mask *mask, uint64_t word, int64_t element) {
    return (uint32_t)(element & 1 ? word >> 32 : word) >= mask->threshold;
}

bool gamlp_dropout_keeps(uint64_t seed, int64_t layer, int64_t iteration, int64_t element,
                         double dropout) {
    gamlp_mask mask = gamlp_mask_of(seed, layer, iteration, dropout);
    return keeps(&mask, gamlp_rng_bits(mask.rng, mask.base + (uint64_t)element / 2), element);
}

typedef struct mask_task {
    gamlp_real *out;
    const gamlp_real *in;
    const gamlp_csr *sparse;
    const gamlp_mask *mask;
    int64_t rows, cols, first, stride;
} mask_task;

static void mask_column(const mask_task *t, int64_t j) {
    const gamlp_real *in = t->in + j * t->rows;
    gamlp_real *out = t->out + j * t->rows;
    int64_t from = t->first + j * t->stride, element = from, end = from + t->rows;
    uint64_t word[WORDS];
    while (element < end) {
        int64_t pair = element / 2, stop = 2 * (pair + WORDS) < end ? 2 * (pair + WORDS) : end;
        gamlp_rng_fill(word, t->mask->rng, t->mask->base + (uint64_t)pair,
                       (stop - 2 * pair + 1) / 2);
        for (; element < stop; element++)
            out[element - from] = keeps(t->mask, word[element / 2 - pair], element)
                                      ? in[element - from] * t->mask->scale
                                      : 0;
    }
}

static void dense_chunk(void *context, int64_t chunk) {
    const mask_task *t = context;
    int64_t end = (chunk + 1) * CHUNK < t->cols ? (chunk + 1) * CHUNK : t->cols;
    for (int64_t j = chunk * CHUNK; j < end; j++) mask_column(t, j);
}

void gamlp_mask_dense(gamlp_dense *out, const gamlp_dense *in, const gamlp_mask *mask,
                      int64_t first, int64_t stride) {
    mask_task task = {.out = out->data,
                      .in = in->data,
                      .mask = mask,
                      .rows = in->rows,
                      .cols = in->cols,
                      .first = first,
                      .stride = stride};
    gamlp_parallel((in->cols + CHUNK - 1) / CHUNK, dense_chunk, &task);
}

static void sparse_chunk(void *context, int64_t chunk) {
    const mask_task *t = context;
    int64_t end = (chunk + 1) * CHUNK < t->cols ? (chunk + 1) * CHUNK : t->cols;
    for (int64_t j = chunk * CHUNK; j < end; j++)
        for (int64_t e = t->sparse->ptr[j]; e < t->sparse->ptr[j + 1]; e++) {
            int64_t element = t->first + t->sparse->idx[e] + j * t->stride;
            uint64_t word = gamlp_rng_bits(t->mask->rng, t->mask->base + (uint64_t)element / 2);
            t->out[e] = keeps(t->mask, word, element) ? t->in[e] * t->mask->scale : 0;
        }
}

void gamlp_mask_sparse(gamlp_csr *out, const gamlp_csr *in, const gamlp_mask *mask, int64_t first,
                       int64_t stride) {
    mask_task task = {.out = out->val,
                      .in = in->val,
                      .sparse = in,
                      .mask = mask,
                      .cols = in->rows,
                      .first = first,
                      .stride = stride};
    gamlp_parallel((in->rows + CHUNK - 1) / CHUNK, sparse_chunk, &task);
}
