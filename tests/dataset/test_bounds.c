/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that promise more than they hold are refused before memory for it is taken: by every reader
 * of npz files, in each of its arrays. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "dataset/format.h"
#include "dataset/npy.h"
#include "dataset/pickle.h"
#include "dataset/split.h"
#include "fixture.h"
#include "gamlp/alloc.h"
#include "npzfile.h"
#include "textfile.h"

enum { NAMES = 10, MODEST = 1 << 20 };

/* An allocator that remembers the largest request. */
static size_t largest;

static void *acquire(void *context, size_t bytes) {
    (void)context;
    if (bytes > largest) largest = bytes;
    return aligned_alloc(64, (bytes + 63) / 64 * 64);
}

static void release(void *context, void *block) {
    (void)context;
    free(block);
}

static const gamlp_allocator watching = {acquire, release, NULL};

static char folder[256];

/* A reader, the file it reads in `folder`, a good one and the names of its arrays. */
typedef struct npz_reader {
    gamlp_status (*read)(const char *path);
    const char *file, *corpus, *names[NAMES];
} npz_reader;

static gamlp_status read_by(const gamlp_format *format, const char *path) {
    gamlp_dataset d;
    gamlp_status status = format->read(&d, path);
    if (status == GAMLP_OK) gamlp_dataset_clear(&d);
    return status;
}

static gamlp_status read_gnnbench(const char *path) {
    return read_by(&gamlp_format_gnnbench, path);
}

static gamlp_status read_heterophilous(const char *path) {
    return read_by(&gamlp_format_heterophilous, path);
}

static gamlp_status read_graphsaint(const char *path) {
    (void)path;
    return read_by(&gamlp_format_graphsaint, folder);
}

static gamlp_status read_split(const char *path) {
    gamlp_split split;
    gamlp_status status = gamlp_split_read_npz(&split, path, 4);
    gamlp_split_clear(&split);
    return status;
}

static const npz_reader readers[] = {
    {read_gnnbench,
     "a.npz",
     "gnnbench/sparse.npz",
     {"adj_data", "adj_indices", "adj_indptr", "adj_shape", "attr_data", "attr_indices",
      "attr_indptr", "attr_shape", "labels"}},
    {read_heterophilous,
     "a.npz",
     "heterophilous/deflated.npz",
     {"edges", "node_features", "node_labels", "train_masks", "val_masks", "test_masks"}},
    {read_graphsaint, "adj_full.npz", NULL, {"indptr", "indices", "data", "shape"}},
    {read_split, "a.npz", NULL, {"train_mask", "val_mask", "test_mask"}},
};

enum { READERS = sizeof readers / sizeof *readers, SAINT = 2, SPLIT = 3 };

static int setup(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    write_text(folder, "class_map.json", "{\"0\": 0, \"1\": 1, \"2\": 0}");
    write_text(folder, "role.json", "{\"tr\": [0], \"va\": [1], \"te\": [2]}");
    static const int64_t shape[] = {4, 1};
    gamlp_bytes feats;
    CHECK_OK(gamlp_npy_write(&feats, "|u1", shape, 2, "\1\2\3\4", 1));
    CHECK_OK(gamlp_file_write(path_in(folder, "feats.npy"), feats.data, feats.size));
    gamlp_bytes_clear(&feats);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    remove_directory(folder);
    return 0;
}

/* Files that are good, for readers without a file in the corpus. */
static npzfile made(int r) {
    static const int64_t ptr[] = {0, 1, 2, 2, 2}, idx[] = {1, 0}, shape[] = {4, 4};
    static const unsigned char mask[] = {0, 0, 1, 0, 0, 0};
    npzfile z = {0};
    if (r == SAINT) {
        npz_put(&z, "indptr.npy", "<i8", 5, 0, ptr, 8);
        npz_put(&z, "indices.npy", "<i8", 2, 0, idx, 8);
        npz_put(&z, "data.npy", "|u1", 2, 0, "\1\1", 1);
        npz_put(&z, "shape.npy", "<i8", 2, 0, shape, 8);
    } else {
        npz_put(&z, "train_mask.npy", "|b1", 4, 0, mask, 1);
        npz_put(&z, "val_mask.npy", "|b1", 4, 0, mask + 1, 1);
        npz_put(&z, "test_mask.npy", "|b1", 4, 0, mask + 2, 1);
    }
    return z;
}

/* A good file whose array `name` is replaced (size 0: is not). */
static void write_good(int r, const char *name, const void *data, size_t size) {
    static char files[NAMES][64];
    npzfile z = {0};
    if (!readers[r].corpus) {
        z = made(r);
    } else {
        gamlp_bytes bytes = read_corpus(readers[r].corpus);
        gamlp_archive *archive;
        CHECK_OK(gamlp_archive_open(&archive, bytes.data, bytes.size, "corpus"));
        for (; z.count < NAMES && readers[r].names[z.count]; z.count++) {
            uint64_t whole;
            snprintf(files[z.count], sizeof files[0], "%s.npy", readers[r].names[z.count]);
            int64_t index = gamlp_archive_find(archive, files[z.count]);
            CHECK_OK(gamlp_archive_size(archive, index, &whole));
            z.entry[z.count].name = files[z.count];
            CHECK_OK(gamlp_archive_read(&z.entry[z.count].bytes, archive, index, (size_t)whole));
        }
        gamlp_archive_free(archive);
        gamlp_bytes_clear(&bytes);
    }
    for (int64_t i = 0; size > 0 && i < z.count; i++)
        if (strncmp(z.entry[i].name, name, strlen(name)) == 0 &&
            strcmp(z.entry[i].name + strlen(name), ".npy") == 0) {
            gamlp_bytes_clear(&z.entry[i].bytes);
            CHECK_OK(gamlp_new_raw(&z.entry[i].bytes.data, (int64_t)size, 1, "an array"));
            memcpy(z.entry[i].bytes.data, data, size);
            z.entry[i].bytes.size = size;
        }
    npz_write(&z, path_in(folder, readers[r].file));
    npz_clear(&z);
}

static void check_refused(int r, const char *sentence) {
    gamlp_allocator_set(&watching);
    largest = 0;
    gamlp_status status = readers[r].read(path_in(folder, readers[r].file));
    gamlp_allocator_set(NULL);
    CHECK_FAILS(status, GAMLP_E_DATA, sentence);
    assert_null(strchr(gamlp_error_text(), '\n'));
    assert_true(largest < MODEST);
}

static void test_good(void **state) {
    (void)state;
    for (int r = 0; r < READERS; r++) {
        write_good(r, "", NULL, 0);
        CHECK_OK(readers[r].read(path_in(folder, readers[r].file)));
    }
}

/* A header of version 1 that promises an array of this shape; no data. */
static size_t write_header(char *to, size_t room, const char *type, const char *shape) {
    int text = snprintf(to + 10, room - 10,
                        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }\n", type, shape);
    memcpy(to, "\x93NUMPY\1", 7);
    to[7] = 0;
    to[8] = (char)text;
    to[9] = 0;
    return (size_t)text + 10;
}

static void test_shapes(void **state) {
    (void)state;
    static const char *const shapes[][2] = {
        {"1000000000000000000,", "promises 1000000000000000000"},
        {"1000000000000000000, 2", "promises 2000000000000000000"},
        {"1000000000000000000, 1000000000000000000", "extent 1000000000000000000 of dimension 1"},
        {"99999999999999999999,", "an extent of 63 bits"}};
    char head[256];
    for (int r = 0; r < READERS; r++)
        for (int i = 0; i < NAMES && readers[r].names[i]; i++)
            for (int s = 0; s < 4; s++) {
                size_t size = write_header(head, sizeof head, "|u1", shapes[s][0]);
                write_good(r, readers[r].names[i], head, size);
                check_refused(r, shapes[s][1]);
            }
}

/* feats.npy is no part of an npz. */
static void test_feature_file(void **state) {
    (void)state;
    char head[256];
    size_t size = write_header(head, sizeof head, "<f4", "4, 100000000000000000");
    write_good(SAINT, "", NULL, 0);
    CHECK_OK(gamlp_file_write(path_in(folder, "feats.npy"), head, size));
    check_refused(SAINT, "feats.npy: 0 bytes of data, the header promises 1600000000000000000");
}

static void put_int(writer *w, uint64_t value, int bytes) {
    for (; bytes > 0; bytes--, value >>= 8) put_byte(w, (int)(value & 255));
}

/* An archive of one entry that claims to have `size` bytes; the central directory has it in a
 * ZIP64 field. */
static void write_claim(int r, const char *name, int method, uint64_t size) {
    static const char stored[] = "\x93NUMPY\1\0 and not much more";
    char file[64];
    writer w = {0};
    snprintf(file, sizeof file, "%s.npy", name);
    uint64_t length = strlen(file), data = sizeof stored;
    put_bytes(&w, "PK\3\4\55\0\0\0", 8);
    put_int(&w, (uint64_t)method, 2);
    put_int(&w, 0, 8); /* time, date, checksum */
    put_int(&w, data, 4);
    put_int(&w, UINT32_MAX, 4);
    put_int(&w, length, 4); /* of the name; no extra field */
    put_text(&w, file);
    put_bytes(&w, stored, data);
    size_t central = w.size;
    put_bytes(&w, "PK\1\2\55\0\55\0\0\0", 10);
    put_int(&w, (uint64_t)method, 2);
    put_int(&w, 0, 8);
    put_int(&w, data, 4);
    put_int(&w, UINT32_MAX, 4);
    put_int(&w, length, 2);
    put_int(&w, 12, 2); /* extra field */
    put_int(&w, 0, 14); /* comment, disk, attributes, offset */
    put_text(&w, file);
    put_int(&w, 1, 2);
    put_int(&w, 8, 2);
    put_int(&w, size, 8);
    size_t end = w.size;
    put_bytes(&w, "PK\5\6\0\0\0\0\1\0\1\0", 12);
    put_int(&w, end - central, 4);
    put_int(&w, central, 4);
    put_int(&w, 0, 2);
    CHECK_OK(gamlp_file_write(path_in(folder, readers[r].file), w.data, w.size));
    writer_clear(&w);
}

/* The array that each reader looks at first. */
static void test_entries(void **state) {
    (void)state;
    static const char *const first[READERS] = {"adj_data", "node_labels", "shape", "train_mask"};
    static const int methods[] = {0, 8};
    for (int r = 0; r < READERS; r++)
        for (int m = 0; m < 2; m++) {
            write_claim(r, first[r], methods[m], UINT64_C(1) << 40);
            check_refused(r, "1099511627776 bytes out of 27 stored are impossible");
            write_claim(r, first[r], methods[m], UINT64_MAX / 2);
            check_refused(r, "are impossible");
            write_claim(r, first[r], methods[m], 1 << 16);
            check_refused(r, "65536 bytes out of 27 stored are impossible");
        }
}

/* Names of classes may be pickled: nothing of it is executed, and no other file reads a pickle. */
static void test_pickle(void **state) {
    (void)state;
    static const char pickle[] = "cposix\nsystem\n(S'true'\ntR.";
    char bytes[512];
    size_t size = write_header(bytes, sizeof bytes, "|O", "2,");
    memcpy(bytes + size, pickle, sizeof pickle - 1);
    size += sizeof pickle - 1;
    for (int r = 0; r < READERS; r++)
        for (int i = 0; i < NAMES && readers[r].names[i]; i++) {
            write_good(r, readers[r].names[i], bytes, size);
            check_refused(r, readers[r].names[i]);
        }
    gamlp_pickle *parsed;
    CHECK_FAILS(gamlp_pickle_parse(&parsed, pickle, sizeof pickle - 1, "file"), GAMLP_E_DATA,
                "file: byte 0: ");
    assert_non_null(strstr(gamlp_error_text(), "posix"));
    assert_null(strchr(gamlp_error_text(), '\n'));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_good, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shapes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_feature_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_entries, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pickle, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
