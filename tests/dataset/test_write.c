/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a writer makes is read as the same data set. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "arcs.h"
#include "check.h"
#include "core/file.h"
#include "fixture.h"
#include "gamlp/alloc.h"

static const struct {
    const char *format, *ending;
    gamlp_status (*read)(gamlp_dataset *dataset, const char *path);
} kind[] = {{"gnn-benchmark", "npz", gamlp_gnnbench_read},
            {"mtx", "mtx", gamlp_mtx_read},
            {"graphml", "graphml", gamlp_graphml_read}};

enum { KINDS = 3 };

static void check_round(const gamlp_dataset *d, int k, bool names) {
    const char *folder = make_directory();
    char path[300], arcs[1024];
    gamlp_dataset e;
    snprintf(path, sizeof path, "%s/tiny.%s", folder, kind[k].ending);
    snprintf(arcs, sizeof arcs, "%s", arcs_text(&d->graph));
    CHECK_OK(gamlp_dataset_write(path, d, kind[k].format));
    CHECK_OK(kind[k].read(&e, path));
    assert_string_equal(arcs_text(&e.graph), arcs);
    CHECK_OK(gamlp_dataset_check(&e));
    CHECK_OK(gamlp_dataset_fingerprint(&e));
    assert_string_equal(e.name, "tiny");
    assert_string_equal(d->fingerprint, e.fingerprint);
    assert_string_equal(d->split_fingerprint, e.split_fingerprint);
    for (int64_t c = 0; names && c < d->classes; c++)
        assert_string_equal(e.class_name[c], d->class_name[c]);
    if (d->time && k != 1) assert_memory_equal(d->time, e.time, (size_t)d->nodes * sizeof *d->time);
    /* Once more onto what is there. */
    CHECK_OK(gamlp_dataset_write(path, &e, kind[k].format));
    gamlp_dataset_clear(&e);
    CHECK_OK(kind[k].read(&e, path));
    CHECK_OK(gamlp_dataset_fingerprint(&e));
    assert_string_equal(d->fingerprint, e.fingerprint);
    assert_string_equal(arcs_text(&e.graph), arcs);
    gamlp_dataset_clear(&e);
    remove_directory(folder);
}

static void check_rounds(gamlp_dataset *d, bool names) {
    CHECK_OK(gamlp_dataset_fingerprint(d));
    for (int k = 0; k < KINDS; k++) check_round(d, k, names && k > 0);
}

/* With an unlabelled node and an isolated one: the fixture's node 9, and a new one. */
static void isolate(gamlp_dataset *d) {
    static const int64_t source[] = {0, 1, 2}, target[] = {1, 2, 9};
    gamlp_graph_clear(&d->graph);
    CHECK_OK(gamlp_graph_from_edges(&d->graph, d->nodes, 3, source, target));
}

static void test_sparse(void **state) {
    (void)state;
    gamlp_dataset d;
    tiny_dataset(&d);
    check_rounds(&d, false);
    isolate(&d);
    check_rounds(&d, false);
    gamlp_dataset_clear(&d);
}

/* One way, both ways, and against the order of the nodes. */
static void test_arcs(void **state) {
    (void)state;
    static const int64_t source[] = {0, 1, 5, 2, 11}, target[] = {1, 0, 4, 9, 3};
    gamlp_dataset d;
    tiny_dataset(&d);
    gamlp_graph_clear(&d.graph);
    CHECK_OK(gamlp_graph_from_arcs(&d.graph, d.nodes, 5, source, target));
    assert_string_equal(arcs_text(&d.graph), "0>1 1>0 2>9 5>4 11>3");
    check_rounds(&d, false);
    gamlp_dataset_clear(&d);
}

static void test_dense(void **state) {
    (void)state;
    gamlp_dataset d;
    tiny_dataset(&d);
    CHECK_OK(gamlp_csr_to_dense(&d.dense, &d.sparse));
    gamlp_csr_clear(&d.sparse);
    d.dense.data[3] = (gamlp_real)(1.0 / 3.0);
    d.dense.data[4] = (gamlp_real)-1e-30;
    check_rounds(&d, false);
    gamlp_dataset_clear(&d);
}

/* More features than GraphML gets attributes. */
static void test_wide(void **state) {
    (void)state;
    gamlp_dataset d;
    tiny_dataset(&d);
    d.features = d.sparse.cols = GAMLP_GRAPHML_FEATURES + 1;
    d.sparse.idx[d.sparse.nnz - 1] = GAMLP_GRAPHML_FEATURES;
    check_rounds(&d, false);
    CHECK_OK(gamlp_csr_to_dense(&d.dense, &d.sparse));
    gamlp_csr_clear(&d.sparse);
    check_rounds(&d, false);
    gamlp_dataset_clear(&d);
}

/* Names that XML and lines want escaped, a class without nodes, years. */
static void test_names(void **state) {
    (void)state;
    static const char *const name[] = {"a <b> & \"c\"", "\xc3\xbc\xe2\x82\xac", "z", "", "no node"};
    gamlp_dataset d;
    tiny_dataset(&d);
    d.classes = 5;
    check_rounds(&d, false);
    CHECK_OK(gamlp_new(&d.class_name, 5, sizeof *d.class_name, "names"));
    for (int c = 0; c < 5; c++) CHECK_OK(gamlp_strdup(&d.class_name[c], name[c]));
    CHECK_OK(gamlp_new(&d.time, d.nodes, sizeof *d.time, "times"));
    for (int64_t i = 0; i < d.nodes; i++) d.time[i] = (int32_t)(1990 + i);
    check_rounds(&d, true);
    gamlp_dataset_clear(&d);
}

static void test_refused(void **state) {
    (void)state;
    static const char *const way[] = {"tiny_features.npz", "tiny_classes.txt", "tiny.labels.csv",
                                      "tiny.features.npy"};
    const char *folder = make_directory();
    char path[2][300], block[300];
    gamlp_dataset d;
    tiny_dataset(&d);
    snprintf(path[0], sizeof path[0], "%s/tiny.mtx", folder);
    snprintf(path[1], sizeof path[1], "%s/tiny.graphml", folder);
    for (int i = 0; i < 4; i++) {
        snprintf(block, sizeof block, "%s/%s", folder, way[i]);
        CHECK_OK(gamlp_file_write(block, "x", 1));
        CHECK_FAILS(gamlp_dataset_write(path[i / 2], &d, kind[1 + i / 2].format), GAMLP_E_CREATE,
                    "is in the way");
        assert_false(gamlp_file_exists(path[i / 2]));
        unlink(block);
    }
    snprintf(block, sizeof block, "%s/tiny.txt", folder);
    CHECK_FAILS(gamlp_mtx_write(block, &d), GAMLP_E_USAGE, "ends in .mtx");
    CHECK_FAILS(gamlp_graphml_write(block, &d), GAMLP_E_USAGE, "ends in .graphml");
    CHECK_FAILS(gamlp_dataset_write(block, &d, "grphml"), GAMLP_E_USAGE, "nearest is graphml");
    CHECK_FAILS(gamlp_dataset_write(block, &d, "parquet"), GAMLP_E_USAGE, "there are");
    CHECK_FAILS(gamlp_mtx_write("/none/such.mtx", &d), GAMLP_E_CREATE, "/none/such.mtx");
    CHECK_FAILS(gamlp_graphml_write("/none/such.graphml", &d), GAMLP_E_CREATE, "/none/such");
    gamlp_dataset_clear(&d);
    remove_directory(folder);
}

typedef struct job {
    gamlp_dataset d;
    char path[300];
    int kind;
} job;

static gamlp_status write_body(void *context) {
    const job *j = context;
    return gamlp_dataset_write(j->path, &j->d, kind[j->kind].format);
}

static void test_allocation(void **state) {
    (void)state;
    const char *folder = make_directory();
    job j;
    tiny_dataset(&j.d);
    j.d.classes = 4; /* writes names of classes */
    for (j.kind = 0; j.kind < KINDS; j.kind++) {
        snprintf(j.path, sizeof j.path, "%s/tiny.%s", folder, kind[j.kind].ending);
        check_every_allocation(write_body, &j);
    }
    j.d.features = j.d.sparse.cols = GAMLP_GRAPHML_FEATURES + 1;
    j.kind = 2;
    snprintf(j.path, sizeof j.path, "%s/wide.graphml", folder);
    check_every_allocation(write_body, &j);
    gamlp_dataset_clear(&j.d);
    remove_directory(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sparse),     cmocka_unit_test(test_arcs),
        cmocka_unit_test(test_dense),      cmocka_unit_test(test_wide),
        cmocka_unit_test(test_names),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
