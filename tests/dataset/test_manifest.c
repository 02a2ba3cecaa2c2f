/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "dataset/format.h"
#include "fixture.h"
#include "gamlp/dataset.h"

static const char *const sets[] = {
    "cora",          "citeseer",        "pubmed",           "amazon-computers",
    "amazon-photo",  "coauthor-cs",     "coauthor-physics", "cora-ml",
    "actor",         "chameleon",       "squirrel",         "wisconsin",
    "cornell",       "texas",           "minesweeper",      "tolokers",
    "roman-empire",  "amazon-ratings",  "questions",        "ogbn-arxiv",
    "ogbn-products", "ogbn-papers100M", "flickr",           "reddit",
    "mnist",         "fashion-mnist"};

/* Each file can be had: from an address, out of an archive that has one, or by hand. */
static void check_sources(const gamlp_manifest *m) {
    for (int64_t i = 0; i < gamlp_yaml_items(m->yaml, m->files); i++) {
        const gamlp_manifest_file file = gamlp_manifest_entry(m, m->files, i);
        assert_true(gamlp_manifest_safe(file.name));
        assert_true(m->mirrors || file.addresses || m->manual);
        assert_true(!file.archive == !file.member);
    }
}

static void test_embedded(void **state) {
    (void)state;
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        const char *text = gamlp_dataset_manifest(sets[i]);
        gamlp_manifest m;
        assert_non_null(text);
        CHECK_OK(gamlp_manifest_parse(&m, text, strlen(text), sets[i]));
        if (m.fingerprint)
            assert_true(m.graph_hash && m.content_hash && m.label_hash && m.split_hash);
        assert_non_null(gamlp_format_find(m.format, strlen(m.format)));
        assert_true(m.nodes > 0 && m.features > 0 && m.classes > 0);
        assert_true(m.edges > 0 || strcmp(m.format, "idx") == 0);
        check_sources(&m);
        if (strcmp(m.rule, "random") == 0) {
            assert_int_equal(m.train_per_class, options.train_per_class);
            assert_int_equal(m.val, options.val_count);
            assert_int_equal(m.test, options.test_count);
            assert_int_equal(m.seed, options.split_seed);
        }
        gamlp_manifest_clear(&m);
    }
    assert_null(gamlp_dataset_manifest("no-such"));
}

static void test_known(void **state) {
    (void)state;
    int64_t count = gamlp_dataset_known_count(), found = 0;
    assert_null(gamlp_dataset_known_name(-1));
    assert_null(gamlp_dataset_known_name(count));
    for (int64_t i = 0; i < count; i++)
        for (size_t k = 0; k < sizeof sets / sizeof sets[0]; k++)
            found += strcmp(gamlp_dataset_known_name(i), sets[k]) == 0;
    assert_int_equal(found, sizeof sets / sizeof sets[0]);
}

/* The library carries the very bytes of datasets/. */
static void test_text(void **state) {
    (void)state;
    char path[1024];
    gamlp_bytes bytes;
    snprintf(path, sizeof path, "%s/../datasets/cora.yaml", GAMLP_TEST_SOURCE);
    CHECK_OK(gamlp_file_read(&bytes, path, 1 << 20));
    assert_string_equal(gamlp_dataset_manifest("cora"), (const char *)bytes.data);
    gamlp_bytes_clear(&bytes);
}

/* The manifest of Cora with `from` replaced by `to`. */
static gamlp_status parse_changed(const char *from, const char *to) {
    const char *text = gamlp_dataset_manifest("cora"), *at = strstr(text, from);
    assert_non_null(at);
    writer w = {0};
    put_bytes(&w, text, (size_t)(at - text));
    put_text(&w, to);
    put_text(&w, at + strlen(from));
    gamlp_manifest m;
    gamlp_status status = gamlp_manifest_parse(&m, w.data, w.size, "file");
    if (status == GAMLP_OK) gamlp_manifest_clear(&m);
    writer_clear(&w);
    return status;
}

static void test_presets_ignored(void **state) {
    (void)state;
    CHECK_OK(parse_changed("presets:\n", "presets:\n  other: {solver: [x, {y: 1}]}\n"));
    CHECK_OK(parse_changed("presets:\n  paper:\n    pdadmm-g:", "presets:\n  paper:\n    other:"));
}

/* Hashes may be left out. */
static void test_optional(void **state) {
    (void)state;
    CHECK_OK(parse_changed(
        "  graph: 1e747af4551f42ce083b6f4df797f5bf5508b0726a67e833e68c340ff91d8e46\n", ""));
    gamlp_manifest m;
    bool found;
    CHECK_OK(gamlp_manifest_known(&m, &found, "cora"));
    assert_true(found);
    assert_string_equal(m.format, "planetoid");
    gamlp_manifest_clear(&m);
    CHECK_OK(gamlp_manifest_known(&m, &found, "karate"));
    assert_false(found);
    CHECK_OK(gamlp_manifest_known(&m, &found, "no-such"));
    assert_false(found);
    assert_null(m.yaml);
}

static void test_bad(void **state) {
    (void)state;
    static const char *const bad[][3] = {
        {"title:", "titel:", "file: line 2: titel: unknown key"},
        {"kind: files", "kind: other", "kind: expected files"},
        {"kind: files", "kind: [files]", "kind: expected a text"},
        {"format: planetoid", "", "format: expected a text"},
        {"  nodes: 2708", "  nodes: many", "nodes: expected a whole number"},
        {"  nodes: 2708", "  nodes: 0", "nodes: the number is too small"},
        {"  nodes: 2708", "  nodes: 9999999999999", "nodes: expected a whole number"},
        {"  edges: 5278", "  edges: 5278\n  more: 1", "more: unknown key"},
        {"  rule: public", "  rule: other", "other: expected public, fixed or random"},
        {"  rule: public", "  rule: random", "train_per_class: expected a whole number"},
        {"  rule: public", "  rule: fixed", "fixed: expected a whole number"},
        {"  rule: public", "  rule: fixed\n  fixed: 0", "fixed: the number is too small"},
        {"paths: [", "paths: [../x, ", "paths: expected paths inside the folder"},
        {"  - https://raw", "  - ftp://raw", "mirrors: expected an address that begins with"},
        {"  - https://raw", "  - https://ra w", "mirrors: expected an address that begins with"},
        {"mirrors:\n", "mirrors: []\nmanual:\n", "manual: expected a text"},
        {"name: ind.cora.x", "name: ../ind.cora.x", "name: expected a path inside its folder"},
        {"name: ind.cora.x", "name: ''", "name: expected a text"},
        {"name: ind.cora.x", "name: ind.cora.x\n    from: /x", "from: expected a path inside"},
        {"name: ind.cora.x", "name: ind.cora.x\n    limit: 0", "limit: the number is too small"},
        {"name: ind.cora.x", "name: ind.cora.x\n    archive: a.zip", "member: expected a text"},
        {"name: ind.cora.x", "name: ind.cora.x\n    archive: a.zip\n    member: x",
         "archive: expected the name of one of the archives"},
        {"name: ind.cora.x", "name: ind.cora.x\n    addresses: [x]", "addresses: expected an"},
        {"name: ind.cora.x", "name: ind.cora.x\n    addresses: []", "addresses: expected 1 to 64"},
        {"files:\n", "archives: []\nfiles:\n", "archives: expected a list"},
        {"files:\n", "archives: [{name: a.zip, archive: a.zip, member: a}]\nfiles:\n",
         "archive: expected the name of one of the archives"},
        {"paths: [", "paths: [[x], ", "paths: expected a list of texts"},
        {"paths: [planetoid/ind.cora, cora/ind.cora, ind.cora]", "paths: x",
         "paths: expected a list"},
        {"sha256: 23cf", "sha256: 23cx", "sha256: expected 64 digits"},
        {"size: 22119", "size: -1", "size: expected a whole number"},
        {"fingerprint: e6", "fingerprint: g6", "fingerprint: expected 64 digits"},
        {"  labels: 6", "  labels: g", "labels: expected 64 digits"},
        {"  content:", "  contents:", "contents: unknown key"},
        {"  split: 3d", "  split: [3d]\n  s: 3d", "unknown key"},
        {"  split: 3d", "  split:\n    - 3d", "split: expected 64 digits"},
        {"kind: files", "kind: {", "not YAML"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_FAILS(parse_changed(bad[i][0], bad[i][1]), GAMLP_E_CONFIG, bad[i][2]);
    gamlp_manifest m;
    CHECK_FAILS(gamlp_manifest_parse(&m, "", 0, "file"), GAMLP_E_CONFIG, "file: ");
    CHECK_FAILS(gamlp_manifest_parse(&m, "[1, 2]", 6, "file"), GAMLP_E_CONFIG, "file: ");
}

/* What may be absent, and what is read of it. */
static void test_entries(void **state) {
    (void)state;
    static const char text[] =
        "title: t\nkind: files\nformat: ogb\nsource: s\nlicence: l\ncitation: c\n"
        "note: n\nmanual: m\npaths: [a/b]\n"
        "archives: [{name: a.zip, size: 7, addresses: ['file:///a', 'http://b/c']}]\n"
        "files:\n- {name: b/x, archive: a.zip, member: y/x, limit: 12}\n- {name: z, from: w/z}\n"
        "split: {rule: fixed, fixed: 10}\n";
    gamlp_manifest m;
    CHECK_OK(gamlp_manifest_parse(&m, text, sizeof text - 1, "file"));
    assert_int_equal(m.nodes, -1);
    assert_int_equal(m.edges, -1);
    assert_int_equal(m.fixed, 10);
    assert_string_equal(m.note, "n");
    assert_string_equal(m.manual, "m");
    gamlp_manifest_file f = gamlp_manifest_entry(&m, m.archives, 0);
    assert_int_equal(f.size, 7);
    assert_int_equal(f.limit, -1);
    assert_null(f.sha256);
    assert_int_equal(gamlp_yaml_items(m.yaml, f.addresses), 2);
    f = gamlp_manifest_entry(&m, m.files, 0);
    assert_string_equal(f.archive, "a.zip");
    assert_string_equal(f.member, "y/x");
    assert_string_equal(f.from, "b/x");
    assert_int_equal(f.size, -1);
    assert_int_equal(f.limit, 12);
    f = gamlp_manifest_entry(&m, m.files, 1);
    assert_string_equal(f.from, "w/z");
    assert_null(f.archive);
    gamlp_manifest_clear(&m);
}

static void test_safe(void **state) {
    (void)state;
    static const char *const good[] = {"a", "a/b.c", "..a", "a..", "...", "a b", ".a/b"};
    static const char *const bad[] = {"",    "/",    "/a",  "a/",   "a//b", ".",    "..",
                                      "./a", "a/..", "a/.", "../a", "a\\b", "a\nb", "a\177"};
    char text[GAMLP_MANIFEST_NAME + 1];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(gamlp_manifest_safe(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(gamlp_manifest_safe(bad[i]));
    memset(text, 'a', sizeof text - 1);
    text[GAMLP_MANIFEST_NAME] = 0;
    assert_false(gamlp_manifest_safe(text));
    text[251] = 0;
    assert_false(gamlp_manifest_safe(text));
    text[250] = 0;
    assert_true(gamlp_manifest_safe(text));
}

static gamlp_status parse_body(void *context) {
    gamlp_manifest m;
    gamlp_status status = gamlp_manifest_parse(&m, context, strlen(context), "file");
    if (status == GAMLP_OK) gamlp_manifest_clear(&m);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    gamlp_bytes bytes = read_corpus("manifest/cora.yaml");
    check_every_allocation(parse_body, bytes.data);
    gamlp_bytes_clear(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_embedded),   cmocka_unit_test(test_known),
        cmocka_unit_test(test_text),       cmocka_unit_test(test_presets_ignored),
        cmocka_unit_test(test_optional),   cmocka_unit_test(test_bad),
        cmocka_unit_test(test_entries),    cmocka_unit_test(test_safe),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
