/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which format a path shows by itself. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "core/file.h"
#include "dataset/format.h"
#include "gamlp/alloc.h"
#include "npzfile.h"
#include "textfile.h"

static char root[256];

static int setup(void **state) {
    (void)state;
    snprintf(root, sizeof root, "%s", make_directory());
    return 0;
}

static int teardown(void **state) {
    (void)state;
    remove_directory(root);
    return 0;
}

static void check_shows(const char *name, const char *format, const char *expected) {
    const gamlp_format *f;
    char *path;
    CHECK_OK(gamlp_format_resolve(&f, &path, name));
    if (format) {
        assert_non_null(f);
        assert_string_equal(f->name, format);
        assert_string_equal(path, expected);
    } else {
        assert_null(f);
        assert_null(path);
    }
    gamlp_free(path);
}

/* An npz with these arrays, of one element each. */
static const char *put_npz(const char *file, const char *const *names) {
    npzfile z = {0};
    for (int i = 0; names[i]; i++) npz_put(&z, names[i], "|u1", 1, 0, "", 1);
    const char *path = path_in(root, file);
    npz_write(&z, path);
    npz_clear(&z);
    return path;
}

static void test_npz(void **state) {
    (void)state;
    static const char *const gnnbench[] = {"adj_data.npy", NULL};
    static const char *const dotted[] = {"adj_matrix.data.npy", NULL};
    static const char *const masks[] = {"edges.npy",
                                        "node_features.npy",
                                        "node_labels.npy",
                                        "train_masks.npy",
                                        "val_masks.npy",
                                        "test_masks.npy",
                                        NULL};
    static const char *const other[] = {"adj_shape.npy", "x.npy", NULL};
    const char *path = put_npz("a.npz", gnnbench);
    check_shows(path, "gnn-benchmark", path);
    path = put_npz("a.npz", dotted);
    check_shows(path, "gnn-benchmark", path);
    path = put_npz("a.npz", masks);
    check_shows(path, "heterophilous", path);
    path = put_npz("a.npz", other);
    check_shows(path, NULL, NULL);
    write_text(root, "a.npz", "no archive");
    check_shows(path_in(root, "a.npz"), "gnn-benchmark", path_in(root, "a.npz"));
    check_shows(path_in(root, "b.npz"), NULL, NULL);
}

/* One file of a Planetoid set stands for all of them, when they are there. */
static void test_planetoid_part(void **state) {
    (void)state;
    char graph[512], prefix[512];
    snprintf(graph, sizeof graph, "%s", path_in(root, "ind.t.graph"));
    snprintf(prefix, sizeof prefix, "%s", path_in(root, "ind.t"));
    write_text(root, "ind.t.graph", "");
    check_shows(graph, NULL, NULL);
    write_text(root, "ind.t.allx", "");
    write_text(root, "ind.t.test.index", "");
    check_shows(graph, "planetoid", prefix);
    check_shows(prefix, "planetoid", prefix);
    check_shows(path_in(root, "ind.t.allx"), NULL, NULL);
}

static void put_folder(const char *folder, const char *const *names) {
    CHECK_OK(gamlp_directory_make(NULL, folder));
    for (int i = 0; names[i]; i++) write_text(folder, names[i], "");
}

static void test_folders(void **state) {
    (void)state;
    static const char *const saint[] = {"adj_full.npz",   "adj_train.npz", "feats.npy",
                                        "class_map.json", "role.json",     NULL};
    static const char *const geom[] = {"out1_node_feature_label.txt", "out1_graph_edges.txt", NULL};
    static const char *const linqs[] = {"README", "x.content", "x.cites", NULL};
    char folder[300], pair[320];
    snprintf(folder, sizeof folder, "%s/saint", root);
    put_folder(folder, saint);
    check_shows(folder, "graphsaint", folder);
    snprintf(folder, sizeof folder, "%s/geom", root);
    put_folder(folder, geom);
    check_shows(folder, "geom-gcn", folder);
    snprintf(folder, sizeof folder, "%s/linqs", root);
    put_folder(folder, linqs);
    snprintf(pair, sizeof pair, "%s/x", folder);
    check_shows(folder, "linqs", pair);
    check_shows(pair, "linqs", pair);
    check_shows(root, NULL, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_npz, setup, teardown),
        cmocka_unit_test_setup_teardown(test_planetoid_part, setup, teardown),
        cmocka_unit_test_setup_teardown(test_folders, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
