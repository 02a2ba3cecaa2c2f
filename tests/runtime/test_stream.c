/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "core/file.h"
#include "dataset/npy.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"
#include "runtime/features.h"
#include "runtime/partial.h"

static const char set_text[] = "x; sym^1..2; row(noloops)^2; mean(lazy^0..3, 0.1); degree";
static char folder[256], source[300], out[300];

static int set_up(void **state) {
    gamlp_generate_options o;
    gamlp_dataset d;
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    snprintf(source, sizeof source, "%s/g.gamlp", folder);
    snprintf(out, sizeof out, "%s/x.npy", folder);
    CHECK_OK(gamlp_generate_options_default(&o));
    o.nodes = 300;
    o.edges = 900;
    o.words = 40;
    o.words_per_node = 5;
    o.train_per_class = 3;
    o.val_count = o.test_count = 30;
    CHECK_OK(gamlp_dataset_generate(&d, &o));
    CHECK_OK(gamlp_container_write(source, &d));
    gamlp_dataset_clear(&d);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    remove_directory(folder);
    return 0;
}

static void read_set(gamlp_feature_options *feature, const char *text) {
    gamlp_feature_options_default(feature);
    feature->normalise = GAMLP_NORMALISE_L2;
    CHECK_OK(gamlp_feature_set_parse(&feature->set, text));
}

static gamlp_status stream(gamlp_features_report *report, const char *text, int64_t memory) {
    gamlp_feature_options feature;
    gamlp_container *container = NULL;
    read_set(&feature, text);
    *report = (gamlp_features_report){0};
    gamlp_status status = gamlp_container_open(&container, source);
    if (status == GAMLP_OK)
        status = gamlp_stream_features(report, out, container, &feature, memory, 0);
    gamlp_container_free(container);
    return status;
}

/* The file holds what is made in memory, in Fortran order. */
static void check_file(const char *text) {
    gamlp_dataset_options options;
    gamlp_feature_options feature;
    gamlp_feature_source input;
    gamlp_dataset d;
    gamlp_stack x;
    gamlp_bytes bytes;
    gamlp_array array;
    int64_t node[300];
    gamlp_dataset_options_default(&options);
    CHECK_OK(gamlp_dataset_open(&d, source, &options));
    read_set(&feature, text);
    CHECK_OK(gamlp_feature_source_init(&input, &d, &feature.set));
    for (int64_t i = 0; i < 300; i++) node[i] = i;
    CHECK_OK(gamlp_feature_make(&x, &input.input, node, 300, &feature));
    CHECK_OK(gamlp_file_read(&bytes, out, 1 << 24));
    CHECK_OK(gamlp_npy_parse(&array, bytes.data, bytes.size, out));
    assert_true(array.fortran && array.shape[0] == 300 && array.shape[1] == x.rows);
    for (int64_t k = 0, row = 0; k < x.blocks; k++) {
        gamlp_dense block;
        if (x.block[k].sparse.rows)
            CHECK_OK(gamlp_csr_to_dense(&block, &x.block[k].sparse));
        else
            CHECK_OK(gamlp_dense_copy(&block, &x.block[k].dense));
        for (int64_t f = 0; f < block.rows; f++, row++)
            for (int64_t i = 0; i < 300; i++)
                assert_memory_equal(array.data + (row * 300 + i) * (int64_t)sizeof(gamlp_real),
                                    &block.data[i * block.rows + f], sizeof(gamlp_real));
        gamlp_dense_clear(&block);
    }
    gamlp_bytes_clear(&bytes);
    gamlp_stack_clear(&x);
    gamlp_feature_source_clear(&input);
    gamlp_dataset_clear(&d);
}

/* Bytes that panels of one feature take. */
static int64_t least_memory(void) {
    gamlp_features_report report;
    CHECK_FAILS(stream(&report, set_text, 1), GAMLP_E_NOMEM, "needs at least");
    return strtoll(strstr(gamlp_error_text(), "at least ") + 9, NULL, 10);
}

static void any_width(void **state) {
    (void)state;
    gamlp_features_report report;
    int64_t least = least_memory(), each = (int64_t)sizeof(gamlp_real) * (3 * 300 + (1 << 14));
    for (int64_t more = 0; more <= 40; more += 13) {
        gamlp_threads_set(1 + more % 2);
        CHECK_OK(stream(&report, set_text, least + more * each));
        assert_int_equal(report.width, more + 1 < 16 ? more + 1 : more + 1 < 40 ? 16 : 40);
        check_file(set_text);
    }
    gamlp_threads_set(gamlp_threads_available());
}

/* A file that another key left, or a record that says nothing, counts for nothing. */
static void foreign_records(void **state) {
    (void)state;
    static const char *const text[] = {"", "x", "0123 7\n", "\n\n", "999999999999999999999999\n"};
    gamlp_features_report report;
    char path[320];
    snprintf(path, sizeof path, "%s.progress", out);
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        CHECK_OK(gamlp_file_write(path, text[i], strlen(text[i])));
        CHECK_OK(stream(&report, set_text, (int64_t)1 << 30));
        assert_int_equal(report.resumed, 0);
        check_file(set_text);
    }
}

/* Writing, reading, and what another process with the same file is told. */
static void partial_files(void **state) {
    (void)state;
    gamlp_partial p, again;
    char text[8] = "";
    CHECK_OK(gamlp_partial_init(&p, out, "key"));
    assert_int_equal(p.done, 0);
    CHECK_OK(gamlp_partial_write(&p, "features", 8, 3));
    CHECK_OK(gamlp_partial_step(&p));
    CHECK_OK(gamlp_partial_step(&p));
    gamlp_partial_clear(&p);
    CHECK_OK(gamlp_partial_init(&again, out, "key"));
    assert_int_equal(again.done, 2);
    CHECK_OK(gamlp_partial_read(&again, text, 7, 4));
    assert_string_equal(text, "eatures");
    CHECK_FAILS(gamlp_partial_read(&again, text, 7, 8), GAMLP_E_IO, "ends before");
    gamlp_partial_clear(&again);
    CHECK_OK(gamlp_partial_init(&p, out, "key"));
    assert_int_equal(p.done, 2);
    gamlp_partial_clear(&p);
    char data[320];
    snprintf(data, sizeof data, "%s.partial", out);
    assert_int_equal(unlink(data), 0); /* what it records is gone */
    CHECK_OK(gamlp_partial_init(&p, out, "key"));
    assert_int_equal(p.done, 0);
    gamlp_partial_clear(&p);
    CHECK_OK(gamlp_partial_init(&p, out, "other"));
    assert_int_equal(p.done, 0);
    CHECK_OK(gamlp_partial_finish(&p));
    gamlp_partial_clear(&p);
    gamlp_partial_clear(NULL);
    CHECK_FAILS(gamlp_partial_init(&p, "/no/such/folder/x", "key"), GAMLP_E_CREATE, "/no/such");
}

static gamlp_status make(void *context) {
    gamlp_features_report report;
    (void)context;
    return stream(&report, set_text, (int64_t)1 << 30);
}

static void no_memory(void **state) {
    (void)state;
    check_every_allocation(make, NULL);
    check_file(set_text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_width, set_up, tear_down),
        cmocka_unit_test_setup_teardown(foreign_records, set_up, tear_down),
        cmocka_unit_test_setup_teardown(partial_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_memory, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
