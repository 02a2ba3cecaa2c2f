/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "core/file.h"
#include "dataset/format.h"
#include "fixture.h"
#include "gamlp/alloc.h"
#include "gzip.h"

static char folder[256];

/* Magic number, extents, elements. */
static void put_idx(const char *name, int extents, const int64_t *extent, const void *data,
                    size_t size) {
    writer w = {0};
    put_byte(&w, 0);
    put_byte(&w, 0);
    put_byte(&w, 8);
    put_byte(&w, extents);
    for (int i = 0; i < extents; i++)
        for (int b = 24; b >= 0; b -= 8) put_byte(&w, (int)(extent[i] >> b & 255));
    put_bytes(&w, data, size);
    put_file(folder, name, w.data, w.size);
    writer_clear(&w);
}

enum { TRAIN = 25, TEST = 3, PIXELS = 6 };

static unsigned char pixel[(TRAIN + TEST) * PIXELS], label[TRAIN + TEST];

static int setup(void **state) {
    static const int64_t train[] = {TRAIN, 2, 3}, test[] = {TEST, 2, 3};
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    for (int i = 0; i < (TRAIN + TEST) * PIXELS; i++) pixel[i] = (unsigned char)(i * 7 % 256);
    for (int i = 0; i < TRAIN + TEST; i++) label[i] = (unsigned char)(i % 4);
    put_idx("train-images-idx3-ubyte.gz", 3, train, pixel, TRAIN * PIXELS);
    put_idx("train-labels-idx1-ubyte.gz", 1, train, label, TRAIN);
    put_idx("t10k-images-idx3-ubyte", 3, test, pixel + TRAIN * PIXELS, TEST * PIXELS);
    put_idx("t10k-labels.idx1-ubyte", 1, test, label + TRAIN, TEST);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    remove_directory(folder);
    return 0;
}

static void check_head(const gamlp_dataset *d) {
    assert_string_equal(d->format, "idx");
    assert_int_equal(d->nodes, TRAIN + TEST);
    assert_int_equal(d->features, PIXELS);
    assert_int_equal(d->classes, 4);
    assert_int_equal(d->graph.edges, 0);
    for (int i = 0; i < TRAIN + TEST; i++) assert_int_equal(d->label[i], label[i]);
}

static void test_dense(void **state) {
    (void)state;
    gamlp_dataset d;
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    CHECK_OK(gamlp_dataset_open(&d, folder, &options));
    check_head(&d);
    for (int i = 0; i < (TRAIN + TEST) * PIXELS; i++)
        assert_true((float)d.dense.data[i] == (float)pixel[i] / 255);
    assert_string_equal(d.split.rule, "public");
    assert_int_equal(d.split.train_count, 22); /* a twelfth of 25, rounded up, is for validation */
    assert_int_equal(d.split.val_count, 3);
    assert_int_equal(d.split.val[0], 22);
    assert_int_equal(d.split.test_count, TEST);
    assert_int_equal(d.split.test[0], TRAIN);
    assert_int_equal(d.file_count, 4);
    gamlp_dataset_clear(&d);
}

static void test_sparse(void **state) {
    (void)state;
    static const int64_t train[] = {TRAIN, 2, 3}, test[] = {TEST, 2, 3};
    gamlp_dataset d;
    memset(pixel, 0, sizeof pixel);
    pixel[1] = 255;
    pixel[TRAIN * PIXELS + 5] = 51;
    put_idx("train-images-idx3-ubyte.gz", 3, train, pixel, TRAIN * PIXELS);
    put_idx("t10k-images-idx3-ubyte", 3, test, pixel + TRAIN * PIXELS, TEST * PIXELS);
    CHECK_OK(gamlp_idx_read(&d, folder));
    check_head(&d);
    assert_int_equal(d.sparse.nnz, 2);
    assert_int_equal(d.sparse.idx[0], 1);
    assert_int_equal(d.sparse.idx[1], 5);
    assert_true(d.sparse.val[0] == 1 && (float)d.sparse.val[1] == 51.0F / 255);
    assert_int_equal(d.sparse.ptr[1], 1);
    assert_int_equal(d.sparse.ptr[TRAIN], 1);
    assert_int_equal(d.sparse.ptr[TRAIN + 1], 2);
    gamlp_dataset_clear(&d);
}

static void check_refused(const char *sentence) {
    gamlp_dataset d;
    CHECK_FAILS(gamlp_idx_read(&d, folder), GAMLP_E_DATA, sentence);
}

static void test_refused(void **state) {
    (void)state;
    static const int64_t train[] = {TRAIN, 2, 3}, huge[] = {4000000000, 4000000000, 4000000000};
    static const int64_t none[] = {0, 2, 3}, few[] = {24, 2, 3}, other[] = {TRAIN, 2, 2};
    const char *images = "train-images-idx3-ubyte.gz", *labels = "train-labels-idx1-ubyte.gz";
    put_idx(images, 3, huge, pixel, 40);
    check_refused("extent 1 is 4000000000, impossible in a file of ");
    put_idx(images, 3, none, pixel, 0);
    check_refused("extent 1 is 0, impossible");
    put_idx(images, 3, train, pixel, TRAIN * PIXELS - 1);
    check_refused("fewer than the 150 bytes that its extents tell");
    put_idx(images, 3, train, pixel, TRAIN * PIXELS + 1);
    check_refused("more than the 150 bytes");
    put_idx(images, 1, train, pixel, TRAIN);
    check_refused("not an idx file of unsigned bytes with 3 extents");
    put_text_file(folder, images, "\x01");
    check_refused("not an idx file");
    put_idx(images, 3, few, pixel, 24 * PIXELS);
    check_refused("train-* has 24 images and 25 labels");
    put_idx(images, 3, other, pixel, TRAIN * 4);
    check_refused("25 images of 4 and 3 of 6 pixels do not fit together");
    put_idx(images, 3, train, pixel, TRAIN * PIXELS);
    put_idx(labels, 3, train, pixel, TRAIN * PIXELS);
    check_refused("train-labels-idx1-ubyte.gz: not an idx file of unsigned bytes with 1 extents");
    char path[400];
    gamlp_dataset d;
    snprintf(path, sizeof path, "%s/%s", folder, labels);
    unlink(path);
    CHECK_FAILS(gamlp_idx_read(&d, folder), GAMLP_E_NOINPUT,
                "no train-labels-idx1-ubyte.gz is there");
}

/* Debian's package dataset-fashion-mnist. */
static void test_fashion(void **state) {
    (void)state;
    const char *path = "/usr/share/datasets/fashion-mnist";
    if (!gamlp_file_is_directory(path)) skip();
    gamlp_dataset d;
    CHECK_OK(gamlp_idx_read(&d, path));
    assert_int_equal(d.nodes, 70000);
    assert_int_equal(d.features, 784);
    assert_int_equal(d.classes, 10);
    assert_int_equal(d.split.train_count, 55000);
    assert_int_equal(d.split.val_count, 5000);
    assert_int_equal(d.split.test_count, 10000);
    int64_t size[10] = {0};
    for (int64_t i = 60000; i < d.nodes; i++) size[d.label[i]]++;
    for (int c = 0; c < 10; c++) assert_int_equal(size[c], 1000);
    gamlp_dataset_clear(&d);
}

static gamlp_status read_folder(void *context) {
    gamlp_dataset d;
    gamlp_status status = gamlp_idx_read(&d, context);
    gamlp_dataset_clear(&d);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    check_every_allocation(read_folder, folder);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_dense),          IN_FOLDER(test_sparse),     IN_FOLDER(test_refused),
        cmocka_unit_test(test_fashion), IN_FOLDER(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
