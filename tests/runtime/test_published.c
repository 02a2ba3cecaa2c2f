/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/published.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "core/file.h"
#include "core/yaml.h"
#include "gamlp/alloc.h"

static char folder[256];

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    remove_directory(folder);
    return 0;
}

typedef struct cells {
    gamlp_table_cell cell[64];
    int64_t count, stop_at;
} cells;

static bool collect(void *context, const gamlp_table_cell *cell) {
    cells *c = context;
    c->cell[c->count++] = *cell;
    return c->count != c->stop_at;
}

static gamlp_table_options options_of(const char *presets, const char *solvers) {
    gamlp_table_options o;
    gamlp_table_options_default(&o);
    o.train = false;
    snprintf(o.presets, sizeof o.presets, "%s", presets);
    snprintf(o.solvers, sizeof o.solvers, "%s", solvers);
    snprintf(o.runs, sizeof o.runs, "%s", folder);
    return o;
}

/* The published numbers are where the papers print them: Table IV, 500 neurons, and Table III. */
static void published_numbers(void **state) {
    (void)state;
    cells c = {.count = 0};
    gamlp_table_options o = options_of("paper,paper-100", "pdadmm-g,adam");
    CHECK_OK(gamlp_table_run("cora", &o, collect, &c, NULL, NULL));
    assert_int_equal(c.count, 4);
    static const struct {
        const char *preset, *solver;
        double test, std, val;
    } expected[] = {{"paper", "pdadmm-g", 0.786, 0.005, 0.753},
                    {"paper", "adam", 0.771, 0.020, 0.758},
                    {"paper-100", "pdadmm-g", 0.784, 0.003, 0.750},
                    {"paper-100", "adam", 0.725, 0.036, 0.720}};
    for (int i = 0; i < 4; i++) {
        assert_string_equal(c.cell[i].preset, expected[i].preset);
        assert_string_equal(c.cell[i].solver, expected[i].solver);
        assert_true(c.cell[i].published_test == expected[i].test);
        assert_true(c.cell[i].published_std == expected[i].std);
        assert_true(c.cell[i].published_val == expected[i].val);
        assert_false(c.cell[i].done);
    }
    c.count = 0;
    o = options_of("paper", "gd");
    CHECK_OK(gamlp_table_run("pubmed", &o, collect, &c, NULL, NULL));
    assert_true(c.cell[0].published_test == 0.699 && isnan(c.cell[0].published_std) &&
                isnan(c.cell[0].published_val));
}

/* Without a name: the data sets with published results, all of them. */
static void all_data_sets(void **state) {
    (void)state;
    cells c = {.count = 0};
    gamlp_table_options o = options_of("paper", "pdadmm-g-q");
    CHECK_OK(gamlp_table_run(NULL, &o, collect, &c, NULL, NULL));
    assert_int_equal(c.count, 9);
    c = (cells){.stop_at = 3};
    CHECK_FAILS(gamlp_table_run(NULL, &o, collect, &c, NULL, NULL), GAMLP_E_STOPPED, "stopped at");
    assert_int_equal(c.count, 3);
    CHECK_FAILS(gamlp_table_run("no-such", &o, collect, &c, NULL, NULL), GAMLP_E_NOINPUT,
                "no-such is not a data set with presets");
    memset(o.runs, 'r', sizeof o.runs - 1);
    CHECK_FAILS(gamlp_table_run("cora", &o, collect, &c, NULL, NULL), GAMLP_E_USAGE, "too long");
}

static void write_run(const char *name, const char *text) {
    char path[600];
    bool made;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK_OK(gamlp_directory_make(&made, path));
    snprintf(path, sizeof path, "%s/%s/summary.json", folder, name);
    CHECK_OK(gamlp_file_write(path, text, strlen(text)));
}

/* A run that is there is read. */
static void finished_runs(void **state) {
    (void)state;
    cells c = {.count = 0};
    gamlp_table_options o = options_of("paper", "gd");
    write_run("cora-paper-gd",
              "{\"test_accuracy\": {\"mean\": 0.5, \"std\": 0.25}, \"val_accuracy\": {\"mean\": "
              "0.75, \"std\": 0.125}, \"runs\": [{\"seconds\": {\"train\": 1}}, {\"seconds\": "
              "{\"train\": 3}}]}");
    CHECK_OK(gamlp_table_run("cora", &o, collect, &c, NULL, NULL));
    const gamlp_table_cell *cell = &c.cell[0];
    assert_true(cell->done && cell->test_mean == 0.5 && cell->test_std == 0.25);
    assert_true(cell->val_mean == 0.75 && cell->val_std == 0.125 && cell->train_seconds == 2);
    assert_int_equal(cell->seeds, 2);
    write_run("cora-paper-gd", "{\"runs\": []}");
    CHECK_FAILS(gamlp_table_run("cora", &o, collect, &c, NULL, NULL), GAMLP_E_DATA,
                "no test_accuracy");
}

/* Trained for real where the data are. */
static void trained_runs(void **state) {
    (void)state;
    cells c = {.count = 0};
    gamlp_table_options o = options_of("paper-100", "gd");
    snprintf(o.data, sizeof o.data, "%s", real_data());
    o.train = true;
    o.seeds = 1;
    for (int again = 0; again < 2; again++)
        CHECK_OK(gamlp_table_run("cora", &o, collect, &c, NULL, NULL));
    assert_true(c.cell[0].done && c.cell[0].seeds == 1 && c.cell[0].test_mean > 0.4);
    assert_memory_equal(&c.cell[0].test_mean, &c.cell[1].test_mean, sizeof(double));
    assert_true(c.cell[0].train_seconds == c.cell[1].train_seconds);
}

static void texts(void **state) {
    (void)state;
    gamlp_table_cell cell[3] = {
        {.dataset = "a", .preset = "p", .solver = "gd", .done = true, .seeds = 5},
        {.dataset = "b", .preset = "p", .solver = "adam"},
        {.dataset = "a", .preset = "q", .solver = "gd"}};
    char *text;
    cell[0].test_mean = 0.5;
    cell[0].test_std = 0.012;
    cell[0].published_test = 0.4;
    cell[0].published_std = cell[2].published_test = (double)NAN;
    cell[1].published_test = 0.3;
    cell[1].published_std = 0.1;
    CHECK_OK(gamlp_table_markdown(&text, cell, 3));
    assert_string_equal(text, "### p\n\n| dataset | gd | adam |\n|---|---|---|\n"
                              "| a | 50.0 \xc2\xb1 1.2 (40.0) | |\n"
                              "| b | | \xe2\x80\x93 (30.0 \xc2\xb1 10.0) |\n"
                              "\n### q\n\n| dataset | gd |\n|---|---|\n| a | \xe2\x80\x93 |\n");
    gamlp_free(text);
    CHECK_OK(gamlp_table_markdown(&text, cell, 0));
    assert_string_equal(text, "");
    gamlp_free(text);
    CHECK_OK(gamlp_table_cell_json(&text, &cell[0]));
    assert_non_null(strstr(text, "\"published_std\":null"));
    assert_non_null(strstr(text, "\"test_mean\":0.5"));
    gamlp_free(text);
}

static gamlp_status run_all(void *context) {
    gamlp_table_options o = options_of("", "");
    cells c = {.count = 0};
    char *text = NULL;
    gamlp_status status = GAMLP_OK;
    (void)context;
    GAMLP_TRY(gamlp_table_run("cora", &o, collect, &c, NULL, NULL));
    GAMLP_TRY(gamlp_table_markdown(&text, c.cell, c.count));
done:
    gamlp_free(text);
    return status;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    check_every_allocation(run_all, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(published_numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_data_sets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finished_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trained_runs, set_up, tear_down),
        cmocka_unit_test(texts),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
