/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/file.h"
#include "core/yaml.h"
#include "gamlp/alloc.h"
#include "gamlp/train.h"

static char folder[256], path[300];

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    snprintf(path, sizeof path, "%s/config.yaml", folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    remove_directory(folder);
    return 0;
}

static gamlp_status set(gamlp_settings *s, const char *name, const char *text) {
    return gamlp_settings_set(s, name, text, GAMLP_ORIGIN_COMMAND);
}

static gamlp_status read_text(gamlp_settings *s, const char *text) {
    CHECK_OK(gamlp_file_write(path, text, strlen(text)));
    return gamlp_settings_read(s, path);
}

static gamlp_origin origin(const gamlp_settings *s, const char *name) {
    return s->origin[gamlp_option_find(gamlp_train_table, name) - gamlp_train_table];
}

static const char *value(const gamlp_settings *s, const char *name) {
    static char text[GAMLP_OPTION_TEXT];
    gamlp_option_get(&s->options, gamlp_option_find(gamlp_train_table, name), text, sizeof text);
    return text;
}

static void test_defaults(void **state) {
    (void)state;
    gamlp_settings s, again;
    gamlp_settings_default(&s);
    /* Every default is a value that its own row accepts. */
    for (const gamlp_option *row = gamlp_train_table; row->name; row++) {
        char text[GAMLP_OPTION_TEXT];
        assert_int_equal(origin(&s, row->name), GAMLP_ORIGIN_DEFAULT);
        gamlp_option_get(&s.options, row, text, sizeof text);
        again = s;
        CHECK_OK(set(&again, row->name, text));
    }
    CHECK_FAILS(gamlp_settings_resolve(&s), GAMLP_E_USAGE, "no data set given");
}

static void test_precedence(void **state) {
    (void)state;
    gamlp_settings s;
    gamlp_settings_default(&s);
    /* Whatever the order of the calls, the command line wins over the file, the file over presets.
     */
    CHECK_OK(set(&s, "hops", "5"));
    CHECK_OK(read_text(&s, "hops: 6\nhidden: 7\ngrow: [2, 3]\nnu: 0.5\n"));
    CHECK_OK(gamlp_settings_set(&s, "hidden", "8", GAMLP_ORIGIN_PRESET));
    CHECK_OK(gamlp_settings_set(&s, "iterations", "9", GAMLP_ORIGIN_PRESET));
    assert_string_equal(value(&s, "hops"), "5");
    assert_int_equal(origin(&s, "hops"), GAMLP_ORIGIN_COMMAND);
    assert_string_equal(value(&s, "hidden"), "7");
    assert_int_equal(origin(&s, "hidden"), GAMLP_ORIGIN_CONFIG);
    assert_string_equal(value(&s, "iterations"), "9");
    assert_int_equal(origin(&s, "iterations"), GAMLP_ORIGIN_PRESET);
    assert_string_equal(value(&s, "grow"), "2,3");
    assert_string_equal(value(&s, "nu"), "0.5");
    CHECK_OK(set(&s, "hidden", "10"));
    CHECK_OK(set(&s, "hops", "11"));
    assert_string_equal(value(&s, "hidden"), "10");
    assert_string_equal(value(&s, "hops"), "11");
    /* A bad value of lower origin is told all the same. */
    CHECK_FAILS(read_text(&s, "hops: many\n"), GAMLP_E_CONFIG, "hops: \"many\"");
}

static void test_unknown(void **state) {
    (void)state;
    gamlp_settings s;
    gamlp_settings_default(&s);
    const gamlp_settings before = s;
    CHECK_FAILS(set(&s, "hidde", "3"), GAMLP_E_CONFIG,
                "unknown option hidde; did you mean hidden?");
    CHECK_FAILS(set(&s, "zzzzzzzzz", "3"), GAMLP_E_CONFIG, "unknown option zzzzzzzzz");
    CHECK_FAILS(set(&s, "layers", "0"), GAMLP_E_CONFIG, "layers: 0 is not between 1 and 1000");
    CHECK_FAILS(set(&s, "mode", "theories"), GAMLP_E_CONFIG, "none of: paper theory");
    assert_memory_equal(&s, &before, sizeof s);
}

static void test_files(void **state) {
    (void)state;
    static const char *const bad[][2] = {
        {"hops: 2\nhiden: 3\n", "config.yaml: line 2: unknown option hiden; did you mean hidden?"},
        {"hops: 2\nhidden: {a: 1}\n", "config.yaml: line 2: hidden: expected a value"},
        {"grow: [2, [3]]\n", "config.yaml: line 1: grow: expected a value"},
        {"grow: [2, [3], 4]\n", "config.yaml: line 1: grow: expected a value"},
        {"hops: [2, 3]\n", "config.yaml: line 1: hops: \"2,3\" is not a whole number"},
        {"hops\n", "config.yaml: line 1: expected lines of the form"},
        {"hops: [\n", "not YAML"},
        {"nu: 0.1,\n", "config.yaml: line 1: nu"},
        {"nu: [0.1, '']\n", "config.yaml: line 1: nu"},
        {"nu: &a 3\nrho: *a\n", "aliases are not accepted"},
    };
    gamlp_settings s;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        gamlp_settings_default(&s);
        CHECK_FAILS(read_text(&s, bad[i][0]), GAMLP_E_CONFIG, bad[i][1]);
    }
    char longer[1000] = "out: ";
    memset(longer + 5, 'x', 500);
    CHECK_FAILS(read_text(&s, longer), GAMLP_E_CONFIG, "out: expected a value or a short list");
    gamlp_settings_default(&s);
    CHECK_OK(read_text(&s, ""));
    CHECK_OK(read_text(&s, "grow: []\n"));
    assert_int_equal(s.options.grow.count, 0);
    remove(path);
    CHECK_FAILS(gamlp_settings_read(&s, path), GAMLP_E_NOINPUT, "config.yaml");
}

static void test_resolve(void **state) {
    (void)state;
    static const char *const bad[][3] = {
        {"grow", "2,5,5", "grow: 5 layers after 5, expected more"},
        {"grow", "1,2", "no hidden width to grow"},
        {"nu", "", "nu: expected at least one value"},
        {"l2", "", "l2: expected at least one value"},
        {"mode", "theory", "rho"},
        {"preset", "papr", "no preset papr"},
        {"nu", "1,2,3", "nu: 3 values for 2 stages of growth"},
        {"grow", "", "rho: 2 values for 1 stage of growth"},
    };
    gamlp_settings s;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        gamlp_settings_default(&s);
        CHECK_OK(set(&s, "dataset", "karate"));
        CHECK_OK(set(&s, "rho", "1,0.001"));
        CHECK_OK(set(&s, "nu", "0.1"));
        CHECK_OK(set(&s, "grow", "2,5"));
        CHECK_OK(set(&s, bad[i][0], bad[i][1]));
        CHECK_FAILS(gamlp_settings_resolve(&s), GAMLP_E_CONFIG, bad[i][2]);
    }
    gamlp_settings_default(&s);
    CHECK_OK(set(&s, "dataset", "some.npz"));
    CHECK_OK(set(&s, "grow", "2,5"));
    CHECK_OK(set(&s, "layers", "6"));
    CHECK_FAILS(gamlp_settings_resolve(&s), GAMLP_E_CONFIG,
                "grow ends at 5 layers but layers is 6");
    CHECK_OK(set(&s, "layers", "5"));
    CHECK_OK(gamlp_settings_resolve(&s));
    CHECK_OK(set(&s, "preset", "paper"));
    CHECK_FAILS(gamlp_settings_resolve(&s), GAMLP_E_CONFIG, "some.npz is not a data set with pres");
    CHECK_OK(set(&s, "preset", "none"));
    CHECK_OK(set(&s, "solver", "pdadmm"));
    CHECK_OK(gamlp_settings_resolve(&s));
    assert_int_equal(s.options.hops, 1);
    gamlp_settings_default(&s);
    CHECK_OK(set(&s, "dataset", "karate"));
    CHECK_OK(set(&s, "grow", "2,5"));
    CHECK_OK(gamlp_settings_resolve(&s));
    assert_int_equal(s.options.layers, 5);
}

/* `layers` and `grow` overrule each other by origin; lists of lower origin follow. */
static void test_growth_origins(void **state) {
    (void)state;
    static const struct {
        const char *name, *text, *grow, *layers, *nu;
    } given[] = {
        {"layers", "2", "", "2", "1"},
        {"grow", "2,4", "2,4", "4", "1,2"},
        {"grow", "2,3,4,6", "2,3,4,6", "6", "1,2,3"},
        {"grow", "", "", "10", "1"},
    };
    gamlp_settings s;
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        gamlp_settings_default(&s);
        CHECK_OK(set(&s, "dataset", "karate"));
        CHECK_OK(read_text(&s, "layers: 10\ngrow: [2, 5, 10]\nnu: [1, 2, 3]\n"));
        CHECK_OK(set(&s, given[i].name, given[i].text));
        for (int again = 0; again < 2; again++) {
            CHECK_OK(gamlp_settings_resolve(&s));
            assert_string_equal(value(&s, "grow"), given[i].grow);
            assert_string_equal(value(&s, "layers"), given[i].layers);
            assert_string_equal(value(&s, "nu"), given[i].nu);
        }
        CHECK_OK(set(&s, "nu", "4,5,6,7,8"));
        CHECK_FAILS(gamlp_settings_resolve(&s), GAMLP_E_CONFIG, "nu: 5 values for");
    }
}

static void test_pdadmm_hops(void **state) {
    (void)state;
    gamlp_settings s;
    gamlp_settings_default(&s);
    CHECK_OK(set(&s, "dataset", "karate"));
    CHECK_OK(set(&s, "solver", "pdadmm"));
    CHECK_OK(read_text(&s, "hops: 1\n"));
    CHECK_OK(gamlp_settings_resolve(&s));
    CHECK_OK(read_text(&s, "hops: 7\n"));
    CHECK_FAILS(gamlp_settings_resolve(&s), GAMLP_E_CONFIG, "hops: the solver pdadmm takes 1");
}

/* Each preset of each manifest resolves, and sets what it says. */
static void test_presets(void **state) {
    (void)state;
    int64_t applied = 0;
    for (int64_t d = 0; d < gamlp_dataset_known_count(); d++) {
        const char *name = gamlp_dataset_known_name(d), *text = gamlp_dataset_manifest(name);
        gamlp_yaml *yaml;
        CHECK_OK(gamlp_yaml_parse(&yaml, text, strlen(text), name));
        gamlp_yaml_node presets = gamlp_yaml_find(yaml, gamlp_yaml_root(yaml), "presets");
        for (int64_t p = 0; p < gamlp_yaml_pairs(yaml, presets); p++) {
            gamlp_yaml_node solvers = gamlp_yaml_value(yaml, presets, p);
            for (int64_t i = 0; i < gamlp_yaml_pairs(yaml, solvers); i++, applied++) {
                gamlp_settings s;
                gamlp_yaml_node rows = gamlp_yaml_value(yaml, solvers, i);
                gamlp_settings_default(&s);
                CHECK_OK(set(&s, "dataset", name));
                CHECK_OK(set(&s, "preset", gamlp_yaml_key(yaml, presets, p)));
                CHECK_OK(set(&s, "solver", gamlp_yaml_key(yaml, solvers, i)));
                CHECK_OK(gamlp_settings_resolve(&s));
                for (int64_t k = 0; k < gamlp_yaml_pairs(yaml, rows); k++)
                    assert_int_equal(origin(&s, gamlp_yaml_key(yaml, rows, k)),
                                     GAMLP_ORIGIN_PRESET);
            }
        }
        gamlp_yaml_free(yaml);
    }
    print_message("%lld presets\n", (long long)applied);
}

/* What settings_text writes reads back to the same options. */
static void test_round_trip(void **state) {
    (void)state;
    static const char *const given[][2] = {
        {"dataset", "planetoid:some dir/\"ind\".cora # \\ \x01"},
        {"data", "- x"},
        {"out", "\xc3\xa9 \xe2\x80\xa8\xe2\x80\xa9 \xc2\x85\xc2\x9f \xef\xbb\xbf\xef\xbf\xbf \x7f"
                "\xf0\x9f\x8c\xb3"},
        {"grow", "2,5,10"},
        {"nu", "0.1,1e-12"},
        {"overwrite", "true"},
        {"l2", "1.2345678901234567e-100"},
        {"step", "backtrack"},
        {"seed", "1000000000000000"},
        {"preset", "none"},
    };
    gamlp_settings s, again;
    char *text, *twice;
    gamlp_settings_default(&s);
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        CHECK_OK(set(&s, given[i][0], given[i][1]));
    CHECK_OK(gamlp_settings_resolve(&s));
    CHECK_OK(gamlp_settings_text(&text, &s));
    gamlp_settings_default(&again);
    CHECK_OK(read_text(&again, text));
    for (const gamlp_option *row = gamlp_train_table; row->name; row++) {
        char one[GAMLP_OPTION_TEXT], other[GAMLP_OPTION_TEXT];
        gamlp_option_get(&s.options, row, one, sizeof one);
        gamlp_option_get(&again.options, row, other, sizeof other);
        assert_string_equal(one, other);
        assert_int_equal(origin(&again, row->name), GAMLP_ORIGIN_CONFIG);
    }
    CHECK_OK(gamlp_settings_resolve(&again));
    CHECK_OK(gamlp_settings_text(&twice, &again));
    assert_non_null(strstr(text, "step: backtrack # command line\n"));
    assert_non_null(strstr(twice, "step: backtrack # configuration file\n"));
    assert_non_null(strstr(text, "hops: 4 # default\n"));
    gamlp_free(text);
    gamlp_free(twice);
}

/* Sixteen numbers of full length. */
static void test_long_lists(void **state) {
    (void)state;
    gamlp_settings s, again;
    char *text;
    gamlp_settings_default(&s);
    CHECK_OK(set(&s, "dataset", "karate"));
    for (int64_t i = 0; i < GAMLP_OPTION_LIST; i++) {
        s.options.grow.value[i] = i + 2;
        s.options.l2.value[i] = 1.2345678901234567e-100 * (double)(i + 1);
    }
    s.options.grow.count = s.options.l2.count = GAMLP_OPTION_LIST;
    s.options.layers = GAMLP_OPTION_LIST + 1;
    CHECK_OK(gamlp_settings_resolve(&s));
    CHECK_OK(gamlp_settings_text(&text, &s));
    gamlp_settings_default(&again);
    CHECK_OK(read_text(&again, text));
    gamlp_free(text);
    assert_memory_equal(&again.options.l2, &s.options.l2, sizeof s.options.l2);
    assert_memory_equal(&again.options.grow, &s.options.grow, sizeof s.options.grow);
}

static void test_stages(void **state) {
    (void)state;
    gamlp_settings s;
    gamlp_settings_default(&s);
    CHECK_OK(set(&s, "nu", "1,2"));
    CHECK_OK(set(&s, "rho", "3"));
    CHECK_OK(set(&s, "l2", "0,0.5,0.25"));
    static const double expected[4][3] = {{1, 3, 0}, {2, 3, 0.5}, {2, 3, 0.25}, {2, 3, 0.25}};
    for (int64_t stage = 0; stage < 4; stage++) {
        gamlp_pdadmm_options o = gamlp_train_stage_options(&s.options, stage);
        assert_true(o.nu == expected[stage][0] && o.rho == expected[stage][1] &&
                    o.l2 == expected[stage][2]);
    }
}

/* Several widths say how many layers there are, unless `layers` or `grow` are of higher origin. */
static void test_widths(void **state) {
    (void)state;
    gamlp_settings s;
    gamlp_settings_default(&s);
    CHECK_OK(set(&s, "dataset", "karate"));
    CHECK_OK(set(&s, "hidden", "30,20,10"));
    CHECK_OK(gamlp_settings_resolve(&s));
    assert_int_equal(s.options.layers, 4);
    static const int64_t width[] = {30, 20, 10, 10, 10};
    for (int64_t l = 1; l <= 5; l++)
        assert_int_equal(gamlp_train_width(&s.options, l), width[l - 1]);
    CHECK_OK(set(&s, "layers", "6"));
    CHECK_OK(gamlp_settings_resolve(&s));
    assert_int_equal(s.options.layers, 6);
    CHECK_OK(set(&s, "layers", "3"));
    CHECK_FAILS(gamlp_settings_resolve(&s), GAMLP_E_CONFIG, "hidden: 3 widths for 2 hidden layers");
    CHECK_OK(set(&s, "layers", "5"));
    CHECK_OK(set(&s, "grow", "2,5"));
    CHECK_FAILS(gamlp_settings_resolve(&s), GAMLP_E_CONFIG, "grow: a net that grows has one width");
    CHECK_OK(set(&s, "hidden", ""));
    CHECK_FAILS(gamlp_settings_resolve(&s), GAMLP_E_CONFIG, "hidden: expected at least one value");
    gamlp_settings_default(&s);
    CHECK_OK(set(&s, "dataset", "cora"));
    CHECK_OK(set(&s, "preset", "paper"));
    CHECK_OK(set(&s, "hidden", "8,4"));
    CHECK_OK(gamlp_settings_resolve(&s));
    assert_int_equal(s.options.layers, 3);
    assert_int_equal(s.options.grow.count, 0);
}

static gamlp_status use_all(void *context) {
    gamlp_settings *s = context;
    char *text = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_settings_read(s, path));
    GAMLP_TRY(gamlp_settings_resolve(s));
    GAMLP_TRY(gamlp_settings_text(&text, s));
done:
    gamlp_free(text);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    gamlp_settings s;
    gamlp_settings_default(&s);
    CHECK_OK(read_text(&s, "dataset: karate\ngrow: [2, 3]\n"));
    check_every_allocation(use_all, &s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test_setup_teardown(test_precedence, set_up, tear_down),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
        cmocka_unit_test(test_resolve),
        cmocka_unit_test_setup_teardown(test_growth_origins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pdadmm_hops, set_up, tear_down),
        cmocka_unit_test(test_presets),
        cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_lists, set_up, tear_down),
        cmocka_unit_test(test_stages),
        cmocka_unit_test(test_widths),
        cmocka_unit_test_setup_teardown(test_allocation, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
