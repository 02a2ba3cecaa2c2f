/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fetching without a network: file addresses, plans, what is there.  The network is the matter of
 * tests/apps/test_fetch.py. */
#include "gamlp/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "core/file.h"
#include "gamlp/alloc.h"

static char folder[512], manifest[600], source[600], target[600];
static gamlp_fetch_options options;

static void write_manifest(const char *lines) {
    char text[4096];
    snprintf(text, sizeof text,
             "title: t\nkind: files\nformat: gnn-benchmark\nsource: here\nlicence: MIT\n"
             "citation: nobody\npaths: [set/a.npz]\n%s\nsplit: {rule: public}\n",
             lines);
    CHECK_OK(gamlp_file_write(manifest, text, strlen(text)));
}

static int set_up(void **state) {
    (void)state;
    char lines[1024];
    snprintf(folder, sizeof folder, "%s", make_directory());
    snprintf(manifest, sizeof manifest, "%s/set.yaml", folder);
    snprintf(source, sizeof source, "%s/source", folder);
    snprintf(target, sizeof target, "%s/set/a.npz", folder);
    gamlp_fetch_options_default(&options);
    options.data = folder;
    options.manifest = manifest;
    options.pause_seconds = 0;
    snprintf(lines, sizeof lines, "files: [{name: a.npz, addresses: ['file://%s']}]", source);
    write_manifest(lines);
    CHECK_OK(gamlp_file_write(source, "abcdef", 6));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    remove_directory(folder);
    return 0;
}

static void test_fetch(void **state) {
    (void)state;
    gamlp_fetch_report r;
    CHECK_OK(gamlp_dataset_fetch(&r, "set", &options));
    assert_int_equal(r.count, 1);
    assert_string_equal(r.file[0].path, target);
    assert_int_equal(r.file[0].state, GAMLP_FETCH_FETCHED);
    assert_false(r.file[0].verified);
    assert_int_equal(r.file[0].size, 6);
    assert_string_equal(r.file[0].sha256,
                        "bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721");
    gamlp_fetch_report_clear(&r);
    options.offline = true;
    CHECK_OK(gamlp_dataset_fetch(&r, "set", &options));
    assert_int_equal(r.file[0].state, GAMLP_FETCH_PRESENT);
    gamlp_fetch_report_clear(&r);
    gamlp_fetch_report_clear(&r);
}

/* A plan looks at sizes only and touches nothing. */
static void test_plan(void **state) {
    (void)state;
    gamlp_fetch_report r;
    options.plan = true;
    CHECK_OK(gamlp_dataset_fetch(&r, "set", &options));
    assert_int_equal(r.file[0].state, GAMLP_FETCH_MISSING);
    assert_int_equal(r.file[0].size, -1);
    assert_string_equal(r.file[0].sha256, "");
    assert_false(gamlp_file_exists(target));
    gamlp_fetch_report_clear(&r);
}

static bool refuse_at_once(void *context, const gamlp_fetch_progress *now) {
    *(int64_t *)context += 1;
    assert_string_equal(now->name, "a.npz");
    return false;
}

static void test_stop(void **state) {
    (void)state;
    gamlp_fetch_report r;
    int64_t calls = 0;
    options.progress = refuse_at_once;
    options.context = &calls;
    CHECK_FAILS(gamlp_dataset_fetch(&r, "set", &options), GAMLP_E_STOPPED, "set: a.npz");
    gamlp_fetch_report_clear(&r);
    assert_true(calls > 0);
    assert_false(gamlp_file_exists(target));
}

static void test_refused(void **state) {
    (void)state;
    gamlp_fetch_report r;
    options.offline = true;
    CHECK_FAILS(gamlp_dataset_fetch(&r, "set", &options), GAMLP_E_NOINPUT, "gamlp import DIR");
    assert_int_equal(r.file[0].state, GAMLP_FETCH_MISSING); /* the report tells, too */
    gamlp_fetch_report_clear(&r);
    options.offline = false;
    write_manifest("files: [{name: a.npz}]\nmanual: ask the author");
    CHECK_FAILS(gamlp_dataset_fetch(&r, "set", &options), GAMLP_E_NOINPUT, "ask the author");
    gamlp_fetch_report_clear(&r);
    options.manifest = source;
    CHECK_FAILS(gamlp_dataset_fetch(&r, "set", &options), GAMLP_E_CONFIG, source);
    gamlp_fetch_report_clear(&r);
    options.manifest = NULL;
    CHECK_FAILS(gamlp_dataset_fetch(&r, "corra", &options), GAMLP_E_NOINPUT, "nearest is cora");
    gamlp_fetch_report_clear(&r);
    CHECK_FAILS(gamlp_dataset_fetch(&r, "karate", &options), GAMLP_E_USAGE, "no files to fetch");
    gamlp_fetch_report_clear(&r);
}

static void test_options(void **state) {
    (void)state;
    gamlp_fetch_options o;
    gamlp_fetch_options_default(&o);
    CHECK_OK(gamlp_fetch_options_check(&o));
    o.tries = 0;
    CHECK_FAILS(gamlp_fetch_options_check(&o), GAMLP_E_CONFIG, "tries: 0");
    gamlp_fetch_options_default(&o);
    o.pause_seconds = -1;
    CHECK_FAILS(gamlp_fetch_options_check(&o), GAMLP_E_CONFIG, "pause: -1");
    gamlp_fetch_options_default(&o);
    o.connect_seconds = 0;
    CHECK_FAILS(gamlp_fetch_options_check(&o), GAMLP_E_CONFIG, "connect: 0");
    gamlp_fetch_options_default(&o);
    o.stall_seconds = 0;
    CHECK_FAILS(gamlp_fetch_options_check(&o), GAMLP_E_CONFIG, "stall: 0");
    gamlp_fetch_options_default(&o);
    o.max_size = 0;
    CHECK_FAILS(gamlp_fetch_options_check(&o), GAMLP_E_CONFIG, "max-size: 0");
}

static void test_json(void **state) {
    (void)state;
    gamlp_fetch_report r;
    char *text;
    options.plan = true;
    CHECK_OK(gamlp_dataset_fetch(&r, "set", &options));
    CHECK_OK(gamlp_fetch_json(&text, &r, 1));
    assert_non_null(strstr(text, "\"state\": \"missing\""));
    assert_non_null(strstr(text, "\"size\": null"));
    assert_non_null(strstr(text, "\"sha256\": null"));
    gamlp_free(text);
    gamlp_fetch_report_clear(&r);
    assert_string_equal(gamlp_fetch_state_name((gamlp_fetch_state)99), "unknown");
}

static gamlp_status fetch_anew(void *context) {
    gamlp_fetch_report r;
    char *text = NULL;
    (void)context;
    unlink(target);
    gamlp_status status = gamlp_dataset_fetch(&r, "set", &options);
    if (status == GAMLP_OK) status = gamlp_fetch_json(&text, &r, 1);
    gamlp_free(text);
    gamlp_fetch_report_clear(&r);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    check_every_allocation(fetch_anew, NULL);
    options.offline = true;
    CHECK_FAILS(fetch_anew(NULL), GAMLP_E_NOINPUT, "is missing");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fetch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_plan, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stop, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_options, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_allocation, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
