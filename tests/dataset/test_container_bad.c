/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Containers that are damaged, and such whose checksums are right but whose content is not. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"
#include "dataset/container.h"
#include "dataset/format.h"
#include "fixture.h"
#include "gamlp/alloc.h"

enum { ROOM = 1 << 16 };

typedef struct fixture {
    size_t size;
    char path[512];
    _Alignas(64) unsigned char whole[ROOM], data[ROOM];
} fixture;

/* Sparse features with values, names, times, a public split and one more. */
static int setup(void **state) {
    static fixture f;
    const char *folder = make_directory();
    gamlp_dataset d;
    gamlp_split extra = {.rule = "fixed:0/1"};
    gamlp_bytes bytes;
    tiny_dataset(&d);
    CHECK_OK(gamlp_new(&d.time, d.nodes, sizeof *d.time, "times"));
    CHECK_OK(gamlp_new(&d.class_name, d.classes, sizeof *d.class_name, "names"));
    for (int i = 0; i < 3; i++) CHECK_OK(gamlp_strdup(&d.class_name[i], "name"));
    CHECK_OK(gamlp_dataset_add_fixed(&d, &extra));
    const gamlp_csr *a = &d.graph.adjacency;
    int64_t arc_source[ROOM / 64], arc_target[ROOM / 64], arcs = 0;
    for (int64_t i = 0; i < a->rows; i++)
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++) {
            arc_source[arcs] = i;
            arc_target[arcs] = a->idx[k];
            arcs += a->idx[k] > i;
        }
    gamlp_graph made;
    CHECK_OK(gamlp_graph_from_arcs(&made, a->rows, arcs, arc_source, arc_target));
    gamlp_graph_clear(&d.graph);
    d.graph = made;
    CHECK_OK(gamlp_dataset_fingerprint(&d));
    snprintf(f.path, sizeof f.path, "%s/d.gamlp", folder);
    CHECK_OK(gamlp_container_write(f.path, &d));
    CHECK_OK(gamlp_file_read(&bytes, f.path, ROOM));
    memcpy(f.whole, bytes.data, bytes.size);
    memcpy(f.data, bytes.data, bytes.size);
    f.size = bytes.size;
    gamlp_bytes_clear(&bytes);
    gamlp_dataset_clear(&d);
    remove_directory(folder);
    *state = &f;
    return 0;
}

static gamlp_status load(const fixture *f, size_t size) {
    gamlp_container *c;
    gamlp_dataset d;
    gamlp_status status = gamlp_container_parse(&c, f->data, size, "d.gamlp");
    if (status != GAMLP_OK) return status;
    status = gamlp_container_dataset(&d, c);
    gamlp_dataset_clear(&d);
    return status;
}

/* The data as they were made, changed by the caller's last call, must give the sentence. */
static void refused(fixture *f, const char *sentence) {
    container_repair(f->data, f->size);
    CHECK_FAILS(load(f, f->size), GAMLP_E_DATA, sentence);
    memcpy(f->data, f->whole, f->size);
}

static void set32(fixture *f, const char *section, int64_t at, int32_t value) {
    memcpy(container_bytes(f->data, section) + 4 * at, &value, sizeof value);
}

static void set64(fixture *f, const char *section, int64_t at, int64_t value) {
    memcpy(container_bytes(f->data, section) + 8 * at, &value, sizeof value);
}

/* A number of an entry of the table. */
static void set_entry(fixture *f, const char *section, int64_t at, int64_t value, size_t size) {
    memcpy(container_entry(f->data, section) + at, &value, size);
}

static void rename_section(fixture *f, const char *section, const char *name) {
    unsigned char *entry = container_entry(f->data, section);
    memset(entry, 0, 32);
    memcpy(entry, name, strlen(name));
}

static void every_cut_is_noticed(void **state) {
    const fixture *f = *state;
    CHECK_OK(load(f, f->size));
    for (size_t size = 0; size < f->size; size++) {
        const char *expected =
            size < GAMLP_CONTAINER_HEADER ? "not a gamlp container" : "expected ";
        CHECK_FAILS(load(f, size), GAMLP_E_DATA, expected);
    }
}

/* Each bit of the file but the padding between sections: the table and all sections have sums. */
static void every_changed_byte_is_noticed(void **state) {
    fixture *f = *state;
    int64_t unnoticed = 0, padding = 0;
    uint64_t table;
    memcpy(&table, f->whole + 16, sizeof table);
    for (uint64_t at = 64; at < table; at++) {
        bool inside = false;
        for (const unsigned char *e = f->whole + table; e < f->whole + f->size; e += 96) {
            uint64_t offset, bytes;
            memcpy(&offset, e + 56, 8);
            memcpy(&bytes, e + 64, 8);
            inside = inside || (at >= offset && at < offset + bytes);
        }
        padding += !inside;
    }
    for (size_t at = 0; at < f->size; at++) {
        f->data[at] ^= (unsigned char)(1U << at % 8);
        unnoticed += load(f, f->size) == GAMLP_OK;
        f->data[at] ^= (unsigned char)(1U << at % 8);
    }
    assert_true(padding > 0);
    assert_int_equal(unnoticed, padding);
}

static void wrong_headers(void **state) {
    fixture *f = *state;
    f->data[8] = 2;
    refused(f, "d.gamlp: container of version 2, expected 1");
    f->data[0] = 'g';
    refused(f, "not a gamlp container");
    f->data[12] = f->data[13] = 0;
    refused(f, "0 sections, expected 1 to 4096");
    f->data[14] = 1;
    refused(f, "sections, expected 1 to 4096");
    f->data[16]++;
    refused(f, "the table of sections is not within the file");
    memset(f->data + 16, 0xC0, 8);
    refused(f, "the table of sections is not within the file");
    f->data[32] ^= 1;
    memcpy(f->data + 56, &(uint64_t){gamlp_checksum_of(f->data, 56)}, 8);
    CHECK_FAILS(load(f, f->size), GAMLP_E_DATA, "the table of sections is damaged");
    memcpy(f->data, f->whole, f->size);
}

static void wrong_tables(void **state) {
    fixture *f = *state;
    memset(container_entry(f->data, "label"), 'x', 32);
    refused(f, "a section has no proper name");
    rename_section(f, "label", "a b");
    refused(f, "a section has no proper name");
    set_entry(f, "label", 32, 6, 4);
    refused(f, "section label: element type 6, expected 1 to 5");
    set_entry(f, "label", 32, 0, 4);
    refused(f, "section label: element type 0");
    set_entry(f, "label", 40, 13, 8);
    refused(f, "section label: 13 x 1 elements of 4 bytes do not take its 48 bytes");
    set_entry(f, "label", 40, (int64_t)1 << 62, 8);
    refused(f, "do not take its 48 bytes");
    set_entry(f, "label", 48, 0, 8);
    refused(f, "do not take its 48 bytes");
    set_entry(f, "label", 36, 3, 4);
    refused(f, "do not take its 48 bytes");
    set_entry(f, "label", 56, 1, 8);
    refused(f, "section label: 48 bytes at 1 are not within the file");
    set_entry(f, "label", 56, 0, 8);
    refused(f, "are not within the file");
    set_entry(f, "label", 56, (int64_t)f->size / 64 * 64, 8);
    refused(f, "are not within the file");
    set_entry(f, "label", 64, -4, 8);
    refused(f, "are not within the file");
}

static void missing_and_misfit_sections(void **state) {
    fixture *f = *state;
    static const char *const needed[] = {"counts",       "graph.ptr", "graph.idx",
                                         "features.ptr", "passport",  "split.val"};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        char sentence[64];
        rename_section(f, needed[i], "other");
        snprintf(sentence, sizeof sentence, "d.gamlp: no section %s", needed[i]);
        refused(f, sentence);
    }
    rename_section(f, "features.idx", "other");
    refused(f, "no section features.idx or features.dense");
    rename_section(f, "features.idx", "features.dense");
    refused(f, "section features.dense: its extents are not those");
    set_entry(f, "label", 32, GAMLP_ELEMENT_FLOAT32, 4);
    refused(f, "section label has elements of type 3, expected 1");
    set_entry(f, "features.val", 32, GAMLP_ELEMENT_INT32, 4);
    refused(f, "section features.val: expected elements of type float32 or float64");
    set64(f, "counts", 0, 13);
    refused(f, "section graph.ptr has 13 elements, expected 14");
    set64(f, "counts", 0, 0);
    refused(f, "0 nodes");
    set64(f, "counts", 1, 12);
    refused(f, "section graph.idx has 26 elements, expected 24");
    set64(f, "counts", 2, -1);
    refused(f, "-1 features");
    set64(f, "counts", 3, 13);
    refused(f, "13 classes cannot be");
}

static void wrong_content(void **state) {
    fixture *f = *state;
    rename_section(f, "arcs.idx", "arcs.other");
    refused(f, "no section arcs.idx");
    rename_section(f, "arcs.ptr", "arcs.other");
    refused(f, "no section arcs.ptr");
    set32(f, "arcs.idx", 0, 0);
    refused(f, "section arcs.idx: an arc is no edge of the graph");
    set32(f, "arcs.idx", 0, 99);
    refused(f, "sections arcs.*: ");
    set64(f, "graph.ptr", 12, 27);
    refused(f, "sections graph.*: sparse row pointers run from 0 to 27, expected 0 to 26");
    set64(f, "graph.ptr", 5, (int64_t)1 << 40);
    refused(f, "sections graph.*: sparse row");
    set64(f, "graph.ptr", 5, -1);
    refused(f, "sections graph.*: sparse row");
    set32(f, "graph.idx", 0, 12);
    refused(f, "sections graph.*: sparse row 0: column 12");
    set32(f, "graph.idx", 0, -1);
    refused(f, "sections graph.*: sparse row 0: column -1");
    set32(f, "graph.idx", 0, 0); /* row 0 was 1 6 11 */
    refused(f, "section graph.idx: a node is its own neighbour");
    set32(f, "graph.idx", 3, 1); /* row 1 was 0 2 */
    refused(f, "section graph.idx: a node is its own neighbour");
    set32(f, "graph.idx", 25, 11); /* row 11 was 0 10 */
    refused(f, "section graph.idx: a node is its own neighbour");
    set32(f, "graph.idx", 6, 4); /* row 2 was 1 3: 4 is on the same side, so 1 must go */
    set32(f, "graph.idx", 5, 3);
    refused(f, "section graph.idx: an edge lacks its other direction");
    set32(f, "features.idx", 0, TINY_FEATURES);
    refused(f, "sections features.*: sparse row 0: column 5");
    set32(f, "features.val", 0, 0x7fc00000); /* a NaN */
    if (sizeof(gamlp_real) == 4) refused(f, "is not a finite value");
    memcpy(f->data, f->whole, f->size);
    set32(f, "label", 3, 3);
    refused(f, "section label: node 3 has label 3, expected -1 to 2");
    set32(f, "label", 3, -2);
    refused(f, "section label: node 3 has label -2");
    set32(f, "split.train", 0, 12);
    refused(f, "section split.train: nodes out of order or out of range");
    set32(f, "split.val", 1, 3);
    refused(f, "section split.val: nodes out of order or out of range");
    set32(f, "split.test", 0, -1);
    refused(f, "section split.test: nodes out of order or out of range");
}

static void wrong_names_and_passports(void **state) {
    fixture *f = *state;
    memset(container_bytes(f->data, "class.names"), 0, 5);
    refused(f, "section class.names: more names than classes");
    container_bytes(f->data, "class.names")[4] = 'x';
    refused(f, "section class.names: fewer names than classes");
    container_bytes(f->data, "class.names")[0] = 0xff;
    refused(f, "section class.names: not UTF-8");
    container_bytes(f->data, "passport")[0] = '[';
    refused(f, "section passport");
    unsigned char *passport = container_bytes(f->data, "passport");
    memcpy(strstr((char *)passport, "\"fingerprint\": \"") + 16, "ABC", 3);
    refused(f, "section passport: expected members name and fingerprint");
    memcpy(strstr((char *)passport, "\"name\""), "\"mane\"", 6);
    refused(f, "section passport: expected members name and fingerprint");
}

static gamlp_status all_rows(fixture *f, gamlp_rows_of what, bool repair) {
    gamlp_container *c;
    gamlp_rows *rows;
    gamlp_row_block b = {.count = 1};
    if (repair) container_repair(f->data, f->size);
    CHECK_OK(gamlp_container_parse(&c, f->data, f->size, "d.gamlp"));
    gamlp_status status = gamlp_rows_new(&rows, c, what);
    while (status == GAMLP_OK && b.count > 0) status = gamlp_rows_next(&b, rows, 4);
    gamlp_rows_free(rows);
    gamlp_container_free(c);
    memcpy(f->data, f->whole, f->size);
    return status;
}

static void rows_are_checked_as_they_come(void **state) {
    fixture *f = *state;
    CHECK_OK(all_rows(f, GAMLP_ROWS_GRAPH, true));
    set64(f, "graph.ptr", 5, (int64_t)1 << 40);
    CHECK_FAILS(all_rows(f, GAMLP_ROWS_GRAPH, true), GAMLP_E_DATA,
                "section graph.ptr: row 4 ends at 1099511627776");
    set64(f, "graph.ptr", 5, 2);
    CHECK_FAILS(all_rows(f, GAMLP_ROWS_GRAPH, true), GAMLP_E_DATA, "row 4 ends at 2");
    set64(f, "graph.ptr", 12, 25);
    CHECK_FAILS(all_rows(f, GAMLP_ROWS_GRAPH, true), GAMLP_E_DATA, "more elements than its rows");
    set32(f, "graph.idx", 25, 12);
    CHECK_FAILS(all_rows(f, GAMLP_ROWS_GRAPH, true), GAMLP_E_DATA, "column 12");
    set32(f, "features.val", 0, 0x40000000); /* 2 instead of 1 */
    CHECK_FAILS(all_rows(f, GAMLP_ROWS_FEATURES, false), GAMLP_E_DATA,
                "section features.val is damaged: its checksum differs");
    rename_section(f, "features.ptr", "other");
    CHECK_FAILS(all_rows(f, GAMLP_ROWS_FEATURES, true), GAMLP_E_DATA, "has no features");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_cut_is_noticed, setup),
        cmocka_unit_test_setup(every_changed_byte_is_noticed, setup),
        cmocka_unit_test_setup(wrong_headers, setup),
        cmocka_unit_test_setup(wrong_tables, setup),
        cmocka_unit_test_setup(missing_and_misfit_sections, setup),
        cmocka_unit_test_setup(wrong_content, setup),
        cmocka_unit_test_setup(wrong_names_and_passports, setup),
        cmocka_unit_test_setup(rows_are_checked_as_they_come, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
