/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "core/file.h"
#include "fixture.h"
#include "gamlp/log.h"

/* A folder with the tiny set in both formats. */
typedef struct folder {
    char path[256], prefix[300], npz[300];
    gamlp_dataset_options options;
} folder;

static folder make(void) {
    folder f;
    gamlp_dataset d;
    snprintf(f.path, sizeof f.path, "%s", make_directory());
    snprintf(f.prefix, sizeof f.prefix, "%s/ind.tiny", f.path);
    snprintf(f.npz, sizeof f.npz, "%s/tiny.npz", f.path);
    tiny_planetoid_write(f.prefix);
    tiny_dataset(&d);
    CHECK_OK(gamlp_gnnbench_write(f.npz, &d));
    gamlp_dataset_clear(&d);
    gamlp_dataset_options_default(&f.options);
    return f;
}

static void check_opens(const folder *f, const char *name, const char *format) {
    gamlp_dataset d;
    CHECK_OK(gamlp_dataset_open(&d, name, &f->options));
    assert_string_equal(d.format, format);
    assert_string_equal(d.name, "tiny");
    assert_int_equal(strlen(d.fingerprint), 64);
    assert_int_equal(strlen(d.split_fingerprint), 64);
    assert_int_equal(d.graph.edges, TINY_EDGES);
    gamlp_dataset_clear(&d);
}

static void test_paths(void **state) {
    (void)state;
    folder f = make();
    char name[320];
    check_opens(&f, f.prefix, "planetoid");
    check_opens(&f, f.path, "planetoid");
    check_opens(&f, f.npz, "gnn-benchmark");
    snprintf(name, sizeof name, "planetoid:%s", f.prefix);
    check_opens(&f, name, "planetoid");
    snprintf(name, sizeof name, "gnn-benchmark:%s", f.npz);
    check_opens(&f, name, "gnn-benchmark");
    remove_directory(f.path);
}

/* A name is cut between characters. */
static void test_long_name(void **state) {
    (void)state;
    folder f = make();
    gamlp_dataset d;
    char path[400], name[GAMLP_NAME_MAX] = "";
    memset(name, 'x', GAMLP_NAME_MAX - 2);
    snprintf(path, sizeof path, "%s/%s\xc3\xa9.npz", f.path, name);
    assert_int_equal(symlink(f.npz, path), 0);
    snprintf(path, sizeof path, "gnn-benchmark:%s/%s\xc3\xa9.npz", f.path, name);
    CHECK_OK(gamlp_dataset_open(&d, path, &f.options));
    assert_string_equal(d.name, name);
    gamlp_dataset_clear(&d);
    remove_directory(f.path);
}

static void test_bad_paths(void **state) {
    (void)state;
    folder f = make();
    gamlp_dataset d;
    char name[400];
    snprintf(name, sizeof name, "%s.x", f.prefix);
    CHECK_FAILS(gamlp_dataset_open(&d, "s\xff.npz", &f.options), GAMLP_E_USAGE,
                "not UTF-8 at byte 1");
    CHECK_FAILS(gamlp_dataset_open(&d, name, &f.options), GAMLP_E_DATA,
                "format is not evident: write FORMAT:");
    snprintf(name, sizeof name, "planetoi:%s", f.prefix);
    CHECK_FAILS(gamlp_dataset_open(&d, name, &f.options), GAMLP_E_USAGE,
                "unknown format \"planetoi\": nearest is planetoid");
    snprintf(name, sizeof name, "planetoid:%s", f.npz);
    CHECK_FAILS(gamlp_dataset_open(&d, name, &f.options), GAMLP_E_NOINPUT, "tiny.npz.x");
    snprintf(name, sizeof name, "%s/none", f.path);
    CHECK_FAILS(gamlp_dataset_open(&d, name, &f.options), GAMLP_E_NOINPUT, "no such file");
    CHECK_FAILS(gamlp_dataset_open(&d, "none.npz", &f.options), GAMLP_E_NOINPUT, "none.npz");
    snprintf(name, sizeof name, "%s/ind.other", f.path);
    tiny_planetoid_write(name);
    CHECK_FAILS(gamlp_dataset_open(&d, f.path, &f.options), GAMLP_E_DATA, "several data sets");
    remove_directory(f.path);
}

static void test_names(void **state) {
    (void)state;
    gamlp_dataset d;
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    CHECK_FAILS(gamlp_dataset_open(&d, "coraa", &options), GAMLP_E_NOINPUT,
                "unknown data set \"coraa\": nearest is cora");
    CHECK_FAILS(gamlp_dataset_open(&d, "completely-else", &options), GAMLP_E_NOINPUT,
                "no file of that name");
    CHECK_FAILS(gamlp_dataset_open(&d, "", &options), GAMLP_E_NOINPUT, "unknown data set");
    CHECK_FAILS(gamlp_dataset_open(&d, "none.gamlp", &options), GAMLP_E_NOINPUT,
                "none.gamlp: no such file");
}

static void test_no_data(void **state) {
    (void)state;
    gamlp_dataset d;
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    const char *old = getenv("GAMLP_DATA");
    char *kept = old ? strdup(old) : NULL;
    unsetenv("GAMLP_DATA");
    CHECK_FAILS(gamlp_dataset_open(&d, "cora", &options), GAMLP_E_NOINPUT, "GAMLP_DATA");
    setenv("GAMLP_DATA", "/none/such", 1);
    CHECK_FAILS(gamlp_dataset_open(&d, "cora", &options), GAMLP_E_NOINPUT,
                "none of planetoid/ind.cora.graph, cora/ind.cora.graph, ind.cora.graph is in "
                "/none/such");
    snprintf(options.data, sizeof options.data, "/none/other");
    CHECK_FAILS(gamlp_dataset_open(&d, "amazon-photo", &options), GAMLP_E_NOINPUT, "/none/other");
    unsetenv("GAMLP_DATA");
    if (kept) setenv("GAMLP_DATA", kept, 1);
    free(kept);
}

static void remember(void *context, gamlp_log_level level, const char *text) {
    writer *log = context;
    assert_int_equal(level, GAMLP_LOG_WARN);
    put_text(log, text);
    put_byte(log, '\n');
}

/* The tiny set under Cora's name: it opens, and four warnings tell that it is another. */
static void test_other_edition(void **state) {
    (void)state;
    folder f = make();
    char prefix[300];
    writer log = {0};
    gamlp_dataset d;
    snprintf(prefix, sizeof prefix, "%s/ind.cora", f.path);
    tiny_planetoid_write(prefix);
    snprintf(f.options.data, sizeof f.options.data, "%s", f.path);
    gamlp_log_set(remember, &log);
    CHECK_OK(gamlp_dataset_open(&d, "cora", &f.options));
    gamlp_log_set(NULL, NULL);
    put_byte(&log, 0);
    const char *text = (const char *)log.data;
    assert_string_equal(d.name, "cora");
    assert_non_null(strstr(text, "cora: 12 nodes were read, 2708 are published"));
    assert_non_null(strstr(text, "cora: 13 edges were read, 5278 are published"));
    assert_non_null(strstr(text, "cora: 5 features were read, 1433 are published"));
    assert_non_null(strstr(text, "cora: 3 classes were read, 7 are published"));
    assert_non_null(strstr(text, "cora: another edition"));
    gamlp_dataset_clear(&d);
    writer_clear(&log);
    remove_directory(f.path);
}

/* A set without a split gets the random one of the options. */
static void test_random_split(void **state) {
    (void)state;
    folder f = make();
    gamlp_dataset d;
    tiny_dataset(&d);
    d.split.train_count = 0; /* not written */
    CHECK_OK(gamlp_gnnbench_write(f.npz, &d));
    gamlp_dataset_clear(&d);
    CHECK_FAILS(gamlp_dataset_open(&d, f.npz, &f.options), GAMLP_E_DATA, "tiny: 12 nodes");
    f.options.train_per_class = 2;
    f.options.val_count = 3;
    f.options.test_count = 2;
    f.options.split_seed = 9;
    CHECK_OK(gamlp_dataset_open(&d, f.npz, &f.options));
    assert_string_equal(d.split.rule, "random:2+3+2@9");
    assert_int_equal(d.split.train_count, 6);
    gamlp_dataset_clear(&d);
    remove_directory(f.path);
}

static void test_embedded(void **state) {
    (void)state;
    static const char *const names[] = {"karate", "citation-sim"};
    static const int64_t nodes[] = {34, 2708};
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    for (int i = 0; i < 2; i++) {
        gamlp_dataset d;
        CHECK_OK(gamlp_dataset_open(&d, names[i], &options));
        CHECK_OK(gamlp_dataset_check(&d));
        assert_string_equal(d.name, names[i]);
        assert_string_equal(d.format, "embedded");
        assert_int_equal(d.nodes, nodes[i]);
        assert_int_equal(strlen(d.fingerprint), 64);
        gamlp_dataset_clear(&d);
    }
}

typedef struct opening {
    const char *name;
    const gamlp_dataset_options *options;
} opening;

static gamlp_status open_body(void *context) {
    const opening *o = context;
    gamlp_dataset d;
    gamlp_status status = gamlp_dataset_open(&d, o->name, o->options);
    if (status == GAMLP_OK) gamlp_dataset_clear(&d);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    folder f = make();
    char prefix[300];
    snprintf(prefix, sizeof prefix, "%s/ind.cora", f.path);
    tiny_planetoid_write(prefix);
    snprintf(f.options.data, sizeof f.options.data, "%s", f.path);
    opening by_path = {f.npz, &f.options}, by_name = {"cora", &f.options};
    check_every_allocation(open_body, &by_path);
    check_every_allocation(open_body, &by_name);
    remove_directory(f.path);
}

static void refuse_warning(void *context, gamlp_log_level level, const char *text) {
    (void)context;
    (void)level;
    fail_msg("unexpected warning: %s", text);
}

/* Every named set equals its manifest to the last bit: no warning. */
static void test_real(void **state) {
    (void)state;
    static const char *const sets[] = {
        "cora",         "citeseer",    "pubmed",          "amazon-computers",
        "amazon-photo", "coauthor-cs", "coauthor-physics"};
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    snprintf(options.data, sizeof options.data, "%s", real_data());
    gamlp_log_set(refuse_warning, NULL);
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        gamlp_dataset d;
        CHECK_OK(gamlp_dataset_open(&d, sets[i], &options));
        assert_string_equal(d.name, sets[i]);
        gamlp_dataset_clear(&d);
    }
    gamlp_log_set(NULL, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),        cmocka_unit_test(test_long_name),
        cmocka_unit_test(test_bad_paths),    cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_data),      cmocka_unit_test(test_other_edition),
        cmocka_unit_test(test_random_split), cmocka_unit_test(test_embedded),
        cmocka_unit_test(test_allocation),   cmocka_unit_test(test_real),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
