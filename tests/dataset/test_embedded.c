/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <string.h>

#include "dataset/embedded.h"
#include "gamlp/alloc.h"

static gamlp_status build(gamlp_dataset *dataset, const char *text) {
    gamlp_yaml *recipe;
    *dataset = (gamlp_dataset){0};
    gamlp_status status = gamlp_yaml_parse(&recipe, text, strlen(text), "a recipe");
    if (status != GAMLP_OK) return status;
    status = gamlp_embedded_open(dataset, "a recipe", recipe);
    gamlp_yaml_free(recipe);
    return status;
}

static void karate(void **state) {
    (void)state;
    gamlp_dataset d;
    int64_t second = 0, across = 0;
    CHECK_OK(build(&d, gamlp_dataset_manifest("karate")));
    CHECK_OK(gamlp_dataset_check(&d));
    assert_string_equal(d.format, "embedded");
    assert_string_equal(d.split.rule, "public");
    assert_int_equal(d.nodes, 34);
    assert_int_equal(d.features, 34);
    assert_int_equal(d.classes, 2);
    assert_int_equal(d.split.train_count + d.split.val_count + d.split.test_count, 34);
    for (int64_t i = 0; i < 34; i++) {
        const gamlp_csr *a = &d.graph.adjacency;
        second += d.label[i];
        assert_int_equal(d.sparse.ptr[i + 1], i + 1);
        assert_int_equal(d.sparse.idx[i], i);
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++)
            across += a->idx[k] > i && d.label[i] != d.label[a->idx[k]];
    }
    assert_int_equal(second, 17);
    assert_int_equal(across, 11); /* ties between the two clubs after the split */
    gamlp_dataset_clear(&d);
}

static void citation_sim(void **state) {
    (void)state;
    gamlp_dataset d, same;
    gamlp_generate_options options;
    CHECK_OK(build(&d, gamlp_dataset_manifest("citation-sim")));
    CHECK_OK(gamlp_dataset_check(&d));
    CHECK_OK(gamlp_dataset_fingerprint(&d));
    CHECK_OK(gamlp_generate_options_default(&options));
    CHECK_OK(gamlp_dataset_generate(&same, &options));
    assert_string_equal(d.fingerprint, same.fingerprint);
    assert_string_equal(d.split_fingerprint, same.split_fingerprint);
    gamlp_dataset_clear(&d);
    gamlp_dataset_clear(&same);
}

static void bad_recipes(void **state) {
    (void)state;
    gamlp_dataset d;
    CHECK_FAILS(build(&d, "title: x"), GAMLP_E_CONFIG, "kind is missing");
    CHECK_FAILS(build(&d, "kind: petersen"), GAMLP_E_CONFIG, "kind is petersen");
    CHECK_FAILS(build(&d, "kind: karate"), GAMLP_E_CONFIG, "label: expected a list");
    CHECK_FAILS(build(&d, "kind: karate\nlabel: [0, 1]"), GAMLP_E_CONFIG, "2 labels for 34 nodes");
    CHECK_FAILS(build(&d, "kind: karate\nlabel: [0, x]"), GAMLP_E_CONFIG, "whole number");
    CHECK_FAILS(build(&d, "kind: karate\nlabel: [0, [1]]"), GAMLP_E_CONFIG, "label");
    CHECK_FAILS(build(&d, "kind: karate\nlabel: [0, -1]"), GAMLP_E_CONFIG, "-1");
    CHECK_FAILS(build(&d, "kind: generate"), GAMLP_E_CONFIG, "expected a value of nodes");
    CHECK_FAILS(build(&d, "kind: generate\ngenerate: {node: 3}"), GAMLP_E_CONFIG,
                "line 2: unknown option node, the nearest is nodes");
    CHECK_FAILS(build(&d, "kind: generate\ngenerate: {nodes: many}"), GAMLP_E_CONFIG, "many");
    assert_null(d.label);
    assert_null(d.graph.adjacency.ptr);
}

static void split_outside_the_graph(void **state) {
    (void)state;
    char text[1024];
    gamlp_dataset d;
    strcpy(text, "kind: karate\nlabel: [0");
    for (int i = 1; i < 34; i++) strcat(text, ", 1");
    strcat(text, "]\ntrain: [0, 34]\n");
    CHECK_FAILS(build(&d, text), GAMLP_E_CONFIG, "train: 34 is not between 0 and 33");
}

static gamlp_status open_karate(void *context) {
    (void)context;
    gamlp_dataset d;
    gamlp_status status = build(&d, gamlp_dataset_manifest("karate"));
    gamlp_dataset_clear(&d);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    check_every_allocation(open_karate, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(karate),      cmocka_unit_test(citation_sim),
        cmocka_unit_test(bad_recipes), cmocka_unit_test(split_outside_the_graph),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
