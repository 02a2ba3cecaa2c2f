/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "check.h"
#include "core/file.h"
#include "dataset/format.h"
#include "gamlp/alloc.h"
#include "textfile.h"

static const char *folder;

/* Four nodes, 3 features; edges p1-p2 (twice), p2-http://x/3, a loop, two that dangle. */
static const char content[] = "p1\t1\t0\t1\tTheory\n"
                              "p2\t0\t0\t0\tAgents\r\n"
                              "http://x/3\t0\t2.5\t-1e1\tTheory\n"
                              "\n"
                              "4 d\t0\t0\t1\tData Bases";
static const char cites[] = "p1\tp2\np2 p1\nhttp://x/3 p2\np1 p1\np1\tghost\nghost p1\n\n"
                            "4 d\tp1\n";

static int setup(void **state) {
    (void)state;
    static char kept[256];
    folder = strcpy(kept, make_directory());
    return 0;
}

static int teardown(void **state) {
    (void)state;
    remove_directory(folder);
    return 0;
}

static gamlp_status read_texts(gamlp_dataset *d, const char *content_text, const char *cites_text) {
    write_text(folder, "tiny.content", content_text);
    write_text(folder, "tiny.cites", cites_text);
    return gamlp_format_linqs.read(d, folder);
}

static void test_tiny(void **state) {
    (void)state;
    gamlp_dataset d;
    CHECK_OK(read_texts(&d, content, cites));
    assert_string_equal(d.format, "linqs");
    assert_string_equal(d.name, "tiny");
    assert_int_equal(d.nodes, 4);
    assert_int_equal(d.features, 3);
    assert_int_equal(d.classes, 3);
    assert_string_equal(d.class_name[0], "Agents");
    assert_string_equal(d.class_name[1], "Data Bases");
    assert_string_equal(d.class_name[2], "Theory");
    static const int32_t label[] = {2, 0, 2, 1}, idx[] = {0, 2, 1, 2, 2};
    static const gamlp_real val[] = {1, 1, 2.5, -10, 1};
    assert_memory_equal(d.label, label, sizeof label);
    assert_int_equal(d.sparse.nnz, 5);
    assert_memory_equal(d.sparse.idx, idx, sizeof idx);
    assert_memory_equal(d.sparse.val, val, sizeof val);
    assert_int_equal(d.graph.edges, 3);
    assert_int_equal(d.graph.stored_edges, 5);
    assert_int_equal(d.graph.self_loops, 1);
    assert_int_equal(d.graph.duplicate_edges, 1);
    assert_int_equal(d.skipped_edges, 2);
    /* The second one cites the first: p1 and p2 each other, p2 x/3, p1 "4 d". */
    static const int64_t arcs_ptr[] = {0, 2, 4, 4, 4};
    static const int32_t arcs_idx[] = {1, 3, 0, 2};
    assert_memory_equal(d.graph.arcs.ptr, arcs_ptr, sizeof arcs_ptr);
    assert_memory_equal(d.graph.arcs.idx, arcs_idx, sizeof arcs_idx);
    assert_int_equal(d.file_count, 2);
    assert_string_equal(d.file[1], path_in(folder, "tiny.cites"));
    gamlp_dataset_clear(&d);
}

static void check_refused(const char *content_text, const char *cites_text, const char *sentence) {
    gamlp_dataset d;
    CHECK_FAILS(read_texts(&d, content_text, cites_text), GAMLP_E_DATA, sentence);
    assert_null(d.label);
}

static void test_bad_content(void **state) {
    (void)state;
    check_refused("", cites, "tiny.content: no nodes");
    check_refused("\n \n", cites, "tiny.content: no nodes");
    check_refused("a 1 0 x\na 1 0 y\n", cites, "tiny.content: line 2: \"a\" is there twice");
    check_refused("a 1 0 x\nb 1 y\n", cites, "tiny.content: line 2: 1 features, expected 2");
    check_refused("a 1 0 x\nb 1 1 1 y\n", cites, "tiny.content: line 2: 3 features, expected 2");
    check_refused("a x\n", cites, "tiny.content: line 1: 0 features, expected 1");
    check_refused("a\n", cites, "line 1: \"a\" stands alone, expected features and a class");
    check_refused("a 1 nan x\n", cites, "line 1: \"nan\" is not a finite number");
    check_refused("a 1 1e39 x\n", cites, "line 1: \"1e39\" is not a finite number");
    check_refused("a 1 inf x\n", cites, "line 1: \"inf\" is not a finite number");
    check_refused("a 1 0x1 x\n", cites, "line 1: \"0x1\" is not a finite number");
    check_refused("a 1 --1 x\n", cites, "line 1: \"--1\" is not a finite number");
    check_refused("a 1 \xff\n", cites, "tiny.content: the name of class 0 is not UTF-8");
}

static void test_bad_cites(void **state) {
    (void)state;
    check_refused(content, "p1\n", "tiny.cites: line 1: expected two identifiers");
    check_refused(content, "p1 p2\np1 p2 p3\n", "tiny.cites: line 2: expected two identifiers");
}

static void check_found(const char *name, const char *expected) {
    char *path = NULL;
    CHECK_OK(gamlp_format_linqs.find(&path, name));
    if (expected)
        assert_string_equal(path, expected);
    else
        assert_null(path);
    gamlp_free(path);
}

static void test_paths(void **state) {
    (void)state;
    char prefix[300];
    gamlp_dataset d;
    CHECK_OK(read_texts(&d, content, cites));
    gamlp_dataset_clear(&d);
    strcpy(prefix, path_in(folder, "tiny"));
    check_found(folder, prefix);
    check_found(prefix, prefix);
    check_found(path_in(folder, "tiny.content"), prefix);
    check_found(path_in(folder, "tiny.cites"), prefix);
    check_found(path_in(folder, "tin"), NULL);
    check_found("/none/such", NULL);
    CHECK_OK(gamlp_format_linqs.read(&d, prefix));
    gamlp_dataset_clear(&d);
    write_text(folder, "lonely.content", content);
    check_found(folder, prefix);
    CHECK_FAILS(gamlp_format_linqs.read(&d, path_in(folder, "lonely")), GAMLP_E_NOINPUT,
                "lonely.cites");
    write_text(folder, "lonely.cites", cites);
    check_found(folder, NULL);
    CHECK_FAILS(gamlp_format_linqs.read(&d, folder), GAMLP_E_NOINPUT,
                "not one pair NAME.content and NAME.cites");
    CHECK_FAILS(gamlp_format_linqs.read(&d, "/none/such"), GAMLP_E_NOINPUT, "/none/such.content");
}

static gamlp_status body(void *context) {
    gamlp_dataset d;
    gamlp_status status = gamlp_format_linqs.read(&d, context);
    if (status == GAMLP_OK) gamlp_dataset_clear(&d);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    char prefix[300], long_content[20000] = "";
    for (int i = 0; i < 300; i++) {
        char line[64] = {(char)('a' + i % 26), (char)('a' + i / 26), 0};
        strcat(strcat(long_content, line), " 1 0 1 x\n");
    }
    gamlp_dataset d;
    CHECK_OK(read_texts(&d, long_content, "aa ba\nca da\n"));
    assert_int_equal(d.nodes, 300);
    gamlp_dataset_clear(&d);
    strcpy(prefix, path_in(folder, "tiny"));
    check_every_allocation(body, prefix);
}

static void test_real(void **state) {
    (void)state;
    gamlp_dataset d;
    CHECK_OK(gamlp_format_linqs.read(&d, path_in(real_data(), "linqs/cora")));
    assert_int_equal(d.nodes, 2708);
    assert_int_equal(d.graph.edges, 5278);
    assert_int_equal(d.graph.stored_edges, 5429);
    assert_int_equal(d.skipped_edges, 0);
    assert_int_equal(d.features, 1433);
    assert_int_equal(d.sparse.nnz, 49216);
    assert_int_equal(d.classes, 7);
    assert_string_equal(d.class_name[0], "Case_Based");
    assert_string_equal(d.class_name[6], "Theory");
    CHECK_OK(gamlp_dataset_split_random(&d, 20, 500, 1000, 0));
    CHECK_OK(gamlp_dataset_check(&d));
    gamlp_dataset_clear(&d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tiny, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_content, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_cites, setup, teardown),
        cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
        cmocka_unit_test_setup_teardown(test_allocation, setup, teardown),
        cmocka_unit_test(test_real),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
