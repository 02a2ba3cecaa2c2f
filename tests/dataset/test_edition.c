/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "dataset/manifest.h"
#include "gamlp/passport.h"

/* The counts and hashes of a manifest, as a data set of another name would have them. */
typedef struct published {
    gamlp_dataset dataset;
    gamlp_passport_hashes hashes;
} published;

/* What a manifest leaves out is nothing that could be met. */
static void copy(char to[GAMLP_HASH_TEXT], const char *hash) {
    snprintf(to, GAMLP_HASH_TEXT, "%s", hash ? hash : "not published");
}

static published like(const char *name) {
    published p = {.dataset = {.name = "other"}};
    gamlp_manifest m;
    bool found;
    CHECK_OK(gamlp_manifest_known(&m, &found, name));
    assert_true(found);
    p.dataset.nodes = m.nodes;
    p.dataset.graph.edges = m.edges;
    p.dataset.features = m.features;
    p.dataset.classes = m.classes;
    copy(p.dataset.fingerprint, m.fingerprint);
    copy(p.hashes.graph, m.graph_hash);
    copy(p.hashes.content, m.content_hash);
    copy(p.hashes.labels, m.label_hash);
    gamlp_manifest_clear(&m);
    return p;
}

static gamlp_edition edition_of(const published *p) {
    gamlp_edition e;
    CHECK_OK(gamlp_edition_of(&e, &p->dataset, &p->hashes));
    return e;
}

static void test_same(void **state) {
    (void)state;
    published p = like("pubmed");
    gamlp_edition e = edition_of(&p);
    assert_int_equal(e.match_count, 1);
    assert_string_equal(e.match[0], "pubmed");
    assert_null(e.nearest);
    assert_int_equal(e.difference_count, 0);
    assert_non_null(strstr(e.title, "PubMed"));
    gamlp_edition_clear(&e);
    gamlp_edition_clear(NULL);
}

/* Every manifest is found by each of the things that make it near. */
static void test_every(void **state) {
    (void)state;
    for (int64_t i = 0; i < gamlp_dataset_known_count(); i++) {
        const char *name = gamlp_dataset_known_name(i);
        bool found;
        CHECK_OK(gamlp_dataset_has_manifest(&found, name));
        if (!found) continue;
        published p = like(name);
        for (int step = 0; step < 5; step++) {
            gamlp_edition e = edition_of(&p);
            if (step == 0) assert_true(e.match_count >= 1 || p.dataset.fingerprint[0] == 'n');
            if (step > 0) assert_non_null(e.nearest);
            gamlp_edition_clear(&e);
            snprintf(p.dataset.name, sizeof p.dataset.name, "%s", step < 3 ? "other" : name);
            p.dataset.fingerprint[0] = 'x';
            if (step >= 1) p.hashes.content[0] = 'x';
            if (step >= 2) p.hashes.graph[0] = 'x';
            if (step >= 3) p.dataset.features = 1; /* the name alone remains */
        }
    }
}

/* CiteSeer as gnn-benchmark has it. */
static void test_counts(void **state) {
    (void)state;
    published p = like("citeseer");
    p.dataset.fingerprint[0] = p.hashes.graph[0] = p.hashes.content[0] = p.hashes.labels[0] = 'x';
    p.dataset.nodes = 3312;
    p.dataset.graph.edges = 4536;
    gamlp_edition e = edition_of(&p);
    assert_int_equal(e.match_count, 0);
    assert_string_equal(e.nearest, "citeseer");
    assert_non_null(strstr(e.title, "CiteSeer"));
    assert_int_equal(e.difference_count, 2);
    assert_string_equal(e.difference[0], "3312 nodes instead of 3327");
    assert_string_equal(e.difference[1], "4536 edges instead of 4552");
    gamlp_edition_clear(&e);
}

/* The phrases when these hashes are other than published: f g c l. */
static void check_phrases(const char *changed, int64_t count, const char *first,
                          const char *second) {
    published p = like("cora");
    if (strchr(changed, 'g')) p.hashes.graph[0] = 'x';
    if (strchr(changed, 'c')) p.hashes.content[0] = 'x';
    if (strchr(changed, 'l')) p.hashes.labels[0] = 'x';
    p.dataset.fingerprint[0] = 'x';
    gamlp_edition e = edition_of(&p);
    assert_string_equal(e.nearest, "cora");
    assert_int_equal(e.difference_count, count);
    assert_non_null(strstr(e.difference[0], first));
    if (second) assert_non_null(strstr(e.difference[1], second));
    gamlp_edition_clear(&e);
}

static void test_phrases(void **state) {
    (void)state;
    check_phrases("fl", 1, "the same graph, features and labels, with nodes in another order",
                  NULL);
    check_phrases("fcl", 2, "the same graph, its nodes perhaps", "other labels");
    check_phrases("fc", 2, "the same graph", "other values of the features");
    check_phrases("fgc", 1, "other edges", NULL);
    check_phrases("fgcl", 2, "other edges", "other labels");
}

/* A set of the same name is compared however far it is; one of another name only when near. */
static void test_far(void **state) {
    (void)state;
    published p = {.dataset = {.name = "cora", .nodes = 12, .features = 5, .classes = 3}};
    gamlp_edition e = edition_of(&p);
    assert_string_equal(e.nearest, "cora");
    assert_int_equal(e.difference_count, 4);
    assert_string_equal(e.difference[3], "3 classes instead of 7");
    gamlp_edition_clear(&e);
    p.dataset.name[0] = 'x';
    e = edition_of(&p);
    assert_null(e.nearest);
    assert_null(e.title);
    gamlp_edition_clear(&e);
    p = like("citeseer");
    p.dataset.fingerprint[0] = p.hashes.graph[0] = p.hashes.content[0] = 'x';
    p.dataset.nodes = 3327 - 67; /* more than 2 % */
    e = edition_of(&p);
    assert_null(e.nearest);
    gamlp_edition_clear(&e);
}

static gamlp_status compare_once(void *context) {
    const published *p = context;
    gamlp_edition e;
    gamlp_status status = gamlp_edition_of(&e, &p->dataset, &p->hashes);
    if (status == GAMLP_OK) gamlp_edition_clear(&e);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    published p = like("cora");
    check_every_allocation(compare_once, &p);
    p.dataset.fingerprint[0] = p.hashes.graph[0] = p.hashes.content[0] = 'x';
    check_every_allocation(compare_once, &p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same),   cmocka_unit_test(test_every),
        cmocka_unit_test(test_counts), cmocka_unit_test(test_phrases),
        cmocka_unit_test(test_far),    cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
