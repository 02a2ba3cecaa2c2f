/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/file.h"
#include "fixture.h"
#include "gamlp/passport.h"

static gamlp_verification verify(const char *name, const char *data) {
    gamlp_verification v;
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    snprintf(options.data, sizeof options.data, "%s", data ? data : "");
    CHECK_OK(gamlp_dataset_verify(&v, name, &options));
    assert_string_equal(v.name, name);
    return v;
}

static const gamlp_finding *find(const gamlp_verification *v, const char *what) {
    for (int64_t i = 0; i < v->count; i++)
        if (strcmp(v->finding[i].what, what) == 0) return &v->finding[i];
    return NULL;
}

static void check_finding(const gamlp_verification *v, const char *what, gamlp_verdict verdict,
                          const char *found) {
    const gamlp_finding *f = find(v, what);
    assert_non_null(f);
    assert_int_equal(f->verdict, verdict);
    assert_non_null(strstr(f->found, found));
    assert_int_equal(f->expected == NULL, verdict == GAMLP_VERDICT_OPEN);
}

static void test_without_manifest(void **state) {
    (void)state;
    gamlp_verification v = verify("karate", NULL);
    assert_null(v.manifest);
    assert_null(v.absent);
    assert_int_equal(v.differing, 0);
    check_finding(&v, "reading", GAMLP_VERDICT_OK, "whole");
    check_finding(&v, "invariants", GAMLP_VERDICT_OK, "hold");
    check_finding(&v, "edges", GAMLP_VERDICT_OPEN, "78");
    check_finding(&v, "split", GAMLP_VERDICT_OPEN, "public");
    gamlp_verification_clear(&v);
    gamlp_verification_clear(NULL);
}

static void test_absent(void **state) {
    (void)state;
    const char *folder = make_directory();
    gamlp_verification v = verify("cora", folder);
    assert_string_equal(v.manifest, "cora");
    assert_non_null(strstr(v.absent, "none of its files is in"));
    assert_int_equal(v.count, 0);
    gamlp_verification_clear(&v);
    v = verify("/none/such", NULL);
    assert_non_null(strstr(v.absent, "/none/such"));
    gamlp_verification_clear(&v);
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    CHECK_FAILS(gamlp_dataset_verify(&v, "nosuch:file", &options), GAMLP_E_USAGE, "unknown format");
    assert_null(v.name);
}

/* A folder with the tiny set under Cora's name. */
static const char *other_cora(char path[320]) {
    const char *folder = make_directory();
    snprintf(path, 320, "%s/ind.cora", folder);
    tiny_planetoid_write(path);
    return folder;
}

static void test_other(void **state) {
    (void)state;
    char path[320];
    const char *folder = other_cora(path);
    const char *names[] = {"cora", path};
    for (int i = 0; i < 2; i++) { /* by its name; by its path, as the one that lists its files */
        gamlp_verification v = verify(names[i], folder);
        assert_string_equal(v.manifest, "cora");
        assert_int_equal(v.differing, 17);
        check_finding(&v, "ind.cora.x", GAMLP_VERDICT_DIFFERS, " bytes, ");
        assert_non_null(strstr(find(&v, "ind.cora.x")->expected, "22119 bytes, 23cfa55d91c6"));
        check_finding(&v, "reading", GAMLP_VERDICT_OK, "whole");
        check_finding(&v, "nodes", GAMLP_VERDICT_DIFFERS, "12");
        assert_string_equal(find(&v, "nodes")->expected, "2708");
        check_finding(&v, "graph hash", GAMLP_VERDICT_DIFFERS, "");
        check_finding(&v, "split", GAMLP_VERDICT_OK, "public");
        check_finding(&v, "split hash", GAMLP_VERDICT_DIFFERS, "");
        gamlp_verification_clear(&v);
    }
}

/* A name that only ends like that of a manifest is another. */
static void test_other_name(void **state) {
    (void)state;
    char path[320];
    snprintf(path, sizeof path, "%s/xind.cora", make_directory());
    tiny_planetoid_write(path);
    memmove(path + strlen("planetoid:"), path, strlen(path) + 1);
    memcpy(path, "planetoid:", strlen("planetoid:"));
    gamlp_verification v = verify(path, NULL);
    assert_null(v.manifest);
    assert_int_equal(v.differing, 0);
    check_finding(&v, "reading", GAMLP_VERDICT_OK, "whole");
    gamlp_verification_clear(&v);
}

/* Files that cannot be read: what they should be is compared all the same. */
static void test_broken(void **state) {
    (void)state;
    char path[320], part[400];
    const char *folder = other_cora(path);
    snprintf(part, sizeof part, "%s.graph", path);
    CHECK_OK(gamlp_file_write(part, "\x80\x02\xff", 3));
    snprintf(part, sizeof part, "%s.tx", path);
    assert_int_equal(remove(part), 0);
    gamlp_verification v = verify("cora", folder);
    assert_null(v.absent);
    check_finding(&v, "ind.cora.graph", GAMLP_VERDICT_DIFFERS, "3 bytes, ");
    check_finding(&v, "ind.cora.tx", GAMLP_VERDICT_DIFFERS, "no such file");
    check_finding(&v, "reading", GAMLP_VERDICT_DIFFERS, "ind.cora");
    assert_null(find(&v, "nodes"));
    gamlp_verification_clear(&v);
    v = verify(path, folder); /* nothing tells what it should be */
    assert_non_null(v.absent);
    gamlp_verification_clear(&v);
}

static void test_manifests(void **state) {
    (void)state;
    bool found;
    CHECK_OK(gamlp_dataset_has_manifest(&found, "cora"));
    assert_true(found);
    CHECK_OK(gamlp_dataset_has_manifest(&found, "karate"));
    assert_false(found);
    CHECK_OK(gamlp_dataset_has_manifest(&found, "no-such"));
    assert_false(found);
}

/* Everything of every real set agrees; nothing is left open. */
static void test_real(void **state) {
    (void)state;
    const char *folder = real_data();
    char path[600];
    for (int64_t i = 0; i < gamlp_dataset_known_count(); i++) {
        bool found;
        CHECK_OK(gamlp_dataset_has_manifest(&found, gamlp_dataset_known_name(i)));
        if (!found) continue;
        gamlp_verification v = verify(gamlp_dataset_known_name(i), folder);
        for (int64_t k = 0; k < v.count; k++)
            if (v.finding[k].verdict == GAMLP_VERDICT_DIFFERS)
                fail_msg("%s: %s: %s", v.name, v.finding[k].what, v.finding[k].found);
        gamlp_verification_clear(&v);
    }
    snprintf(path, sizeof path, "%s/planetoid/ind.citeseer", folder);
    gamlp_verification v = verify(path, NULL);
    assert_string_equal(v.manifest, "citeseer");
    assert_int_equal(v.differing, 0);
    check_finding(&v, "ind.citeseer.graph", GAMLP_VERDICT_OK, "61987 bytes");
    gamlp_verification_clear(&v);
    snprintf(path, sizeof path, "%s/gnn-benchmark/citeseer.npz", folder);
    v = verify(path, NULL);
    assert_null(v.manifest);
    assert_int_equal(v.differing, 0);
    check_finding(&v, "edition", GAMLP_VERDICT_OPEN,
                  "like citeseer: 3312 nodes instead of 3327; 4536 edges instead of 4552");
    gamlp_verification_clear(&v);
}

typedef struct request {
    const char *name, *data;
} request;

static gamlp_status verify_once(void *context) {
    const request *r = context;
    gamlp_verification v;
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    snprintf(options.data, sizeof options.data, "%s", r->data ? r->data : "");
    gamlp_status status = gamlp_dataset_verify(&v, r->name, &options);
    if (status == GAMLP_OK) gamlp_verification_clear(&v);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    char path[320];
    request by_name = {"cora", other_cora(path)}, by_path = {path, NULL};
    check_every_allocation(verify_once, &by_name);
    check_every_allocation(verify_once, &by_path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_manifest),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_other),
        cmocka_unit_test(test_other_name),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_manifests),
        cmocka_unit_test(test_real),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
