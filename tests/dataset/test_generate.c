/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "dataset/generate.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"

static gamlp_generate_options small(void) {
    return (gamlp_generate_options){.nodes = 300,
                                    .classes = 4,
                                    .edges = 700,
                                    .words = 90,
                                    .words_per_node = 6,
                                    .homophily = 0.7,
                                    .feature_noise = 0.5,
                                    .seed = 11,
                                    .train_per_class = 10,
                                    .val_count = 50,
                                    .test_count = 100};
}

static int64_t equal_edges(const gamlp_dataset *d) {
    const gamlp_csr *a = &d->graph.adjacency;
    int64_t equal = 0;
    for (int64_t i = 0; i < d->nodes; i++)
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++)
            equal += a->idx[k] > i && d->label[a->idx[k]] == d->label[i];
    return equal;
}

static void the_recipe_is_cora_sized(void **state) {
    (void)state;
    gamlp_generate_options o;
    gamlp_dataset d;
    gamlp_graph_structure s;
    CHECK_OK(gamlp_generate_options_default(&o));
    CHECK_OK(gamlp_dataset_generate(&d, &o));
    CHECK_OK(gamlp_dataset_check(&d));
    assert_int_equal(d.nodes, 2708);
    assert_int_equal(d.classes, 7);
    assert_int_equal(d.features, 1433);
    assert_int_equal(d.graph.edges, 5278);
    assert_int_equal(d.graph.self_loops, 0);
    assert_int_equal(d.graph.duplicate_edges, 0);
    assert_int_equal(equal_edges(&d), (int64_t)(o.homophily * 5278 + 0.5));
    assert_int_equal(d.split.train_count, 140);
    assert_int_equal(d.split.val_count, 500);
    assert_int_equal(d.split.test_count, 1000);
    CHECK_OK(gamlp_graph_structure_of(&s, &d.graph));
    assert_true(s.degree_max > 40 && s.degree_max < 250); /* a heavy tail: the mean is 3.9 */
    assert_true(s.isolated < 271);
    assert_true(s.largest_component > 2000);
    gamlp_dataset_clear(&d);
}

static void classes_are_unequal_and_none_is_empty(void **state) {
    (void)state;
    gamlp_generate_options o = small();
    gamlp_dataset d;
    int64_t size[4] = {0}, changes = 0;
    double share = 0;
    CHECK_OK(gamlp_dataset_generate(&d, &o));
    for (int64_t i = 0; i < d.nodes; i++) {
        size[d.label[i]]++;
        changes += i > 0 && d.label[i] != d.label[i - 1];
    }
    for (int64_t c = 0; c < 4; c++) share += 1.0 / (double)(c + 2);
    for (int64_t c = 0; c < 4; c++)
        assert_true(fabs((double)size[c] - 300 / (double)(c + 2) / share) <= 1);
    assert_true(changes > 100); /* shuffled */
    gamlp_dataset_clear(&d);
}

/* Fraction of pairs of nodes, of one class or of two, that share a word. */
static double overlap(const gamlp_dataset *d, bool equal) {
    int64_t pairs = 0, sharing = 0;
    for (int64_t i = 0; i < d->nodes; i++)
        for (int64_t j = 0; j < i; j++) {
            const gamlp_csr *h = &d->sparse;
            bool found = false;
            if ((d->label[i] == d->label[j]) != equal) continue;
            for (int64_t a = h->ptr[i]; a < h->ptr[i + 1]; a++)
                for (int64_t b = h->ptr[j]; b < h->ptr[j + 1]; b++)
                    if (h->idx[a] == h->idx[b]) found = true;
            pairs++;
            sharing += found;
        }
    return (double)sharing / (double)pairs;
}

static void words_tell_the_class_unless_noise_does(void **state) {
    (void)state;
    const double noise[] = {0, 0.5, 1};
    double gap[3];
    for (int64_t k = 0; k < 3; k++) {
        gamlp_generate_options o = small();
        gamlp_dataset d;
        o.feature_noise = noise[k];
        o.words = 400;
        CHECK_OK(gamlp_dataset_generate(&d, &o));
        gap[k] = overlap(&d, true) - overlap(&d, false);
        gamlp_dataset_clear(&d);
    }
    assert_true(gap[0] > 2 * gap[1] && gap[1] > 0.02);
    assert_true(fabs(gap[2]) < 0.02);
}

static void words_per_node(void **state) {
    (void)state;
    gamlp_generate_options o = small();
    gamlp_dataset d;
    o.nodes = 2000;
    o.edges = 100;
    o.words = 5000;
    o.words_per_node = 10;
    CHECK_OK(gamlp_dataset_generate(&d, &o));
    CHECK_OK(gamlp_csr_check(&d.sparse));
    assert_true(fabs((double)d.sparse.nnz / 2000 - 10) < 1); /* repeated draws are one word */
    for (int64_t i = 0; i < d.nodes; i++)
        assert_in_range(d.sparse.ptr[i + 1] - d.sparse.ptr[i], 1, 15);
    for (int64_t k = 0; k < d.sparse.nnz; k++) assert_true(d.sparse.val[k] == 1);
    gamlp_dataset_clear(&d);
}

/* The content of two graphs, the same on every machine. */
static void golden_bits(void **state) {
    (void)state;
    gamlp_generate_options o = small();
    gamlp_dataset d;
    for (int64_t threads = 1; threads <= 2; threads++) {
        gamlp_threads_set(threads);
        CHECK_OK(gamlp_dataset_generate(&d, &o));
        assert_string_equal(d.fingerprint,
                            "084dd65c4179282d7f5fc843f5c131bf175d446b5ed820017120e4c4d5ba93c1");
        gamlp_dataset_clear(&d);
    }
    gamlp_threads_set(gamlp_threads_available());
    CHECK_OK(gamlp_generate_options_default(&o));
    CHECK_OK(gamlp_dataset_generate(&d, &o));
    assert_string_equal(d.fingerprint,
                        "493a9a4264c2ff3f97f46441672d88ab76fad0d532d5cab1452c72f83deec0ec");
    gamlp_dataset_clear(&d);
}

static gamlp_generate_options of_model(int model, int kind) {
    gamlp_generate_options o = small();
    o.model = model;
    o.feature_kind = kind;
    o.dimension = 24;
    o.mean_length = 2;
    o.quadrant[0] = 0.57;
    o.quadrant[1] = o.quadrant[2] = 0.19;
    return o;
}

static void golden_bits_of_models(void **state) {
    (void)state;
    static const char *const golden[4][2] = {
        {"084dd65c4179282d7f5fc843f5c131bf175d446b5ed820017120e4c4d5ba93c1",
         "c41130a4bc48e6f47c57cf53141aa760526623a646cf0ae9dc54892fb6bd1117"},
        {"aa14f14798aa7e2b959e7cdf19d2a7f5b74bce084a21a4d89ac8f50105b9a3cb",
         "36fcef95a1d52477cc1aea0ad2ae2e67a0b8e57ee714738876c23cd8d5a8cd75"},
        {"ec0c2c6f6a315680ebad78bc4e465aabc5d5fd8945705e3e62d5453b5c74c4bf",
         "bb4ab8698961a049c4942142ebdcf77e9643828c5456441a72522c9c006ce09d"},
        {"312f64b55d2e110441e4f825768539743f3180d97b9ead69ac28275b2d38741f",
         "903d8d8d77886073f80bba4090d27442176fd0f5c27f05832dd31391ece81ec4"}};
    for (int model = 0; model < 4; model++)
        for (int kind = 0; kind < 2; kind++)
            for (int64_t threads = 1; threads <= 3; threads++) {
                gamlp_generate_options o = of_model(model, kind);
                gamlp_dataset d;
                gamlp_threads_set(threads);
                CHECK_OK(gamlp_dataset_generate(&d, &o));
                assert_string_equal(d.fingerprint, golden[model][kind]);
                gamlp_dataset_clear(&d);
            }
    gamlp_threads_set(gamlp_threads_available());
}

/* The features of a node are the same whatever the graph is. */
static void models_share_labels_and_features(void **state) {
    (void)state;
    gamlp_generate_options o = of_model(GAMLP_MODEL_CSBM, 1);
    gamlp_dataset first, d;
    CHECK_OK(gamlp_dataset_generate(&first, &o));
    for (int model = GAMLP_MODEL_RMAT; model <= GAMLP_MODEL_ER; model++) {
        o.model = model;
        CHECK_OK(gamlp_dataset_generate(&d, &o));
        assert_int_equal(d.graph.stored_edges, 700);
        assert_memory_equal(d.label, first.label, 300 * sizeof *d.label);
        assert_memory_equal(d.dense.data, first.dense.data, 24 * 300 * sizeof *d.dense.data);
        assert_string_equal(d.split_fingerprint, first.split_fingerprint);
        gamlp_dataset_clear(&d);
    }
    gamlp_dataset_clear(&first);
}

/* Of csbm's labels every edge asks; those of the others meet by chance. */
static void homophily_of_models(void **state) {
    (void)state;
    for (int model = 0; model < 4; model++) {
        gamlp_generate_options o = of_model(model, 1);
        gamlp_dataset d;
        double chance = 0;
        o.nodes = 4000;
        o.edges = 40000;
        o.homophily = 0.8;
        CHECK_OK(gamlp_dataset_generate(&d, &o));
        for (int64_t c = 0; c < d.classes; c++) {
            int64_t size = 0;
            for (int64_t i = 0; i < d.nodes; i++) size += d.label[i] == c;
            chance += (double)size / 4000 * (double)size / 4000;
        }
        double found = (double)equal_edges(&d) / (double)d.graph.edges;
        assert_true(fabs(found - (model == GAMLP_MODEL_CSBM ? 0.8 : chance)) < 0.03);
        gamlp_dataset_clear(&d);
    }
}

static void uniform_degrees(void **state) {
    (void)state;
    int64_t most[2];
    for (int degrees = 0; degrees < 2; degrees++) {
        gamlp_generate_options o = of_model(GAMLP_MODEL_CSBM, 0);
        gamlp_graph_structure s;
        gamlp_dataset d;
        o.nodes = 2000;
        o.edges = 10000;
        o.degrees = degrees;
        CHECK_OK(gamlp_dataset_generate(&d, &o));
        CHECK_OK(gamlp_graph_structure_of(&s, &d.graph));
        most[degrees] = s.degree_max;
        gamlp_dataset_clear(&d);
    }
    assert_true(most[0] > 60 && most[1] < 30); /* Poisson of mean 10: above 30 once in 10^7 */
}

/* The list of edges that may be read in passes gives the same graph. */
static void edges_alone(void **state) {
    (void)state;
    for (int model = 0; model < 4; model++) {
        gamlp_generate_options o = of_model(model, 0);
        gamlp_generate_state list;
        gamlp_edges edges;
        gamlp_dataset d;
        gamlp_graph graph;
        if (!gamlp_generate_streams(&o)) {
            CHECK_FAILS(gamlp_generate_edges(&edges, &list, &o), GAMLP_E_USAGE, "independent");
            continue;
        }
        CHECK_OK(gamlp_dataset_generate(&d, &o));
        CHECK_OK(gamlp_generate_edges(&edges, &list, &o));
        CHECK_OK(gamlp_edges_graph(&graph, &edges));
        assert_int_equal(graph.edges, d.graph.edges);
        assert_memory_equal(graph.adjacency.idx, d.graph.adjacency.idx,
                            (size_t)graph.adjacency.nnz * sizeof *graph.adjacency.idx);
        gamlp_graph_clear(&graph);
        gamlp_dataset_clear(&d);
    }
}

static gamlp_status write_passes(void *context) {
    const gamlp_generate_options *options = context;
    char path[300];
    gamlp_dataset d;
    const char *folder = make_directory();
    snprintf(path, sizeof path, "%s/g.gamlp", folder);
    gamlp_status status = gamlp_generate_write(&d, path, options);
    gamlp_dataset_clear(&d);
    remove_directory(folder);
    return status;
}

/* What edges in passes leave in the file is the whole data set. */
static void edges_in_passes(void **state) {
    (void)state;
    for (int model = 0; model < 4; model++) {
        gamlp_generate_options o = of_model(model, model % 2);
        gamlp_dataset_options plain;
        char path[300];
        gamlp_dataset whole, made, read;
        const char *folder = make_directory();
        gamlp_dataset_options_default(&plain);
        snprintf(path, sizeof path, "%s/g.gamlp", folder);
        CHECK_OK(gamlp_dataset_generate(&whole, &o));
        CHECK_OK(gamlp_generate_write(&made, path, &o));
        CHECK_OK(gamlp_dataset_open(&read, path, &plain));
        assert_string_equal(made.fingerprint, whole.fingerprint);
        assert_string_equal(read.fingerprint, whole.fingerprint);
        assert_string_equal(read.split_fingerprint, whole.split_fingerprint);
        assert_int_equal(read.graph.stored_edges, whole.graph.stored_edges);
        assert_int_equal(read.graph.duplicate_edges, whole.graph.duplicate_edges);
        gamlp_dataset_clear(&whole);
        gamlp_dataset_clear(&made);
        gamlp_dataset_clear(&read);
        remove_directory(folder);
        check_every_allocation(write_passes, &o);
    }
}

static void training_nodes_of_all_classes(void **state) {
    (void)state;
    gamlp_generate_options o = small();
    gamlp_dataset d;
    o.train_count = 150;
    CHECK_OK(gamlp_dataset_generate(&d, &o));
    assert_int_equal(d.split.train_count, 150);
    assert_int_equal(d.split.val_count, 50);
    assert_int_equal(d.split.test_count, 100);
    assert_string_equal(d.split.rule, "generated:150+50+100@11");
    gamlp_dataset_clear(&d);
    o.train_count = 151;
    CHECK_FAILS(gamlp_dataset_generate(&d, &o), GAMLP_E_DATA,
                "300 nodes are too few for 151 to train, 50 to validate and 100 to test");
}

static void recipes_by_name(void **state) {
    (void)state;
    gamlp_generate_options o;
    gamlp_dataset d;
    CHECK_OK(gamlp_generate_options_recipe(&o, "reddit-sim"));
    assert_int_equal(o.edges, 57307946);
    CHECK_OK(gamlp_generate_options_recipe(&o, "arxiv-sim"));
    assert_int_equal(o.edges, 1166243);
    CHECK_FAILS(gamlp_generate_options_recipe(&o, "karate"), GAMLP_E_USAGE,
                "karate is not a recipe");
    CHECK_FAILS(gamlp_generate_options_recipe(&o, "flick-sim"), GAMLP_E_USAGE,
                "nearest is flickr-sim");
    CHECK_OK(gamlp_generate_options_recipe(&o, "flickr-sim"));
    CHECK_OK(gamlp_dataset_generate(&d, &o));
    assert_int_equal(d.nodes, 89250);
    assert_int_equal(d.graph.edges, 449878);
    assert_int_equal(d.features, 500);
    assert_int_equal(d.classes, 7);
    assert_int_equal(d.split.train_count + d.split.val_count + d.split.test_count, 89250);
    assert_string_equal(d.fingerprint,
                        "b858f7033cb45f1ec50659236c90490c3640b517d43d890826fa94df87925324");
    gamlp_dataset_clear(&d);
}

static void every_option_matters(void **state) {
    (void)state;
    gamlp_generate_options base = small(), changed[8];
    gamlp_dataset first, d;
    for (size_t k = 0; k < 8; k++) changed[k] = base;
    changed[0].nodes++;
    changed[1].classes--;
    changed[2].edges++;
    changed[3].words++;
    changed[4].words_per_node++;
    changed[5].homophily = 0.6;
    changed[6].feature_noise = 0.6;
    changed[7].seed++;
    CHECK_OK(gamlp_dataset_generate(&first, &base));
    for (size_t k = 0; k < 8; k++) {
        CHECK_OK(gamlp_dataset_generate(&d, &changed[k]));
        assert_string_not_equal(d.fingerprint, first.fingerprint);
        gamlp_dataset_clear(&d);
    }
    gamlp_dataset_clear(&first);
}

static void smallest_graphs(void **state) {
    (void)state;
    gamlp_dataset d;
    gamlp_generate_options o = {.nodes = 3,
                                .classes = 1,
                                .edges = 3,
                                .words = 1,
                                .words_per_node = 1,
                                .homophily = 1,
                                .feature_noise = 0,
                                .train_per_class = 1,
                                .val_count = 1,
                                .test_count = 1};
    CHECK_OK(gamlp_dataset_generate(&d, &o));
    assert_int_equal(d.graph.edges, 3);
    assert_int_equal(d.sparse.nnz, 3);
    gamlp_dataset_clear(&d);
    o.edges = 4;
    CHECK_FAILS(gamlp_dataset_generate(&d, &o), GAMLP_E_USAGE, "4 edges");
    o.edges = 3;
    o.val_count = 2;
    CHECK_FAILS(gamlp_dataset_generate(&d, &o), GAMLP_E_DATA, "remain");
    assert_null(d.label);
}

static void options_are_checked(void **state) {
    (void)state;
    gamlp_generate_options o = small();
    CHECK_OK(gamlp_generate_options_check(&o));
#define REFUSED(field, wrong, text)                                                                \
    o = small();                                                                                   \
    o.field = wrong;                                                                               \
    CHECK_FAILS(gamlp_generate_options_check(&o), GAMLP_E_CONFIG, text)
    REFUSED(nodes, 0, "nodes: 0 is not between 1 and 2147483647");
    REFUSED(nodes, INT64_MAX, "nodes: ");
    REFUSED(classes, 0, "classes: 0");
    REFUSED(classes, 301, "classes: 301 of them among 300 nodes");
    REFUSED(edges, -1, "edges: -1");
    REFUSED(words, 0, "words: 0");
    REFUSED(words_per_node, 0, "words-per-node: 0");
    REFUSED(words_per_node, 91, "words-per-node: 91 of 90 words");
    REFUSED(homophily, 1.01, "homophily: 1.01");
    REFUSED(homophily, (double)NAN, "homophily: ");
    REFUSED(feature_noise, -0.5, "feature-noise: -0.5");
    REFUSED(seed, -1, "seed: -1");
    REFUSED(train_per_class, 0, "train-per-class: 0");
    REFUSED(val_count, 0, "val: 0");
    REFUSED(test_count, 0, "test: 0");
    REFUSED(train_count, -1, "train: -1");
    REFUSED(model, 4, "model: 4");
    REFUSED(model, -1, "model: -1");
    REFUSED(degrees, 2, "degrees: 2");
    REFUSED(feature_kind, 1, "dimension: 0 Gaussian features, expected at least 1");
    REFUSED(dimension, 1000001, "dimension: 1000001");
    REFUSED(mean_length, -1, "signal: -1");
    REFUSED(quadrant[1], 1.5, "rmat-b: 1.5");
    o = small();
    o.quadrant[0] = o.quadrant[1] = 0.6;
    CHECK_FAILS(gamlp_generate_options_check(&o), GAMLP_E_CONFIG, "sum to 1.2, more than 1");
#undef REFUSED
    gamlp_dataset d;
    o.nodes = -4;
    CHECK_FAILS(gamlp_dataset_generate(&d, &o), GAMLP_E_CONFIG, "nodes: -4");
    assert_null(d.label);
}

/* What cannot be in memory is refused before any of it is drawn. */
static void more_than_memory(void **state) {
    (void)state;
    gamlp_generate_options o = small();
    gamlp_dataset d;
    o.nodes = 2147483647;
    o.words = o.words_per_node = 500000;
    for (o.model = 0; o.model < 4; o.model++) {
        CHECK_FAILS(gamlp_dataset_generate(&d, &o), GAMLP_E_NOMEM, "2147483647 nodes");
        CHECK_FAILS(write_passes(&o), GAMLP_E_NOMEM, "2147483647 nodes");
        assert_null(d.label);
    }
    o = small();
    o.edges = gamlp_memory_of_host() / 8;
    if (o.edges == 0 || o.edges > 1000000000000) return;
    CHECK_FAILS(gamlp_generate_check(&o, true), GAMLP_E_NOMEM, "MiB of memory, and this host has");
    CHECK_OK(gamlp_generate_check(&o, false));
    o.edges = o.edges * 9 / 10;
    CHECK_OK(gamlp_generate_check(&o, true));
    o.nodes = 0;
    CHECK_FAILS(gamlp_generate_check(&o, true), GAMLP_E_CONFIG, "nodes: 0");
}

static gamlp_status generate(void *context) {
    const gamlp_generate_options *options = context;
    gamlp_dataset d;
    gamlp_status status = gamlp_dataset_generate(&d, options);
    gamlp_dataset_clear(&d);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    for (int model = 0; model < 4; model++)
        for (int kind = 0; kind < 2; kind++) {
            gamlp_generate_options o = of_model(model, kind);
            o.train_count = kind ? 100 : 0;
            check_every_allocation(generate, &o);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_recipe_is_cora_sized),
        cmocka_unit_test(classes_are_unequal_and_none_is_empty),
        cmocka_unit_test(words_tell_the_class_unless_noise_does),
        cmocka_unit_test(words_per_node),
        cmocka_unit_test(golden_bits),
        cmocka_unit_test(golden_bits_of_models),
        cmocka_unit_test(models_share_labels_and_features),
        cmocka_unit_test(homophily_of_models),
        cmocka_unit_test(uniform_degrees),
        cmocka_unit_test(edges_alone),
        cmocka_unit_test(edges_in_passes),
        cmocka_unit_test(training_nodes_of_all_classes),
        cmocka_unit_test(recipes_by_name),
        cmocka_unit_test(every_option_matters),
        cmocka_unit_test(smallest_graphs),
        cmocka_unit_test(more_than_memory),
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
