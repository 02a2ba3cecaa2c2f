/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "fixture.h"
#include "gamlp/alloc.h"
#include "gamlp/container.h"

typedef struct fixture {
    char folder[256], source[512], path[512];
    gamlp_dataset_options options;
    gamlp_import_options import;
    gamlp_import_report report;
} fixture;

static int setup(void **state) {
    static fixture f;
    snprintf(f.folder, sizeof f.folder, "%s", make_directory());
    snprintf(f.source, sizeof f.source, "%s/some.edges", f.folder);
    snprintf(f.path, sizeof f.path, "%s/d.gamlp", f.folder);
    gamlp_dataset_options_default(&f.options);
    gamlp_import_options_default(&f.import);
    *state = &f;
    return 0;
}

static int teardown(void **state) {
    const fixture *f = *state;
    remove_directory(f->folder);
    return 0;
}

static gamlp_status import(fixture *f, const char *text) {
    if (text) CHECK_OK(gamlp_file_write(f->source, text, strlen(text)));
    return gamlp_import(&f->report, f->path, f->source, &f->options, &f->import);
}

static const char ring[] = "# a ring of five, and node 6\n\n0 1\n 1\t2 \n3 2\r\n% more\n3 4\n4 0\n"
                           "1 1\n2 1\n2 6\n";

static void edges_become_a_container(void **state) {
    fixture *f = *state;
    gamlp_dataset d, direct;
    CHECK_OK(import(f, ring));
    assert_true(f->report.streamed);
    assert_string_equal(f->report.name, "some");
    assert_int_equal(f->report.counts.nodes, 7);
    assert_int_equal(f->report.counts.edges, 6);
    assert_int_equal(f->report.counts.stored_edges, 8);
    assert_int_equal(f->report.counts.self_loops, 1);
    assert_int_equal(f->report.counts.duplicate_edges, 1);
    f->options.as_stored = true;
    CHECK_OK(gamlp_dataset_open(&d, f->path, &f->options));
    CHECK_OK(gamlp_dataset_open(&direct, f->source, &f->options));
    assert_string_equal(direct.format, "edges");
    assert_string_equal(d.fingerprint, direct.fingerprint);
    assert_string_equal(d.fingerprint, f->report.fingerprint);
    static const int64_t ptr[] = {0, 2, 4, 7, 9, 11, 11, 12};
    static const int32_t idx[] = {1, 4, 0, 2, 1, 3, 6, 2, 4, 0, 3, 2};
    assert_memory_equal(d.graph.adjacency.ptr, ptr, sizeof ptr);
    assert_memory_equal(d.graph.adjacency.idx, idx, sizeof idx);
    CHECK_OK(gamlp_dataset_fingerprint(&d));
    assert_string_equal(d.fingerprint, f->report.fingerprint);
    gamlp_dataset_clear(&d);
    gamlp_dataset_clear(&direct);
}

static void nodes_and_name_may_be_given(void **state) {
    fixture *f = *state;
    f->import.nodes = 9;
    f->import.name = "my graph";
    CHECK_OK(import(f, ring));
    assert_int_equal(f->report.counts.nodes, 9);
    assert_string_equal(f->report.name, "my graph");
    f->import.nodes = 6;
    CHECK_FAILS(import(f, ring), GAMLP_E_DATA,
                "some.edges: line 11: a node number is not below the number of nodes");
    f->import.nodes = 0;
    f->import.name = "";
    CHECK_FAILS(import(f, ring), GAMLP_E_USAGE, "name: expected 1 to 63 bytes");
    f->import.name = "\xff";
    CHECK_FAILS(import(f, ring), GAMLP_E_USAGE, "name: expected");
    f->import.name = NULL;
    f->import.nodes = 40;
    CHECK_FAILS(gamlp_import(&f->report, f->path, "karate", &f->options, &f->import), GAMLP_E_USAGE,
                "nodes: karate is not a list of edges");
}

/* Mixed and repeated directions, loops; as the first comment that knows says. */
static void lists_tell_of_directions(void **state) {
    fixture *f = *state;
    static const struct {
        const char *text;
        int64_t arcs;
    } list[] = {
        {"# Directed graph (each unordered pair of nodes is saved once): x.txt\n# FromNodeId\n", 5},
        {"% asym unweighted\n% 7 4 4\n", 5},
        {"#\n\n# a comment\n  #DIRECTED\n# undirected\n", 5},
        {"# Undirected graph: x.txt\n# directed\n", 0},
        {"% sym\n% asym\n", 0},
        {"% bip\n", 0},
        {"# undirectedly asymmetric\n#directed_graph\n", 5},
        {"", 0},
        {"# directedly\n", 0},
        {"0 1\n# directed\n", 0},
    };
    static const int64_t ptr[] = {0, 1, 3, 3, 5};
    static const int32_t idx[] = {1, 0, 2, 0, 1};
    char text[256];
    f->options.as_stored = true;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        snprintf(text, sizeof text, "%s3 1\n0 1\n1 0\n2 2\n1 2\n3 0\n1 2\n3 3\n", list[i].text);
        gamlp_dataset d[2];
        CHECK_OK(import(f, text));
        CHECK_OK(gamlp_dataset_open(&d[0], f->path, &f->options));
        CHECK_OK(gamlp_dataset_open(&d[1], f->source, &f->options));
        assert_string_equal(d[0].fingerprint, d[1].fingerprint);
        for (int k = 0; k < 2; k++) {
            const gamlp_graph *g = &d[k].graph;
            assert_int_equal(g->edges, 4);
            assert_int_equal(g->self_loops, 2);
            assert_int_equal(g->arcs.rows, list[i].arcs ? 4 : 0);
            assert_int_equal(g->arcs.nnz, list[i].arcs);
            if (list[i].arcs) {
                assert_memory_equal(g->arcs.ptr, ptr, sizeof ptr);
                assert_memory_equal(g->arcs.idx, idx, sizeof idx);
            }
            gamlp_dataset_clear(&d[k]);
        }
    }
    CHECK_OK(import(f, "# Directed graph\n0 1\n1 0\n2 1\n1 2\n")); /* each both ways */
    gamlp_dataset d;
    CHECK_OK(gamlp_dataset_open(&d, f->path, &f->options));
    assert_int_equal(d.graph.arcs.rows, 0);
    gamlp_dataset_clear(&d);
}

/* More rows and entries than are read back, or written, at a time. */
static void long_lists_keep_arcs(void **state) {
    fixture *f = *state;
    enum { MANY = 20000 };
    FILE *file = fopen(f->source, "w");
    assert_non_null(file);
    fprintf(file, "# Directed graph\n");
    for (int i = 0; i < MANY; i++) fprintf(file, "%d %d\n", i, (int)((7919LL * i + 1) % MANY));
    assert_int_equal(fclose(file), 0);
    gamlp_dataset d, direct;
    CHECK_OK(import(f, NULL));
    f->options.as_stored = true;
    CHECK_OK(gamlp_dataset_open(&d, f->path, &f->options));
    CHECK_OK(gamlp_dataset_open(&direct, f->source, &f->options));
    const gamlp_csr *a = &d.graph.arcs, *b = &direct.graph.arcs;
    assert_int_equal(b->nnz, MANY - direct.graph.self_loops);
    assert_int_equal(a->nnz, b->nnz);
    assert_memory_equal(a->ptr, b->ptr, (MANY + 1) * sizeof *a->ptr);
    assert_memory_equal(a->idx, b->idx, (size_t)a->nnz * sizeof *a->idx);
    for (int i = 0; i < MANY; i++)
        if (b->ptr[i] < b->ptr[i + 1]) assert_int_equal(b->idx[b->ptr[i]], (7919LL * i + 1) % MANY);
    gamlp_dataset_clear(&d);
    gamlp_dataset_clear(&direct);
}

static void bad_lines_are_named(void **state) {
    fixture *f = *state;
    static const struct {
        const char *text, *sentence;
    } bad[] = {
        {"0 1\n1 2 3\n", "line 2: expected two node numbers"},
        {"0\n", "line 1: expected two node numbers"},
        {"0 -1\n", "line 1: expected two node numbers"},
        {"0 1.5\n", "line 1: expected two node numbers"},
        {"0,1\n", "line 1: expected two node numbers"},
        {"0 2147483647\n", "line 1: expected two node numbers from 0 to 2147483646"},
        {"0 99999999999999999999999\n", "line 1: expected two node numbers"},
        {"0 1x\n", "line 1: expected two node numbers"},
        {"1 2\n0 2147483646\n", "node 2147483646 in a list of 2 edges: the number of nodes must"},
        {"", "some.edges: no line has an edge"},
        {"# nothing\n", "some.edges: no line has an edge"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_FAILS(import(f, bad[i].text), GAMLP_E_DATA, bad[i].sentence);
        assert_false(gamlp_file_exists(f->path));
    }
    assert_int_equal(remove(f->source), 0);
    CHECK_FAILS(import(f, NULL), GAMLP_E_NOINPUT, "some.edges");
    snprintf(f->source, sizeof f->source, "edges:%s/none", f->folder);
    CHECK_FAILS(import(f, NULL), GAMLP_E_NOINPUT, "none: No such file");
}

static void memory_is_obeyed_or_refused(void **state) {
    fixture *f = *state;
    f->import.memory = 1000;
    CHECK_FAILS(import(f, ring), GAMLP_E_NOMEM, "a graph of 7 nodes needs more than");
    assert_false(gamlp_file_exists(f->path));
    f->import.memory = (int64_t)1 << 40;
    CHECK_OK(import(f, ring));
}

static void an_old_container_stays_when_import_fails(void **state) {
    fixture *f = *state;
    gamlp_bytes before, after;
    CHECK_OK(import(f, ring));
    CHECK_OK(gamlp_file_read(&before, f->path, 1 << 20));
    CHECK_FAILS(import(f, "0 1\nx\n"), GAMLP_E_DATA, "line 2");
    CHECK_OK(gamlp_file_read(&after, f->path, 1 << 20));
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    gamlp_bytes_clear(&before);
    gamlp_bytes_clear(&after);
}

static void other_formats_are_read_whole(void **state) {
    fixture *f = *state;
    gamlp_dataset d, direct;
    char prefix[512], *text;
    snprintf(prefix, sizeof prefix, "%s/ind.tiny", f->folder);
    tiny_planetoid_write(prefix);
    CHECK_OK(gamlp_import(&f->report, f->path, prefix, &f->options, &f->import));
    assert_false(f->report.streamed);
    CHECK_OK(gamlp_dataset_open(&d, f->path, &f->options));
    CHECK_OK(gamlp_dataset_open(&direct, prefix, &f->options));
    assert_string_equal(d.fingerprint, direct.fingerprint);
    assert_string_equal(d.split_fingerprint, direct.split_fingerprint);
    assert_string_equal(d.split.rule, "public");
    assert_int_equal(d.missing_rows, 1);
    CHECK_OK(gamlp_dataset_passport(&text, f->path));
    assert_non_null(strstr(text, "\"ind.tiny.allx\""));
    assert_non_null(strstr(text, "\"sha256\""));
    assert_null(strstr(text, f->folder)); /* names, not places */
    gamlp_free(text);
    gamlp_dataset_clear(&d);
    gamlp_dataset_clear(&direct);
    CHECK_FAILS(gamlp_import(&f->report, f->path, "coraa", &f->options, &f->import),
                GAMLP_E_NOINPUT, "nearest is cora");
}

static void the_real_ones_keep_their_fingerprints(void **state) {
    fixture *f = *state;
    static const char *const name[] = {"cora", "citeseer", "amazon-photo", "coauthor-cs"};
    snprintf(f->options.data, sizeof f->options.data, "%s", real_data());
    for (int i = 0; i < 4; i++) {
        gamlp_dataset d, direct;
        CHECK_OK(gamlp_import(&f->report, f->path, name[i], &f->options, &f->import));
        CHECK_OK(gamlp_dataset_open(&d, f->path, &f->options));
        CHECK_OK(gamlp_dataset_open(&direct, name[i], &f->options));
        assert_string_equal(d.name, name[i]);
        assert_string_equal(d.fingerprint, direct.fingerprint);
        assert_string_equal(d.split_fingerprint, direct.split_fingerprint);
        CHECK_OK(gamlp_dataset_fingerprint(&d));
        assert_string_equal(d.fingerprint, direct.fingerprint);
        gamlp_dataset_clear(&d);
        gamlp_dataset_clear(&direct);
    }
}

static gamlp_status body(void *context) {
    fixture *f = context;
    return gamlp_import(&f->report, f->path, f->source, &f->options, &f->import);
}

static gamlp_status open_source(void *context) {
    const fixture *f = context;
    gamlp_dataset d;
    gamlp_status status = gamlp_dataset_open(&d, f->source, &f->options);
    gamlp_dataset_clear(&d);
    return status;
}

static void memory_may_end_anywhere(void **state) {
    fixture *f = *state;
    CHECK_OK(import(f, ring));
    check_every_allocation(body, f);
    CHECK_OK(import(f, "# Directed graph\n0 1\n2 1\n"));
    check_every_allocation(body, f);
    f->options.as_stored = true;
    check_every_allocation(open_source, f);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(edges_become_a_container),
        CASE(nodes_and_name_may_be_given),
        CASE(lists_tell_of_directions),
        CASE(long_lists_keep_arcs),
        CASE(bad_lines_are_named),
        CASE(memory_is_obeyed_or_refused),
        CASE(an_old_container_stays_when_import_fails),
        CASE(other_formats_are_read_whole),
        CASE(the_real_ones_keep_their_fingerprints),
        CASE(memory_may_end_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
