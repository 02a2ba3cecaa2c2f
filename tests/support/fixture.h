/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small data sets in every format, written by the tests themselves. */
#ifndef GAMLP_TEST_FIXTURE_H
#define GAMLP_TEST_FIXTURE_H

#include "dataset/planetoid.h"
#include "gamlp/dataset.h"

/* Bytes being written; malloc'ed, so that they do not count as the library's. */
typedef struct writer {
    unsigned char *data;
    size_t size, room;
} writer;

void put_bytes(writer *w, const void *data, size_t size);
void put_text(writer *w, const char *text);
void put_byte(writer *w, int byte);
void put_int32(writer *w, int64_t value); /* little-endian */
void writer_clear(writer *w);

/* Python 2 pickles, protocol 2, as cPickle writes them.  float32 values. */
void put_pickled_csr(writer *w, int64_t rows, int64_t cols, const int32_t *ptr, const int32_t *idx,
                     const float *val);
/* int32 rows x classes; label -1: a row of zeros. */
void put_pickled_labels(writer *w, int64_t rows, int64_t classes, const int32_t *label);
/* defaultdict(list): node i is joined to next[i][0], next[i][1], ...; -1 ends a list. */
void put_pickled_graph(writer *w, int64_t nodes, const int32_t next[][4]);

/* Twelve nodes, 5 features, 3 classes: x has nodes 0..2, allx 0..7, test.index
 * is 10, 8, 11, so that node 9 is missing.  Edges: a ring 0-1-...-11-0, the
 * chord 0-6, a loop at 3 and the edge 4-5 twice more: 13 edges. */
enum { TINY_NODES = 12, TINY_FEATURES = 5, TINY_CLASSES = 3, TINY_EDGES = 13 };
extern const float tiny_features[TINY_NODES][TINY_FEATURES];
extern const int32_t tiny_label[TINY_NODES];
void tiny_planetoid(writer part[GAMLP_PLANETOID_PARTS]);
gamlp_planetoid_files tiny_files(const writer part[GAMLP_PLANETOID_PARTS]);
void tiny_clear(writer part[GAMLP_PLANETOID_PARTS]);
/* Written as PREFIX.x, ...; the same content as a data set. */
void tiny_planetoid_write(const char *prefix);
void tiny_dataset(gamlp_dataset *dataset);

/* A file of tests/fuzz/corpus. */
gamlp_bytes read_corpus(const char *name);

#endif
