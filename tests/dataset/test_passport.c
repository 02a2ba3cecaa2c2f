/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/passport.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "core/digest.h"
#include "fixture.h"
#include "gamlp/alloc.h"
#include "gamlp/rng.h"

enum { N = TINY_NODES, D = TINY_FEATURES };

/* A small data set as plain arrays: easily changed. */
typedef struct plain {
    int64_t count, source[20], target[20];
    float feature[N][D];
    int32_t label[N];
} plain;

static plain tiny(void) {
    plain p = {.count = N};
    for (int64_t i = 0; i < N; i++) {
        p.source[i] = i;
        p.target[i] = (i + 1) % N;
    }
    p.source[p.count] = 0;
    p.target[p.count++] = 5;
    memcpy(p.feature, tiny_features, sizeof p.feature);
    memcpy(p.label, tiny_label, sizeof p.label);
    return p;
}

static gamlp_dataset build(const plain *p, bool sparse) {
    gamlp_dataset d = {.nodes = N, .features = D, .classes = TINY_CLASSES};
    CHECK_OK(gamlp_graph_from_edges(&d.graph, N, p->count, p->source, p->target));
    CHECK_OK(gamlp_new(&d.label, N, sizeof *d.label, "labels"));
    memcpy(d.label, p->label, sizeof p->label);
    CHECK_OK(gamlp_dense_init(&d.dense, D, N));
    for (int64_t i = 0; i < N; i++)
        for (int64_t j = 0; j < D; j++) d.dense.data[j + i * D] = (gamlp_real)p->feature[i][j];
    if (sparse) {
        int64_t row[N * D], col[N * D];
        gamlp_real value[N * D];
        for (int64_t k = 0; k < N * D; k++) {
            row[k] = k / D;
            col[k] = k % D;
            value[k] = (gamlp_real)p->feature[row[k]][col[k]];
        }
        CHECK_OK(gamlp_csr_from_triplets(&d.sparse, N, D, (int64_t)N * D, row, col, value,
                                         GAMLP_DUPLICATES_SUM));
        gamlp_dense_clear(&d.dense);
    }
    return d;
}

static gamlp_passport_hashes hashes_of(const plain *p, bool sparse) {
    gamlp_passport_hashes h;
    gamlp_dataset d = build(p, sparse);
    CHECK_OK(gamlp_dataset_hashes(&h, &d));
    assert_true(strlen(h.graph) == 64 && strlen(h.content) == 64 && strlen(h.labels) == 64);
    gamlp_dataset_clear(&d);
    return h;
}

/* Which hashes of `changed` are those of the tiny set: g, c, l. */
static void check_equal(const plain *changed, const char *equal) {
    const plain original = tiny();
    gamlp_passport_hashes a = hashes_of(&original, false), b = hashes_of(changed, false);
    assert_int_equal(strcmp(a.graph, b.graph) == 0, strchr(equal, 'g') != NULL);
    assert_int_equal(strcmp(a.content, b.content) == 0, strchr(equal, 'c') != NULL);
    assert_int_equal(strcmp(a.labels, b.labels) == 0, strchr(equal, 'l') != NULL);
}

static void test_changes(void **state) {
    (void)state;
    plain p = tiny();
    check_equal(&p, "gcl");
    p.count--; /* without the chord */
    check_equal(&p, "l");
    p = tiny();
    p.feature[4][2] += 1;
    check_equal(&p, "gl");
    p = tiny();
    p.label[7] = (p.label[7] + 1) % TINY_CLASSES;
    check_equal(&p, "g");
    p = tiny();
    p.label[7] = GAMLP_UNLABELLED;
    check_equal(&p, "g");
}

/* Nodes in another order, classes by other numbers: the same content. */
static void test_order(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        plain old = tiny(), p = old;
        int64_t name[N];
        for (int64_t i = 0; i < N; i++) name[i] = i;
        gamlp_rng_shuffle(gamlp_rng_key(seed, GAMLP_RNG_TEST, 0), name, N);
        for (int64_t e = 0; e < p.count; e++) {
            p.source[e] = name[old.target[e]];
            p.target[e] = name[old.source[e]];
        }
        for (int64_t i = 0; i < N; i++) {
            memcpy(p.feature[name[i]], old.feature[i], sizeof p.feature[0]);
            p.label[name[i]] = old.label[i] < 0 ? -1 : (old.label[i] + 1) % TINY_CLASSES;
        }
        check_equal(&p, "gc");
    }
}

/* Two nodes that differ in their features exchange them: the same rows, another content. */
static void test_exchanged(void **state) {
    (void)state;
    plain p = tiny();
    for (int64_t j = 0; j < D; j++) {
        p.feature[0][j] = tiny_features[3][j] + 1;
        p.feature[3][j] = tiny_features[0][j];
    }
    check_equal(&p, "gl");
}

static void test_sparse(void **state) {
    (void)state;
    plain p = tiny();
    gamlp_passport_hashes dense = hashes_of(&p, false), sparse = hashes_of(&p, true);
    assert_memory_equal(&dense, &sparse, sizeof dense);
}

static void test_whole(void **state) {
    (void)state;
    char path[300], hex[GAMLP_HASH_HEX];
    int64_t bytes;
    gamlp_dataset d;
    gamlp_dataset_options options;
    gamlp_passport p;
    snprintf(path, sizeof path, "%s/ind.tiny", make_directory());
    tiny_planetoid_write(path);
    gamlp_dataset_options_default(&options);
    CHECK_OK(gamlp_dataset_open(&d, path, &options));
    CHECK_OK(gamlp_passport_of(&p, &d));
    assert_int_equal(p.file_count, d.file_count);
    assert_int_equal(p.file_count, GAMLP_PLANETOID_PARTS);
    for (int64_t i = 0; i < p.file_count; i++) {
        assert_null(strchr(p.file[i].name, '/'));
        assert_non_null(strstr(d.file[i], p.file[i].name));
        CHECK_OK(gamlp_file_digest(hex, &bytes, d.file[i]));
        assert_int_equal(p.file[i].bytes, bytes);
        assert_string_equal(p.file[i].sha256, hex);
    }
    assert_int_equal(p.fixed_count, 0);
    assert_int_equal(p.edition.match_count, 0);
    assert_null(p.edition.nearest);
    gamlp_passport_clear(&p);
    gamlp_passport_clear(NULL);
    assert_int_equal(remove(d.file[0]), 0);
    CHECK_FAILS(gamlp_passport_of(&p, &d), GAMLP_E_NOINPUT, "ind.tiny.");
    gamlp_dataset_clear(&d);
}

/* Each split of the source has the fingerprint that it has when it is the chosen one. */
static void test_fixed(void **state) {
    (void)state;
    gamlp_dataset d;
    gamlp_dataset_options options;
    gamlp_passport p;
    gamlp_dataset_options_default(&options);
    CHECK_OK(gamlp_dataset_open(&d, "karate", &options));
    gamlp_split fixed[2] = {d.split, d.split};
    fixed[1].test_count--;
    d.fixed = fixed;
    d.fixed_count = 2;
    CHECK_OK(gamlp_passport_of(&p, &d));
    assert_int_equal(p.fixed_count, 2);
    assert_string_equal(p.fixed[0], d.split_fingerprint);
    assert_string_not_equal(p.fixed[1], p.fixed[0]);
    gamlp_passport_clear(&p);
    d.fixed = NULL;
    d.fixed_count = 0;
    gamlp_dataset_clear(&d);
}

/* Cora of gnn-benchmark is that of Planetoid with nodes and classes in another order. */
static void test_cora(void **state) {
    (void)state;
    char path[600];
    gamlp_dataset d;
    gamlp_dataset_options options;
    gamlp_passport p;
    gamlp_dataset_options_default(&options);
    snprintf(path, sizeof path, "%s/gnn-benchmark/cora.npz", real_data());
    CHECK_OK(gamlp_dataset_open(&d, path, &options));
    CHECK_OK(gamlp_passport_of(&p, &d));
    assert_string_equal(p.edition.nearest, "cora");
    assert_int_equal(p.edition.difference_count, 1);
    assert_non_null(strstr(p.edition.difference[0], "the same graph, features and labels"));
    gamlp_passport_clear(&p);
    gamlp_dataset_clear(&d);
}

static gamlp_status describe_once(void *dataset) {
    gamlp_passport p;
    gamlp_status status = gamlp_passport_of(&p, dataset);
    if (status == GAMLP_OK) gamlp_passport_clear(&p);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    char path[300];
    gamlp_dataset d;
    gamlp_dataset_options options;
    snprintf(path, sizeof path, "%s/ind.tiny", make_directory());
    tiny_planetoid_write(path);
    gamlp_dataset_options_default(&options);
    CHECK_OK(gamlp_dataset_open(&d, path, &options));
    check_every_allocation(describe_once, &d);
    gamlp_dataset_clear(&d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes),   cmocka_unit_test(test_order),
        cmocka_unit_test(test_exchanged), cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_whole),     cmocka_unit_test(test_cora),
        cmocka_unit_test(test_fixed),     cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
