/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fingerprints of content, not of files: SHA-256 over
 *
 *   "gamlp-dataset-1", nodes, edges, features, classes (8 bytes each),
 *   for each node the number of its neighbours above it, and these,
 *   1 when every nonzero feature is one, else 0,
 *   for each node the number of its nonzero features, their columns and,
 *   unless all are one, their values as float32,
 *   labels (4 bytes each, -1 where there is none);
 *
 * and over "gamlp-split-1" and, for train, val and test, count and nodes
 * (8 bytes each).  Integers are little-endian; a node or column takes 2 bytes
 * when all fit 16 bits, else 4; counts take 4.  So the same data set has one
 * fingerprint in every format, sparse or dense. */
#include "dataset/fingerprint.h"

#include <string.h>

typedef gamlp_fingerprint sink;

static void flush(sink *s) {
    gamlp_hash_bytes(&s->hash, s->buffer, s->used);
    s->used = 0;
}

static void put(sink *s, uint64_t value, size_t bytes) {
    if (s->used + 8 > GAMLP_FINGERPRINT_BUFFER) flush(s);
    for (size_t i = 0; i < bytes; i++) s->buffer[s->used++] = (unsigned char)(value >> (8 * i));
}

static void start(sink *s, const char *title) {
    gamlp_hash_init(&s->hash);
    s->used = 0;
    gamlp_hash_text(&s->hash, title);
}

static size_t width(int64_t bound) {
    return bound <= 65536 ? 2 : 4;
}

static uint32_t float_bits(float single) {
    uint32_t bits;
    memcpy(&bits, &single, sizeof bits);
    return bits;
}

void gamlp_fingerprint_graph(gamlp_fingerprint *f, const gamlp_csr *block, int64_t first) {
    const gamlp_csr *a = block;
    for (int64_t i = 0; i < a->rows; i++) {
        int64_t above = a->ptr[i];
        while (above < a->ptr[i + 1] && a->idx[above] <= first + i) above++;
        put(f, (uint64_t)(a->ptr[i + 1] - above), 4);
        for (int64_t k = above; k < a->ptr[i + 1]; k++) put(f, (uint64_t)a->idx[k], width(a->cols));
    }
}

static bool is_binary(const gamlp_real *value, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if ((float)value[i] != 0 && (float)value[i] != 1) return false;
    return true;
}

/* One node's features: `count` values at columns col[] (NULL: 0, 1, ...). */
static void put_row(sink *s, const gamlp_real *value, const int32_t *col, int64_t count,
                    int64_t features, bool binary) {
    uint64_t nonzero = 0;
    for (int64_t i = 0; i < count; i++) nonzero += (float)value[i] != 0;
    put(s, nonzero, 4);
    for (int64_t i = 0; i < count; i++)
        if ((float)value[i] != 0) put(s, (uint64_t)(col ? col[i] : i), width(features));
    for (int64_t i = 0; i < count && !binary; i++)
        if ((float)value[i] != 0) put(s, float_bits((float)value[i]), 4);
}

static void put_features(sink *s, const gamlp_dataset *d) {
    const gamlp_csr *a = &d->sparse;
    const gamlp_dense *h = &d->dense;
    bool binary = a->rows ? is_binary(a->val, a->nnz) : is_binary(h->data, h->rows * h->cols);
    put(s, binary, 8);
    for (int64_t i = 0; i < d->nodes; i++) {
        if (a->rows && a->nnz == 0)
            put_row(s, NULL, NULL, 0, d->features, binary);
        else if (a->rows)
            put_row(s, a->val + a->ptr[i], a->idx + a->ptr[i], a->ptr[i + 1] - a->ptr[i],
                    d->features, binary);
        else
            put_row(s, h->data ? h->data + i * h->rows : NULL, NULL, h->rows, d->features, binary);
    }
}

static void put_part(sink *s, const int64_t *node, int64_t count) {
    put(s, (uint64_t)count, 8);
    for (int64_t i = 0; i < count; i++) put(s, (uint64_t)node[i], 8);
}

void gamlp_fingerprint_begin(gamlp_fingerprint *f, const gamlp_dataset *dataset) {
    const int64_t counts[] = {dataset->nodes, dataset->graph.edges, dataset->features,
                              dataset->classes};
    start(f, "gamlp-dataset-1");
    for (int i = 0; i < 4; i++) put(f, (uint64_t)counts[i], 8);
}

void gamlp_fingerprint_end(gamlp_fingerprint *f, gamlp_dataset *dataset) {
    put_features(f, dataset);
    for (int64_t i = 0; i < dataset->nodes; i++)
        put(f, (uint64_t)(int64_t)(dataset->label ? dataset->label[i] : GAMLP_UNLABELLED), 4);
    flush(f);
    gamlp_hash_hex(&f->hash, dataset->fingerprint);
}

void gamlp_split_fingerprint(gamlp_dataset *dataset) {
    sink s;
    start(&s, "gamlp-split-1");
    put_part(&s, dataset->split.train, dataset->split.train_count);
    put_part(&s, dataset->split.val, dataset->split.val_count);
    put_part(&s, dataset->split.test, dataset->split.test_count);
    flush(&s);
    gamlp_hash_hex(&s.hash, dataset->split_fingerprint);
}

gamlp_status gamlp_dataset_fingerprint(gamlp_dataset *dataset) {
    gamlp_fingerprint f;
    gamlp_fingerprint_begin(&f, dataset);
    gamlp_fingerprint_graph(&f, &dataset->graph.adjacency, 0);
    gamlp_fingerprint_end(&f, dataset);
    gamlp_split_fingerprint(dataset);
    return GAMLP_OK;
}

gamlp_status gamlp_fingerprint_complete(gamlp_dataset *dataset) {
    if (dataset->fingerprint[0] == 0) return gamlp_dataset_fingerprint(dataset);
    gamlp_split_fingerprint(dataset);
    return GAMLP_OK;
}
