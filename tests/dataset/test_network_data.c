/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/network_data.h"

#include <stdio.h>
#include <string.h>

#include "arcs.h"
#include "check.h"
#include "gzip.h"
#include "npzfile.h"

static gamlp_status parse(gamlp_dataset *d, gamlp_network_format format, const char *text) {
    return gamlp_network_data_parse(d, format, text, strlen(text), "file", NULL);
}

static void test_gml_rules(void **state) {
    (void)state;
    gamlp_dataset d;
    /* "label" names the vertices, so "value" is the class; without numbered ones all numeric
     * attributes but id are features. */
    CHECK_OK(parse(&d, GAMLP_NETWORK_GML,
                   "graph [ node [ id 5 label \"a\" value \"n\" h 1.5 w 0 ]"
                   " node [ id 6 label \"b\" value \"c\" h 2 w 1 ]"
                   " node [ id 9 label \"c\" value \"n\" h -1 w 1 ]"
                   " edge [ source 9 target 5 weight 3 ] ]"));
    assert_string_equal(d.format, "gml");
    assert_int_equal(d.classes, 2);
    assert_string_equal(d.class_name[1], "n");
    static const int32_t label[] = {1, 0, 1};
    assert_memory_equal(d.label, label, sizeof label);
    assert_int_equal(d.features, 2);
    static const gamlp_real h[] = {1.5, 0, 2, 1, -1, 1};
    assert_memory_equal(d.dense.data, h, sizeof h);
    assert_int_equal(d.graph.edges, 1);
    gamlp_dataset_clear(&d);
    /* x1, x0: only these, in the order of the file; sparse when mostly zero. */
    CHECK_OK(parse(&d, GAMLP_NETWORK_GML,
                   "graph [ node [ id 1 class 1 x1 0 x0 4 h 7 ] node [ id 2 class 0 x1 0 x0 0 h 1 ]"
                   " node [ id 3 class -1 x1 0 x0 0 h 2 ] ]"));
    assert_int_equal(d.features, 2);
    assert_int_equal(d.sparse.nnz, 1);
    assert_int_equal(d.sparse.idx[0], 1);
    assert_int_equal(d.label[2], GAMLP_UNLABELLED);
    gamlp_dataset_clear(&d);
}

static void test_identity(void **state) {
    (void)state;
    gamlp_dataset d;
    /* y beside x is a place, value is no integer: the class is the community. */
    CHECK_OK(parse(&d, GAMLP_NETWORK_GML,
                   "graph [ node [ id 1 y \"a\" x \"b\" value 0.5 community 1 ]"
                   " node [ id 2 y \"a\" x \"c\" value 1 community 0 ] ]"));
    assert_int_equal(d.label[0], 1);
    assert_int_equal(d.features, 1); /* value */
    gamlp_dataset_clear(&d);
    CHECK_OK(parse(&d, GAMLP_NETWORK_PAJEK, "*Vertices 3\n1 \"a\" 0.5 0.5\n*Edges\n1 2\n"));
    assert_null(d.label);
    assert_int_equal(d.classes, 0);
    assert_int_equal(d.features, 3);
    gamlp_dataset_clear(&d);
    CHECK_OK(parse(&d, GAMLP_NETWORK_GML, "graph [ node [ id 1 club 0 ] node [ id 2 club 1 ] ]"));
    assert_int_equal(d.features, 2);
    assert_int_equal(d.sparse.nnz, 2);
    assert_int_equal(d.sparse.idx[1], 1);
    gamlp_dataset_clear(&d);
}

/* Arcs of a graph that says it is directed, and has an edge one way only. */
static void test_arcs(void **state) {
    (void)state;
    static const struct {
        gamlp_network_format format;
        const char *text, *arcs;
    } file[] = {{GAMLP_NETWORK_GML,
                 "graph [ directed 1 node [ id 1 ] node [ id 2 ] edge [ source 2 target 1 ] ]",
                 "1>0"},
                {GAMLP_NETWORK_GML,
                 "graph [ node [ id 1 ] node [ id 2 ] edge [ source 2 target 1 ] ]", "none"},
                {GAMLP_NETWORK_GRAPHML,
                 "<graphml><graph edgedefault='directed'><node id='p'/><node id='q'/>"
                 "<edge source='q' target='p'/></graph></graphml>",
                 "1>0"},
                {GAMLP_NETWORK_GRAPHML,
                 "<graphml><graph edgedefault='undirected'><node id='p'/><node id='q'/>"
                 "<edge source='q' target='p'/></graph></graphml>",
                 "none"},
                {GAMLP_NETWORK_PAJEK, "*Vertices 2\n*Edges\n2 1\n", "none"},
                {GAMLP_NETWORK_PAJEK, "*Vertices 2\n*Edgeslist\n2 1\n", "none"},
                {GAMLP_NETWORK_PAJEK, "*Vertices 2\n*Arcs\n*Edges\n2 1\n", "none"},
                {GAMLP_NETWORK_PAJEK, "*Vertices 2\n*Arcs\n2 1\n", "1>0"},
                {GAMLP_NETWORK_PAJEK, "*Vertices 2\n*ARCS\n2 1\n*Edges\n", "1>0"},
                {GAMLP_NETWORK_PAJEK, "*Vertices 2\n*Edges\n*Arcs\n2 1\n2 2\n", "1>0"},
                {GAMLP_NETWORK_PAJEK, "*Vertices 2\n*Arcslist\n2 1 1\n", "1>0"},
                {GAMLP_NETWORK_PAJEK, "*Vertices 2\n*Matrix\n0 0\n1 1\n", "1>0"},
                {GAMLP_NETWORK_PAJEK, "*Vertices 2 1\n*Matrix\n1\n", "none"},
                {GAMLP_NETWORK_PAJEK, "*Vertices 2\n*Arcs\n2 1\n1 2\n", "none"},
                {GAMLP_NETWORK_PAJEK, "*Vertices 2\n*Arcs\n2 1\n*Edges\n1 2\n2 2\n", "none"}};
    for (size_t k = 0; k < sizeof file / sizeof *file; k++) {
        gamlp_dataset d;
        CHECK_OK(parse(&d, file[k].format, file[k].text));
        assert_int_equal(d.graph.edges, 1);
        assert_string_equal(arcs_text(&d.graph), file[k].arcs);
        gamlp_dataset_clear(&d);
    }
}

/* Edges go both ways, arcs one; what is repeated and loops count once, as the file lists them. */
static void test_mixed(void **state) {
    (void)state;
    gamlp_dataset d, e;
    CHECK_OK(
        parse(&d, GAMLP_NETWORK_PAJEK,
              "*Vertices 5\n*Arcs\n2 1\n2 1\n3 3\n*Edges\n1 3\n2 4\n4 2\n5 5\n*Arcs\n2 4\n4 5\n"
              "5 4\n*Arcslist\n1 5 4\n"));
    assert_string_equal(arcs_text(&d.graph), "0>2 0>3 0>4 1>0 1>3 2>0 3>1 3>4 4>3");
    CHECK_OK(parse(&e, GAMLP_NETWORK_PAJEK,
                   "*Vertices 5\n*Edges\n2 1\n2 1\n3 3\n1 3\n2 4\n4 2\n5 5\n2 4\n4 5\n5 4\n1 5\n"
                   "1 4\n"));
    assert_string_equal(arcs_text(&e.graph), "none");
    assert_int_equal(d.graph.edges, e.graph.edges);
    assert_int_equal(d.graph.stored_edges, e.graph.stored_edges);
    assert_int_equal(d.graph.self_loops, e.graph.self_loops);
    assert_int_equal(d.graph.duplicate_edges, e.graph.duplicate_edges);
    assert_memory_equal(d.graph.adjacency.ptr, e.graph.adjacency.ptr, 6 * sizeof(int64_t));
    assert_memory_equal(d.graph.adjacency.idx, e.graph.adjacency.idx,
                        (size_t)e.graph.adjacency.nnz * sizeof(int32_t));
    gamlp_dataset_clear(&d);
    gamlp_dataset_clear(&e);
}

#define KEY(name, type) "<key id='" name "' for='node' attr.name='" name "' attr.type='" type "'/>"

static void test_graphml(void **state) {
    (void)state;
    static const char text[] =
        "<graphml><key id='cs' for='graph' attr.name='classes' attr.type='int'/>"
        "<key id='cn' for='graph' attr.name='class_names' attr.type='string'/>" KEY("label", "int")
            KEY("split", "string") KEY("time", "int") KEY(
                "f_0",
                "double") "<graph edgedefault='directed'><data key='cs'>3</data><data "
                          "key='cn'>a\nb &amp; c\nd</data>"
                          "<node id='p'><data key='label'>1</data><data key='split'>Train</data>"
                          "<data key='time'>1999</data><data key='f_0'>1</data></node>"
                          "<node id='q'><data key='label'>0</data><data key='split'>valid</data>"
                          "<data key='time'>2000</data><data key='f_0'>2</data></node>"
                          "<node id='r'><data key='label'>1</data><data key='split'>test</data>"
                          "<data key='time'>-5</data><data key='f_0'>3</data></node>"
                          "<edge source='p' target='q'/><edge source='q' "
                          "target='p'/></graph></graphml>";
    gamlp_dataset d;
    CHECK_OK(parse(&d, GAMLP_NETWORK_GRAPHML, text));
    snprintf(d.name, sizeof d.name, "file");
    CHECK_OK(gamlp_dataset_check(&d));
    assert_int_equal(d.classes, 3);
    assert_string_equal(d.class_name[1], "b & c");
    assert_int_equal(d.time[2], -5);
    assert_int_equal(d.graph.edges, 1);
    assert_int_equal(d.graph.arcs.rows, 0); /* it goes both ways */
    assert_int_equal(d.split.train[0], 0);
    assert_int_equal(d.split.val[0], 1);
    assert_int_equal(d.split.test[0], 2);
    assert_string_equal(d.split.rule, "stored");
    assert_int_equal(d.features, 1);
    gamlp_dataset_clear(&d);
}

static void check_refused(gamlp_network_format format, const char *text, const char *sentence) {
    gamlp_dataset d;
    CHECK_FAILS(parse(&d, format, text), GAMLP_E_DATA, sentence);
    assert_null(d.label);
}

static void test_bad(void **state) {
    (void)state;
    check_refused(GAMLP_NETWORK_GML, "graph [ ]", "has no vertices");
    check_refused(GAMLP_NETWORK_GML, "graph [ node [ id 1 class 1.5 ] ]",
                  "attribute class: node 0 has label 1.5, expected an integer in -1..0");
    check_refused(GAMLP_NETWORK_GML, "graph [ node [ id 1 class 1 ] ]", "has label 1");
    check_refused(GAMLP_NETWORK_GML, "graph [ node [ id 1 class -1 ] ]", "no node has a label");
    check_refused(GAMLP_NETWORK_GML, "graph [ node [ id 1 class 0 x0 1 ] node [ id 2 class 0 ] ]",
                  "attribute x0: node 1 has no finite number");
    check_refused(GAMLP_NETWORK_GML, "graph [ node [ id 1 class 0 x0 1e99 ] ]",
                  "attribute x0: node 0 has no finite number");
    check_refused(GAMLP_NETWORK_GML, "graph [ node [ id 1 class 0 split \"some\" ] ]",
                  "node 0 has another text than train, val or test");
    check_refused(GAMLP_NETWORK_GML, "graph [ node [ id 1 class 0 split \"train\" ] ]", "is empty");
    check_refused(GAMLP_NETWORK_GML, "graph [ node [ id 1 class 0 time 1.5 ] ]",
                  "attribute time: node 0 has no integer");
    check_refused(
        GAMLP_NETWORK_GRAPHML,
        "<graphml><key id='c' for='graph' attr.name='classes' attr.type='int'/><key "
        "id='n' for='graph' attr.name='class_names' attr.type='string'/>" KEY(
            "y", "int") "<graph><data key='c'>1</data><data key='n'>a\nb</data><node id='a'><data "
                        "key='y'>0</data></node></graph></graphml>",
        "class_names: 2 lines, expected 1 classes");
}

/* Pajek with everything beside it. */
static void test_beside(void **state) {
    (void)state;
    static const int64_t part[] = {0, 1, 2};
    static const float value[] = {2};
    static const int32_t idx[] = {4}, ptr[] = {0, 0, 1, 1};
    static const int64_t shape[] = {3, 5};
    const char *folder = make_directory();
    char path[300];
    gamlp_dataset d;
    npzfile z = {0};
    put_text_file(folder, "g.labels.csv", "1\n-1\n0\n");
    npz_put(&z, "data.npy", "<f4", 1, 0, value, 4);
    npz_put(&z, "indices.npy", "<i4", 1, 0, idx, 4);
    npz_put(&z, "indptr.npy", "<i4", 4, 0, ptr, 4);
    npz_put(&z, "shape.npy", "<i8", 2, 0, shape, 8);
    snprintf(path, sizeof path, "%s/g.features.npz", folder);
    npz_write(&z, path);
    npz_clear(&z);
    z = (npzfile){0};
    npz_put(&z, "idx_train.npy", "<i8", 1, 0, part, 8);
    npz_put(&z, "idx_val.npy", "<i8", 1, 0, part + 1, 8);
    npz_put(&z, "idx_test.npy", "<i8", 1, 0, part + 2, 8);
    snprintf(path, sizeof path, "%s/g.split.npz", folder);
    npz_write(&z, path);
    npz_clear(&z);
    const char *net =
        put_text_file(folder, "g.net.gz", "*Vertices 3\n1 \"a\" 0.5 0.5\n*Edges\n1 2\n2 3\n");
    CHECK_OK(gamlp_pajek_read(&d, net));
    assert_string_equal(d.name, "g");
    assert_string_equal(d.format, "pajek");
    assert_int_equal(d.features, 5);
    assert_int_equal(d.sparse.nnz, 1);
    assert_int_equal(d.label[1], GAMLP_UNLABELLED);
    assert_int_equal(d.split.test[0], 2);
    assert_int_equal(d.file_count, 4);
    gamlp_dataset_clear(&d);
    put_text_file(folder, "g.labels.csv", "b\na\nb\n");
    CHECK_OK(gamlp_pajek_read(&d, net));
    assert_int_equal(d.label[0], 1);
    assert_string_equal(d.class_name[0], "a");
    gamlp_dataset_clear(&d);
    CHECK_FAILS(gamlp_graphml_read(&d, "/none/such.graphml"), GAMLP_E_NOINPUT,
                "/none/such.graphml");
    CHECK_FAILS(gamlp_gml_read(&d, folder), GAMLP_E_NOINPUT, "regular file");
    remove_directory(folder);
}

static gamlp_status body_pajek(void *text) {
    gamlp_dataset d;
    gamlp_status status = parse(&d, GAMLP_NETWORK_PAJEK, text);
    gamlp_dataset_clear(&d);
    return status;
}

static gamlp_status body(void *context) {
    gamlp_dataset d;
    gamlp_status status = parse(&d, GAMLP_NETWORK_GML, context);
    gamlp_dataset_clear(&d);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    static char text[] = "graph [ node [ id 1 label \"a\" class \"k\" split \"train\" x0 1 time 1 ]"
                         " node [ id 2 class \"l\" split \"val\" x0 2 time 1 ]"
                         " node [ id 3 class \"l\" split \"test\" x0 2 time 1 ] ]";
    static char sparse[] =
        "graph [ node [ id 1 class 0 x0 0 x1 0 ] node [ id 2 class 0 x0 0 x1 0 ] ]";
    check_every_allocation(body, text);
    static char pajek[] = "*Vertices 3\n*Arcs\n1 2\n3 3\n*Edges\n2 3\n1 1\n";
    check_every_allocation(body, sparse);
    check_every_allocation(body_pajek, pajek);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gml_rules), cmocka_unit_test(test_identity),
        cmocka_unit_test(test_arcs),      cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_graphml),   cmocka_unit_test(test_bad),
        cmocka_unit_test(test_beside),    cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
