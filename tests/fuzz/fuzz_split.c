/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input is a text of --split, a line break, and the content of a split file.  The text is
 * printed and parsed again, and applied; as a file, the content is read in each form: where the
 * text ends in .npz and the content is no archive, it becomes that of the masks of one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataset/archive.h"
#include "dataset/npy.h"
#include "dataset/split.h"
#include "fuzz.h"
#include "gamlp/alloc.h"

enum { NODES = 24, CLASSES = 3 };

static const char folder[] = "/dev/shm";

/* Two rings of 12 nodes and 11, and a node alone. */
static void make(gamlp_dataset *d) {
    int64_t source[NODES], target[NODES], edges = 0;
    *d = (gamlp_dataset){.name = "fuzz", .nodes = NODES, .features = 1, .classes = CLASSES};
    for (int64_t i = 0; i < 12; i++) {
        source[edges] = 2 * i;
        target[edges++] = 2 * ((i + 1) % 12);
        source[edges] = 2 * (i % 11) + 1;
        target[edges++] = 2 * ((i + 1) % 11) + 1;
    }
    if (gamlp_graph_from_edges(&d->graph, NODES, edges, source, target) != GAMLP_OK) abort();
    if (gamlp_dense_init(&d->dense, 1, NODES) != GAMLP_OK) abort();
    if (gamlp_new(&d->label, NODES, sizeof *d->label, "labels") != GAMLP_OK) abort();
    if (gamlp_new(&d->time, NODES, sizeof *d->time, "times") != GAMLP_OK) abort();
    for (int32_t i = 0; i < NODES; i++) {
        d->label[i] = i % 7 ? i % CLASSES : GAMLP_UNLABELLED;
        d->time[i] = i;
    }
}

/* A split is made of nodes, each of them in one part at most. */
static void check_part(unsigned char *used, const int64_t *node, int64_t count, int64_t nodes) {
    for (int64_t i = 0; i < count; i++) {
        if (node[i] < 0 || node[i] >= nodes || (i > 0 && node[i] <= node[i - 1])) abort();
        if (used[node[i]]++) abort();
    }
}

static void apply(const char *text) {
    gamlp_dataset d;
    gamlp_dataset_options options;
    make(&d);
    gamlp_dataset_options_default(&options);
    snprintf(options.split, sizeof options.split, "%s", text);
    options.train_per_class = options.val_count = options.test_count = 1;
    if (gamlp_dataset_split(&d, &options) == GAMLP_OK) {
        unsigned char used[NODES] = {0};
        check_part(used, d.split.train, d.split.train_count, d.nodes);
        check_part(used, d.split.val, d.split.val_count, d.nodes);
        check_part(used, d.split.test, d.split.test_count, d.nodes);
    }
    gamlp_dataset_clear(&d);
}

static void print_and_parse(const gamlp_split_spec *spec) {
    gamlp_split_spec again;
    char text[GAMLP_NAME_MAX], twice[GAMLP_NAME_MAX];
    gamlp_split_spec_text(text, spec);
    if (gamlp_split_spec_parse(&again, text) != GAMLP_OK) abort();
    gamlp_split_spec_text(twice, &again);
    if (strcmp(text, twice) != 0) abort();
}

/* Three masks whose npy files are equal parts of the content. */
static gamlp_status pack(gamlp_bytes *bytes, const unsigned char *data, size_t size) {
    static const char *const name[] = {"train_mask.npy", "val_mask.npy", "test_mask.npy"};
    static unsigned char copy[1 << 16];
    gamlp_archive_entry entry[3];
    size_t third = size / 3;
    if (size > sizeof copy) size = third = 0;
    if (size > 0) memcpy(copy, data, size);
    for (size_t p = 0; p < 3; p++)
        entry[p] = (gamlp_archive_entry){name[p], {copy + p * third, third}};
    return gamlp_archive_write(bytes, entry, 3, "masks");
}

static void read_as(const char *ending, const void *data, size_t size) {
    char path[64], text[80];
    snprintf(path, sizeof path, "%s/gamlp-fuzz-split-%ld%s", folder, (long)getpid(), ending);
    FILE *stream = fopen(path, "wb");
    if (!stream) return;
    if (size > 0) (void)!fwrite(data, 1, size, stream);
    fclose(stream);
    snprintf(text, sizeof text, "file:%s", path);
    apply(text);
    remove(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    size_t length = end ? (size_t)(end - data) : size, rest = end ? size - length - 1 : 0;
    gamlp_split_spec spec;
    char text[GAMLP_OPTION_TEXT];
    if (length >= sizeof text || (length && memchr(data, 0, length))) return 0;
    if (length) memcpy(text, data, length);
    text[length] = 0;
    if (gamlp_split_spec_parse(&spec, text) != GAMLP_OK) return 0;
    if (spec.kind != GAMLP_SPLIT_FILE) {
        print_and_parse(&spec);
        apply(text);
    } else if (end && rest > 0 && strcmp(text, "file:masks") == 0) {
        gamlp_bytes bytes;
        if (pack(&bytes, end + 1, rest) != GAMLP_OK) return 0;
        read_as(".npz", bytes.data, bytes.size);
        gamlp_bytes_clear(&bytes);
    } else if (end) {
        const char *dot = strrchr(text, '.');
        bool known = dot && (strcmp(dot, ".npz") == 0 || strcmp(dot, ".json") == 0);
        read_as(known ? dot : ".csv", end + 1, rest);
    }
    return 0;
}
