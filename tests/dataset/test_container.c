/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "dataset/container.h"
#include "dataset/format.h"
#include "fixture.h"
#include "gamlp/alloc.h"

typedef struct fixture {
    char folder[256], path[512];
    gamlp_dataset_options options;
} fixture;

static int setup(void **state) {
    static fixture f;
    snprintf(f.folder, sizeof f.folder, "%s", make_directory());
    snprintf(f.path, sizeof f.path, "%s/d.gamlp", f.folder);
    gamlp_dataset_options_default(&f.options);
    *state = &f;
    return 0;
}

static int teardown(void **state) {
    const fixture *f = *state;
    remove_directory(f->folder);
    return 0;
}

/* Kinds of data sets, all made of the tiny one. */
enum {
    PLAIN = 0,
    DENSE = 1,
    ONES = 2,
    NAMES = 4,
    TIMES = 8,
    FIXED = 16,
    NO_SPLIT = 32,
    BARE = 64,
    ARCS = 128
};

/* Each edge from its lower node, and one edge both ways. */
static void make_arcs(gamlp_dataset *d) {
    const gamlp_csr *a = &d->graph.adjacency;
    int64_t source[64], target[64], count = 0;
    for (int64_t i = 0; i < a->rows; i++)
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++) {
            if (a->idx[k] < i && count > 1) continue;
            source[count] = i;
            target[count++] = a->idx[k];
        }
    gamlp_graph made;
    CHECK_OK(gamlp_graph_from_arcs(&made, a->rows, count, source, target));
    gamlp_graph_clear(&d->graph);
    d->graph = made;
    assert_int_equal(d->graph.arcs.nnz, count);
}

static void make_dense(gamlp_dataset *d) {
    CHECK_OK(gamlp_csr_to_dense(&d->dense, &d->sparse));
    gamlp_csr_clear(&d->sparse);
}

static void make_names(gamlp_dataset *d) {
    static const char *const name[TINY_CLASSES] = {"red", "", "gr\xc3\xbcn"};
    CHECK_OK(gamlp_new(&d->class_name, d->classes, sizeof *d->class_name, "names"));
    for (int c = 0; c < TINY_CLASSES; c++) CHECK_OK(gamlp_strdup(&d->class_name[c], name[c]));
}

static void make_fixed(gamlp_dataset *d) {
    for (int64_t k = 0; k < 3; k++) {
        gamlp_split split = {.train_count = 2, .val_count = 1, .test_count = 3 - k};
        CHECK_OK(gamlp_new(&split.train, 2, sizeof *split.train, "a split"));
        CHECK_OK(gamlp_new(&split.val, 1, sizeof *split.val, "a split"));
        CHECK_OK(gamlp_new(&split.test, 3 - k, sizeof *split.test, "a split"));
        split.train[0] = k;
        split.train[1] = k + 1;
        split.val[0] = 8;
        for (int64_t i = 0; i < 3 - k; i++) split.test[i] = 4 + i;
        snprintf(split.rule, sizeof split.rule, "fixed:%d/3", (int)k);
        CHECK_OK(gamlp_dataset_add_fixed(d, &split));
    }
}

static void drop_split(gamlp_dataset *d) {
    gamlp_free(d->split.train);
    gamlp_free(d->split.val);
    gamlp_free(d->split.test);
    d->split = (gamlp_split){0};
}

static void make(gamlp_dataset *d, int kind) {
    tiny_dataset(d);
    if (kind & ONES)
        for (int64_t k = 0; k < d->sparse.nnz; k++) d->sparse.val[k] = 1;
    if (kind & DENSE) make_dense(d);
    if (kind & NAMES) make_names(d);
    if (kind & TIMES) {
        CHECK_OK(gamlp_new(&d->time, d->nodes, sizeof *d->time, "times"));
        for (int32_t i = 0; i < TINY_NODES; i++) d->time[i] = 2000 - i;
    }
    if (kind & FIXED) make_fixed(d);
    if (kind & ARCS) make_arcs(d);
    if (kind & (NO_SPLIT | BARE)) drop_split(d);
    if (kind & BARE) {
        gamlp_csr_clear(&d->sparse);
        gamlp_free(d->label);
        d->label = NULL;
        d->features = d->classes = d->missing_rows = 0;
    }
    CHECK_OK(gamlp_dataset_fingerprint(d));
}

static void check_split(const gamlp_split *a, const gamlp_split *b) {
    assert_string_equal(a->rule, b->rule);
    assert_int_equal(a->train_count, b->train_count);
    assert_int_equal(a->val_count, b->val_count);
    assert_int_equal(a->test_count, b->test_count);
    if (a->train_count == 0) return;
    assert_memory_equal(a->train, b->train, (size_t)a->train_count * 8);
    assert_memory_equal(a->val, b->val, (size_t)a->val_count * 8);
    assert_memory_equal(a->test, b->test, (size_t)a->test_count * 8);
}

static void check_csr(const gamlp_csr *a, const gamlp_csr *b) {
    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->cols, b->cols);
    assert_int_equal(a->nnz, b->nnz);
    if (b->rows == 0) return;
    assert_memory_equal(a->ptr, b->ptr, (size_t)(b->rows + 1) * sizeof *b->ptr);
    assert_memory_equal(a->idx, b->idx, (size_t)b->nnz * sizeof *b->idx);
    assert_int_equal(!a->val, !b->val);
    if (b->val) assert_memory_equal(a->val, b->val, (size_t)b->nnz * sizeof *b->val);
}

static void check_same(const gamlp_dataset *a, const gamlp_dataset *b) {
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->features, b->features);
    assert_int_equal(a->classes, b->classes);
    assert_int_equal(a->missing_rows, b->missing_rows);
    assert_int_equal(a->graph.stored_edges, b->graph.stored_edges);
    assert_int_equal(a->graph.self_loops, b->graph.self_loops);
    assert_int_equal(a->graph.duplicate_edges, b->graph.duplicate_edges);
    check_csr(&a->graph.adjacency, &b->graph.adjacency);
    check_csr(&a->graph.arcs, &b->graph.arcs);
    check_csr(&a->sparse, &b->sparse);
    assert_int_equal(a->dense.rows, b->dense.rows);
    assert_int_equal(a->dense.cols, b->dense.cols);
    if (b->dense.cols) check_close(&a->dense, &b->dense, 0, "features");
    for (int64_t i = 0; i < b->nodes; i++)
        assert_int_equal(a->label[i], b->label ? b->label[i] : GAMLP_UNLABELLED);
    assert_int_equal(!a->time, !b->time);
    if (b->time) assert_memory_equal(a->time, b->time, (size_t)b->nodes * sizeof *b->time);
    assert_int_equal(!a->class_name, !b->class_name);
    for (int64_t c = 0; b->class_name && c < b->classes; c++)
        assert_string_equal(a->class_name[c], b->class_name[c]);
    check_split(&a->split, &b->split);
    assert_int_equal(a->fixed_count, b->fixed_count);
    for (int64_t k = 0; k < b->fixed_count; k++) check_split(&a->fixed[k], &b->fixed[k]);
    assert_string_equal(a->fingerprint, b->fingerprint);
    assert_string_equal(a->split_fingerprint, b->split_fingerprint);
}

static void every_kind_comes_back(void **state) {
    fixture *f = *state;
    static const int kind[] = {PLAIN,
                               DENSE,
                               ONES,
                               NAMES | TIMES,
                               FIXED | NO_SPLIT,
                               BARE,
                               TIMES,
                               NO_SPLIT,
                               ARCS,
                               ARCS | BARE,
                               DENSE | NAMES | TIMES | FIXED};
    f->options.as_stored = true;
    for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
        gamlp_dataset made, back;
        char kept[GAMLP_HASH_TEXT];
        make(&made, kind[i]);
        CHECK_OK(gamlp_container_write(f->path, &made));
        CHECK_OK(gamlp_dataset_open(&back, f->path, &f->options));
        assert_string_equal(back.format, "gamlp");
        assert_int_equal(back.file_count, 1);
        assert_true(back.graph.adjacency.view);
        check_same(&back, &made);
        memcpy(kept, back.fingerprint, sizeof kept);
        CHECK_OK(gamlp_dataset_fingerprint(&back)); /* of what was read, not of the passport */
        assert_string_equal(back.fingerprint, kept);
        gamlp_dataset_clear(&back);
        gamlp_dataset_clear(&made);
    }
}

/* The tiny data set with values a third as large, stored with 8 bytes each. */
static void write_wide(const char *path, gamlp_dataset *d) {
    const int64_t counts[GAMLP_CONTAINER_COUNTS] = {TINY_NODES, TINY_EDGES, TINY_FEATURES,
                                                    TINY_CLASSES};
    const gamlp_csr *a = &d->graph.adjacency, *h = &d->sparse;
    const bool sparse = h->rows > 0;
    int64_t count = sparse ? h->nnz : d->dense.rows * d->dense.cols;
    gamlp_real *value = sparse ? h->val : d->dense.data;
    double wide[TINY_NODES * TINY_FEATURES];
    gamlp_container_writer w;
    for (int64_t i = 0; i < count; i++) {
        wide[i] = value[i] / 3.0;
        value[i] = (gamlp_real)wide[i];
    }
    CHECK_OK(gamlp_container_create(&w, path));
    CHECK_OK(gamlp_container_put(&w, "graph.ptr", GAMLP_ELEMENT_INT64, a->ptr, a->rows + 1));
    CHECK_OK(gamlp_container_put(&w, "graph.idx", GAMLP_ELEMENT_INT32, a->idx, a->nnz));
    CHECK_OK(gamlp_container_put(&w, "counts", GAMLP_ELEMENT_INT64, counts, 8));
    if (sparse) {
        CHECK_OK(gamlp_container_put(&w, "features.ptr", GAMLP_ELEMENT_INT64, h->ptr, h->rows + 1));
        CHECK_OK(gamlp_container_put(&w, "features.idx", GAMLP_ELEMENT_INT32, h->idx, h->nnz));
    }
    CHECK_OK(gamlp_container_begin(&w, sparse ? "features.val" : "features.dense",
                                   GAMLP_ELEMENT_FLOAT64, sparse ? -1 : TINY_FEATURES));
    gamlp_container_append(&w, wide, count);
    gamlp_container_end(&w);
    CHECK_OK(gamlp_container_put(&w, "label", GAMLP_ELEMENT_INT32, d->label, d->nodes));
    CHECK_OK(gamlp_container_put_passport(&w, d));
    CHECK_OK(gamlp_container_commit(&w));
}

static void values_of_eight_bytes(void **state) {
    fixture *f = *state;
    f->options.as_stored = true;
    for (int kind = PLAIN; kind <= DENSE; kind++) {
        gamlp_dataset made, back;
        gamlp_rows *rows;
        gamlp_row_block b;
        make(&made, kind);
        made.skipped_edges = 2;
        write_wide(f->path, &made);
        CHECK_OK(gamlp_dataset_open(&back, f->path, &f->options));
        check_csr(&back.sparse, &made.sparse);
        if (kind == DENSE) check_close(&back.dense, &made.dense, 0, "features");
        assert_int_equal(back.skipped_edges, 2);
        CHECK_OK(gamlp_rows_new(&rows, back.container, GAMLP_ROWS_FEATURES));
        CHECK_OK(gamlp_rows_next(&b, rows, TINY_NODES));
        if (kind == DENSE)
            check_close(&b.dense, &made.dense, 0, "features");
        else
            check_csr(&b.sparse, &made.sparse);
        gamlp_rows_free(rows);
        gamlp_dataset_clear(&back);
        gamlp_dataset_clear(&made);
    }
}

static void a_split_is_chosen_as_for_other_formats(void **state) {
    fixture *f = *state;
    gamlp_dataset made, back;
    char fingerprint[GAMLP_HASH_TEXT];
    make(&made, NO_SPLIT);
    CHECK_OK(gamlp_container_write(f->path, &made));
    f->options.train_per_class = 1;
    f->options.val_count = f->options.test_count = 2;
    CHECK_OK(gamlp_dataset_open(&back, f->path, &f->options));
    assert_string_equal(back.split.rule, "random:1+2+2@0");
    assert_string_equal(back.fingerprint, made.fingerprint);
    /* the split that was in force is that of the file, with its rule */
    memcpy(fingerprint, back.split_fingerprint, sizeof fingerprint);
    CHECK_OK(gamlp_container_write(f->path, &back));
    gamlp_dataset_clear(&back);
    gamlp_dataset_options_default(&f->options);
    CHECK_OK(gamlp_dataset_open(&back, f->path, &f->options));
    assert_string_equal(back.split.rule, "random:1+2+2@0");
    assert_string_equal(back.split_fingerprint, fingerprint);
    gamlp_dataset_clear(&back);
    snprintf(f->options.split, sizeof f->options.split, "random:1+2+2@0"); /* drawn anew */
    CHECK_OK(gamlp_dataset_open(&back, f->path, &f->options));
    assert_string_equal(back.split_fingerprint, fingerprint);
    gamlp_dataset_clear(&back);
    f->options.split[0] = 0;
    gamlp_dataset_clear(&made);
    make(&made, BARE);
    CHECK_OK(gamlp_container_write(f->path, &made));
    CHECK_FAILS(gamlp_dataset_open(&back, f->path, &f->options), GAMLP_E_DATA,
                "tiny: has neither features nor labels");
    gamlp_dataset_clear(&made);
}

static void the_same_data_give_the_same_bytes(void **state) {
    const fixture *f = *state;
    gamlp_dataset made;
    gamlp_bytes a, b;
    make(&made, NAMES | TIMES | FIXED);
    CHECK_OK(gamlp_container_write(f->path, &made));
    CHECK_OK(gamlp_file_read(&a, f->path, 1 << 20));
    CHECK_OK(gamlp_container_write(f->path, &made));
    CHECK_OK(gamlp_file_read(&b, f->path, 1 << 20));
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    gamlp_bytes_clear(&a);
    gamlp_bytes_clear(&b);
    gamlp_dataset_clear(&made);
}

static void it_is_known_by_its_first_bytes(void **state) {
    fixture *f = *state;
    gamlp_dataset made, back;
    char path[512];
    make(&made, PLAIN);
    snprintf(path, sizeof path, "%s/other-name", f->folder);
    CHECK_OK(gamlp_container_write(path, &made));
    CHECK_OK(gamlp_dataset_open(&back, path, &f->options));
    assert_string_equal(back.split.rule, "public");
    gamlp_dataset_clear(&back);
    gamlp_dataset_clear(&made);
    CHECK_FAILS(gamlp_dataset_open(&back, f->path, &f->options), GAMLP_E_NOINPUT, "d.gamlp");
    CHECK_OK(gamlp_file_write(f->path, "text", 4));
    CHECK_FAILS(gamlp_dataset_open(&back, f->path, &f->options), GAMLP_E_DATA,
                "d.gamlp: not a gamlp container");
}

static void sizes_and_passport_without_the_rest(void **state) {
    const fixture *f = *state;
    gamlp_dataset made;
    gamlp_container *c;
    gamlp_bytes bytes;
    char *text;
    make(&made, TIMES | FIXED);
    CHECK_OK(gamlp_container_write(f->path, &made));
    CHECK_OK(gamlp_file_read(&bytes, f->path, 1 << 20));
    CHECK_OK(gamlp_container_open(&c, f->path));
    const gamlp_container_counts *n = gamlp_container_counts_of(c);
    assert_int_equal(n->nodes, TINY_NODES);
    assert_int_equal(n->edges, TINY_EDGES);
    assert_int_equal(n->features, TINY_FEATURES);
    assert_int_equal(n->classes, TINY_CLASSES);
    assert_int_equal(n->feature_entries, made.sparse.nnz);
    assert_int_equal(n->splits, 3);
    assert_int_equal(n->bytes, bytes.size);
    assert_true(n->labels && n->times && n->split && !n->class_names);
    int64_t place = gamlp_container_find(c, "features.idx")->offset;
    CHECK_OK(gamlp_container_check(c));
    gamlp_container_free(c);
    bytes.data[place] ^= 1; /* the passport does not depend on it */
    CHECK_OK(gamlp_file_write(f->path, bytes.data, bytes.size));
    CHECK_OK(gamlp_dataset_passport(&text, f->path));
    assert_non_null(strstr(text, made.fingerprint));
    assert_non_null(strstr(text, "\"fixed:2/3\""));
    gamlp_free(text);
    CHECK_OK(gamlp_container_open(&c, f->path));
    CHECK_FAILS(gamlp_container_check(c), GAMLP_E_DATA, "section features.idx (");
    gamlp_container_free(c);
    gamlp_container_free(NULL);
    gamlp_bytes_clear(&bytes);
    gamlp_dataset_clear(&made);
}

static void check_block(const gamlp_row_block *b, const gamlp_csr *whole) {
    for (int64_t i = 0; i < b->count; i++) {
        int64_t from = whole->ptr[b->first + i], size = whole->ptr[b->first + i + 1] - from;
        assert_int_equal(b->sparse.ptr[i + 1] - b->sparse.ptr[i], size);
        for (int64_t k = 0; k < size; k++) {
            assert_int_equal(b->sparse.idx[b->sparse.ptr[i] + k], whole->idx[from + k]);
            if (whole->val)
                assert_true(b->sparse.val[b->sparse.ptr[i] + k] <= whole->val[from + k] &&
                            b->sparse.val[b->sparse.ptr[i] + k] >= whole->val[from + k]);
        }
    }
}

static void rows_come_in_blocks(void **state) {
    const fixture *f = *state;
    static const int kind[] = {PLAIN, ONES, DENSE};
    for (int64_t i = 0; i < 9; i++) {
        gamlp_dataset made;
        gamlp_container *c;
        gamlp_rows *rows;
        gamlp_row_block b;
        int64_t most = 1 + i / 3 * 6, seen = 0;
        make(&made, kind[i % 3]);
        CHECK_OK(gamlp_container_write(f->path, &made));
        CHECK_OK(gamlp_container_open(&c, f->path));
        CHECK_OK(gamlp_rows_new(&rows, c, GAMLP_ROWS_GRAPH));
        do {
            CHECK_OK(gamlp_rows_next(&b, rows, most));
            assert_int_equal(b.first, seen);
            check_block(&b, &made.graph.adjacency);
            seen += b.count;
        } while (b.count > 0);
        assert_int_equal(seen, TINY_NODES);
        gamlp_rows_free(rows);
        CHECK_OK(gamlp_rows_new(&rows, c, GAMLP_ROWS_FEATURES));
        for (seen = 0;; seen += b.count) {
            CHECK_OK(gamlp_rows_next(&b, rows, most));
            if (b.count == 0) break;
            if (made.sparse.rows) check_block(&b, &made.sparse);
            if (made.dense.cols)
                assert_memory_equal(b.dense.data, made.dense.data + seen * TINY_FEATURES,
                                    (size_t)(b.count * TINY_FEATURES) * sizeof(gamlp_real));
        }
        assert_int_equal(seen, TINY_NODES);
        CHECK_FAILS(gamlp_rows_next(&b, rows, 0), GAMLP_E_USAGE, "a block of 0 rows");
        gamlp_rows_free(rows);
        gamlp_container_free(c);
        gamlp_dataset_clear(&made);
    }
    gamlp_rows_free(NULL);
}

static gamlp_status body(void *context) {
    const fixture *f = context;
    gamlp_dataset d;
    gamlp_container *c;
    gamlp_rows *rows = NULL;
    gamlp_row_block b;
    char *text = NULL;
    gamlp_status status = gamlp_dataset_open(&d, f->path, &f->options);
    gamlp_dataset_clear(&d);
    if (status == GAMLP_OK) status = gamlp_dataset_passport(&text, f->path);
    gamlp_free(text);
    if (status != GAMLP_OK) return status;
    status = gamlp_container_open(&c, f->path);
    if (status == GAMLP_OK) status = gamlp_rows_new(&rows, c, GAMLP_ROWS_FEATURES);
    if (status == GAMLP_OK) status = gamlp_rows_next(&b, rows, 5);
    gamlp_rows_free(rows);
    gamlp_container_free(c);
    return status;
}

typedef struct written {
    const char *path;
    const gamlp_dataset *made;
} written;

static gamlp_status write_body(void *context) {
    const written *w = context;
    return gamlp_container_write(w->path, w->made);
}

static void memory_may_end_anywhere(void **state) {
    fixture *f = *state;
    gamlp_dataset made;
    make(&made, ONES | NAMES | TIMES | FIXED);
    CHECK_OK(gamlp_container_write(f->path, &made));
    check_every_allocation(body, f);
    written w = {f->path, &made};
    check_every_allocation(write_body, &w);
    gamlp_dataset_clear(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_kind_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(values_of_eight_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_split_is_chosen_as_for_other_formats, setup, teardown),
        cmocka_unit_test_setup_teardown(the_same_data_give_the_same_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(it_is_known_by_its_first_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(sizes_and_passport_without_the_rest, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_come_in_blocks, setup, teardown),
        cmocka_unit_test_setup_teardown(memory_may_end_anywhere, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
