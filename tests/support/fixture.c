/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

void put_bytes(writer *w, const void *data, size_t size) {
    if (w->size + size > w->room) {
        w->room = 2 * (w->size + size) + 256;
        w->data = realloc(w->data, w->room);
        if (!w->data) abort();
    }
    if (size) memcpy(w->data + w->size, data, size);
    w->size += size;
}

void put_text(writer *w, const char *text) {
    put_bytes(w, text, strlen(text));
}

void put_byte(writer *w, int byte) {
    unsigned char b = (unsigned char)byte;
    put_bytes(w, &b, 1);
}

void put_int32(writer *w, int64_t value) {
    for (int i = 0; i < 4; i++) put_byte(w, (int)((uint64_t)value >> (8 * i)) & 255);
}

void writer_clear(writer *w) {
    free(w->data);
    *w = (writer){0};
}

static void put_short(writer *w, const char *text) {
    put_byte(w, 'U');
    put_byte(w, (int)strlen(text));
    put_text(w, text);
}

static void put_long(writer *w, int64_t value) {
    put_byte(w, 'J');
    put_int32(w, value);
}

/* An ndarray of rows (x cols, when not 0) elements of four bytes. */
static void put_array(writer *w, const char *type, int64_t rows, int64_t cols, const void *data,
                      int64_t count) {
    put_text(w, "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK");
    put_byte(w, 0);
    put_text(w, "\x85");
    put_short(w, "b");
    put_text(w, "\x87R(K\x01");
    put_long(w, rows);
    if (cols) put_long(w, cols);
    put_byte(w, cols ? 0x86 : 0x85);
    put_text(w, "cnumpy\ndtype\n");
    put_short(w, type);
    put_byte(w, 'K');
    put_byte(w, 0);
    put_text(w, "K\x01\x87R(K\x03");
    put_short(w, "<");
    put_text(w, "NNN");
    put_long(w, -1);
    put_long(w, -1);
    put_byte(w, 'K');
    put_byte(w, 0);
    put_text(w, "tb\x89T");
    put_int32(w, 4 * count);
    put_bytes(w, data, 4 * (size_t)count);
    put_text(w, "tb");
}

void put_pickled_csr(writer *w, int64_t rows, int64_t cols, const int32_t *ptr, const int32_t *idx,
                     const float *val) {
    put_text(w, "\x80\x02"
                "cscipy.sparse.csr\ncsr_matrix\nq\x01)\x81q\x02}q\x03(");
    put_short(w, "_shape");
    put_long(w, rows);
    put_long(w, cols);
    put_byte(w, 0x86);
    put_short(w, "indptr");
    put_array(w, "i4", rows + 1, 0, ptr, rows + 1);
    put_short(w, "indices");
    put_array(w, "i4", ptr[rows], 0, idx, ptr[rows]);
    put_short(w, "data");
    put_array(w, "f4", ptr[rows], 0, val, ptr[rows]);
    put_text(w, "ub.");
}

void put_pickled_labels(writer *w, int64_t rows, int64_t classes, const int32_t *label) {
    int32_t *one_hot = calloc((size_t)(rows * classes), sizeof *one_hot);
    if (!one_hot) abort();
    for (int64_t i = 0; i < rows; i++)
        if (label[i] >= 0) one_hot[i * classes + label[i]] = 1;
    put_text(w, "\x80\x02");
    put_array(w, "i4", rows, classes, one_hot, rows * classes);
    put_byte(w, '.');
    free(one_hot);
}

void put_pickled_graph(writer *w, int64_t nodes, const int32_t next[][4]) {
    put_text(w, "\x80\x02"
                "ccollections\ndefaultdict\nq\x01"
                "c__builtin__\nlist\nq\x02\x85Rq\x03(");
    for (int64_t i = 0; i < nodes; i++) {
        put_long(w, i);
        put_text(w, "](");
        for (int k = 0; k < 4 && next[i][k] >= 0; k++) put_long(w, next[i][k]);
        put_byte(w, 'e');
    }
    put_text(w, "u.");
}

const float tiny_features[TINY_NODES][TINY_FEATURES] = {
    {1, 0, 0, 2, 0},     {0, 1, 0, 0, 0}, {0, 0, 1, 0, 0},  {1, 1, 0, 0, 0},
    {0, 0, 0, 0.25F, 0}, {0, 0, 0, 0, 1}, {1, 0, 0, 0, -1}, {0, 3, 0, 0, 0},
    {0, 0, 0, 1, 1},     {0, 0, 0, 0, 0}, {1, 1, 1, 1, 1},  {0, 0, 7, 0, 0}};

const int32_t tiny_label[TINY_NODES] = {0, 1, 2, 0, 1, 2, 0, 1, 2, GAMLP_UNLABELLED, 0, 1};

static void put_rows(writer *w, const int32_t *node, int64_t rows) {
    int32_t ptr[TINY_NODES + 1] = {0}, idx[TINY_NODES * TINY_FEATURES];
    float val[TINY_NODES * TINY_FEATURES];
    int32_t used = 0;
    for (int64_t i = 0; i < rows; i++) {
        for (int32_t j = TINY_FEATURES - 1; j >= 0; j--) { /* columns out of order */
            if (tiny_features[node[i]][j] == 0) continue;
            idx[used] = j;
            val[used++] = tiny_features[node[i]][j];
        }
        ptr[i + 1] = used;
    }
    put_pickled_csr(w, rows, TINY_FEATURES, ptr, idx, val);
}

static void put_labels(writer *w, const int32_t *node, int64_t rows) {
    int32_t label[TINY_NODES];
    for (int64_t i = 0; i < rows; i++) label[i] = tiny_label[node[i]];
    put_pickled_labels(w, rows, TINY_CLASSES, label);
}

void tiny_planetoid(writer part[GAMLP_PLANETOID_PARTS]) {
    static const int32_t known[] = {0, 1, 2, 3, 4, 5, 6, 7}, test[] = {10, 8, 11};
    int32_t next[TINY_NODES][4];
    memset(part, 0, GAMLP_PLANETOID_PARTS * sizeof *part);
    for (int32_t i = 0; i < TINY_NODES; i++) {
        next[i][0] = (i + 1) % TINY_NODES;
        next[i][1] = (i + TINY_NODES - 1) % TINY_NODES;
        next[i][2] = next[i][3] = -1;
    }
    next[0][2] = 6;
    next[3][2] = 3;
    next[4][2] = next[4][3] = 5;
    put_rows(&part[GAMLP_PLANETOID_X], known, 3);
    put_rows(&part[GAMLP_PLANETOID_TX], test, 3);
    put_rows(&part[GAMLP_PLANETOID_ALLX], known, 8);
    put_labels(&part[GAMLP_PLANETOID_Y], known, 3);
    put_labels(&part[GAMLP_PLANETOID_TY], test, 3);
    put_labels(&part[GAMLP_PLANETOID_ALLY], known, 8);
    put_pickled_graph(&part[GAMLP_PLANETOID_GRAPH], TINY_NODES, (const int32_t(*)[4])next);
    put_text(&part[GAMLP_PLANETOID_TEST], "10\n8\n11\n");
}

gamlp_planetoid_files tiny_files(const writer part[GAMLP_PLANETOID_PARTS]) {
    gamlp_planetoid_files files;
    for (int i = 0; i < GAMLP_PLANETOID_PARTS; i++) {
        files.bytes[i] = (gamlp_bytes){part[i].data, part[i].size};
        files.name[i] = gamlp_planetoid_ending(i);
    }
    return files;
}

void tiny_clear(writer part[GAMLP_PLANETOID_PARTS]) {
    for (int i = 0; i < GAMLP_PLANETOID_PARTS; i++) writer_clear(&part[i]);
}

void tiny_planetoid_write(const char *prefix) {
    writer part[GAMLP_PLANETOID_PARTS];
    tiny_planetoid(part);
    for (int i = 0; i < GAMLP_PLANETOID_PARTS; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s.%s", prefix, gamlp_planetoid_ending(i));
        CHECK_OK(gamlp_file_write(path, part[i].data, part[i].size));
    }
    tiny_clear(part);
}

void tiny_dataset(gamlp_dataset *dataset) {
    writer part[GAMLP_PLANETOID_PARTS];
    tiny_planetoid(part);
    gamlp_planetoid_files files = tiny_files(part);
    CHECK_OK(gamlp_planetoid_parse(dataset, &files));
    snprintf(dataset->name, sizeof dataset->name, "tiny");
    tiny_clear(part);
}

gamlp_bytes read_corpus(const char *name) {
    char path[1024];
    gamlp_bytes bytes;
    snprintf(path, sizeof path, "%s/fuzz/corpus/%s", GAMLP_TEST_SOURCE, name);
    CHECK_OK(gamlp_file_read(&bytes, path, 1 << 20));
    return bytes;
}
